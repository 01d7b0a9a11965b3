"""Opening hours: the common forms are read, everything else is left unknown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sites.opening_hours import OpeningWeek, parse_opening_hours


def week_of(raw: str) -> OpeningWeek:
    week = parse_opening_hours(raw)
    assert week is not None
    return week


NINE_TO_FIVE = ((9 * 60, 17 * 60),)
ALL_DAY = ((0, 24 * 60),)


@pytest.mark.parametrize(
    ("raw", "canonical"),
    [
        (
            "Mo-Fr 09:00-17:00; Sa 10:00-14:00",
            "Mo 09:00-17:00; Tu 09:00-17:00; We 09:00-17:00; Th 09:00-17:00; Fr 09:00-17:00; Sa 10:00-14:00; Su off",
        ),
        ("24/7", "; ".join(f"{day} 00:00-24:00" for day in "Mo Tu We Th Fr Sa Su".split())),
        (
            "Tu-Sa 09:30-12:30,14:00-19:00",
            "Mo off; Tu 09:30-12:30,14:00-19:00; We 09:30-12:30,14:00-19:00; Th 09:30-12:30,14:00-19:00; "
            "Fr 09:30-12:30,14:00-19:00; Sa 09:30-12:30,14:00-19:00; Su off",
        ),
        (
            "Mo-Fr 11:00-18:00, Sa 11:00-15:00",
            "Mo 11:00-18:00; Tu 11:00-18:00; We 11:00-18:00; Th 11:00-18:00; Fr 11:00-18:00; Sa 11:00-15:00; Su off",
        ),
        (
            "12:00-14:00,19:30-23:00; Su,Mo off",
            "Mo off; Tu 12:00-14:00,19:30-23:00; We 12:00-14:00,19:30-23:00; Th 12:00-14:00,19:30-23:00; "
            "Fr 12:00-14:00,19:30-23:00; Sa 12:00-14:00,19:30-23:00; Su off",
        ),
        (
            "mo – fr 9:00 - 17:00",
            "Mo 09:00-17:00; Tu 09:00-17:00; We 09:00-17:00; Th 09:00-17:00; Fr 09:00-17:00; Sa off; Su off",
        ),
        (
            "Mo-Sa 11:00-14:30, We,Th 19:00-22:00; Su off",
            "Mo 11:00-14:30; Tu 11:00-14:30; We 11:00-14:30,19:00-22:00; Th 11:00-14:30,19:00-22:00; "
            "Fr 11:00-14:30; Sa 11:00-14:30; Su off",
        ),
        (
            "Fr-Mo 10:00-12:00",
            "Mo 10:00-12:00; Tu off; We off; Th off; Fr 10:00-12:00; Sa 10:00-12:00; Su 10:00-12:00",
        ),
    ],
)
def test_week_is_read_in_common_forms(raw: str, canonical: str) -> None:
    assert week_of(raw).canonical() == canonical


def test_later_rule_replaces_earlier_where_they_overlap() -> None:
    assert week_of("Mo-Fr 09:00-17:00; We 09:00-12:00").days[2] == ((540, 720),)


def test_day_is_unknown_where_a_later_rule_has_other_hours() -> None:
    """Most mappers mean both times here; the syntax means only the later ones."""
    week = week_of("Mo-Tu 09:00-18:00; Mo 20:15-22:00")
    assert week.days[0] is None
    assert week.days[1] == ((540, 1080),)


def test_times_after_midnight_belong_to_the_evening_before() -> None:
    assert week_of("Fr-Sa 18:00-02:00").days[4] == ((18 * 60, 26 * 60),)


@pytest.mark.parametrize(("raw", "closed"), [("Mo 09:00-17:00; PH off", True), ("Mo 09:00-17:00", None)])
def test_public_holidays_are_closed_only_where_stated(raw: str, closed: bool | None) -> None:
    assert week_of(raw).holidays_closed is closed


def test_public_holidays_with_hours_are_not_called_closed() -> None:
    assert week_of("Mo-Fr 09:00-17:00; PH 10:00-12:00").holidays_closed is None


@pytest.mark.parametrize(
    "odd", ["by appointment", "10:00+", "sunrise-sunset", '10:00-12:00 "ring twice"', "9-5", ""]
)
def test_day_is_unknown_where_its_hours_are_not_understood(odd: str) -> None:
    week = week_of(f"Mo-Fr 09:00-17:00; Sa {odd}")
    assert week.days[5] is None
    assert week.days[0] == NINE_TO_FIVE
    assert week.days[6] == ()


def test_unnamed_days_are_unknown_where_a_fallback_speaks_of_them() -> None:
    assert week_of('Mo-Fr 09:00-17:00 || "on appointment"').days[5] is None


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "closed",
        "Mo-Su off",
        "Jul-Aug Mo-Fr 09:00-17:00",
        "Mo-Fr 09:00-17:00; Oct 17-Mar 25 off",
        "Mo-Fr 09:00-17:00; SH off",
        "week 01-10 Mo 09:00-12:00",
        "Di-Fr 09:00-17:00",
        "call us",
        "Mo-Fr 09:00-1300",
        "Mo 25:00-26:00",
        "Mo 09:00-09:00",
        "Mo 09:75-10:00",
        "Mo 09:00-12:00,11:00-13:00",
        "Mo-PH 09:00-17:00",
        "Mo 09:00-17:00;" * 40,
    ],
)
def test_week_is_left_out_where_nothing_is_sure(raw: str) -> None:
    assert parse_opening_hours(raw) is None


@given(st.text(alphabet='MoTuWeThFrSaSuPH0123456789:-,;|" off24/7', max_size=80))
def test_parser_never_raises_and_reads_back_what_it_wrote(raw: str) -> None:
    week = parse_opening_hours(raw)
    if week is not None:
        assert parse_opening_hours(week.canonical()) == week


def test_groups_join_equal_neighbours() -> None:
    groups = week_of("Mo-Fr 09:00-17:00; Sa 10:00-14:00").groups()
    assert [(first, last) for first, last, _ in groups] == [(0, 4), (5, 5), (6, 6)]
