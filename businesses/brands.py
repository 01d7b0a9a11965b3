"""The names of chains: a small index, made once from the package name-suggestion-index and read at run time.

One line a name: the name as `plain_key` writes it, then for each family of trades where it is a chain's and
where ("food:*!fr|retail:de,gb"). A whole name is compared with a whole name, so no word inside a name matters; what
people append to one (a number, the trade, the town) is left out as whole words at its end. One more line holds the
patterns of names that say nothing but a trade.
"""

import gzip
import json
import re
import tarfile
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

from businesses.categories import CATEGORIES, category_of_osm_tags
from businesses.matching import GENERIC_WORDS
from businesses.sources.trade_names import TRADE_WORDS, category_of_name, is_trade_in_words

INDEX: Final = Path(__file__).parent / "data" / "brands.json.gz"
ANYWHERE: Final = "*"
NSI_FILE: Final = "dist/json/nsi.json"
GENERIC_FILE: Final = "dist/json/genericWords.json"
LICENCE_FILE: Final = "LICENSE.md"
MOST_BYTES: Final = 200_000_000  # of one file of the package, unpacked
# Areas that stand for their countries; other areas and circles on the map are left out: too small to be sure.
_AREAS: Final[Mapping[str, tuple[str, ...]]] = {
    "001": (ANYWHERE,),
    "conus": ("us",),
    "150": tuple(
        "ad al at ba be bg by ch cy cz de dk ee es fi fr gb gr hr hu ie is it li lt lu lv mc md me mk mt nl no pl "
        "pt ro rs se si sk sm ua va xk".split()
    ),
}
_GENERIC: Final = " generic"  # the line of the patterns; no name is written so
# Trades that the package has no word for.
_MORE_TRADES: Final = frozenset(
    "friseursalon friseurin frisor coiffeursalon kosmetikstudio kosmetik nagelstudio metzgerei fleischerei konditorei "
    "backerei gasthaus gasthof gaststatte imbiss autowerkstatt werkstatt kfz blumen blumenladen apotheke zahnarzt "
    "optiker schlusseldienst schreinerei tischlerei malerbetrieb dachdecker fleuriste boulangerie boucherie patisserie "
    "coiffure salon studio boutique".split()
)
_WORD: Final = re.compile(r"[^\s,;:()/|–—]+")
_NUMBER: Final = re.compile(r"#|(#|no\.?|nr\.?|n°)?\s*\d+", re.IGNORECASE)
_FORMATS: Final = frozenset({"city", "express"})  # the small shops of a chain
_MOST_WORDS: Final = 12  # of a name that is taken apart; longer ones are no chain's
_LEAST_LETTERS: Final = 3  # of what is left of one
_NAMES: Final = re.compile(r"(brand|name|official_name|short_name)(:[a-z_-]+)?")


class NotThePackage(Exception):
    """The folder or archive is not the package; the message says what is missing."""


def plain_key(name: str) -> str:
    """Return a name as it is compared: letters and digits of any script, without accents, case and spaces."""
    text = name.casefold().replace("&", "and")
    plain: list[str] = []
    for char in unicodedata.normalize("NFKD", text):
        if unicodedata.category(char).startswith("M"):
            if plain and not plain[-1].isascii():
                plain.append(char)  # marks of other scripts are part of the letter
        elif char.isalnum():
            plain.append(char)
    return unicodedata.normalize("NFC", "".join(plain))


def is_known_chain(name: str, *, category: str, country: str, places: Iterable[str] = ()) -> bool:
    """Whether the index holds this name for the family of this trade in this country (ISO alpha-2 or "").

    The whole name, or what is left of it without a number, the trade or one of `places` (names of towns) at its end.
    Without a trade of ours there is no telling: False. Without a country only chains of the whole world count.
    """
    found = CATEGORIES.get(category)
    if found is None:
        return False
    towns = {key for place in places if (key := plain_key(place))}
    spellings = _spellings(name, family=found.family, towns=towns)
    return any(_is_in_index(key, family=found.family, country=country) for key in spellings)


@lru_cache(maxsize=4096)
def is_generic_name(name: str) -> bool:
    """Whether a name says nothing but a trade, so that any number of strangers may bear it: "Hair Salon"."""
    text = name.casefold().strip()
    generic = _generic()
    if generic.fullmatch(text):
        return True
    words = [word for word in re.findall(r"\w+", text) if not word.isdigit()]
    return any(map(_is_trade, words)) and all(_is_trade(word) or _is_common(word) for word in words)


def _is_trade(word: str) -> bool:
    key = plain_key(word)
    is_named = key in _MORE_TRADES or bool(category_of_name(key) or category_of_name(key.removesuffix("s")))
    return is_named or bool(_generic().fullmatch(word))


def _is_common(word: str) -> bool:
    key = plain_key(word)
    return key in GENERIC_WORDS or key in TRADE_WORDS or key.removesuffix("s") in TRADE_WORDS


def _spellings(name: str, *, family: str, towns: set[str]) -> set[str]:
    """The keys of a name: of the whole, and of what is left when what is appended to it is taken off, word by word."""
    found = {plain_key(name)}
    words = _WORD.findall(name)
    waiting = [tuple(words)] if len(words) <= _MOST_WORDS else []
    while waiting:
        whole = waiting.pop()
        for length in range(1, len(whole)):
            rest, end = whole[:-length], " ".join(whole[-length:])
            is_appended = plain_key(end) in towns | _FORMATS or (
                bool(_NUMBER.fullmatch(end)) or is_trade_in_words(end, family=family)
            )
            key = plain_key(" ".join(rest))
            if is_appended and len(key) >= _LEAST_LETTERS and key not in found:
                found.add(key)
                waiting.append(rest)
    return found


def _is_in_index(key: str, *, family: str, country: str) -> bool:
    families = dict(part.split(":") for part in _index().get(key, "").split("|") if part)
    included, _, excluded = families.get(family, "").partition("!")
    land = country.lower() or "?"
    return land in included.split(",") or (included == ANYWHERE and land not in excluded.split(","))


def compact_package(package: Path) -> tuple[bytes, str, int]:
    """Return the index as it is stored, the licence of the package, and how many names it holds.

    package: the unpacked folder or the .tgz as `npm pack` brings it. The same package gives the same bytes.
    Raises NotThePackage.
    """
    files = _read(package)
    try:
        tree = json.loads(files[NSI_FILE])["nsi"]
        words = json.loads(files[GENERIC_FILE])["genericWords"]
        names = _collect(tree, _patterns(words))
        generic = _generic_patterns(tree, words)
    except (ValueError, KeyError, TypeError, AttributeError, re.error) as error:
        raise NotThePackage(f"{package} is not laid out as name-suggestion-index 8 is: {error}") from error
    lines = {key: _line(families) for key, families in sorted(names.items())}
    text = json.dumps({_GENERIC: generic} | lines, ensure_ascii=False, separators=(",", ":"))
    return gzip.compress(text.encode(), 9, mtime=0), files[LICENCE_FILE], len(lines)


@cache
def _index() -> dict[str, str]:
    lines: dict[str, str] = json.loads(gzip.decompress(INDEX.read_bytes()))
    return lines


@cache
def _generic() -> re.Pattern[str]:
    return _patterns(_index().get(_GENERIC, "").split("\n"))


def _line(families: dict[str, tuple[set[str], set[str]]]) -> str:
    parts = []
    for family, (included, excluded) in sorted(families.items()):
        lands = [ANYWHERE] if ANYWHERE in included else sorted(included)
        without = sorted(excluded - included) if ANYWHERE in included else []
        parts.append(f"{family}:{','.join(lands)}" + (f"!{','.join(without)}" if without else ""))
    return "|".join(parts)


def _branches(tree: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The branches of brands of our trades: the trade, the branch."""
    for path, branch in tree.items():
        kind, key, value = path.split("/", 2)
        slug = category_of_osm_tags({key: value})
        if kind == "brands" and slug:
            yield slug, branch


def _generic_patterns(tree: Mapping[str, Any], words: Iterable[str]) -> str:
    """The patterns of the names that say nothing but a trade of ours, one a line."""
    found = set(words)
    for _, branch in _branches(tree):
        found.update(branch["properties"].get("exclude", {}).get("generic", ()))
    _patterns(found)
    return "\n".join(sorted(found))


def _collect(
    tree: Mapping[str, Any], generic: re.Pattern[str]
) -> dict[str, dict[str, tuple[set[str], set[str]]]]:
    names: dict[str, dict[str, tuple[set[str], set[str]]]] = defaultdict(dict)
    for slug, branch in _branches(tree):
        exclude = branch["properties"].get("exclude", {})
        skipped = _patterns([*exclude.get("generic", ()), *exclude.get("named", ())])
        for item in branch["items"]:
            included = set(_lands(item["locationSet"].get("include", ())))
            if not included:
                continue
            excluded = {land for land in _lands(item["locationSet"].get("exclude", ())) if land != ANYWHERE}
            for name in _names_of(item):
                key_of_name = plain_key(name)
                if not key_of_name or generic.search(name.lower()) or skipped.search(name.lower()):
                    continue
                known = names[key_of_name].setdefault(CATEGORIES[slug].family, (set(), set(excluded)))
                known[0].update(included)
                known[1].intersection_update(excluded)
    return names


def _names_of(item: Mapping[str, Any]) -> Iterator[str]:
    yield item["displayName"]
    yield from item.get("matchNames", ())
    for key, value in item["tags"].items():
        if _NAMES.fullmatch(key):
            yield from value.split(";")


def _lands(places: Iterable[Any]) -> Iterator[str]:
    for place in places:
        if not isinstance(place, str):
            continue
        if place in _AREAS:
            yield from _AREAS[place]
        elif re.fullmatch(r"[a-z]{2}(-.*)?", place):
            yield place[:2]


def _patterns(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{word})" for word in words) or r"(?!)")


def _read(package: Path) -> dict[str, str]:
    wanted = (NSI_FILE, GENERIC_FILE, LICENCE_FILE)
    try:
        found = dict(_of_archive(package, wanted) if package.is_file() else _of_folder(package, wanted))
    except (OSError, tarfile.TarError, UnicodeDecodeError) as error:
        raise NotThePackage(f"{package} cannot be read: {error}") from error
    if missing := [name for name in wanted if name not in found]:
        raise NotThePackage(f"{package} is not the package name-suggestion-index: it holds no {missing[0]}")
    return found


def _of_folder(package: Path, wanted: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for name in wanted:
        path = package / name
        if path.is_file() and path.stat().st_size <= MOST_BYTES:
            yield name, path.read_text()


def _of_archive(package: Path, wanted: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    with tarfile.open(package) as archive:
        for member in archive:
            name = member.name.removeprefix("package/")
            if name in wanted and member.isfile() and member.size <= MOST_BYTES:
                content = archive.extractfile(member)
                if content is not None:
                    yield name, content.read().decode()
