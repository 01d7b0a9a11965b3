"""The name of a site in its address: readable, unique, and harmless as a folder and as a host name."""

import re
import unicodedata

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
LIMIT = 63  # of a label in a host name
_FOLDS = str.maketrans(
    {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "&": " and "}
)


def make_slug(name: str, city: str, business_id: int) -> str:
    """ "Café Müller", "Bonn", 17 -> "cafe-muller-bonn-17". The id makes it unique, whatever the names are."""
    ending = f"-{business_id}"
    words = [*_words(name), *_words(city)] or ["site"]
    slug = words[0][: LIMIT - len(ending)]
    for word in words[1:]:
        if len(slug) + 1 + len(word) + len(ending) > LIMIT:
            break
        slug = f"{slug}-{word}"
    return slug + ending


def check_slug(slug: str) -> str:
    """Return `slug`; raises ValueError where it is not one that `make_slug` could have made."""
    if not SLUG.fullmatch(slug):
        raise ValueError(f"not the slug of a site: {slug[:80]!r}")
    return slug


def _words(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKD", text[:200].lower().translate(_FOLDS))
    plain = "".join(character for character in folded if not unicodedata.combining(character))
    return re.findall(r"[a-z0-9]+", plain.replace("'", "").replace("’", ""))
