"""The two addresses outside that an operator may name: where alerts are posted, and who watches over the watcher."""

from typing import Final

import requests

from pipeline.errors import BadData, Transient

TIMEOUT: Final = 5.0  # seconds, to connect and for each wait
ANSWER_KEPT: Final = 500  # characters


def post_text(url: str, text: str) -> str:
    """Post {"text": text} and return the beginning of the answer.

    Raises Transient where a later try may work (no connection, 408, 429, 5xx) and BadData where none will. Neither
    names the address: the key to the channel is in it.
    """
    try:
        answer = requests.post(url, json={"text": text}, timeout=TIMEOUT, allow_redirects=False)
    except requests.RequestException as error:
        raise Transient(f"The alert webhook could not be reached: {type(error).__name__}") from None
    if answer.status_code in (408, 429) or answer.status_code >= 500:
        raise Transient(f"The alert webhook answered {answer.status_code}", retry_after=_wait(answer))
    if not 200 <= answer.status_code < 300:
        raise BadData(f"The alert webhook answered {answer.status_code}; see to ALERT_WEBHOOK_URL")
    return answer.text[:ANSWER_KEPT]


def ask(url: str) -> None:
    """GET an address and drop the answer; raises Transient when there was none or it was no good one."""
    try:
        with requests.get(url, timeout=TIMEOUT, allow_redirects=False, stream=True) as answer:
            status = answer.status_code
    except requests.RequestException as error:
        raise Transient(f"The watchdog could not be reached: {type(error).__name__}") from None
    if not 200 <= status < 300:
        raise Transient(f"The watchdog answered {status}; see to HEARTBEAT_URL")


def _wait(answer: requests.Response) -> float | None:
    value = answer.headers.get("Retry-After", "")
    return float(value) if value.isascii() and value.isdigit() else None
