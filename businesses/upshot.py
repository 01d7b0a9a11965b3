"""What becomes of businesses whose records have changed: computed again, turned away, or put before a person."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import batched
from typing import Final

from django.db.models import Exists, OuterRef

from businesses import merging
from businesses.matching import own_domain
from businesses.models import Business, SourceRecord
from businesses.rejudging import unjudged
from businesses.webhosts import is_platform_host, split_web_address
from pipeline import states

# A changed record is looked at again, unless a person has decided on the business.
_RECHECKED = (
    Business.Status.QUALIFIED,
    Business.Status.REVIEW,
    Business.Status.CALL_LIST,
    Business.Status.REJECTED,
)
# What a person may have said yes to.
_YES: Final = (Business.Status.QUALIFIED, Business.Status.CALL_LIST)
_ENDS: Final = {"closed": "that it has closed for good", "temporarily_closed": "that it is closed for a time"}
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
        self._doubt_yes(before)
        again = {
            business.pk: reasons[business.pk]
            for business in before
            if business.status in _RECHECKED
            and not business.decided_by
            and business.pk not in closed
            and business.pk not in renamed
        }
        waits = unjudged("Its record changed; it waits for a look")
        new, fields = Business.Status.NEW, waits | {"attempts": 0, "next_attempt_at": self.now}
        states.move_all(Business, again, new, now=self.now, by=self.by, **fields)

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
        lines = [{"code": "renamed", "points": 0, "text": text}]
        if business.status == Business.Status.REVIEW:
            open_still = business.reasons if _is_yes(business) else []
            reasons = lines + [line for line in open_still if line["code"] != "renamed"]
            Business.objects.filter(pk=business.pk).update(reasons=reasons, evidence="")
            return
        fields = {"reasons": lines, "evidence": ""}
        review = Business.Status.REVIEW
        states.move_all(Business, {business.pk: text}, review, now=self.now, by=self.by, **fields)

    def _doubt_yes(self, before: Iterable[Business]) -> None:
        """Ask again about what a person said yes to where the records, as they are now, speak against it."""
        said = {business.pk: business for business in before if _is_yes(business)}
        for key, business in Business.objects.in_bulk(said).items():
            self._ask_again(business, list(_worse(said[key], business)))

    def _ask_again(self, business: Business, news: list[tuple[str, str]]) -> None:
        """Put a person's yes before a person again; news: code and words of what that yes knew nothing of."""
        if not news:
            return
        when = f" on {business.decided_at:%Y-%m-%d}" if business.decided_at else ""
        since = f"{business.decided_by} said yes{when}; since then"
        lines = [{"code": code, "points": 0, "text": f"{since} {words}"} for code, words in news]
        self.counts["review"] += 1
        review = Business.Status.REVIEW
        if business.status == review:
            reasons = lines + [line for line in business.reasons if line not in lines]
            Business.objects.filter(pk=business.pk).update(reasons=reasons)
            return
        # The doubts of the old judgement were settled by that yes.
        fields = {"reasons": lines + [line for line in business.reasons if line["points"]], "evidence": ""}
        why = {business.pk: str(lines[0]["text"])}
        states.move_all(Business, why, review, now=self.now, by=self.by, **fields)

    def settle_missing(self) -> None:
        """Turn away the businesses of which no record stands any more, or ask again where a person said yes; the
        others are computed without it."""
        for keys in batched(sorted(self.bereft), _AT_ONCE):
            standing = SourceRecord.objects.filter(
                business=OuterRef("pk"), is_current=True, missing_since__isnull=True
            )
            rows = Business.objects.filter(pk__in=keys)
            gone = list(rows.exclude(Exists(standing)))
            gone_keys = {business.pk for business in gone if not business.decided_by}
            _take_from_workers(gone_keys, self.now)
            self._turn_away(gone_keys, "gone", GONE)
            for business in filter(_is_yes, gone):
                self._ask_again(business, [("gone", "its sources do not list it any more")])
            alive = set(rows.filter(Exists(standing)).values_list("pk", flat=True))
            self.recompute(dict.fromkeys(alive, "One of its records is gone"), renamed={})


def _is_yes(business: Business) -> bool:
    """Whether a person said yes to it; in review that yes is asked about."""
    return bool(business.decided_by) and business.status in (*_YES, Business.Status.REVIEW)


def _worse(old: Business, new: Business) -> Iterator[tuple[str, str]]:
    """Code and words of all that speaks against a lead in `new` and was not told in `old`."""
    for url in new.websites:
        if _is_own(url) and not _is_known(url, old.websites):
            yield "website_named", f"its record names the website {url}"
    if new.operating_status != old.operating_status and new.operating_status in _ENDS:
        yield new.operating_status, f"its record says {_ENDS[new.operating_status]}"
    chain = new.brand or new.brand_wikidata
    if chain and not (old.brand or old.brand_wikidata):
        yield "chain", f"its record says that it belongs to the chain {chain}"


def _is_own(url: str) -> bool:
    parts = split_web_address(url)
    host = parts.netloc if parts else ""
    return not is_platform_host(host)


def _is_known(url: str, named: Iterable[str]) -> bool:
    domain = own_domain([url])
    return any(url == other or (domain and domain == own_domain([other])) for other in named)


def _take_from_workers(keys: Iterable[int], now: datetime) -> None:
    """A worker that is deciding on such a business decides on what it was: its claim is void, its work is lost."""
    held = Business.objects.filter(pk__in=keys, status=Business.Status.NEW).exclude(claimed_by="")
    held.update(claimed_by="", claimed_at=None, attempts=0, next_attempt_at=now)
