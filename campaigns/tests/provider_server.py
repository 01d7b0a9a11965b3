"""A stand-in for the HTTP APIs of mail providers: answers in the shapes that they document, and fails as told."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from campaigns.tests.mail_server import DROP, STALL


@dataclass
class Asked:
    """One request as it came."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, list[str]]:
        return parse_qs(self.body.decode())


@dataclass
class Answer:
    code: int
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Sent:
    """A mail as a provider was told it."""

    sender: str
    recipient: str
    subject: str
    text: str
    html: str
    headers: dict[str, str]
    metadata: dict[str, str]


REFERENCE = "provider-ref-0123"


@dataclass(frozen=True)
class Recorded:
    """One provider: where a mail is posted, what it answers, and how a request reads."""

    path: str
    accepts: Answer
    read: Callable[[Asked], Sent]
    login: Callable[[Asked], str]


def _plain(pair: dict[str, str]) -> str:
    return f"{pair['Name']} <{pair['Email']}>"


def _read_resend(asked: Asked) -> Sent:
    data = asked.json
    headers = dict(data["headers"])
    metadata = json.loads(headers.pop("X-Metadata"))
    [to] = data["to"]
    return Sent(data["from"], to, data["subject"], data["text"], data["html"], headers, metadata)


def _read_brevo(asked: Asked) -> Sent:
    data = asked.json
    headers = dict(data["headers"])
    metadata = json.loads(headers.pop("X-Mailin-custom"))
    sender = f"{data['sender']['name']} <{data['sender']['email']}>"
    [to] = data["to"]
    return Sent(
        sender, to["email"], data["subject"], data["textContent"], data["htmlContent"], headers, metadata
    )


def _read_postmark(asked: Asked) -> Sent:
    data = asked.json
    headers = {each["Name"]: each["Value"] for each in data["Headers"]}
    assert headers.pop("X-PM-KeepID") == "true"
    assert (data["TrackOpens"], data["TrackLinks"]) == (False, "None")
    return Sent(
        data["From"],
        data["To"],
        data["Subject"],
        data["TextBody"],
        data["HtmlBody"],
        headers,
        data["Metadata"],
    )


def _read_mailgun(asked: Asked) -> Sent:
    data = {name: values[0] for name, values in asked.form.items()}
    assert (data["o:tracking-opens"], data["o:tracking-clicks"]) == ("no", "no")
    headers = {name[2:]: value for name, value in data.items() if name.startswith("h:")}
    metadata = {name[2:]: value for name, value in data.items() if name.startswith("v:")}
    return Sent(data["from"], data["to"], data["subject"], data["text"], data["html"], headers, metadata)


def _read_mailjet(asked: Asked) -> Sent:
    data = asked.json["Globals"] | asked.json["Messages"][0]
    [to] = data["To"]
    metadata = json.loads(data["EventPayload"])
    return Sent(
        _plain(data["From"]),
        to["Email"],
        data["Subject"],
        data["TextPart"],
        data["HTMLPart"],
        data["Headers"],
        metadata,
    )


def _read_sparkpost(asked: Asked) -> Sent:
    data = asked.json
    content = data["content"]
    [to] = data["recipients"]
    return Sent(
        content["from"],
        to["address"]["email"],
        content["subject"],
        content["text"],
        content["html"],
        content["headers"],
        data["metadata"],
    )


def _ok(body: Any, code: int = 200) -> Answer:
    return Answer(code, json.dumps(body))


RECORDED = {
    "resend": Recorded(
        "/emails", _ok({"id": REFERENCE}), _read_resend, lambda asked: asked.headers["authorization"]
    ),
    "brevo": Recorded(
        "/smtp/email", _ok({"messageId": REFERENCE}, 201), _read_brevo, lambda asked: asked.headers["api-key"]
    ),
    "postmark": Recorded(
        "/email",
        _ok({"To": "info@brooklane.example", "SubmittedAt": "2026-03-02T09:00:00Z", "MessageID": REFERENCE,
             "ErrorCode": 0, "Message": "OK"}),
        _read_postmark,
        lambda asked: asked.headers["x-postmark-server-token"],
    ),
    "mailgun": Recorded(
        "/fernhill.example/messages",
        _ok({"id": REFERENCE, "message": "Queued. Thank you."}),
        _read_mailgun,
        lambda asked: asked.headers["authorization"],
    ),
    "mailjet": Recorded(
        "/send",
        _ok({"Messages": [{"Status": "success", "To": [
            {"Email": "info@brooklane.example", "MessageUUID": "1-2-3", "MessageID": REFERENCE}]}]}),
        _read_mailjet,
        lambda asked: asked.headers["authorization"],
    ),
    "sparkpost": Recorded(
        "/transmissions/",
        _ok({"results": {"total_rejected_recipients": 0, "total_accepted_recipients": 1, "id": REFERENCE}}),
        _read_sparkpost,
        lambda asked: asked.headers["authorization"],
    ),
}  # fmt: skip


class ProviderServer:
    """Plays one provider on loopback. `script`: an Answer or a fault for the next request, else it accepts.

    A mail that is taken twice under one key counts once, as the providers with keys promise.
    """

    def __init__(self, provider: str) -> None:
        self.recorded = RECORDED[provider]
        self.provider = provider
        self.script: list[Answer | str] = []
        self.asked: list[Asked] = []
        self.taken: list[Sent] = []
        self.lists: Answer = Answer(404)
        self._keys: set[str] = set()
        self._over = threading.Event()

    def __enter__(self) -> "ProviderServer":
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                owner._answer(self)

            def do_GET(self) -> None:
                owner._answer(self)

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.block_on_close = False
        self.port = self.server.server_address[1]
        threading.Thread(
            target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()
        return self

    def __exit__(self, *problem: object) -> None:
        self._over.set()
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self) -> str:
        keys = "key-hush:secret-hush" if self.provider == "mailjet" else "key-hush"
        return f"anymail+{self.provider}://{keys}@127.0.0.1:{self.port}"

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        asked = Asked(handler.command, parts.path, parse_qs(parts.query), headers, body)
        self.asked.append(asked)
        if asked.method == "GET":
            self._write(handler, self.lists)
            return
        step = self.script.pop(0) if self.script else self.recorded.accepts
        is_taken = step in (DROP, STALL, self.recorded.accepts)
        if is_taken and asked.path == self.recorded.path:
            self._take(asked)
        if isinstance(step, Answer):
            self._write(handler, step)
        elif step == STALL:
            self._over.wait(30)
        handler.close_connection = True

    def _take(self, asked: Asked) -> None:
        key = asked.headers.get("idempotency-key", f"none {time.monotonic_ns()}")
        if key not in self._keys:
            self._keys.add(key)
            self.taken.append(self.recorded.read(asked))

    def _write(self, handler: BaseHTTPRequestHandler, answer: Answer) -> None:
        handler.send_response(answer.code)
        for name, value in {"Content-Type": "application/json", **answer.headers}.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(answer.body.encode())))
        handler.end_headers()
        handler.wfile.write(answer.body.encode())
