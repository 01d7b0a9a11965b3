"""Hits are kept whatever the database does, come in once, and count once it is judged who was behind them."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client

from businesses.models import Business
from campaigns import hits, judging, sequences, spool, tracking
from campaigns.models import Campaign, Event, Message
from campaigns.tests.browsing import addresses
from campaigns.tests.factories import make_campaign, make_message
from pipeline.clock import VirtualClock
from pipeline.runner import Run
from pipeline.tokens import make_token
from sites.tests.factories import make_version
from territories.tests.factories import NOW

pytestmark = pytest.mark.django_db

BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
LATER = NOW + timedelta(days=1)


@pytest.fixture
def sent(db: None) -> Message:
    """A mail that went out, about a site with a version."""
    campaign = make_campaign(status="sent", sent_at=NOW, next_step_at=LATER + timedelta(days=5))
    make_version(campaign.site)
    return make_message(campaign=campaign, sent_at=NOW)


def hit(kind: str, row: int, *, at: datetime = LATER, link: int = 0, **over: Any) -> None:
    fields: dict[str, Any] = {"method": "GET", "user_agent": BROWSER, "network": "192.0.2.0/24"} | over
    assert hits.keep(kind, row, link=link, now=at, **fields)


def judge(at: datetime = LATER + timedelta(minutes=2)) -> None:
    judging.judge_hits(Run(by="test", clock=VirtualClock(at)))


def test_a_hit_waits_in_the_spool_and_comes_in_once(sent: Message, var_dir: Any):
    hit("clicked", sent.pk, link=1)
    file = var_dir / "hits" / "spool.jsonl"
    kept = file.read_bytes()
    assert hits.take_in() == 1
    for _ in range(3):  # a crash between storing and deleting brings the same file again
        file.write_bytes(kept)
        assert hits.take_in() == 0
    assert Event.objects.count() == 1
    assert spool.waiting() == 0


def test_a_torn_line_costs_no_other(sent: Message, var_dir: Any):
    hit("clicked", sent.pk, link=1)
    file = var_dir / "hits" / "spool.jsonl"
    file.write_bytes(file.read_bytes()[:-20])
    hit("clicked", sent.pk, link=2)
    assert hits.take_in() == 1
    assert Event.objects.get().link == 2


def test_a_dead_database_loses_no_hit_and_serves_the_pixel(
    visitor: Client, sent: Message, monkeypatch: pytest.MonkeyPatch
):
    def dead(*args: Any, **kwargs: Any) -> None:
        raise DatabaseError("the server is away")

    with monkeypatch.context() as broken:
        broken.setattr("django.db.backends.utils.CursorWrapper.execute", dead)
        assert visitor.get(addresses(sent)["pixel"]).content.startswith(b"GIF89a")
        assert visitor.get(addresses(sent)["click"]).status_code == 503
        for page in ("unsubscribe", "claim", "remove"):  # nobody is told of a no that is not in effect
            assert visitor.post(addresses(sent)[page]).status_code == 503
    assert hits.take_in() == 1
    assert Event.objects.get().kind == "opened"


def test_a_guessed_token_costs_no_query(visitor: Client, sent: Message, django_assert_num_queries: Any):
    with django_assert_num_queries(0):
        for page in ("/o/{}.gif", "/r/{}.gif", "/c/{}", "/u/{}", "/claim/{}/"):
            visitor.get(page.format("A" * 28))
    assert spool.waiting() == 0


def test_a_machine_in_a_loop_is_kept_a_few_times_and_answered_always(visitor: Client, sent: Message):
    answers = [visitor.get(addresses(sent)["click"]) for _ in range(100)]
    assert {answer.status_code for answer in answers} == {302}
    assert Event.objects.count() <= 2 * hits.MOST_A_MINUTE  # the minute may have turned meanwhile


def test_only_a_person_counts(sent: Message):
    hit("opened", sent.pk, user_agent="Mozilla/5.0")
    hit("clicked", sent.pk, link=1, user_agent="curl/8")
    hits.take_in()
    judge()
    sent.refresh_from_db()
    assert sent.machine_opened_at == LATER
    assert (sent.opened_at, sent.clicked_at) == (None, None)
    hit("opened", sent.pk, at=LATER + timedelta(hours=1))
    hit("clicked", sent.pk, link=1, at=LATER + timedelta(hours=1))
    judge(LATER + timedelta(hours=2))
    sent.refresh_from_db()
    assert sent.opened_at == sent.clicked_at == LATER + timedelta(hours=1)
    assert sent.engaged_at is None
    sent.campaign.refresh_from_db()
    assert sent.campaign.stop_reason == Campaign.StopReason.CLICKED


def test_what_came_just_now_is_not_judged_yet(sent: Message):
    hit("clicked", sent.pk, link=1)
    judge(LATER + timedelta(seconds=30))
    assert Event.objects.get().rule_version == 0


@pytest.mark.parametrize("second", [("read", 0), ("claim_opened", 0), ("clicked", 2)])
def test_reading_on_is_sure_to_be_a_person(sent: Message, second: tuple[str, int]):
    kind, link = second
    row = sent.pk if kind == "clicked" else sent.campaign.site_id
    hit("clicked", sent.pk, link=1)
    hit(kind, row, link=link, at=LATER + timedelta(seconds=30))
    judge()
    sent.refresh_from_db()
    assert sent.engaged_at == LATER + timedelta(seconds=30)
    sent.campaign.refresh_from_db()
    assert sent.campaign.stop_reason == Campaign.StopReason.ENGAGED
    assert sequences.open_due(now=LATER + timedelta(days=9), limit=5) == 0


def test_other_rules_say_otherwise_of_the_same_hits(sent: Message, monkeypatch: pytest.MonkeyPatch):
    hit("clicked", sent.pk, link=1)
    judge()
    monkeypatch.setattr("campaigns.classifying._PROGRAM", __import__("re").compile("Firefox"))
    now = LATER + timedelta(days=1)
    assert judging.reclassify(since=NOW, now=now, by="staff") == 1
    sent.refresh_from_db()
    assert Event.objects.get().actor == "scanner"
    assert sent.clicked_at is None


def test_a_country_that_lets_nobody_be_watched_keeps_clicks_without_the_visitor(sent: Message):
    Business.objects.update(country="FR")
    hit("opened", sent.pk)
    hit("read", sent.campaign.site_id)
    hit("clicked", sent.pk, link=1)
    judge()
    event = Event.objects.get()
    assert (event.kind, event.actor, event.user_agent, event.network) == ("clicked", "human", "", "")


def test_who_said_no_is_not_followed_any_more(visitor: Client, sent: Message):
    visitor.post(addresses(sent)["unsubscribe"])
    for page in ("pixel", "click", "claim"):
        visitor.get(addresses(sent)[page])
    assert list(Event.objects.values_list("kind", flat=True)) == ["unsubscribed"]


def test_a_proposal_carries_the_mark_where_the_law_lets_it(sent: Message, settings: Any):
    site = sent.campaign.site
    assert tracking.mark_of(site) == f"/r/{make_token('read', site.pk)}.gif"
    site.business.country = "DE"
    assert tracking.mark_of(site) == ""
    site.business.country = "US"
    settings.READING_MARK = False
    assert tracking.mark_of(site) == ""


def test_the_mark_tells_that_the_last_mail_was_read(visitor: Client, sent: Message):
    follow_up = make_message(campaign=sent.campaign, step=2, sent_at=LATER, message_id="<2@fernhill.example>")
    assert visitor.get(tracking.mark_of(sent.campaign.site)).content.startswith(b"GIF89a")
    assert list(Event.objects.values_list("kind", "message")) == [("read", follow_up.pk)]


def test_old_visitors_are_forgotten_and_what_they_set_stays(sent: Message):
    hit("clicked", sent.pk, link=1)
    judge()
    kept = {"keep_programs": timedelta(days=30), "keep_events": timedelta(days=400)}
    assert judging.forget_visitors(now=LATER + timedelta(days=31), **kept)["visitors forgotten"] == 1
    event = Event.objects.get()
    assert (event.user_agent, event.network, event.actor) == ("", "", "human")
    assert judging.forget_visitors(now=LATER + timedelta(days=401), **kept)["old hits deleted"] == 1
    sent.refresh_from_db()
    assert sent.clicked_at == LATER
