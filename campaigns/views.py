"""The public doors of outreach: pixel, tracked link, unsubscribe, and the page on which an owner says yes or no.

Nobody logs in here: the signed token in the address is the permission. A GET never changes anything but the record of
itself; every miss looks the same.
"""

import base64
import logging

from django.conf import settings
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from campaigns import tracking
from campaigns.tracking import Visitor
from pipeline.clock import SYSTEM_CLOCK
from sites.presenting import claim_facts
from sites.publishing import site_url
from sites.questions import open_questions

logger = logging.getLogger(__name__)

PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


@never_cache
@require_safe
def pixel(request: HttpRequest, token: str) -> HttpResponse:
    """Answer the same picture to everybody; keep an open for a token that is ours."""
    try:
        found = tracking.message_of("open", token)
        if found and request.method == "GET":
            tracking.record_open(found[0], visitor_of(request), now=SYSTEM_CLOCK.now())
    except DatabaseError:
        logger.exception("An open could not be kept")
    return HttpResponse(PIXEL, content_type="image/gif")


@never_cache
@require_safe
def click(request: HttpRequest, token: str) -> HttpResponse:
    """Send the visitor on to the target that was frozen with the mail."""
    found = tracking.message_of("click", token)
    if found is None:
        raise Http404
    message, link = found
    if request.method == "HEAD":
        target = message.links[link - 1] if 1 <= link <= len(message.links) else None
    else:
        target = tracking.record_click(message, link, visitor_of(request), now=SYSTEM_CLOCK.now())
    if target is None:
        raise Http404
    answer = HttpResponseRedirect(target)
    answer["Referrer-Policy"] = "no-referrer"
    answer["X-Robots-Tag"] = "noindex"
    return answer


@csrf_exempt  # the token is the permission; mail programs post here by themselves (RFC 8058)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Ask on GET, act on POST: scanners follow links, so a GET must never unsubscribe anybody."""
    found = tracking.message_of("unsubscribe", token)
    if found is None:
        raise Http404
    message, _ = found
    if request.method == "POST":
        tracking.unsubscribe(message, visitor_of(request), now=SYSTEM_CLOCK.now())
        return _page(request, "campaigns/unsubscribed.html", {"address": message.recipient})
    return _page(request, "campaigns/unsubscribe.html", {"address": message.recipient})


@csrf_exempt  # the token is the permission; no session is involved
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def claim(request: HttpRequest, token: str) -> HttpResponse:
    """Show the offer; on POST, take note that the owner wants the site."""
    site = tracking.site_of(token)
    if site is None:
        raise Http404
    if site.status == site.Status.TAKEN_DOWN:
        return _page(request, "campaigns/removed.html", {"business": site.business}, status=410)
    context = {"site": site, "business": site.business, "site_url": site_url(site), "token": token}
    context["is_online"] = site.status == site.Status.PUBLISHED
    if request.method == "POST":
        tracking.want_site(site, visitor_of(request), now=SYSTEM_CLOCK.now())
        return _page(request, "campaigns/wanted.html", context)
    context |= {"facts": claim_facts(site), "questions": open_questions(site)}
    return _page(request, "campaigns/claim.html", context)


@csrf_exempt  # the token is the permission; no session is involved
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: HttpRequest, token: str) -> HttpResponse:
    """Ask on GET; on POST, take the site down and never write to its business again."""
    site = tracking.site_of(token)
    if site is None:
        raise Http404
    if request.method == "POST":
        tracking.remove_site(site, visitor_of(request), now=SYSTEM_CLOCK.now())
        return _page(request, "campaigns/removed.html", {"business": site.business})
    if site.status == site.Status.TAKEN_DOWN:
        return _page(request, "campaigns/removed.html", {"business": site.business})
    return _page(request, "campaigns/remove.html", {"business": site.business, "token": token})


def visitor_of(request: HttpRequest) -> Visitor:
    """Return who asks, as far as it is kept."""
    return Visitor(
        user_agent=request.headers.get("User-Agent", ""), address=request.META.get("REMOTE_ADDR", "")
    )


def _page(request: HttpRequest, template: str, context: dict[str, object], status: int = 200) -> HttpResponse:
    context |= {
        "agency_name": settings.AGENCY_NAME,
        "agency_address": settings.AGENCY_ADDRESS,
        "agency_email": settings.MAIL_FROM,
        "price": settings.MONTHLY_PRICE,
        "currency": settings.CURRENCY,
    }
    answer = render(request, template, context, status=status)
    answer["X-Robots-Tag"] = "noindex, nofollow"
    answer["Referrer-Policy"] = "no-referrer"
    return answer
