"""What a call costs: the published prices by model and by the day from which they hold, in USD per million tokens.

A model that is not here has no known price: then nothing is guessed, and above all not nothing.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_UP, Decimal
from typing import Any

MILLION = Decimal(1_000_000)
_CENT_OF_A_CENT = Decimal("0.000001")
# What an answer that may come later costs of the price of one at once.
BATCH_SHARE = Decimal("0.5")


@dataclass(frozen=True)
class Price:
    """USD per million tokens; `since` is the first day on which it holds."""

    since: date
    input: Decimal
    output: Decimal
    write_5m: Decimal
    write_1h: Decimal
    read: Decimal


def _price(since: str, *numbers: str) -> Price:
    return Price(date.fromisoformat(since), *(Decimal(number) for number in numbers))


# Newest first. Where no price of the cache is published, reading and writing count as the dearest known share.
PRICES: dict[str, tuple[Price, ...]] = {
    "claude-haiku-5-5": (_price("2026-01-01", "0.10", "0.50", "0.125", "0.20", "0.01"),),
    "claude-sonnet-5-5": (
        _price("2026-10-07", "2", "10", "2.50", "4", "0.10"),
        _price("2026-01-01", "2", "10", "2.50", "4", "0.20"),
    ),
    "claude-opus-5-5": (_price("2026-01-01", "4", "20", "5", "8", "0.20"),),
    "claude-fable-5-2": (_price("2026-01-01", "8", "40", "10", "16", "0.80"),),
    "claude-opus-5": (_price("2026-01-01", "5", "25", "6.25", "10", "0.50"),),
    "claude-haiku-4-5": (_price("2026-01-01", "1", "5", "1.25", "2", "0.10"),),
}
# Prompts of this model above so many tokens are charged five times as much.
_LONG_PROMPT = {"claude-haiku-5-5": (100_000, 5)}


@dataclass(frozen=True)
class Usage:
    """The tokens of one call; `input` without those that the cache took or gave."""

    input: int
    output: int
    write_5m: int = 0
    write_1h: int = 0
    read: int = 0

    @property
    def prompt(self) -> int:
        return self.input + self.write_5m + self.write_1h + self.read


def price_on(model: str, day: date) -> Price | None:
    """Return the price of a model on a day; None where none is known."""
    return next((price for price in PRICES.get(model, ()) if price.since <= day), None)


def cost_of(model: str, usage: Usage, *, day: date, batch: bool = False) -> Decimal | None:
    """Return USD, rounded up to the millionth; None where no price is known."""
    price = price_on(model, day)
    if price is None:
        return None
    cost = usage.input * price.input + usage.output * price.output + usage.read * price.read
    cost += usage.write_5m * price.write_5m + usage.write_1h * price.write_1h
    limit, times = _LONG_PROMPT.get(model, (usage.prompt, 1))
    cost *= times if usage.prompt > limit else 1
    return (cost * (BATCH_SHARE if batch else 1) / MILLION).quantize(_CENT_OF_A_CENT, ROUND_UP)


def ceiling(model: str, *, prompt: int, output: int, day: date) -> Decimal:
    """Return the most that a call can cost: all of the prompt is written to the cache, all of `output` is used.

    A model without a known price is taken for the dearest one.
    """
    worst = Usage(input=0, write_1h=prompt, output=output)
    models = [model] if price_on(model, day) else list(PRICES)
    return max(cost for one in models if (cost := cost_of(one, worst, day=day)) is not None)


def usage_of(body: str) -> tuple[str, Usage] | None:
    """Return the model and the tokens that an answer states; None where it states none."""
    try:
        message = json.loads(body)
        stated = message["usage"]
        written = stated.get("cache_creation") or {}
        all_written = _count(stated, "cache_creation_input_tokens")
        long = _count(written, "ephemeral_1h_input_tokens")
        usage = Usage(
            input=int(stated["input_tokens"]),
            output=int(stated["output_tokens"]),
            write_5m=max(0, all_written - long),
            write_1h=long,
            read=_count(stated, "cache_read_input_tokens"),
        )
        return str(message["model"]), usage
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _count(stated: Mapping[str, Any], name: str) -> int:
    return int(stated.get(name) or 0)
