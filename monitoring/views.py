"""The staff pages: what is happening, what needs a person, what ran, what went out."""

from datetime import date
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.admin.views.decorators import staff_member_required
from django.contrib.auth.decorators import permission_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from campaigns.desk_page import as_shown
from campaigns.transports import outbox as outbox_folder
from monitoring import dashboard
from monitoring.models import DailyReport
from pipeline import switches
from pipeline.clock import SYSTEM_CLOCK

REPORTS_SHOWN = 60
MAILS_SHOWN = 100
MAY_SWITCH = "pipeline.change_switch"
# A mail carries its own inline styles: it is shown alone, in a sandbox, and fetches nothing.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "frame-ancestors 'self'; form-action 'none'; sandbox"
)


@require_safe
@staff_member_required
def overview(request: HttpRequest) -> HttpResponse:
    """Show how the agency stands; htmx asks for the live part alone."""
    template = (
        "monitoring/overview_live.html" if "HX-Request" in request.headers else "monitoring/overview.html"
    )
    return render(request, template, dashboard.overview(SYSTEM_CLOCK.now()))


@require_safe
@staff_member_required
def tasks(request: HttpRequest) -> HttpResponse:
    """Show every schedule with its last runs, and the workers of every queue."""
    return render(request, "monitoring/tasks.html", dashboard.schedules(SYSTEM_CLOCK.now()))


@require_safe
@staff_member_required
def reports(request: HttpRequest) -> HttpResponse:
    """Show the daily reports, newest first."""
    rows = DailyReport.objects.order_by("-day")[:REPORTS_SHOWN]
    return render(request, "monitoring/reports.html", {"reports": rows})


@require_safe
@staff_member_required
def report(request: HttpRequest, day: str) -> HttpResponse:
    """Show one daily report."""
    return render(request, "monitoring/report.html", {"report": _report_of(day)})


@require_safe
@staff_member_required
def report_mail(request: HttpRequest, day: str) -> HttpResponse:
    """Return the report as the mail it was, for a frame."""
    return _framed(_report_of(day).html)


@require_safe
@staff_member_required
def outbox(request: HttpRequest) -> HttpResponse:
    """Show the mails of the built-in outbox, newest first."""
    mails = [] if settings.MAIL_URL else outbox_folder.list_outbox(settings.OUTBOX_DIR, limit=MAILS_SHOWN)
    return render(request, "monitoring/outbox.html", {"mails": mails, "goes_out": bool(settings.MAIL_URL)})


@require_safe
@staff_member_required
def outbox_mail(request: HttpRequest, name: str) -> HttpResponse:
    """Show one mail of the outbox as its receiver reads it."""
    return render(request, "monitoring/outbox_mail.html", {"mail": _mail_of(name), "name": name})


@require_safe
@staff_member_required
def outbox_html(request: HttpRequest, name: str) -> HttpResponse:
    """Return the HTML part of one mail, for a frame: looking at it counts as nobody's look."""
    return _framed(as_shown(_mail_of(name).html))


@require_POST
@staff_member_required
@permission_required(MAY_SWITCH, raise_exception=True)
def pause(request: HttpRequest) -> HttpResponse:
    """Stop everything, a stage or a source until a person resumes it."""
    why = request.POST.get("why", "").strip()
    if not why:
        messages.error(request, _("Nothing was paused. Say why, so that others know"))
        return HttpResponseRedirect(reverse("monitoring:overview"))
    scope = _scope(request)
    switches.pause(scope, by=f"staff:{request.user}", why=why, now=SYSTEM_CLOCK.now())
    messages.success(request, _("Paused. What is begun is finished, nothing new is begun"))
    return HttpResponseRedirect(reverse("monitoring:overview"))


@require_POST
@staff_member_required
@permission_required(MAY_SWITCH, raise_exception=True)
def resume(request: HttpRequest) -> HttpResponse:
    """Let a scope run again."""
    switches.resume(_scope(request), by=f"staff:{request.user}", now=SYSTEM_CLOCK.now())
    messages.success(request, _("It runs again"))
    return HttpResponseRedirect(reverse("monitoring:overview"))


def _scope(request: HttpRequest) -> str:
    scope = request.POST.get("scope", switches.EVERYTHING)
    if scope not in switches.known_scopes():
        raise PermissionDenied
    return scope


def _report_of(day: str) -> DailyReport:
    try:
        parsed = date.fromisoformat(day)
    except ValueError:
        raise Http404 from None
    return get_object_or_404(DailyReport, day=parsed)


def _mail_of(name: str) -> Any:
    mail = outbox_folder.read_outbox_mail(settings.OUTBOX_DIR, name)
    if mail is None:
        raise Http404
    return mail


def _framed(html: str) -> HttpResponse:
    answer = HttpResponse(html)
    answer["Content-Security-Policy"] = MAIL_POLICY
    answer["X-Frame-Options"] = "SAMEORIGIN"
    return answer
