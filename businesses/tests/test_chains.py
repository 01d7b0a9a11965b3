"""Chains: by the index of names, by one name at several addresses, by one domain; and what is none of these."""

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from businesses import brands
from businesses.chains import find_chain_signs
from businesses.matching import name_key_of
from businesses.models import Business
from businesses.sources.base import Rectangle
from businesses.sources.osm_file import OsmFile
from businesses.tests.factories import make_business
from territories.tests.factories import make_grid

REAL = Path(settings.BASE_DIR).parent / "shared" / "data" / "osm"
STEP = 0.002  # degrees, more than 100 m each way


def item(name: str, include: list[Any], exclude: tuple[str, ...] = (), **tags: str) -> dict[str, Any]:
    places = {"include": include, "exclude": list(exclude)}
    return {"displayName": name, "locationSet": places, "tags": {"name": name, **tags}}


def package(folder: Path) -> Path:
    """Write a small package in the layout of name-suggestion-index."""
    generic = {"exclude": {"generic": ["^bakery$"], "named": ["^(b.ckerei )?fischer$"]}}
    tree = {
        "brands/shop/bakery": {
            "properties": generic,
            "items": [
                item("Crusty & Sons", ["us", "ca"], brand="Krüste"),
                item("Bäckerei Fischer", ["de"]),
                item("Bakery", ["001"]),
                item("Tattoo", ["001"]),
                item("World Loaf", ["001"], ("fr",)),
                item("Corner Loaf", [[-72.9, 44.0, 5]]),
                item("Old Loaf", ["150"]),
                item("State Loaf", ["us-vt.geojson"]),
            ],
        },
        "brands/amenity/photo_booth": {"properties": {}, "items": [item("Blink", ["001"])]},
        "operators/shop/bakery": {"properties": {}, "items": [item("Public Loaf", ["001"])]},
    }
    (folder / "dist/json").mkdir(parents=True)
    (folder / brands.NSI_FILE).write_text(json.dumps({"_meta": {}, "nsi": tree}))
    (folder / brands.GENERIC_FILE).write_text(json.dumps({"genericWords": ["^tattoo( studio)?$"]}))
    (folder / brands.LICENCE_FILE).write_text("BSD 3-Clause")
    return folder


@pytest.fixture
def small_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The index of the small package in place of the one that ships."""
    index, _, _ = brands.compact_package(package(tmp_path / "package"))
    (tmp_path / "brands.json.gz").write_bytes(index)
    monkeypatch.setattr(brands, "INDEX", tmp_path / "brands.json.gz")
    brands._index.cache_clear()
    yield
    brands._index.cache_clear()


def known(name: str, country: str = "US", category: str = "bakery") -> bool:
    return brands.is_known_chain(name, category=category, country=country)


# ------------------------------------------------------------------------------------------------- the index


@pytest.mark.parametrize("name", ["Crusty & Sons", "CRUSTY AND SONS", "crusty-and-sons", "Kruste", "KRÜSTE"])
def test_name_is_known_however_it_is_written(small_index: None, name: str):
    assert known(name)
    assert known(name, "ca")


@pytest.mark.parametrize(
    "name",
    [
        "Crusty",
        "Crusty & Sons Corner",
        "Bakery",
        "Tattoo",
        "Bäckerei Fischer",
        "Blink",
        "Public Loaf",
        "",
        "!",
    ],
)
def test_part_of_a_name_and_a_word_of_the_trade_are_no_chain(small_index: None, name: str):
    assert not known(name)
    assert not known(name, "DE")


@pytest.mark.parametrize(
    ("name", "country", "is_chain"),
    [
        ("Crusty & Sons", "DE", False),
        ("World Loaf", "FI", True),
        ("World Loaf", "FR", False),
        ("World Loaf", "", True),
        ("Crusty & Sons", "", False),
        ("Old Loaf", "US", False),
        ("Old Loaf", "FI", True),
        ("State Loaf", "US", True),
        ("Corner Loaf", "US", False),
    ],
)
def test_chain_is_one_where_it_is_at_home(small_index: None, name: str, country: str, is_chain: bool):
    assert known(name, country) is is_chain


@pytest.mark.parametrize(
    ("category", "is_chain"),
    [("bakery", True), ("restaurant", True), ("plumber", False), ("", False), ("x", False)],
)
def test_chain_is_one_in_its_family_of_trades_only(small_index: None, category: str, is_chain: bool):
    assert known("Crusty & Sons", category=category) is is_chain


@pytest.mark.parametrize(
    ("name", "category"),
    [
        ("Flowers by Ana", "florist"), ("Mobile Dog Grooming", "pet_grooming"), ("Budget Plumbing", "plumber"),
        ("National Tyres and More", "tyres"), ("The Bakery", "bakery"), ("Restaurant", "restaurant"),
        ("Hotel", "hotel"), ("Tattoo Studio", "tattoo"), ("Davis Auto Care", "car_repair"),
    ],
)  # fmt: skip
def test_shipped_index_knows_none_of_these(name: str, category: str):
    for country in ("US", "GB", "FI", "MC", "DE", ""):
        assert not known(name, country, category)


@pytest.mark.parametrize(
    ("name", "category", "country"),
    [("Starbucks", "cafe", "FI"), ("McDonald's", "fast_food", "US"), ("Mc Donalds", "restaurant", "MC")],
)
def test_shipped_index_knows_chains_of_the_world(name: str, category: str, country: str):
    assert known(name, country, category)


def test_shipped_index_is_small_and_brings_its_licence():
    assert brands.INDEX.stat().st_size < 400_000
    assert "BSD 3-Clause" in (brands.INDEX.with_name("brands.LICENSE.md")).read_text()


@pytest.mark.parametrize(
    ("file", "country", "places", "chains", "tagged"),
    [("helsinki-centre-2019.osm.pbf", "FI", 1168, 101, 7), ("monaco-2023.osm.pbf", "MC", 384, 68, 69)],
)
def test_index_finds_the_chains_of_a_real_town(
    file: str, country: str, places: int, chains: int, tagged: int
):
    path = REAL / file
    if not path.exists():
        pytest.skip(f"needs the real extract {file} beside the project")
    source, world = OsmFile(path), Rectangle(-90, -180, 90, 180)
    listings = source.parse(source.search(world, categories=()).body, world).listings
    found = [each for each in listings if known(each.name, country, each.category)]
    with_tag = [each for each in listings if each.brand or each.brand_wikidata]
    assert abs(len(listings) - places) <= 0.02 * places
    assert abs(len(found) - chains) <= 0.05 * chains
    assert abs(len(with_tag) - tagged) <= 5


# ------------------------------------------------------------------------------------------------ the command


def archive(folder: Path, target: Path) -> Path:
    with tarfile.open(target, "w:gz") as packed:
        packed.add(folder, "package")
    return target


def test_folder_and_archive_give_the_same_bytes_every_time(tmp_path: Path):
    folder = package(tmp_path / "package")
    packed = archive(folder, tmp_path / "package.tgz")
    first, second = tmp_path / "one/brands.json.gz", tmp_path / "two/brands.json.gz"
    out = io.StringIO()
    call_command("compact_brands", folder, to=first, stdout=out)
    call_command("compact_brands", packed, to=second, stdout=io.StringIO())
    assert first.read_bytes() == second.read_bytes()
    assert first.with_name("brands.LICENSE.md").read_text() == "BSD 3-Clause"
    assert out.getvalue().startswith("5 names of chains")


@pytest.mark.parametrize("spoil", ["nothing", "no file", "no package", "bad json", "bad layout"])
def test_what_is_not_the_package_is_refused_in_one_sentence(tmp_path: Path, spoil: str):
    folder = package(tmp_path / "package")
    target = tmp_path / "out/brands.json.gz"
    if spoil == "no file":
        folder = tmp_path / "nowhere"
    elif spoil == "no package":
        folder = tmp_path / "out"
        folder.mkdir()
    elif spoil == "bad json":
        (folder / brands.NSI_FILE).write_text('{"nsi": {')
    elif spoil == "bad layout":
        (folder / brands.NSI_FILE).write_text(
            '{"nsi": {"brands/shop/bakery": {"items": [3], "properties": {}}}}'
        )
    if spoil == "nothing":
        call_command("compact_brands", folder, to=target, stdout=io.StringIO())
        return
    with pytest.raises(CommandError) as refusal:
        call_command("compact_brands", folder, to=target, stdout=io.StringIO())
    assert "name-suggestion-index" in str(refusal.value)
    assert not target.exists()


# ------------------------------------------------------------------------------------------------ repetition

territory = pytest.mark.django_db


def places(number: int, **over: Any) -> list[Business]:
    """Businesses in one territory, each at an address of its own."""
    grid = over.pop("grid", None) or make_grid()
    made = []
    for index in range(number):
        fields = {"name": "Loaf Corner", "lat": 44.01 + index * STEP, "housenumber": str(index)} | over
        made.append(make_business(grid=grid, **fields, name_key=name_key_of(str(fields["name"]))))
    return made


@territory
def test_places_of_one_name_are_counted_by_address():
    grid = make_grid()
    one, *_ = places(3, grid=grid)
    places(1, grid=grid, name="LOAF CORNER", lat=44.09, housenumber="77")
    places(1, name="Loaf Corner")  # in another territory
    assert find_chain_signs(one).of_name == 4


@territory
def test_place_drawn_twice_is_one():
    grid = make_grid()
    one, *_ = places(2, grid=grid)
    places(1, grid=grid, lat=one.lat + 0.0003, housenumber="")
    places(1, grid=grid, lat=44.08, housenumber=one.housenumber)
    assert find_chain_signs(one).of_name == 2


@territory
def test_names_that_differ_in_a_word_of_the_trade_are_different_names():
    grid = make_grid()
    one, *_ = places(1, grid=grid, name="Café Roma")
    for index, name in enumerate(("Restaurant Roma", "Hotel Roma", "Roma")):
        places(1, grid=grid, name=name, lat=44.03 + index * STEP)
    assert find_chain_signs(one).of_name == 1


@territory
def test_merged_row_is_not_counted():
    one, other, _ = places(3)
    Business.objects.filter(pk=other.pk).update(merged_into=one)
    assert find_chain_signs(one).of_name == 2


@territory
def test_places_of_one_domain_are_counted():
    grid = make_grid()
    names = ("A Bar", "B Bar", "C Bar", "D Bar", "E Bar")
    made = [
        places(
            1,
            grid=grid,
            name=name,
            lat=44.01 + index * STEP,
            housenumber=str(index),
            website_domain="bars.example",
        )[0]
        for index, name in enumerate(names)
    ]
    alone = places(1, grid=grid, name="F Bar", lat=44.07)[0]
    assert find_chain_signs(made[0]).of_domain == 5
    assert find_chain_signs(alone).of_domain == 1


# ----------------------------------------------------------------------------------- what is appended to a name


@pytest.mark.parametrize(
    ("name", "category", "country"),
    [
        ("McDonald's Restaurant", "fast_food", "US"), ("McDonalds #1234", "fast_food", "US"),
        ("Subway No. 12", "fast_food", "US"), ("Subway Alder Falls", "fast_food", "US"),
        ("Subway Restaurant Alder Falls #7", "fast_food", "US"), ("Carrefour City", "supermarket", "MC"),
        ("Starbucks Coffee Shop", "cafe", "FI"), ("Subway - Alder Falls", "fast_food", "US"),
    ],
)  # fmt: skip
def test_chain_is_known_with_a_number_its_trade_or_its_town_behind_its_name(
    name: str, category: str, country: str
):
    assert brands.is_known_chain(name, category=category, country=country, places=("Alder Falls",))


@pytest.mark.parametrize(
    ("name", "category"),
    [
        ("Flowers by Ana", "florist"), ("Mobile Dog Grooming", "pet_grooming"), ("Davis Auto Care", "car_repair"),
        ("Shell Lumber", "hardware"), ("Target Archery Club", "sports_shop"), ("Budget Plumbing", "plumber"),
        ("Milano Restaurant", "restaurant"), ("Tony's Pizza", "pizzeria"), ("Park Hotel", "hotel"),
        ("Nail Salon", "nails"), ("Restaurant Alder Falls", "restaurant"), ("7", "fast_food"),
        ("Alder Falls", "fast_food"), ("Subwayer", "fast_food"), ("My Subway", "fast_food"),
    ],
)  # fmt: skip
def test_word_of_a_chain_inside_another_name_makes_no_chain(name: str, category: str):
    for country in ("US", "GB", "DE"):
        places = ("Alder Falls",)
        assert not brands.is_known_chain(name, category=category, country=country, places=places)


@territory
def test_town_of_the_record_and_of_the_territory_are_left_out():
    for town in ("Fernhill", make_grid().territory.name):
        business = places(1, name=f"Subway {town}", category="fast_food", city="Fernhill")[0]
        business.territory.name = town
        assert find_chain_signs(business).in_index


# ------------------------------------------------------------------------------------------ names of a trade alone


@pytest.mark.parametrize(
    "name",
    [
        "Barber Shop", "Hair Salon", "Pizzeria", "Florist", "Nail Salon", "Friseur", "The Barber Shop", "Nails & Spa",
        "Restaurant Pizzeria", "Bäckerei", "Blumenladen", "Salon de coiffure", "Café", "Dentist",
    ],
)  # fmt: skip
def test_repetition_of_a_name_that_only_tells_the_trade_says_nothing(db: None, name: str):
    assert brands.is_generic_name(name)
    assert find_chain_signs(places(3, name=name)[0]).of_name == 1


@pytest.mark.parametrize("name", ["Loaf Corner", "Cup & Kettle", "Ana's Flowers", "Café Roma", "Le 29", ""])
def test_name_that_tells_more_is_no_word_of_a_trade(name: str):
    assert not brands.is_generic_name(name)
