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
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from businesses.models import Business
from campaigns import hits, tracking
from campaigns.models import Event
from campaigns.tracking import Visitor
from pipeline import tokens
from pipeline.clock import SYSTEM_CLOCK
from sites.presenting import claim_facts
from sites.publishing import site_url
from sites.questions import open_questions
from sites.words import language_of

logger = logging.getLogger(__name__)

PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


@never_cache
@require_safe
def pixel(request: HttpRequest, token: str) -> HttpResponse:
    """Answer the same picture to everybody, whatever the database does; keep an open for a token that is ours."""
    return _picture(request, "open", Event.Kind.OPENED, token)


@never_cache
@require_safe
def reading_mark(request: HttpRequest, token: str) -> HttpResponse:
    """Answer the same picture; it stands far down on a proposal, so that who asks for it has read that far."""
    return _picture(request, "read", Event.Kind.READ, token)


@never_cache
@require_safe
def click(request: HttpRequest, token: str) -> HttpResponse:
    """Send the visitor on to the target that was frozen with the mail."""
    try:
        found = tracking.target_of(token)
    except DatabaseError:
        logger.exception("A link could not be looked up")
        return HttpResponse(status=503, headers={"Retry-After": "10"})
    if found is None:
        raise Http404
    message_id, link, target = found
    _keep(request, Event.Kind.CLICKED, message_id, link=link)
    answer = HttpResponseRedirect(target)
    answer["Referrer-Policy"] = "no-referrer"
    answer["X-Robots-Tag"] = "noindex"
    return answer


@csrf_exempt  # the token is the permission; mail programs post here by themselves (RFC 8058)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Ask on GET, act on POST: scanners follow links, so a GET must never unsubscribe anybody."""
    message = tracking.message_of(token)
    if message is None:
        raise Http404
    business = message.campaign.business
    if request.method == "POST":
        tracking.unsubscribe(message, visitor_of(request), now=SYSTEM_CLOCK.now())
        return _page(request, "campaigns/unsubscribed.html", {"address": message.recipient}, business)
    _keep(request, Event.Kind.OPT_OUT_OPENED, message.pk)
    return _page(request, "campaigns/unsubscribe.html", {"address": message.recipient}, business)


@csrf_exempt  # the token is the permission; no session is involved
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
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
    _keep(request, Event.Kind.CLAIM_OPENED, site.pk)
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


def visitor_of(request: HttpRequest) -> Visitor:
    """Return who asks, as far as it is kept. Behind a proxy of ours its last word is the visitor's address."""
    address = request.META.get("REMOTE_ADDR", "")
    if settings.BEHIND_PROXY:
        address = request.headers.get("X-Forwarded-For", address).rpartition(",")[2].strip()
    return Visitor(user_agent=request.headers.get("User-Agent", ""), address=address)


def _picture(request: HttpRequest, purpose: tokens.Purpose, kind: str, token: str) -> HttpResponse:
    if read := tokens.read_token(purpose, token):
        _keep(request, kind, read[0])
    return HttpResponse(PIXEL, content_type="image/gif")


def _keep(request: HttpRequest, kind: str, row: int, *, link: int = 0) -> None:
    method = request.method or ""
    if tracking.keep_hit(kind, row, visitor_of(request), link=link, method=method, now=SYSTEM_CLOCK.now()):
        hits.take_in_soon()


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
