"""The campaigns as the staff pages show them: what came of the mails, the list, and one campaign's whole story."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from businesses.presenting import origins_of
from campaigns import variants, why
from campaigns.models import Campaign, Event, InboundMail, Message
from campaigns.variants import wilson
from pipeline.models import TimelineEntry
from pipeline.searching import search_words

ROWS: Final = 30
DAYS: Final = 14
LOOKED_BACK: Final = timedelta(days=30)
EVENTS_SHOWN: Final = 40
COUNTED: Final = 10_000
OUTCOMES: Final = ("sent", "delivered", "engaged", "replied", "bounced", "refused")
PLOT_WIDTH, PLOT_HEIGHT, SCALE_WIDTH = 616, 168, 40
# What a filter of the list asks for.
STATES: Final[dict[str, tuple[str | Promise, Q]]] = {
    **{value: (label, Q(status=value)) for value, label in Campaign.Status.choices},
    "planned": (
        gettext_lazy("A next mail is planned"),
        Q(status=Campaign.Status.SENT, stopped_at__isnull=True, next_step_at__isnull=False),
    ),
    "stopped": (gettext_lazy("Stopped"), Q(stopped_at__isnull=False)),
}
TONES: Final[dict[str, tuple[str, str]]] = {
    Event.Kind.OPENED: ("off", "eye"),
    Event.Kind.CLICKED: ("run", "link"),
    Event.Kind.UNSUBSCRIBED: ("bad", "ban"),
    Event.Kind.WANTED: ("ok", "circle-check"),
    Event.Kind.REMOVED: ("bad", "trash-2"),
    Event.Kind.DEFERRED: ("off", "clock"),
    Event.Kind.DELIVERED: ("ok", "mail-check"),
    Event.Kind.BOUNCED: ("bad", "mail-x"),
    Event.Kind.COMPLAINED: ("bad", "shield"),
    Event.Kind.REPLIED: ("ok", "reply"),
    Event.Kind.AUTO_REPLIED: ("off", "clock"),
    Event.Kind.READ: ("ok", "eye"),
    Event.Kind.CLAIM_OPENED: ("run", "eye"),
}


def page(asked: Mapping[str, str], *, now: datetime) -> dict[str, Any]:
    """Return the figures of the last thirty days, the wordings and steps, the days, and a page of the list."""
    figures = outcomes(now=now)
    return {
        "cards": cards(together(figures)),
        "variants": [{"result": each, "verdict": _verdict(each.sent)} for each in variants.results()],
        "steps": steps(figures),
        "plot": plot(per_day(now=now)),
        **campaign_list(asked, now=now),
    }


def outcomes(*, now: datetime) -> list[dict[str, int]]:
    """Return what came of the mails of the last thirty days, each counted once, by step."""
    refused = Q(unsubscribed_at__isnull=False) | Q(complained_at__isnull=False)
    by_step: Any = (
        _recent(now)
        .order_by("step")
        .values("step")
        .annotate(
            sent=Count("step"),  # of a column of the index: the rows need not be read
            delivered=Count("step", filter=Q(delivered_at__isnull=False)),
            engaged=Count("step", filter=Q(engaged_at__isnull=False)),
            replied=Count("step", filter=Q(replied_at__isnull=False)),
            bounced=Count("step", filter=Q(bounced_at__isnull=False)),
            refused=Count("step", filter=refused),
        )
    )
    return list(by_step)


def together(figures: Iterable[Mapping[str, int]]) -> Counter[str]:
    """Return the figures of all steps, added up."""
    added: Counter[str] = Counter()
    for step in figures:
        added.update({name: step[name] for name in OUTCOMES})
    return added


def cards(figures: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return the six figures with their intervals."""
    sent = figures["sent"]
    named = (
        ("delivered", _("Delivered"), _("told by the other side; silence is usual")),
        ("engaged", _("Engaged"), _("people who surely looked at the site")),
        ("replied", _("Replied"), _("people; machines are left out")),
        ("bounced", _("Came back"), _("of all that went out")),
        ("refused", _("Said no"), _("unsubscribed, or called it spam")),
    )
    shown: list[dict[str, Any]] = [
        {"label": _("Sent"), "value": sent, "share": None, "note": _("mails in 30 days")}
    ]
    for name, label, note in named:
        share = wilson(figures[name], sent)
        # Nobody tells of a delivery on the built-in outbox and most servers: none told is not none delivered.
        unknown = name == "delivered" and not figures[name]
        shown.append(
            {
                "label": label,
                "value": None if unknown or not sent else figures[name],
                "share": share,
                "note": note,
            }
        )
    return shown


def steps(figures: Iterable[Mapping[str, int]]) -> list[dict[str, Any]]:
    """Return what came of the first mails and of each follow-up."""
    return [
        {
            "name": _("First mail") if row["step"] == 1 else _("Follow-up %(n)d") % {"n": row["step"] - 1},
            "sent": row["sent"],
            "engaged": wilson(row["engaged"], row["sent"]),
            "replied": wilson(row["replied"], row["sent"]),
            "refused": wilson(row["refused"], row["sent"]),
            "bounced": wilson(row["bounced"], row["sent"]),
            "verdict": _verdict(row["sent"]),
        }
        for row in figures
    ]


def per_day(*, now: datetime) -> list[dict[str, Any]]:
    """Return what went out and what was answered on each of the last days, oldest first."""
    zone = timezone.get_default_timezone()
    today = now.astimezone(zone).date()
    days = [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]
    since = now - timedelta(days=DAYS)
    found = []
    for moment in ("sent_at", "replied_at"):
        rows = Message.objects.filter(**{f"{moment}__gte": since}).order_by()
        counted = rows.annotate(day=TruncDate(moment, tzinfo=zone)).values_list("day").annotate(Count(moment))
        found.append(dict(counted))
    sent, replied = found
    return [{"day": day, "sent": sent.get(day, 0), "replied": replied.get(day, 0)} for day in days]


def plot(days: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the bars of the days, ready to be drawn."""
    most = max((day["sent"] for day in days), default=0)
    width = (PLOT_WIDTH - SCALE_WIDTH) / max(1, len(days))
    top = _round_up(most)
    bars = []
    for index, day in enumerate(days):
        high = day["sent"] / top * (PLOT_HEIGHT - 28) if top else 0
        answered = min(day["replied"] / top, 1) * (PLOT_HEIGHT - 28) if top else 0
        floor = PLOT_HEIGHT - 20
        bars.append(
            {
                **day,
                "x": f"{index * width + 4:.1f}",
                "width": f"{width - 8:.1f}",
                "y": f"{floor - high:.1f}",
                "height": f"{high:.1f}",
                "answer_x": f"{index * width + width / 2 - 3:.1f}",
                "answer_y": f"{floor - answered:.1f}",
                "answer_height": f"{answered:.1f}",
                "middle": f"{index * width + width / 2:.1f}",
                "labelled": index % 3 == 1,
            }
        )
    return {
        "bars": bars,
        "top": top,
        "sent": sum(day["sent"] for day in days),
        "replied": sum(day["replied"] for day in days),
        "width": PLOT_WIDTH,
        "height": PLOT_HEIGHT,
    }


def campaign_list(asked: Mapping[str, str], *, now: datetime) -> dict[str, Any]:
    """Return the rows that match: q (a name or an address), state, variant, mailbox; newest change first."""
    found = filter_campaigns(asked)
    rows, newer, older = _page_of(found.select_related("business", "mailbox"), asked)
    count = found.order_by()[: COUNTED + 1].count()
    return {
        "rows": [{"campaign": row, **_waits(row)} for row in rows],
        "origins": origins_of(row.business for row in rows),
        "count": count,
        "counted_all": count <= COUNTED,
        "asked": {name: asked.get(name, "") for name in ("q", "state", "variant")},
        "is_filtered": any(asked.get(name) for name in ("q", "state", "variant")),
        "choices": {
            "state": [(name, words) for name, (words, _where) in STATES.items()],
            "variant": list(variants.VARIANTS.items()),
        },
        "newer": newer,
        "older": older,
    }


def filter_campaigns(asked: Mapping[str, str]) -> QuerySet[Campaign]:
    """Return the campaigns that the filters leave; what is no value is left out."""
    found = Campaign.objects.all()
    if words := search_words(asked.get("q", "")):
        found = found.filter(Q(business__name__icontains=words) | Q(business__email__iexact=words))
    if (state := asked.get("state", "")) in STATES:
        found = found.filter(STATES[state][1])
    if (variant := asked.get("variant", "")) in variants.VARIANTS:
        found = found.filter(variant=variant)
    return found


def campaign_page(campaign: Campaign, *, now: datetime) -> dict[str, Any]:
    """Return one campaign: its thread, what the world did, why it has not gone on, what a person may do."""
    mails = list(campaign.messages.order_by("step").defer("body"))
    return {
        "campaign": campaign,
        "business": campaign.business,
        "site": campaign.site,
        "origins": origins_of([campaign.business]),
        "mails": [{"mail": mail, "signs": signs(mail)} for mail in mails],
        "why": why.why(campaign, now=now),
        "answers": list(
            InboundMail.objects.filter(message__campaign=campaign).order_by("-received_at")[:EVENTS_SHOWN]
        ),
        "events": [_event(event) for event in _events(campaign)],
        "happened": list(
            TimelineEntry.objects.filter(model=campaign._meta.label_lower, row_id=campaign.pk).order_by(
                "-at", "-pk"
            )[:EVENTS_SHOWN]
        ),
        "can_stop": campaign.stopped_at is None and campaign.status != Campaign.Status.CANCELLED,
        "can_skip": campaign.sent_at is not None
        and campaign.status in (Campaign.Status.DRAFT, Campaign.Status.PENDING, Campaign.Status.FAILED),
        "can_settle": campaign.status == Campaign.Status.HELD,
        "waits_for_approval": campaign.status == Campaign.Status.DRAFT and campaign.written_at is not None,
    }


def signs(mail: Message) -> list[dict[str, Any]]:
    """Return what came of one mail, as pills with their time."""
    known = (
        (mail.delivered_at, "ok", _("Delivered"), "mail-check"),
        (mail.bounced_at, "bad", mail.get_bounce_display() or _("Came back"), "mail-x"),
        (mail.machine_opened_at, "off", _("Opened by a machine"), "server"),
        (mail.opened_at, "off", _("Opened"), "eye"),
        (mail.clicked_at, "run", _("Link followed"), "link"),
        (mail.engaged_at, "ok", _("Read the site"), "globe"),
        (mail.auto_replied_at, "off", _("A machine answered"), "clock"),
        (mail.replied_at, "ok", _("Answered"), "reply"),
        (mail.complained_at, "bad", _("Called spam"), "shield"),
        (mail.unsubscribed_at, "bad", _("Said no"), "ban"),
    )
    return [{"at": at, "tone": tone, "word": word, "icon": icon} for at, tone, word, icon in known if at]


def _recent(now: datetime) -> QuerySet[Message]:
    return Message.objects.filter(sent_at__gte=now - LOOKED_BACK)


def _verdict(sent: int) -> str:
    missing = variants.LEAST - sent
    return _("enough to tell") if missing <= 0 else _("%(n)d more to tell") % {"n": missing}


def _waits(campaign: Campaign) -> dict[str, Any]:
    """Return reason and next step of a row from what is written down, without asking for more: lists are long."""
    status = Campaign.Status(campaign.status)
    if campaign.stopped_at is not None:
        return {"reason": campaign.get_stop_reason_display(), "next_at": None, "next": _("No further mail")}
    if status == Campaign.Status.DRAFT and campaign.written_at is not None:
        return {
            "reason": campaign.review_reason or _("Written"),
            "next_at": None,
            "next": _("Waits for approval"),
        }
    if status == Campaign.Status.DRAFT:
        reason = campaign.waits_for or campaign.last_error or _("Not written yet")
        return {"reason": reason, "next_at": campaign.next_attempt_at, "next": _("Written")}
    if status == Campaign.Status.PENDING:
        reason = campaign.waits_for or _("Approved by %(by)s") % {"by": campaign.approved_by}
        return {"reason": reason, "next_at": campaign.next_attempt_at, "next": _("Goes")}
    if status == Campaign.Status.SENT:
        reason = _("Mail %(step)d went out") % {"step": campaign.step}
        following = (
            _("Mail %(step)d") % {"step": campaign.step + 1}
            if campaign.next_step_at
            else _("Nothing planned")
        )
        return {"reason": reason, "next_at": campaign.next_step_at, "next": following}
    if status == Campaign.Status.HELD:
        return {"reason": _("It may have gone out"), "next_at": None, "next": _("Waits for your word")}
    return {"reason": campaign.last_error, "next_at": None, "next": ""}


def _events(campaign: Campaign) -> Iterable[Event]:
    return (
        Event.objects.filter(message__campaign=campaign)
        .select_related("message")
        .defer("message__body")
        .order_by("-at", "-pk")[:EVENTS_SHOWN]
    )


def _event(event: Event) -> dict[str, Any]:
    tone, icon = TONES.get(event.kind, ("off", "info"))
    who = event.get_actor_display()
    reasons = ", ".join(map(str, event.reasons[:3])) if isinstance(event.reasons, list) else ""
    return {
        "title": _("%(what)s, mail %(step)d")
        % {"what": event.get_kind_display(), "step": event.message.step},
        "reason": f"{who}: {reasons}" if reasons else who,
        "at": event.at,
        "tone": tone,
        "icon": icon,
    }


def _page_of(found: QuerySet[Campaign], asked: Mapping[str, str]) -> tuple[list[Campaign], str, str]:
    """Return the rows, newest campaign first, and the cursors to what comes before and after ("" for nothing)."""
    after, before = _cursor(asked.get("after", "")), _cursor(asked.get("before", ""))
    if before:
        taken = list(found.filter(pk__gt=before).order_by("pk")[: ROWS + 1])
        shown = taken[:ROWS][::-1]
        return shown, str(shown[0].pk) if len(taken) > ROWS else "", str(shown[-1].pk) if shown else ""
    if after:
        found = found.filter(pk__lt=after)
    taken = list(found.order_by("-pk")[: ROWS + 1])
    shown = taken[:ROWS]
    return shown, str(shown[0].pk) if after and shown else "", str(shown[-1].pk) if len(taken) > ROWS else ""


def _cursor(text: str) -> int:
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 18 else 0


def _round_up(most: int) -> int:
    """Return the next number that reads well as the top of a plot."""
    size = 1
    while size * 10 <= most:
        size *= 10
    return next((size * step for step in (1, 2, 5, 10) if size * step >= most), size * 10) if most else 0
