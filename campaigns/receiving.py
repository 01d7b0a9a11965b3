"""Receiving: what came to our boxes is read, kept raw, and applied; reading it again changes nothing."""

import base64
import hashlib
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.db.models import F, Min, Q, QuerySet

from campaigns import answers, matching
from campaigns.answers import News
from campaigns.bounces import DELAYED, DELIVERED, Bounce, Complaint, read_bounce, read_complaint
from campaigns.incoming import Incoming, read_mail
from campaigns.mailreaders.base import BoxUnreachable, OpenBox, RawMail
from campaigns.mailreaders.base import Folder as RemoteFolder
from campaigns.mailreaders.registry import reader_from_url
from campaigns.matching import Match
from campaigns.models import InboundMail, Mailbox, MailFolder, Message
from campaigns.replies import is_no, new_text, read_automatic
from pipeline import inbox, incidents
from pipeline.errors import BadData, storable
from pipeline.models import InboundEvent
from pipeline.runner import Run, StageResult

logger = logging.getLogger(__name__)

SOURCE: Final = "imap"
UNREACHABLE: Final = "mailbox_unreadable"
UNMATCHED: Final = "unmatched_mail"
MAILS_A_RUN: Final = 200  # of one folder
SECONDS_A_RUN: Final = 40.0  # for all boxes; the ones that were not reached come first in the next run
BEFORE_A_BOX: Final = timedelta(days=2)  # older mail than that cannot answer what it sent
TEXT_KEPT: Final = 20_000
THE_MACHINE: Final = "autopilot"
Kind = InboundMail.Kind


# -------------------------------------------------------------------------------------------- reading the boxes
def read_mailboxes(run: Run) -> StageResult:
    """Store what is new in the inbox and the spam folder of every box that has an address of its own to be read.

    A box that cannot be reached keeps nobody waiting but itself: it says so, and opens one incident.
    """
    result = StageResult("read_mailboxes")
    until = run.clock.monotonic() + SECONDS_A_RUN
    for mailbox in _boxes():
        if not run.may_begin() or run.clock.monotonic() > until:
            result.ended = "out of time"
            break
        try:
            result.rows["mails"] += _read_box(mailbox, run)
        except (BoxUnreachable, ImproperlyConfigured) as error:
            result.rows["unreachable"] += 1
            _note_unreachable(mailbox, str(error), run)
        else:
            _note_reached(mailbox, run)
    result.rows = +result.rows
    return result


def _boxes() -> QuerySet[Mailbox]:
    """Return the boxes to read, the one that waits longest first."""
    looked_at = Min("folders__checked_at")
    return Mailbox.objects.exclude(imap="").annotate(looked_at=looked_at).order_by(
        F("looked_at").asc(nulls_first=True), "pk"
    )  # fmt: skip


def _read_box(mailbox: Mailbox, run: Run) -> int:
    url = settings.IMAP_URLS.get(mailbox.imap)
    if not url:
        raise ImproperlyConfigured(f"IMAP_URL_{mailbox.imap.upper()} is not set, and {mailbox} is read by it")
    with reader_from_url(url).open_box() as box:
        return sum(_read_folder(mailbox, box, remote, run) for remote in box.folders())


def _read_folder(mailbox: Mailbox, box: OpenBox, remote: RemoteFolder, run: Run) -> int:
    """Store the new mails of a folder, and after each how far it is read: a crash reads that one again."""
    opened = box.open_folder(remote.name)
    folder, _ = MailFolder.objects.get_or_create(mailbox=mailbox, name=remote.name[:190])
    if folder.uid_validity != opened.numbering:  # the numbers began anew; what is known is not kept twice
        folder.uid_validity, folder.last_uid = opened.numbering, 0
        folder.save(update_fields=["uid_validity", "last_uid"])
    stored = 0
    since = (mailbox.created_at - BEFORE_A_BOX).date()
    for raw in opened.mails(after=folder.last_uid, since=since, limit=MAILS_A_RUN):
        stored += store_mail(mailbox, raw, is_junk=remote.is_junk, now=run.now())
        behind = Q(pk=folder.pk, uid_validity=opened.numbering, last_uid__lt=raw.uid)
        MailFolder.objects.filter(behind).update(last_uid=raw.uid)
        if not run.may_begin():
            break
    MailFolder.objects.filter(pk=folder.pk).update(checked_at=run.now(), error="")
    return stored


def store_mail(mailbox: Mailbox, mail: RawMail, *, is_junk: bool, now: datetime) -> bool:
    """Keep a raw mail until it is applied; False for one that is known, by whatever number or folder it came."""
    return inbox.store(
        SOURCE,
        _external_id(mailbox, mail.raw),
        body=base64.b64encode(mail.raw).decode(),
        headers={
            "mailbox": str(mailbox.pk),
            "is_junk": "yes" if is_junk else "",
            "received_at": mail.received_at.isoformat(),
        },
        now=now,
    )


def _external_id(mailbox: Mailbox, raw: bytes) -> str:
    """Return the same for the same mail, whatever headers a server or a filter put before it meanwhile."""
    head, _, body = raw.partition(b"\r\n\r\n" if b"\r\n\r\n" in raw else b"\n\n")
    named = re.search(rb"^message-id:\s*(<[^>\r\n]{1,300}>)", head, re.IGNORECASE | re.MULTILINE)
    told = named[1] + b"\n" + body if named else raw
    return f"{mailbox.pk}:{hashlib.sha256(told).hexdigest()}"


def _note_unreachable(mailbox: Mailbox, error: str, run: Run) -> None:
    if not mailbox.folders.exists():
        MailFolder.objects.get_or_create(mailbox=mailbox, name="INBOX")
    mailbox.folders.update(checked_at=run.now(), error=storable(error)[:300])
    incidents.open_incident(
        UNREACHABLE,
        str(mailbox.pk),
        title=f"The answers to {mailbox} cannot be read",
        detail=f"{error}. Nothing is lost: they lie in the box and are read when it answers again.",
        now=run.now(),
    )


def _note_reached(mailbox: Mailbox, run: Run) -> None:
    incidents.resolve_incident(
        UNREACHABLE, str(mailbox.pk), now=run.now(), resolution=f"The answers to {mailbox} are read again"
    )


# ------------------------------------------------------------------------------------------- applying a mail
@dataclass(frozen=True, slots=True)
class Reading:
    """What a mail is: its kind, what is newly written in it, and what the kind knows besides."""

    kind: Kind
    text: str
    report: Bounce | Complaint | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@inbox.handles(SOURCE)
def apply_mail(event: InboundEvent, run: Run) -> None:
    """Keep a mail for people, and draw what follows from it for the mail of ours that it belongs to."""
    if InboundMail.objects.filter(event=event).exists():
        return
    mailbox = Mailbox.objects.filter(pk=int(event.headers["mailbox"])).first()
    if mailbox is None:
        raise BadData("The mailbox that this mail came to is gone")
    raw = base64.b64decode(event.body)
    mail = read_mail(raw, received_at=datetime.fromisoformat(event.headers["received_at"]))
    if mail.sender in _own_addresses():
        logger.info("A mail from %s itself is no answer", mail.sender)
        return
    reading = classify(mail)
    match = matching.find_message(mail, reading.report)
    with transaction.atomic():
        kept = _keep(event, mailbox, mail, reading, match, run)
        if match is not None:
            apply_kept(kept, match, now=run.now())
        elif kept.handled_at is None and not event.headers["is_junk"] and reading.kind == Kind.REPLY:
            _tell_of_unmatched(kept, run)


def classify(mail: Incoming) -> Reading:
    """Tell what a mail is: a complaint, a bounce, a machine's answer, a no, or a person's answer."""
    if complaint := read_complaint(mail):
        return Reading(Kind.COMPLAINT, mail.text, complaint, facts={"type": complaint.feedback_type})
    if bounce := read_bounce(mail):
        facts: dict[str, Any] = {"action": bounce.action, "status": bounce.status, "says": bounce.diagnostic}
        facts |= {"recipients": list(bounce.recipients), "verdict": bounce.verdict.value}
        return Reading(Kind.BOUNCE, mail.text, bounce, facts=facts)
    written = new_text(mail.text)
    if automatic := read_automatic(mail):
        back_on = automatic.back_on.isoformat() if automatic.back_on else ""
        return Reading(
            Kind.AUTO_REPLY,
            written,
            facts={"sign": automatic.sign, "back_on": back_on, "delays": automatic.delays},
        )
    return Reading(Kind.OPT_OUT if is_no(written, mail.subject) else Kind.REPLY, written)


def apply_kept(kept: InboundMail, match: Match, *, now: datetime) -> None:
    """Draw what follows from a kept mail that belongs to one of ours."""
    news = News(
        message=match.message,
        key=answers.key_of("mail", kept.pk),
        at=kept.received_at,
        now=now,
        by=f"mail from {kept.sender or 'a machine'}"[:120],
        detail={**kept.facts, "inbound": kept.pk, "matched_by": match.by},
        is_proof=match.is_proved,
    )
    if kept.kind in (Kind.BOUNCE, Kind.COMPLAINT) and not match.is_proved:
        # Anybody can write a bounce about any address: without proof it is shown to people, and nothing follows.
        logger.warning(
            "%s, %s, comes without proof; nothing follows from it", kept, kept.header_id or "no id"
        )
    elif kept.kind == Kind.BOUNCE:
        _apply_bounce(news, kept.facts)
    elif kept.kind == Kind.COMPLAINT:
        answers.note_complaint(news)
    elif kept.kind == Kind.AUTO_REPLY:
        back_on = kept.facts.get("back_on")
        answers.note_automatic(
            news,
            back_on=date.fromisoformat(back_on) if back_on else None,
            delays=bool(kept.facts.get("delays")),
        )
    elif kept.kind == Kind.OPT_OUT:
        answers.note_no(news, writer=kept.sender)
    else:
        answers.note_reply(news, kept)


def _apply_bounce(news: News, facts: Mapping[str, Any]) -> None:
    if facts.get("action") == DELAYED:
        answers.note_deferred(news)
    elif facts.get("action") == DELIVERED:
        answers.note_delivered(news)
    else:
        answers.note_bounce(news, Message.Bounce(facts["verdict"]))


def _keep(
    event: InboundEvent, mailbox: Mailbox, mail: Incoming, reading: Reading, match: Match | None, run: Run
) -> InboundMail:
    by_itself = _settles_itself(reading, match)
    return InboundMail.objects.create(
        mailbox=mailbox,
        event=event,
        header_id=mail.header_id[:300],
        sender=mail.sender[:254],
        subject=mail.subject[:300],
        text=reading.text[:TEXT_KEPT],
        received_at=mail.received_at,
        kind=reading.kind,
        facts={**reading.facts, **({"is_junk": True} if event.headers["is_junk"] else {})},
        message=match.message if match else None,
        matched_by=match.by if match else "",
        handled_at=run.now() if by_itself else None,
        handled_by=THE_MACHINE if by_itself else "",
    )


def _settles_itself(reading: Reading, match: Match | None) -> bool:
    """Tell whether nobody needs to look: the machine drew what follows, or a machine wrote what nobody waits for."""
    if reading.kind == Kind.REPLY:
        return False
    if match is None:
        return reading.kind == Kind.AUTO_REPLY
    return match.is_proved or reading.kind in (Kind.AUTO_REPLY, Kind.OPT_OUT)


def _tell_of_unmatched(kept: InboundMail, run: Run) -> None:
    incidents.open_incident(
        UNMATCHED,
        str(kept.mailbox_id),
        title=f"Somebody wrote to {kept.mailbox}, and it belongs to no mail of ours",
        detail=f"From {kept.sender or 'nobody'}: {kept.subject}. {answers.address_of(kept)}",
        now=run.now(),
    )


def _own_addresses() -> set[str]:
    boxes = Mailbox.objects.values_list("address", flat=True)
    return {address.lower() for address in (settings.MAIL_FROM, *boxes)}
