"""A name for each request, in every line logged for it and in its answer: what a person reports can be found."""

import re
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from pipeline.logs import about

HEADER = "X-Request-ID"
_PLAIN = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestIdMiddleware:
    """Takes the name that a proxy gave, if it is a plain one, or makes one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get(HEADER, "")
        name = given if _PLAIN.fullmatch(given) else uuid.uuid4().hex
        with about(request=name):
            response = self.get_response(request)
        response[HEADER] = name
        return response
