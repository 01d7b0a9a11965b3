"""Mailboxes: who writes, over which transport, and whether it may.

A mailbox on the built-in outbox is active at once. One on a real server is set up first: its domain's DNS must be
known to be good, then a person activates it. Passwords are in the environment alone: a mailbox only names them.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Count
from django.utils.timezone import localdate

from businesses.contacts import domain_of_email
from campaigns.addresses import check_address
from campaigns.models import Campaign, Mailbox, Message, SenderDomain
from campaigns.transports.base import Transport
from campaigns.transports.registry import DEFAULT, is_outbox, transport_from_url, variable_of
from pipeline.errors import BadData

State = Mailbox.State
BY_ITSELF: Final = "set up by itself"
# What still has to go out of a box, and so uses up what it may send.
WAITING = (Campaign.Status.DRAFT, Campaign.Status.PENDING, Campaign.Status.SENDING)


class MayNotSend(BadData):
    """This mailbox may not be active; the text says what to do."""


def mail_url(name: str) -> str:
    """Return the address of the transport `name`, "" for the outbox; raises ImproperlyConfigured for an unknown one."""
    if name == DEFAULT:
        return str(settings.MAIL_URL)
    url: str = settings.MAIL_URLS.get(name, "")
    if not url:
        raise ImproperlyConfigured(f"{variable_of(name)} is not set, and a mailbox sends by it")
    return url


def transport_of(mailbox: Mailbox) -> Transport:
    """Return the way out of a mailbox; raises ImproperlyConfigured with a message that never shows a password."""
    return transport_from_url(mail_url(mailbox.transport), settings.OUTBOX_DIR, name=mailbox.transport)


def is_paced(mailbox: Mailbox) -> bool:
    """Tell whether windows, ramps, caps and the DNS gate hold for a mailbox: not on the outbox."""
    name = mailbox.transport
    goes_to_outbox = is_outbox(settings.MAIL_URL) if name == DEFAULT else False
    return bool(settings.MAIL_PACING) and not goes_to_outbox


def why_silent(mailbox: Mailbox) -> str:
    """Return why nothing may go out of a mailbox now, "" where it may. Its rates are another matter."""
    if mailbox.state == State.PAUSED:
        return f"{mailbox} is paused: {mailbox.paused_why}"
    if mailbox.state == State.SETUP:
        return f"{mailbox} is not active yet"
    if is_paced(mailbox) and mailbox.domain.dns_checked_at is None:
        return f"The DNS of {mailbox.domain} was never looked at"
    return ""


def cap_today(mailbox: Mailbox, *, now: datetime) -> int:
    """Return how many mails a mailbox may send today, in TIME_ZONE: a few on its first day, then more each day."""
    if mailbox.active_since is None:
        return 0
    days = max(0, (localdate(now) - localdate(mailbox.active_since)).days)
    return min(mailbox.daily_cap, mailbox.ramp_start + mailbox.ramp_step * days)


def default_mailbox(*, now: datetime) -> Mailbox:
    """Return the mailbox of MAIL_FROM, making it if need be.

    It is active at once where nothing is paced. One that was active on the outbox alone is set up anew when a real
    server comes: nobody has looked at its DNS, and its ramp has not begun.
    """
    mailbox = Mailbox.objects.select_related("domain").filter(address__iexact=settings.MAIL_FROM).first()
    if mailbox is None:
        mailbox = add_mailbox(settings.MAIL_FROM, now=now)
    if mailbox.state_changed_by != BY_ITSELF:
        return mailbox  # a person decided
    try:
        if not is_paced(mailbox) and mailbox.state == State.SETUP:
            _change(mailbox, State.ACTIVE, now=now, by=BY_ITSELF, active_since=now)
        elif is_paced(mailbox) and mailbox.state == State.ACTIVE:
            _change(mailbox, State.SETUP, now=now, by=BY_ITSELF, active_since=None)
    except MayNotSend:  # another worker did it this very moment
        mailbox = Mailbox.objects.select_related("domain").get(pk=mailbox.pk)
    return mailbox


def add_mailbox(
    address: str, *, now: datetime, transport: str = DEFAULT, imap: str = "", by: str = BY_ITSELF
) -> Mailbox:
    """Return the mailbox of `address`, stored with its domain; a new one is being set up.

    Raises BadData for an address, a transport or a name of IMAP_URL_NAME that cannot be used.
    """
    check_address(address)
    address = address.lower()
    check_names(transport, imap)
    domain, _ = SenderDomain.objects.get_or_create(name=domain_of_email(address))
    fields = {
        "domain": domain,
        "transport": transport,
        "imap": imap,
        "created_at": now,
        "state_changed_by": by[:120],
        "state_changed_at": now,
    }
    mailbox, _ = Mailbox.objects.select_related("domain").get_or_create(address=address, defaults=fields)
    return mailbox


def check_names(transport: str, imap: str) -> None:
    """Raise BadData unless both names are set in the environment; an empty `imap` is none."""
    try:
        transport_from_url(mail_url(transport), settings.OUTBOX_DIR, name=transport)
    except ImproperlyConfigured as error:
        raise BadData(str(error)) from error
    if imap and imap not in settings.IMAP_URLS:
        raise BadData(f"IMAP_URL_{imap.upper()} is not set")


def choose_mailbox(*, now: datetime, seed: str) -> Mailbox:
    """Return the mailbox that a new campaign writes from: the same `seed` finds the same one while nothing changes.

    Active ones are taken in proportion to what each may still send today, or, where all is promised, to what it may
    send on a day. Where none is active it is the default one: the mail can be written and approved, and waits.
    """
    fallback = default_mailbox(now=now)
    boxes = [box for box in _active() if not why_silent(box)]
    if not boxes:
        return fallback
    weights = _free_today(boxes, now=now)
    if not any(weights):
        weights = [max(1, cap_today(box, now=now)) for box in boxes]
    place = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big") % sum(weights)
    for box, weight in zip(boxes, weights, strict=True):
        if place < weight:
            return box
        place -= weight
    raise AssertionError("The weights end before their sum")


def activate(mailbox: Mailbox, *, now: datetime, by: str) -> None:
    """Let a mailbox that is being set up send from now on; its ramp begins today.

    Raises MayNotSend, saying what to do first.
    """
    if mailbox.state != State.SETUP:
        raise MayNotSend(f"{mailbox} is {mailbox.get_state_display().lower()}, not being set up")
    _check_may_send(mailbox)
    _change(mailbox, State.ACTIVE, now=now, by=by, active_since=now)


def pause(mailbox: Mailbox, *, why: str, now: datetime, by: str) -> None:
    """Let nothing more go out of a mailbox until it is resumed; pausing it again only changes the reason."""
    _change(mailbox, State.PAUSED, now=now, by=by, paused_why=why[:300])


def resume(mailbox: Mailbox, *, now: datetime, by: str) -> None:
    """Let a paused mailbox go on; one that never was active goes back to being set up. Raises MayNotSend."""
    if mailbox.state != State.PAUSED:
        raise MayNotSend(f"{mailbox} is not paused")
    if mailbox.active_since is None:
        _change(mailbox, State.SETUP, now=now, by=by, paused_why="")
        return
    _check_may_send(mailbox)
    _change(mailbox, State.ACTIVE, now=now, by=by, paused_why="")


def _check_may_send(mailbox: Mailbox) -> None:
    check_names(mailbox.transport, mailbox.imap)
    if not is_paced(mailbox):
        return
    domain = SenderDomain.objects.get(pk=mailbox.domain_id)
    if domain.dns_checked_at is None:
        raise MayNotSend(f"Have the DNS of {domain} checked first")
    if domain.dns_ok is None:
        raise MayNotSend(f"The DNS of {domain} could not be read; check it again first")
    if not domain.dns_ok:
        raise MayNotSend(f"Mend the DNS of {domain} as its report says, then check it again")


def _change(mailbox: Mailbox, to: State, *, now: datetime, by: str, **fields: object) -> None:
    """Write the new state if the mailbox still has the one that was read; raises MayNotSend when it has not."""
    changed = {"state": to, "state_changed_by": by[:120], "state_changed_at": now, **fields}
    if not Mailbox.objects.filter(pk=mailbox.pk, state=mailbox.state).update(**changed):
        raise MayNotSend(f"{mailbox} was changed by somebody else; look again")
    for name, value in changed.items():
        setattr(mailbox, name, value)


def _active() -> list[Mailbox]:
    """Return the active mailboxes whose way out is set, in a fixed order."""
    boxes = Mailbox.objects.select_related("domain").filter(state=State.ACTIVE).order_by("pk")
    return [box for box in boxes if box.transport == DEFAULT or box.transport in settings.MAIL_URLS]


def _free_today(boxes: Sequence[Mailbox], *, now: datetime) -> list[int]:
    """Return what each may still send today beside what went out in a day and what waits."""
    waiting = dict(
        Campaign.objects.filter(mailbox__in=boxes, status__in=WAITING)
        .order_by()
        .values_list("mailbox")
        .annotate(Count("pk"))
    )
    sent = dict(
        Message.objects.filter(mailbox__in=boxes, sent_at__gt=now - timedelta(days=1))
        .order_by()
        .values_list("mailbox")
        .annotate(Count("pk"))
    )
    used = [waiting.get(box.pk, 0) + sent.get(box.pk, 0) for box in boxes]
    return [max(0, cap_today(box, now=now) - count) for box, count in zip(boxes, used, strict=True)]
