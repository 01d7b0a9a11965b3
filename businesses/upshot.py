"""What becomes of businesses whose records have changed: computed again, turned away, or put before a person."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import batched
from typing import Final

from django.db.models import Exists, OuterRef

from businesses import merging
from businesses.models import Business, SourceRecord
from pipeline import states

# A changed record is looked at again, unless a person has decided on the business.
_RECHECKED = (
    Business.Status.QUALIFIED,
    Business.Status.REVIEW,
    Business.Status.CALL_LIST,
    Business.Status.REJECTED,
)
_AT_ONCE: Final = 1000
GONE: Final = "Not a lead: its sources do not list it any more"


@dataclass
class Upshot:
    """The upshot of one answer for the businesses that were there before it.

    counts gets "closed" and "review"; bereft are the keys of businesses that have lost a record.
    """

    now: datetime
    by: str
    counts: Counter[str]
    bereft: set[int] = field(default_factory=set)

    def recompute(self, reasons: Mapping[int, str], *, renamed: Mapping[int, tuple[str, str]]) -> None:
        """Compute these businesses again and have them looked at again; reasons: business to why."""
        if not reasons:
            return
        self.bereft.difference_update(reasons)
        _take_from_workers(reasons, self.now)
        before = merging.recompute(reasons, forget=renamed)
        closed = self._close(before)
        for business in before:
            if business.pk in renamed and business.pk not in closed:
                self.ask(business, *renamed[business.pk])
        again = {
            business.pk: reasons[business.pk]
            for business in before
            if business.status in _RECHECKED
            and not business.decided_by
            and business.pk not in closed
            and business.pk not in renamed
        }
        new = Business.Status.NEW
        states.move_all(Business, again, new, now=self.now, by=self.by, attempts=0, next_attempt_at=self.now)

    def _close(self, before: Iterable[Business]) -> set[int]:
        """Turn away the businesses that have closed for good since; a person's decision stands."""
        rows = {business.pk: business for business in before if not business.decided_by}
        closed = Business.objects.filter(pk__in=rows, operating_status="closed").values_list("pk", flat=True)
        keys = {key for key in closed if rows[key].operating_status != "closed"}
        self.counts["closed"] += len(keys)
        self._turn_away(keys, "closed", "Not a lead: it has closed for good")
        return keys

    def _turn_away(self, keys: Iterable[int], code: str, text: str) -> None:
        lines = [{"code": code, "points": 0, "text": text}]
        states.move_all(
            Business,
            dict.fromkeys(keys, text),
            Business.Status.REJECTED,
            now=self.now,
            by=self.by,
            reasons=lines,
            score=0,
            evidence="",
            decided_at=self.now,
        )

    def ask(self, business: Business, old: str, new: str) -> None:
        """Have a person look at a business whose records carry another name; a person's "no" to it stands."""
        if business.decided_by and business.status == Business.Status.REJECTED:
            return
        text = f"A person decides: {old!r} is called {new!r} now, a new name or another business"
        self.counts["review"] += 1
        fields = {"reasons": [{"code": "renamed", "points": 0, "text": text}], "evidence": ""}
        if business.status == Business.Status.REVIEW:
            Business.objects.filter(pk=business.pk).update(**fields)
            return
        review = Business.Status.REVIEW
        states.move_all(Business, {business.pk: text}, review, now=self.now, by=self.by, **fields)

    def settle_missing(self) -> None:
        """Turn away the businesses of which no record stands any more; the others are computed without it."""
        for keys in batched(sorted(self.bereft), _AT_ONCE):
            standing = SourceRecord.objects.filter(
                business=OuterRef("pk"), is_current=True, missing_since__isnull=True
            )
            rows = Business.objects.filter(pk__in=keys)
            gone = rows.exclude(Exists(standing)).filter(decided_by="").values_list("pk", flat=True)
            gone_keys = set(gone)
            _take_from_workers(gone_keys, self.now)
            self._turn_away(gone_keys, "gone", GONE)
            alive = set(rows.filter(Exists(standing)).values_list("pk", flat=True))
            self.recompute(dict.fromkeys(alive, "One of its records is gone"), renamed={})


def _take_from_workers(keys: Iterable[int], now: datetime) -> None:
    """A worker that is deciding on such a business decides on what it was: its claim is void, its work is lost."""
    held = Business.objects.filter(pk__in=keys, status=Business.Status.NEW).exclude(claimed_by="")
    held.update(claimed_by="", claimed_at=None, attempts=0, next_attempt_at=now)
