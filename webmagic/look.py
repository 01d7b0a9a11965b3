"""The words of the states: how every status of every model is called, coloured and drawn.

Keys are strings ("websites.site", "published"), so that this file imports no room and every room may import it.
Tones: ok (done, good), run (at work now), wait (a person must look), bad (failed), off (idle, not known).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

type Tone = Literal["ok", "run", "wait", "bad", "off"]
TONE_ICONS: Mapping[str, str] = {
    "ok": "circle-check",
    "run": "loader",
    "wait": "triangle-alert",
    "bad": "circle-x",
    "off": "circle-dashed",
}


@dataclass(frozen=True)
class StatusWord:
    """One status as people read it: one or two words, a tone, an icon of the sprite."""

    word: str | Promise
    tone: Tone
    icon: str


NOT_KNOWN = StatusWord(_("Not known"), "off", "circle-help")

STATUS_WORDS: Mapping[str, Mapping[str, StatusWord]] = {
    "pipeline.effect": {
        "planned": StatusWord(_("Planned"), "off", "clock"),
        "calling": StatusWord(_("Calling"), "run", "loader"),
        "done": StatusWord(_("Done"), "ok", "circle-check"),
        "failed": StatusWord(_("Failed"), "bad", "circle-x"),
        "unknown": StatusWord(_("Uncertain"), "wait", "circle-help"),
        "cancelled": StatusWord(_("Cancelled"), "off", "circle-slash"),
    },
    "pipeline.inboundevent": {
        "received": StatusWord(_("Received"), "off", "inbox"),
        "applying": StatusWord(_("Applying"), "run", "loader"),
        "applied": StatusWord(_("Applied"), "ok", "circle-check"),
        "failed": StatusWord(_("Failed"), "bad", "circle-x"),
    },
    "pipeline.scheduleslot": {
        "due": StatusWord(_("Due"), "off", "clock"),
        "running": StatusWord(_("Running"), "run", "loader"),
        "done": StatusWord(_("Done"), "ok", "circle-check"),
        "failed": StatusWord(_("Failed"), "bad", "circle-x"),
        "skipped": StatusWord(_("Skipped"), "off", "skip-forward"),
    },
    "pipeline.switch": {
        "on": StatusWord(_("On"), "ok", "play"),
        "paused": StatusWord(_("Paused"), "wait", "circle-pause"),
    },
    "territories.coveragegrid": {
        "pending": StatusWord(_("To do"), "off", "circle-dashed"),
        "scraping": StatusWord(_("Running"), "run", "loader"),
        "cooldown": StatusWord(_("Done"), "ok", "circle-check"),
        "failed": StatusWord(_("Failed"), "bad", "circle-x"),
        "split": StatusWord(_("Split"), "off", "grid-2x2"),
    },
    "businesses.business": {
        "new": StatusWord(_("To check"), "off", "circle-dashed"),
        "review": StatusWord(_("Doubtful"), "wait", "circle-help"),
        "qualified": StatusWord(_("Qualified"), "ok", "circle-check"),
        "call_list": StatusWord(_("To call"), "off", "phone"),
        "rejected": StatusWord(_("Not a lead"), "off", "circle-minus"),
    },
    "websites.site": {
        "pending": StatusWord(_("Waiting"), "off", "clock"),
        "generating": StatusWord(_("Building"), "run", "loader"),
        "completed": StatusWord(_("Built"), "ok", "check"),
        "published": StatusWord(_("Online"), "ok", "globe"),
        "failed": StatusWord(_("Failed"), "bad", "circle-x"),
        "expired": StatusWord(_("Expired"), "off", "clock"),
        "taken_down": StatusWord(_("Removed"), "off", "circle-minus"),
    },
    "campaigns.campaign": {
        "draft": StatusWord(_("To approve"), "wait", "pencil"),
        "pending": StatusWord(_("Waiting"), "off", "clock"),
        "sending": StatusWord(_("Sending"), "run", "loader"),
        "sent": StatusWord(_("Sent"), "ok", "circle-check"),
        "failed": StatusWord(_("Failed"), "bad", "circle-x"),
        "held": StatusWord(_("Uncertain"), "wait", "circle-help"),
        "cancelled": StatusWord(_("Cancelled"), "off", "circle-slash"),
    },
    "customers.payment": {
        "received": StatusWord(_("Paid"), "ok", "circle-check"),
        "refunded": StatusWord(_("Refunded"), "off", "undo-2"),
    },
}


# What a person may say about a row of any model; no state of it.
ANY_MODEL: Mapping[str, StatusWord] = {"set_aside": StatusWord(_("Set aside"), "off", "archive")}


def status_word(model: str, status: str) -> StatusWord:
    """Return how `status` of `model` ("app_label.model", lower case) is shown; NOT_KNOWN where nobody said."""
    return STATUS_WORDS.get(model, {}).get(status) or ANY_MODEL.get(status, NOT_KNOWN)
