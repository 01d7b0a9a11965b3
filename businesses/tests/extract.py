"""A small map extract, written for tests: an area with businesses in it, on its border and round it."""

from collections.abc import Collection
from pathlib import Path

import osmium
from osmium.osm import Box, Location
from osmium.osm.mutable import Node, Relation, Way

from businesses.sources.base import Rectangle

AREA = Rectangle(10.0, 20.0, 10.1, 20.1)


def write_extract(
    path: Path, *, with_bounds: bool = True, north: float = AREA.north, without: Collection[int] = ()
) -> Path:
    """Ids: 1-9 are businesses as nodes, 101-199 points of shapes, 11-19 ways, 21-29 relations.

    north: where the file ends, if it holds less than the area. without: nodes that are left out.
    """
    header = osmium.io.Header()
    if with_bounds:
        header.add_box(Box(AREA.west, AREA.south, AREA.east, north))
    header.set("osmosis_replication_timestamp", "2026-01-02T03:04:05Z")
    with osmium.SimpleWriter(str(path), header=header) as writer:
        for node_id, lat, lon, tags in NODES:
            if node_id in without or (lat > north and node_id < 10):
                continue
            writer.add_node(Node(id=node_id, location=Location(lon, lat), tags=tags))
        for way_id, nodes, tags in WAYS:
            writer.add_way(Way(id=way_id, nodes=nodes, tags=tags))
        for relation_id, members, tags in RELATIONS:
            writer.add_relation(Relation(id=relation_id, members=members, tags=tags))
    return path


NODES = [
    (1, 10.05, 20.05, {"name": "Ana", "shop": "florist"}),
    (2, 10.00, 20.00, {"name": "South-west corner", "shop": "bakery"}),  # on the border that belongs to the area
    (3, 10.10, 20.05, {"name": "North border", "shop": "bakery"}),  # on the border that does not
    (4, 10.05, 20.20, {"name": "East of it", "shop": "bakery"}),
    (5, 10.05, 20.06, {"shop": "bakery"}),  # without a name
    (6, 10.05, 20.06, {"name": "Vacant", "shop": "vacant"}),
    (7, 10.05, 20.06, {"name": "Town hall", "office": "government"}),
    (8, 10.05, 20.06, {"name": "School", "amenity": "school"}),
    (9, 10.06, 20.06, {"name": "Bread", "shop": "bakery"}),
    # a building on the east border, its centre inside
    (101, 10.02, 20.08, {}), (102, 10.02, 20.11, {}), (103, 10.03, 20.11, {}), (104, 10.03, 20.08, {}),
    # a wall that runs through the south-east corner with no point inside, its centre inside
    (111, 9.99, 20.08, {}), (112, 10.03, 20.115, {}),
    # a fence that cuts the same corner, its centre outside
    (161, 9.70, 20.00, {}), (162, 10.05, 20.11, {}),
    # a line that passes by
    (121, 10.11, 20.00, {}), (122, 10.12, 20.05, {}),
    # an outline that runs round the whole area
    (131, 9.9, 19.9, {}), (132, 10.2, 19.9, {}), (133, 10.2, 20.2, {}), (134, 9.9, 20.2, {}),
    # a building on the west border, its centre outside
    (141, 10.07, 19.95, {}), (142, 10.07, 20.01, {}),
    # points of relations
    (151, 10.04, 20.02, {}), (152, 10.05, 20.03, {}),
]  # fmt: skip
WAYS = [
    (11, [101, 102, 103, 104, 101], {"name": "Border hotel", "tourism": "hotel"}),
    (12, [111, 112], {"name": "Long wall", "craft": "stonemason"}),
    (13, [121, 122], {"name": "Passer-by", "craft": "roofer"}),
    (14, [131, 132, 133, 134, 131], {"name": "Mall round everything", "shop": "mall"}),
    (15, [141, 142], {"name": "Neighbour", "craft": "plumber"}),
    (16, [151, 152], {}),
    (18, [161, 162], {"name": "Long fence", "craft": "carpenter"}),
    (17, [998, 999], {"name": "Its points are missing", "craft": "plumber"}),
]
RELATIONS = [
    (21, [("w", 16, "outer")], {"name": "Court", "type": "multipolygon", "amenity": "dentist"}),
    (
        22,
        [("n", 151, ""), ("w", 997, ""), ("n", 996, "")],
        {"name": "Half known", "type": "site", "amenity": "pub"},
    ),
    (23, [("w", 995, "outer")], {"name": "Its members are missing", "type": "multipolygon", "shop": "books"}),
]
