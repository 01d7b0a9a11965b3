"""What SpamAssassin says of a mail, by its local rules alone, where it is installed: nothing leaves this machine.

One look takes a second or two, so that mails of one shape are looked at once.
"""

import hashlib
import logging
import re
import subprocess
from dataclasses import asdict, dataclass
from typing import Final

from django.conf import settings
from django.core.cache import cache

logger = logging.getLogger(__name__)

_KEPT: Final = 86_400  # seconds
_SECONDS: Final = 60.0
_STATUS: Final = re.compile(r"^X-Spam-Status: \w+, score=(-?[\d.]+)(.*?)^(?=\S)", re.MULTILINE | re.DOTALL)
_RULES: Final = re.compile(r"tests=(.*?)\s+(?:autolearn|version)", re.DOTALL)
# What tells of how a mail came in and not of the mail: it has not been sent yet.
_OF_THE_WAY: Final = frozenset({"NO_RELAYS", "NO_RECEIVED", "ALL_TRUSTED", "none"})


@dataclass(frozen=True, slots=True)
class SpamScore:
    """Points with and without the pixel; `rules` are those that spoke against the mail as it goes out."""

    score: float
    score_without_pixel: float
    rules: tuple[str, ...]

    @property
    def added_by_pixel(self) -> float:
        return round(self.score - self.score_without_pixel, 1)


def score_of(mail: bytes, without_pixel: bytes, *, shape: str) -> SpamScore | None:
    """Return the score of a mail and of the same one without its pixel; None where it is not known.

    `shape` names what mails share that are alike but for names and numbers: one of them is scored for all.
    """
    if not settings.SPAMASSASSIN:
        return None
    key = f"spam:{hashlib.sha256(shape.encode()).hexdigest()}"
    if kept := cache.get(key):
        return SpamScore(**kept | {"rules": tuple(kept["rules"])})
    bare = ask(without_pixel)
    found = bare if mail == without_pixel else ask(mail)
    if bare is None or found is None:
        return None
    score = SpamScore(found[0], bare[0], found[1])
    cache.set(key, asdict(score), _KEPT)
    return score


def ask(mail: bytes) -> tuple[float, tuple[str, ...]] | None:
    """Return the points of one mail and the rules behind them; None where the filter did not answer."""
    own = ["use_bayes 0", "use_auto_welcomelist 0", "report_safe 0", "dns_available no"]
    command = [settings.SPAMASSASSIN, "-L", "-t", "-p", "/dev/null", *(f"--cf={line}" for line in own)]
    try:
        answer = subprocess.run(  # noqa: S603 - the mail is its input, nothing of it a word of the command
            command, input=mail, capture_output=True, timeout=_SECONDS, check=True, cwd="/"
        )
    except (OSError, subprocess.SubprocessError) as error:
        logger.warning("SpamAssassin gave no score: %s", type(error).__name__)
        return None
    return _read(answer.stdout.decode("utf-8", "replace"))


def _read(text: str) -> tuple[float, tuple[str, ...]] | None:
    status = _STATUS.search(text)
    if status is None:
        return None
    named = _RULES.search(status[2])
    rules = [rule.strip() for rule in named[1].split(",")] if named else []
    return float(status[1]), tuple(rule for rule in rules if rule and rule not in _OF_THE_WAY)
