"""Which wording is tried on whom, and what came of each: judged by people who answered, not by opens.

A lead keeps its wording. Until each has been tried often enough they take turns by chance; then the better one is
chosen more often, and never always: what is known of it may still be luck (Thompson sampling).
"""

import math
import random
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.db.models import Q, QuerySet

from campaigns.models import Campaign, Message

VARIANTS: Final = {"plain": "A letter in full", "short": "Short, with a question as its subject"}
LEAST: Final = 50  # mails of each before any is preferred
LATEST: Final = 2_000  # campaigns that are looked at: older ones say little about today
_Z: Final = 1.959964  # of 95 %


@dataclass(frozen=True, slots=True)
class Tally:
    """What came of the campaigns of one wording, each counted once.

    `replied` are people who answered and did not say no, or want the site; `refused` who opted out or complained;
    `engaged` who surely looked at the site.
    """

    sent: int = 0
    engaged: int = 0
    replied: int = 0
    refused: int = 0
    bounced: int = 0


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `total`, with the 95 % interval of Wilson as shares from 0 to 1."""

    count: int
    total: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class VariantResult:
    """A wording's figures, as the campaigns page shows them."""

    name: str
    label: str
    sent: int
    engaged: Share
    replied: Share
    refused: Share
    bounced: Share


def choose_variant(seed: str, tallies: Mapping[str, Tally]) -> str:
    """Return the wording for a new lead; the same seed and tallies always give the same one."""
    dice = random.Random(seed)  # noqa: S311 - nothing secret hangs on it
    names = list(VARIANTS)
    known = {name: tallies.get(name, Tally()) for name in names}
    if any(tally.sent < LEAST for tally in known.values()):
        return dice.choice(names)
    return max(names, key=lambda name: _draw(known[name], dice))


def tallies() -> dict[str, Tally]:
    """Return what came of each wording, over the newest campaigns that went out."""
    newest = Campaign.objects.filter(sent_at__isnull=False).order_by("-sent_at")[:LATEST]
    signs = _signs_of(newest)
    counts = {name: [0] * 5 for name in VARIANTS}
    for pk, variant, wanted_at in newest.values_list("pk", "variant", "site__wanted_at"):
        if variant in counts:
            seen = signs[pk]
            positive = ("replied" in seen or wanted_at is not None) and "refused" not in seen
            engaged = "engaged" in seen or wanted_at is not None
            told = (True, engaged, positive, "refused" in seen, "bounced" in seen)
            counts[variant] = [count + each for count, each in zip(counts[variant], told, strict=True)]
    return {name: Tally(*numbers) for name, numbers in counts.items()}


def _signs_of(campaigns: QuerySet[Campaign]) -> Mapping[int, set[str]]:
    """Return what came of the mails of each campaign, read from the few mails of which anything came."""
    came_of = (
        ("engaged", "engaged_at"), ("replied", "replied_at"), ("bounced", "bounced_at"),
        ("refused", "unsubscribed_at"), ("refused", "complained_at"),
    )  # fmt: skip
    columns = [column for _sign, column in came_of]
    anything = Q(*((f"{column}__isnull", False) for column in columns), _connector=Q.OR)
    mails = Message.objects.filter(anything, campaign__in=campaigns.values("pk"), sent_at__isnull=False)
    signs: defaultdict[int, set[str]] = defaultdict(set)
    for campaign, *times in mails.values_list("campaign_id", *columns):
        signs[campaign].update(sign for (sign, _column), at in zip(came_of, times, strict=True) if at)
    return signs


def results() -> list[VariantResult]:
    """Return the figures of every wording."""
    found = tallies()
    return [
        VariantResult(
            name=name,
            label=label,
            sent=found[name].sent,
            engaged=wilson(found[name].engaged, found[name].sent),
            replied=wilson(found[name].replied, found[name].sent),
            refused=wilson(found[name].refused, found[name].sent),
            bounced=wilson(found[name].bounced, found[name].sent),
        )
        for name, label in VARIANTS.items()
    ]


def wilson(count: int, total: int) -> Share:
    """Return `count` of `total` with its interval: nothing is known of none, so that is 0 to 1."""
    if total == 0:
        return Share(0, 0, 0.0, 1.0)
    share, z2 = count / total, _Z**2
    middle = (share + z2 / (2 * total)) / (1 + z2 / total)
    reach = _Z * math.sqrt(share * (1 - share) / total + z2 / (4 * total**2)) / (1 + z2 / total)
    return Share(count, total, max(0.0, middle - reach), min(1.0, middle + reach))


def _draw(tally: Tally, dice: random.Random) -> float:
    """Return a guess at what a wording gains: answers less refusals, both as uncertain as they are."""
    gained = dice.betavariate(1 + tally.replied, 1 + max(0, tally.sent - tally.replied))
    lost = dice.betavariate(1 + tally.refused, 1 + max(0, tally.sent - tally.refused))
    return gained - lost
