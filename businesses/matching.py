"""Is this record that business, and why. Pure: facts in, a match with its reason out.

Evidence, the strongest first: an id that both carry; a phone number and the name; the name within 100 m; a phone
number within 500 m; a web domain within 200 m. Nothing but an id joins trades that do not go together: a hotel and
its restaurant share number, domain and half of the name.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rapidfuzz import fuzz

from businesses.categories import CATEGORIES
from businesses.pages import plain_words
from businesses.webhosts import is_platform_host, registrable_domain, split_web_address

SAME_NAME: Final = 85
LIKE_NAME: Final = 70

_PHONE_METRES: Final = 500
NAME_METRES: Final = 100
_DOMAIN_METRES: Final = 200
_PART_METRES: Final = 50  # for a name that holds the other one: "Lakeside" and "Lakeside Dental Group"
_MOVED_METRES: Final = 30_000  # a business that keeps name and number moves within its region

_METRES_A_DEGREE: Final = 111_320.0
_BLOCKS_A_DEGREE: Final = 1000
_BLOCKS_AROUND: Final = 360 * _BLOCKS_A_DEGREE

_LEGAL_FORMS: Final = frozenset(
    "ltd limited llc llp inc incorporated corp corporation co company plc pty gmbh mbh ag kg ohg ug ek sa sarl sas "
    "sasu eurl srl snc bv nv oy oyj ab aps sl slu lda".split()
)
# What half of a trade has in its name says nothing about which of them it is.
GENERIC_WORDS: Final = frozenset(
    "the le la les l il lo el los las der die das and et und y e restaurant ristorante restaurante cafe caffe coffee "
    "hotel bar shop store".split()
)
# Under these anybody can have a site: what belongs to one business is the whole host.
_SHARED_DOMAINS: Final = frozenset(
    "wixsite.com wordpress.com blogspot.com weebly.com jimdofree.com jimdosite.com webnode.com webnode.page "
    "square.site myshopify.com godaddysites.com business.site github.io netlify.app strikingly.com site123.me "
    "webflow.io carrd.co over-blog.com e-monsite.com page4.com tumblr.com canva.site my.canva.site".split()
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What of a record or a business is compared.

    name_key, domain: see name_key_of and own_domain. phones are E.164. category is our slug or "". ids are what it
    is called elsewhere, "facebook:1234", its own id of each source among them.
    """

    name_key: str
    lat: float
    lon: float
    category: str = ""
    phones: tuple[str, ...] = ()
    domain: str = ""
    brand: str = ""
    ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Match:
    """rank: 1 is the strongest evidence. score: of the names, 0 to 100. same_name: whether these agree."""

    rank: int
    score: float
    metres: float
    same_name: bool
    why: str

    @property
    def order(self) -> tuple[float, ...]:
        """Sorts the best match first."""
        return (self.rank, -self.score, self.metres)


def compare(
    record: Facts, business: Facts, *, is_same_source: bool, is_only_with_phone: bool = True
) -> Match | None:
    """Tell why `record` is that business, or None.

    is_same_source: the business has (or had) another record of the record's source. A source rarely holds a place
    twice, so the trades must then be equal. is_only_with_phone: no other business has the number; one that several
    have (a chain's) proves nothing over a distance.
    """
    metres = distance(record.lat, record.lon, business.lat, business.lon)
    score = name_score(record.name_key, business.name_key)
    agrees = score >= LIKE_NAME or _holds(record.name_key, business.name_key)
    if shared_ids := record.ids & business.ids:
        return Match(1, score, metres, agrees, f"Both are {min(shared_ids)}")
    if not _goes_together(record.category, business.category, exactly=is_same_source):
        return None
    found = _evidence(record, business, metres, score, is_only_with_phone=is_only_with_phone)
    return Match(found[0], score, metres, agrees, f"{found[1]}, {metres:.0f} m apart") if found else None


def _evidence(
    record: Facts, business: Facts, metres: float, score: float, *, is_only_with_phone: bool
) -> tuple[int, str] | None:
    branded = bool(record.brand or business.brand)
    phone = next((phone for phone in record.phones if phone in business.phones), "")
    is_far = metres >= _PHONE_METRES
    may_have_moved = is_only_with_phone and not branded and metres <= _MOVED_METRES
    if phone and score >= LIKE_NAME and (not is_far or may_have_moved):
        return 2, f"The same phone number {phone} and a like name ({score:.0f} of 100)"
    if score >= SAME_NAME and metres <= NAME_METRES:
        return 3, f"The same name ({score:.0f} of 100)"
    if (
        metres <= _PART_METRES
        and record.category == business.category
        and _holds(record.name_key, business.name_key)
    ):
        return 3, "One name holds the other"
    if phone and not is_far:
        return 4, f"The same phone number {phone}"
    if record.domain and record.domain == business.domain and not branded and metres <= _DOMAIN_METRES:
        return 5, f"The same web domain {record.domain}"
    return None


def is_same_name(a: str, b: str) -> bool:
    """Whether two name keys may be one name, written in two ways."""
    return name_score(a, b) >= LIKE_NAME or _holds(a, b)


def name_score(a: str, b: str) -> float:
    """0 to 100, for two name keys."""
    return max(fuzz.ratio(a, b), fuzz.token_sort_ratio(a, b))


def _holds(a: str, b: str) -> bool:
    """Whether all words of one name, four letters at least, are in the other."""
    few, many = sorted((set(a.split()), set(b.split())), key=len)
    return few <= many and sum(map(len, few)) >= 4


def _goes_together(a: str, b: str, *, exactly: bool) -> bool:
    if a == b or (not exactly and not (a and b)):
        return True
    if exactly or a not in CATEGORIES or b not in CATEGORIES:
        return False
    return CATEGORIES[a].family == CATEGORIES[b].family


def pair_up[R, B](matches: Iterable[tuple[Match, R, B]]) -> dict[R, tuple[B, Match]]:
    """Give each record one business at most and each business one record at most, the best matches first."""
    given: dict[R, tuple[B, Match]] = {}
    taken: set[B] = set()
    for match, record, business in sorted(matches, key=lambda each: (each[0].order, each[1], each[2])):
        if record not in given and business not in taken:
            given[record] = (business, match)
            taken.add(business)
    return given


def name_key_of(name: str) -> str:
    """A name in the form in which names are compared: plain words without legal forms and generic words, never
    empty while the name holds a letter or a digit."""
    words = plain_words(name).split()
    while len(words) > 1 and words[-1] in _LEGAL_FORMS:
        words.pop()
    return " ".join([word for word in words if word not in GENERIC_WORDS] or words)[:80]


def own_domain(websites: Iterable[str]) -> str:
    """The domain of the first address that is the business's own, "" where none is: social pages, directories and
    bare platforms are nobody's own."""
    for url in websites:
        if domain := _own_domain(url):
            return domain
    return ""


_WWW: Final = re.compile(r"^www\d?\.")
# Most addresses are this plain, so that nothing has to be taken apart to find the host.
_PLAIN_ADDRESS: Final = re.compile(
    r"(?:https?://)?((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,20})(?:/[a-z0-9/._-]{0,300})?"
)


@lru_cache(maxsize=8192)  # a new record is asked for it thrice: to be compared, to be found, to be stored
def _own_domain(url: str) -> str:
    if len(url) <= 500 and (plain := _PLAIN_ADDRESS.fullmatch(url)):
        host = plain[1]
    else:
        parts = split_web_address(url)
        host = parts.netloc if parts else ""
    host = _WWW.sub("", host)
    if not host or is_platform_host(host):
        return ""
    domain = registrable_domain(host)
    if domain not in _SHARED_DOMAINS:
        return domain[:100]
    return host[:100] if host != domain else ""


def distance(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Metres between two points that are not far apart."""
    across = (lon - other_lon + 180) % 360 - 180
    x = across * math.cos(math.radians((lat + other_lat) / 2))
    return _METRES_A_DEGREE * math.hypot(x, lat - other_lat)


def block_of(lat: float, lon: float) -> str:
    """The square of a thousandth of a degree that holds the point."""
    return f"{math.floor(lat * _BLOCKS_A_DEGREE)}:{_around(math.floor(lon * _BLOCKS_A_DEGREE))}"


def blocks_near(points: Iterable[tuple[float, float]]) -> set[str]:
    """The squares that hold every point within 100 m of one of these (lat, lon): nine of a lone one, and more where
    the meridians draw together."""
    columns: defaultdict[int, set[int]] = defaultdict(set)
    for lat, lon in points:
        row, column = math.floor(lat * _BLOCKS_A_DEGREE), math.floor(lon * _BLOCKS_A_DEGREE)
        reach = _reach(row)
        near = range(column - reach, column + reach + 1)
        columns[row - 1].update(near)
        columns[row].update(near)
        columns[row + 1].update(near)
    return {f"{row}:{_around(column)}" for row, its in columns.items() for column in its}


@lru_cache(maxsize=8192)
def _reach(row: int) -> int:
    """How many columns to the west and the east hold every point within 100 m of one of this row."""
    lat = max(abs(row), abs(row + 1)) / _BLOCKS_A_DEGREE
    width = _METRES_A_DEGREE / _BLOCKS_A_DEGREE * math.cos(math.radians(min(89.0, lat + 0.001)))
    return math.ceil(NAME_METRES / width)


def _around(column: int) -> int:
    """The column by the one name that it has: beyond 180 degrees east comes the west."""
    half = _BLOCKS_AROUND // 2
    return (column + half) % _BLOCKS_AROUND - half
