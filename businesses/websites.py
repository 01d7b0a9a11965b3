"""Finds out whether a business has a website of its own, and keeps what was tried as evidence.

Two questions, each answered with a `Verdict`: does the address that a source names still work
(`check_known_website`), and where no source names one, can one be found (`probe_for_website`)?
A missing tag proves nothing and neither does a failed look: whatever is not settled is "unknown", and
unknown is never a lead. Time-outs, bot walls and servers that are busy settle nothing.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal
from urllib.parse import SplitResult

from businesses.asking import Outcome, Try, ask
from businesses.contacts import domain_of_email, is_freemail
from businesses.pages import (
    Page,
    Signs,
    match_page,
    names_somebody_else,
    plain_name,
    plain_words,
    weaknesses_of_page,
)
from businesses.webhosts import (
    host_of,
    is_directory_host,
    is_platform_host,
    is_social_host,
    registrable_domain,
    split_web_address,
)
from pipeline.http import Fetcher

type WebsiteState = Literal[
    "none_known",  # no source names an address; only after a probe: none was found either
    "social_only",  # the address is a page on a social network
    "directory",  # the address is an entry in somebody's directory
    "dns_dead",  # the name does not exist any more
    "parked",  # the name is for sale or shows a parking page
    "tls_broken",  # browsers warn before they show it
    "http_error",  # it answers with an error, or nothing listens
    "empty",  # a blank page, a server's default page, "under construction"
    "ok",  # it works
    "not_mobile",  # it works, and is not made for phones
    "outdated",  # it works, and shows its age in two ways or more
    "unknown",  # not settled
]
# A site that does not serve its owner; each is certain, so each can be said to the owner.
BROKEN_STATES: Final[frozenset[WebsiteState]] = frozenset(
    {"dns_dead", "parked", "tls_broken", "http_error", "empty"}
)
# A site that serves its owner, however poorly. None of them is a lead: our mail says that there is no usable
# website, and of a site that opens and can be read, that would be untrue.
WORKING_STATES: Final[frozenset[WebsiteState]] = frozenset({"ok", "not_mobile", "outdated"})
# Tomorrow may tell more; a wall against robots and a page that needs scripts will be there tomorrow, too.
_PASSING: Final[frozenset[Outcome]] = frozenset({"busy", "timeout", "unreachable"})
# Of the ways into one site, and of all those that a search tries: each may take seconds, and more of them would not
# make the answer any other than "unknown".
MOST_TIMEOUTS: Final = 2
MOST_TIMEOUTS_OF_SEARCH: Final = 4
_UNSETTLED: Final[frozenset[Outcome]] = _PASSING | {"blocked", "unsettled"}
_FINAL: Final[dict[Outcome, WebsiteState]] = {
    "works": "ok", "social": "social_only", "directory": "directory", "parked": "parked", "empty": "empty",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Verdict:
    """url is the address judged or found. reason is one sentence for people.

    weaknesses ("not_mobile", "outdated") belong to a site that works: worth knowing, never a lead. is_passing:
    "unknown" for a cause that passes, such as a server that is busy, so that a look on another day may settle it.
    """

    state: WebsiteState
    tries: tuple[Try, ...]
    url: str
    reason: str
    weaknesses: tuple[str, ...] = ()
    is_passing: bool = False


NO_ADDRESS_KNOWN: Final = Verdict("none_known", (), "", "No source names a website")


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose website is looked for. phones are E.164, emails plain addresses, socials links or handles.

    suffixes are the top-level names to try. settled_hosts were judged already and are not asked again.
    """

    name: str
    suffixes: tuple[str, ...]
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    socials: tuple[str, ...] = ()
    street: str = ""
    housenumber: str = ""
    city: str = ""
    settled_hosts: frozenset[str] = frozenset()


def suffixes_for_country(country: str) -> tuple[str, ...]:
    """The top-level names under which a business of that country (ISO2) most likely has its site."""
    local = {"GB": "co.uk", "AU": "com.au", "NZ": "co.nz", "ZA": "co.za", "BR": "com.br", "US": "net"}
    code = country.upper()
    return ("com", local.get(code, code.lower())) if len(code) == 2 else ("com",)


# --- an address that a source names -----------------------------------------------------------------------


def check_known_website(url: str, *, fetcher: Fetcher) -> Verdict:
    """Judge one address: https before http, with and without www, until one way in settles it."""
    parts = split_web_address(url)
    if parts is None:
        return Verdict("unknown", (), url, f"{url[:80]!r} is not a web address")
    if is_social_host(parts.netloc):
        return Verdict("social_only", (), url, f"The only address is a page on {parts.netloc}")
    if is_directory_host(parts.netloc):
        return Verdict("directory", (), url, f"The only address is an entry on {parts.netloc}")
    host, target = parts.netloc, _target(parts)
    tries, page = _walk(_ways_in(host, target), fetcher)
    if target != "/" and any(t.outcome in {"not_found", "http_error"} for t in tries):
        # The page may have moved while the site is alive.
        more, page = _walk(_ways_in(host, "/"), fetcher)
        tries += more
    if tries[-1].outcome in _FINAL:
        return _settled(tries, page)
    return _unanswered(tuple(tries), host, url)


def first_way_in(url: str) -> str:
    """The first address that `check_known_website` asks to judge `url`; "" where it asks none."""
    parts = split_web_address(url)
    if parts is None or is_platform_host(parts.netloc):
        return ""
    return _ways_in(parts.netloc, _target(parts))[0]


def _target(parts: SplitResult) -> str:
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _ways_in(host: str, target: str) -> list[str]:
    other = host.removeprefix("www.") if host.startswith("www.") else f"www.{host}"
    return [f"{scheme}://{name}{target}" for scheme in ("https", "http") for name in (host, other)]


def _walk(addresses: Iterable[str], fetcher: Fetcher) -> tuple[list[Try], Page | None]:
    """Ask one after the other until a page or a closed door shows; the last try is that one.

    A host whose name does not exist on https is not asked again on http. A silent one is not waited for four times:
    after a time-out the way that has least in common with it comes next, and MOST_TIMEOUTS of them leave it open.
    """
    tries: list[Try] = []
    missing: set[str] = set()
    left = list(addresses)
    while left and _count_timeouts(tries) < MOST_TIMEOUTS:
        address = left.pop(0)
        if host_of(address) in missing:
            continue
        attempt, page = ask(address, fetcher=fetcher)
        tries.append(attempt)
        if attempt.outcome == "nxdomain":
            missing.add(host_of(address))
        elif attempt.outcome == "timeout":
            left.sort(key=partial(_in_common, address))
        elif attempt.status is not None and attempt.outcome not in {"not_found", "http_error"}:
            return tries, page
    return tries, None


def _count_timeouts(tries: Iterable[Try]) -> int:
    return sum(attempt.outcome == "timeout" for attempt in tries)


def _in_common(one: str, other: str) -> int:
    return (host_of(one) == host_of(other)) + (one.partition(":")[0] == other.partition(":")[0])


def _settled(tries: list[Try], page: Page | None) -> Verdict:
    attempt, evidence = tries[-1], tuple(tries)
    state = _FINAL[attempt.outcome]
    if state != "ok":
        return Verdict(state, evidence, attempt.url, attempt.detail)
    if attempt.final_url.startswith("http:") and any(t.outcome == "tls" for t in tries):
        return Verdict("tls_broken", evidence, attempt.url, "It opens only where no certificate is asked for")
    weaknesses = _weaknesses(attempt, page)
    how = _WEAK_WORDS[_working_state(weaknesses)]
    return Verdict(
        _working_state(weaknesses), evidence, attempt.final_url, f"{how}: {attempt.detail}", weaknesses
    )


_WEAK_WORDS: Final[dict[WebsiteState, str]] = {
    "ok": "The site works", "not_mobile": "The site works, though not on phones",
    "outdated": "The site works, though it is out of date",
}  # fmt: skip


def _weaknesses(attempt: Try, page: Page | None) -> tuple[str, ...]:
    return weaknesses_of_page(page, is_https=attempt.final_url.startswith("https:")) if page else ()


def _working_state(weaknesses: tuple[str, ...]) -> WebsiteState:
    return "outdated" if "outdated" in weaknesses else "not_mobile" if "not_mobile" in weaknesses else "ok"


def _unanswered(tries: tuple[Try, ...], host: str, url: str) -> Verdict:
    """No way in led to a page: certain only where every try was."""
    unsettled = [t for t in tries if t.outcome in _UNSETTLED]
    outcomes = {t.outcome for t in tries}
    if unsettled:
        return _open_question(tries, unsettled, url)
    if outcomes == {"nxdomain"}:
        return Verdict("dns_dead", tries, url, f"The name {host} does not exist any more")
    if "tls" in outcomes:
        return Verdict(
            "tls_broken", tries, url, "Browsers refuse its certificate and it does not open without"
        )
    worst = next(t for t in tries if t.outcome != "nxdomain")
    return Verdict("http_error", tries, url, worst.detail)


def _open_question(tries: tuple[Try, ...], doubts: list[Try], url: str) -> Verdict:
    """Unknown, with the doubt that stays before those that may pass."""
    telling = next((t for t in doubts if t.outcome not in _PASSING), doubts[0])
    reason = f"Not settled: {telling.detail}"
    return Verdict("unknown", tries, url, reason, is_passing=telling.outcome in _PASSING)


def strongest_verdict(verdicts: Iterable[Verdict]) -> Verdict:
    """The one that counts where sources name several addresses: a working site, then doubt, then the most
    telling failure. Without any address: NO_ADDRESS_KNOWN."""
    order: tuple[WebsiteState, ...] = (
        "ok", "not_mobile", "outdated", "unknown",
        "tls_broken", "http_error", "empty", "parked", "dns_dead", "social_only", "directory",
        "none_known",
    )  # fmt: skip
    return min(verdicts, key=lambda verdict: order.index(verdict.state), default=NO_ADDRESS_KNOWN)


def hosts_of(verdict: Verdict) -> frozenset[str]:
    """Every host that a verdict has settled, for `Subject.settled_hosts`."""
    addresses = (verdict.url, *(attempt.url for attempt in verdict.tries))
    parts = [split_web_address(address) for address in addresses if address]
    return frozenset(part.netloc for part in parts if part)


# --- no address is known -----------------------------------------------------------------------------------


def probe_for_website(subject: Subject, *, fetcher: Fetcher) -> Verdict:
    """Look for a site at the domains that the name, the e-mail address and the social pages suggest.

    A working state with its url: a page was found that is this business's own. "none_known": every suggestion is
    clearly not its site. "unknown": at least one could not be settled, or there was nothing to try.
    """
    tries: list[Try] = []
    doubts: list[Try] = []
    mail_domains = _mail_domains(subject)
    for domain in suggest_domains(subject):
        asked, page = _walk(_ways_in(domain, "/"), fetcher)
        if asked[-1].outcome == "works":
            asked[-1] = _compare(asked[-1], page, subject, is_theirs=domain in mail_domains)
        tries += asked
        if asked[-1].outcome == "own_site":
            weaknesses = _weaknesses(asked[-1], page)
            reason = f"Found a site: {asked[-1].detail}"
            return Verdict(_working_state(weaknesses), tuple(tries), asked[-1].final_url, reason, weaknesses)
        doubts += _doubts(asked)
        if _count_timeouts(doubts) >= MOST_TIMEOUTS_OF_SEARCH:
            break  # it stays open whatever the others say
    if not tries:
        return Verdict("unknown", (), "", "Nothing in the record suggests where a website could be")
    if doubts:
        return _open_question(tuple(tries), doubts, doubts[0].url)
    domains = len({registrable_domain(host_of(t.url)) for t in tries})
    return Verdict("none_known", tuple(tries), "", f"No site found at {_counted(domains, 'likely address')}")


def _doubts(asked: list[Try]) -> list[Try]:
    """The tries that leave a suggested domain open: it may hold their site, and nobody could look.

    An error page counts: something stands there. Once a page was seen, earlier failures do not matter.
    """
    last = asked[-1]
    if last.outcome in {"parked", "empty", "social", "directory", "somebody_else"}:
        return []
    return [t for t in asked if t.outcome not in {"nxdomain", "refused", "not_found"}]


def _compare(attempt: Try, page: Page | None, subject: Subject, *, is_theirs: bool) -> Try:
    signs = _signs(subject)
    if page is None:
        return _changed(
            attempt, "unsettled", f"{host_of(attempt.url)} answers with something that is no page"
        )
    if found := match_page(page, signs):
        return _changed(attempt, "own_site", found)
    if not is_theirs and names_somebody_else(page, signs):
        return _changed(attempt, "somebody_else", f"{host_of(attempt.url)} belongs to a business elsewhere")
    return _changed(
        attempt, "unsettled", f"{host_of(attempt.url)} shows a page that may or may not be theirs"
    )


def suggest_domains(subject: Subject) -> tuple[str, ...]:
    """The mail domain first, then names with the suffixes, at most 16; none that was judged already."""
    settled = {registrable_domain(host) for host in subject.settled_hosts}
    found = dict.fromkeys(_mail_domains(subject))
    for suffix in subject.suffixes:
        for label in (*_labels_of_socials(subject.socials), *_labels_of_name(subject.name, subject.city)):
            found[f"{label}.{suffix}"] = None
    return tuple(domain for domain in found if registrable_domain(domain) not in settled)[:16]


def _mail_domains(subject: Subject) -> tuple[str, ...]:
    domains = dict.fromkeys(domain_of_email(address) for address in subject.emails)
    return tuple(d for d in domains if not is_freemail(d) and not is_platform_host(d))


def _labels_of_name(name: str, city: str) -> tuple[str, ...]:
    words = [word for word in plain_words(name).split() if word.isascii()]
    without_the = plain_name(" ".join(words)).split()
    with_the = ["the", *without_the] if len(words) > 1 and words[0] == "the" else without_the
    without_and = [word for word in without_the if word not in {"and", "n"}]
    town = "".join(word for word in plain_words(city).split() if word.isascii())
    variants = [
        "".join(without_the),
        "-".join(without_the),
        "".join(without_and),
        "".join(with_the),
        "".join(without_the) + town,
    ]
    return tuple(dict.fromkeys(label for label in variants if 4 <= len(label) <= 63))


def _labels_of_socials(socials: tuple[str, ...]) -> tuple[str, ...]:
    """A page at facebook.com/BirchAndBarrel suggests birchandbarrel; numbered pages suggest nothing."""
    labels = []
    for social in socials:
        handle = social.strip().split("?")[0].rstrip("/").rpartition("/")[2].lstrip("@").lower()
        label = re.sub(r"[._]", "", handle)
        if re.fullmatch(r"[a-z][a-z0-9-]{3,40}", label) and not label.endswith("php"):
            labels.append(label)
    return tuple(labels)


def _signs(subject: Subject) -> Signs:
    return Signs(
        subject.name, subject.phones, subject.emails, subject.street, subject.housenumber, subject.city
    )


def _changed(attempt: Try, outcome: Outcome, detail: str) -> Try:
    return Try(attempt.url, outcome, attempt.status, attempt.final_url, detail)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}es"
