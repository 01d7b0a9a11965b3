"""Does a business have a website? Certain answers, and doubt that stays doubt."""

from dataclasses import replace
from typing import Any

import pytest

from businesses.pages import plain_words
from businesses.tests.recorded import Web, everywhere, page
from businesses.websites import (
    NO_ADDRESS_KNOWN,
    Subject,
    Verdict,
    check_known_website,
    hosts_of,
    probe_for_website,
    strongest_verdict,
    suffixes_for_country,
    suggest_domains,
)
from pipeline.http import Fetched

GOOD = page("Bread and rolls, baked every morning on Church Street. " * 3, title="Maple & Rye Bakery")
LONG = "Bread and rolls, baked every morning on Church Street. " * 9
REDIRECT = (301, b"", {"location": "https://www.facebook.com/mapleandrye"})
FACEBOOK = {"https://www.facebook.com/mapleandrye": page("Log in")}


def check(answers: dict[str, Any], url: str = "https://rye.example") -> Verdict:
    return check_known_website(url, fetcher=Web(answers))


@pytest.mark.parametrize(
    ("answers", "state"),
    [
        (everywhere("rye.example", GOOD), "ok"),
        (everywhere("rye.example", (200, b"", {"content-type": "application/pdf"})), "ok"),
        ({}, "dns_dead"),
        (everywhere("rye.example", "refused"), "http_error"),
        (everywhere("rye.example", (500, page("Oops"), {})), "http_error"),
        (everywhere("rye.example", (404, page("Not found"), {})), "http_error"),
        (everywhere("rye.example", page("This domain is for sale")), "parked"),
        (everywhere("rye.example", (301, b"", {"location": "https://www.hugedomains.com/x"}))
         | {"https://www.hugedomains.com/x": page("Buy")}, "parked"),
        (everywhere("rye.example", page("")), "empty"),
        (everywhere("rye.example", page("Welcome to nginx!")), "empty"),
        (everywhere("rye.example", REDIRECT) | FACEBOOK, "social_only"),
        (everywhere("rye.example", "tls"), "tls_broken"),
        (everywhere("rye.example", "timeout"), "unknown"),
        (everywhere("rye.example", "dns"), "unknown"),
        (everywhere("rye.example", "protocol"), "unknown"),
        (everywhere("rye.example", "blocked_address"), "unknown"),
        (everywhere("rye.example", (403, page("Forbidden"), {})), "unknown"),
        (everywhere("rye.example", (429, b"", {})), "unknown"),
        (everywhere("rye.example", (503, page("Maintenance"), {})), "unknown"),
        (everywhere("rye.example", (500, b"", {"cf-ray": "8d1f"})), "unknown"),
        (everywhere("rye.example", (304, b"", {})), "unknown"),
        *((everywhere("rye.example", (status, page("Not acceptable"), {})), "unknown")
          for status in (400, 405, 406, 409, 412, 418, 421, 430, 444, 508, 520, 530, 999, 202, 204, 206)),
        (everywhere("rye.example", (202, b"", {"x-amzn-waf-action": "challenge"})), "unknown"),
        (everywhere("rye.example", (405, page("x"), {"x-amzn-waf-action": "captcha"})), "unknown"),
        (everywhere("rye.example", "tls_chain"), "unknown"),
        (everywhere("rye.example", page("Just a moment...")), "unknown"),
        (everywhere("rye.example", page(body="<div id=root></div><script src=a.js></script>")), "unknown"),
        (everywhere("rye.example", page(body="<iframe src='https://rye.builder.example/'></iframe>")), "unknown"),
        (everywhere("rye.example", page(body="<object data=menu.pdf></object>")), "unknown"),
        (everywhere("rye.example", page(head="<style>body{background:url(flyer.jpg)}</style>")), "unknown"),
        (everywhere("rye.example", page(body="<iframe src='/_Incapsula_Resource?x'>Request</iframe>")), "unknown"),
    ],
)  # fmt: skip
def test_known_website_gets_its_verdict(answers: dict[str, Any], state: str):
    assert check(answers).state == state


def test_a_working_way_in_counts_whatever_the_others_do():
    assert check({"http://www.rye.example/": GOOD, "https://rye.example/": "refused"}).state == "ok"
    assert check({"https://www.rye.example/": GOOD, "https://rye.example/": "tls"}).state == "ok"


def test_a_site_that_opens_only_without_encryption_is_tls_broken():
    answers = {"https://rye.example/": "tls", "https://www.rye.example/": "tls", "http://rye.example/": GOOD}
    assert check(answers).state == "tls_broken"


def test_address_without_encryption_that_leads_to_a_page_with_it_works():
    moved = {"http://rye.example/": (301, b"", {"location": "https://maplerye.example/"})}
    assert check({"https://rye.example/": "tls", "https://maplerye.example/": GOOD} | moved).state == "ok"


REFRESH = '<meta http-equiv="refresh" content="0; URL={}">'


def test_page_that_only_sends_its_visitors_on_is_followed_once():
    home = page(head=REFRESH.format("/en/"))
    web = Web(everywhere("rye.example", home) | {"https://rye.example/en/": GOOD})
    verdict = check_known_website("https://rye.example", fetcher=web)
    assert (verdict.state, verdict.url) == ("ok", "https://rye.example/en/")
    assert verdict.tries[0].url == "https://rye.example/"
    elsewhere: list[tuple[Any, str]] = [
        (page(head=REFRESH.format("/fr/")), "unknown"),
        (page("This domain is for sale"), "parked"),
        ((403, b"", {}), "unknown"),
        ("timeout", "unknown"),
    ]
    for there, state in elsewhere:
        answers = everywhere("rye.example", home) | {
            f"{scheme}://{www}rye.example/en/": there for scheme in ("https", "http") for www in ("", "www.")
        }
        assert check(answers).state == state


@pytest.mark.parametrize(
    ("target", "state"),
    [("https://www.hugedomains.com/x", "parked"), ("//www.sedoparking.com/x", "parked"),
     ("https://gone.example/", "http_error"), ("/.well-known/sgcaptcha/?r=%2F", "unknown"),
     ("javascript:alert(1)", "unknown"), ("https://[::1", "unknown")],
)  # fmt: skip
def test_page_that_sends_its_visitors_elsewhere_is_judged_by_where(target: str, state: str):
    answers = everywhere("rye.example", page(head=REFRESH.format(target)))
    assert check(answers | {"https://www.hugedomains.com/x": page("Buy")}).state == state


@pytest.mark.parametrize("body", [b"<style>" + b".a{color:red}" * 9_000, b"<title>Maple</title>", b""])
def test_page_of_which_the_rest_was_not_read_is_never_an_empty_one(body: bytes):
    class Cut(Web):
        def fetch(self, url: str) -> Fetched:
            return replace(super().fetch(url), truncated=True)

    for subject in (b"", b"<p>Coming soon", b"<p>This domain is for sale"):
        assert check_known_website(
            "rye.example", fetcher=Cut(everywhere("rye.example", body + subject))
        ).state == ("unknown")
    assert (
        check_known_website("rye.example", fetcher=Cut(everywhere("rye.example", page(LONG)))).state == "ok"
    )


def test_whole_site_is_asked_when_a_deep_link_is_gone():
    answers = everywhere("rye.example", (404, b"", {})) | {
        "https://rye.example/menu": (404, b"", {}), "https://www.rye.example/": GOOD,
    }  # fmt: skip
    assert check(answers, "https://rye.example/menu").state == "ok"


def test_name_is_asked_for_as_browsers_write_it():
    assert check(everywhere("xn--wei-7ka.example", GOOD), "https://weiß.example").state == "ok"
    assert check(everywhere("xn--bcker-gra.example", GOOD), "https://Bäcker.example").state == "ok"


def test_a_site_that_never_offered_encryption_works():
    verdict = check({"https://rye.example/": "refused", "http://rye.example/": GOOD})
    assert (verdict.state, verdict.url) == ("ok", "http://rye.example/")


def test_one_doubt_among_certain_failures_is_doubt():
    assert check({"https://rye.example/": "refused", "http://rye.example/": "timeout"}).state == "unknown"
    assert check({"https://rye.example/": "timeout"}).state == "unknown"  # www does not exist


def test_a_moved_page_on_a_living_site_is_a_site():
    answers = everywhere("rye.example", GOOD) | {"https://rye.example/old": (404, page("Gone"), {})}
    assert check(answers, "https://rye.example/old").state == "ok"


def test_a_site_that_leads_to_a_name_that_is_gone_is_an_error_not_a_dead_name():
    verdict = check(everywhere("rye.example", (301, b"", {"location": "https://gone.example/"})))
    assert verdict.state == "http_error"
    assert "gone.example, which does not exist" in verdict.reason


@pytest.mark.parametrize(
    ("url", "state"),
    [
        ("https://www.facebook.com/mapleandrye", "social_only"),
        ("instagram.com/mapleandrye", "social_only"),
        ("https://www.yelp.com/biz/maple", "directory"),
        ("https://maps.google.com/?cid=1", "directory"),
        ("none", "unknown"),
        ("https://user@rye.example", "unknown"),
    ],
)
def test_some_addresses_are_judged_without_asking(url: str, state: str):
    web = Web({})
    verdict = check_known_website(url, fetcher=web)
    assert (verdict.state, verdict.tries, web.asked) == (state, (), [])


def test_a_page_on_a_host_that_only_looks_social_is_fetched():
    assert check(everywhere("notfacebook.com", GOOD), "http://notfacebook.com").state == "ok"


def test_tries_are_the_evidence():
    verdict = check({"https://rye.example/": "refused", "http://rye.example/": (500, b"", {})})
    assert [(t.url, t.outcome, t.status) for t in verdict.tries] == [
        ("https://rye.example/", "refused", None),
        ("https://www.rye.example/", "nxdomain", None),
        ("http://rye.example/", "http_error", 500),
    ]


def test_a_bot_wall_is_asked_once():
    web = Web(everywhere("rye.example", (403, b"", {})))
    check_known_website("https://rye.example", fetcher=web)
    assert web.asked == ["https://rye.example/"]


def test_silent_site_is_waited_for_twice_and_stays_open():
    web = Web(everywhere("rye.example", "timeout"))
    verdict = check_known_website("https://rye.example", fetcher=web)
    assert web.asked == ["https://rye.example/", "http://www.rye.example/"]
    assert [t.url for t in verdict.tries] == web.asked
    assert (verdict.state, verdict.is_passing) == ("unknown", True)


@pytest.mark.parametrize(
    "way_in", ["https://www.rye.example/", "http://rye.example/", "http://www.rye.example/"]
)
def test_silence_of_one_way_in_does_not_hide_another(way_in: str):
    silent = {"https://rye.example/": "timeout"}
    assert check(silent | {way_in: GOOD}).state == "ok"
    other_name = {"https://www.rye.example/": "timeout", "http://www.rye.example/": GOOD}
    assert check(silent | other_name).state == "ok"  # nothing but the port for TLS is silent


def test_search_ends_when_it_stays_open_whatever_comes():
    answers: dict[str, Any] = {}
    subject = Subject("Maple & Rye Bakery", ("com", "us"), city="Fernhill")
    for domain in suggest_domains(subject):
        answers |= everywhere(domain, "timeout")
    web = Web(answers)
    assert probe_for_website(subject, fetcher=web).state == "unknown"
    assert len(web.asked) == 4


def test_weaknesses_of_a_working_site_are_noted_and_it_stays_a_site():
    verdict = check({"http://rye.example/": b"<font>Since 1979 we have been fixing cars here</font>"})
    assert (verdict.state, verdict.weaknesses) == ("outdated", ("not_mobile", "outdated"))


def test_strongest_verdict_prefers_a_site_then_doubt_then_the_most_telling():
    def verdict(state: Any) -> Verdict:
        return Verdict(state, (), state, "")

    assert strongest_verdict([]) == NO_ADDRESS_KNOWN
    assert strongest_verdict([verdict("dns_dead"), verdict("ok"), verdict("unknown")]).state == "ok"
    assert strongest_verdict([verdict("social_only"), verdict("unknown")]).state == "unknown"
    assert strongest_verdict([verdict("social_only"), verdict("dns_dead")]).state == "dns_dead"


# --- the search -------------------------------------------------------------------------------------------

BAKERY = Subject(
    name="The Maple & Rye Bakery, LLC",
    suffixes=("example",),
    phones=("+18025550116",),
    emails=("bread@gmail.com",),
    street="Church Street",
    housenumber="12",
    city="Alder Falls",
)
DOMAIN = "mapleandryebakery.example"
THEIRS = page("Fresh bread. Call (802) 555-0116.")
ELSEWHERE = page("Fresh bread in Sandy Creek, Idaho. Call (208) 555-0116 for orders.", title="Maple and Rye")


def probe(answers: dict[str, Any], subject: Subject = BAKERY) -> Verdict:
    return probe_for_website(subject, fetcher=Web(answers))


def with_email(address: str) -> Subject:
    return Subject(BAKERY.name, ("example",), BAKERY.phones, (address,), city=BAKERY.city)


def test_names_suggest_domains():
    assert suggest_domains(BAKERY) == (
        "mapleandryebakery.example",
        "maple-and-rye-bakery.example",
        "mapleryebakery.example",
        "themapleandryebakery.example",
        "mapleandryebakeryalderfalls.example",
    )


def test_mail_domains_and_social_pages_suggest_domains_and_freemail_does_not():
    subject = Subject(
        "Ana", ("com",), emails=("ana@ryebread.example", "ana@gmail.com"),
        socials=("https://www.facebook.com/Rye.Bread.VT/", "@ryebreadvt", "https://facebook.com/profile.php?id=1"),
    )  # fmt: skip
    assert suggest_domains(subject) == ("ryebread.example", "ryebreadvt.com")


def test_domains_that_were_judged_already_are_not_asked_again():
    subject = Subject("Maple Rye", ("example",), settled_hosts=frozenset({"www.maplerye.example"}))
    assert suggest_domains(subject) == ("maple-rye.example",)


def test_hosts_of_a_verdict_settle_the_search():
    verdict = check({"https://rye.example/": (500, b"", {})})
    assert hosts_of(verdict) == {"rye.example", "www.rye.example"}
    assert hosts_of(NO_ADDRESS_KNOWN) == frozenset()


@pytest.mark.parametrize(
    ("answers", "state"),
    [
        ({}, "none_known"),
        (everywhere(DOMAIN, THEIRS), "ok"),
        ({f"http://www.{DOMAIN}/": THEIRS}, "ok"),
        (everywhere(DOMAIN, ELSEWHERE), "none_known"),
        (everywhere(DOMAIN, "refused"), "none_known"),
        (everywhere(DOMAIN, page("Buy this domain")), "none_known"),
        (everywhere(DOMAIN, page("Coming soon")), "none_known"),
        (everywhere(DOMAIN, (404, b"", {})), "none_known"),
        (everywhere(DOMAIN, REDIRECT) | FACEBOOK, "none_known"),
        (everywhere(DOMAIN, page("Fresh bread, rolls and cakes baked every day for you.")), "unknown"),
        (everywhere(DOMAIN, page("Bread in Alder Falls. Call (208) 555-0116 for orders.")), "unknown"),
        (everywhere(DOMAIN, page("Maple & Rye Bakery. Call (208) 555-0116 for orders, any day.")), "unknown"),
        (everywhere(DOMAIN, page(body="<iframe src='https://x.example/'></iframe>")), "unknown"),
        (everywhere(DOMAIN, "timeout"), "unknown"),
        (everywhere(DOMAIN, "tls"), "unknown"),
        (everywhere(DOMAIN, "dns"), "unknown"),
        (everywhere(DOMAIN, (403, b"", {})), "unknown"),
        (everywhere(DOMAIN, (500, b"", {})), "unknown"),
        (everywhere(DOMAIN, (503, b"", {})), "unknown"),
        (everywhere(DOMAIN, page(body="<div id=root></div><script src=a.js></script>")), "unknown"),
        (everywhere(DOMAIN, (200, b"", {"content-type": "application/pdf"})), "unknown"),
        (everywhere(DOMAIN, (301, b"", {"location": "https://gone.example/"})), "unknown"),
        (everywhere(DOMAIN, "timeout") | everywhere("mapleryebakery.example", THEIRS), "ok"),
        (everywhere(DOMAIN, ELSEWHERE) | everywhere("mapleryebakery.example", "timeout"), "unknown"),
    ],
)
def test_search_ends_in_a_certain_answer_or_in_doubt(answers: dict[str, Any], state: str):
    assert probe(answers).state == state


@pytest.mark.parametrize(
    ("phone", "shown"),
    [("+37793150000", "93 15 00 00"), ("+4722334455", "22 33 44 55"), ("+35621234567", "2123 4567"),
     ("+376812345", "81 23 45"), ("+390612345678", "06 12345678"), ("+442079460123", "020 7946 0123"),
     ("+4930232125555", "030 / 232 12 55 55")],
)  # fmt: skip
def test_number_is_recognised_as_its_country_writes_it(phone: str, shown: str):
    subject = Subject("Chez Pierre", ("example",), phones=(phone,), city="Monaco")
    theirs = page(f"Cuisine du marché, tous les jours de midi à minuit. Tél. {shown}")
    assert probe(everywhere("chezpierre.example", theirs), subject).state == "ok"
    other = page(f"Cuisine du marché, tous les jours de midi à minuit. Tél. {shown[:-1]}9")
    assert probe(everywhere("chezpierre.example", other), subject).state != "ok"


def test_a_page_seen_at_last_settles_earlier_failures_of_that_domain():
    answers = {
        f"https://{DOMAIN}/": "tls",
        f"https://www.{DOMAIN}/": "timeout",
        f"http://{DOMAIN}/": ELSEWHERE,
    }
    assert probe(answers).state == "none_known"


def test_a_page_at_their_own_mail_domain_is_never_taken_for_somebody_else():
    answers = everywhere("ryebread.example", ELSEWHERE)
    assert probe(answers, with_email("ana@ryebread.example")).state == "unknown"
    assert (
        probe(everywhere("ryebread.example", "refused"), with_email("ana@ryebread.example")).state
        == "none_known"
    )


def test_a_provider_of_free_mail_is_not_asked():
    web = Web({})
    probe_for_website(with_email("ana@yahoo.co.uk"), fetcher=web)
    assert not [url for url in web.asked if "yahoo" in url]


def test_nothing_to_try_is_doubt_not_none():
    assert probe({}, Subject("寿司 さくら", ("example",))).state == "unknown"
    assert probe({}, Subject("Ana", ("example",))).state == "unknown"  # too short to guess at


def test_a_found_site_ends_the_search_with_its_address_and_its_proof():
    verdict = probe(everywhere(DOMAIN, THEIRS))
    assert verdict.url == f"https://{DOMAIN}/"
    assert "+18025550116" in verdict.reason
    assert verdict.tries[-1].outcome == "own_site"


def test_the_reason_counts_what_was_tried():
    assert probe({}).reason == "No site found at 5 likely addresses"


def test_a_search_stays_small():
    web = Web({})
    subject = Subject(
        "A Very Long Name of a Shop", ("com", "net", "example"), city="Alder Falls",
        socials=tuple(f"@handle{n}" for n in range(20)),
    )  # fmt: skip
    probe_for_website(subject, fetcher=web)
    assert len(web.asked) <= 32


def test_suffixes_follow_the_country():
    assert suffixes_for_country("US") == ("com", "net")
    assert suffixes_for_country("GB") == ("com", "co.uk")
    assert suffixes_for_country("mc") == ("com", "mc")
    assert suffixes_for_country("") == ("com",)


def test_names_of_chains_inside_other_words_mean_nothing():
    for name in ("Davis Auto Care", "Flowers by Ana", "Mobile Dog Grooming"):
        assert probe({}, Subject(name, ("example",), city="Alder Falls")).state == "none_known"
        assert plain_words(name).split()[0] in suggest_domains(Subject(name, ("example",)))[0]


@pytest.mark.parametrize(
    ("answer", "is_passing"),
    [("timeout", True), ("dns", True), ("crowded", True), ("protocol", True), ((503, b"", {}), True),
     ((403, b"", {}), False), (page("Just a moment..."), False), ("blocked_address", False)],
)  # fmt: skip
def test_doubt_says_whether_another_day_may_settle_it(answer: Any, is_passing: bool):
    known, found = check(everywhere("rye.example", answer)), probe(everywhere(DOMAIN, answer))
    assert (known.state, known.is_passing) == ("unknown", is_passing)
    assert (found.state, found.is_passing) == ("unknown", is_passing)


def test_doubt_that_stays_is_told_before_one_that_may_pass():
    answers: dict[str, Any] = {"https://rye.example/": "timeout", "https://www.rye.example/": (403, b"", {})}
    verdict = check(answers)
    assert (verdict.is_passing, "robots" in verdict.reason) == (False, True)


def test_timeout_is_named_in_the_evidence():
    verdict = check(everywhere("rye.example", "timeout"))
    assert "did not answer in time" in verdict.reason
    assert {t.outcome for t in verdict.tries} == {"timeout"}


def test_site_that_the_search_finds_is_recorded_as_it_is():
    found = probe(
        everywhere(DOMAIN, b"<font>Fresh bread</font> Call (802) 555-0116 " + b"<center>Flash.swf</center>")
    )
    assert (found.state, found.weaknesses) == ("outdated", ("not_mobile", "outdated"))


def test_strongest_verdict_prefers_any_site_that_works_to_doubt():
    for state in ("ok", "not_mobile", "outdated"):
        doubt, works = Verdict("unknown", (), "", ""), Verdict(state, (), "", "")  # type: ignore[arg-type]
        assert strongest_verdict([doubt, works]) == works
