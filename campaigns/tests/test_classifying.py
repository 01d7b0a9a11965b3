"""Telling people from machines, judged by a corpus that was written before the rules."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from campaigns.classifying import Judgement, Seen, judge

CORPUS = Path(__file__).parent / "data" / "requests.json"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
PEOPLE = ("human", "proxy")


def load() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(CORPUS.read_text())
    return rows


def seen(row: dict[str, Any]) -> Seen:
    """A request of the corpus; all its mails went out in the same second."""
    at = timedelta(seconds=row["seconds"])
    return Seen(
        row["mail"], row["kind"], row["link"], row["method"], row["user_agent"], row["network"], at=at, age=at
    )


def judged() -> list[tuple[dict[str, Any], Judgement]]:
    rows = load()
    hits = [seen(row) for row in rows]
    return [
        (row, judge(hit, [other for other in hits if other is not hit and _is_near(hit, other)]))
        for row, hit in zip(rows, hits, strict=True)
    ]


def _is_near(hit: Seen, other: Seen) -> bool:
    return other.mail == hit.mail or other.network == hit.network


def test_the_corpus_is_large_and_has_both_kinds():
    truths = [row["truth"] for row in load()]
    assert len(truths) >= 120
    assert min(truths.count("human"), truths.count("scanner")) >= 60


def test_scanners_and_machines_are_not_counted_and_people_are():
    machines = [(row, said) for row, said in judged() if row["truth"] not in PEOPLE]
    people = [(row, said) for row, said in judged() if row["truth"] in PEOPLE]
    let_through = [row["why"] for row, said in machines if said.actor in PEOPLE]
    left_out = [(row["why"], said) for row, said in people if said.actor not in PEOPLE]
    assert 1 - len(let_through) / len(machines) >= 0.95, let_through
    assert 1 - len(left_out) / len(people) >= 0.99, left_out


def test_every_judgement_says_why():
    assert all(said.reasons for _, said in judged())


@pytest.mark.parametrize(
    ("kind", "change", "actor"),
    [
        ("clicked", {}, "human"),
        ("clicked", {"method": "HEAD"}, "scanner"),
        ("clicked", {"age": timedelta(seconds=9)}, "scanner"),
        ("clicked", {"age": None}, "human"),
        ("clicked", {"user_agent": ""}, "scanner"),
        ("opened", {"age": timedelta(seconds=9)}, "machine"),
        ("opened", {"user_agent": "Mozilla/5.0"}, "machine"),
        ("opened", {"user_agent": "Pictures 1.0 (via ggpht.com GoogleImageProxy)"}, "proxy"),
        ("opened", {"user_agent": ""}, "unknown"),
    ],
)
def test_one_sign_decides(kind: str, change: dict[str, Any], actor: str):
    fields: dict[str, Any] = {"user_agent": BROWSER, "method": "GET", "age": timedelta(hours=1)} | change
    hit = Seen(mail=1, kind=kind, link=1, network="192.0.2.0/24", at=timedelta(0), **fields)
    assert judge(hit, []).actor == actor


def test_two_links_at_once_may_be_a_person_three_are_not():
    def at(second: float, link: int) -> Seen:
        return Seen(1, "clicked", link, "GET", BROWSER, "", timedelta(seconds=second), timedelta(hours=1))

    first, second, third = at(0, 1), at(0.5, 2), at(1.5, 3)
    assert judge(first, [second]).actor == "human"
    assert {judge(hit, [first, second, third]).actor for hit in (first, second, third)} == {"scanner"}
    assert judge(first, [second, at(2.5, 3)]).actor == "human"
