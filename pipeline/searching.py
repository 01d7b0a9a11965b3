"""What a person typed into a search, as the database can be asked for it."""

import re
import unicodedata
from functools import cache
from typing import Final

MOST: Final = 80  # characters

_ACCENTED: Final = (*range(0xC0, 0x250), *range(0x1E00, 0x1F00))  # Latin letters beyond ASCII
_PLAIN: Final = {"ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "ß": "ss", "’": "'", "`": "'"}


def search_words(typed: str) -> str:
    """Return the words without what no column holds and PostgreSQL refuses to look for; "" where nothing is left."""
    return typed.replace("\x00", "").strip()[:MOST]


def folded_pattern(words: str) -> str:
    """Return the pattern, for `iregex`, of a text that holds the words, with or without their accents."""
    plain = "".join(map(_folded, words.casefold()))
    parts = re.findall("|".join((*_spellings(), ".")), plain, re.DOTALL)
    return "".join(_spellings().get(part) or re.escape(part) for part in parts)


def _folded(letter: str) -> str:
    """The letter in ASCII, where it is a Latin one."""
    if letter in _PLAIN:
        return _PLAIN[letter]
    bare = "".join(char for char in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(char))
    return bare if bare.isascii() else letter


@cache
def _spellings() -> dict[str, str]:
    """The pattern of each letter, or two, that is written in several ways; those of two come first."""
    found: dict[str, str] = {}
    for letter in [chr(point) for point in _ACCENTED] + list(_PLAIN):
        plain = _folded(letter.lower())
        if plain.isascii() and len(plain) in (1, 2):
            found[plain] = found.get(plain, "") + letter
    both = {plain: f"(?:{plain}|[{found[plain]}])" for plain in found if len(plain) == 2}
    return both | {plain: f"[{plain}{found[plain]}]" for plain in found if len(plain) == 1}
