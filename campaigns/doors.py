"""Answers pictures and links before sessions, logins and staff pages are thought of: thousands may ask at once."""

from collections.abc import Callable
from typing import Final

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import Resolver404, resolve

DOORS: Final = ("/o/", "/r/", "/c/")


class PublicDoorsMiddleware:
    """Stands before all that a person needs and a mail program does not; a miss goes the way of every other page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer as the view does."""
        if request.path_info.startswith(DOORS):
            try:
                view, args, kwargs = resolve(request.path_info, "campaigns.door_urls")
                answer: HttpResponse = view(request, *args, **kwargs)
            except (Resolver404, Http404):
                return self.get_response(request)
            answer.headers["Content-Length"] = str(len(answer.content))  # as CommonMiddleware would
            return answer
        return self.get_response(request)
