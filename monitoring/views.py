"""The staff pages: what is happening, what needs a person, what ran, what went out."""

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.contrib.admin.views.decorators import staff_member_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from campaigns.desk_page import as_shown
from campaigns.transports import outbox as outbox_folder
from monitoring import overview as overview_page
from monitoring import report_archive
from monitoring.models import DailyReport
from monitoring.periods import DEFAULT, PERIODS
from monitoring.troubles import latest_failures
from pipeline.clock import SYSTEM_CLOCK

MAILS_SHOWN = 50
PERIOD_COOKIE = "period"
PERIOD_KEPT = timedelta(days=365)
# A mail carries its own inline styles: it is shown alone, in a sandbox, and fetches nothing.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "frame-ancestors 'self'; form-action 'none'; sandbox"
)


@require_safe
@staff_member_required
def overview(request: HttpRequest) -> HttpResponse:
    """Show how the agency stands over the period that was chosen last; htmx asks for the live part alone."""
    asked = request.GET.get("period") or request.COOKIES.get(PERIOD_COOKIE, DEFAULT)
    key = asked if asked in PERIODS else DEFAULT
    is_refresh = "HX-Request" in request.headers
    template = "monitoring/overview_live.html" if is_refresh else "monitoring/overview.html"
    answer = render(request, template, overview_page.overview(SYSTEM_CLOCK.now(), key))
    if not is_refresh and key == request.GET.get("period"):
        answer.set_cookie(
            PERIOD_COOKIE, key, max_age=PERIOD_KEPT, httponly=True, samesite="Lax", secure=request.is_secure()
        )
    return answer


@require_safe
@staff_member_required
def failures(request: HttpRequest) -> HttpResponse:
    """Return the box of the overview that lists what failed last; it is fetched after the page."""
    table = latest_failures(SYSTEM_CLOCK.now())
    return render(request, "components/table.html", {"table": table})


@require_safe
@staff_member_required
def reports(request: HttpRequest) -> HttpResponse:
    """Show the daily reports of a month, newest first; ?month= names it."""
    return render(request, "monitoring/reports.html", report_archive.archive(request.GET.get("month", "")))


@require_safe
@staff_member_required
def report(request: HttpRequest, day: str) -> HttpResponse:
    """Show one daily report, with the way to those of the days around it."""
    found = _report_of(day)
    return render(request, "monitoring/report.html", {"report": found} | report_archive.neighbours(found))


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
