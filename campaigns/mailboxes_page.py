"""The mailboxes as the staff page shows them: whether each may send, how much, and how its mails are taken."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns import breakers, mailboxes, rates
from campaigns.models import Mailbox, MailFolder, RateBucket
from campaigns.variants import Share, wilson
from pipeline.errors import BadData

SHOWN: Final = 100
_STATES: Final = {
    Mailbox.State.SETUP: ("wait", "settings"),
    Mailbox.State.ACTIVE: ("ok", "circle-check"),
    Mailbox.State.PAUSED: ("wait", "circle-pause"),
}
_CHECK_MARKS: Final = {
    "ok": ("ok", "circle-check"),
    "bad": ("bad", "circle-x"),
    "unknown": ("off", "circle-help"),
    "warn": ("wait", "triangle-alert"),
}


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of the last week's mails beside the shares at which a warning comes and at which the box stops."""

    label: str
    share: Share
    warns: float
    stops: float

    @property
    def tone(self) -> str:
        """Too few mails tell nothing, so they never colour it."""
        if self.share.total < breakers.LEAST_MAILS:
            return "off"
        value = self.share.count / self.share.total
        return "bad" if value >= self.stops else "wait" if value >= self.warns else "ok"


def page(*, now: datetime) -> dict[str, Any]:
    """Return every mailbox with its figures; the number of queries does not grow with them."""
    boxes = list(Mailbox.objects.select_related("domain").order_by("address")[:SHOWN])
    buckets = {
        bucket.key: bucket
        for bucket in RateBucket.objects.filter(key__in=[rates.mailbox_key(box) for box in boxes])
    }
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    week = breakers.taken(boxes, since=now - breakers.WINDOW, today=midnight)
    folders = _folders(boxes)
    return {
        "boxes": [
            _row(
                box,
                buckets.get(rates.mailbox_key(box)),
                week.get(box.pk, Counter()),
                folders.get(box.pk, []),
                now=now,
            )
            for box in boxes
        ],
        "transports": ["default", *sorted(settings.MAIL_URLS)],
        "readers": sorted(settings.IMAP_URLS),
    }


def _row(
    box: Mailbox, bucket: RateBucket | None, week: Counter[str], folders: list[MailFolder], *, now: datetime
) -> dict[str, Any]:
    tone, icon = _STATES[Mailbox.State(box.state)]
    paced = mailboxes.is_paced(box)
    mails = week["mails"]
    return {
        "box": box,
        "tone": tone,
        "icon": icon,
        "paced": paced,
        "silent": mailboxes.why_silent(box),
        "used": rates.used_today(bucket, now=now) if paced else week["today"],
        "cap": mailboxes.cap_today(box, now=now) if paced else None,
        "slowed": bucket is not None and rates.speed(bucket, now=now) < 1,
        "checks": [_check(each) for each in box.domain.dns_report.get("checks", [])],
        "rates": [
            Rate(_("Came back for good"), wilson(week["bounces"], mails), *breakers.BOUNCES),
            Rate(_("Called spam"), wilson(week["complaints"], mails), *breakers.COMPLAINTS),
        ],
        "read_at": max((each.checked_at for each in folders if each.checked_at), default=None),
        "error": next((each.error for each in folders if each.error), ""),
    }


def _check(each: dict[str, Any]) -> dict[str, Any]:
    tone, icon = _CHECK_MARKS.get(str(each.get("state")), ("off", "circle-help"))
    advice = str(each.get("advice") or "")
    return {
        "tone": tone,
        "icon": icon,
        "css": f"tone-{tone}",
        "title": str(each.get("title", "")),
        "text": f"{each.get('found', '')}. {advice}".strip(". ") if advice else str(each.get("found", "")),
    }


def _folders(boxes: Iterable[Mailbox]) -> dict[int, list[MailFolder]]:
    found: dict[int, list[MailFolder]] = {}
    for folder in MailFolder.objects.filter(mailbox__in=list(boxes)):
        found.setdefault(folder.mailbox_id, []).append(folder)
    return found


class MailboxForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new mailbox. Passwords stay in the environment: the form takes names of addresses that are set there."""

    dkim_selector = forms.CharField(
        label=gettext_lazy("DKIM selector"),
        max_length=63,
        required=False,
        help_text=gettext_lazy("As in SELECTOR._domainkey; your mail provider names it."),
    )

    class Meta:
        model = Mailbox
        fields = (
            "address", "sender_name", "transport", "imap", "reply_to", "bounce_address",
            "daily_cap", "ramp_start", "ramp_step", "gap_seconds",
        )  # fmt: skip
        labels: Final = {
            "address": gettext_lazy("Address"),
            "sender_name": gettext_lazy("Name of the sender"),
            "transport": gettext_lazy("Sends by"),
            "imap": gettext_lazy("Answers are read from"),
            "reply_to": gettext_lazy("Answers go to"),
            "bounce_address": gettext_lazy("Bounces go to"),
            "daily_cap": gettext_lazy("Mails a day once warm"),
            "ramp_start": gettext_lazy("Mails on the first day"),
            "ramp_step": gettext_lazy("More each day after"),
            "gap_seconds": gettext_lazy("Seconds between two mails"),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["class"] = "input"

    def clean_address(self) -> str:
        """Take capitals for small letters, as they are stored: an address is added once."""
        return str(self.cleaned_data["address"]).lower()

    def clean(self) -> dict[str, Any]:
        """Check the names before anything is stored."""
        said = super().clean() or self.cleaned_data
        try:
            mailboxes.check_names(said.get("transport") or "default", said.get("imap") or "")
        except BadData as refusal:
            self.add_error("imap" if "IMAP" in str(refusal) else "transport", str(refusal))
        return said

    def save_new(self, *, now: datetime, by: str) -> Mailbox | None:
        """Store the mailbox, which is being set up; None with an error beside its field where it cannot be one."""
        said = self.cleaned_data
        try:
            box = mailboxes.add_mailbox(
                said["address"], now=now, transport=said["transport"], imap=said["imap"], by=by
            )
        except BadData as refusal:
            self.add_error("address", str(refusal))
            return None
        named = (name for name in self._meta.fields or () if name not in ("address", "transport", "imap"))
        fields = {name: said[name] for name in named}
        Mailbox.objects.filter(pk=box.pk).update(**fields)
        if said["dkim_selector"]:
            box.domain.dkim_selector = said["dkim_selector"]
            box.domain.save(update_fields=["dkim_selector"])
        return box
