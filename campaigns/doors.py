"""The doors on which mail programs knock by the thousand: pictures and links, answered before all other pages.

Nobody logs in here: the signed token in the address is the permission. Each hit is safe before it is answered. Whoever
brings no token of ours gets the picture all the same, and behind a link the page that every unknown address gets.
"""

import base64
import logging
import re
from collections.abc import Callable
from datetime import datetime
from typing import Final

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.db import Error as DatabaseTrouble
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.utils.cache import add_never_cache_headers

from campaigns import taker, tracking
from campaigns.models import Event
from campaigns.tracking import Visitor
from pipeline import tokens
from pipeline.clock import SYSTEM_CLOCK
from pipeline.logs import about
from webmagic import request_ids, security

logger = logging.getLogger(__name__)

PIXEL: Final = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
_ADDRESS: Final = re.compile(r"/(?:([or])/([^/]+)\.gif|c/([^/]+))")
# The reading mark stands far down on a proposal, so that who asks for it has read that far.
_PICTURES: Final[dict[str, tuple[tokens.Purpose, str]]] = {
    "o": ("open", Event.Kind.OPENED),
    "r": ("read", Event.Kind.READ),
}


class PublicDoorsMiddleware:
    """Stands first. What is no door, and what misses, goes on to all other pages; so does who asks for another host."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._headers: dict[bool, dict[str, str]] = {}  # by whether the visitor came by TLS

    def __call__(self, request: HttpRequest) -> HttpResponse:
        address = _ADDRESS.fullmatch(request.path_info)
        is_safe = request.is_secure()
        if address is None or (settings.SECURE_SSL_REDIRECT and not is_safe) or not _is_for_us(request):
            return self.get_response(request)
        name = request_ids.name_of(request)
        with about(request=name):
            answer = _answer(request, *address.groups(), now=SYSTEM_CLOCK.now())
        if answer is None:
            return self.get_response(request)
        if is_safe not in self._headers:
            self._headers[is_safe] = _headers_for(request)
        for header, value in self._headers[is_safe].items():
            answer.headers.setdefault(header, value)
        answer.headers["Content-Length"] = str(len(answer.content))
        answer.headers[request_ids.HEADER] = name
        return answer


def visitor_of(request: HttpRequest) -> Visitor:
    """Return who asks, as far as it is kept. Behind a proxy of ours its last word is the visitor's address."""
    address = request.META.get("REMOTE_ADDR", "")
    if settings.BEHIND_PROXY:
        address = request.headers.get("X-Forwarded-For", address).rpartition(",")[2].strip()
    return Visitor(user_agent=request.META.get("HTTP_USER_AGENT", ""), address=address)


def keep(request: HttpRequest, kind: str, row: int, *, link: int = 0, now: datetime) -> None:
    """Keep that somebody asked, on this host's disk; it is taken into the database soon."""
    if tracking.keep_hit(kind, row, visitor_of(request), link=link, method=request.method or "", now=now):
        taker.take_in_soon()


def _is_for_us(request: HttpRequest) -> bool:
    try:
        request.get_host()
    except DisallowedHost:
        return False
    return True


def _answer(
    request: HttpRequest, picture: str | None, picture_token: str, link_token: str, *, now: datetime
) -> HttpResponse | None:
    """Answer at one of the doors; None for a link that is not ours."""
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    if picture is None:
        return _send_on(request, link_token, now=now)
    purpose, kind = _PICTURES[picture]
    if read := tokens.read_token(purpose, picture_token):
        keep(request, kind, read[0], now=now)
    return HttpResponse(PIXEL, content_type="image/gif")


def _send_on(request: HttpRequest, token: str, *, now: datetime) -> HttpResponse | None:
    """Lead to the target that was frozen with the mail; None for a token that is not ours."""
    try:
        found = tracking.target_of(token, now=now)
    except DatabaseTrouble:
        logger.exception("A link could not be looked up")
        return HttpResponse(status=503, headers={"Retry-After": "10"})
    if found is None:
        return None
    message_id, link, target = found
    keep(request, Event.Kind.CLICKED, message_id, link=link, now=now)
    answer = HttpResponseRedirect(target)
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def _headers_for(request: HttpRequest) -> dict[str, str]:
    """Return the headers that are the same on every answer: those of every page, and that nobody may keep it."""
    empty = HttpResponse()
    add_never_cache_headers(empty)
    del empty.headers["Content-Type"]
    return {**empty.headers, **security.headers_of_every_answer(request)}
