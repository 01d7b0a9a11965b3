"""The door to the Messages API: one call, one raw answer; what went wrong is told in the pipeline's own words.

Nothing is retried here and nothing sleeps: when to ask again is written on the row. Importing this module loads the
SDK, which takes seconds: only who asks does (see sites/model_calls.py).
"""

import os
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import anthropic
import httpx2
from anthropic import Anthropic

from pipeline.errors import SourcePaused, StageError, Transient, Uncertain
from sites.engines.claude.asking import SOURCE, Access, Answer, Question, RequestRefused

ANSWER_LIMIT = 2_000_000  # bytes; a typed answer has a few thousand
COUNT_SECONDS = 10.0
RATE_WAIT = 60.0  # seconds, where a limit is met and no wait is named
_lock = threading.Lock()
_clients: dict[tuple[Access, int], Anthropic] = {}  # by process, which a fork leaves behind
_NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol)


def ask(access: Access, question: Question) -> Answer:
    """Make the call. Raises Transient, SourcePaused, RequestRefused or Uncertain; see `cause_of`."""
    until = time.monotonic() + access.seconds
    try:
        create = _client(access, os.getpid()).messages.with_streaming_response.create
        with create(**question.params()) as response:
            body = bytearray()
            for piece in response.iter_bytes():
                body += piece
                if len(body) > ANSWER_LIMIT:
                    raise Uncertain("the answer is longer than any answer should be")
                if time.monotonic() > until:  # the SDK's own limit is one of each read, not of the whole
                    raise Uncertain(f"the answer was not whole after {access.seconds:.0f} s")
            return Answer(body.decode("utf-8", "replace"), response.headers.get("request-id", ""))
    except (anthropic.APIError, httpx2.HTTPError) as error:
        raise cause_of(error) from error


def count_tokens(access: Access, question: Question) -> int:
    """Return how many tokens the prompt has; counting is free. Where it fails: a number that is surely not less."""
    with suppress(anthropic.APIError, httpx2.HTTPError):
        counter = _client(access, os.getpid()).messages.count_tokens
        counted = counter(**question.prompt(), timeout=COUNT_SECONDS).input_tokens
        if isinstance(counted, int) and counted > 0:
            return counted
    return question.most_tokens


def order_batch(access: Access, custom_id: str, question: Question) -> str:
    """Order the answer for later, at half the price; returns the batch's id. Raises like `ask`."""
    try:
        batches = _client(access, os.getpid()).messages.batches
        request: Any = {"custom_id": custom_id, "params": question.params()}
        return str(batches.create(requests=[request]).id)
    except (anthropic.APIError, httpx2.HTTPError) as error:
        raise cause_of(error) from error


def collect_batch(access: Access, batch: str, custom_id: str) -> Answer | None:
    """Return the answer of an order, None while it is at work. Raises like `ask`, RequestRefused for a dead one."""
    try:
        batches = _client(access, os.getpid()).messages.batches
        if batches.retrieve(batch).processing_status != "ended":
            return None
        for line in batches.results(batch):
            if line.custom_id == custom_id and line.result.type == "succeeded":
                return Answer(line.result.message.to_json(), batch)
        raise RequestRefused("the batch ended without an answer")
    except (anthropic.APIError, httpx2.HTTPError) as error:
        raise cause_of(error) from error


def cause_of(error: Exception) -> StageError:
    """Return what an error of the SDK means for the work.

    Transient: surely not done, later it may be. SourcePaused: the whole API must wait, for a while where the limit of
    calls is met, for a person where key or credit fail. RequestRefused: never this request. Uncertain: it may have
    been done and charged.
    """
    if not isinstance(error, anthropic.APIStatusError):
        sent = not isinstance(error.__cause__ or error, _NEVER_SENT)
        text = f"the API did not answer ({type(error.__cause__ or error).__name__})"
        return Uncertain(text) if sent else Transient(text)
    text = f"{error.status_code} {error.type or 'error'}: {error.api_message or error.message}"[:300]
    if _is_about_money(error) or error.status_code in (401, 402, 403):
        return SourcePaused(SOURCE, text)
    if error.status_code == 429:
        return SourcePaused(SOURCE, text, retry_after=_wait(error) or RATE_WAIT)
    if error.status_code in (408, 409) or error.status_code >= 500:
        return Transient(text, retry_after=_wait(error))
    return RequestRefused(text)


def _client(access: Access, pid: int) -> Anthropic:
    """One client a process: a forked worker must not share its parent's connections."""
    with _lock:
        if (access, pid) not in _clients:
            _clients[access, pid] = Anthropic(
                api_key=access.key,
                base_url=access.base_url,
                max_retries=0,
                timeout=access.seconds,
                # The SDK's own client would read the proxies of the environment and follow redirects.
                http_client=httpx2.Client(trust_env=False, timeout=access.seconds),
                open_telemetry=False,
            )
        return _clients[access, pid]


def close_clients() -> None:
    """Close this process's connections."""
    with _lock:
        for each in _clients.values():
            each.close()
        _clients.clear()


def _is_about_money(error: anthropic.APIStatusError) -> bool:
    spent = error.error_code == "enforced_spend_limit_reached" or error.type == "billing_error"
    return spent or (error.status_code == 400 and "credit balance" in (error.api_message or "").lower())


def _wait(error: anthropic.APIStatusError) -> float | None:
    """Seconds that the answer asks for: a number or a date."""
    stated = error.response.headers.get("retry-after", "")
    if stated.isascii() and stated.isdigit():
        return float(stated)
    with suppress(ValueError, TypeError):
        at = parsedate_to_datetime(stated)
        return max(0.0, (at - datetime.now(at.tzinfo or UTC)).total_seconds()) if at.tzinfo else None
    return None
