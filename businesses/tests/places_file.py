"""A small GeoParquet file of places, written for tests in the shape of Overture Maps: made up, all of it."""

import struct
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

_NAMES = pa.struct([("primary", pa.string()), ("common", pa.map_(pa.string(), pa.string()))])
SCHEMA = pa.schema(
    {
        "id": pa.string(),
        "geometry": pa.binary(),
        "bbox": pa.struct([(side, pa.float32()) for side in ("xmin", "xmax", "ymin", "ymax")]),
        "version": pa.int32(),
        "sources": pa.list_(
            pa.struct(
                [
                    ("property", pa.string()), ("dataset", pa.string()), ("license", pa.string()),
                    ("record_id", pa.string()), ("update_time", pa.string()), ("confidence", pa.float64()),
                ]
            )
        ),
        "names": _NAMES,
        "categories": pa.struct([("primary", pa.string()), ("alternate", pa.list_(pa.string()))]),
        "basic_category": pa.string(),
        "taxonomy": pa.struct([("primary", pa.string()), ("hierarchy", pa.list_(pa.string()))]),
        "confidence": pa.float64(),
        "websites": pa.list_(pa.string()),
        "socials": pa.list_(pa.string()),
        "emails": pa.list_(pa.string()),
        "phones": pa.list_(pa.string()),
        "brand": pa.struct([("wikidata", pa.string()), ("names", _NAMES)]),
        "addresses": pa.list_(
            pa.struct([(part, pa.string()) for part in ("freeform", "locality", "postcode", "region", "country")])
        ),
        "operating_status": pa.string(),
    }
)  # fmt: skip


def place(number: int, lat: float, lon: float, **over: Any) -> dict[str, Any]:
    """A bakery that somebody put on a social network, without a website: a brand whose parts are all null."""
    return {
        "id": f"00000000-0000-4000-8000-{number:012d}",
        "geometry": struct.pack("<BIdd", 1, 1, lon, lat),
        "bbox": {"xmin": lon, "xmax": lon, "ymin": lat, "ymax": lat},
        "version": 1,
        "sources": [
            source("meta", record_id=f"90{number}", update_time="2026-01-05T00:00:00.000Z"),
            source("Overture", property="/properties/confidence", update_time="2026-02-07T10:00:15Z"),
        ],
        "names": {"primary": f"Bakery {number}", "common": None},
        "categories": {"primary": "bakery", "alternate": None},
        "basic_category": "bakery",
        "taxonomy": {"primary": "bakery", "hierarchy": ["food_and_drink", "bakery"]},
        "confidence": 0.9,
        "websites": None,
        "socials": [f"https://www.facebook.com/90{number}"],
        "emails": None,
        "phones": ["+18025550146"],
        "brand": {"wikidata": None, "names": {"primary": None, "common": None}},
        "addresses": [
            {
                "freeform": "3 Mill Lane",
                "locality": "Alder Falls",
                "postcode": "00000",
                "region": "US-VT",
                "country": "US",
            }
        ],
        "operating_status": "open",
        **over,
    }


def source(dataset: str, **over: Any) -> dict[str, Any]:
    return {"property": "", "dataset": dataset, "license": "CDLA-Permissive-2.0", **over}


def write_places(
    path: Path, places: list[dict[str, Any]], *, times: int = 1, rows_per_group: int = 1000
) -> Path:
    """`times` repeats the same rows, group after group."""
    table = pa.Table.from_pylist(places, schema=SCHEMA)
    with pq.ParquetWriter(path, SCHEMA) as writer:
        for _ in range(times):
            writer.write_table(table, row_group_size=rows_per_group)
    return path
