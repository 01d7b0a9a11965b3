"""Going to a place on the map: who may ask, what is found in which order, and the two files that it is found in."""

import gzip
import importlib.util
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission, User
from django.contrib.staticfiles import finders
from django.test import Client

from territories import gazetteer
from territories.folding import fold
from territories.models import check_bounds
from territories.splitting import Bounds

PLACES = "/admin/territories/territory/places/"
NAMES = "/admin/territories/territory/names/"
VERMONT = {"south": "44", "west": "-74", "north": "45", "east": "-72.5"}
EVERYWHERE = Bounds(-90, -180, 90, 180)
WORLD_KB, PLACES_KB = 250, 2_000  # what a page and a checkout may grow by


@pytest.fixture
def owner(client: Client, db: None) -> Client:
    client.force_login(User.objects.create_superuser("owner"))
    return client


def asked(client: Client, words: str) -> list[dict[str, Any]]:
    """Return what is suggested for `words`."""
    places: list[dict[str, Any]] = client.get(PLACES, {"q": words}).json()["places"]
    return places


def found(words: str) -> list[str]:
    return [f"{each.name}, {each.region or each.country_name}" for each in gazetteer.search(words)]


# ------------------------------------------------------------------------------------------------- who may


def test_only_staff_that_sees_territories_is_answered(db: None) -> None:
    questions = ((PLACES, {"q": "Burlington"}), (NAMES, VERMONT))
    stranger, blind, reader = Client(), Client(), Client()
    blind.force_login(User.objects.create_user("blind", is_staff=True))
    user = User.objects.create_user("reader", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_territory"))
    reader.force_login(user)
    for address, query in questions:
        answer = stranger.get(address, query)
        assert answer.status_code == 302
        assert "/login/" in answer.headers["Location"]
        assert blind.get(address, query).status_code == 403
        assert reader.get(address, query).status_code == 200


# ------------------------------------------------------------------------------------------------- searching


def test_names_are_found_in_any_spelling() -> None:
    for words in (
        "burlington, vermont",
        "BURLINGTON VT",
        "Burlington , us, verm",
        "  burlington   vermont us ",
    ):
        assert "Burlington, Vermont" in found(words), words
    for words, name in (
        ("sao pau", "São Paulo"), ("SÃO PAULO", "São Paulo"), ("koln", "Köln"), ("hamrun", "Ħamrun"),
        ("st pölten", "Sankt Pölten"), ("saint louis, miss", "St. Louis"), ("wien", "Vienna"),
        ("muenchen", "Munich"), ("münch", "Munich"),
    ):  # fmt: skip
        assert found(words)[0].startswith(name), words


def test_most_people_come_first_and_exact_names_far_ahead() -> None:
    burlingtons = [place for place in gazetteer.search("burlington") if place.name == "Burlington"]
    people = [place.population for place in burlingtons]
    assert (burlingtons[0].region, burlingtons[2].region) == ("Ontario", "Vermont")
    assert people == sorted(people, reverse=True)
    assert found("paris")[:2] == ["Paris, Île-de-France", "Paris, Texas"]
    assert found("bath")[0] == "Bath, England"  # Bathinda is three times as large
    assert found("san")[0] == "Santiago, Santiago Metropolitan"  # no other name of Shanghai


def test_regions_and_countries_are_gone_to_and_never_proposed(owner: Client) -> None:
    malta = asked(owner, "malta")[0]
    assert (malta["country"], malta["where"], malta["side"]) == ("MT", "", None)
    south, west, north, east = malta["bounds"]
    assert south < 35.9 < north
    assert west < 14.5 < east
    vermont = asked(owner, "vermont")[0]
    assert (vermont["where"], vermont["side"]) == ("United States", None)


def test_suggestion_tells_places_of_one_name_apart(owner: Client) -> None:
    place = next(each for each in asked(owner, "burlington") if "Vermont" in each["where"])
    assert place["where"] == "Vermont, United States"
    assert (place["country"], place["people"]) == ("US", "42,000")
    south, west, north, east = place["bounds"]
    assert south < 44.476 < north
    assert west < -73.212 < east
    assert 5 < place["side"] < 9


def test_no_more_than_eight_are_suggested_and_none_for_what_is_nowhere(owner: Client) -> None:
    for words in ("a", "sa", "san", "new"):
        assert len(asked(owner, words)) == gazetteer.MOST_FOUND
    for words in ("", " ", ",", ", vermont", "Burlington, Atlantis", "qqqq", "..."):
        assert asked(owner, words) == [], words


@pytest.mark.parametrize(
    "words",
    [
        "\0", "\0burl", "\ud800", "<script>alert(1)</script>", "%' OR 1=1 --", "a" * 100_000, "," * 10_000,
        "\u202eburl",
        "\N{COMBINING ACUTE ACCENT}" * 500, "\uffff", "(" * 500, "\\", "🏙", "ﷺ" * 80,
    ],
    ids=ascii,
)  # fmt: skip
def test_hostile_words_are_answered_and_find_at_most_eight(owner: Client, words: str) -> None:
    answer = owner.get(PLACES, {"q": words.encode("utf-8", "surrogatepass")})
    assert answer.status_code == 200
    assert len(answer.json()["places"]) <= gazetteer.MOST_FOUND


def test_folding_changes_nothing_that_is_folded() -> None:
    for text in (
        "São João da Madeira",
        "'s-Gravenhage",
        "St. John's",
        "Ålesund",
        "Straße",
        "Łódź",
        "東京",
        "Ιωάννινα",
    ):
        assert fold(fold(text)) == fold(text) != ""


# ------------------------------------------------------------------------------------------------- names on the map


def test_largest_towns_of_a_rectangle_are_named(owner: Client) -> None:
    names = owner.get(NAMES, VERMONT).json()["names"]
    assert names[0]["name"] == "Burlington"
    assert all(44 <= lat <= 45 and -74 <= lon <= -72.5 for lat, lon in (each["at"] for each in names))
    everywhere = owner.get(NAMES, {"south": "-90", "west": "-540", "north": "90", "east": "540"}).json()[
        "names"
    ]
    assert len(everywhere) == gazetteer.MOST_NAMES
    assert everywhere[0]["name"] == "Shanghai"


def test_what_is_no_rectangle_names_nothing(owner: Client) -> None:
    for wrong in ({"south": ""}, {"west": "x"}, {"north": "\0"}):
        answer = owner.get(NAMES, VERMONT | wrong)
        assert (answer.status_code, "error" in answer.json()) == (400, True)
    for empty in ({"south": "nan"}, {"south": "1e999"}, {"south": "46"}):
        assert owner.get(NAMES, VERMONT | empty).json() == {"names": []}


# ------------------------------------------------------------------------------------------------- proposals


def test_every_proposal_is_a_territory_that_can_be_added() -> None:
    edges = (
        Bounds(70, -180, 90, 180),
        Bounds(-90, -180, -50, 180),
        Bounds(-90, 177, 90, 180),
        Bounds(-90, -180, 90, -175),
    )
    towns = [town for edge in edges for town in gazetteer.within(edge)]
    assert len(towns) > 20
    for town in (*towns, *gazetteer.within(EVERYWHERE)):
        check_bounds(*town.bounds)
        assert town.bounds.owns(town.lat, town.lon), town


def test_proposal_grows_with_the_town() -> None:
    assert [gazetteer.side_of_town(people) for people in (0, 1_000)] == [2, 2]
    assert gazetteer.side_of_town(1_000_000) == pytest.approx(20)


# ------------------------------------------------------------------------------------------------- the page


def page_data(client: Client) -> tuple[dict[str, Any], str]:
    html = client.get("/admin/territories/territory/add/").text
    return json.loads(html.split('id="map-data" type="application/json">')[1].split("</script>")[0]), html


def test_page_has_a_ground_of_its_own_and_says_whose_it_is(owner: Client) -> None:
    data, html = page_data(owner)
    assert finders.find(data["ground"]["world"].removeprefix(settings.STATIC_URL))
    assert owner.get(data["ground"]["names"], VERMONT).status_code == 200
    words = " ".join(data["ground"]["attribution"])
    assert "Natural Earth" in words
    assert "GeoNames</a> (CC BY 4.0)" in words
    assert f'data-map-search="{PLACES}"' in html


def test_tiles_take_the_place_of_the_ground_and_the_search_stays(owner: Client, settings: Any) -> None:
    settings.MAP_TILES = "https://tiles.example/{z}/{x}/{y}.png"
    data, html = page_data(owner)
    assert data["ground"] is None
    assert "GeoNames" in data["search_attribution"]
    assert f'data-map-search="{PLACES}"' in html


# ------------------------------------------------------------------------------------------------- the files


@pytest.fixture(scope="module")
def world() -> dict[str, Any]:
    path = finders.find("webmagic/world.json")
    assert path
    text = Path(path).read_bytes()
    assert len(gzip.compress(text)) < WORLD_KB * 1000
    drawn: dict[str, Any] = json.loads(text)
    return drawn


def rings_of(world: dict[str, Any]) -> list[list[tuple[float, float]]]:
    """The rings as the map draws them, of (longitude, latitude)."""
    lines = []
    for numbers in world["arcs"]:
        x = y = 0
        line = []
        for right, up in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + right, y + up
            line.append((x / world["steps"], y / world["steps"]))
        lines.append(line)
    rings = []
    for parts in (ring for country in world["countries"] for polygon in country for ring in polygon):
        points: list[tuple[float, float]] = []
        for arc in parts:
            line = lines[arc] if arc >= 0 else lines[~arc][::-1]
            shift = round((points[-1][0] - line[0][0]) / 360) * 360 if points else 0
            points += [(lon + shift, lat) for lon, lat in line]
        rings.append(points)
    return rings


def is_land(rings: list[list[tuple[float, float]]], lat: float, lon: float) -> bool:
    crossed = 0
    for ring in rings:
        for (x1, y1), (x2, y2) in pairwise(ring):
            if (y1 > lat) != (y2 > lat):
                at = (x2 - x1) * (lat - y1) / (y2 - y1) + x1
                crossed += sum(lon + turn < at for turn in (-360, 0, 360))
    return crossed % 2 == 1


def test_land_is_land_and_sea_is_sea(world: dict[str, Any]) -> None:
    rings = rings_of(world)
    assert all(ring[0] == ring[-1] for ring in rings), "a ring is open"
    assert all(-360 <= lon <= 360 and -90 <= lat <= 90 for ring in rings for lon, lat in ring)
    steps = (abs(then[0] - here[0]) for ring in rings for here, then in pairwise(ring))
    assert max(steps) < 90, "a line crosses the map"
    for lat, lon in (
        (44.2, -72.6),
        (35.88, 14.45),
        (48.2, 16.3),
        (-33.9, 150.5),
        (64.5, -18),
        (35.6, 139.4),
        (67, 179),
    ):
        assert is_land(rings, lat, lon), (lat, lon)
    for lat, lon in ((40, -40), (35.9, 15.5), (0, 0), (55, 3), (-30, 80), (43, 34)):
        assert not is_land(rings, lat, lon), (lat, lon)


def test_towns_lie_in_countries_that_have_a_name() -> None:
    assert gazetteer.FILE.stat().st_size < PLACES_KB * 1000
    everywhere = [
        Bounds(lat, lon, lat + 10, lon + 10) for lat in range(-60, 70, 10) for lon in range(-180, 180, 10)
    ]
    towns = [town for part in everywhere for town in gazetteer.within(part)]
    assert len(towns) > 5_000
    assert all(town.name and town.country_name and len(town.country) == 2 for town in towns)


def test_files_are_what_the_script_makes() -> None:
    spec = importlib.util.spec_from_file_location(
        "make_map_data", settings.BASE_DIR / "scripts/make_map_data.py"
    )
    assert spec and spec.loader
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    if not all(
        script.folder_of(each).is_dir() for each in (script.WORLD_ATLAS, script.REGIONS, script.GEONAMES)
    ):
        pytest.skip("what the files are made from is not here; scripts/make_map_data.py fetches 40 MB of it")
    assert script.make_world() == script.stored(script.WORLD)
    assert script.make_places() == script.stored(script.PLACES)
