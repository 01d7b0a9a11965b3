"""Names of places as a search compares them: without case, marks and punctuation."""

import re
import unicodedata
from typing import Final

# Letters that Unicode does not take apart into a plain one and a mark.
_PLAIN: Final = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h"}
)
_BETWEEN_WORDS: Final = re.compile(r"[\W_]+")
_SAINT: Final = re.compile(r"\b(?:st|sankt) (?=\w)")


def fold(text: str) -> str:
    """Return small letters and figures without marks, words apart by one blank: "São João" is "sao joao".

    "St." before another word is written out, since lists of places do as they like there.
    """
    if not text.isascii():
        taken_apart = unicodedata.normalize("NFKD", text.casefold().translate(_PLAIN))
        text = "".join(letter for letter in taken_apart if not unicodedata.combining(letter))
    return _SAINT.sub("saint ", _BETWEEN_WORDS.sub(" ", text.lower()).strip())
