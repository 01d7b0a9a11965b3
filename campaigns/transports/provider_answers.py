"""What a provider's answer, or its silence, says about whether a mail was accepted."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import requests
from urllib3 import exceptions as urllib3_errors

from businesses.contacts import clean_text
from campaigns.transports.base import MessageRefused, RecipientRefused
from pipeline.errors import SourcePaused, StageError, Transient, Uncertain

BUSY_FOR: Final = 60.0  # seconds, where a provider that is asked too often names none
SPENT_FOR: Final = 3_600.0  # seconds, where the day's or month's mails are used up
LONGEST_WAIT: Final = 86_400.0  # seconds

_SPENT: Final = re.compile(r"quota|credit|daily|monthly|plan limit", re.IGNORECASE)
_SENDER_FAULT: Final = re.compile(
    r"not (been )?verified|unverified|not confirmed|sender signature|not authori[sz]ed to send"
    r"|sender .{0,40}(not valid|invalid|unknown)"
    r"|(account|domain) .{0,40}(suspended|disabled|not found|inactive|pending)"
    r"|(quota|credits?|limit) .{0,20}(exceeded|reached|exhausted)|not enough credits",
    re.IGNORECASE,
)
_RECIPIENT_FAULT: Final = re.compile(
    r"inactive recipient|recipient .{0,40}(suppressed|blocked|blacklisted|inactive)", re.IGNORECASE
)


def shown(text: str, secrets: Iterable[str]) -> str:
    """Return a provider's words as one short line without our keys."""
    for secret in secrets:
        text = text.replace(secret, "***") if secret else text
    return clean_text(text, limit=300)


def meaning_of_answer(
    source: str, who: str, response: requests.Response, secrets: Iterable[str]
) -> StageError:
    """Return the error that an answer other than acceptance stands for.

    4xx says that nothing was accepted; anything else that is not clear leaves it open.
    """
    code, text = response.status_code, shown(response.text, secrets)
    said = f"{who} answered {code} {text}".strip()
    wait = _retry_after(response)
    if code in (401, 402, 403, 404, 405) or 300 <= code < 400:
        return SourcePaused(source, said)
    if code == 429:
        return SourcePaused(
            source, said, retry_after=wait or (SPENT_FOR if _SPENT.search(text) else BUSY_FOR)
        )
    if code in (408, 425, 503):
        return Transient(said, retry_after=wait)
    if code == 409:  # the key was used: by a try that is still under way, or for a mail that was accepted
        return Transient(said, retry_after=wait) if "concurrent" in text else Uncertain(said)
    if 400 <= code < 500:
        if _SENDER_FAULT.search(text):
            return SourcePaused(source, said)
        return RecipientRefused(said) if _RECIPIENT_FAULT.search(text) else MessageRefused(said)
    return Uncertain(said)


def meaning_of_failure(source: str, who: str, error: requests.RequestException) -> StageError:
    """Return the error that a request without an answer stands for."""
    if isinstance(error, requests.TooManyRedirects):
        return SourcePaused(source, f"{who} answered with another address; set that in MAIL_URL")
    causes = list(_causes(error))
    if any("certificate verify failed" in str(cause) for cause in causes):
        return SourcePaused(source, f"{who} cannot prove who it is")
    if isinstance(error, requests.ConnectTimeout) or any(
        isinstance(cause, (urllib3_errors.NewConnectionError, urllib3_errors.ConnectTimeoutError))
        for cause in causes
    ):
        return Transient(f"{who} could not be reached")
    kind = type(causes[-1]).__name__
    return Uncertain(f"{who} gave no answer to the request ({kind})")


def _causes(error: BaseException) -> Iterable[BaseException]:
    """Yield an error and what it came from, as requests and urllib3 wrap them."""
    seen: set[int] = set()
    waiting: list[BaseException] = [error]
    while waiting:
        each = waiting.pop(0)
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        inner = [each.__cause__, each.__context__, getattr(each, "reason", None), *each.args]
        waiting.extend(one for one in inner if isinstance(one, BaseException))


def _retry_after(response: requests.Response) -> float | None:
    """Return the seconds that the provider asks us to wait, within reason; None where it names none."""
    value = response.headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdecimal():
        return min(float(value[:9]), LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    answered = response.headers.get("Date", "")
    try:
        now = parsedate_to_datetime(answered)
    except ValueError:
        now = datetime.now(UTC)
    if (until.tzinfo is None) != (now.tzinfo is None):
        return None
    return min(max(0.0, (until - now).total_seconds()), LONGEST_WAIT)
