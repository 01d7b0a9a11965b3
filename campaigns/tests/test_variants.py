"""Which wording is tried on whom, judged by people who answered."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from campaigns import variants
from campaigns.models import Campaign
from campaigns.tests.factories import make_campaign, make_message
from campaigns.variants import LEAST, VARIANTS, Tally, choose_variant, wilson
from sites.models import Site
from territories.tests.factories import NOW


def chosen(tallies: dict[str, Tally], tries: int = 2_000) -> Counter[str]:
    return Counter(choose_variant(f"campaign-{number}", tallies) for number in range(tries))


def test_same_seed_and_figures_choose_the_same_wording():
    tallies = {"plain": Tally(200, replied=9), "short": Tally(200, replied=8)}
    assert [choose_variant(f"a{number}", tallies) for number in range(50)] == [
        choose_variant(f"a{number}", tallies) for number in range(50)
    ]


def test_until_each_was_tried_often_enough_they_take_turns():
    for few in ({}, {"plain": Tally(5_000, replied=2_000), "short": Tally(LEAST - 1)}):
        counts = chosen(few)
        assert set(counts) == set(VARIANTS)
        assert min(counts.values()) > 900


def test_the_one_that_people_answer_is_chosen_more_often_and_not_always():
    counts = chosen({"plain": Tally(LEAST, replied=3), "short": Tally(LEAST, replied=6)})
    assert counts["short"] > 1_300
    assert counts["plain"] > 20


def test_opens_and_looks_count_nothing():
    counts = chosen(
        {"plain": Tally(500, engaged=400, replied=20), "short": Tally(500, engaged=0, replied=20)}
    )
    assert abs(counts["plain"] - counts["short"]) < 250


def test_refusals_count_against_a_wording():
    counts = chosen({"plain": Tally(500, replied=20), "short": Tally(500, replied=20, refused=60)})
    assert counts["plain"] > 1_950


@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    [
        (0, 0, 0.0, 1.0),
        (0, 10, 0.0, 0.2775),
        (5, 10, 0.2366, 0.7634),
        (10, 10, 0.7225, 1.0),
        (3, 100, 0.0103, 0.0845),
    ],
)
def test_wilson_interval(count: int, total: int, low: float, high: float):
    share = wilson(count, total)
    assert (share.low, share.high) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


def sent(variant: str, **what: Any) -> Campaign:
    campaign = make_campaign(status=Campaign.Status.SENT, sent_at=NOW, variant=variant)
    address = f"info{campaign.pk}@brooklane.example"
    make_message(campaign=campaign, recipient=address, sent_at=NOW, **what)
    return campaign


@pytest.mark.django_db
def test_figures_tell_people_from_machines_and_yes_from_no():
    sent("plain", machine_opened_at=NOW, clicked_at=NOW, auto_replied_at=NOW)
    sent("plain", replied_at=NOW)
    sent("plain", replied_at=NOW, unsubscribed_at=NOW)
    sent("plain", bounced_at=NOW)
    wanted = sent("short", engaged_at=NOW)
    Site.objects.filter(pk=wanted.site_id).update(wanted_at=NOW)
    sent("short", complained_at=NOW)
    make_campaign(variant="short")  # has not gone out
    assert variants.tallies() == {"plain": Tally(4, 0, 1, 1, 1), "short": Tally(2, 1, 1, 1, 0)}
    plain, short = variants.results()
    assert (plain.name, plain.sent, plain.replied.count, plain.bounced.count) == ("plain", 4, 1, 1)
    assert 0 < short.replied.low < 0.5 < short.replied.high < 1


@pytest.mark.django_db
def test_an_answer_to_a_follow_up_counts_for_the_campaign_once():
    campaign = sent("plain", replied_at=NOW)
    first = campaign.messages.get()
    make_message(
        campaign=campaign,
        step=2,
        recipient=first.recipient,
        message_id="<2@fernhill.example>",
        sent_at=NOW,
        replied_at=NOW + timedelta(days=1),
    )
    assert variants.tallies()["plain"] == Tally(1, 0, 1, 0, 0)
