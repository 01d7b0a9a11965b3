"""The approval desk: the letters that wait, and all that is known about the one in hand."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.policy import default
from typing import Any, Final

from django.db.models import F
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from businesses.models import Business
from businesses.presenting import origins_of, trade_of
from campaigns import approving, legal_basis, mailboxes, policy, preflight, rates, suppression
from campaigns.legal_basis import Decision
from campaigns.models import Campaign, LegalBasis, Message
from campaigns.windows import show
from pipeline.models import TimelineEntry
from sites import thumbnails
from sites.models import Site

SHOWN: Final = 30
COUNTED: Final = 1_000
HAPPENED: Final = 8
VIEWS: Final = ("desktop", "phone", "text")
_MARKS: Final = {
    "ok": "circle-check", "wait": "triangle-alert", "bad": "circle-x", "off": "circle-help", "run": "info",
}  # fmt: skip
_PICTURE: Final = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
_TRACKING: Final[dict[str, str | Promise]] = {
    "individual": gettext_lazy("Opens and followed links are recorded for this mail"),
    "aggregate": gettext_lazy("Only counted together; no picture is in the mail"),
    "none": gettext_lazy("Nothing is followed: no picture in the mail"),
}


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing that was looked at: `tone` ok, wait, bad, or off for what is not known; `text` says from where."""

    tone: str
    title: str
    text: str = ""

    @property
    def icon(self) -> str:
        return _MARKS[self.tone]

    @property
    def css(self) -> str:
        return f"tone-{self.tone}"


@dataclass(frozen=True, slots=True)
class Letter:
    """A frozen mail as its receiver reads it."""

    subject: str
    sender: str
    text: str
    html: str


def page(pk: int | None, skipped: Collection[int], view: str, *, now: datetime) -> dict[str, Any]:
    """Return the desk with the letter of campaign `pk` in hand, else the first one."""
    rows = list(approving.queue(skipped).select_related("business")[:SHOWN])
    count = approving.waiting().order_by()[: COUNTED + 1].count()
    in_hand = next((row for row in rows if row.pk == pk), None)
    if in_hand is None and pk is not None:
        in_hand = approving.waiting().select_related("business").filter(pk=pk).first()
    in_hand = in_hand or next(iter(rows), None)
    if in_hand is None:
        return {"case": None, "count": 0}
    if in_hand not in rows:
        rows.insert(0, in_hand)
    letters = {
        each.campaign_id: each
        for each in Message.objects.filter(campaign__in=rows, step=F("campaign__step")).defer("body")
    }
    place = rows.index(in_hand)
    return {
        "queue": [_item(row, letters.get(row.pk), now) for row in rows],
        "count": count,
        "counted_all": count <= COUNTED,
        "place": place + 1,
        "previous": rows[place - 1] if place else None,
        "following": rows[place + 1] if place + 1 < len(rows) else None,
        "view": view if view in VIEWS else "desktop",
        "origins": origins_of(row.business for row in rows),
        **case_of(in_hand, letters.get(in_hand.pk), now=now),
    }


def after(pk: int, skipped: Collection[int]) -> int | None:
    """Return which campaign comes after this one in the queue, to be asked before it leaves it."""
    keys = list(approving.queue(skipped).values_list("pk", flat=True)[: SHOWN + 1])
    if pk not in keys:
        return keys[0] if keys else None
    rest = keys[keys.index(pk) + 1 :] or [key for key in keys if key != pk]
    return rest[0] if rest else None


def case_of(campaign: Campaign, message: Message | None, *, now: datetime) -> dict[str, Any]:
    """Return what is known of one draft: its letter, when it goes, the law, the checks, what happened."""
    site = campaign.site = Site.objects.select_related("version").get(pk=campaign.site_id)
    business = campaign.business
    mailbox = rates.mailbox_of(campaign, now=now)
    silent = mailboxes.why_silent(mailbox)
    decision = legal_basis.may_write(business, now=now)
    marks = checks(campaign, message, decision, mailbox_says=silent) if message else []
    return {
        "case": campaign,
        "message": message,
        "letter": letter_of(message) if message else None,
        "mailbox": mailbox,
        "goes": _goes(campaign, silent, now=now),
        "site": site,
        "version": site.version,
        "has_picture": thumbnails.is_made(site.version),
        "business": business,
        "trade": trade_of(business),
        "why_lead": why_lead(business),
        "checks": marks,
        "passed": sum(mark.tone == "ok" for mark in marks),
        "errors": preflight.errors_of(message.preflight) if message else [],
        "law": decision,
        "basis": LegalBasis.objects.filter(business=business).only("pk").first()
        if decision.outcome == "person"
        else None,
        "alike": approving.alike(campaign, message) if message and decision.is_allowed else [],
        "happened": list(
            TimelineEntry.objects.filter(model=campaign._meta.label_lower, row_id=campaign.pk).order_by(
                "-at", "-pk"
            )[:HAPPENED]
        ),
    }


def letter_of(message: Message) -> Letter:
    """Return the text and the HTML of a mail. The HTML is shown in a frame of its own alone."""
    mail = message_from_bytes(bytes(message.body), policy=default)
    parts = {kind: mail.get_body((kind,)) for kind in ("plain", "html")}
    text, html = (str(part.get_content()) if part else "" for part in parts.values())
    return Letter(message.subject, str(mail["From"] or message.sender), text.strip(), html)


def as_shown(html: str) -> str:
    """Return the HTML of a mail for a frame of ours: without its pixel, and with links that lead nowhere from there.

    A look or a click of ours must not count as one of theirs; a sandbox lets no link open a window.
    """
    return _PICTURE.sub("", html).replace("<head>", '<head><base target="_blank">', 1)


def checks(campaign: Campaign, message: Message, decision: Decision, *, mailbox_says: str) -> list[Mark]:
    """Return what was looked at before this mail may go, the law first."""
    said_no = campaign.business.suppressed or suppression.is_suppressed(message.recipient)
    earlier = campaign.messages.filter(step__lt=campaign.step, sent_at__isnull=False).count()
    words = ngettext("%(count)d mail went before it", "%(count)d mails went before it", earlier)
    return [
        *_law(campaign, decision),
        _spam(message),
        *_findings(message),
        Mark("bad", _("Said no"), _("It must not be written to"))
        if said_no
        else Mark("ok", _("Has not said no"), _("Not on the list of those never written to")),
        Mark("ok", words % {"count": earlier}, _("In one thread, from the same mailbox"))
        if earlier
        else Mark("ok", _("Never written to before"), _("One recipient gets one mail of each step")),
        Mark("wait", _("The mailbox cannot send now"), mailbox_says)
        if mailbox_says
        else Mark("ok", _("The mailbox may send"), message.sender),
    ]


def why_lead(business: Business) -> list[Mark]:
    """Return the lines of the decision about a lead, what is not known among them."""
    marks = [Mark("ok", str(line.get("text", "")), _points(line)) for line in business.reasons[:8]]
    return [*marks, Mark("off", _("Owner not known"), _("So the mail opens without a name"))]


def _points(line: dict[str, Any]) -> str:
    points = line.get("points")
    return ngettext("%(count)d point", "%(count)d points", points) % {"count": points} if points else ""


def _item(campaign: Campaign, message: Message | None, now: datetime) -> dict[str, Any]:
    tone, word = worst_of(message.preflight) if message else ("bad", _("No letter"))
    written = campaign.written_at or now
    return {
        "campaign": campaign,
        "subject": message.subject if message else "",
        "step": campaign.step,
        "age": now - written,
        "tone": tone,
        "word": word,
    }


def worst_of(report: dict[str, Any]) -> tuple[str, str]:
    """Return tone and words for what the last look at a letter found."""
    if "findings" not in report:
        return "off", _("Not looked at")
    severities = [each["severity"] for each in report["findings"]]
    spam = report.get("spam")
    if "error" in severities:
        return "bad", _("Must be mended")
    if spam and spam["score"] > preflight.MOST_SPAM:
        return "wait", _("Spam score %(score)s") % {"score": spam["score"]}
    warnings = severities.count("warning")
    if warnings:
        return "wait", ngettext("%(count)d finding", "%(count)d findings", warnings) % {"count": warnings}
    return "ok", _("Nothing found")


def _goes(campaign: Campaign, silent: str, *, now: datetime) -> str:
    if silent:
        return _("waits: %(why)s") % {"why": silent}
    turn = rates.first_turn(campaign, now=max(now, campaign.next_attempt_at))
    if turn <= now:
        return _("goes with the next run once approved")
    return _("goes %(when)s once approved") % {"when": show(turn, campaign.time_zone)}


def _law(campaign: Campaign, decision: Decision) -> list[Mark]:
    """Return what the gate itself says, what is known of the legal form, and how closely the mail is followed."""
    country = campaign.business.country or _("an unknown country")
    titles = {
        "allowed": ("ok", _("Allowed in %(country)s")),
        "person": ("wait", _("Proof is missing for %(country)s")),
        "refused": ("bad", _("Must not be written to in %(country)s")),
    }
    tone, title = titles[decision.outcome]
    told = ". ".join(text for text in (decision.reason, decision.proof) if text)
    basis = LegalBasis.objects.filter(business=campaign.business_id).first()
    marks = [Mark(tone, title % {"country": country}, told[:1].upper() + told[1:])]
    if basis is not None:
        form_tone = (
            "off" if basis.legal_form == LegalBasis.LegalForm.UNKNOWN and not decision.is_allowed else "ok"
        )
        proof = basis.legal_form_proof or basis.published_url
        marks.append(
            Mark(
                form_tone, _("Legal form: %(form)s") % {"form": basis.get_legal_form_display().lower()}, proof
            )
        )
    tracking = policy.policy_for(campaign.business.country).tracking
    return [*marks, Mark("ok", _("Following"), str(_TRACKING[tracking]))]


def _spam(message: Message) -> Mark:
    spam = message.preflight.get("spam")
    if not spam:
        return Mark("off", _("Spam score not known"), _("SpamAssassin is not installed, or did not answer"))
    told = _("%(bare)s without the tracking picture; filters stop at 5")
    tone = "wait" if spam["score"] > preflight.MOST_SPAM else "ok"
    title = _("Spam score %(score)s") % {"score": spam["score"]}
    return Mark(tone, title, told % {"bare": spam["score_without_pixel"]})


def _findings(message: Message) -> list[Mark]:
    report = message.preflight
    if "findings" not in report:
        return [Mark("off", _("Words and form not looked at"), _("Read it with care"))]
    tones = {"error": "bad", "warning": "wait", "note": "run"}
    titles = {"error": _("Must be mended"), "warning": _("Look at this"), "note": _("Note")}
    found = [
        Mark(tones[each["severity"]], titles[each["severity"]], each["text"]) for each in report["findings"]
    ]
    if report.get("note"):
        found.append(Mark("run", _("Note"), str(report["note"])))
    clean = not preflight.reason_to_ask(report)
    return (
        [Mark("ok", _("Words and form are in order"), _("Links, subject, small print")), *found]
        if clean
        else found
    )
