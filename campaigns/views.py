"""The public pages of outreach: unsubscribe, and the page on which an owner says yes or no.

Nobody logs in here: the signed token in the address is the permission. A GET never changes anything but the record of
itself; every miss looks the same.
"""

import logging
from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.db import Error as DatabaseTrouble
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from businesses.models import Business
from campaigns import tracking
from campaigns.doors import keep, visitor_of
from campaigns.models import Event
from pipeline.clock import SYSTEM_CLOCK
from sites.presenting import claim_facts
from sites.publishing import site_url
from sites.questions import open_questions
from sites.words import language_of

logger = logging.getLogger(__name__)

View = Callable[[HttpRequest, str], HttpResponse]


def _or_later(view: View) -> View:
    """Answer 503 where the database is away: nobody is told that a no is in effect before it is."""

    @wraps(view)
    def answer(request: HttpRequest, token: str) -> HttpResponse:
        try:
            return view(request, token)
        except DatabaseTrouble:
            logger.exception("A page for an owner could not be answered")
            again = "This could not be done at this moment. Please try again in a minute.\n"
            return HttpResponse(again, status=503, content_type="text/plain", headers={"Retry-After": "10"})

    return answer


@csrf_exempt  # the token is the permission; mail programs post here by themselves (RFC 8058)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@_or_later
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Ask on GET, act on POST: scanners follow links, so a GET must never unsubscribe anybody."""
    message = tracking.message_of(token)
    if message is None:
        raise Http404
    business = message.campaign.business
    if request.method == "POST":
        tracking.unsubscribe(message, visitor_of(request), now=SYSTEM_CLOCK.now())
        return _page(request, "campaigns/unsubscribed.html", {"address": message.recipient}, business)
    keep(request, Event.Kind.OPT_OUT_OPENED, message.pk, now=SYSTEM_CLOCK.now())
    return _page(request, "campaigns/unsubscribe.html", {"address": message.recipient}, business)


@csrf_exempt  # the token is the permission; no session is involved
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@_or_later
def claim(request: HttpRequest, token: str) -> HttpResponse:
    """Show the offer; on POST, take note that the owner wants the site."""
    site = tracking.site_of(token)
    if site is None:
        raise Http404
    if site.status == site.Status.TAKEN_DOWN:
        return _page(
            request, "campaigns/removed.html", {"business": site.business}, site.business, status=410
        )
    context = {"site": site, "business": site.business, "site_url": site_url(site), "token": token}
    context["is_online"] = site.status == site.Status.PUBLISHED
    if request.method == "POST":
        tracking.want_site(site, visitor_of(request), now=SYSTEM_CLOCK.now())
        return _page(request, "campaigns/wanted.html", context, site.business)
    keep(request, Event.Kind.CLAIM_OPENED, site.pk, now=SYSTEM_CLOCK.now())
    questions = open_questions(site)
    language = language_of(site.business.country, site.business.postcode)
    with translation.override(language):
        never = [translation.gettext(topic) for topic in questions.never_said]
        context |= {"missing": [translation.gettext(label) for label in questions.missing]}
    if language == "en":
        never = [topic.lower() for topic in never]
    context |= {"facts": claim_facts(site), "questions": questions, "never": never}
    return _page(request, "campaigns/claim.html", context, site.business)


@csrf_exempt  # the token is the permission; no session is involved
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@_or_later
def remove(request: HttpRequest, token: str) -> HttpResponse:
    """Ask on GET; on POST, take the site down and never write to its business again."""
    site = tracking.site_of(token)
    if site is None:
        raise Http404
    if request.method == "POST":
        tracking.remove_site(site, visitor_of(request), now=SYSTEM_CLOCK.now())
        return _page(request, "campaigns/removed.html", {"business": site.business}, site.business)
    if site.status == site.Status.TAKEN_DOWN:
        return _page(request, "campaigns/removed.html", {"business": site.business}, site.business)
    return _page(request, "campaigns/remove.html", {"business": site.business, "token": token}, site.business)


def _page(
    request: HttpRequest, template: str, context: dict[str, object], business: Business, status: int = 200
) -> HttpResponse:
    """Render a page in the language of the business's site."""
    context |= {
        "agency_name": settings.AGENCY_NAME,
        "agency_address": settings.AGENCY_ADDRESS,
        "agency_email": settings.MAIL_FROM,
        "price": settings.MONTHLY_PRICE,
        "currency": settings.CURRENCY,
    }
    with translation.override(language_of(business.country, business.postcode)):
        answer = render(request, template, context, status=status)
    answer["X-Robots-Tag"] = "noindex, nofollow"
    answer["Referrer-Policy"] = "no-referrer"
    return answer
