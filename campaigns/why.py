"""Why a mail has not gone, and what happens next by itself: told by the same code that decides."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import Count

from campaigns import mailboxes, rates, windows
from campaigns.leaving import check_nobody_said_no
from campaigns.models import Campaign, Mailbox
from campaigns.rates import Refusal
from campaigns.sending import SEND, mail_kind
from campaigns.windows import show
from pipeline import budgets, claims, switches
from pipeline.budgets import budget_day, day_bounds
from pipeline.errors import StageError, SwitchedOff
from pipeline.models import TimelineEntry
from pipeline.why import Why

Status = Campaign.Status
_LONGEST: Final = 3650  # days that a forecast looks ahead


@dataclass(frozen=True, slots=True)
class Forecast:
    """How many mails wait, and about when the last of them goes; None where that cannot be told."""

    waiting: int
    last_at: datetime | None

    def __str__(self) -> str:
        if not self.waiting:
            return "nothing waits"
        when = f"the last goes about {self.last_at:%Y-%m-%d}" if self.last_at else "nobody can send them yet"
        return f"{self.waiting} waiting, {when}"


def why(campaign: Campaign, *, now: datetime) -> Why:
    """Return the first thing that keeps the mail in hand, or what comes after the one that went."""
    told = {
        Status.DRAFT: _why_draft,
        Status.PENDING: _why_pending,
        Status.SENDING: _why_sending,
        Status.SENT: _why_sent,
        Status.FAILED: _why_failed,
        Status.HELD: _why_held,
        Status.CANCELLED: _why_cancelled,
    }
    return told[Status(campaign.status)](campaign, now)


def why_mailbox(mailbox: Mailbox, *, now: datetime) -> Why:
    """Return why nothing goes out of a mailbox now, or that it may."""
    refusal = rates.mailbox_refusal(mailbox, rates.bucket_of(mailbox), now=now)
    if refusal is None:
        return Why("open", f"{mailbox} may send now", now)
    return _of_mailbox(refusal, now)


def forecast(mailbox: Mailbox | None = None, *, now: datetime) -> Forecast:
    """Return when what waits will have gone: of one mailbox, or of all within the day's budget."""
    boxes = [mailbox] if mailbox else list(Mailbox.objects.select_related("domain"))
    waiting = _waiting(now=now)
    total = sum(waiting.get(box.pk, 0) for box in boxes)
    ends = [_last_of(box, waiting.get(box.pk, 0), now=now) for box in boxes if waiting.get(box.pk)]
    if not total or None in ends:
        return Forecast(total, None)
    last = max(end for end in ends if end is not None)
    per_day = int(budgets.limit_of(SEND.budget))
    if per_day == 0:
        return Forecast(total, None)
    used = int(budgets.used_today(SEND.budget, now=now))
    days = (used + total - 1) // per_day
    return Forecast(total, max(last, now + timedelta(days=days)))


def _why_draft(campaign: Campaign, now: datetime) -> Why:
    if stopped := _stopped(campaign):
        return stopped
    if campaign.written_at is None:
        at = max(now, campaign.next_attempt_at)
        return Why("not_written", _with_cause("It is written with the next run", campaign, at, now), at)
    if campaign.review_reason:
        return Why("approval", f"Somebody must approve it: {campaign.review_reason}")
    if not settings.AUTOPILOT:
        return Why("approval", "Somebody must approve it: the autopilot is off")
    return Why("approval", "The autopilot approves it with the next run", now)


def _why_pending(campaign: Campaign, now: datetime) -> Why:
    if stopped := _stopped(campaign):
        return stopped
    if refused := _said_no(campaign):
        return refused
    if campaign.expires_at and campaign.expires_at <= now:
        return Why("expired", f"It is called off: it could not go before {show(campaign.expires_at)}", now)
    if paused := _paused(campaign, now):
        return paused
    if refusal := rates.check(campaign, now=now):
        return _of_refusal(refusal, campaign)
    if campaign.next_attempt_at > now:
        text = f"It waits for its turn at {show(campaign.next_attempt_at, campaign.time_zone)}"
        return Why(
            "turn", _with_cause(text, campaign, campaign.next_attempt_at, now), campaign.next_attempt_at
        )
    if spent := _budget_spent(now):
        return spent
    return Why("due", "It goes with the next run, after those that are due longer", now)


def _why_sending(campaign: Campaign, now: datetime) -> Why:
    return Why("sending", "A worker has it in hand", now)


def _why_sent(campaign: Campaign, now: datetime) -> Why:
    if stopped := _stopped(campaign):
        return stopped
    if campaign.next_step_at is None:
        return Why("sent", "It went out; no further mail is planned")
    text = f"Mail {campaign.step} went out; mail {campaign.step + 1} is written {show(campaign.next_step_at)}"
    return Why("next_mail", text, campaign.next_step_at)


def _why_failed(campaign: Campaign, now: datetime) -> Why:
    if stopped := _stopped(campaign):
        return stopped
    if claims.passes(campaign):
        at = max(now, campaign.status_changed_at + claims.REOPEN_PAUSE)
        return Why("failed", f"It failed and is tried anew {show(at)}: {campaign.last_error}", at)
    return Why("failed", f"It failed for good; mend it or call it off: {campaign.last_error}")


def _why_held(campaign: Campaign, now: datetime) -> Why:
    text = "It may have gone out. Look for it in the mailbox's sent mails, then say whether it went"
    return Why("held", f"{text}: {campaign.last_error}")


def _why_cancelled(campaign: Campaign, now: datetime) -> Why:
    moves = TimelineEntry.objects.filter(model=campaign._meta.label_lower, row_id=campaign.pk)
    last = moves.filter(to_status=Status.CANCELLED).order_by("-pk").first()
    return Why(
        "cancelled", f"It was called off: {last.reason}" if last and last.reason else "It was called off"
    )


def _stopped(campaign: Campaign) -> Why | None:
    if campaign.stopped_at is None:
        return None
    return Why("stopped", f"No further mail goes: {campaign.get_stop_reason_display()}")


def _said_no(campaign: Campaign) -> Why | None:
    """Ask the gate's own check."""
    message = campaign.messages.filter(step=campaign.step).first()
    try:
        if message is not None:
            check_nobody_said_no(campaign, message)
    except StageError as refusal:
        return Why("suppressed", str(refusal))
    return Why("suppressed", "The business said no") if campaign.business.suppressed else None


def _paused(campaign: Campaign, now: datetime) -> Why | None:
    mailbox = rates.mailbox_of(campaign, now=now)
    try:
        switches.check_on(*mail_kind(mailboxes.transport_of(mailbox)).scopes, now=now)
    except SwitchedOff as refusal:
        return Why("switch", str(refusal))
    return None


def _budget_spent(now: datetime) -> Why | None:
    limit = int(budgets.limit_of(SEND.budget))
    if budgets.used_today(SEND.budget, now=now) < limit:
        return None
    tomorrow = day_bounds(budget_day(now))[1]
    return Why("budget", f"The day's {limit} mails are used up, the next go {show(tomorrow)}", tomorrow)


def _of_refusal(refusal: Refusal, campaign: Campaign) -> Why:
    if refusal.code == "mailbox":
        return Why(refusal.code, refusal.text)
    at = max(refusal.until, campaign.next_attempt_at)
    if refusal.code != "company":  # only where mails are paced do windows hold
        at = windows.next_turn(
            campaign.time_zone, campaign.business.country, at, seed=rates.seed_of(campaign)
        )
    if campaign.expires_at and campaign.expires_at < at:
        called_off = f"{refusal.text}; it is called off {show(campaign.expires_at)}, before its turn"
        return Why(refusal.code, called_off, campaign.expires_at)
    text = f"window opens {show(at, campaign.time_zone)}" if refusal.code == "window" else refusal.text
    if refusal.code != "window":
        text += f", next {show(at, campaign.time_zone)}"
    return Why(refusal.code, text[0].upper() + text[1:] if refusal.code != "mailbox_day" else text, at)


def _of_mailbox(refusal: Refusal, now: datetime) -> Why:
    if refusal.code == "mailbox":
        return Why(refusal.code, refusal.text)
    return Why(refusal.code, f"{refusal.text}, next {show(refusal.until)}", refusal.until)


def _with_cause(text: str, campaign: Campaign, at: datetime, now: datetime) -> str:
    """Add why it waits, where that is written down and still holds."""
    cause = campaign.waits_for or campaign.last_error
    return f"{text}: {cause}" if cause and at > now else text


def _waiting(*, now: datetime) -> dict[int, int]:
    """Return how many approved mails wait by mailbox; those without one wait for the default one."""
    rows = Campaign.objects.filter(status=Status.PENDING).order_by().values_list("mailbox")
    counts: dict[int | None, int] = dict(rows.annotate(Count("pk")))
    nobodys = counts.pop(None, 0)
    known = {key: count for key, count in counts.items() if key is not None}
    if nobodys:
        default = mailboxes.default_mailbox(now=now).pk
        known[default] = known.get(default, 0) + nobodys
    return known


def _last_of(mailbox: Mailbox, waiting: int, *, now: datetime) -> datetime | None:
    """Return about when the last of a mailbox's waiting mails goes; None for one that sends nothing."""
    if mailboxes.why_silent(mailbox):
        return None
    if not mailboxes.is_paced(mailbox):
        return now
    days: Sequence[int] = sorted(windows.parse_window(settings.SEND_WINDOW).days)
    left = waiting + rates.used_today(rates.bucket_of(mailbox), now=now)
    for ahead in range(_LONGEST):
        moment = now + timedelta(days=ahead)
        if budget_day(moment).weekday() in days:
            left -= mailboxes.cap_today(mailbox, now=moment)
        if left <= 0:
            return moment
    return None
