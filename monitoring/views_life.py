"""The page of one business's whole life, from cell to customer."""

from itertools import groupby
from typing import Any, Final

from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from businesses.models import Business
from businesses.presenting import origins_of
from monitoring.life import KINDS, Line, life_of
from pipeline.clock import SYSTEM_CLOCK
from webmagic.look import status_word

MAY_LOOK: Final = "businesses.view_business"
DONE: Final = (
    "customer",
    "sold",
    "ended",
    "merged",
    "removed",
    "rejected",
    "suppressed",
)  # nobody need do anything
_NAMES: Final = {
    "territories.coveragegrid": gettext_lazy("Cell"),
    "businesses.business": gettext_lazy("Lead"),
    "websites.site": gettext_lazy("Site"),
    "campaigns.campaign": gettext_lazy("Mails"),
}


@require_safe
@staff_member_required
@permission_required(MAY_LOOK, raise_exception=True)
def life(request: HttpRequest, pk: int) -> HttpResponse:
    """Show everything that happened to one business, newest first; ?show= leaves one kind of it."""
    rows = Business.objects.select_related(
        "territory", "grid__territory", "merged_into", "site", "customer__site"
    )
    business = get_object_or_404(rows, pk=pk)
    found = life_of(business, now=SYSTEM_CLOCK.now())
    show = request.GET.get("show", "")
    lines = [line for line in found.lines if show not in KINDS or show in line.kinds]
    return render(
        request,
        "monitoring/life.html",
        {
            "life": found,
            "business": business,
            "origins": origins_of([business]),
            "days": _days(lines),
            "shown": len(lines),
            "is_done": found.why is not None and found.why.code in DONE,
            "show": show if show in KINDS else "",
            "kinds": list(KINDS.items()),
        },
    )


def _days(lines: list[Line]) -> list[tuple[Any, list[dict[str, Any]]]]:
    return [
        (day, [_told(line) for line in of_day])
        for day, of_day in groupby(lines, key=lambda line: timezone.localtime(line.at).date())
    ]


def _told(line: Line) -> dict[str, Any]:
    """Return a line as the page shows it: a change of state in the words of the registry."""
    shown = {
        name: getattr(line, name) for name in ("at", "title", "reason", "by", "href", "tone", "icon", "cost")
    }
    if line.state is None:
        return shown
    model, before, after = line.state
    word = status_word(model, after)
    said = {"what": _NAMES[model], "before": status_word(model, before).word, "after": word.word}
    if before == after or not before:
        title = _("%(what)s: %(after)s") % said
    else:
        title = _("%(what)s: %(before)s to %(after)s") % said
    return shown | {"title": title, "tone": word.tone, "icon": word.icon}
