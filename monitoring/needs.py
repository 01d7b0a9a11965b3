"""What waits for a person, the most urgent first: the card of the overview."""

from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, ngettext_lazy

from monitoring.addresses import records
from monitoring.metrics import open_troubles, wanted_sites
from pipeline.models import Incident
from sites.models import Site

SHOWN: Final = 8
READ: Final = 50
WORST_FIRST: Final = {"critical": 0, "warning": 1, "info": 2}
GAVE_UP: Final = (
    ("cells", "territories_coveragegrid", ngettext_lazy("%(count)d cell gave up", "%(count)d cells gave up", "count")),
    ("sites", "websites_site", ngettext_lazy("%(count)d site gave up", "%(count)d sites gave up", "count")),
    ("mails", "campaigns_campaign", ngettext_lazy("%(count)d mail gave up", "%(count)d mails gave up", "count")),
)  # fmt: skip


def needs_person(waiting: dict[str, int], stopped: dict[str, int]) -> dict[str, Any]:
    """Return the card of these counts (of `waiting_rows` and `stopped_rows`); one row may stand for many things."""
    count = sum((waiting | stopped).values())
    rows = [
        *_wanted(waiting["wanted"]),
        *_answers(waiting["answers"]),
        *_troubles(waiting["incidents"]),
        *_held(waiting["uncertain"]),
        *_approvals(waiting["approvals"]),
        *_doubtful(waiting["review"]),
        *_gave_up(stopped),
    ]
    return {
        "title": _("Needs you"),
        "count_text": ngettext("%(count)d thing", "%(count)d things", count) % {"count": count},
        "rows": rows,
        "empty": {
            "icon": "circle-check",
            "tone": "ok",
            "title": _("Nothing needs you"),
            "text": _("The autopilot goes on by itself. What needs a decision appears here."),
        },
    }


def _wanted(count: int) -> list[dict[str, Any]]:
    if not count:
        return []
    sites = list(wanted_sites().select_related("business").order_by("wanted_at")[:SHOWN])
    rows = [_wanted_row(site) for site in sites]
    if count > len(rows):
        rows.append(
            _row(
                "ok", "reply", _("More owners wait"), _("They said: I want this"),
                _("Look"), records("websites_site", wanted_at__isempty=0),
            )
        )  # fmt: skip
    return rows


def _wanted_row(site: Site) -> dict[str, Any]:
    contact = site.business.phone or site.business.email
    return _row(
        "ok", "reply",
        _("%(name)s wants its site") % {"name": site.business.name},
        _("Answer soon: %(contact)s") % {"contact": contact},
        _("Open"), reverse("admin:websites_site_change", args=[site.pk]), "W",
    )  # fmt: skip


def _answers(count: int) -> list[dict[str, Any]]:
    if not count:
        return []
    return [
        _row(
            "ok", "reply",
            ngettext("%(count)d answer waits for you", "%(count)d answers wait for you", count) % {"count": count},
            _("Somebody wrote back. No further mail goes to them by itself"),
            _("Answer"), reverse("campaigns:inbox"), "R",
        )
    ]  # fmt: skip


def _troubles(count: int) -> list[dict[str, Any]]:
    if not count:
        return []
    newest = open_troubles().order_by("-last_seen_at")[:READ]
    shown = sorted(newest, key=lambda incident: WORST_FIRST[incident.severity])[:SHOWN]
    rows = [_trouble_row(each) for each in shown]
    if count > len(rows):
        rows.append(
            _row(
                "wait", "triangle-alert", _("More incidents are open"),
                _("Less urgent than the ones above, or older"),
                _("Look"), records("pipeline_incident", resolved_at__isempty=1),
            )
        )  # fmt: skip
    return rows


def _trouble_row(incident: Incident) -> dict[str, Any]:
    tone = {"critical": "bad", "warning": "wait"}.get(incident.severity, "run")
    href = reverse("admin:pipeline_incident_change", args=[incident.pk])
    return _row(tone, "triangle-alert", incident.title, incident.detail, _("Open"), href, "I")


def _held(count: int) -> list[dict[str, Any]]:
    if not count:
        return []
    return [
        _row(
            "wait", "circle-help",
            ngettext("%(count)d delivery is uncertain", "%(count)d deliveries are uncertain", count) % {"count": count},
            _("The connection was lost after the mail was handed over. Not sent again until you decide"),
            _("Decide"), reverse("campaigns:campaigns") + "?state=held", "U",
        )
    ]  # fmt: skip


def _approvals(count: int) -> list[dict[str, Any]]:
    if not count:
        return []
    return [
        _row(
            "wait", "send",
            ngettext("%(count)d mail waits for approval", "%(count)d mails wait for approval", count)
            % {"count": count},
            _("Nothing of it goes out before you say so"),
            _("Read"), reverse("campaigns:desk"), "A",
        )
    ]  # fmt: skip


def _doubtful(count: int) -> list[dict[str, Any]]:
    if not count:
        return []
    return [
        _row(
            "wait", "circle-help",
            ngettext("%(count)d lead is doubtful", "%(count)d leads are doubtful", count) % {"count": count},
            _("It could not be settled whether they have a website. Not written to meanwhile"),
            _("Review"), reverse("businesses:review"), "V",
        )
    ]  # fmt: skip


def _gave_up(counts: dict[str, int]) -> list[dict[str, Any]]:
    """Return one row for each kind of record that stopped for good; its link shows exactly those."""
    return [
        _row(
            "bad", "skull", words % {"count": counts[kind]},
            _("They failed for a cause that does not pass by itself"),
            _("Look"), records(model, gave_up="yes"), "T",
        )
        for kind, model, words in GAVE_UP
        if counts[kind]
    ]  # fmt: skip


def _row(
    tone: str, icon: str, title: str, reason: str, button: str, href: str, key: str = ""
) -> dict[str, Any]:
    buttons = [{"text": button, "href": href, "key": key}]
    return {"tone": tone, "icon": icon, "title": title, "reason": reason, "buttons": buttons}
