"""What machines ask: is the process alive, is the system fit to work, how does it stand."""

import hmac
from ipaddress import ip_address

from django.conf import settings
from django.db import Error as DatabaseFault
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from monitoring.health import check_health
from monitoring.prometheus import metrics_text
from pipeline.runner import Run

PLAIN = "text/plain; charset=utf-8"


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer as long as the process does; asks nothing of the database."""
    return HttpResponse("alive\n", content_type=PLAIN)


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer 200 while the pipeline may run, 503 with what is wrong otherwise; details for those who may know."""
    health = check_health(Run(by="readyz"))
    in_full = _may_know(request)
    lines = [
        f"{finding.part}: {finding.state}" + (f": {finding.text}" if in_full else "")
        for finding in health.findings
        if finding.state == "unhealthy"
    ]
    return HttpResponse(
        "\n".join(lines or ["ready"]) + "\n", status=200 if health.can_run else 503, content_type=PLAIN
    )


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer with all figures for Prometheus; with METRICS_TOKEN for its bearer, else for this machine only."""
    if not _may_know(request):
        answer = HttpResponse("Send METRICS_TOKEN as a bearer token.\n", status=401, content_type=PLAIN)
        answer["WWW-Authenticate"] = 'Bearer realm="metrics"'
        return answer
    try:
        text = metrics_text(Run(by="metrics"))
    except DatabaseFault:
        return HttpResponse("The database does not answer.\n", status=503, content_type=PLAIN)
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST)


def _may_know(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        sent = request.headers.get("Authorization", "")
        return hmac.compare_digest(sent.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())
    # A proxy on this machine asks from loopback too, for anybody: it is known by the headers it adds.
    if any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "Via", "X-Real-IP")):
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
