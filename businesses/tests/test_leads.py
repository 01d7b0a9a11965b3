"""The stage that looks a business up and decides: what is kept, when it looks again, and the look before a mail."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest

from businesses import leads
from businesses.models import Business, SourceRecord
from businesses.provenance import field_origins
from businesses.sources.sample import SampleTown
from businesses.tests.factories import make_business
from businesses.tests.recorded import Web, everywhere, page
from pipeline.clock import VirtualClock
from pipeline.models import TimelineEntry
from pipeline.runner import Run

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(clock: VirtualClock) -> Run:
    return Run(by="test", clock=clock, seconds=1e9)


SITE = page("Fresh bread in Fernhill. Call (802) 555-0116.", title="Brook Lane Bakery")
PLAIN = b"<title>Brook Lane Bakery</title><p>Bread in Fernhill since 1979, baked by hand"
MAIL = "bread@rye.example"


class TownWeb(Web):
    """A web with its own DNS, in which every domain of `takes` takes mail."""

    takes: frozenset[str] = frozenset({"rye.example"})

    def mail_hosts(self, domain: str) -> Sequence[str]:
        return [f"mx.{domain}"] if domain in self.takes else []

    def is_there(self, host: str) -> bool:
        return host.removeprefix("mx.") in self.takes


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Iterator[TownWeb]:
    """The web that the sample source's businesses live in; no name exists in it until a test adds one."""
    recorded = TownWeb({})
    monkeypatch.setattr(SampleTown, "web", lambda self: recorded)
    yield recorded


def make_found(**over: Any) -> Business:
    """A business as a scrape leaves it, with the record that told of it."""
    fields = {"status": "new", "website_state": "", "website_checked_at": None, "score": None, "email": MAIL}
    business = make_business(**fields | over)
    SourceRecord.objects.create(
        source="sample", source_id=f"node/{business.pk}", business=business, payload={"name": business.name},
        payload_hash="0", licence="CC0-1.0", attribution="Sample", first_seen_at=business.found_at,
        last_seen_at=business.found_at,
    )  # fmt: skip
    return business


def qualify(business: Business, run: Run) -> Business:
    leads.qualify_leads(run, limit=10)
    business.refresh_from_db()
    return business


def states_kept(business: Business) -> list[str]:
    return list(business.website_checks.order_by("pk").values_list("state", flat=True))


def test_lead_keeps_its_evidence_and_whether_its_domain_takes_mail(web: TownWeb, run: Run) -> None:
    business = qualify(make_found(), run)
    assert (business.status, business.evidence, business.email_takes_mail) == ("qualified", "confirmed", True)
    assert states_kept(business) == ["none_known", "none_known"]
    search = business.website_checks.order_by("pk").last()
    assert search is not None
    assert {t["outcome"] for t in search.tries} == {"nxdomain"}
    assert search.checked_at == business.website_checked_at == run.now()


@pytest.mark.parametrize(
    ("body", "state", "weaknesses"),
    [
        (SITE, "ok", []),
        (PLAIN, "not_mobile", ["not_mobile"]),
        (b"<font>" + PLAIN + b" Copyright 2010", "outdated", ["not_mobile", "outdated"]),
    ],
)  # fmt: skip
def test_site_that_works_is_recorded_as_it_is_and_never_a_lead(
    web: TownWeb, run: Run, body: bytes, state: str, weaknesses: list[str]
) -> None:
    answer = (200, body, {"date": "Mon, 02 Mar 2026 09:00:00 GMT"})
    web.answers = everywhere("oldbread.example", answer)
    business = qualify(make_found(websites=["https://oldbread.example/"]), run)
    assert (business.status, business.website_state, business.website_weaknesses) == (
        "rejected", state, weaknesses,
    )  # fmt: skip
    assert business.reasons[0]["code"] == "has_site"


def test_site_that_the_search_finds_ends_the_lead_with_its_address(web: TownWeb, run: Run) -> None:
    web.answers = everywhere("brooklanebakery.example", SITE)
    business = qualify(make_found(), run)
    assert business.status == "rejected"
    assert "https://brooklanebakery.example/" in business.reasons[0]["text"]


@pytest.mark.parametrize("failure", ["timeout", "dns", (503, b"", {}), "crowded", "protocol"])
def test_doubt_that_may_pass_is_looked_at_on_three_days_and_then_by_a_person(
    web: TownWeb, run: Run, clock: VirtualClock, failure: Any
) -> None:
    web.answers = everywhere("rye-bread.example", failure)
    business = make_found(websites=["https://rye-bread.example/"])
    for looks in (1, 2):
        qualify(business, run)
        assert (business.status, business.unsettled_looks) == ("new", looks)
        assert business.next_attempt_at == clock.now() + timedelta(days=1)
        assert business.reasons[0]["code"] == "look_again"
        assert leads.qualify_leads(run, limit=10).total == 0  # not on the same day
        clock.advance(days=1)
    qualify(business, run)
    assert (business.status, business.unsettled_looks) == ("review", 3)
    assert business.reasons[0]["code"] == "website_unknown"
    assert states_kept(business) == ["unknown"] * 3


def test_doubt_of_the_record_hides_no_doubt_of_the_web(web: TownWeb, run: Run, clock: VirtualClock) -> None:
    web.answers = everywhere("brooklanebakery.example", "timeout")
    business = make_found(operating_status="unknown")
    for looks in (1, 2):
        qualify(business, run)
        assert (business.status, business.unsettled_looks) == ("new", looks)
        clock.advance(days=1)
    qualify(business, run)
    assert business.status == "review"
    assert [line["code"] for line in business.reasons[:2]] == ["probe_unknown", "operating_unknown"]


def test_look_that_settles_it_ends_the_count(web: TownWeb, run: Run, clock: VirtualClock) -> None:
    web.answers = everywhere("rye-bread.example", "timeout")
    business = qualify(make_found(websites=["https://rye-bread.example/"]), run)
    web.answers = {}
    clock.advance(days=1)
    qualify(business, run)
    assert (business.status, business.website_state, business.unsettled_looks) == ("qualified", "dns_dead", 0)


def test_wall_against_robots_is_for_a_person_at_once(web: TownWeb, run: Run) -> None:
    web.answers = everywhere("rye-bread.example", (403, page("Forbidden"), {"cf-ray": "8d1f"}))
    business = qualify(make_found(websites=["https://rye-bread.example/"]), run)
    assert (business.status, business.website_state) == ("review", "unknown")


def test_doubt_of_one_address_is_settled_by_another_that_works(web: TownWeb, run: Run) -> None:
    web.answers = everywhere("slow.example", "timeout") | everywhere("bread.example", SITE)
    business = qualify(make_found(websites=["https://slow.example/", "https://bread.example/"]), run)
    assert (business.status, business.website_state) == ("rejected", "ok")
    check = business.website_checks.get()
    assert {t["url"] for t in check.tries} >= {"https://slow.example/", "https://bread.example/"}


def test_installation_that_cannot_search_asks_nobody(web: TownWeb, run: Run, settings: Any) -> None:
    settings.LEAD_EVIDENCE = "single"
    business = qualify(make_found(), run)
    assert (business.status, business.evidence, web.asked) == ("qualified", "single", [])


def test_site_that_works_is_believed_for_a_month(web: TownWeb, run: Run, clock: VirtualClock) -> None:
    web.answers = everywhere("bread.example", SITE)
    business = qualify(make_found(websites=["https://bread.example/"]), run)
    seen_at, asked = business.website_checked_at, len(web.asked)
    for days, again in ((29, 0), (2, 1)):
        clock.advance(days=days)
        Business.objects.filter(pk=business.pk).update(status="new", next_attempt_at=clock.now())
        qualify(business, run)
        assert len(web.asked) - asked == again
        assert (business.website_checked_at == seen_at) == (not again)
        assert business.status == "rejected"


def test_person_who_asks_for_a_new_look_gets_one(web: TownWeb, run: Run) -> None:
    web.answers = everywhere("bread.example", SITE)
    business = qualify(make_found(websites=["https://bread.example/"]), run)
    asked = len(web.asked)
    leads.requalify(business, now=run.now(), by="staff:ana")
    qualify(business, run)
    assert len(web.asked) == asked + 1


def test_domain_that_takes_no_mail_makes_it_a_call(web: TownWeb, run: Run) -> None:
    business = qualify(make_found(email="bread@elsewhere.example"), run)
    assert (business.status, business.email_takes_mail) == ("call_list", False)


def test_address_that_takes_mail_goes_before_one_that_does_not(web: TownWeb, run: Run) -> None:
    business = qualify(make_found(email="old@gone.example", emails=["old@gone.example", MAIL]), run)
    assert (business.status, business.email, business.email_takes_mail) == ("qualified", MAIL, True)


def test_address_on_its_own_page_is_used_and_says_where_it_is_from(web: TownWeb, run: Run) -> None:
    url = "https://www.facebook.com/brooklanebakery"
    mail = "brooklane@gmail.com"
    business = make_found(email="", websites=[url])
    about = f'<div>{business.phone} <a href="mailto:{mail}">Write</a></div>'
    shown = page("Brook Lane Bakery, Fernhill", body=about)
    web.answers = {url: shown, "https://www.facebook.com/robots.txt": (404, b"", {})}
    business = qualify(business, run)
    assert (business.status, business.email, business.emails) == ("qualified", mail, [mail])
    origin = field_origins(business.provenance)["email"]
    assert (origin["source"], origin["url"]) == ("own_page", url)


# --- right before a mail ----------------------------------------------------------------------------------


def make_lead(clock: VirtualClock, **over: Any) -> Business:
    over = {"website_checked_at": clock.now() - timedelta(days=2), **over}
    return make_found(**{"status": "qualified", "website_state": "none_known"} | over)


def recheck(business: Business, clock: VirtualClock) -> str:
    verdict = leads.recheck_before_mail(business, now=clock.now(), by="test")
    business.refresh_from_db()
    return verdict


def test_lead_that_still_has_no_site_may_be_written_to(web: TownWeb, clock: VirtualClock) -> None:
    business = make_lead(clock)
    assert recheck(business, clock) == "lead"
    assert business.website_checked_at == clock.now()
    assert states_kept(business) == ["none_known", "none_known"]


def test_lead_that_has_a_site_now_is_none_any_more(web: TownWeb, clock: VirtualClock) -> None:
    web.answers = everywhere("brooklanebakery.example", SITE)
    business = make_lead(clock)
    assert recheck(business, clock) == "no_lead"
    assert (business.status, business.website_state) == ("rejected", "ok")


def test_look_that_settles_nothing_postpones_the_mail_twice_and_then_asks_a_person(
    web: TownWeb, clock: VirtualClock
) -> None:
    web.answers = everywhere("brooklanebakery.example", "timeout")
    business = make_lead(clock)
    for looks, status in ((1, "qualified"), (2, "qualified"), (3, "review")):
        assert recheck(business, clock) == "unknown"
        assert (business.status, business.unsettled_looks) == (status, looks)
        clock.advance(days=1)


def test_young_look_is_good_enough_whoever_decided(web: TownWeb, clock: VirtualClock) -> None:
    for who in ("", "staff:ana"):
        seen_at = clock.now() - timedelta(hours=23)
        assert recheck(make_lead(clock, website_checked_at=seen_at, decided_by=who), clock) == "lead"
    assert web.asked == []


def decided_long_ago(clock: VirtualClock, **over: Any) -> Business:
    """A lead by a person's word, spoken when no website was known."""
    business = make_lead(clock, status="review", website_checked_at=clock.now(), **over)
    leads.decide(business, "qualified", now=clock.now(), by="staff:ana")
    clock.advance(days=200)
    return business


def test_lead_by_a_persons_word_is_looked_at_again_too(web: TownWeb, clock: VirtualClock) -> None:
    business = decided_long_ago(clock)
    assert recheck(business, clock) == "lead"
    assert web.asked
    assert (business.status, business.decided_by) == ("qualified", "staff:ana")
    assert business.website_checked_at == clock.now()


def test_site_that_a_person_did_not_know_of_goes_back_to_a_person_with_their_word(
    web: TownWeb, clock: VirtualClock
) -> None:
    score = [{"code": "phone", "points": 40, "text": "A phone number is known"}]
    business = decided_long_ago(clock, reasons=score, score=40)
    said_on = business.decided_at
    assert said_on is not None
    web.answers = everywhere("brooklanebakery.example", SITE)
    assert recheck(business, clock) == "review"
    assert (business.status, business.website_state) == ("review", "ok")
    assert (business.decided_by, business.decided_at) == ("staff:ana", said_on)
    question, *others = business.reasons
    assert f"staff:ana said “Qualified” on {said_on:%Y-%m-%d}" in question["text"]
    assert "since then: the website works" in question["text"]
    assert others == score
    timeline = TimelineEntry.objects.filter(row_id=business.pk).order_by("pk").values_list("by", "to_status")
    assert list(timeline) == [("staff:ana", "qualified"), ("test", "review")]


def test_word_of_a_person_who_knew_what_the_look_says_stands(web: TownWeb, clock: VirtualClock) -> None:
    business = decided_long_ago(clock)
    web.answers = everywhere("brooklanebakery.example", SITE)
    assert recheck(business, clock) == "review"
    leads.decide(business, "qualified", now=clock.now(), by="staff:ben")  # it is somebody else's, say
    for _ in range(2):
        clock.advance(days=2)
        assert recheck(business, clock) == "lead"
    assert (business.status, business.decided_by) == ("qualified", "staff:ben")
    Business.objects.filter(pk=business.pk).update(websites=["https://rye-bread.example/"])
    web.answers = everywhere("rye-bread.example", SITE)  # of this one they knew nothing
    clock.advance(days=2)
    assert recheck(business, clock) == "review"


def test_doubt_since_a_persons_word_postpones_the_mail_like_any_other(
    web: TownWeb, clock: VirtualClock
) -> None:
    business = decided_long_ago(clock)
    web.answers = everywhere("brooklanebakery.example", "timeout")
    for looks, status in ((1, "qualified"), (2, "qualified"), (3, "review")):
        assert recheck(business, clock) == "unknown"
        assert (business.status, business.unsettled_looks) == (status, looks)
        clock.advance(days=1)
    assert "whether it has a website could not be settled" in business.reasons[0]["text"]


def test_lead_that_is_none_any_more_says_so_first_and_is_counted_as_none(
    web: TownWeb, clock: VirtualClock
) -> None:
    web.answers = everywhere("brooklanebakery.example", SITE)
    business = make_lead(clock, evidence="single", reasons=[{"code": "none", "points": 0, "text": "A lead"}])
    recheck(business, clock)
    assert [line["code"] for line in business.reasons] == ["second_look"]
    assert business.evidence == ""
