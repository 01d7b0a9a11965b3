"""Businesses from a GeoParquet file of Overture Maps places: open data, no network and no key.

A city's file comes from `overturemaps download --bbox=west,south,east,north -f geoparquet --type=place -o FILE`.
Only the row groups whose bounds touch the cell are read, a thousand rows at a time. The file does not say what it
was asked for: a cell is complete where places lie all round it, or end near its borders.
"""

import json
import struct
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.conf import settings

from businesses.sources.base import CellAnswer, Listing, OperatingStatus, ParsedCell, Rectangle, Refusal
from businesses.sources.extent import as_far_as, as_stored, read_bounds, spoken
from businesses.sources.reading import (
    as_number,
    as_object,
    as_objects,
    as_raw,
    as_text,
    as_texts,
    read_object,
    why_not_on_map,
)
from businesses.sources.trade_names import category_of_names
from pipeline.errors import BadData
from pipeline.http import Fetcher

_COLUMNS: Final = (
    "id geometry bbox version sources names categories basic_category taxonomy confidence websites socials emails "
    "phones brand addresses operating_status"
).split()
_NEEDED: Final = ("id", "bbox", "names")
_BATCH: Final = 1000  # rows
_SEAM: Final = 1000.0  # metres beyond the outermost places that are taken for empty
_ROUNDING: Final = 1e-4  # degrees: bounds are stored in half the precision of the places
_STATUS: Final[dict[str, OperatingStatus]] = {
    "open": "open",
    "temporarily_closed": "temporarily_closed",
    "permanently_closed": "closed",
}
_SAME_AS: Final = {"meta": "facebook", "metaplaces": "facebook", "foursquare": "foursquare"}
_NETWORKS: Final = {
    "facebook.com": "facebook",
    "instagram.com": "instagram",
    "twitter.com": "twitter",
    "x.com": "twitter",
    "tiktok.com": "tiktok",
}


class OvertureFile:
    """The file is settings.OVERTURE_FILE, looked at when it is needed; a path may be given instead.

    Places under settings.OVERTURE_MIN_CONFIDENCE (0 to 1) are left out, except those that are said to have
    closed for good: their confidence is 0 by definition.
    """

    name = "overture_file"
    title = "Overture Maps"
    cap: int | None = 10_000
    licence = "CDLA-Permissive-2.0"
    attribution = "Overture Maps Foundation"
    attribution_url = "https://docs.overturemaps.org/attribution/"
    cost_per_call = Decimal(0)
    trade_groups: tuple[str, ...] = ()
    smallest_edge = 100.0
    calls_budget = ""
    money_budget = ""
    suffixes: tuple[str, ...] = ()

    def __init__(self, path: str | Path | None = None, *, cap: int | None = None) -> None:
        self._path = path
        self.cap = cap or self.cap

    def check_ready(self) -> None:
        path = self._file()
        with _opened(path):
            pass

    def search(self, cell: Rectangle, *, categories: tuple[str, ...]) -> CellAnswer:
        path, floor = self._file(), float(settings.OVERTURE_MIN_CONFIDENCE)
        places: list[dict[str, Any]] = []
        too_doubtful, cut = 0, False
        with _opened(path) as file:
            extent = _extent(file)
            for place in _places(file, path, cell):
                if categories and category_of_names(_category_names(place)) not in categories:
                    continue
                if _is_doubtful(place, floor):
                    too_doubtful += 1
                elif len(places) == self.cap:
                    cut = True
                    break
                else:
                    places.append(as_raw(place))
        answer = {
            "generator": "webmagic overture_file",
            "file": path.name,
            "floor": floor,
            "too_doubtful": too_doubtful,
            "cut": cut,
            "bounds": as_stored(extent),
            "places": places,
        }
        return CellAnswer(
            body=json.dumps(answer, ensure_ascii=False),
            calls=1,
            cost=Decimal(0),
            data_timestamp=max(filter(None, map(_updated_at, places)), default=None),
        )

    def parse(self, body: str, cell: Rectangle) -> ParsedCell:
        answer = read_object(body, self.title)
        if not isinstance(answer.get("places"), list):
            raise BadData("The stored answer of Overture Maps holds no list of places")
        listings: dict[str, Listing] = {}
        refused: list[Refusal] = []
        outside = 0
        for number, place in enumerate(answer["places"], start=1):
            if not isinstance(place, dict):
                refused.append(Refusal(f"place {number}", "It is no record", str(place)[:200]))
                continue
            lat, lon = as_number(place.get("lat")), as_number(place.get("lon"))
            if reason := _why_not(place, lat, lon):
                where = _id_of(place)[:120] or f"place {number}"
                refused.append(Refusal(where, reason, json.dumps(place)[:200], _id_of(place)))
            elif cell.contains(lat, lon):
                listing = _listing(place, lat, lon, self.licence)
                listings[listing.source_id] = listing
            else:
                outside += 1
        cut = bool(answer.get("cut"))
        parsed = ParsedCell(
            listings=tuple(listings.values()),
            outside=outside,
            complete=not cut,
            saturated=cut,
            reason=f"There are more than {len(answer['places'])} places" if cut else "",
            refused=tuple(refused),
        )
        bounds = read_bounds(answer.get("bounds"))
        return as_far_as(parsed, cell, bounds, file="The file of places", seam=_SEAM)

    def web(self) -> Fetcher | None:
        return None

    def _file(self) -> Path:
        path = self._path or settings.OVERTURE_FILE
        if not path:
            raise BadData("No file of places is set. Put the path of a GeoParquet file into OVERTURE_FILE")
        return Path(path)


def _opened(path: Path) -> pq.ParquetFile:
    """Raises BadData with one clear sentence for a file that is missing, of another kind or without places."""
    if not path.is_file():
        raise BadData(f"The file {path} does not exist. OVERTURE_FILE must name a GeoParquet file of places")
    try:
        # Read in small pieces, not a column of a row group at once.
        file = pq.ParquetFile(path, buffer_size=64 * 1024, pre_buffer=False)
        columns = set(file.schema_arrow.names)
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(path, error) from error
    if missing := [name for name in _NEEDED if name not in columns]:
        file.close()
        raise BadData(f"The file {path} holds no Overture places: it has no column {', '.join(missing)}")
    return file


def _unreadable(path: Path, error: Exception) -> BadData:
    said = str(error).splitlines()[0] if str(error) else type(error).__name__
    return BadData(f"The file {path} cannot be read ({said[:200]}). It may be cut off: get it again")


def _places(file: pq.ParquetFile, path: Path, cell: Rectangle) -> Iterator[dict[str, Any]]:
    """The places in or on the borders of the cell, with `lat` and `lon` in place of their geometry."""
    bounds = _all_bounds(file)
    extent = _extent(file)
    if extent and not _near((extent.south, extent.west, extent.north, extent.east), cell):
        raise BadData(f"{path} covers {spoken(extent)}; the cell lies outside of it")
    groups = [i for i, one in enumerate(bounds) if one is None or _near(one, cell)]
    columns = [name for name in _COLUMNS if name in file.schema_arrow.names]
    try:
        for batch in file.iter_batches(_BATCH, row_groups=groups, columns=columns, use_threads=False):
            for place in batch.filter(_touching(batch, cell)).to_pylist():
                lat, lon = _point_of(place)
                is_known = lat == lat and lon == lon
                if not is_known or (
                    cell.south <= lat <= cell.north and cell.west <= lon <= cell.east
                ):  # an unknown point is for `parse` to refuse
                    yield {"lat": lat, "lon": lon, **place}
    except (pa.ArrowException, OSError) as error:
        raise _unreadable(path, error) from error


def _bounds_of(group: pq.RowGroupMetaData) -> tuple[float, float, float, float] | None:
    """South, west, north, east of a row group; None where the file does not tell."""
    found = {}
    for i in range(group.num_columns):
        column = group.column(i)
        if column.path_in_schema.startswith("bbox.") and column.statistics and column.statistics.has_min_max:
            found[column.path_in_schema[5:]] = column.statistics
    if not {"ymin", "xmin", "ymax", "xmax"} <= set(found):
        return None
    return found["ymin"].min, found["xmin"].min, found["ymax"].max, found["xmax"].max


def _near(bounds: tuple[float, float, float, float], cell: Rectangle) -> bool:
    south, west, north, east = bounds
    return (
        south <= cell.north + _ROUNDING
        and north >= cell.south - _ROUNDING
        and west <= cell.east + _ROUNDING
        and east >= cell.west - _ROUNDING
    )


def _all_bounds(file: pq.ParquetFile) -> list[tuple[float, float, float, float] | None]:
    return [_bounds_of(file.metadata.row_group(i)) for i in range(file.num_row_groups)]


def _extent(file: pq.ParquetFile) -> Rectangle | None:
    """The rectangle round all places, somewhat rounded up; None where the file does not tell."""
    bounds = _all_bounds(file)
    known = [one for one in bounds if one]
    if not known or len(known) < len(bounds):
        return None
    souths, wests, norths, easts = zip(*known, strict=True)
    return read_bounds(
        [
            max(min(souths) - _ROUNDING, -90.0),
            max(min(wests) - _ROUNDING, -180.0),
            min(max(norths) + _ROUNDING, 90.0),
            min(max(easts) + _ROUNDING, 180.0),
        ]
    )


def _touching(batch: pa.RecordBatch, cell: Rectangle) -> pa.BooleanArray:
    """Which rows are near the cell; one without bounds is, so that it is refused with its reason."""
    box = batch.column("bbox")
    south, west = pc.struct_field(box, "ymin"), pc.struct_field(box, "xmin")
    is_near = pc.and_(
        pc.and_(
            pc.greater_equal(south, cell.south - _ROUNDING), pc.less_equal(south, cell.north + _ROUNDING)
        ),
        pc.and_(pc.greater_equal(west, cell.west - _ROUNDING), pc.less_equal(west, cell.east + _ROUNDING)),
    )
    return pc.fill_null(is_near, True)


def _point_of(place: dict[str, Any]) -> tuple[float, float]:
    """Latitude and longitude; takes geometry and bounds out of the place."""
    shape, box = place.pop("geometry", None), as_object(place.pop("bbox", None))
    if isinstance(shape, bytes) and len(shape) >= 21 and shape[0] in (0, 1):
        order = "<" if shape[0] else ">"
        kind, lon, lat = struct.unpack(f"{order}xIdd", shape[:21])
        if kind == 1:
            return lat, lon
    return as_number(box.get("ymin")), as_number(box.get("xmin"))


def _is_doubtful(place: dict[str, Any], floor: float) -> bool:
    confidence = as_number(place.get("confidence"))
    return confidence < floor and place.get("operating_status") != "permanently_closed"


def _why_not(place: dict[str, Any], lat: float, lon: float) -> str:
    if not 0 < len(_id_of(place)) <= 120:
        return "It has no id"
    return why_not_on_map(lat, lon) or ("" if _name_of(place) else "It has no name")


def _id_of(place: dict[str, Any]) -> str:
    return as_text(place.get("id"))


def _name_of(place: dict[str, Any]) -> str:
    return as_text(as_object(place.get("names")).get("primary"))


def _category_names(place: dict[str, Any]) -> list[str]:
    """From the most specific to the widest, in both of the schema's vocabularies."""
    taxonomy = as_object(place.get("taxonomy"))
    names = [
        as_object(place.get("categories")).get("primary"),
        taxonomy.get("primary"),
        place.get("basic_category"),
        *reversed(as_texts(taxonomy.get("hierarchy"))),
    ]
    return list(as_texts(names))


def _listing(place: dict[str, Any], lat: float, lon: float, licence: str) -> Listing:
    address = next(iter(as_objects(place.get("addresses"))), {})
    brand = as_object(place.get("brand"))
    country = as_text(address.get("country")).upper()
    category_names = _category_names(place)
    own_licence = _licence_of(place)
    return Listing(
        source_id=_id_of(place),
        name=_name_of(place),
        lat=lat,
        lon=lon,
        category=category_of_names(category_names),
        raw_categories=tuple(category_names[:3]),
        phones=as_texts(place.get("phones")),
        emails=as_texts(place.get("emails")),
        websites=as_texts(place.get("websites")),
        socials=_socials(as_texts(place.get("socials"))),
        street=as_text(address.get("freeform")),
        city=as_text(address.get("locality")),
        postcode=as_text(address.get("postcode")),
        region=as_text(address.get("region")).removeprefix(f"{country}-"),
        country=country if len(country) == 2 and country.isascii() and country.isalpha() else "",
        brand=as_text(as_object(brand.get("names")).get("primary")),
        brand_wikidata=as_text(brand.get("wikidata")),
        operating_status=_STATUS.get(as_text(place.get("operating_status")), "unknown"),
        same_as=_same_as(place),
        licence=own_licence if own_licence != licence else "",
        raw={**place, "name": _name_of(place)},
    )


def _licence_of(place: dict[str, Any]) -> str:
    """Every licence that the record itself stands under; what only one of its fields does is not it."""
    found = [
        as_text(source.get("license"))
        for source in as_objects(place.get("sources"))
        if not source.get("property")
    ]
    return " AND ".join(dict.fromkeys(filter(None, found)))[:80]


def _same_as(place: dict[str, Any]) -> tuple[str, ...]:
    found = []
    for source in as_objects(place.get("sources")):
        kind = _SAME_AS.get(as_text(source.get("dataset")).lower())
        record_id = as_text(source.get("record_id")).partition("@")[0]
        if kind and record_id and not source.get("property"):
            found.append(f"{kind}:{record_id}"[:120])
    return tuple(dict.fromkeys(found))


def _socials(addresses: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for address in addresses:
        try:
            host = (urlsplit(address).hostname or "").removeprefix("www.").removeprefix("m.")
        except ValueError:
            continue
        if network := _NETWORKS.get(host):
            found.setdefault(network, address)
    return found


def _updated_at(place: dict[str, Any]) -> datetime | None:
    """The newest time at which one of its sources was brought up to date."""
    times = []
    for source in as_objects(place.get("sources")):
        try:
            time = datetime.fromisoformat(as_text(source.get("update_time")))
        except ValueError:
            continue
        times.append(time if time.tzinfo else time.replace(tzinfo=UTC))
    return max(times, default=None)
