"""What strangers do to the public doors has no effect, costs at most a line of log, and never breaks the server."""

import logging
import os
import secrets
from itertools import islice
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from campaigns import hits, spool
from campaigns.models import Event, Message
from campaigns.tests.browsing import addresses, stored
from pipeline.tokens import make_token

pytestmark = pytest.mark.django_db

GUESSES = int(os.environ.get("GUESSES", "400"))
DOORS = ("/o/{}.gif", "/r/{}.gif", "/c/{}", "/u/{}", "/claim/{}/", "/claim/{}/remove/")
ODD_METHODS = ("put", "patch", "delete", "options", "trace")


def guesses(message: Message) -> Any:
    """Yield tokens as somebody makes them who knows how they look: signed by nobody, by others, and for no row."""
    while True:
        yield secrets.token_urlsafe(21)
        yield make_token("click", message.pk, 1)[:16] + secrets.token_urlsafe(
            9
        )  # a true number, a made-up seal
        yield make_token("click", message.pk, 1, secrets=[secrets.token_hex()])
        yield make_token("click", 2**40 + secrets.randbelow(2**40), 1)  # ours, of a row that does not exist


class Lines(logging.Handler):
    """Counts the lines of the log, in the place of whatever would keep or show them."""

    count = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.count += 1


@pytest.mark.proof
@pytest.mark.timeout(3600)
def test_guessed_tokens_have_no_effect_and_all_look_alike(visitor: Client, message: Message) -> None:
    before = stored()
    answers: dict[str, set[tuple[int, int]]] = {door: set() for door in DOORS}
    lines, longest = Lines(), 0
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(logging.getLogger(), "handlers", [lines])
        for number, token in enumerate(islice(guesses(message), GUESSES)):
            door = DOORS[number // 4 % len(DOORS)]
            method = visitor.post if number // 4 // len(DOORS) % 2 and door[1] == "u" else visitor.get
            lines.count = 0
            answer = method(door.format(token))
            answers[door].add((answer.status_code, len(answer.content)))
            longest = max(longest, lines.count)
    assert {door: len(seen) for door, seen in answers.items()} == dict.fromkeys(DOORS, 1)
    pictures = {status for door in DOORS[:2] for status, _ in answers[door]}
    assert (pictures, {status for door in DOORS[2:] for status, _ in answers[door]}) == ({200}, {404})
    assert longest == 1
    assert stored() == before
    logging.getLogger(__name__).info("%d guesses: no effect, at most %d lines of log each", GUESSES, longest)


def test_the_same_hit_a_hundred_times_is_kept_a_few_times_and_counts_once(
    visitor: Client, message: Message
) -> None:
    for page in ("pixel", "click", "unsubscribe", "claim"):
        assert {visitor.get(addresses(message)[page]).status_code for _ in range(100)} <= {200, 302}
    kept = Event.objects.count()
    assert kept <= 4 * 2 * hits.MOST_A_MINUTE  # the minute may have turned meanwhile
    for _ in range(100):
        assert visitor.post(addresses(message)["unsubscribe"]).status_code == 200
    assert Event.objects.filter(kind=Event.Kind.UNSUBSCRIBED).count() == 1


@pytest.mark.parametrize("method", ODD_METHODS)
@pytest.mark.parametrize("page", ["pixel", "click", "unsubscribe", "claim", "remove"])
def test_odd_methods_are_refused(visitor: Client, message: Message, page: str, method: str) -> None:
    before = stored()
    answer = getattr(visitor, method)(addresses(message)[page])
    assert answer.status_code in (403, 405)
    assert stored() == before
    assert spool.waiting() == 0


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    "token", ["A" * 10_000, "%00" * 30, "..", "%2e%2e%2f" * 20, "%ff%fe", "é" * 99, ";" * 99]
)
def test_odd_paths_find_nothing(visitor: Client, message: Message, door: str, token: str) -> None:
    before = stored()
    answers = [visitor.get(door.format(token)), visitor.head(door.format(token))]
    assert {answer.status_code for answer in answers} <= {200, 404}
    assert all(answer.status_code == 404 or answer["Content-Type"] == "image/gif" for answer in answers)
    assert stored() == before


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "a" * 5000, "[::", "ev il", "", "x:99999"]
)
@pytest.mark.parametrize("page", ["pixel", "click", "unsubscribe", "claim"])
def test_who_asks_for_another_host_gets_nothing(
    visitor: Client, message: Message, page: str, host: str
) -> None:
    before = stored()
    answer = visitor.get(addresses(message)[page], headers={"Host": host})
    assert answer.status_code == 400
    assert stored() == before
    assert spool.waiting() == 0


def test_odd_agents_and_networks_are_kept_as_far_as_a_database_can(visitor: Client, message: Message) -> None:
    for agent in ("a\x00b", "\ud800", "é" * 400, ""):
        visitor.get(addresses(message)["pixel"], headers={"User-Agent": agent})
    assert Event.objects.count() == 4
    assert spool.waiting() == 0


def test_a_picture_by_tls_alone_is_asked_for_again_by_tls(message: Message, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS = True, 3600
    client = Client()
    path = addresses(message)["pixel"]
    answer = client.get(path)
    assert (answer.status_code, answer["Location"]) == (301, f"https://testserver{path}")
    assert spool.waiting() == 0
    by_tls = client.get(path, secure=True)
    assert (by_tls.status_code, by_tls["Strict-Transport-Security"]) == (200, "max-age=3600")
    assert spool.waiting() > 0


@pytest.mark.parametrize("page", ["pixel", "click"])
def test_doors_carry_every_header_that_other_pages_carry(
    visitor: Client, message: Message, page: str
) -> None:
    other = visitor.get("/no-such-page")
    answer = visitor.get(addresses(message)[page])
    safe = {
        "X-Content-Type-Options",
        "Content-Security-Policy",
        "Cross-Origin-Opener-Policy",
        "Permissions-Policy",
    }
    assert {name: answer[name] for name in safe} == {name: other[name] for name in safe}
    assert answer["Referrer-Policy"] == ("no-referrer" if page == "click" else "same-origin")
    assert "no-store" in answer["Cache-Control"]


def test_a_link_asks_the_database_at_most_once(visitor: Client, message: Message) -> None:
    visitor.get(addresses(message)["pixel"])
    client = Client()  # takes nothing in
    with CaptureQueriesContext(connection) as asked:
        assert client.get(addresses(message)["click"]).status_code == 302
        assert client.get(addresses(message)["click"]).status_code == 302
    assert len(asked) == 1
