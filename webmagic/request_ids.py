"""A name for each request, in every line logged for it and in its answer: what a person reports can be found."""

import re
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from pipeline.logs import about

HEADER = "X-Request-ID"
_PLAIN = re.compile(r"[A-Za-z0-9._-]{8,64}")


def name_of(request: HttpRequest) -> str:
    """Return the name that a proxy gave, if it is a plain one, or a new one."""
    given = request.headers.get(HEADER, "")
    return given if _PLAIN.fullmatch(given) else uuid.uuid4().hex


class RequestIdMiddleware:
    """Gives every request its name."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        name = name_of(request)
        with about(request=name):
            response = self.get_response(request)
        response[HEADER] = name
        return response
