"""Short signed tokens in links: a row's id and a link's number that nobody can make up or change.

A token is 28 characters: base64url(8-byte id | 1-byte link | first 12 bytes of HMAC-SHA256). Each purpose has a
key of its own, so that a token for one is nothing to another. Tokens never expire: an unsubscribe link works for
as long as its mail lies in a box.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from typing import Literal

from django.conf import settings

Purpose = Literal["open", "click", "unsubscribe", "claim", "bounce", "read"]

_ID_BYTES, _MAC_BYTES = 8, 12
_TOKEN = re.compile(r"[A-Za-z0-9_-]{28}")


def make_token(purpose: Purpose, row_id: int, link: int = 0, *, secrets: Sequence[str] = ()) -> str:
    """Sign a row's id (below 2**63) and a link's number (below 256) for one purpose.

    `secrets`: the first signs; empty means the project's SECRET_KEY. Raises ValueError for numbers out of range.
    """
    if not 0 <= row_id < 2**63 or not 0 <= link < 2**8:
        raise ValueError(f"No token can hold id {row_id} and link {link}")
    payload = row_id.to_bytes(_ID_BYTES) + link.to_bytes(1)
    current = (secrets or _project_secrets())[0]
    return base64.urlsafe_b64encode(payload + _mac(current, purpose, payload)).decode()


def read_token(purpose: Purpose, token: str, *, secrets: Sequence[str] = ()) -> tuple[int, int] | None:
    """Return the id and link number that a token was made for; None for everything that is not our token.

    `secrets`: any of them may have signed; empty means SECRET_KEY and its fallbacks.
    """
    if not _TOKEN.fullmatch(token):
        return None
    raw = base64.urlsafe_b64decode(token)
    payload, mac = raw[:-_MAC_BYTES], raw[-_MAC_BYTES:]
    # Every secret is tried, so that the time taken does not tell which one fits.
    matches = [
        hmac.compare_digest(mac, _mac(secret, purpose, payload)) for secret in secrets or _project_secrets()
    ]
    return (int.from_bytes(payload[:_ID_BYTES]), payload[_ID_BYTES]) if any(matches) else None


def _project_secrets() -> Sequence[str]:
    return [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]


def _mac(secret: str, purpose: Purpose, payload: bytes) -> bytes:
    if not secret:
        raise ValueError("The secret that signs the links is empty")
    key = hmac.digest(secret.encode(), b"webmagic link token: " + purpose.encode(), hashlib.sha256)
    return hmac.digest(key, payload, hashlib.sha256)[:_MAC_BYTES]
