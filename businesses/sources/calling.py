"""One HTTP call of a source: bounded in time and size, with no word from the environment."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests
from urllib3.exceptions import MaxRetryError

from pipeline.errors import Transient, Uncertain


@dataclass(frozen=True, slots=True)
class Answer:
    """body: the text, damaged bytes replaced. too_large: there was more than was asked for; body is "" then."""

    status: int
    content_type: str
    retry_after: float | None
    body: str
    too_large: bool


def call(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    max_bytes: int,
    seconds: float,
    data: Mapping[str, str] | None = None,
    json: Any = None,
) -> Answer:
    """Make the call; a redirect is an answer like any other. `seconds` bounds the whole of it.

    Raises Transient where the call surely did not arrive, Uncertain where it may have and no answer came.
    """
    host = url.split("/")[2]
    until = time.monotonic() + seconds
    with requests.Session() as session:
        session.trust_env = False
        try:
            with session.request(
                method, url, headers=headers, data=data, json=json, timeout=(10, seconds),
                stream=True, allow_redirects=False,
            ) as response:  # fmt: skip
                body, too_large = _read(response, max_bytes, until)
        except requests.RequestException as error:
            if _never_arrived(error):
                raise Transient(f"{host} cannot be reached ({type(error).__name__})") from error
            raise Uncertain(
                f"{host} broke off before its answer was whole ({type(error).__name__})"
            ) from error
    return Answer(
        status=response.status_code,
        content_type=response.headers.get("Content-Type", "").partition(";")[0].strip().lower(),
        retry_after=_seconds(response.headers.get("Retry-After", "")),
        body=body.decode("utf-8", "replace"),
        too_large=too_large,
    )


def _read(response: requests.Response, max_bytes: int, until: float) -> tuple[bytes, bool]:
    """What is read is dropped at once when there is more than `max_bytes` of it, unpacked."""
    body = bytearray()
    for piece in response.iter_content(64 * 1024):
        body += piece
        if len(body) > max_bytes:
            return b"", True
        if time.monotonic() > until:
            raise requests.Timeout("the answer took too long")
    return bytes(body), False


def _never_arrived(error: requests.RequestException) -> bool:
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.SSLError | ValueError):
        return True  # ValueError: an address or a header that cannot be sent
    # A connection that was never made; one that broke later comes as another kind of error.
    return isinstance(error, requests.ConnectionError) and isinstance(
        error.args[0] if error.args else None, MaxRetryError
    )


def _seconds(retry_after: str) -> float | None:
    return float(retry_after) if retry_after.isascii() and retry_after.isdigit() else None
