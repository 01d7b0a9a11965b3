"""Lists as people and programs really write them."""

import csv
import json
import tracemalloc
from pathlib import Path

import pytest

from businesses.sources.base import Listing, ParsedCell, Rectangle, Refusal
from businesses.sources.csv_file import FIELDS, CsvFile, read_columns
from businesses.sources.csv_rows import CsvRows, Lines, Row
from pipeline.errors import BadData

TOWN = Rectangle(44.0, -73.0, 44.1, -72.9)
HEADER = "name,lat,lon"
AT = "44.05,-72.95"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "list.csv"


def read(path: Path, *lines: str, header: str = HEADER, cell: Rectangle = TOWN) -> ParsedCell:
    path.write_text("\n".join([header, *lines]), encoding="utf-8")
    return answer(path, cell)


def answer(path: Path, cell: Rectangle = TOWN) -> ParsedCell:
    source = CsvFile(path)
    return source.parse(source.search(cell, categories=()).body, cell)


def one(parsed: ParsedCell) -> Listing:
    (listing,) = parsed.listings
    assert not parsed.refused
    return listing


def refusal(parsed: ParsedCell) -> tuple[str, str]:
    """What was refused, while the row after it was taken."""
    (refused,) = parsed.refused
    assert [listing.name for listing in parsed.listings] == ["After"]
    assert parsed.complete
    return refused.place, refused.reason


def test_usual_headers_are_known_whatever_their_case(path: Path):
    found = one(
        read(
            path,
            f'A-7,"Ana\'s ""Flowers""",{AT},Flower shop,(802) 555-0142,a@ana.example; b@ana.example,-,'
            "https://www.facebook.com/ana,Main Street,7,Alder Falls,00000,VT,us,4.5,12,Operational",
            header="Record ID,Business Name,Latitude,Longitude,Type,Phone Number,E-mail,Web Site,Facebook,"
            "Street Address,House Number,Town,ZIP Code,State,Country Code,Stars,Reviews,Business Status",
        )
    )
    assert (found.source_id, found.name, found.category) == ("A-7", 'Ana\'s "Flowers"', "florist")
    assert (found.lat, found.lon) == (44.05, -72.95)
    assert (found.phones, found.emails) == (("(802) 555-0142",), ("a@ana.example", "b@ana.example"))
    assert (found.websites, found.socials) == ((), {"facebook": "https://www.facebook.com/ana"})
    assert (found.street, found.housenumber, found.city) == ("Main Street", "7", "Alder Falls")
    assert (found.postcode, found.region, found.country) == ("00000", "VT", "US")
    assert (found.rating, found.review_count, found.operating_status) == (4.5, 12, "open")
    assert found.raw["Web Site"] == "-"


@pytest.mark.parametrize(
    ("status", "means", "words"),
    [
        ("", "open", ""), ("-", "open", ""), ("n/a", "open", ""), ("Operational", "open", ""),
        ("Permanently closed", "closed", ""), ("(closed)", "closed", ""), ("unknown", "unknown", ""),
        ("?", "unknown", ""), ("Abandoned?", "unknown", "Abandoned?"),
    ],
)  # fmt: skip
def test_status_says_what_its_words_say_and_none_is_open(path: Path, status: str, means: str, words: str):
    found = one(read(path, f"Ana,{AT},{status}", header=f"{HEADER},status"))
    assert (found.operating_status, found.operating_words) == (means, words)


def test_list_without_a_status_tells_of_businesses_that_are_open(path: Path):
    assert one(read(path, f"Ana,{AT}")).operating_status == "open"
    assert one(read(path, f"Ana,{AT},shut", header=f"{HEADER},")).operating_status == "open"


def test_other_headers_are_named_in_the_settings(path: Path, settings):
    settings.CSV_COLUMNS = "name=Firma; lat=Breite;lon=Länge;category=Was sie tun"
    found = one(read(path, f"{AT},Bakery,Ana,x", header="Breite,Länge,Was sie tun,Firma,name"))
    assert (found.name, found.category, found.raw["Firma"]) == ("Ana", "bakery", "Ana")


@pytest.mark.parametrize(
    ("columns", "header", "said"),
    [
        ("", "company,street", r"has no column for lat, lon; its columns are company, street"),
        ("lat=Y;lon=X", "name,Y", r"no column for lon;.*Name it in CSV_COLUMNS, such as lon=name"),
        ("wibble=Y", HEADER, "CSV_COLUMNS does not understand 'wibble=Y'"),
        ("name", HEADER, "CSV_COLUMNS does not understand 'name'"),
        ("", "", "has no header"),
        ("", "name,name,lat,lon", "more than one column name: nobody can tell which is meant"),
        ("phone=Call", f"{HEADER},Call,Call", "more than one column Call"),
    ],
)
def test_columns_that_are_not_there_are_one_clear_sentence(
    columns: str, header: str, said: str, path: Path, settings
):
    settings.CSV_COLUMNS = columns
    path.write_text(header)
    with pytest.raises(BadData, match=said) as caught:
        CsvFile(path).check_ready()
    assert "\n" not in str(caught.value)


def test_every_field_may_be_named_in_the_settings():
    assert read_columns(";".join(f"{field}=Their {field}" for field in FIELDS)) == {
        field: f"Their {field}" for field in FIELDS
    }


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_found(delimiter: str, path: Path):
    row = delimiter.join(['"Ana, Bo; and Co | all"', "44.05", "-72.95"])
    assert one(read(path, row, header=HEADER.replace(",", delimiter))).name == "Ana, Bo; and Co | all"


def test_the_hint_of_a_spreadsheet_and_decimal_commas(path: Path):
    path.write_text("sep=;\r\nname;lat;lon\r\nAna;44,05;-72,95\r\n")
    assert (one(answer(path)).lat, one(answer(path)).lon) == (44.05, -72.95)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (f"\ufeff{HEADER}\r\nCafé Élan,{AT}\r\n".encode(), "Café Élan"),
        (f"{HEADER}\nCafé Élan – “neu”,{AT}\n".encode("cp1252"), "Café Élan – “neu”"),
        (f"{HEADER}\nCafé Élan,{AT}".encode("utf-16"), "Café Élan"),
        (f"{HEADER}\rCafé Élan,{AT}\r".encode(), "Café Élan"),
        (f"{HEADER}\nCaf@ Élan,{AT}".encode().replace(b"@", b"\xed\xa0\x80"), "Caf Élan"),
        (f"{HEADER}\nCaf@ Élan,{AT}".encode().replace(b"@", b"\0"), "Caf Élan"),
        (f"{HEADER}\nCaf@ Elan,{AT}".encode().replace(b"@", b"\x81"), "Caf\ufffd Elan"),
        (f'{HEADER}\n"Café\nÉlan",{AT}'.encode(), "Café\nÉlan"),
    ],
)
def test_encodings_line_ends_and_damage(content: bytes, name: str, path: Path):
    path.write_bytes(content)
    assert one(answer(path)).name == name


def test_one_line_in_another_encoding_spoils_no_other(path: Path):
    lines = [HEADER.encode(), f"Café,{AT}".encode(), f"Élan,{AT}".encode("cp1252")]
    path.write_bytes(b"\n".join(lines))
    assert [listing.name for listing in answer(path).listings] == ["Café", "Élan"]


def test_formulas_stay_text(path: Path):
    names = ['=HYPERLINK("http://x.example")', "+1-802-555-0142", "-1+1", "@SUM(A1)"]
    rows = [f'"{name.replace(chr(34), chr(34) * 2)}",{AT}' for name in names]
    assert [listing.name for listing in read(path, *rows).listings] == names


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("Ana,,", "It has no coordinates"),
        ("Ana", "It has no coordinates"),
        ("Ana,nan,-72.95", "It has no coordinates"),
        ("Ana,inf,-72.95", "It has no coordinates"),
        ("Ana,1e400,-72.95", "It has no coordinates"),
        ("Ana,44.05° N,-72.95", "It has no coordinates"),
        ("Ana,0,0", "0,0 stands for coordinates that nobody knew"),
        ("Ana,-72.95,44.05", "Latitude -72.95 and longitude 44.05 are swapped"),
        ("Ana,-172.95,44.05", "Latitude -172.95 is not on earth; latitude and longitude look swapped"),
        ("Ana,4405,-7295", "4405,-7295 is not on earth"),
        (f",{AT}", "It has no name"),
        (f"N/A,{AT}", "It has no name"),
        (f"Ana,{AT},more", "It has 4 fields, the header has 3"),
        (f"{'x' * 140_000},{AT}", "It cannot be read: field larger than field limit (131072)"),
        (f"{'x' * 300_000},{AT}", "It cannot be read: a line of more than 256 kB"),
    ],
)
def test_a_bad_row_is_refused_with_its_line_and_the_rest_goes_on(row: str, reason: str, path: Path):
    place, said = refusal(read(path, row, f"After,{AT}"))
    assert (place, said) == ("line 2", reason)


NOT_CLOSED = "A quotation mark is opened here and not closed again: this line alone is left out"


@pytest.mark.parametrize("rows", [0, 3, 6_000])
def test_a_quotation_mark_that_is_never_closed_costs_its_own_line(rows: int, path: Path):
    places = [f"Shop {n},44.05,-72.95{n:05d}" for n in range(rows)]
    parsed = read(path, f"Before,{AT}", f'"Ana,{AT}', *places)
    assert {listing.name for listing in parsed.listings} == {"Before", *(f"Shop {n}" for n in range(rows))}
    (refused,) = parsed.refused
    assert (refused.place, refused.reason, refused.excerpt) == ("line 3", NOT_CLOSED, f'"Ana,{AT}')
    assert refused.source_id == ""
    assert parsed.complete


def test_a_field_that_goes_on_too_long_costs_its_first_line_and_its_last(path: Path):
    places = [f"Shop {n},44.05,-72.95{n:05d}" for n in range(6_000)]
    parsed = read(path, '"Ana', *places, f'",{AT}', f"After,{AT}")
    assert len(parsed.listings) == 6_001
    assert [each.place for each in parsed.refused] == ["line 2", "line 6003"]


def test_rows_of_several_lines_are_read_after_one_that_was_given_up(path: Path):
    rows = [f'"Café\nÉlan {n}",44.05,-72.95{n:05d}' for n in range(2_000)]
    parsed = read(path, f'"Ana,{AT}', *[f"Shop {n},44.05,-72.8" for n in range(6_000)], *rows)
    assert len([each for each in parsed.listings if each.name.startswith("Café\nÉlan")]) == 2_000
    assert [each.place for each in parsed.refused] == ["line 2"]


def test_a_quotation_mark_that_another_field_closes_swallows_nothing(path: Path):
    row = f'"Café\nÉlan",{AT}'
    parsed = read(path, f'"Ana,{AT}', f"Bo,{AT}", f'"Cy",{AT}', row, f'"Dee,{AT}', 'Eve,44.05,"-72.95"')
    assert [listing.name for listing in parsed.listings] == ["Bo", "Cy", "Café\nÉlan", "Eve"]
    assert [(each.place, each.reason) for each in parsed.refused] == [
        ("line 2", NOT_CLOSED), ("line 7", NOT_CLOSED),
    ]  # fmt: skip


def test_mark_that_only_looks_even_is_found_at_the_end_of_the_file(path: Path):
    parsed = read(path, f"Before,{AT}", f'5" Pipes,"{AT}', f"After,{AT}")
    assert [listing.name for listing in parsed.listings] == ["Before", "After"]
    assert [each.reason for each in parsed.refused] == [NOT_CLOSED]


def test_what_is_read_again_is_bounded_by_the_file_whatever_is_in_it(path: Path):
    # Every line closes a field and opens the next one, whichever way it is read: no record of these ever ends.
    line = f'"a"b,"{"c" * 90}\n'
    path.write_text(f"{HEADER}\n" + line * 250_000)
    refused = sum(isinstance(row, Refusal) for row in CsvRows(path))
    assert refused == 250_000
    with path.open(encoding="utf-8", newline="") as file:
        lines = Lines(file)
        while True:
            lines.begin_record()
            try:
                if next(csv.reader(lines))[-1].endswith("file\0"):
                    break
            except Exception as error:
                lines.give_up(str(error))
    assert lines.read_again < 2 * path.stat().st_size + 16 * 1024**2


def test_quotation_marks_inside_of_a_field_are_letters(path: Path):
    parsed = read(path, f'5" Pipes,{AT}', f'The "Best" Bar,{AT}', f'6" Pipes,{AT}')
    assert [listing.name for listing in parsed.listings] == ['5" Pipes', 'The "Best" Bar', '6" Pipes']
    assert parsed.complete


def test_ids_last_and_the_same_business_twice_is_told(path: Path):
    parsed = read(path, f"Ana,{AT}", f"ANA,{AT}", "Ana,44.06,-72.95")
    assert [listing.name for listing in parsed.listings] == ["Ana", "Ana"]
    (refused,) = parsed.refused
    assert (refused.place, refused.reason) == ("line 3", "It is the business of line 2 again")
    before = [listing.source_id for listing in parsed.listings]
    parsed = read(path, "Ana,44.06,-72.95,1", f"Ana,{AT},2", header=f"{HEADER},phone")
    assert [listing.source_id for listing in parsed.listings] == before[::-1]


def test_columns_that_are_not_used_may_stand_twice(path: Path):
    assert one(read(path, f"Ana,{AT},,", header=f"{HEADER},,")).name == "Ana"


def test_a_refused_row_says_which_business_it_is_where_that_can_be_read(path: Path):
    parsed = read(
        path,
        "7,Ana,,",
        f"8,,{AT}",
        "9,Bo,-72.95,44.05",
        f"1,A,{AT}",
        f"1,B,{AT}",
        f",Cy,{AT}",
        f",Cy,{AT}",
        ",Dee,,",
        f"6,E,{AT},more",
        header=f"id,{HEADER}",
    )  # fmt: skip
    ids = {each.place: each.source_id for each in parsed.refused}
    cy = next(each.source_id for each in parsed.listings if each.name == "Cy")
    assert ids == {
        "line 2": "7", "line 3": "8", "line 4": "9", "line 6": "1", "line 8": cy, "line 9": "", "line 10": "",
    }  # fmt: skip


def test_refusals_are_told_one_by_one_up_to_a_thousand(path: Path):
    parsed = read(path, *["Ana,,"] * 1500, f"After,{AT}")
    assert len(parsed.refused) == 1001
    assert parsed.refused[-1].reason == "500 more could not be taken"
    assert len(parsed.listings) == 1


def test_a_list_that_is_longer_than_an_answer_splits_the_cell(path: Path):
    path.write_text("\n".join([HEADER, *(f"Ana {n},{AT}" for n in range(11))]))
    for cap, is_cut in ((10, True), (11, False)):
        source = CsvFile(path, cap=cap)
        parsed = source.parse(source.search(TOWN, categories=()).body, TOWN)
        assert (parsed.saturated, parsed.complete) == (is_cut, not is_cut)
        assert len(parsed.listings) == min(cap, 11)


def test_what_is_no_text_is_told(path: Path):
    path.write_bytes(b"PK\3\4" + bytes(5000))
    with pytest.raises(BadData, match="is no text: save the list as CSV in UTF-8"):
        CsvFile(path).check_ready()


def test_licence_and_attribution_are_the_owners_to_tell(path: Path, settings):
    settings.CSV_LICENCE, settings.CSV_ATTRIBUTION = "bought 2026", "Chamber of Commerce"
    assert (CsvFile(path).licence, CsvFile(path).attribution) == ("bought 2026", "Chamber of Commerce")


def test_rows_know_their_lines(path: Path):
    path.write_text(f'{HEADER}\n\n"A\nB",1,2\n\nC,3,4\n')
    assert [row.line for row in CsvRows(path) if isinstance(row, Row)] == [3, 6]


def test_memory_stays_flat_however_many_rows_and_however_long_a_field(tmp_path: Path):
    few, many, huge = tmp_path / "few.csv", tmp_path / "many.csv", tmp_path / "huge.csv"
    elsewhere = "".join(f"Shop {n},10.{n % 1000:03d},20.5\n" for n in range(20_000))
    few.write_text(f"{HEADER}\nAna,{AT}\n{elsewhere[:20_000].rpartition('\n')[0]}\nLast,{AT}")
    many.write_text(f"{HEADER}\nAna,{AT}\n{elsewhere}Last,{AT}\n")
    with huge.open("wb") as file:  # a file with a hole: as long as it says, and next to nothing on the disk
        file.write(f'{HEADER}\nAna,{AT}\n"Huge'.encode().ljust(60_000, b"x"))
        file.seek(64 * 1024**2, 1)
        file.write(f'",{AT}\nLast,{AT}\n'.encode())
    floor = most_memory(few, rows=2)
    assert most_memory(many, rows=2) < 1.5 * floor
    assert most_memory(huge, rows=2, refused=1) < 8 * 1024**2


def most_memory(path: Path, *, rows: int, refused: int = 0) -> int:
    """Bytes that one answer of the file takes at once."""
    tracemalloc.start()
    try:
        told = json.loads(CsvFile(path).search(TOWN, categories=()).body)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (len(told["rows"]), len(told["refused"])) == (rows, refused)
    return most


def test_answer_is_json_of_the_rows_of_the_cell(path: Path):
    path.write_text(f"{HEADER},x\nAna,{AT},1\nBo,10,20,2\n")
    told = json.loads(CsvFile(path).search(TOWN, categories=()).body)
    assert told["rows"] == [{"line": 2, "values": {"name": "Ana", "lat": "44.05", "lon": "-72.95", "x": "1"}}]


def test_look_through_says_what_search_and_parse_would(path: Path):
    lines = [
        "1,Ana,44.05,-72.95",
        "2,,44.06,-72.94",
        "3,Ben,,",
        "1,Ana,44.05,-72.95",
        "4,Cem,44.07,-72.93,more",
    ]
    path.write_text("\n".join(["id,name,lat,lon", *lines]))
    parsed = answer(path)
    looked = list(CsvFile(path).look_through())
    assert sum(why is None for why, _, _ in looked) == len(parsed.listings) == 1
    told = {(why.place, why.reason) for why, _, _ in looked if why}
    assert told == {(each.place, each.reason) for each in parsed.refused}
    assert [(lat, lon) for why, lat, lon in looked if why and lat == lat] == [
        (44.06, -72.94),
        (44.05, -72.95),
    ]


def test_look_through_without_patience_looks_at_places_alone(path: Path):
    path.write_text("id,name,lat,lon\n1,,44.05,-72.95\n1,Ana,,\n")
    first, second = CsvFile(path).look_through(patience=0)
    assert first == (None, 44.05, -72.95)
    assert second[0] is not None


def test_columns_that_a_person_said_are_all_that_is_read(path: Path):
    path.write_text(f"name,who,lat,lon,phone\nx,Ana,{AT},1\n")
    source = CsvFile(path, columns={"name": "who", "lat": "lat", "lon": "lon"}, prefix="7:")
    found = one(source.parse(source.search(TOWN, categories=()).body, TOWN))
    assert (found.name, found.phones, found.source_id[:2]) == ("Ana", (), "7:")
