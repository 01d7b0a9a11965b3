"""What a writer is told about a business, and the letter it makes of it. A writer never places a link."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from sites.words import day_text


@dataclass(frozen=True, slots=True)
class PitchFacts:
    """All that a letter may say. An empty text means not known, and a letter is silent about it.

    `category` is what the trade is called ("bakery"), `data_source` is where the business was found, as it reads
    after "on" ("OpenStreetMap"), `attribution` is the credit its licence asks for, `price` reads after "it costs"
    ("$29 a month"), `country` is ISO 3166-1 alpha-2, `language` is the site's.

    `step` 1 is the first mail. A later one has its `subject` and the day on which it went out, `wrote_on`; `is_last`
    says that no other will follow. `variant` is the wording that is tried.
    """

    business_id: int
    business_name: str
    agency_name: str
    agency_address: str
    data_source: str
    found_on: date
    category: str = ""
    family: str = ""
    city: str = ""
    country: str = ""
    contact_email: str = ""
    site_url: str = ""
    claim_url: str = ""
    sender_name: str = ""
    price: str = ""
    attribution: str = ""
    language: str = "en"
    step: int = 1
    is_last: bool = False
    variant: str = "plain"
    subject: str = ""
    wrote_on: date | None = None


@dataclass(frozen=True, slots=True)
class Pitch:
    """A letter in plain text, each paragraph one line. The first paragraph is the greeting.

    `call_to_action` is the wording of the link to the site; it stands between `paragraphs` and `closing`.
    """

    subject: str
    preheader: str
    paragraphs: tuple[str, ...]
    call_to_action: str
    closing: tuple[str, ...]
    sign_off: str
    language: str = "en"


class Writer(Protocol):
    """Turns facts into a letter. The same facts may be asked for again after a crash."""

    @property
    def name(self) -> str: ...

    def write(self, facts: PitchFacts) -> Pitch:
        """Raise BadData where these facts make no honest letter, and Transient where a later try may."""
        ...


def plain_date(day: date, language: str = "en") -> str:
    """ "21 November 2026", "21. November 2026", whatever language the process speaks."""
    return day_text(datetime(day.year, day.month, day.day), language)  # noqa: DTZ001 - only its day is read
