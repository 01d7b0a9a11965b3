"""A server of the Overpass API: its answers, and every way in which it says no."""

import json
import re
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from businesses.categories import CATEGORIES
from businesses.sources.base import Rectangle
from businesses.sources.osm import BUSINESS_FILTERS, is_business, is_wanted
from businesses.sources.osm_file import OsmFile
from businesses.sources.overpass import Overpass, build_query
from businesses.tests.extract import AREA, write_extract
from businesses.tests.loopback import Reply, Server
from businesses.tests.overpass_server import (
    HUNG,
    NOT_UNDERSTOOD,
    OTHER_ERROR,
    OUT_OF_MEMORY,
    TIMED_OUT,
    TOO_BUSY,
    TOO_OFTEN,
    answer,
    is_chosen,
    overpass,
)  # fmt: skip
from businesses.tests.overpass_server import Overpass as StandIn
from businesses.tests.test_osm_file import WITHOUT_A_BELIEVABLE_CENTRE, real
from pipeline.errors import BadData, SourcePaused, Transient

MONACO, HELSINKI = Rectangle(43.72, 7.40, 43.76, 7.45), Rectangle(60.164, 24.935, 60.180, 24.954)

SOME_TAGS = st.dictionaries(
    st.sampled_from(["name", "shop", "craft", "office", "amenity", "tourism", "leisure", "healthcare"]),
    st.sampled_from(
        ["A", "bakery", "no", "vacant", "plumber", "ngo", "lawyer", "pub", "school", "hotel", "museum", "dance", "park",
         "books; bakery", "dentist"]
    ),
)  # fmt: skip


@pytest.fixture
def stand_in(tmp_path: Path) -> StandIn:
    return StandIn(write_extract(tmp_path / "town.osm.pbf"))


@pytest.fixture
def server(stand_in: StandIn) -> Iterator[tuple[str, Server]]:
    with overpass(stand_in) as (url, served):
        yield url, served


@pytest.fixture
def source(server: tuple[str, Server]) -> Overpass:
    return Overpass(server[0])


@pytest.mark.parametrize(
    ("answer_name", "extract_name", "cell", "count", "odd"),
    [
        ("monaco2023-all", "monaco-2023", MONACO, 384, set()),
        ("helsinki-all", "helsinki-centre-2019", HELSINKI, 1168, WITHOUT_A_BELIEVABLE_CENTRE),
    ],
)
def test_a_recorded_answer_holds_the_ids_that_the_extract_holds(
    answer_name: str, extract_name: str, cell: Rectangle, count: int, odd: set[str],
    source: Overpass, stand_in: StandIn,
):  # fmt: skip
    stand_in.scripted = [Reply(body=real(f"overpass/{answer_name}.json").read_bytes())]
    theirs = source.search(cell, categories=())
    ours = OsmFile(real(f"osm/{extract_name}.osm.pbf")).search(cell, categories=())
    assert len(ids(theirs.body)) == count
    assert ids(theirs.body) == ids(ours.body)
    parsed = source.parse(theirs.body, cell)
    assert parsed.complete
    assert {refusal.place for refusal in parsed.refused} == odd
    assert {listing.source_id for listing in parsed.listings} == ids(theirs.body) - odd


def ids(body: str) -> set[str]:
    return {f"{element['type']}/{element['id']}" for element in json.loads(body)["elements"]}


@pytest.mark.parametrize("name", ["monaco2023-all", "helsinki-all"])
def test_the_question_is_the_one_that_was_recorded(name: str):
    def choice(query: str) -> list[str]:
        return sorted(re.findall(r"nwr\[.*;", query))

    assert choice(build_query(MONACO, ())) == choice(real(f"overpass/{name}.ql").read_text())


@pytest.mark.parametrize(
    ("name", "status", "kind"),
    [
        ("200-html-protocol-error.html", 200, "text/html; charset=utf-8"),
        ("400-parse-error.html", 400, "text/html; charset=utf-8"),
        ("429.html", 429, "text/html; charset=utf-8"),
        ("504.html", 504, "text/html; charset=utf-8"),
        ("200-timeout-remark.json", 200, "application/json"),
        ("200-memory-remark.json", 200, "application/json"),
    ],
)
def test_recorded_failures_are_none_of_them_an_answer(
    name: str, status: int, kind: str, source: Overpass, stand_in: StandIn
):
    stand_in.scripted = [Reply(status, real(f"overpass/{name}").read_bytes(), kind)]
    stand_in.status = Reply(
        body=real("overpass/status-rate-limited.txt").read_bytes(), content_type="text/plain"
    )
    if name.endswith(".json"):
        parsed = source.parse(source.search(AREA, categories=()).body, AREA)
        assert (parsed.complete, parsed.saturated) == (False, True)
        return
    with pytest.raises(BadData if status == 400 else (Transient, SourcePaused)) as caught:
        source.search(AREA, categories=())
    assert "error" in str(caught.value) or "less often" in str(caught.value)


def test_a_recorded_empty_cell_is_complete(source: Overpass, stand_in: StandIn):
    stand_in.scripted = [Reply(body=real("overpass/malta-empty-sea.json").read_bytes())]
    parsed = source.parse(source.search(AREA, categories=()).body, AREA)
    assert (parsed.listings, parsed.complete, parsed.saturated) == ((), True, False)


def test_the_same_ids_as_from_the_file(source: Overpass, stand_in: StandIn):
    theirs = source.search(AREA, categories=())
    assert ids(theirs.body) == ids(OsmFile(stand_in.extract).search(AREA, categories=()).body)
    assert theirs.data_timestamp == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_the_question_is_posted_with_a_name_and_a_way_to_reach_us(source: Overpass, server, settings):
    settings.AGENCY_NAME, settings.MAIL_FROM = "Agence Élan", "hello@agency.example"
    source.search(AREA, categories=())
    (asked,) = server[1].asked
    assert asked.method == "POST"
    assert asked.headers["user-agent"] == "WebMagic/1.0 (Agence ?lan; hello@agency.example)"
    (query,) = parse_qs(asked.body.decode())["data"]
    assert query.startswith("[out:json][timeout:60]")
    assert "[bbox:10.0000000,20.0000000,10.1000000,20.1000000];" in query
    assert query.endswith("out center tags;\n")


@given(SOME_TAGS)
def test_the_question_chooses_what_the_file_chooses(tags: dict[str, str]):
    query = build_query(AREA, ())
    assert len(BUSINESS_FILTERS) == query.count("nwr[")
    assert is_chosen(query, tags) == is_business(tags)


@given(SOME_TAGS, st.lists(st.sampled_from(sorted(CATEGORIES)), min_size=1, max_size=4))
def test_the_question_for_trades_misses_none_of_them(tags: dict[str, str], trades: list[str]):
    if is_wanted(tags, tuple(trades)):
        assert is_chosen(build_query(AREA, tuple(trades)), tags)


def test_the_question_for_a_trade_is_narrow():
    query = build_query(AREA, ("plumber",))
    assert query.count("nwr[") == 2
    assert is_chosen(query, {"name": "A", "craft": "roofer; plumber"})
    assert not is_chosen(query, {"name": "A", "craft": "roofer"})


def test_trades_that_nobody_knows_are_no_empty_cell(source: Overpass):
    with pytest.raises(BadData, match="No such trades: baker"):
        source.search(AREA, categories=("baker",))


@pytest.mark.parametrize("body", [TIMED_OUT, OUT_OF_MEMORY])
def test_a_cell_that_is_too_big_is_split(body: bytes, source: Overpass, stand_in: StandIn):
    stand_in.scripted = [Reply(body=body)]
    parsed = source.parse(source.search(AREA, categories=()).body, AREA)
    assert (parsed.listings, parsed.complete, parsed.saturated) == ((), False, True)
    assert "runtime error" in parsed.reason


@pytest.mark.parametrize(
    "reply",
    [
        Reply(body=OTHER_ERROR),
        Reply(body=HUNG, content_type="text/html; charset=utf-8"),
        Reply(body=HUNG),
        Reply(body=answer([]), content_type="text/html"),
        Reply(body=answer([{"type": "node", "id": 1, "lat": 10.05, "lon": 20.05}])[:-9]),
        Reply(body=answer([])[:-9], promised=10_000),
        Reply(body=b"\xff\xfe"),
        Reply(status=0),
        Reply(500, b"", "text/html"),
    ],
)
def test_what_may_work_later_is_tried_again(reply: Reply, source: Overpass, stand_in: StandIn):
    stand_in.scripted = [reply]
    with pytest.raises(Transient):
        source.search(AREA, categories=())


def test_a_busy_server_is_left_alone_for_a_minute(source: Overpass, stand_in: StandIn):
    stand_in.scripted = [Reply(504, TOO_BUSY, "text/html")]
    with pytest.raises(Transient, match="too busy") as caught:
        source.search(AREA, categories=())
    assert caught.value.retry_after == 60


@pytest.mark.parametrize(("status", "said", "seconds"), [(503, "300", 300), (504, "0", 60), (500, "90", 90)])
def test_a_busy_server_that_says_when_to_come_back_pauses_the_source_until_then(
    status: int, said: str, seconds: float, source: Overpass, stand_in: StandIn
):
    stand_in.scripted = [Reply(status, b"", "text/html", {"Retry-After": said})]
    with pytest.raises(SourcePaused) as caught:
        source.search(AREA, categories=())
    assert caught.value.retry_after == seconds


@pytest.mark.parametrize(
    ("status", "header", "seconds"),
    [
        ("Rate limit: 2\nSlot available after: 2026-01-02T03:05:35Z, in 90 seconds.\n"
         "Slot available after: 2026-01-02T03:04:22Z, in 17 seconds.\n", "", 17),
        ("Rate limit: 1\nSlot available after: 2026-01-02T03:05:35Z, in -14 seconds.\n", "", 1),
        ("Rate limit: 2\n2 slots available now.\n", "", 1),
        ("Rate limit: 1\nCurrently running queries (pid, space limit, time limit, start time):\n1\t2\t3\t4", "", 60),
        ("Rate limit: 2\n1 slots available now.\n", "120", 120),
        ("<html>", "soon", 60),
    ],
)  # fmt: skip
def test_a_server_that_is_asked_too_often_pauses_the_source_until_it_has_a_slot(
    status: str, header: str, seconds: float, source: Overpass, stand_in: StandIn, server
):
    stand_in.scripted = [Reply(429, TOO_OFTEN, "text/html", {"Retry-After": header} if header else {})]
    stand_in.status = Reply(body=status.encode(), content_type="text/plain")
    with pytest.raises(SourcePaused) as caught:
        source.search(AREA, categories=())
    assert (caught.value.source, caught.value.retry_after) == ("overpass", seconds)
    assert [asked.path for asked in server[1].asked] == ["/api/interpreter", "/api/status"]


def test_a_server_without_a_status_pauses_the_source_for_a_minute(source: Overpass, stand_in: StandIn):
    stand_in.scripted = [Reply(429, TOO_OFTEN, "text/html")]
    stand_in.status = Reply(status=0)
    with pytest.raises(SourcePaused) as caught:
        source.search(AREA, categories=())
    assert caught.value.retry_after == 60


def test_a_question_that_is_not_understood_is_not_asked_again(source: Overpass, stand_in: StandIn):
    stand_in.scripted = [Reply(400, NOT_UNDERSTOOD, "text/html")]
    with pytest.raises(BadData, match="parse error: ';' expected"):
        source.search(AREA, categories=())


@pytest.mark.parametrize("status", [301, 302, 401, 403, 404])
def test_a_wrong_address_waits_for_a_person(status: int, source: Overpass, stand_in: StandIn, server):
    stand_in.scripted = [Reply(status, b"", "text/html", {"Location": "http://elsewhere.example/"})]
    with pytest.raises(SourcePaused, match="Is OVERPASS_URL right") as caught:
        source.search(AREA, categories=())
    assert caught.value.retry_after is None
    assert len(server[1].asked) == 1


def test_an_endless_answer_is_dropped_and_the_cell_is_split(stand_in: StandIn, server):
    block = b'{"type": "node", "id": 1, "lat": 10.05, "lon": 20.05, "tags": {"name": "A"}},' * 8000
    source = Overpass(server[0], max_bytes=4 * 1024 * 1024)
    stand_in.scripted = [Reply(body=(block for _ in range(100)))]
    tracemalloc.start()
    try:
        found = source.search(AREA, categories=())
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 4 * source._max_bytes
    parsed = source.parse(found.body, AREA)
    assert (parsed.complete, parsed.saturated) == (False, True)
    assert "more than 4 MB (OVERPASS_MAX_MB)" in parsed.reason


def test_damaged_letters_spoil_one_name_and_not_the_answer(source: Overpass, stand_in: StandIn):
    body = answer(
        [
            {"type": "node", "id": 1, "lat": 10.05, "lon": 20.05, "tags": {"name": "Caf@", "shop": "books"}},
            {"type": "node", "id": 2, "lat": 10.05, "lon": 20.05, "tags": {"name": "B", "shop": "books"}},
        ]
    )
    stand_in.scripted = [Reply(body=body.replace(b"@", b"\xe9"))]
    parsed = source.parse(source.search(AREA, categories=()).body, AREA)
    assert [listing.name for listing in parsed.listings] == ["Caf\ufffd", "B"]


def test_nothing_of_the_environment_is_used(source: Overpass, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert source.search(AREA, categories=()).calls == 1
