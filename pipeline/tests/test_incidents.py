"""Incidents: one open row for each thing that a person must know, however often it happens."""

import pytest
from django.db import transaction

from pipeline.clock import VirtualClock
from pipeline.incidents import open_incident, resolve_incident
from pipeline.models import Incident
from pipeline.tests.processes import race


def test_incident_is_opened_once_and_counted(db: None, clock: VirtualClock) -> None:
    first = open_incident("bug", "scrape", title="A bug", detail="first", now=clock.now())
    opened = clock.now()
    clock.advance(hours=1)
    again = open_incident("bug", "scrape", title="A bug", detail="second", now=clock.now())
    assert again.pk == first.pk
    stored = Incident.objects.get()
    assert (stored.count, stored.opened_at, stored.last_seen_at) == (2, opened, clock.now())
    assert stored.detail == "first"


def test_incidents_of_other_kinds_and_keys_are_their_own(db: None, clock: VirtualClock) -> None:
    for kind, key in (("bug", "scrape"), ("bug", "send"), ("reply", "scrape")):
        open_incident(kind, key, title="It happened", now=clock.now())
    assert Incident.objects.filter(count=1).count() == 3


def test_resolved_incident_is_opened_anew(db: None, clock: VirtualClock) -> None:
    open_incident("bug", "scrape", title="A bug", now=clock.now())
    assert resolve_incident("bug", "scrape", now=clock.now(), resolution="mended") is True
    assert resolve_incident("bug", "scrape", now=clock.now(), resolution="mended") is False
    open_incident("bug", "scrape", title="A bug", now=clock.now())
    assert list(Incident.objects.order_by("pk").values_list("resolution", "count")) == [
        ("mended", 1),
        ("", 1),
    ]


def test_incident_is_counted_inside_a_transaction_too(db: None, clock: VirtualClock) -> None:
    with transaction.atomic():
        for _ in range(3):
            open_incident("bug", "scrape", title="A bug", now=clock.now())
    assert Incident.objects.get().count == 3


def test_incident_bears_endless_and_unstorable_texts(db: None, clock: VirtualClock) -> None:
    text = "a\x00b\ud800" + "c" * 1000
    for _ in range(2):
        open_incident("bug", "k" * 500, title=text, detail=text, now=clock.now())
    incident = Incident.objects.get()
    assert (incident.count, len(incident.title), len(incident.key)) == (2, 200, 120)
    assert resolve_incident("bug", "k" * 500, now=clock.now(), resolution="r" * 900) is True


@pytest.mark.parametrize("contenders", [4])
def test_of_many_reporters_one_opens_and_all_count(
    forking: None, clock: VirtualClock, contenders: int
) -> None:
    def report() -> None:
        for _ in range(5):
            open_incident("bug", "scrape", title="A bug", now=clock.now())

    race([report] * contenders)
    assert Incident.objects.get().count == 5 * contenders
