"""What a vocabulary is: words by what licenses them."""

from collections.abc import Mapping
from dataclasses import dataclass

from sites.facts import PRICE_KEYS


@dataclass(frozen=True)
class Vocabulary:
    """All words are in lower case.

    plain: may stand anywhere. visitor: what the reader does or wants; not in a statement about the business.
    business: words that speak of the business besides its placeholders. phrases: several words that are plain
    together, though one of them would not be. by_fact: plain where the sentence names one of these facts. by_time:
    plain where one of these placeholders (hours, or what the owner told) stands in the same part of the sentence,
    or (for a word of `tables`) where the sentence names the hours.
    """

    plain: frozenset[str]
    visitor: frozenset[str]
    business: frozenset[str]
    phrases: tuple[str, ...]
    by_fact: Mapping[str, frozenset[str]]
    by_time: Mapping[str, frozenset[str]]
    tables: frozenset[str]


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def phrases(*texts: str) -> tuple[str, ...]:
    """The longest first, so that a short one never breaks a long one."""
    return tuple(sorted(texts, key=len, reverse=True))


def licensed(*groups: tuple[str, str]) -> dict[str, frozenset[str]]:
    """Return word -> facts, from pairs of (words, facts)."""
    found: dict[str, frozenset[str]] = {}
    for terms, facts in groups:
        for term in terms.split():
            found[term] = found.get(term, frozenset()) | words(facts)
    return found


PHONE = "phone phone_display"
EMAIL = "email"
PLACE = "address street city locality"
CONTACT = f"{PHONE} {EMAIL} address"
WEEKDAYS = "open_weekdays open_daily"
PRICES = " ".join(PRICE_KEYS)
ANY_TIME = f"{WEEKDAYS} open_saturday open_sunday open_late"
