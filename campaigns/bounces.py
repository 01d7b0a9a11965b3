"""Bounces and complaints: where they come back to, what they say, and whose fault they tell of.

What they claim about a mail is one thing, that they are about a mail of ours is another: matching.py decides that.
"""

import base64
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.message import Message as ParsedMail
from typing import Final

from businesses.contacts import normalise_email
from campaigns.incoming import Incoming, header_of, ids_in, parts_of, text_of
from campaigns.models import Mailbox, Message
from pipeline import tokens
from pipeline.errors import BadData

FAILED: Final = "failed"
DELAYED: Final = "delayed"
DELIVERED: Final = "delivered"
_ACTIONS: Final = {
    "failed": FAILED, "delayed": DELAYED, "delivered": DELIVERED, "relayed": DELIVERED, "expanded": DELIVERED,
}  # fmt: skip
_READ: Final = 40_000  # characters of one part

# --------------------------------------------------------------------------- the address that bounces come to
_TOKEN_LENGTH: Final = 34  # 21 bytes in base32, without padding
_TOKEN: Final = re.compile(rf"[^@+]*\+([a-z2-7]{{{_TOKEN_LENGTH}}})@")


def envelope_sender(message: Message, mailbox: Mailbox) -> str:
    """Return where bounces of a stored mail go: the mailbox's bounce address with a token of this mail before the @.

    "" where the mailbox has no such address. Raises BadData for one that leaves no room for the token.
    """
    if not mailbox.bounce_address:
        return ""
    return address_with_token(mailbox.bounce_address, message)


def address_with_token(address: str, message: Message) -> str:
    """Return `address` with +TOKEN before the @; it reads the same where a server changes the case of its letters."""
    local, _, domain = address.rpartition("@")
    signed = base64.urlsafe_b64decode(tokens.make_token("bounce", message.pk))
    token = base64.b32encode(signed).decode().rstrip("=").lower()
    if len(local) + 1 + len(token) > 64:
        raise BadData(
            f"{address} is too long: +TOKEN needs {_TOKEN_LENGTH + 1} of the 64 characters before the @"
        )
    return f"{local}+{token}@{domain}"


def message_of_address(address: str) -> int | None:
    """Return the id of the mail whose token an address carries; None for every address without a token of ours."""
    found = _TOKEN.match(address.lower())
    if found is None:
        return None
    signed = base64.b32decode(found[1].upper() + "=" * (-_TOKEN_LENGTH % 8))
    read = tokens.read_token("bounce", base64.urlsafe_b64encode(signed).decode())
    return read[0] if read else None


# ------------------------------------------------------------------------------------------ what a bounce says
@dataclass(frozen=True, slots=True)
class Bounce:
    """`action` is FAILED, DELAYED or DELIVERED; `status` as 5.1.1, "" where none is named; `recipients` are the
    addresses it is about; `returned_ids` the ids, without brackets, of the mail that it returns."""

    action: str
    status: str
    diagnostic: str
    recipients: tuple[str, ...]
    returned_ids: tuple[str, ...]

    @property
    def verdict(self) -> Message.Bounce:
        """Whose fault a failure is, by its codes and words."""
        return verdict_of(self.status, self.diagnostic)


@dataclass(frozen=True, slots=True)
class Complaint:
    """Somebody pressed "this is spam": ARF, RFC 5965."""

    feedback_type: str
    recipients: tuple[str, ...]
    returned_ids: tuple[str, ...]


_DAEMON: Final = re.compile(
    r"(mailer-daemon|postmaster|mail-daemon|mdaemon|mailerdaemon|mailsystem|bounce[^@]*)@"
)
_BOUNCE_SUBJECT: Final = re.compile(
    r"undeliver|delivery (?:status|fail|has failed|problem|delayed|error)|returned mail|return(?:ed)? to sender|"
    r"mail (?:delivery|system|could not)|failure notice|could not be delivered|not delivered|"
    r"unzustellbar|nicht zugestellt|nicht zustellbar|zustellung",
    re.IGNORECASE,
)


def read_bounce(mail: Incoming) -> Bounce | None:
    """Return what a bounce says, in the form of RFC 3464 or any that is known; None for what is no bounce."""
    report = _first(mail.parsed, "message/delivery-status")
    if report is not None and (bounce := _from_report(report, mail)) is not None:
        return bounce
    if not _looks_like_bounce(mail):
        return None
    return _from_words(mail)


def read_complaint(mail: Incoming) -> Complaint | None:
    """Return what a complaint says; None for what is none."""
    report = _first(mail.parsed, "message/feedback-report")
    if report is None:
        return None
    fields = _fields(report)
    kind = header_of(fields, "Feedback-Type").lower()
    if kind == "not-spam":
        return None
    named = [header_of(fields, name) for name in ("Original-Rcpt-To", "Removal-Recipient")]
    return Complaint(kind[:40], _plain(named), _returned_ids(mail))


def _from_report(report: ParsedMail, mail: Incoming) -> Bounce | None:
    inner = report.get_payload()
    groups = [each for each in inner if isinstance(each, ParsedMail)][:50] if isinstance(inner, list) else []
    told = [group for group in groups if group["Action"] or group["Final-Recipient"] or group["Status"]]
    if not told:
        return None
    action_of = {id(group): _ACTIONS.get(header_of(group, "Action").lower(), FAILED) for group in told}
    worst = min(told, key=lambda group: (FAILED, DELAYED, DELIVERED).index(action_of[id(group)]))
    diagnostic = header_of(worst, "Diagnostic-Code").partition(";")[2].strip() or header_of(
        worst, "Diagnostic-Code"
    )
    status = _ENHANCED.search(header_of(worst, "Status"))
    named = (header_of(worst, name).rpartition(";")[2] for name in ("Original-Recipient", "Final-Recipient"))
    return Bounce(
        action=action_of[id(worst)],
        status=_better_status(status[0] if status else "", diagnostic),
        diagnostic=diagnostic[:500],
        recipients=_plain(named),
        returned_ids=_returned_ids(mail),
    )


def _looks_like_bounce(mail: Incoming) -> bool:
    is_report = mail.parsed.get_param("report-type") == "delivery-status"
    from_daemon = bool(_DAEMON.match(mail.sender))
    told = bool(_BOUNCE_SUBJECT.search(mail.subject))
    return is_report or (from_daemon and told) or (mail.is_from_nobody and told and not mail.answered_ids) or (
        from_daemon and mail.is_from_nobody
    )  # fmt: skip


def _from_words(mail: Incoming) -> Bounce | None:
    """Read a bounce that is no report, as servers of their own ways write them."""
    words = mail.text[:_READ]
    ids = _returned_ids(mail)
    status = _better_status("", words)
    if not (ids or status or _BOUNCE_SUBJECT.search(mail.subject)):
        return None
    return Bounce(
        action=DELAYED if _PASSES.search(words) else FAILED,
        status=status,
        diagnostic=_telling_line(words),
        recipients=_plain(mail.header("X-Failed-Recipients").split(",")),
        returned_ids=ids,
    )


# --------------------------------------------------------------------------------------------- whose fault it is
_ENHANCED: Final = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
_CODE: Final = re.compile(r"(?:^|[\s(;:#])([45])\d\d[\s\-#]")
_GONE: Final = re.compile(
    r"user (?:is )?unknown|unknown (?:user|recipient|address|local part|mailbox)|unbekannt|existiert nicht|"
    r"no such (?:user|recipient|mailbox|person|address|domain)|does(?:n['’]t| not) (?:exist|have an account)|"
    r"(?:mailbox|address|recipient|account|user) (?:was |is )?"
    r"(?:not found|unavailable|disabled|inactive|closed|invalid|no longer)|"
    r"invalid (?:recipient|mailbox|address)|no mailbox|not a valid (?:user|mailbox|recipient)|"
    r"(?:address|recipient) rejected|(?:host|domain)(?: name)? not found|null ?mx|unrouteable|"
    r"has been (?:disabled|discontinued|closed)|no longer (?:exists?|valid|in use|available|active)|"
    r"nicht (?:gefunden|bekannt|vorhanden)",
    re.IGNORECASE,
)
_REFUSED: Final = re.compile(
    r"\bspam|blocked|block ?list|black ?list|\bpolicy\b|reputation|dmarc|\bspf\b|dkim|\brbl\b|spamhaus|barracuda|"
    r"not (?:allowed|authori[sz]ed|permitted)|content rejected|unsolicited|access denied|blockiert|abgelehnt",
    re.IGNORECASE,
)
_FULL: Final = re.compile(
    r"(?:mailbox|quota|inbox|storage|postfach)[^.]{0,40}(?:full|exceed|voll|überschritten)|over ?quota|4\.2\.2|5\.2\.2|"
    r"too large|message size|try (?:again )?later|temporar|greylist|rate limit|too many",
    re.IGNORECASE,
)
_PASSES: Final = re.compile(
    r"warning message only|still trying|will (?:be retried|keep trying|continue to try|try again)|has been delayed|"
    r"you do not need to resend|no action is required|not yet been delivered|delivery.{0,20}delayed|"
    r"wird weiter versucht",
    re.IGNORECASE,
)
# What these say of the recipient's box holds for good.
_HARD: Final = frozenset("5.1.0 5.1.1 5.1.2 5.1.3 5.1.4 5.1.6 5.1.10 5.2.1 5.4.4 5.4.310".split())
_OUR_ADDRESS: Final = frozenset({"5.1.7", "5.1.8"})  # the sender's address is what they refuse


def verdict_of(status: str, diagnostic: str) -> Message.Bounce:
    """Tell hard (the box does not exist), soft (not now) or policy (they refuse us) by a code such as 5.1.1 and by
    the words beside it, where the code is general or missing."""
    if status.startswith("4.") or status == "5.2.2":
        return Message.Bounce.SOFT
    if status.startswith("5.7.") or status in _OUR_ADDRESS:
        return Message.Bounce.POLICY
    if status in _HARD:
        return Message.Bounce.HARD
    if _FULL.search(diagnostic):
        return Message.Bounce.SOFT
    if _GONE.search(diagnostic):
        return Message.Bounce.HARD
    if _REFUSED.search(diagnostic):
        return Message.Bounce.POLICY
    return Message.Bounce.SOFT


def _better_status(status: str, words: str) -> str:
    """Return the named code, or a more telling one of the other server's own words."""
    if status and not status.endswith(".0.0") and status not in ("5.0.0", "5.1.0"):
        return status
    named = [
        code for code in _ENHANCED.findall(words[:_READ]) if code[0] in "45" and not code.endswith(".0.0")
    ]
    if named:
        return str(named[-1]) if status == "" else str(named[0])
    if status:
        return status
    code = _CODE.search(f" {words[:_READ]}")
    return f"{code[1]}.0.0" if code else ""


def _telling_line(words: str) -> str:
    """Return the line that says why, for people."""
    lines = [" ".join(line.split()) for line in words.split("\n")]
    for pattern in (_ENHANCED, _GONE, _FULL, _REFUSED, _CODE):
        for line in lines:
            if pattern.search(f" {line} "):
                return line[:500]
    return ""


# ------------------------------------------------------------------------------------------------ their parts
_ID_LINE: Final = re.compile(
    r"^[>\s]{0,10}message-id:\s{0,5}(<[^<>\s]{3,400}>)", re.IGNORECASE | re.MULTILINE
)


def _first(message: ParsedMail, content_type: str) -> ParsedMail | None:
    return next((part for part in parts_of(message) if part.get_content_type() == content_type), None)


def _fields(report: ParsedMail) -> ParsedMail:
    """Return the fields of a feedback report, however the parser took its part."""
    inner = report.get_payload()
    if isinstance(inner, list) and inner and isinstance(inner[0], ParsedMail):
        return inner[0]
    found = ParsedMail()
    for line in text_of(report).split("\n")[:100]:
        name, colon, value = line.partition(":")
        if colon and re.fullmatch(r"[A-Za-z-]{1,60}", name):
            found[name] = value.strip()
    return found


def _returned_ids(mail: Incoming) -> tuple[str, ...]:
    """Return the Message-IDs of what is returned: attached mails, attached headers, copies within the text."""
    found: list[str] = []
    for part in parts_of(mail.parsed):
        for attached in _attached(part):
            found += ids_in(header_of(attached, "Message-ID"))
        if part.get_content_maintype() == "text":
            for named in _ID_LINE.findall(text_of(part)[:_READ]):
                found += ids_in(named)
    return tuple(dict.fromkeys(found))[:20]


def _attached(part: ParsedMail) -> Iterator[ParsedMail]:
    inner = part.get_payload()
    if part.get_content_type() in ("message/rfc822", "message/global") and isinstance(inner, list):
        yield from (each for each in inner[:3] if isinstance(each, ParsedMail))


def _plain(named: Iterable[str]) -> tuple[str, ...]:
    texts = [each.strip().strip("<>") for each in named]
    return tuple(dict.fromkeys(plain for text in texts if (plain := normalise_email(text))))[:20]
