"""Importing a list through the staff pages: real files, two lists side by side, newer versions, and what is none."""

import io
import os
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from businesses import list_storage, lists
from businesses.erased import remember_erased
from businesses.models import Business, RefusedRecord, SourceRecord
from businesses.scraping import scrape_grids
from businesses.sources.csv_file import guess_columns
from businesses.tests.factories import make_business
from pipeline import doctor
from pipeline.clock import SYSTEM_CLOCK
from pipeline.runner import Run
from pipeline.states import StaleState
from territories.models import CoverageGrid, ListFile, Territory
from territories.renewing import renew_territory
from territories.splitting import Bounds, bounds_of

pytestmark = pytest.mark.django_db

SHOPS = """Kundennummer;Firma;Straße;PLZ;Ort;Telefon;E-Mail-Adresse;Breite;Länge
7;Bäckerei Müller;Am Markt 1;10115;Berlin;030 23125170;brot@mueller.example;52,5301;13,3841
8;Salon Ana;Torstraße 2;10119;Berlin;;ana@salon.example;52,5299;13,4011
9;;Torstraße 3;10119;Berlin;;;52,5291;13,4012
10;Blumen Rot;Torstraße 4;10119;Berlin;;;;
8;Salon Ana;Torstraße 2;10119;Berlin;;ana@salon.example;52,5299;13,4011
"""
PLAIN = "id,name,lat,lon\n"
RUN = Run(by="test")


@pytest.fixture
def staff(client: Client) -> Client:
    client.force_login(User.objects.create_superuser("mara"))
    return client


def bring(
    client: Client, content: str | bytes, *, file: str = "shops.csv", to: str = "", **fields: str
) -> Any:
    """Send a file as a browser does; returns the answer."""
    data = content if isinstance(content, bytes) else content.encode()
    sent = {"name": "Shops of Berlin", "country": "DE", "file": SimpleUploadedFile(file, data)} | fields
    return client.post(to or reverse("businesses:list_bring"), sent)


def draft_of(client: Client, content: str | bytes, **how: str) -> ListFile:
    answer = bring(client, content, **how)
    assert answer.status_code == 302, answer.content.decode()
    return ListFile.objects.get(pk=answer["Location"].rstrip("/").rpartition("/")[2])


def press(client: Client, draft: ListFile, act: str, columns: dict[str, str] | None = None) -> Any:
    """Press a button of the page of columns, its menus as they stand or as `columns` (our field: header) says."""
    header, _ = lists.rows_of(draft)
    said = {theirs: ours for ours, theirs in (draft.columns if columns is None else columns).items()}
    menus = {f"column-{at}": said.get(name, "") for at, name in enumerate(header)}
    return client.post(reverse("businesses:list_columns", args=[draft.pk]), {"act": act} | menus)


def imported(client: Client, content: str | bytes, **how: str) -> Territory:
    """The territory of a list that went the whole way, and was scraped."""
    draft = draft_of(client, content, **how)
    assert press(client, draft, "import").status_code == 302
    territory = ListFile.objects.get(pk=draft.pk).territory
    assert territory is not None
    scrape_grids(RUN, limit=100)
    return territory


def problem_of(answer: Any) -> str:
    assert answer.status_code == 200
    return str(answer.context["form"].errors["file"][0])


def names() -> set[str]:
    return set(Business.objects.values_list("name", flat=True))


def files() -> list[str]:
    folder = list_storage.path_of("")
    return sorted(path.name for path in folder.glob("*"))


# --------------------------------------------------------------------------------------------- the whole way


def test_list_becomes_businesses_and_its_refused_rows_are_told(staff: Client) -> None:
    draft = draft_of(staff, SHOPS)
    page = staff.get(reverse("businesses:list_columns", args=[draft.pk]))
    html = page.content.decode()
    assert draft.columns == {
        "id": "Kundennummer", "name": "Firma", "street": "Straße", "postcode": "PLZ", "city": "Ort",
        "phone": "Telefon", "email": "E-Mail-Adresse", "lat": "Breite", "lon": "Länge",
    }  # fmt: skip
    assert (draft.counted["taken"], draft.counted["refused"]) == (2, 3)
    assert [each[:2] for each in draft.counted["first"]] == [
        ["line 4", "It has no name"],
        ["line 5", "It has no coordinates"],
        ["line 6", "It is the business of line 3 again"],
    ]
    assert "Import 2 rows" in html
    assert "Bäckerei Müller" in html

    answer = press(staff, draft, "import")
    territory = Territory.objects.get()
    assert answer["Location"] == reverse("admin:territories_territory_change", args=[territory.pk])
    assert (territory.name, territory.country, territory.source) == ("Shops of Berlin", "DE", "csv_file")
    assert territory.expected == 2
    scrape_grids(RUN, limit=10)
    assert names() == {"Bäckerei Müller", "Salon Ana"}
    assert Business.objects.get(name="Bäckerei Müller").phone == "+493023125170"
    cell = CoverageGrid.objects.get()
    assert (cell.coverage, cell.found) == ("complete", 2)

    shown = staff.get(answer["Location"]).content.decode()
    assert "3 rows were refused" in shown
    assert "shops.csv" in shown
    told = staff.get(reverse("businesses:list_refused", args=[territory.pk])).content.decode()
    assert told.index("Line 4") < told.index("Line 5") < told.index("Line 6")
    assert "It has no coordinates" in told


def test_rectangle_owns_every_row_and_hardly_more(staff: Client) -> None:
    territory = imported(staff, PLAIN + "1,North,50.2,8.1\n2,East,50.0,8.4\n3,Corner,50.2,8.4\n")
    bounds = Bounds(territory.south, territory.west, territory.north, territory.east)
    assert bounds[:2] == (50.0, 8.1)
    assert 50.2 < bounds.north < 50.2000001
    assert 8.4 < bounds.east < 8.4000001
    assert names() == {"North", "East", "Corner"}


@pytest.mark.parametrize("at", [(50.0, 8.0), (90.0, 180.0), (-90.0, -180.0), (0.0, 180.0)])
def test_one_place_makes_a_rectangle_that_owns_it(at: tuple[float, float]) -> None:
    bounds = lists.bounds_of_points(at[0], at[1], *at)
    assert bounds.owns(*at)
    Territory(name="x", source="csv_file", country="", **bounds._asdict()).clean()


def test_columns_that_are_not_known_are_asked_for(staff: Client) -> None:
    draft = draft_of(staff, "a,b,c,d\nAna,50.1,8.1,x\n")
    assert (draft.columns, draft.counted) == ({}, {})
    missing = press(staff, draft, "look", {"name": "a"})
    assert "Say which column holds the latitude and the longitude" in missing.content.decode()
    twice = staff.post(
        reverse("businesses:list_columns", args=[draft.pk]),
        {"act": "look", "column-0": "name", "column-1": "name"},
    )
    assert "Two columns are taken for one thing (Name): a and b" in twice.content.decode()
    columns = {"name": "a", "lat": "b", "lon": "c"}
    first = press(staff, draft, "import", columns)  # what would become of the rows was never shown
    assert first["Location"] == reverse("businesses:list_columns", args=[draft.pk])
    assert not Territory.objects.exists()
    draft.refresh_from_db()
    assert draft.counted["taken"] == 1
    press(staff, draft, "import", columns)
    assert Territory.objects.exists()


def test_column_said_to_be_nothing_is_not_read_by_its_name(staff: Client) -> None:
    draft = draft_of(staff, "id,name,lat,lon,email\n1,Ana,50.1,8.1,ana@x.example\n")
    columns = {field: name for field, name in draft.columns.items() if field != "email"}
    press(staff, draft, "look", columns)
    press(staff, draft, "import", columns)
    scrape_grids(RUN, limit=10)
    assert Business.objects.get().email == ""


def test_nothing_to_take_is_no_import(staff: Client) -> None:
    draft = draft_of(staff, PLAIN + "1,Ana,,\n")
    answer = press(staff, draft, "import")
    assert "No row of the list can be taken" in answer.content.decode()
    assert not Territory.objects.exists()


def test_import_pressed_twice_is_one_import(staff: Client) -> None:
    draft = draft_of(staff, SHOPS)
    first = lists.import_list(draft, now=SYSTEM_CLOCK.now(), by="staff:mara")
    assert lists.import_list(draft, now=SYSTEM_CLOCK.now(), by="staff:mara") == first
    assert Territory.objects.count() == 1
    assert staff.get(reverse("businesses:list_columns", args=[draft.pk])).status_code == 404


def test_leaving_it_deletes_the_file(staff: Client) -> None:
    draft = draft_of(staff, SHOPS)
    assert files() == [draft.file]
    press(staff, draft, "leave")
    assert files() == []
    assert not ListFile.objects.exists()


# --------------------------------------------------------------------------- several lists, newer versions


def test_two_lists_with_the_same_ids_stay_apart(staff: Client) -> None:
    imported(staff, PLAIN + "1,Ana,50.1,8.1\n2,Ben,50.2,8.2\n", name="One")
    imported(staff, PLAIN + "1,Cem,50.1,8.15\n2,Dora,50.25,8.2\n", name="Two")
    assert names() == {"Ana", "Ben", "Cem", "Dora"}
    assert SourceRecord.objects.filter(is_current=True, missing_since=None).count() == 4


def test_newer_version_tells_what_is_new_changed_and_gone(staff: Client) -> None:
    territory = imported(staff, PLAIN + "1,Ana,50.1,8.1\n2,Ben,50.2,8.2\n3,Cem,50.15,8.1\n")
    (old,) = files()
    renew = reverse("businesses:list_renew", args=[territory.pk])
    assert staff.get(renew).status_code == 200
    newer = PLAIN + "1,Ana,50.1,8.1\n2,Ben & Sons,50.2,8.2\n4,Dora,51.0,9.0\n"
    draft = draft_of(staff, newer, to=renew, file="shops-2.csv")
    assert draft.territory == territory
    press(staff, draft, "import")
    (new,) = files()
    assert new == draft.file != old
    cell = CoverageGrid.objects.get()
    assert (cell.status, cell.cycle, cell.north > 51.0) == ("pending", 2, True)
    scrape_grids(RUN, limit=10)
    cell.refresh_from_db()
    assert names() == {"Ana", "Ben & Sons", "Cem", "Dora"}
    assert SourceRecord.objects.get(source_id=f"{territory.pk}:3").missing_since
    assert (cell.coverage, cell.found) == ("complete", 3)
    territory.refresh_from_db()
    assert (territory.expected, territory.name) == (3, "Shops of Berlin")
    assert Bounds(territory.south, territory.west, territory.north, territory.east) == bounds_of(cell)


def test_newer_version_keeps_what_was_said_of_the_columns(staff: Client) -> None:
    draft = draft_of(staff, "wer,y,x\nAna,50.1,8.1\n")
    columns = {"name": "wer", "lat": "y", "lon": "x"}
    press(staff, draft, "look", columns)
    press(staff, draft, "import", columns)
    renew = reverse("businesses:list_renew", args=[Territory.objects.get().pk])
    newer = draft_of(staff, "x,y,wer\n8.1,50.1,Ana\n", to=renew)
    assert newer.columns == columns
    assert newer.counted["taken"] == 1


def test_newer_version_waits_while_the_list_is_being_read(staff: Client) -> None:
    territory = imported(staff, PLAIN + "1,Ana,50.1,8.1\n")
    CoverageGrid.objects.update(status="scraping", claimed_by="a worker", claimed_at=SYSTEM_CLOCK.now())
    renew = reverse("businesses:list_renew", args=[territory.pk])
    draft = draft_of(staff, PLAIN + "1,Ana,51.1,9.1\n", to=renew)
    answer = press(staff, draft, "import")
    assert "is being read right now" in answer.content.decode()
    assert len(files()) == 2
    assert lists.list_of(territory) != draft
    cell = CoverageGrid.objects.get()
    assert (cell.status, cell.north < 51) == ("scraping", True)


def test_split_territory_grows_without_a_gap(staff: Client, settings: Any) -> None:
    rows = "".join(f"{n},Shop {n},{50 + n * 0.01:.2f},{8 + (n * 7 % 10) * 0.01:.2f}\n" for n in range(10))
    draft = draft_of(staff, PLAIN + rows)
    territory = lists.import_list(draft, now=SYSTEM_CLOCK.now(), by="staff:mara")
    root = CoverageGrid.objects.get()
    middle = ((root.south + root.north) / 2, (root.west + root.east) / 2)
    CoverageGrid.objects.update(status="split")
    corners = [
        Bounds(*corner)
        for corner in (
            (root.south, root.west, middle[0], middle[1]), (root.south, middle[1], middle[0], root.east),
            (middle[0], root.west, root.north, middle[1]), (middle[0], middle[1], root.north, root.east),
        )
    ]  # fmt: skip
    now = SYSTEM_CLOCK.now()
    for corner in corners:
        CoverageGrid.objects.create(
            territory=territory, parent=root, depth=1, next_attempt_at=now, status_changed_at=now,
            **corner._asdict(),
        )  # fmt: skip
    renew_territory(territory, Bounds(49, 7, 52, 10), now=now, by="test", why="newer")
    leaves = CoverageGrid.objects.filter(depth=1)
    for point in ((49, 7), (51.9, 9.9), (49, 9.9), middle, (51.9, 7), (50.05, 8.05)):
        assert sum(bounds_of(leaf).owns(*point) for leaf in leaves) == 1, point
    assert {leaf.cycle for leaf in leaves} == {2}
    assert set(doctor.examine(now=now)) == set()


def test_worker_in_between_keeps_its_cell(staff: Client) -> None:
    territory = imported(staff, PLAIN + "1,Ana,50.1,8.1\n")
    CoverageGrid.objects.update(status="pending", cooldown_until=None)
    CoverageGrid.objects.update(claimed_by="a worker", claimed_at=SYSTEM_CLOCK.now())
    with pytest.raises(StaleState):
        renew_territory(territory, Bounds(49, 7, 52, 10), now=SYSTEM_CLOCK.now(), by="test", why="newer")


def test_erased_business_stays_erased_in_every_version_and_list(staff: Client) -> None:
    rows = PLAIN.replace("lon", "lon,email") + "1,Ana,50.1,8.1,ana@x.example\n"
    territory = imported(staff, rows)
    ana = Business.objects.get()
    ids = list(ana.records.values_list("source", "source_id"))
    remember_erased(ana, ids=ids, emails=["ana@x.example"], now=SYSTEM_CLOCK.now())
    more = "2,Ben,50.2,8.2,\n"
    renamed = rows.replace("Ana", "Ana again")
    imported(staff, renamed + more, to=reverse("businesses:list_renew", args=[territory.pk]))
    imported(staff, renamed.replace("\n1", "\n77") + more, name="Another list")
    assert names() == {"Ana", "Ben"}


# -------------------------------------------------------------------------------------------- other files


def a_zip() -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>" * 100)
    return whole.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b" \n \n", "empty"),
        (a_zip(), "a spreadsheet or an archive"),
        (b"<!DOCTYPE html><html><body>name,lat,lon</body></html>", "a web page"),
        (b"%PDF-1.7 name,lat,lon", "a PDF"),
        (os.urandom(5000).replace(b"\n", b"").replace(b"\r", b"") + b"\0" * 3000, "no text"),
        (b"\x7fELF,\x01\x02,\x03,\x04\nname,lat,lon", "no text"),
        (b"name,lat\nAna,50.1\n", "names 2 columns"),
        (b"just some words\n", "names 1 column."),
        ((",".join(map(str, range(300))) + "\n").encode(), "300 columns"),
        (b'"name,lat,lon\n' + b"x" * 3000, "no header"),
    ],
)
def test_what_is_no_list_is_refused_in_words(staff: Client, content: bytes, said: str) -> None:
    problem = problem_of(bring(staff, content))
    assert said in problem
    assert str(list_storage.path_of("")) not in problem
    assert files() == []
    assert not ListFile.objects.exists()


@pytest.mark.parametrize(
    "content",
    [
        "name;lat;lon\r\nCafé Zürich;50,1;8,1\r\n".encode("cp1252"),
        "name\tlat\tlon\nCafé Zürich\t50.1\t8.1\n".encode("utf-16"),
        "sep=|\nname|lat|lon\nCafé Zürich|50.1|8.1\n".encode("utf-8-sig"),
        b"name,lat,lon\nCaf\xc3\xa9 Z\xc3\xbcrich\0,50.1,8.1\n",
    ],
)
def test_lists_come_in_every_usual_writing(staff: Client, content: bytes) -> None:
    imported(staff, content)
    assert names() == {"Café Zürich"}


def test_huge_field_is_a_refused_row_and_nothing_more(staff: Client) -> None:
    content = PLAIN + f'1,"{"x" * 3_000_000}",50.1,8.1\n2,Ben,50.2,8.2\n'
    draft = draft_of(staff, content)
    assert (draft.counted["taken"], draft.counted["refused"]) == (1, 1)
    assert "x" * 1000 not in staff.get(reverse("businesses:list_columns", args=[draft.pk])).content.decode()


def test_too_large_a_file_is_refused_and_dropped(staff: Client, settings: Any) -> None:
    settings.UPLOAD_MAX_MB = 1
    answer = bring(staff, PLAIN + "1,Ana,50.1,8.1\n" * 100_000)
    assert problem_of(answer) == "The file is larger than 1 MB. Split it, or have UPLOAD_MAX_MB raised"
    assert files() == []


def test_several_files_together_are_bounded_too(staff: Client, settings: Any) -> None:
    settings.UPLOAD_MAX_MB = 1
    sent = {name: SimpleUploadedFile("x.csv", b"x" * 600_000) for name in ("other", "file")}
    answer = staff.post(reverse("businesses:list_bring"), {"name": "x", "country": ""} | sent)
    assert "larger than 1 MB" in problem_of(answer)


def test_disk_without_room_is_told(staff: Client, settings: Any, var_dir: Path) -> None:
    (var_dir / "full").write_text("a file where the folder should be")
    settings.LISTS_DIR = var_dir / "full"
    assert "could not be stored on the server" in problem_of(bring(staff, SHOPS))


@pytest.mark.django_db(transaction=True)
def test_two_people_bring_one_file_at_one_time() -> None:
    def act(name: str) -> str:
        client = Client()
        client.force_login(User.objects.get(username=name))
        try:
            draft = draft_of(client, SHOPS, name=f"List of {name}")
            press(client, draft, "import")
            return draft.file
        finally:
            connection.close()

    people = ["mara", "noor"]
    for name in people:
        User.objects.create_superuser(name)
    with ThreadPoolExecutor(2) as pool:
        kept = list(pool.map(act, people))
    assert files() == sorted(kept)
    assert {own.territory.name for own in ListFile.objects.all() if own.territory} == {
        "List of mara", "List of noor"
    }  # fmt: skip


def test_strangers_text_acts_nowhere(staff: Client) -> None:
    evil = "<script>alert(1)</script>"
    content = f'{evil},"=cmd()",name,lat,lon\n{evil},=HYPERLINK("x"),{evil},50.1,8.1\n{evil},x,,50.1,8.1\n'
    territory = None
    draft = draft_of(staff, content, file=f"../../{evil}.csv", name=evil)
    pages = [staff.get(reverse("businesses:list_columns", args=[draft.pk]))]
    press(staff, draft, "import")
    scrape_grids(RUN, limit=10)
    territory = Territory.objects.get()
    for name in ("list_refused", "list_renew"):
        pages.append(staff.get(reverse(f"businesses:{name}", args=[territory.pk])))
    pages.append(staff.get(reverse("admin:territories_territory_change", args=[territory.pk])))
    assert all(page.status_code == 200 and evil not in page.content.decode() for page in pages)


def test_name_of_a_file_is_never_a_path(staff: Client, var_dir: Path) -> None:
    before = set(var_dir.rglob("*.csv"))
    draft = draft_of(staff, SHOPS, file="../../../../tmp/evil.csv")
    assert set(var_dir.rglob("*.csv")) - before == {list_storage.path_of(draft.file)}
    assert list_storage.path_of(draft.file).stat().st_mode & 0o077 == 0
    assert "/" not in draft.file


@pytest.mark.parametrize("country", ["XX", "1", "<b"])
def test_country_must_be_one(staff: Client, country: str) -> None:
    answer = bring(staff, SHOPS, country=country)
    assert "no such country" in answer.content.decode()


def test_name_of_a_territory_is_taken(staff: Client) -> None:
    imported(staff, SHOPS)
    assert "already a territory of that name" in bring(staff, SHOPS).content.decode()


def test_name_taken_meanwhile_is_told_and_nothing_is_lost(staff: Client) -> None:
    one, two = draft_of(staff, SHOPS), draft_of(staff, SHOPS)
    press(staff, one, "import")
    assert "already exists" in press(staff, two, "import").content.decode()
    assert len(files()) == 2


def test_file_that_vanished_fails_its_cell_in_words(staff: Client) -> None:
    draft = draft_of(staff, SHOPS)
    press(staff, draft, "import")
    list_storage.remove(draft.file)
    scrape_grids(RUN, limit=10)
    cell = CoverageGrid.objects.get()
    assert cell.status == "failed"
    assert "Import the list again on the territory's page" in cell.last_error
    assert any("Shops of Berlin" in finding.text for finding in doctor.examine(now=SYSTEM_CLOCK.now()))
    # A newer version mends it.
    renew = reverse("businesses:list_renew", args=[cell.territory_id])
    imported(staff, SHOPS, to=renew)
    assert names() == {"Bäckerei Müller", "Salon Ana"}


def test_draft_whose_file_vanished_sends_back(staff: Client) -> None:
    draft = draft_of(staff, SHOPS)
    list_storage.remove(draft.file)
    page = reverse("businesses:list_columns", args=[draft.pk])
    answer = staff.get(page, follow=True)
    assert "The file is gone from the server" in answer.content.decode()


# ------------------------------------------------------------------------------------- who may, what stays


def test_only_who_may_add_territories_imports(client: Client) -> None:
    user = User.objects.create_user("reader", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_business"))
    client.force_login(user)
    draft = ListFile.objects.create(
        name="x", file="x.csv", original_name="x", size=1, uploaded_at=SYSTEM_CLOCK.now(), uploaded_by="x"
    )
    assert bring(client, SHOPS).status_code == 403
    assert client.get(reverse("businesses:list_columns", args=[draft.pk])).status_code == 403
    assert "Import a list" not in client.get(reverse("businesses:leads")).content.decode()
    assert bring(Client(), SHOPS).status_code == 302  # to the login
    assert files() == []


def test_bringing_a_list_needs_the_forms_token(staff: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.get(username="mara"))
    assert bring(strict, SHOPS).status_code == 403
    assert files() == []


def test_cleanup_forgets_old_drafts_and_files_that_no_list_names(staff: Client) -> None:
    territory = imported(staff, SHOPS)
    kept = lists.list_of(territory)
    old, fresh = draft_of(staff, SHOPS, name="Old"), draft_of(staff, SHOPS, name="Fresh")
    ListFile.objects.filter(pk=old.pk).update(uploaded_at=SYSTEM_CLOCK.now() - timedelta(days=8))
    stray = list_storage.path_of("stray.csv")
    stray.write_text("x")
    os.utime(stray, (0, 0))
    assert kept is not None
    os.utime(list_storage.path_of(kept.file), (0, 0))
    assert lists.forget_old(now=SYSTEM_CLOCK.now())
    assert files() == sorted([kept.file, fresh.file])


def test_deleted_territory_takes_its_file_along(staff: Client) -> None:
    draft = draft_of(staff, SHOPS)
    territory = lists.import_list(draft, now=SYSTEM_CLOCK.now(), by="staff:mara")
    CoverageGrid.objects.all().delete()
    territory.delete()
    os.utime(list_storage.path_of(draft.file), (0, 0))
    assert lists.forget_old(now=SYSTEM_CLOCK.now())
    assert files() == []


def test_other_territories_have_no_list_to_renew(staff: Client) -> None:
    territory = make_business().territory
    assert staff.get(reverse("businesses:list_renew", args=[territory.pk])).status_code == 404
    answer = staff.get(reverse("businesses:list_refused", args=[territory.pk]))
    assert "No row was refused" in answer.content.decode()


def test_refused_rows_that_many_cells_name_are_told_once(staff: Client) -> None:
    territory = imported(staff, SHOPS)
    cell = CoverageGrid.objects.get()
    twin = CoverageGrid.objects.create(
        territory=territory, parent=cell, depth=1, next_attempt_at=cell.next_attempt_at,
        status_changed_at=cell.status_changed_at, **bounds_of(cell)._asdict(),
    )  # fmt: skip
    for row in RefusedRecord.objects.filter(grid=cell).values(
        "source", "place", "reason", "excerpt", "refused_at"
    ):
        RefusedRecord.objects.create(grid=twin, **row)
    assert [each.place for each in lists.refused_of(territory)] == ["line 4", "line 5", "line 6"]


@pytest.mark.parametrize(
    "header",
    [
        "Firma;Breitengrad;Längengrad;Straße;Hausnummer;PLZ;Ort;Telefon;E-Mail;Webseite",
        "Raison sociale;Latitude;Longitude;Rue;Numéro de rue;Code postal;Ville;Téléphone;Courriel;Site web",
        "Razón social;Latitud;Longitud;Dirección;Número de calle;Código postal;Ciudad;Teléfono;"
        "Correo electrónico;Sitio web",
        "Ragione sociale;Latitudine;Longitudine;Indirizzo;Numero civico;CAP;Città;Telefono;"
        "Posta elettronica;Sito web",
        "Company;lat;lng;Address;House number;ZIP;Town;Phone;E-mail;Homepage",
    ],
)
def test_headers_are_known_in_the_usual_languages(header: str) -> None:
    fields = "name lat lon street housenumber postcode city phone email website".split()
    assert guess_columns(header.split(";")) == dict(zip(fields, header.split(";"), strict=True))
