"""What a wording is: for each place of a letter the sentences that may stand there.

Each sentence must be true of any business that gets a mail: where it was found, that no working website was found,
that the site is a proposal. Placeholders: {name}, {agency}, {source} (as it reads after "on"), {found_on}, {wrote_on}
(the day of the first mail), {category}, {in_city} (" in Ulm", or nothing), {price}.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

Lines = tuple[str, ...]
PLACEHOLDERS: Final = frozenset(
    {"name", "agency", "source", "found_on", "wrote_on", "category", "in_city", "price"}
)


@dataclass(frozen=True, slots=True)
class Wording:
    """One language. `short_*` are the other wording of a first mail, `reminder*` the second mail, `last_*` the last.

    `sources` are the data sources whose name is another one in this language.
    """

    subjects: Lines
    preheaders: Lines
    greetings: Lines
    introductions: Lines
    proposals: Lines
    calls_to_action: Lines
    offers_with_price: Lines
    offers_without_price: Lines
    ways_out: Lines
    sign_offs: Lines
    short_subjects: Lines
    short_introductions: Lines
    reminders: Lines
    reminder_preheaders: Lines
    last_reminders: Lines
    last_preheaders: Lines
    last_ways_out: Lines
    sources: Mapping[str, str] = field(default_factory=dict)
