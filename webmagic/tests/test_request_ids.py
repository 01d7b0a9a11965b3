"""Each answer names its request, so that what a person reports is found in the log."""

import logging

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from pipeline.logs import JsonFormatter
from webmagic.request_ids import RequestIdMiddleware


def test_every_answer_names_its_request() -> None:
    client = Client()
    names = {client.get("/healthz").headers["X-Request-ID"] for _ in range(2)}
    assert len(names) == 2
    assert all(len(name) == 32 for name in names)


@pytest.mark.parametrize(
    ("given", "is_kept"),
    [
        ("proxy-0123.abc", True),
        ("short", False),
        ("x" * 65, False),
        ("with space 12345", False),
        ("{}<script>", False),
    ],
)
def test_only_a_plain_name_of_a_proxy_is_kept(given: str, is_kept: bool) -> None:
    answer = Client().get("/healthz", headers={"X-Request-ID": given})
    assert (answer.headers["X-Request-ID"] == given) is is_kept


def test_what_is_logged_meanwhile_carries_the_name() -> None:
    lines = []

    def view(request: HttpRequest) -> HttpResponse:
        lines.append(JsonFormatter().format(logging.LogRecord("lab", 20, "", 1, "here", (), None)))
        return HttpResponse()

    answer = RequestIdMiddleware(view)(RequestFactory().get("/"))
    assert f'"request": "{answer["X-Request-ID"]}"' in lines[0]
