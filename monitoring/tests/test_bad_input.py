"""Bad input and bad settings: one clear line that says what to do, a non-zero exit, and nothing half-written."""

import sqlite3
from pathlib import Path

import pytest
from django.conf import settings

from monitoring.tests.processes import manage
from territories.management.commands.add_territory import join_bbox

TABLES = ("territories_territory", "territories_coveragegrid", "pipeline_effect", "businesses_business")
BBOX = "--bbox=43.72,7.40,43.76,7.44"


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated installation, shared: no test of this page may change it."""
    folder = tmp_path_factory.mktemp("installation")
    done = manage(["migrate", "-v0"], folder)
    assert (done.returncode, done.stderr) == (0, "")
    return folder


def rows(folder: Path) -> list[int]:
    with sqlite3.connect(folder / "webmagic.sqlite3") as database:
        counts = [database.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in TABLES]
    database.close()
    return counts


def spoilt_map(folder: Path, kind: str) -> str:
    """Make the map file that `kind` names and return its path."""
    path = folder / f"{kind}.osm.pbf"
    if kind == "unreadable":
        path.write_bytes(b"This is no map at all. " * 200)
    if kind == "truncated":
        real = Path(settings.BASE_DIR).parent / "shared" / "data" / "osm" / "monaco-2023.osm.pbf"
        if not real.exists():
            pytest.skip(f"There is no {real.name} to cut off")
        path.write_bytes(real.read_bytes()[:200_000])
    return str(path)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--bbox=2,1,1,2", "--source=sample"], "south must be below north"),
        (["--bbox=1,2,2,1", "--source=sample"], "west must be left of east"),
        (["--bbox=1,1,200,2", "--source=sample"], "not on earth"),
        (["--bbox", "-91,1,2,2", "--source=sample"], "not on earth"),
        (["--bbox=somewhere", "--source=sample"], "Example: 43.72,7.40,43.76,7.44"),
        (
            [BBOX, "--source=nowhere"],
            "There are: csv_file, osm_file, outscraper, overpass, overture_file, sample",
        ),
        ([BBOX], "Give one of: csv_file, osm_file, outscraper, overpass, overture_file, sample"),
    ],
    ids=[
        "upside-down",
        "mirrored",
        "off-earth",
        "off-earth-south",
        "nonsense",
        "unknown-source",
        "no-source",
    ],
)
def test_wrong_territory_is_one_clear_line(installation: Path, words: list[str], says: str) -> None:
    before = rows(installation)
    done = manage(["add_territory", "Somewhere", *words], installation)
    assert_one_line(done.stderr, says)
    assert done.returncode == 1
    assert rows(installation) == before


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("absent", "does not exist. OSM_FILE must name an .osm.pbf file"),
        ("unreadable", "It may be cut off or not an .osm.pbf file: get it again"),
        ("truncated", "It may be cut off or not an .osm.pbf file: get it again"),
    ],
)
def test_spoilt_map_file_is_one_clear_line(installation: Path, tmp_path: Path, kind: str, says: str) -> None:
    before = rows(installation)
    done = manage(["add_territory", "Somewhere", BBOX], installation, OSM_FILE=spoilt_map(tmp_path, kind))
    assert_one_line(done.stderr, says)
    assert done.returncode == 1
    assert rows(installation) == before


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"SECRET_KEY": ""}, "Run `make setup`"),
        ({"DATABASE_URL": "nonsense"}, "must start with sqlite:/// or postgres://"),
        ({"DATABASE_URL": "mysql://user@host/name"}, "must start with sqlite:/// or postgres://"),
        ({"DATABASE_URL": "postgres://user@host:port/name"}, "Example: postgres://user:password@host/name"),
        ({"LEAD_EVIDENCE": "maybe"}, "must be confirmed (two independent signs) or single"),
        ({"MAIL_URL": "ftp://mail.agency.example"}, "must start with smtp:// or smtps://"),
        ({"REDIS_URL": "http://127.0.0.1"}, "must start with redis://"),
        ({"GRIDS_PER_DAY": "many"}, "GRIDS_PER_DAY must be a number"),
        ({"GRIDS_PER_DAY": "-1"}, "GRIDS_PER_DAY must be 0 or more"),
        ({"THREADS": "0"}, "THREADS must be 1 or more"),
        ({"SITES_BASE_URL": "nonsense"}, "SITES_BASE_URL must be an address such as https://"),
        ({"AUTOPILOT": "perhaps"}, "AUTOPILOT must be True or False"),
        ({"TIME_ZONE": "Nowhere/City"}, "Example: Europe/Helsinki"),
        ({"MONTHLY_PRICE": "cheap"}, "MONTHLY_PRICE must be a number"),
        ({"LOG_FORMAT": "xml"}, "LOG_FORMAT must be line (for people) or json"),
        ({"ALERT_WEBHOOK_URL": "hooks"}, "ALERT_WEBHOOK_URL must be an address such as https://"),
        ({"HEARTBEAT_URL": "ftp://x"}, "HEARTBEAT_URL must be an address such as https://"),
        (
            {"SENTRY_DSN": "https://k@sentry.example/1"},
            "SENTRY_DSN needs a package more: pip install sentry-sdk",
        ),
    ],
    ids=lambda value: "-".join(f"{k}={v}" for k, v in value.items()) if isinstance(value, dict) else "",
)
def test_wrong_setting_is_one_clear_line(tmp_path: Path, variables: dict[str, str], says: str) -> None:
    done = manage(["conductor", "--status"], tmp_path, **variables)
    assert_one_line(done.stderr, says)
    assert done.returncode == 1
    assert not (tmp_path / "webmagic.sqlite3").exists()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["conductor", "--status"], 4),
        (["conductor", "--mode=once"], 4),
        (["add_territory", "Somewhere", BBOX, "--source=sample"], 1),
        (["qcluster"], 1),
    ],
    ids=lambda words: words[0] if isinstance(words, list) else "",
)
def test_database_that_is_away_is_one_clear_line(tmp_path: Path, words: list[str], code: int) -> None:
    done = manage(words, tmp_path, DATABASE_URL="postgres://user:secret@127.0.0.1:1/name")
    assert_one_line(done.stderr, "Check DATABASE_URL")
    assert "secret" not in done.stderr
    assert done.returncode == code


def test_database_without_tables_says_to_migrate(tmp_path: Path) -> None:
    done = manage(["add_territory", "Somewhere", BBOX, "--source=sample"], tmp_path)
    assert_one_line(done.stderr, "manage.py migrate")
    assert done.returncode == 1


def test_unknown_cluster_name_is_one_error_with_the_names_there_are(tmp_path: Path) -> None:
    done = manage(["qcluster"], tmp_path, Q_CLUSTER_NAME="scrapping")
    errors = [line for line in done.stderr.splitlines() if line.startswith("?: ")]
    assert errors == ["?: (pipeline.E001) Q_CLUSTER_NAME=scrapping names no queue."]
    assert "use one of: scraping, generation, campaigns" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == 1


def test_southern_bounds_are_no_option() -> None:
    words = ["manage.py", "add_territory", "Town", "--bbox", "-34,151,-33,152", "--source", "sample"]
    assert join_bbox(words) == [*words[:3], "--bbox=-34,151,-33,152", *words[5:]]
    assert join_bbox(["manage.py", "add_territory", "Town", "--bbox"]) == [*words[:3], "--bbox"]


def assert_one_line(text: str, says: str) -> None:
    assert len(text.splitlines()) == 1, text
    assert says in text
    assert "Traceback" not in text
