"""The ways to say each thing, by language."""

from typing import Final

from campaigns.writers.wordings.base import Wording
from campaigns.writers.wordings.english import ENGLISH
from campaigns.writers.wordings.german import GERMAN

WORDINGS: Final[dict[str, Wording]] = {"en": ENGLISH, "de": GERMAN}
