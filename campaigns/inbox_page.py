"""The inbox: what came to our boxes, as the staff page shows it, and what a person does with it."""

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from typing import Any, Final

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from campaigns import answers, incoming, matching, receiving, suppression
from campaigns.addresses import UnusableAddress
from campaigns.answers import News
from campaigns.matching import Match
from campaigns.models import Campaign, InboundMail, Message, Suppression
from pipeline import incidents
from pipeline.errors import BadData
from pipeline.searching import search_words

Kind = InboundMail.Kind
SHOWN: Final = 30  # that wait, and as many that are handled
FOUND: Final = 8
COUNTED: Final = 1_000
_BELONGS: Final = Q(message__isnull=False)
# Each tab: its word, which mails it holds, and the icon and tone of one.
TABS: Final[dict[str, tuple[str | Promise, Q, str, str]]] = {
    "answers": (_("Answers"), Q(kind=Kind.REPLY) & _BELONGS, "reply", "ok"),
    "unmatched": (_("Unmatched"), ~_BELONGS, "mail-question-mark", "wait"),
    "no": (_("Said no"), Q(kind=Kind.OPT_OUT) & _BELONGS, "ban", "off"),
    "machines": (_("Machines"), Q(kind=Kind.AUTO_REPLY) & _BELONGS, "clock", "off"),
    "bounced": (_("Came back"), Q(kind=Kind.BOUNCE) & _BELONGS, "mail-x", "bad"),
    "spam": (_("Called spam"), Q(kind=Kind.COMPLAINT) & _BELONGS, "shield", "bad"),
}
MATCHED_BY: Final[dict[str, str | Promise]] = {
    matching.TOKEN: _("By the address it came to, which carries our mark"),
    matching.RETURNED: _("It returns our mail"),
    matching.THREAD: _("It answers our mail"),
    matching.SENDER: _("By the address in From, which anybody can write"),
    matching.DOMAIN: _("By the domain in From, which anybody can write"),
    matching.RECIPIENT: _("By the address that it names, without proof: nothing followed from it"),
    matching.STAFF: _("Linked by a person"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One mail of a conversation, the oldest first: ours or theirs."""

    at: datetime | None
    is_ours: bool
    title: str
    text: str
    pk: int


def tab_of(mail: InboundMail) -> str:
    """Return the tab that a mail stands in."""
    if mail.message_id is None:
        return "unmatched"
    kinds = {Kind.REPLY: "answers", Kind.OPT_OUT: "no", Kind.AUTO_REPLY: "machines", Kind.BOUNCE: "bounced"}
    return kinds.get(Kind(mail.kind), "spam")


def open_answers() -> QuerySet[InboundMail]:
    """Return the answers of people that wait."""
    return _open().filter(TABS["answers"][1])


def unhandled_answers() -> int:
    """Return how many answers of people wait, up to COUNTED."""
    return open_answers().order_by()[:COUNTED].count()


def page(tab: str, pk: int | None, search: str) -> dict[str, Any]:
    """Return the page of a tab: its mails, the one in hand (`pk`, else the first that waits) with its thread."""
    holds = TABS[tab][1]
    rows = InboundMail.objects.filter(holds).select_related("message__campaign__business", "mailbox")
    waiting = list(rows.filter(handled_at__isnull=True).order_by("received_at", "pk")[:SHOWN])
    handled = list(rows.filter(handled_at__isnull=False).order_by("-received_at", "-pk")[:SHOWN])
    shown = waiting + handled
    in_hand = rows.filter(pk=pk).first() if pk is not None else next(iter(shown), None)
    following = [mail for mail in waiting if in_hand is None or mail.pk != in_hand.pk]
    return {
        "tabs": _tabs(tab),
        "tab": tab,
        "icon": TABS[tab][2],
        "tone": TABS[tab][3],
        "waiting": waiting,
        "handled": handled,
        "mail": in_hand,
        "next": following[0] if following else None,
        "search": search,
        **(_about(in_hand, search) if in_hand else {}),
    }


def _tabs(current: str) -> list[dict[str, Any]]:
    counted = {
        row["kind"]: row["mails"]
        for row in _open().filter(_BELONGS).values("kind").order_by().annotate(mails=Count("pk"))
    }
    kinds = {"answers": Kind.REPLY, "no": Kind.OPT_OUT, "machines": Kind.AUTO_REPLY}
    kinds |= {"bounced": Kind.BOUNCE, "spam": Kind.COMPLAINT}
    unmatched = _open().filter(~_BELONGS).order_by()[:COUNTED].count()
    return [
        {
            "name": name,
            "word": word,
            "count": unmatched if name == "unmatched" else counted.get(kinds[name], 0),
            "current": name == current,
        }
        for name, (word, *_rest) in TABS.items()
    ]


def _about(mail: InboundMail, search: str) -> dict[str, Any]:
    campaign = mail.message.campaign if mail.message else None
    return {
        "campaign": campaign,
        "business": campaign.business if campaign else None,
        "thread": _thread(campaign, mail) if campaign else [],
        "matched_by": MATCHED_BY.get(mail.matched_by, mail.matched_by),
        "found": [] if campaign else _candidates(mail, search),
        "says": _says(mail),
    }


def _says(mail: InboundMail) -> list[tuple[str | Promise, str]]:
    """Return what a machine's mail tells, with the words for it."""
    told = (
        (_("Code"), "status"), (_("It says"), "says"), (_("Back on"), "back_on"),
        (_("Known by"), "sign"), (_("Kind of complaint"), "type"),
    )  # fmt: skip
    return [(word, str(mail.facts[name])) for word, name in told if mail.facts.get(name)]


def _thread(campaign: Campaign, mail: InboundMail) -> list[Entry]:
    ours = campaign.messages.filter(sent_at__isnull=False).order_by("step")[:10]
    theirs = InboundMail.objects.filter(message__campaign=campaign).exclude(pk=mail.pk)
    entries = [Entry(each.sent_at, True, each.subject, _text_of(each), each.pk) for each in ours]
    entries += [
        Entry(each.received_at, False, each.get_kind_display(), each.text, each.pk)
        for each in theirs.order_by("-received_at")[:20]
    ]
    return sorted(entries, key=lambda entry: (entry.at is None, entry.at))


def _text_of(message: Message) -> str:
    for part in incoming.parts_of(message_from_bytes(bytes(message.body))):
        if part.get_content_type() == "text/plain":
            return incoming.text_of(part).strip()
    return ""


def _candidates(mail: InboundMail, search: str) -> list[Campaign]:
    """Return the campaigns that a mail may belong to: those of the words asked for, else of its sender's domain."""
    went_out = Campaign.objects.filter(messages__sent_at__isnull=False).select_related("business")
    if words := search_words(search):
        found = Q(business__name__icontains=words) | Q(messages__recipient__iexact=words)
    elif domain := mail.sender.rpartition("@")[2]:
        found = Q(messages__recipient__iendswith=f"@{domain}")
    else:
        return []
    return list(went_out.filter(found).distinct().order_by("-sent_at", "-pk")[:FOUND])


def _open() -> QuerySet[InboundMail]:
    return InboundMail.objects.filter(handled_at__isnull=True)


# ------------------------------------------------------------------------------------- what a person does with it
def handle(mail: InboundMail, *, now: datetime, by: str) -> None:
    """Put a mail aside as done; what told staff of it is over."""
    with transaction.atomic():
        _open().filter(pk=mail.pk).update(handled_at=now, handled_by=by[:120])
        incidents.resolve_incident(answers.REPLY, str(mail.pk), now=now, resolution=f"Handled by {by}")
        others = _open().filter(mailbox=mail.mailbox_id, message=None, kind=Kind.REPLY).exclude(pk=mail.pk)
        if not others.exists():
            resolution = f"Every mail to {mail.mailbox} was looked at"
            incidents.resolve_incident(
                receiving.UNMATCHED, str(mail.mailbox_id), now=now, resolution=resolution
            )
    mail.refresh_from_db()


def reopen(mail: InboundMail) -> None:
    """Let a mail wait again."""
    InboundMail.objects.filter(pk=mail.pk).update(handled_at=None, handled_by="")
    mail.refresh_from_db()


def link(mail: InboundMail, campaign: Campaign, *, now: datetime, by: str) -> None:
    """Say that an unmatched mail belongs to a campaign, with all that follows. Raises BadData for one that has its
    campaign, or a campaign of which nothing went out."""
    newest = campaign.messages.filter(sent_at__isnull=False).order_by("-step").first()
    if newest is None:
        raise BadData("Nothing of that campaign went out, so nobody can have answered it")
    with transaction.atomic():
        linked = InboundMail.objects.filter(pk=mail.pk, message=None)
        if not linked.update(message=newest, matched_by=matching.STAFF):
            raise BadData("It belongs to a campaign already")
        mail.refresh_from_db()
        receiving.apply_kept(mail, Match(newest, matching.STAFF), now=now)
        if mail.kind != Kind.REPLY:
            handle(mail, now=now, by=by)


def say_no(mail: InboundMail, *, now: datetime, by: str) -> None:
    """Take an answer as a no: its writer, and whom we wrote to, are never written to again. Raises BadData for a
    mail without a sender that belongs to nobody."""
    with transaction.atomic():
        if mail.message is not None:
            key = answers.key_of("no", mail.pk)
            news = News(mail.message, key, at=mail.received_at, now=now, by=by, detail={"inbound": mail.pk})
            answers.note_no(news, writer=mail.sender)
        else:
            try:
                suppression.suppress(mail.sender, reason=Suppression.Reason.ANSWERED_NO, now=now, by=by)
            except UnusableAddress as error:
                raise BadData(
                    "It names no address that could be left alone. Link it to a campaign first"
                ) from error
        InboundMail.objects.filter(pk=mail.pk).update(kind=Kind.OPT_OUT)
        handle(mail, now=now, by=by)
