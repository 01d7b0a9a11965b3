"""Lists that staff bring: stored, looked through, and imported as a territory that is read from them.

A list is a draft until it is imported. A newer version of a list takes the place of the one its territory has, and
the territory is scraped again: what is new, changed or gone is then told as after every pass.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from heapq import nsmallest
from itertools import islice
from math import ceil, cos, inf, nextafter, radians
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import transaction

from businesses import list_storage
from businesses.models import RefusedRecord
from businesses.sources.base import Refusal, Source
from businesses.sources.csv_file import NEEDED, CsvFile, guess_columns
from businesses.sources.csv_rows import CsvRows, Row
from businesses.sources.reading import as_text
from businesses.sources.registry import get_source
from pipeline.errors import BadData, storable
from pipeline.states import StaleState
from territories.coverage import add_territory
from territories.models import SMALLEST_TERRITORY, CoverageGrid, ListFile, Territory
from territories.renewing import renew_territory
from territories.splitting import METRES_PER_DEGREE, Bounds

SHOWN_REFUSED: Final = 20
SHOWN_ROWS: Final = 5
_DRAFTS_LAST: Final = timedelta(days=7)
_PATIENCE: Final = 10.0  # seconds for the names and ids of a list; its places are all looked at
_MOST_TOLD: Final = 2000


def source_of(territory: Territory) -> Source:
    """The source of a territory, reading its own list where it has one. Raises UnknownSource."""
    source = get_source(territory.source)
    if not isinstance(source, CsvFile):
        return source
    own = list_of(territory)
    return source if own is None else _reader(own, territory)


def list_of(territory: Territory) -> ListFile | None:
    """The list that a territory is read from, None where it has none of its own."""
    return territory.lists.filter(imported_at__isnull=False).first()


def add_draft(
    chunks: Iterable[bytes],
    original_name: str,
    *,
    name: str,
    country: str,
    now: datetime,
    by: str,
    territory: Territory | None = None,
) -> ListFile:
    """Store what somebody brought and take its columns for what they seem to be.

    With a territory it is to be that one's next list. Raises BadData, and keeps nothing, for what is no list.
    """
    file, size = list_storage.keep(chunks)
    try:
        header = list_storage.header_of(file)
        draft = ListFile(
            territory=territory,
            name=name,
            country=country,
            file=file,
            original_name=storable(original_name)[:120] or "list.csv",
            size=size,
            columns=_first_guess(header, territory),
            uploaded_at=now,
            uploaded_by=by,
        )
        draft.counted = _counted_if_known(draft)
        draft.save()
    except BaseException:
        list_storage.remove(file)
        raise
    return draft


def set_columns(draft: ListFile, columns: dict[str, str]) -> None:
    """Take the draft's columns for what somebody says, and look through the file with them.

    Raises BadData where one that is needed is missing, or the file cannot be read.
    """
    if missing := [field for field in NEEDED if not columns.get(field)]:
        raise BadData(f"Say which column holds the {_list(missing)}")
    draft.columns = columns
    draft.counted = _count(draft)
    draft.save(update_fields=["columns", "counted"])


def rows_of(draft: ListFile) -> tuple[tuple[str, ...], list[list[str]]]:
    """The header of a draft and its first rows as they stand there. Raises BadData."""
    header = list_storage.header_of(draft.file)
    rows = (row.values for row in CsvRows(list_storage.path_of(draft.file)) if isinstance(row, Row))
    return header, [[as_text(value) for value in values] for values in islice(rows, SHOWN_ROWS)]


def import_list(draft: ListFile, *, now: datetime, by: str) -> Territory:
    """Make a draft the list of a territory: of a new one, or of the one that it was brought for.

    Doing it twice is doing it once. Raises BadData with what stands in the way, and then nothing is changed.
    """
    try:
        with transaction.atomic():
            territory, replaced = _import(draft.pk, now=now, by=by)
    except ListFile.DoesNotExist as error:
        raise BadData("Somebody has thrown this list away. Bring it once more") from error
    except ValidationError as refusal:
        raise BadData(" ".join(refusal.messages)) from refusal
    except StaleState as error:
        raise BadData("The list before this one is being read right now. Import again in a minute") from error
    for file in replaced:
        list_storage.remove(file)
    return territory


def _import(key: int, *, now: datetime, by: str) -> tuple[Territory, list[str]]:
    """The territory, and the files that nothing is read from any more."""
    draft = ListFile.objects.select_for_update(of=("self",)).get(pk=key)
    if draft.imported_at and draft.territory:
        return draft.territory, []
    if not draft.counted.get("taken"):
        raise BadData("No row of the list can be taken. Look at the columns again")
    list_storage.header_of(draft.file)
    territory = _place_of(draft, now=now, by=by)
    before = territory.lists.filter(imported_at__isnull=False)
    replaced = list(before.values_list("file", flat=True))
    before.delete()
    draft.territory, draft.imported_at = territory, now
    draft.save(update_fields=["territory", "imported_at"])
    return territory, replaced


def throw_away(draft: ListFile) -> None:
    """Forget a draft and its file; an imported list stays."""
    if ListFile.objects.filter(pk=draft.pk, imported_at__isnull=True).delete()[0]:
        list_storage.remove(draft.file)


def forget_old(*, now: datetime) -> Counter[str]:
    """Throw away drafts that nobody imported for a week, and the files of lists that are no more; counts both."""
    forgotten: Counter[str] = Counter()
    for draft in ListFile.objects.filter(imported_at__isnull=True, uploaded_at__lt=now - _DRAFTS_LAST):
        throw_away(draft)
        forgotten["drafts of lists"] += 1
    names = set(ListFile.objects.values_list("file", flat=True))
    if removed := list_storage.remove_unnamed(names, now=now):
        forgotten["files of lists"] = removed
    return forgotten


def refused_of(territory: Territory) -> list[Refusal]:
    """The rows that the last pass over a territory could not take, each once, in the order of the list."""
    rows = RefusedRecord.objects.filter(grid__territory=territory).exclude(
        grid__status=CoverageGrid.Status.SPLIT
    )
    told = rows.values_list("place", "reason", "excerpt").distinct()[: _MOST_TOLD * 4]
    return nsmallest(_MOST_TOLD, (Refusal(*each) for each in told), key=_by_line)


def reach_of(draft: ListFile) -> tuple[int, int] | None:
    """How far its rows lie apart, from south to north and from west to east, in kilometres rounded up."""
    if not draft.counted.get("corners"):
        return None
    south, west, north, east = draft.counted["corners"]
    wide = (east - west) * cos(radians((south + north) / 2))
    high, wide = (ceil(degrees * METRES_PER_DEGREE / 1000) for degrees in (north - south, wide))
    return high, wide


def bounds_of_points(south: float, west: float, north: float, east: float) -> Bounds:
    """The smallest rectangle that owns every point from one corner to the other, and is large enough to be added."""
    south, north = _side(south, north, -90, 90)
    west, east = _side(west, east, -180, 180)
    return Bounds(south, west, north, east)


def _side(low: float, high: float, least: float, most: float) -> tuple[float, float]:
    high = min(nextafter(high, inf), most)
    if high - low < SMALLEST_TERRITORY:
        high = min(low + 2 * SMALLEST_TERRITORY, most)
        low = max(min(low, high - 2 * SMALLEST_TERRITORY), least)
    return low, high


def _reader(own: ListFile, territory: Territory | None) -> CsvFile:
    # A list keeps the ids of its rows as long as its territory lives, whatever version of it is read.
    prefix = f"{territory.pk}:" if territory else ""
    return CsvFile(list_storage.path_of(own.file), columns=own.columns, prefix=prefix)


def _first_guess(header: tuple[str, ...], territory: Territory | None) -> dict[str, str]:
    """What a person said of the version before, where its columns are still there; else by their names."""
    before = list_of(territory) if territory else None
    if before and set(before.columns.values()) <= set(header):
        return dict(before.columns)
    columns: dict[str, str] = {}
    for field, column in guess_columns(header).items():
        if column not in columns.values():
            columns[field] = column
    return columns


def _counted_if_known(draft: ListFile) -> dict[str, Any]:
    return _count(draft) if all(draft.columns.get(field) for field in NEEDED) else {}


def _count(draft: ListFile) -> dict[str, Any]:
    """Look through the whole file: rows taken and refused, the first that are refused, the corners (degrees)."""
    taken = refused = 0
    told: list[Refusal] = []
    south, west, north, east = inf, inf, -inf, -inf
    try:
        for why_not, lat, lon in _reader(draft, draft.territory).look_through(patience=_PATIENCE):
            if why_not is None:
                taken += 1
            else:
                refused += 1
                told += [why_not] if len(told) < SHOWN_REFUSED else []
            if lat == lat:  # a row that is refused for its name lies somewhere too, and is told of there
                south, north = min(south, lat), max(north, lat)
                west, east = min(west, lon), max(east, lon)
    except (BadData, OSError) as error:
        raise BadData(list_storage.in_words(error, draft.file)) from error
    return {
        "taken": taken,
        "refused": refused,
        "first": [[each.place, each.reason, each.excerpt] for each in told],
        "corners": [south, west, north, east] if taken else [],
    }


def _place_of(draft: ListFile, *, now: datetime, by: str) -> Territory:
    bounds = bounds_of_points(*draft.counted["corners"])
    taken = draft.counted["taken"]
    if draft.territory_id is None:
        return add_territory(
            draft.name,
            **bounds._asdict(),
            source=CsvFile.name,
            now=now,
            country=draft.country,
            expected=taken,
            is_ready=True,
        )
    territory = Territory.objects.select_for_update().get(pk=draft.territory_id)  # of two at once, one waits
    why = f"A newer version of the list: {draft.original_name}"
    renew_territory(territory, bounds, now=now, by=by, why=storable(why)[:200])
    territory.expected = taken
    territory.save(update_fields=["expected"])
    return territory


def _by_line(refused: Refusal) -> tuple[float, str]:
    digits = refused.place.removeprefix("lines ").removeprefix("line ").partition("-")[0]
    return (int(digits) if digits.isdecimal() else inf, refused.place)


def _list(fields: list[str]) -> str:
    words = [{"lat": "latitude", "lon": "longitude"}.get(field, field) for field in fields]
    return " and the ".join([", the ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
