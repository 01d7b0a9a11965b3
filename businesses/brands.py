"""The names of chains: a small index, made once from the package name-suggestion-index and read at run time.

One line a name: the name as `plain_key` writes it, then for each family of trades where it is a chain's and
where ("food:*!fr|retail:de,gb"). A whole name is compared with a whole name, so no word inside a name matters.
"""

import gzip
import json
import re
import tarfile
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from businesses.categories import CATEGORIES, category_of_osm_tags

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


def is_known_chain(name: str, *, category: str, country: str) -> bool:
    """Whether the index holds this whole name for the family of this trade in this country (ISO alpha-2 or "").

    Without a trade of ours there is no telling: False. Without a country only chains of the whole world count.
    """
    found = CATEGORIES.get(category)
    if found is None:
        return False
    families = dict(part.split(":") for part in _index().get(plain_key(name), "").split("|") if part)
    included, _, excluded = families.get(found.family, "").partition("!")
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
        generic = _patterns(json.loads(files[GENERIC_FILE])["genericWords"])
        names = _collect(tree, generic)
    except (ValueError, KeyError, TypeError, AttributeError, re.error) as error:
        raise NotThePackage(f"{package} is not laid out as name-suggestion-index 8 is: {error}") from error
    lines = {key: _line(families) for key, families in sorted(names.items())}
    text = json.dumps(lines, ensure_ascii=False, separators=(",", ":"))
    return gzip.compress(text.encode(), 9, mtime=0), files[LICENCE_FILE], len(lines)


@cache
def _index() -> dict[str, str]:
    lines: dict[str, str] = json.loads(gzip.decompress(INDEX.read_bytes()))
    return lines


def _line(families: dict[str, tuple[set[str], set[str]]]) -> str:
    parts = []
    for family, (included, excluded) in sorted(families.items()):
        lands = [ANYWHERE] if ANYWHERE in included else sorted(included)
        without = sorted(excluded - included) if ANYWHERE in included else []
        parts.append(f"{family}:{','.join(lands)}" + (f"!{','.join(without)}" if without else ""))
    return "|".join(parts)


def _collect(
    tree: Mapping[str, Any], generic: re.Pattern[str]
) -> dict[str, dict[str, tuple[set[str], set[str]]]]:
    names: dict[str, dict[str, tuple[set[str], set[str]]]] = defaultdict(dict)
    for path, branch in tree.items():
        kind, key, value = path.split("/", 2)
        slug = category_of_osm_tags({key: value})
        if kind != "brands" or not slug:
            continue
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
