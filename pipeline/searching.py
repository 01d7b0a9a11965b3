"""What a person typed into a search, as the database can be asked for it."""

from typing import Final

MOST: Final = 80  # characters


def search_words(typed: str) -> str:
    """Return the words without what no column holds and PostgreSQL refuses to look for; "" where nothing is left."""
    return typed.replace("\x00", "").strip()[:MOST]
