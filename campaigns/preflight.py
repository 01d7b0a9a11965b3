"""The last look at a mail before it may be approved: what its readers or their filters would hold against it.

Errors keep a mail from being approved at all, warnings leave it to a person, notes are only shown.
"""

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from campaigns.composing import HTML_LIMIT
from campaigns.mail_words import MAIL_WORDS
from campaigns.spam_scores import SpamScore

Severity = Literal["error", "warning", "note"]
MOST_LINKS: Final = 6
LONG_SUBJECT: Final = 70
MOST_SPAM: Final = 1.0  # points; a filter's usual limit is 5

_PLACEHOLDER: Final = re.compile(
    r"\{\{?[^{}\n]{0,40}\}?\}|\[(?:name|company|city|firma|vorname)\]|\b(?:TODO|XXX|lorem ipsum)\b",
    re.IGNORECASE,
)
# Each of these is a lie of ours, or pressure: the first kind claims that somebody wrote to us or ordered something.
_UNTRUE: Final = {
    "claims an earlier contact": r"as (?:we )?discussed|as promised|following up on our (?:call|talk|chat)|thank you "
    r"for your (?:interest|order|reply|message|call)|your (?:order|request|inquiry|enquiry)|nice talking|"
    r"wie besprochen|wie vereinbart|wie versprochen|(?:vielen )?dank für (?:ihr|ihre|das|die) (?:interesse|anfrage|"
    r"antwort|bestellung|gespräch|nachricht)|ihre (?:bestellung|anfrage)|auf ihren wunsch",
    "presses the reader": r"urgent|last chance|only today|today only|act now|limited (?:time|offer)|before it'?s too "
    r"late|expires (?:soon|today)|final notice|dringend|letzte chance|nur heute|jetzt handeln|nur (?:noch )?(?:kurze|"
    r"wenige)|solange der vorrat|letzte mahnung",
    "promises too much": r"guarantee|100 ?%|risk[- ]free|no obligation|winner|congratulations|number one|best price|"
    r"free!|garantier|risikofrei|völlig kostenlos|glückwunsch|nummer eins|bestpreis|gratis!",
    "makes the reader feel guilty": r"you (?:have not|haven't|never) (?:replied|answered|responded)|still waiting "
    r"for your|sie haben (?:noch )?nicht (?:geantwortet|reagiert)|warten (?:noch )?auf ihre antwort",
}
_UNTRUE_PATTERNS: Final = {
    why: re.compile(rf"\b(?:{words})", re.IGNORECASE) for why, words in _UNTRUE.items()
}
_SPAMMY: Final = re.compile(
    r"\b(?:click here|buy now|cash|earn money|double your|cheap|bargain|discount|free|klicken sie hier|jetzt kaufen|"
    r"billig|schnäppchen|rabatt|geld verdienen|kostenlos|gratis)\b",
    re.IGNORECASE,
)
_ANSWER: Final = re.compile(r"\s*(re|fwd?|aw|wg|tr)\s*:", re.IGNORECASE)
_CAPS: Final = re.compile(r"\b[A-ZÄÖÜ]{4,}(?:\s+[A-ZÄÖÜ]{4,})+\b")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found; `text` is a sentence for staff."""

    code: str
    severity: Severity
    text: str


@dataclass(frozen=True, slots=True)
class Expected:
    """What a mail must hold. `words`: the letter's own paragraphs; `ours`: hosts that it may link to; `names`: what the
    business and we are called, which may be written in capitals."""

    step: int
    language: str
    agency_name: str
    agency_address: str
    recipient: str
    source: str
    unsubscribe: str
    price: str
    words: tuple[str, ...]
    ours: frozenset[str]
    names: tuple[str, ...] = ()


class _Html(HTMLParser):
    """The links, pictures and visible text of an HTML part."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.alts: list[str | None] = []
        self.words: list[str] = []
        self._hidden = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "a" and found.get("href"):
            self.links.append(found["href"] or "")
        elif tag == "img":
            self.alts.append(found.get("alt") if "alt" in found else None)
        self._hidden += tag in {"style", "title"}

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in {"style", "title"}

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)

    @property
    def text(self) -> str:
        return _flat(" ".join(self.words))


def look_at(body: bytes, expected: Expected) -> list[Finding]:
    """Return what is wrong with a frozen mail, the worst first."""
    mail = message_from_bytes(body, policy=default)
    parts = {kind: mail.get_body((kind,)) for kind in ("plain", "html")}
    plain = parts["plain"].get_content() if parts["plain"] else ""
    html = parts["html"].get_content() if parts["html"] else ""
    page = _Html(html)
    subject = str(mail["Subject"] or "")
    found = [
        *_structure(mail, html, page, expected),
        *_must_be_there({"text": _flat(plain), "HTML": page.text}, {"text": plain, "HTML": html}, expected),
        *_words(subject, expected),
    ]
    order: dict[str, int] = {"error": 0, "warning": 1, "note": 2}
    return sorted(found, key=lambda finding: order[finding.severity])


def report_of(findings: Iterable[Finding], spam: SpamScore | None, *, note: str = "") -> dict[str, Any]:
    """Return what is kept with the mail. Without a spam filter its score is not known."""
    return {
        "findings": [asdict(finding) for finding in findings],
        "spam": asdict(spam) | {"added_by_pixel": spam.added_by_pixel} if spam else None,
        "note": note,
    }


def spam_findings(spam: SpamScore | None) -> list[Finding]:
    """Return what a filter's score means for the mail."""
    if spam is None:
        return []
    found = []
    if spam.score > MOST_SPAM:
        found.append(
            Finding("spam", "warning", f"SpamAssassin gives it {spam.score} points: {', '.join(spam.rules)}")
        )
    if spam.added_by_pixel > 0:
        found.append(Finding("pixel", "note", f"The pixel costs {spam.added_by_pixel} points of spam"))
    return found


def errors_of(report: dict[str, Any]) -> list[str]:
    """Return why the mail with this report may not be approved."""
    return [each["text"] for each in report.get("findings", []) if each["severity"] == "error"]


def reason_to_ask(report: dict[str, Any]) -> str:
    """Return why a person should look at the mail with this report, "" where none need."""
    found = [each["text"] for each in report.get("findings", []) if each["severity"] != "note"]
    return "; ".join(found)[:300]


def _structure(mail: EmailMessage, html: str, page: _Html, expected: Expected) -> Iterable[Finding]:
    if (size := len(html.encode())) >= HTML_LIMIT:
        yield Finding(
            "size", "error", f"The HTML has {size:,} bytes; mail readers cut it off at {HTML_LIMIT:,}"
        )
    if mail["List-Unsubscribe-Post"] is None or expected.unsubscribe not in str(
        mail["List-Unsubscribe"] or ""
    ):
        yield Finding("one-click", "error", "The headers offer no one-click way to unsubscribe")
    if any(alt is None for alt in page.alts):
        yield Finding("alt", "error", "A picture has no text in its place")
    foreign = sorted({host for link in page.links if (host := _host(link)) not in expected.ours})
    if foreign:
        yield Finding("link", "error", f"It links to {', '.join(foreign)}, which is not ours")
    if len(set(page.links)) > MOST_LINKS:
        yield Finding(
            "links",
            "warning",
            f"It has {len(set(page.links))} links; more than {MOST_LINKS} look like an advert",
        )


def _must_be_there(texts: dict[str, str], raw: dict[str, str], expected: Expected) -> Iterable[Finding]:
    needed = {
        "our name": expected.agency_name,
        "our postal address": expected.agency_address,
        "the recipient's address": expected.recipient,
        "where the address was found": expected.source,
        "the price": expected.price,
        "the word that ends our mails": MAIL_WORDS[expected.language]["no"],
    } | {f"paragraph {number}": text for number, text in enumerate(expected.words, start=1)}
    for part, text in texts.items():
        missing = [label for label, value in needed.items() if value and _flat(value) not in text]
        if expected.unsubscribe not in raw[part]:
            missing.append("the link to unsubscribe")
        if missing:
            yield Finding("missing", "error", f"The {part} part lacks {', '.join(missing)}")


def _words(subject: str, expected: Expected) -> Iterable[Finding]:
    bare = " ".join([subject, *expected.words])
    for name in filter(None, expected.names):
        bare = bare.replace(name, " ")
    if found := _PLACEHOLDER.search(bare):
        yield Finding("placeholder", "error", f"{found[0][:40]!r} was not filled in")
    if _ANSWER.match(subject):
        yield Finding(
            "false answer", "error", "The subject looks like an answer, and nobody has written to us"
        )
    for why, pattern in _UNTRUE_PATTERNS.items():
        if match := pattern.search(bare):
            yield Finding("untrue", "error", f"{match[0]!r} {why}")
    if len(subject) > LONG_SUBJECT:
        yield Finding(
            "subject", "warning", f"The subject has {len(subject)} characters; phones show about 40"
        )
    if _CAPS.search(bare):
        yield Finding("capitals", "warning", "Words in capitals shout")
    if "!" in bare.replace("Guten Tag!", ""):
        yield Finding("exclamation", "warning", "An exclamation mark looks like an advert")
    if spammy := sorted({match.lower() for match in _SPAMMY.findall(bare)}):
        yield Finding("spammy", "warning", f"Filters do not like {', '.join(spammy)}")


def _host(link: str) -> str:
    try:
        return (urlsplit(link).hostname or "").lower()
    except ValueError:
        return link[:60]


def _flat(text: str) -> str:
    return " ".join(text.split())
