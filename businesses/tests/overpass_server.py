"""A stand-in for a server of the Overpass API: answers, refusals and rate limits in the shapes of a real one."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from businesses.sources.base import Rectangle
from businesses.sources.osm_file import OsmFile
from businesses.tests.loopback import Asked, Reply, Server, serving

PAGE = """<?xml version="1.0" encoding="UTF-8"?>
<html><head><title>OSM3S Response</title></head><body>
<p>The data included in this document is free.</p>
<p><strong style="color:#FF0000">Error</strong>: {} </p>
</body></html>"""


def page(error: str) -> bytes:
    return PAGE.format(error).encode()


def answer(elements: list[Any], remark: str = "") -> bytes:
    """As the server lays it out; a remark comes last."""
    whole: dict[str, Any] = {
        "version": 0.6,
        "generator": "Overpass API stand-in",
        "osm3s": {"timestamp_osm_base": "2026-01-02T03:04:05Z", "copyright": "Made up."},
        "elements": elements,
    }
    return json.dumps(whole | ({"remark": remark} if remark else {}), indent=1).encode()


TIMED_OUT = answer([], 'runtime error: Query timed out in "query" at line 3 after 2 seconds.')
OUT_OF_MEMORY = answer([], 'runtime error: Query ran out of memory in "query" at line 2.')
OTHER_ERROR = answer([], "runtime error: open64: 2 No such file or directory /db/nodes.bin")
HUNG = page("runtime error: open64: 0 Success /db Dispatcher_Client::request_read_and_idx::protocol_error")
NOT_UNDERSTOOD = page("line 1: parse error: ';' expected - 'count' found.")
TOO_OFTEN = page(
    "runtime error: Dispatcher_Client::request_read_and_idx::rate_limited. Please check /api/status"
)
TOO_BUSY = page(
    "runtime error: Dispatcher_Client::request_read_and_idx::timeout. The server is probably too busy"
)
NO_SLOT = b"""Connected as: 1
Current time: 2026-01-02T03:04:05Z
Rate limit: 2
Slot available after: 2026-01-02T03:05:35Z, in 90 seconds.
Slot available after: 2026-01-02T03:04:22Z, in 17 seconds.
Currently running queries (pid, space limit, time limit, start time):
"""


@dataclass
class Overpass:
    """scripted replies come first, then what the extract holds; status is what /api/status says."""

    extract: Path | None = None
    scripted: list[Reply] = field(default_factory=list)
    status: Reply = field(default_factory=lambda: Reply(body=NO_SLOT, content_type="text/plain"))

    def reply(self, asked: Asked) -> Reply:
        if asked.path == "/api/status":
            return self.status
        if asked.path != "/api/interpreter" or asked.method != "POST":
            return Reply(404, b"not here", "text/html")
        if self.scripted:
            return self.scripted.pop(0)
        (query,) = parse_qs(asked.body.decode())["data"]
        assert self.extract
        elements = json.loads(OsmFile(self.extract).search(bounds_of(query), categories=()).body)["elements"]
        return Reply(body=answer([e for e in elements if is_chosen(query, e["tags"])]))


@contextmanager
def overpass(stand_in: Overpass) -> Iterator[tuple[str, Server]]:
    with serving(stand_in.reply) as server:
        yield f"{server.url}/api/interpreter", server


def bounds_of(query: str) -> Rectangle:
    (found,) = re.findall(r"\[bbox:([^\]]*)\]", query)
    return Rectangle(*map(float, found.split(",")))


def is_chosen(query: str, tags: Mapping[str, str]) -> bool:
    """Whether one of the query's statements chooses an object with these tags, as the language says."""
    return any(_fits(filters, tags) for filters in re.findall(r"^\s*nwr((?:\[.*\])+);$", query, re.MULTILINE))


def _fits(filters: str, tags: Mapping[str, str]) -> bool:
    for key, not_, pattern in re.findall(r'\["([^"]+)"(?:(!)?~"([^"]+)")?\]', filters):
        found = bool(re.search(pattern, tags[key])) if pattern and key in tags else key in tags
        if found == bool(not_):
            return False
    return True
