"""The plain words of each language: what a model may add to the facts of a business without claiming anything.

A word that is not here is refused, whatever it means. So this is an allow-list, and it is short on purpose: no
numbers, no "not", no praise, no comparison, no trade. Anything about a trade is a line of the sentence bank.
"""

from sites.vocabulary.base import Vocabulary
from sites.vocabulary.english import ENGLISH
from sites.vocabulary.german import GERMAN

VOCABULARIES: dict[str, Vocabulary] = {"en": ENGLISH, "de": GERMAN}
