"""The life of one business from cell to customer: what every row of it tells, as one list by time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any, Final

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from businesses.models import Business
from campaigns.models import Campaign, Event, InboundMail
from customers.models import Customer, Payment
from monitoring.costs import Spending, spending_on
from pipeline.models import Effect, TimelineEntry, WorkItem
from pipeline.states import label
from pipeline.why import Why, explain
from sites.models import Site, SiteVersion

MOST: Final = 300  # lines of one kind that are read; the newest
KINDS: Final = {
    "lead": gettext_lazy("Lead"),
    "site": gettext_lazy("Site"),
    "mail": gettext_lazy("Mails"),
    "money": gettext_lazy("Money"),
    "staff": gettext_lazy("Staff"),
}
_OF_MODEL: Final = {
    "territories.coveragegrid": ("lead", gettext_lazy("Cell")),
    "businesses.business": ("lead", gettext_lazy("Lead")),
    "websites.site": ("site", gettext_lazy("Site")),
    "campaigns.campaign": ("mail", gettext_lazy("Mails")),
}
# Whoever has a row in hand: a try begins with it, and ends as what the row becomes after.
_IN_HAND: Final = {
    "territories.coveragegrid": "scraping",
    "websites.site": "generating",
    "campaigns.campaign": "sending",
}
_TOLD_BY_THE_ROW: Final = ("publish", "mail.")  # done effects whose row writes the same into its timeline
_EVENTS: Final[dict[str, tuple[str, str]]] = {
    Event.Kind.OPENED: ("off", "eye"),
    Event.Kind.CLICKED: ("run", "link"),
    Event.Kind.UNSUBSCRIBED: ("bad", "ban"),
    Event.Kind.WANTED: ("ok", "hand"),
    Event.Kind.REMOVED: ("bad", "trash-2"),
    Event.Kind.DELIVERED: ("ok", "mail-check"),
    Event.Kind.BOUNCED: ("bad", "mail-x"),
    Event.Kind.COMPLAINED: ("bad", "shield"),
    Event.Kind.REPLIED: ("ok", "reply"),
    Event.Kind.READ: ("ok", "globe"),
    Event.Kind.CLAIM_OPENED: ("run", "eye"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing that happened. `kinds` are the filters it passes; a change of state names its words by `state`:
    model, status before, status after, and has no title of its own."""

    at: datetime
    kinds: frozenset[str]
    title: str = ""
    reason: str = ""
    by: str = ""
    href: str = ""
    tone: str = "off"
    icon: str = "info"
    cost: Decimal | None = None
    state: tuple[str, str, str] | None = None


@dataclass(frozen=True, slots=True)
class Life:
    """Everything of one business: its rows, why it does not move, its lines with the newest first.

    `paid` is the money that came from it, {currency: amount}. `is_cut` tells that older lines were left out.
    """

    business: Business
    site: Site | None
    campaign: Campaign | None
    customer: Customer | None
    why: Why | None
    lines: list[Line]
    spending: Spending
    paid: dict[str, Decimal] = field(default_factory=dict)
    is_cut: bool = False


def life_of(business: Business, *, now: datetime) -> Life:
    """Return the life of a business, read with its territory, cell, site and customer, in a fixed number of queries."""
    site: Site | None = getattr(business, "site", None)
    customer: Customer | None = getattr(business, "customer", None)
    campaign = Campaign.objects.filter(business=business).order_by("-pk").first()
    rows: list[WorkItem] = [row for row in (business.grid, business, site, campaign) if row is not None]
    own = [label(row) for row in (business, site, campaign) if row is not None]
    found_by_cell = list(_lines_of_effects(Effect.objects.filter(subject=label(business.grid)), business))
    paid: dict[str, Decimal] = {}
    lines = [
        *_lines_of_moves(rows),
        *_lines_of_records(business),
        *_lines_of_checks(business),
        *found_by_cell,
        *_lines_of_effects(Effect.objects.filter(subject__in=own), business),
        *(_lines_of_versions(site) if site else ()),
        *(_lines_of_mails(campaign) if campaign else ()),
        *(_lines_of_customer(customer, paid) if customer else ()),
        *_lines_of_staff([row for row in (business, site, campaign, customer) if row is not None]),
    ]
    lines.sort(key=lambda line: line.at, reverse=True)
    return Life(
        business, site, campaign, customer, explain(business, now=now), lines[:MOST], spending_on(own), paid,
        is_cut=len(lines) > MOST,
    )  # fmt: skip


def _lines_of_moves(rows: Iterable[WorkItem]) -> Iterator[Line]:
    """Tell every change of state; the tries of a worker are folded into what came of them."""
    mine = reduce(or_, (Q(model=row._meta.label_lower, row_id=row.pk) for row in rows))
    newest = TimelineEntry.objects.filter(mine).order_by("-at", "-pk")[:MOST]
    tries: dict[tuple[str, int], list[TimelineEntry]] = {}
    for entry in reversed(newest):
        row = (entry.model, entry.row_id)
        if _is_part_of_a_try(entry):
            tries.setdefault(row, []).append(entry)
        else:
            yield _line_of_move(entry, tries.pop(row, []))
    for entries in tries.values():
        yield _line_of_move(entries[-1], entries)


def _is_part_of_a_try(entry: TimelineEntry) -> bool:
    busy = _IN_HAND.get(entry.model)
    return busy is not None and (entry.to_status == busy or _goes_back(entry))


def _goes_back(entry: TimelineEntry) -> bool:
    """Tell whether a worker gave a row back, so that another try follows."""
    return entry.from_status == _IN_HAND.get(entry.model) and entry.to_status == "pending"


def _line_of_move(entry: TimelineEntry, before: list[TimelineEntry]) -> Line:
    kind, _name = _OF_MODEL[entry.model]
    tries = sum(each.to_status == _IN_HAND.get(entry.model) for each in before)
    causes = [each.reason for each in before if each is not entry and _goes_back(each) and each.reason]
    reason = entry.reason
    if tries > 1:
        folded = ngettext("%(count)d try", "%(count)d tries", tries) % {"count": tries}
        reason = f"{reason} ({folded}: {causes[-1]})" if causes else f"{reason} ({folded})"
    kinds = {kind, "staff"} if entry.by.startswith("staff:") else {kind}
    begun = before[0].from_status if before and before[0] is not entry else entry.from_status
    return Line(
        at=entry.at,
        kinds=frozenset(kinds),
        reason=reason,
        by=entry.by,
        state=(entry.model, begun, entry.to_status),
    )


def _lines_of_records(business: Business) -> Iterator[Line]:
    for record in business.records.defer("payload", "listing").order_by("-first_seen_at")[:MOST]:
        said = {"source": record.source, "id": record.source_id}
        yield Line(
            at=record.first_seen_at, kinds=frozenset({"lead"}), icon="database", tone="run",
            title=_("Record of %(source)s, %(id)s") % said,
            reason=record.matched_by or f"{record.attribution} ({record.licence})",
            href=reverse("admin:businesses_sourcerecord_change", args=[record.pk]),
        )  # fmt: skip
        if record.missing_since:
            yield Line(
                at=record.missing_since, kinds=frozenset({"lead"}), icon="circle-minus",
                title=_("%(source)s does not hold it any more") % said,
                reason=_("A later complete answer left it out"),
            )  # fmt: skip


def _lines_of_checks(business: Business) -> Iterator[Line]:
    tones = {"unknown": "wait", "ok": "ok", "not_mobile": "ok", "outdated": "ok"}
    for check in business.website_checks.defer("tries").order_by("-checked_at")[:MOST]:
        words = check.state.replace("_", " ")
        yield Line(
            at=check.checked_at, kinds=frozenset({"lead"}), icon="globe", tone=tones.get(check.state, "off"),
            title=_("Looked for its website: %(verdict)s") % {"verdict": words},
            reason=" · ".join(part for part in (check.url, check.reason) if part),
            href=reverse("businesses:lead", args=[business.pk]),
        )  # fmt: skip


def _lines_of_effects(effects: Any, business: Business) -> Iterator[Line]:
    """Tell what was paid for, failed or is uncertain; the questions of one piece of work are one line."""
    asked: dict[str, list[Effect]] = {}
    for effect in effects.defer("response", "request_hash").order_by("-pk")[:MOST]:
        if ".claude." in effect.kind:
            asked.setdefault(":".join(effect.key.split(":")[:3]), []).append(effect)
        elif effect.status != Effect.Status.DONE or not effect.kind.startswith(_TOLD_BY_THE_ROW):
            yield _line_of_effect(effect, business)
    for work in asked.values():
        yield _line_of_questions(work)


def _line_of_effect(effect: Effect, business: Business) -> Line:
    tones = {"done": "ok", "failed": "bad", "unknown": "wait", "calling": "run"}
    of_cell = effect.subject.startswith("territories.")
    kind = "lead" if of_cell else "site" if effect.subject.startswith("websites.") else "mail"
    shared = _("for the whole cell") if of_cell and effect.cost else ""
    told = effect.error if effect.status != Effect.Status.DONE else ""
    return Line(
        at=effect.settled_at or effect.called_at or effect.planned_at,
        kinds=frozenset({kind, "money"} if effect.cost else {kind}),
        title=f"{_name_of(effect.kind)}: {effect.get_status_display().lower()}",
        reason=" · ".join(part for part in (shared, told) if part),
        href=reverse("admin:pipeline_effect_change", args=[effect.pk]),
        icon="wallet" if effect.cost else "activity",
        tone=tones.get(effect.status, "off"),
        cost=effect.cost or None,
    )


def _name_of(kind: str) -> str:
    """Return what an effect is called: "scrape.overpass" asks Overpass, "roll_back" is a word by itself."""
    act, _dot, name = kind.partition(".")
    if act == "scrape":
        return _("Source %(name)s asked") % {"name": name.replace(".", " ")}
    return kind.replace(".", " ").replace("_", " ").capitalize()


def _line_of_questions(work: list[Effect]) -> Line:
    last = work[0]
    models = sorted({str(effect.request.get("model", "")) for effect in work} - {""})
    unsure = sum(effect.status != Effect.Status.DONE and effect.cost > 0 for effect in work)
    doubt = ngettext(
        "%(count)d answer never came and counts at the most it can cost",
        "%(count)d answers never came and count at the most they can cost", unsure,
    ) % {"count": unsure}  # fmt: skip
    kind = "site" if last.kind.startswith("site.") else "mail"
    calls = sum(effect.calls for effect in work)
    return Line(
        at=max(effect.settled_at or effect.called_at or effect.planned_at for effect in work),
        kinds=frozenset({kind, "money"}),
        title=ngettext("Claude was asked %(count)d time", "Claude was asked %(count)d times", calls)
        % {"count": calls},
        reason=" · ".join(part for part in (", ".join(models), doubt if unsure else "") if part),
        href=reverse("admin:pipeline_effect_changelist") + f"?q={last.subject}",
        icon="wallet",
        tone="wait" if unsure else "ok",
        cost=sum((effect.cost for effect in work), Decimal(0)),
    )


def _lines_of_versions(site: Site) -> Iterator[Line]:
    versions = SiteVersion.objects.filter(site=site).defer("spec", "facts").order_by("-number")[:MOST]
    for version in versions:
        passed = sum(1 for gate in version.gates if gate.get("passed"))
        said = {"number": version.number, "theme": version.theme}
        judged = {"passed": passed, "all": len(version.gates), "engine": version.engine}
        yield Line(
            at=version.created_at, kinds=frozenset({"site"}), icon="layout-template",
            tone="ok" if passed == len(version.gates) else "bad",
            title=_("Version %(number)d was built, look %(theme)s") % said,
            reason=_("%(passed)d of %(all)d gates passed, by the %(engine)s engine") % judged,
            href=reverse("sites:staff_site", args=[site.slug]) + f"?version={version.number}",
        )  # fmt: skip


def _lines_of_mails(campaign: Campaign) -> Iterator[Line]:
    """Tell of each mail that was written, what the world did with it, and what was answered."""
    href = reverse("campaigns:campaign", args=[campaign.pk])
    mail = frozenset({"mail"})
    for message in campaign.messages.defer("body", "links", "preflight").order_by("step"):
        yield Line(
            at=message.created_at, kinds=mail, icon="pencil", tone="run", href=href,
            title=_("Mail %(step)d was written: %(subject)s") % {"step": message.step, "subject": message.subject},
            reason=_("by the %(writer)s writer, to %(to)s")
            % {"writer": message.writer, "to": message.recipient or _("an erased address")},
        )  # fmt: skip
    answers = InboundMail.objects.filter(message__campaign=campaign).defer("text").order_by("-received_at")
    answered = set()
    for answer in answers[:MOST]:
        answered.add(answer.message_id)
        yield Line(
            at=answer.received_at, kinds=mail, icon="reply", tone="ok" if answer.kind == "reply" else "off",
            title=f"{answer.get_kind_display()}: {answer.subject or _('no subject')}", by=answer.sender,
            href=reverse("campaigns:inbox_mail", args=[answer.pk]),
        )  # fmt: skip
    told_by_answers = (Event.Kind.REPLIED, Event.Kind.AUTO_REPLIED)
    events = Event.objects.filter(message__campaign=campaign).values_list(
        "kind", "at", "actor", "reasons", "message_id", "message__step"
    )
    for kind, at, actor, reasons, message_id, step in events.order_by("-at", "-pk")[:MOST]:
        if kind in told_by_answers and message_id in answered:
            continue
        tone, icon = _EVENTS.get(kind, ("off", "info"))
        yield Line(
            at=at, kinds=mail, icon=icon, tone=tone, href=href, by=str(Event.Actor(actor).label),
            title=_("%(what)s, mail %(step)d") % {"what": Event.Kind(kind).label, "step": step},
            reason=", ".join(map(str, reasons[:3])) if isinstance(reasons, list) else "",
        )  # fmt: skip


def _lines_of_customer(customer: Customer, paid: dict[str, Decimal]) -> Iterator[Line]:
    """Tell of the purchase and the money, which is added up in `paid`."""
    money = frozenset({"money"})
    href = reverse("admin:customers_customer_change", args=[customer.pk])
    yield Line(
        at=customer.since, kinds=money, icon="wallet", tone="ok", href=href, title=_("It became a customer")
    )
    if customer.ended_at:
        yield Line(at=customer.ended_at, kinds=money, icon="circle-slash", href=href, title=_("It left"))
    for payment in customer.payments.order_by("-received_at")[:MOST]:
        said = {"amount": f"{payment.amount:,.2f} {payment.currency}"}
        href = reverse("admin:customers_payment_change", args=[payment.pk])
        yield Line(
            at=payment.received_at, kinds=money, icon="credit-card", tone="ok", href=href, by=payment.entered_by,
            title=_("%(amount)s came in") % said, reason=payment.reference,
        )  # fmt: skip
        if payment.status == Payment.Status.RECEIVED:
            paid[payment.currency] = paid.get(payment.currency, Decimal(0)) + payment.amount
        elif payment.refunded_at:
            yield Line(
                at=payment.refunded_at, kinds=money, icon="undo-2", tone="bad", href=href,
                title=_("%(amount)s went back") % said, reason=payment.reference,
            )  # fmt: skip


def _lines_of_staff(rows: Iterable[Model]) -> Iterator[Line]:
    """Tell what people changed in the back office."""
    kinds = ContentType.objects.get_for_models(*{type(row) for row in rows})
    mine = reduce(or_, (Q(content_type=kinds[type(row)], object_id=str(row.pk)) for row in rows))
    for entry in LogEntry.objects.filter(mine).select_related("user").order_by("-action_time")[:MOST]:
        yield Line(
            at=entry.action_time, kinds=frozenset({"staff"}), icon="user", by=f"staff:{entry.user}",
            title=_("Changed in the back office: %(what)s") % {"what": entry.object_repr},
            reason=entry.get_change_message(),
        )  # fmt: skip
