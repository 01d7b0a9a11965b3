"""A service that is paid by the record: orders, waiting, answers, and nothing paid for twice."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from businesses.categories import CATEGORIES, FAMILIES, trades_of
from businesses.sources.base import ParsedCell, Rectangle
from businesses.sources.outscraper import Outscraper
from businesses.tests.loopback import Reply, Server
from businesses.tests.outscraper_server import KEY, Service, outscraper, record, told
from businesses.tests.source_cases import ask
from pipeline.errors import BadData, SourcePaused, StageError, Transient, Uncertain

TOWN = Rectangle(44.0, -73.0, 44.1, -72.9)
AT = (44.05, -72.95)


@pytest.fixture
def service() -> Service:
    return Service([record(1, "Brook Lane Bakery", "Bakery", *AT)])


@pytest.fixture
def server(service: Service) -> Iterator[Server]:
    with outscraper(service) as served:
        yield served


@pytest.fixture
def source(server: Server) -> Outscraper:
    return Outscraper(server.url, KEY)


def stored(*records: Any, most: int = 100, nested: bool = True) -> str:
    data = [list(records)] if nested else list(records)
    return json.dumps({"most_per_query": most, "answer": {"status": "Success", "data": data}})


def parse(*records: Any, **how: Any) -> ParsedCell:
    return Outscraper("http://127.0.0.1", KEY).parse(stored(*records, **how), TOWN)


def test_an_order_is_placed_waited_for_and_collected(source: Outscraper, service: Service, server: Server):
    reference = source.order(TOWN, categories=("bakery", "florist"))
    assert source.collect(reference) is None
    answer = source.collect(reference)
    assert answer
    (order,) = service.orders.values()
    assert order["query"] == ["Bakery", "Florist"]
    assert order["coordinates"] == "44.050000,-72.950000"
    assert order["organizationsPerQueryLimit"] == 400
    assert order["async"] is True
    assert {asked.headers["x-api-key"] for asked in server.asked} == {KEY}
    assert answer.cost == Decimal("0.003")
    parsed = source.parse(answer.body, TOWN)
    assert [listing.name for listing in parsed.listings] == ["Brook Lane Bakery"]
    assert (parsed.complete, parsed.saturated) == (True, False)


def test_the_stored_text_holds_the_answer_as_it_came(source: Outscraper, service: Service):
    raw = b'{"id": "o1",  "status":"Success", "data": [[ ] ],"odd": 1.50}'
    service.scripted = [told(202, {"id": "o1"}), Reply(body=raw)]
    assert raw.decode() in ask(source, TOWN).body


def test_the_fewer_trades_the_more_of_each_and_never_more_than_the_price_that_was_told(
    source: Outscraper, service: Service, settings
):
    leads = sum(category.is_lead for category in CATEGORIES.values())
    for categories in ((), ("bakery",), trades_of("food"), trades_of("trades"), tuple(CATEGORIES)):
        source.order(TOWN, categories=categories)
        order = list(service.orders.values())[-1]
        share = order["organizationsPerQueryLimit"]
        assert len(order["query"]) == (len(categories) or leads)
        assert 0 < share <= 400
        assert len(order["query"]) * share < (source.cap or 0)
    assert source.cost_per_call == Decimal("0.003") * 2000
    settings.OUTSCRAPER_PRICE = Decimal("4.5")
    assert Outscraper().cost_per_call == Decimal(9)
    assert all(trades_of(family) for family in FAMILIES)


def test_what_is_no_trade_of_ours_is_not_ordered(source: Outscraper, service: Service):
    with pytest.raises(BadData, match="None of these trades"):
        source.order(TOWN, categories=("nonsense",))
    assert not service.orders


def test_a_place_is_read(source: Outscraper):
    (found,) = parse(record(7, "Ana", "Florist", *AT, facebook="https://www.facebook.com/ana")).listings
    assert (found.source_id, found.name, found.category) == ("ChIJ00000007", "Ana", "florist")
    assert found.raw_categories == ("Florist", "florist", "Store")
    assert (found.phones, found.websites, found.emails) == (("+1 802-555-0143",), (), ())
    assert (found.rating, found.review_count, found.operating_status) == (4.6, 31, "open")
    assert (found.street, found.city, found.postcode) == ("12 Main Street", "Alder Falls", "00000")
    assert (found.region, found.country) == ("Vermont", "US")
    assert found.same_as == ("google:0x7:0x7",)
    assert found.socials == {"facebook": "https://www.facebook.com/ana"}


@pytest.mark.parametrize(
    ("told_as", "websites"),
    [
        ({"site": "http://ana.example"}, ("http://ana.example",)),
        ({"website": "http://ana.example"}, ("http://ana.example",)),
        ({"site": "http://old.example", "website": "http://ana.example"}, ("http://ana.example",)),
        ({"site": None, "website": ""}, ()),
    ],
)
def test_a_website_is_found_under_both_of_its_names(told_as: dict[str, Any], websites: tuple[str, ...]):
    assert parse(record(1, "Ana", "Florist", *AT, **told_as)).listings[0].websites == websites


@pytest.mark.parametrize(
    ("kinds", "slug"),
    [
        ({"type": "P", "category": None, "subtypes": "Plumber, Contractor"}, "plumber"),
        ({"type": None, "category": None, "subtypes": ["Plumber"]}, "plumber"),
        ({"type": "Thai restaurant", "subtypes": None}, "restaurant"),
        ({"type": None, "category": None, "subtypes": None}, ""),
    ],
)
def test_subtypes_are_one_text_with_commas(kinds: dict[str, Any], slug: str):
    assert parse(record(1, "Ana", "Florist", *AT, **kinds)).listings[0].category == slug


@pytest.mark.parametrize(
    ("status", "meant"),
    [
        ("OPERATIONAL", "open"),
        ("CLOSED_TEMPORARILY", "temporarily_closed"),
        ("CLOSED_PERMANENTLY", "closed"),
        (None, "unknown"),
    ],
)
def test_business_status(status: str | None, meant: str):
    assert parse(record(1, "A", "Bakery", *AT, business_status=status)).listings[0].operating_status == meant


def test_both_nestings_are_read():
    records = [record(n, f"B{n}", "Bakery", *AT) for n in range(3)]
    assert parse(*records).listings == parse(*records, nested=False).listings
    assert len(parse(*records, *records).listings) == 3


@pytest.mark.parametrize(
    ("over", "reason"),
    [
        ({"place_id": None, "google_id": ""}, "no id"),
        ({"place_id": "x" * 121}, "no id"),
        ({"name": None}, "no name"),
        ({"latitude": None}, "no coordinates"),
        ({"latitude": -172.9, "longitude": 44.0}, "look swapped"),
    ],
)
def test_a_record_that_cannot_be_taken_is_refused_and_the_rest_goes_on(over: dict[str, Any], reason: str):
    parsed = parse(record(1, "A", "Bakery", *AT, **over), record(2, "B", "Bakery", *AT))
    assert [listing.name for listing in parsed.listings] == ["B"]
    assert parsed.complete
    assert reason in parsed.refused[0].reason


@pytest.mark.parametrize(
    ("inside", "outside", "complete", "saturated"),
    [
        (9, 0, True, False),  # exhausted
        (1, 8, True, False),
        (10, 0, False, True),  # cut off in the cell
        (6, 4, False, True),
        (4, 6, False, False),  # gone past the cell: a smaller one would bring the same
        (0, 3, False, False),  # nothing shows that it looked here
        (0, 0, True, False),
    ],
)
def test_a_cell_is_complete_when_every_query_is_exhausted(
    inside: int, outside: int, complete: bool, saturated: bool
):
    records = [record(n, f"B{n}", "Bakery", *AT) for n in range(inside)]
    records += [record(100 + n, f"B{n}", "Bakery", 50.0, 8.0) for n in range(outside)]
    parsed = parse(*records, most=10)
    assert (parsed.complete, parsed.saturated) == (complete, saturated)
    assert (len(parsed.listings), parsed.outside) == (inside, outside)
    assert bool(parsed.reason) is not complete


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (told(401, {"error": True}), SourcePaused),
        (told(402, {"error": True}), SourcePaused),
        (told(403, {}), SourcePaused),
        (told(302, {}), SourcePaused),
        (told(200, {"error": True, "errorMessage": "Not enough credits"}), SourcePaused),
        (told(429, {}), SourcePaused),
        (told(503, {}), Transient),
        (told(422, {"error": True, "errorMessage": "Wrong parameters"}), BadData),
        (told(400, {"message": "Bad request"}), BadData),
        (told(500, {}), Uncertain),
        (told(504, {}), Uncertain),
        (Reply(202, b"<html>", "text/html"), Uncertain),
        (Reply(202, b'{"id": ', promised=500), Uncertain),
        (Reply(status=0), Uncertain),
        (told(202, {"status": "Pending"}), Uncertain),
        (told(202, {"id": "../../other"}), Uncertain),
    ],
)
def test_an_order_that_may_have_been_taken_is_never_taken_for_one_that_was_not(
    reply: Reply, error: type[StageError], source: Outscraper, service: Service
):
    service.scripted = [reply]
    with pytest.raises(error) as caught:
        source.order(TOWN, categories=("bakery",))
    assert type(caught.value) is error


def test_an_order_that_never_left_was_surely_not_placed():
    with outscraper(Service([])) as gone:
        pass
    with pytest.raises(Transient, match="cannot be reached"):
        Outscraper(gone.url, KEY).order(TOWN, categories=("bakery",))


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (told(401, {"error": True}), SourcePaused),
        (told(200, {"status": "Success", "data": 0}), SourcePaused),
        (told(200, {"status": "Success"}), SourcePaused),
        (told(500, {}), Transient),
        (Reply(status=0), Transient),
        (Reply(body=b'{"id": "o1", "data": [[{'), Transient),
        (told(404, {"error": True}), BadData),
        (told(200, {"status": "Failure"}), BadData),
        (told(200, {}), BadData),
        (told(200, {"error": True, "errorMessage": "Internal trouble"}), BadData),
    ],
)
def test_asking_for_an_answer_costs_nothing_and_may_be_repeated(
    reply: Reply, error: type[StageError], source: Outscraper, service: Service
):
    reference = source.order(TOWN, categories=("bakery",))
    service.scripted = [reply]
    with pytest.raises(error) as caught:
        source.collect(reference)
    assert type(caught.value) is error
    assert len(service.orders) == 1


def test_waiting_is_as_long_as_the_service_says(source: Outscraper, service: Service):
    service.scripted = [Reply(429, b"{}", headers={"Retry-After": "240"})]
    with pytest.raises(SourcePaused) as caught:
        source.order(TOWN, categories=("bakery",))
    assert caught.value.retry_after == 240
    service.scripted = [told(402, {})]
    with pytest.raises(SourcePaused) as caught:
        source.order(TOWN, categories=("bakery",))
    assert caught.value.retry_after is None
    for said, seconds in (("600", 600), ("0", 60)):
        service.scripted = [Reply(503, b"{}", headers={"Retry-After": said})]
        with pytest.raises(SourcePaused) as caught:
            source.order(TOWN, categories=("bakery",))
        assert caught.value.retry_after == seconds


@pytest.mark.parametrize("status", [502, 503, 504])
def test_an_answer_that_is_promised_for_later_is_waited_for(
    status: int, source: Outscraper, service: Service
):
    reference = source.order(TOWN, categories=("bakery",))
    service.scripted = [Reply(status, b"{}", headers={"Retry-After": "600"})]
    with pytest.raises(SourcePaused) as caught:
        source.collect(reference)
    assert caught.value.retry_after == 600


def test_the_key_is_in_no_message(source: Outscraper, service: Service):
    service.scripted = [told(401, {"error": True, "errorMessage": "Invalid API key"})]
    with pytest.raises(SourcePaused) as caught:
        source.order(TOWN, categories=())
    assert KEY not in str(caught.value)


def test_without_a_key_nothing_is_asked(server: Server, settings):
    settings.OUTSCRAPER_API_KEY = ""
    with pytest.raises(BadData, match="Put yours into OUTSCRAPER_API_KEY"):
        Outscraper(server.url).order(TOWN, categories=("bakery",))
    assert server.asked == []
