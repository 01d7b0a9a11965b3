"""A stand-in for the Messages API on loopback: it refuses what the real one refuses, and fails when told to.

It keeps its own ledger of what really happened, so that a test compares our tables with it and not with our logs.
"""

import hashlib
import json
import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

KEY = "sk-standin"
MODELS = {"claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5", "claude-fable-5-2", "claude-unpriced-1"}
ALWAYS_THINK = ("claude-opus-5-5", "claude-fable-5")
STEPS = {
    "topics": "analyst", "lines": "copywriter", "look": "art_director", "verdicts": "critic",
    "letter": "letter_writer", "judged": "letter_judge",
}  # fmt: skip
ERRORS = {
    400: "invalid_request_error", 401: "authentication_error", 402: "billing_error", 403: "permission_error",
    404: "not_found_error", 413: "request_too_large", 422: "invalid_request_error", 429: "rate_limit_error",
    500: "api_error", 503: "api_error", 504: "timeout_error", 529: "overloaded_error",
}  # fmt: skip
TTL = {"5m": 300.0, "1h": 3600.0}


@dataclass(frozen=True)
class Fail:
    """An error answer; `headers` go with it."""

    status: int
    message: str = "told to fail"
    headers: dict[str, str] = field(default_factory=dict)
    details: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Say:
    """A message as usual, with parts of it replaced; `change` gets the answer of the step and returns another."""

    stop_reason: str = "end_turn"
    text: str | None = None
    change: Callable[[Any], Any] | None = None
    over: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Break:
    """What is no answer: "close" the connection, "drip" a byte now and then, "html" with status 200."""

    how: str


Fault = Fail | Say | Break


@dataclass
class Call:
    """One paid call as it arrived."""

    step: str
    body: dict[str, Any]
    headers: dict[str, str]

    @property
    def text(self) -> str:
        return str(self.body["messages"][0]["content"][0]["text"])

    def part(self, name: str) -> Any:
        found = re.search(rf"<{name}>([\[{{].*?)</{name}>", self.text, re.DOTALL)
        return json.loads(found[1]) if found else {}


class ClaudeApi:
    """obeys: it does what a text in the record asks for, and as a judge it agrees to everything.

    faults: step -> what happens on its next calls, in turn; then it answers as usual. `delay` is seconds.
    together: analysts wait at it for each other before the first is answered.
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.counted = 0
        self.faults: dict[str, list[Fault]] = defaultdict(list)
        self.obeys = False
        self.delay = 0.0
        self.together: threading.Barrier | None = None
        self.hung_up = threading.Event()  # a client had enough of a drip
        self.verdict: Callable[[dict[str, Any]], str] | None = None
        self.letter: dict[str, str] = {}  # what it writes at a place of a letter, instead of what is true
        self.letter_verdict = "supported"
        self.batches: dict[str, dict[str, Any]] = {}
        self.batches_ended = False
        self.url = ""
        self.lock = threading.Lock()
        self._cached: dict[str, float] = {}

    def steps(self) -> list[str]:
        return [call.step for call in self.calls]

    # ------------------------------------------------------------------------------------------ answers
    def answer(self, call: Call) -> Any:
        write = {
            "analyst": self._brief, "copywriter": self._draft, "art_director": self._choice, "critic": self._verdicts,
            "letter_writer": self._letter, "letter_judge": self._letter_verdicts,
        }  # fmt: skip
        return write[call.step](call)

    def _order_in(self, call: Call) -> str:
        """The text that some value of the record asks to be written."""
        for value in [*call.part("record").values(), str(call.part("brief"))]:
            found = re.search(r"(?:write|mention|promise)[:\s]+(.+)", str(value), re.IGNORECASE)
            if self.obeys and found:
                return found[1][:120]
        return ""

    def _brief(self, call: Call) -> Any:
        ordered = self._order_in(call)
        audience = f"People who were told to write: {ordered}" if ordered else "People who live nearby."
        topics = ["topic_3", "topic_1"]
        return {"audience": audience, "tone": "plain", "lead": "phone", "topics": topics}

    def _draft(self, call: Call) -> Any:
        ordered = self._order_in(call)
        record = call.part("record")
        lines = []
        german = "German, as a neighbour" in call.body["system"][0]["text"]
        for slot in call.part("slots"):
            known, other = (TRUE_GERMAN, "Gut zu wissen") if german else (TRUE, "Good to know")
            text, fields = (ordered, []) if ordered else known.get(slot, (other, []))
            if set(fields) <= set(record):
                lines.append(
                    {"slot": slot, "text": text, "fields": fields, "kind": "fact" if fields else "generic"}
                )
        return {"lines": lines}

    def _choice(self, call: Call) -> Any:
        return {"look": max(call.part("looks")), "order": max(call.part("orders"))}

    def _verdicts(self, call: Call) -> Any:
        def judge(asked: dict[str, Any]) -> str:
            if self.verdict is not None:
                return self.verdict(asked)
            return "entailed" if asked["facts"] else "generic"

        return {
            "verdicts": [
                {"slot": slot, "verdict": judge(asked)} for slot, asked in call.part("sentences").items()
            ]
        }

    def _letter(self, call: Call) -> Any:
        """It rewrites what it knows better; where it is told to, it writes at any place, asked for or not."""
        german = "German, with" in call.body["system"][0]["text"]
        known = (
            {} if german else {slot: text for slot, text in TRUE_LETTER.items() if slot in call.part("slots")}
        )
        return {"letter": [{"slot": slot, "text": text} for slot, text in (known | self.letter).items()]}

    def _letter_verdicts(self, call: Call) -> Any:
        return {"judged": [{"slot": slot, "verdict": self.letter_verdict} for slot in call.part("lines")]}

    # ------------------------------------------------------------------------------------------ messages
    def message(self, call: Call, say: Say) -> dict[str, Any]:
        content = self.answer(call) if say.text is None else None
        text = (
            say.text if say.text is not None else json.dumps(say.change(content) if say.change else content)
        )
        if say.stop_reason == "max_tokens":
            text = text[: len(text) // 2]
        blocks = [{"type": "thinking", "thinking": "", "signature": "c2ln"}, {"type": "text", "text": text}]
        if say.stop_reason == "refusal":
            blocks = []
        details = (
            {"type": "refusal", "category": "other", "explanation": ""}
            if say.stop_reason == "refusal"
            else None
        )
        message = {
            "id": f"msg_{len(self.calls):06d}", "type": "message", "role": "assistant", "model": call.body["model"],
            "content": blocks, "stop_reason": say.stop_reason, "stop_sequence": None, "stop_details": details,
            "usage": self._usage(call, text),
        }  # fmt: skip
        return message | say.over

    def _usage(self, call: Call, text: str) -> dict[str, Any]:
        """The system text is written to the cache once and read from it while it lives."""
        system = call.body["system"]
        prefix = hashlib.sha256(json.dumps([call.body["model"], system]).encode()).hexdigest()
        tokens, now = tokens_of(system), time.monotonic()
        control = system[-1].get("cache_control") or {}
        with self.lock:
            alive = self._cached.get(prefix, 0.0) > now
            if control:
                self._cached[prefix] = now + TTL[control.get("ttl", "5m")]
        written = tokens if control and not alive else 0
        long = written if control.get("ttl") == "1h" else 0
        return {
            "input_tokens": tokens_of(call.body["messages"]) + (0 if control else tokens),
            "output_tokens": len(text) // 4 + 1,
            "cache_creation_input_tokens": written,
            "cache_read_input_tokens": tokens if control and alive else 0,
            "cache_creation": {
                "ephemeral_5m_input_tokens": written - long, "ephemeral_1h_input_tokens": long,
            },
            "service_tier": "standard",
        }  # fmt: skip

    def receive(self, body: dict[str, Any], headers: dict[str, str]) -> Call:
        names = body["output_config"]["format"]["schema"]["properties"]
        call = Call(next(step for name, step in STEPS.items() if name in names), body, headers)
        with self.lock:
            self.calls.append(call)
        return call

    def next_fault(self, step: str) -> Fault:
        with self.lock:
            waiting = self.faults[step] or self.faults["any"]
            return waiting.pop(0) if waiting else Say()


# What the model writes of its own accord: true of whoever has these facts, in plain words.
TRUE: dict[str, tuple[str, list[str]]] = {
    "seo.description": (
        "{name} is {category_a} in {city}. Call {phone_display} and ask, or find the name and the place on this page.",
        ["name", "category_a", "city", "phone_display"],
    ),
    "hero.body3": (
        "You will find {name} at {address} in {city}. The phone number is {phone_display}.",
        ["name", "address", "city", "phone_display"],
    ),
    "about.body1": ("{name} is {category_a} in {city}.", ["name", "category_a", "city"]),
    "about.body3": ("Call {phone_display} and ask for {name}.", ["phone_display", "name"]),
    "visit.body1": ("Look for {name} at {address}.", ["name", "address"]),
    "cta.body1": ("Have a question? Call {phone_display}.", ["phone_display"]),
}
TRUE_GERMAN: dict[str, tuple[str, list[str]]] = {
    "hero.body3": (
        "Sie finden {name} in {city}, {address}. Die Telefonnummer ist {phone_display}.",
        ["name", "city", "address", "phone_display"],
    ),
    "about.body1": ("Das ist die Seite von {name} in {city}.", ["name", "city"]),
}


TRUE_LETTER = {
    "introduction": "We are {agency}. On {source} we found {name}{in_city}, but no website that works, so we made one "
    "as a proposal, from public details.",
    "reminder": "On {wrote_on} we wrote to you about our proposal: a website for {name}. You can still look at it "
    "when it suits you.",
}


def tokens_of(part: Any) -> int:
    return len(json.dumps(part)) // 4


def fault_of(body: dict[str, Any], headers: dict[str, str], *, counting: bool = False) -> Fail | None:
    """What the real API says to such a request; None where it takes it."""
    if headers.get("authorization") != f"Bearer {KEY}":
        return Fail(401, "invalid bearer token")
    if not headers.get("anthropic-version"):
        return Fail(400, "anthropic-version: header is required")
    if body.get("model") not in MODELS:
        return Fail(404, f"model: {body.get('model')}")
    if odd := {"temperature", "top_p", "top_k"} & set(body):
        return Fail(400, f"{min(odd)}: is not supported")
    if not counting and not isinstance(body.get("max_tokens"), int):
        return Fail(400, "max_tokens: Field required")
    if str(body["model"]).startswith(ALWAYS_THINK) and (
        "thinking" in body or body.get("tool_choice", {}).get("type") in ("any", "tool")
    ):
        return Fail(400, "thinking cannot be changed on this model")
    messages = body.get("messages") or [{}]
    if messages[-1].get("role") != "user":
        return Fail(400, "messages: the last one must be of the user")
    shape = body.get("output_config", {}).get("format")
    if shape and (shape.get("type") != "json_schema" or not _is_closed(shape.get("schema"))):
        return Fail(400, "output_config.format.schema: additionalProperties must be false")
    return None


def _is_closed(schema: Any) -> bool:
    if isinstance(schema, list):
        return all(_is_closed(each) for each in schema)
    if not isinstance(schema, dict):
        return True
    unsupported = {"maxLength", "minLength", "maximum", "minimum", "maxItems"} & set(schema)
    if schema.get("type") == "object" and (unsupported or schema.get("additionalProperties") is not False):
        return False
    return not (schema.get("type") in ("string", "array") and unsupported) and all(
        _is_closed(each) for each in schema.values()
    )


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    api: ClaudeApi

    def log_message(self, *args: Any) -> None:
        """Quiet: the ledger tells."""

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        body, path = json.loads(raw), urlsplit(self.path).path
        if path == "/v1/messages/batches":
            self._order(body)
            return
        counting = path == "/v1/messages/count_tokens"
        if refused := fault_of(body, headers, counting=counting):
            self._fail(refused)
        elif counting:
            self.api.counted += 1
            self._send(200, {"input_tokens": tokens_of(body)})
        else:
            self._message(body, headers)

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path.startswith("/v1/models/"):
            self._send(
                200, {"id": path.rpartition("/")[2], "type": "model", "display_name": "", "created_at": ""}
            )
        elif path.endswith("/results"):
            batch = self.api.batches[path.split("/")[4]]
            self._send(200, None, text="\n".join(json.dumps(line) for line in batch["lines"]))
        else:
            self._send(200, self._batch(path.rpartition("/")[2]))

    def _message(self, body: dict[str, Any], headers: dict[str, str]) -> None:
        call = self.api.receive(body, headers)
        fault = self.api.next_fault(call.step)
        time.sleep(self.api.delay)
        if self.api.together is not None and call.step == "analyst":
            self.api.together.wait()
        if isinstance(fault, Fail):
            self._fail(fault)
        elif isinstance(fault, Say):
            self._send(200, self.api.message(call, fault))
        elif fault.how == "html":
            self._send(200, None, text="<html>Sorry</html>")
        elif fault.how == "drip":
            self._drip()
        self.close_connection = isinstance(fault, Break)

    def _order(self, body: dict[str, Any]) -> None:
        name = f"msgbatch_{len(self.api.batches)}"
        lines = []
        for request in body["requests"]:
            call = self.api.receive(request["params"], {})
            fault = self.api.next_fault(call.step)
            result: dict[str, Any] = {"type": "expired"}
            if isinstance(fault, Say):
                result = {"type": "succeeded", "message": self.api.message(call, fault)}
            lines.append({"custom_id": request["custom_id"], "result": result})
        self.api.batches[name] = {"lines": lines}
        self._send(200, self._batch(name))

    def _batch(self, name: str) -> dict[str, Any]:
        ended = self.api.batches_ended
        return {
            "id": name, "type": "message_batch", "processing_status": "ended" if ended else "in_progress",
            "request_counts": {"processing": 0, "succeeded": 1, "errored": 0, "canceled": 0, "expired": 0},
            "created_at": "2026-03-02T09:00:00Z", "expires_at": "2026-03-03T09:00:00Z", "archived_at": None,
            "ended_at": None, "cancel_initiated_at": None,
            "results_url": f"{self.api.url}/v1/messages/batches/{name}/results" if ended else None,
        }  # fmt: skip

    def _fail(self, fault: Fail) -> None:
        error = {"type": ERRORS[fault.status], "message": fault.message} | (
            {"details": fault.details} if fault.details else {}
        )
        self._send(
            fault.status, {"type": "error", "error": error, "request_id": "req_1"}, headers=fault.headers
        )

    def _drip(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", "100000")
        self.end_headers()
        try:
            for _ in range(600):
                self.wfile.write(b" ")
                self.wfile.flush()
                time.sleep(0.05)
        except OSError:
            self.api.hung_up.set()

    def _send(
        self, status: int, value: Any, *, text: str = "", headers: dict[str, str] | None = None
    ) -> None:
        body = (text if value is None else json.dumps(value)).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("request-id", f"req_{len(self.api.calls):06d}")
        self.send_header("content-length", str(len(body)))
        for name, header in (headers or {}).items():
            self.send_header(name, header)
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def running_api() -> Iterator[ClaudeApi]:
    """Serve on a free port of 127.0.0.1 until the block ends."""
    api = ClaudeApi()
    handler = type("Handler", (_Handler,), {"api": api})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    api.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
