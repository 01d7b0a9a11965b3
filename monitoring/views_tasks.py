"""The pages of schedules and of failures, and another try for all failures of one cause."""

from typing import Final

from django.contrib import messages
from django.contrib.admin.views.decorators import staff_member_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from monitoring import activity, letters
from monitoring.failures import dead_of, failures
from monitoring.letters import Kind
from monitoring.schedules_page import running_now, schedules_page
from pipeline.audit import record_act
from pipeline.clock import SYSTEM_CLOCK
from pipeline.errors import StageError

MESSAGES_SHOWN: Final = 10


@require_safe
@staff_member_required
def tasks(request: HttpRequest) -> HttpResponse:
    """Show every queue and schedule with its last runs, and when it is due; htmx asks for the live part alone."""
    part = "monitoring/tasks_live.html" if "HX-Request" in request.headers else "monitoring/tasks.html"
    return render(request, part, schedules_page(SYSTEM_CLOCK.now()))


@require_safe
@staff_member_required
def failed(request: HttpRequest) -> HttpResponse:
    """Show what runs now, and what failed by its cause."""
    causes = failures()
    allowed = {key for key, kind in letters.KINDS.items() if request.user.has_perm(kind.may)}
    shown = {
        "causes": causes,
        "running": running_now(SYSTEM_CLOCK.now()),
        "allowed": allowed,
        "messages_failed": activity.failed_messages(limit=MESSAGES_SHOWN),
    }
    return render(request, "monitoring/failures.html", shown)


@require_safe
@staff_member_required
def ask_retry(request: HttpRequest, kind: str, fingerprint: str) -> HttpResponse:
    """Ask back before all dead letters of one cause are tried again, with their number and the money."""
    sort, now = _kind(request, kind), SYSTEM_CLOCK.now()
    rows = dead_of(sort, fingerprint)
    last = rows.last()
    if last is None:
        messages.info(request, _("Nothing of this cause waits any more"))
        return HttpResponseRedirect(reverse("monitoring:failures"))
    count = rows.count()
    ask = {
        "title": ngettext("Try %(n)d again?", "Try all %(n)d again?", count) % {"n": count},
        "lead": last.last_error,
        "lines": letters.consequence(sort, rows, now=now),
        "action": reverse("monitoring:retry", args=[kind, fingerprint]),
        "fields": [("upto", str(last.pk))],
        "type_number": count if sort.most_cost(rows) else None,
        "act": ngettext("Try %(n)d again", "Try %(n)d again", count) % {"n": count},
        "keep": _("Leave them"),
        "back": reverse("monitoring:failures"),
    }
    return render(request, "monitoring/steering_ask.html", {"ask": ask})


@require_POST
@staff_member_required
def retry(request: HttpRequest, kind: str, fingerprint: str) -> HttpResponse:
    """Try the dead letters of one cause again: those that were asked about, as far as they are still dead."""
    sort = _kind(request, kind)
    upto, why = request.POST.get("upto", ""), request.POST.get("why", "").strip()
    if not (upto.isdecimal() and upto.isascii() and len(upto) < 19):
        raise Http404
    rows = dead_of(sort, fingerprint).filter(pk__lte=int(upto))
    count = rows.count()
    back = HttpResponseRedirect(reverse("monitoring:failures"))
    if not why:
        messages.error(request, _("Nothing was done. Say why, so that others know"))
    elif count and sort.most_cost(rows) and request.POST.get("confirm", "").strip() != str(count):
        messages.error(request, _("Nothing was done. Type the number %(n)d to go on") % {"n": count})
    else:
        done = letters.try_again(sort, rows, by=f"staff:{request.user}", why=why, now=SYSTEM_CLOCK.now())
        record_act(request.user.pk, done.moved, "Tried again", why=why)
        level = messages.WARNING if done.left or not done.moved else messages.SUCCESS
        messages.add_message(request, level, str(done))
    return back


def _kind(request: HttpRequest, key: str) -> Kind:
    try:
        kind = letters.kind_of(key)
    except StageError as refusal:
        raise Http404(str(refusal)) from refusal
    if not request.user.has_perm(kind.may):
        raise PermissionDenied
    return kind
