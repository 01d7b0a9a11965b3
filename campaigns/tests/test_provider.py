"""Mail providers: the frozen mail arrives whole, and each of their answers is taken for what it says."""

import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from campaigns.tests.letters import MESSAGE_ID, RECIPIENT, SENDER, make_mail
from campaigns.tests.mail_server import DROP, STALL
from campaigns.tests.provider_server import RECORDED, REFERENCE, Answer, ProviderServer
from campaigns.transports.base import Delivery, MessageRefused, RecipientRefused
from campaigns.transports.provider import PROVIDERS, ProviderTransport
from campaigns.transports.registry import transport_from_url
from pipeline.errors import BadData, SourcePaused, StageError, Transient, Uncertain

OUTBOX = Path("/nonexistent")
FOLLOW_UP = {"In-Reply-To": "<first@fernhill.example>", "References": "<first@fernhill.example>"}


def make_follow_up() -> bytes:
    """A mail with every header that matters to a mail program."""
    added = (
        "".join(f"{name}: {value}\r\n" for name, value in FOLLOW_UP.items())
        + "Reply-To: ann@fernhill.example\r\n"
    )
    return added.encode() + make_mail()


@pytest.fixture(params=sorted(PROVIDERS))
def server(request: pytest.FixtureRequest) -> Iterator[ProviderServer]:
    with ProviderServer(request.param) as running:
        yield running


@pytest.fixture
def resend() -> Iterator[ProviderServer]:
    with ProviderServer("resend") as running:
        yield running


def transport_to(server: ProviderServer, timeout: float = 30) -> ProviderTransport:
    transport = transport_from_url(server.url, OUTBOX)
    assert isinstance(transport, ProviderTransport)
    transport.timeout = timeout
    return transport


def deliver(
    server: ProviderServer, mail: bytes | None = None, *, timeout: float = 30, **over: str
) -> Delivery:
    envelope = {"sender": SENDER, "recipient": RECIPIENT, "message_id": MESSAGE_ID} | over
    return transport_to(server, timeout).deliver(mail or make_mail(), **envelope)


def failure(server: ProviderServer, mail: bytes | None = None, **over) -> StageError:
    with pytest.raises(StageError) as caught:
        deliver(server, mail, **over)
    assert "hush" not in str(caught.value)
    return caught.value


def test_every_provider_is_played() -> None:
    assert set(RECORDED) == set(PROVIDERS)


def test_the_mail_arrives_as_it_was_frozen(server: ProviderServer) -> None:
    frozen = message_from_bytes(make_follow_up(), policy=default)
    deliver(server, make_follow_up())
    [sent] = server.taken
    assert sent.sender.replace('"', "") == str(frozen["From"])
    assert sent.recipient == RECIPIENT
    assert sent.subject == frozen["Subject"]
    assert (sent.text, sent.html) == tuple(
        frozen.get_body((kind,)).get_content()  # type: ignore[union-attr]
        for kind in ("plain", "html")
    )
    headers = {name.lower(): value for name, value in sent.headers.items()}
    for name in ("Message-ID", "List-Unsubscribe", "List-Unsubscribe-Post", "In-Reply-To", "References"):
        assert headers[name.lower()] == str(frozen[name])
    assert "hello" not in headers.get("bcc", "")
    assert "ann@fernhill.example" in server.asked[0].body.decode().replace("%40", "@")
    assert sent.metadata == {"mail": MESSAGE_ID.strip("<>")}


def test_the_answer_and_the_providers_own_id_are_kept(server: ProviderServer) -> None:
    delivery = deliver(server)
    assert delivery.ref == REFERENCE
    assert delivery.reply.startswith(f"{server.recorded.accepts.code} ")
    assert REFERENCE in delivery.reply
    assert server.recorded.login(server.asked[0])


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(400, '{"message": "The html field is malformed"}'), MessageRefused),
        (Answer(413, "too large"), MessageRefused),
        (Answer(401, '{"message": "API key key-hush is not valid"}'), SourcePaused),
        (Answer(402, '{"code": "not_enough_credits", "message": "Not enough credits"}'), SourcePaused),
        (Answer(403, '{"message": "The fernhill.example domain is not verified"}'), SourcePaused),
        (Answer(404, "Domain not found: fernhill.example"), SourcePaused),
        (Answer(400, '{"message": "Sender hello@fernhill.example is not valid"}'), SourcePaused),
        (Answer(302, "", {"Location": "https://elsewhere.example/"}), SourcePaused),
        (Answer(429, "slow down", {"Retry-After": "17"}), SourcePaused),
        (Answer(503, "back soon", {"Retry-After": "17"}), Transient),
        (Answer(500, "oh no"), Uncertain),
        (Answer(502, "<html>bad gateway"), Uncertain),
        (Answer(504, ""), Uncertain),
    ],
)
def test_answer_is_taken_for_what_it_says(
    server: ProviderServer, answer: Answer, kind: type[StageError]
) -> None:
    server.script = [answer]
    error = failure(server)
    assert type(error) is kind
    if answer.code in (429, 503):
        assert getattr(error, "retry_after", None) == 17
    if isinstance(error, SourcePaused):
        assert error.source == "anymail"
    assert len(server.asked) == 1


@pytest.mark.parametrize("body", ["", "not json", "[]", "{}", '"OK"', "null", "<html>please log in"])
def test_senseless_acceptance_is_uncertain(server: ProviderServer, body: str) -> None:
    server.script = [Answer(200, body)]
    assert type(failure(server)) is Uncertain


@pytest.mark.parametrize("fault", [DROP, STALL])
def test_no_answer_to_a_written_request_is_uncertain_and_never_repeated(
    server: ProviderServer, fault: str
) -> None:
    server.script = [fault]
    assert type(failure(server, timeout=0.5 if fault == STALL else 30)) is Uncertain
    assert len(server.asked) == len(server.taken) == 1


def test_provider_that_cannot_be_reached_is_transient(server: ProviderServer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    server.port, open_port = port, server.port
    assert type(failure(server)) is Transient
    server.port = open_port


def test_provider_that_cannot_prove_who_it_is_pauses_the_sender(monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = Path(__file__).parents[2] / "pipeline/tests/data/self_signed.pem"
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as door:

        def answer() -> None:
            visitor, _ = door.accept()
            with visitor, pytest.raises(OSError):
                context.wrap_socket(visitor, server_side=True)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        transport = transport_from_url("anymail+resend://key-hush@", OUTBOX)
        assert isinstance(transport, ProviderTransport)
        object.__setattr__(transport.account, "api_url", f"https://127.0.0.1:{door.getsockname()[1]}/")
        with pytest.raises(SourcePaused, match="cannot prove who it is"):
            transport.deliver(make_mail(), sender=SENDER, recipient=RECIPIENT, message_id=MESSAGE_ID)
        thread.join(10)


@pytest.mark.parametrize(
    "mail",
    [
        make_mail().replace(b"To: info@brooklane", b"To: other@brooklane"),
        make_mail().replace(b"Message-ID: <", b"Message-ID: <x"),
        make_mail().replace(b"Content-Type: text/html", b"Content-Type: application/pdf"),
    ],
    ids=["another recipient", "another id", "an attachment"],
)
def test_mail_that_would_not_arrive_as_it_was_frozen_is_not_sent(server: ProviderServer, mail: bytes) -> None:
    assert type(failure(server, mail)) is BadData
    assert server.asked == []


def test_key_makes_a_repeat_harmless(resend: ProviderServer) -> None:
    resend.script = [DROP]
    assert type(failure(resend)) is Uncertain
    deliver(resend)
    assert len(resend.taken) == 1
    assert [asked.headers["idempotency-key"] for asked in resend.asked] == [MESSAGE_ID.strip("<>")] * 2
    assert timedelta(0) < transport_to(resend).repeats_within < timedelta(hours=24)


def test_only_a_provider_with_keys_may_be_asked_again(server: ProviderServer) -> None:
    transport = transport_to(server)
    assert (transport.repeats_within > timedelta(0)) == (server.provider == "resend")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('{"name": "concurrent_idempotent_requests", "message": "Same key in progress"}', Transient),
        ('{"name": "invalid_idempotent_request", "message": "Key used with another payload"}', Uncertain),
    ],
)
def test_key_that_was_used_already(resend: ProviderServer, text: str, kind: type[StageError]) -> None:
    resend.script = [Answer(409, text)]
    assert type(failure(resend)) is kind


def test_used_up_quota_waits_longer_than_a_busy_minute(resend: ProviderServer) -> None:
    resend.script = [
        Answer(429, '{"name": "daily_quota_exceeded"}'),
        Answer(429, '{"name": "rate_limit_exceeded"}'),
    ]
    spent, busy = failure(resend), failure(resend)
    assert isinstance(spent, SourcePaused)
    assert isinstance(busy, SourcePaused)
    assert (spent.retry_after, busy.retry_after) == (3_600, 60)


def test_recipient_that_bounced_before_is_refused_by_postmark() -> None:
    text = (
        '{"ErrorCode": 406, "Message": "You tried to send to a recipient that has been marked as inactive.\\n'
        f"Found inactive addresses: {RECIPIENT}.\\nInactive recipients are ones that have generated a hard bounce, "
        'a spam complaint, or a manual suppression."}'
    )
    with ProviderServer("postmark") as server:
        server.script = [Answer(422, text)]
        assert type(failure(server)) is RecipientRefused


def test_bounces_go_where_we_say_at_providers_that_allow_it() -> None:
    bounces = "bounces+token@bounce.fernhill.example"
    with (
        ProviderServer("sparkpost") as sparkpost,
        ProviderServer("mailjet") as mailjet,
        ProviderServer("brevo") as brevo,
    ):
        for server in (sparkpost, mailjet, brevo):
            deliver(server, envelope_sender=bounces)
        assert sparkpost.asked[0].json["return_path"] == bounces
        assert bounces in mailjet.asked[0].body.decode()
        assert bounces not in brevo.asked[0].body.decode()


def test_mail_is_found_at_providers_that_list_what_they_sent() -> None:
    bare = MESSAGE_ID.strip("<>")
    with ProviderServer("mailgun") as mailgun, ProviderServer("postmark") as postmark:
        assert transport_to(mailgun).find(MESSAGE_ID) is None  # 404
        mailgun.lists = Answer(200, '{"items": []}')
        assert transport_to(mailgun).find(MESSAGE_ID) is None
        mailgun.lists = Answer(
            200, f'{{"items": [{{"message": {{"headers": {{"message-id": "{bare}"}}}}}}]}}'
        )
        assert transport_to(mailgun).find(MESSAGE_ID) is True
        assert mailgun.asked[-1].query["message-id"] == [bare]
        assert mailgun.asked[-1].path == "/fernhill.example/events"
        postmark.lists = Answer(
            200, f'{{"TotalCount": 1, "Messages": [{{"Metadata": {{"mail": "{bare}"}}}}]}}'
        )
        assert transport_to(postmark).find(MESSAGE_ID) is True
        assert postmark.asked[-1].query["metadata_mail"] == [bare]
        postmark.lists = Answer(200, '{"TotalCount": 1, "Messages": [{"Metadata": {"mail": "another"}}]}')
        assert transport_to(postmark).find(MESSAGE_ID) is None
        postmark.lists = Answer(200, "[1]")
        assert transport_to(postmark).find(MESSAGE_ID) is None


def test_provider_without_a_list_is_not_asked(resend: ProviderServer) -> None:
    assert transport_to(resend).find(MESSAGE_ID) is None
    assert resend.asked == []


@pytest.mark.parametrize(
    ("url", "api_url"),
    [
        ("anymail+resend://key@", ""),
        ("ANYMAIL+Resend://key@", ""),
        ("anymail+mailgun://key@api.eu.mailgun.example/v3", "https://api.eu.mailgun.example/v3/"),
        ("anymail+resend://key@127.0.0.1:8025", "http://127.0.0.1:8025/"),
        ("anymail+mailjet://key:secret@", ""),
    ],
)
def test_mail_url_names_the_provider(url: str, api_url: str) -> None:
    transport = transport_from_url(url, OUTBOX)
    assert isinstance(transport, ProviderTransport)
    assert transport.account.api_url == api_url
    assert "key" not in repr(transport.account).replace("keys", "")


@pytest.mark.parametrize(
    "url",
    [
        "anymail+nobody://hush@",
        "anymail+resend://",
        "anymail+resend:hush",
        "anymail+resend://hush:hush@",
        "anymail+mailjet://hush@",
        "anymail+resend://hush@/emails",
        "anymail+resend://hush@api.example?x=1",
        "anymail+resend://hush@api.example:99999",
        "anymail+resend://hüsh-hush@",
        "anymail+resend://hush%0d%0aX:1@",
    ],
)
def test_wrong_mail_url_is_one_clear_line_without_the_key(url: str) -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        transport_from_url(url, OUTBOX)
    assert str(caught.value).startswith("MAIL_URL ")
    assert "hush" not in str(caught.value)
