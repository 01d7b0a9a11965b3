"""Who asked to be forgotten: of them only keyed hashes stay, so that no later answer of a source brings them back.

The hashes stand as source records that were never told by any source.
"""

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from django.conf import settings

from businesses.models import Business, SourceRecord

SOURCE: Final = "erased"


def erased_key(kind: str, text: str) -> str:
    """64 hexadecimal digits that stand for a source's id ("source osm") or an address ("email")."""
    words = f"erased {kind} {text.strip().casefold()}"
    return hmac.digest(settings.SUPPRESSION_PEPPER.encode(), words.encode(), hashlib.sha256).hex()


def remember_erased(
    business: Business, *, ids: Iterable[tuple[str, str]], emails: Iterable[str], now: datetime
) -> None:
    """Keep what a business is recognised by, as hashes; ids: (source, id). Doing it twice changes nothing."""
    keys = {erased_key(f"source {source}", source_id) for source, source_id in ids if source != SOURCE}
    keys |= {erased_key("email", email) for email in emails if email}
    known = set(
        SourceRecord.objects.filter(source=SOURCE, source_id__in=keys).values_list("source_id", flat=True)
    )
    SourceRecord.objects.bulk_create(
        SourceRecord(
            source=SOURCE,
            source_id=key,
            business=business,
            payload={},
            payload_hash="",
            missing_since=now,
            licence="",
            attribution="",
            first_seen_at=now,
            last_seen_at=now,
        )
        for key in sorted(keys - known)
    )


def erased_keys() -> frozenset[str]:
    """Return the hashes of all that must not come back."""
    return frozenset(SourceRecord.objects.filter(source=SOURCE).values_list("source_id", flat=True))


def is_erased(keys: frozenset[str], source: str, source_id: str, emails: Iterable[str]) -> bool:
    """Tell whether a record is of somebody who asked to be forgotten."""
    if not keys:
        return False
    return erased_key(f"source {source}", source_id) in keys or any(
        erased_key("email", email) in keys for email in emails if email
    )
