"""Joining and parting by hand: two businesses become one, one becomes two, and either is undone.

Records move, nothing is deleted, and the person's word is kept on the record, so that no later scrape overrules it.
What was decided on either side before is kept with the merge: taking it back gives each its own again.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import QuerySet

from businesses import merging, twins
from businesses.models import Business, Merge, SourceRecord
from businesses.upshot import GONE
from pipeline import states

# The later a status stands here, the less is done to the business.
_STRICTNESS = (
    Business.Status.NEW,
    Business.Status.QUALIFIED,
    Business.Status.CALL_LIST,
    Business.Status.REVIEW,
    Business.Status.REJECTED,
)


class CannotJoin(ValueError):
    """These cannot be made one, or two, as asked; the text says what to do instead."""


class _Word(NamedTuple):
    """What a person decided."""

    status: str
    by: str
    at: datetime | None


def merge_businesses(keep: Business, absorb: Business, *, now: datetime, by: str) -> None:
    """Give every record of `absorb` to `keep`. `absorb` stays as an empty row that is no lead.

    A "no" of either side stands: suppression, and of two decisions of people the stricter. Raises CannotJoin for
    one that has a site or a mail of its own to its name, StaleState when a worker has one of them in hand.
    """
    _check_can_merge(keep, absorb)
    with transaction.atomic():
        merge = Merge.objects.create(
            absorbed=absorb, keep=keep, at=now, by=by[:120], absorbed_status=absorb.status, **_as_kept(keep)
        )
        reason = f"Merged into {keep} ({keep.pk}) by {by}"
        if absorb.status != Business.Status.REJECTED:
            states.move(absorb, Business.Status.REJECTED, now=now, by=by, reason=reason)
        Business.objects.filter(pk=absorb.pk).update(merged_into=keep)
        # What it was given itself is known by whom it came from first: that merge can be taken back too.
        absorb.records.filter(merged_from=None).update(merged_from=absorb, matched_by=reason[:200])
        absorb.records.update(business=keep, settled_by=by[:120])
        Business.objects.filter(pk=keep.pk).update(suppressed=keep.suppressed or absorb.suppressed)
        merging.recompute([keep.pk])
        keep.refresh_from_db()
        absorb.refresh_from_db()
        word = _stricter(_word_before(merge), _word_of_absorbed(merge))
        joined = f"{absorb} ({absorb.pk}) was merged into it by {by}"
        _give(keep, word, Business.Status.NEW, now=now, by=by, reason=joined)


def undo_merge(absorbed: Business, *, now: datetime, by: str) -> None:
    """Give a merged business its records back, and each side what was decided on it before.

    What a person decided since stands; a no that was said since stands on both, as nobody knows which it was said
    of. Where no person decided, rules look again at what the business is now, and what waited for a person waits
    again. Raises CannotJoin where it was not merged or its records have gone on, StaleState like every move.
    """
    merge = Merge.objects.select_related("keep").filter(absorbed=absorbed).first()
    if merge is None:
        raise CannotJoin(f"{absorbed} was not merged into another business.")
    keep = merge.keep
    mine = SourceRecord.objects.filter(business=keep, merged_from__in=_with_absorbed(absorbed))
    _check_can_part(keep, absorbed, mine)
    reason = f"{absorbed} and {keep} were parted by {by}"
    with transaction.atomic():
        Business.objects.filter(pk=absorbed.pk).update(merged_into=None)
        mine.filter(merged_from=absorbed).update(matched_by="")
        mine.update(business=absorbed, settled_by=by[:120])
        absorbed.records.filter(merged_from=absorbed).update(merged_from=None)
        twins.keep_apart(keep, absorbed, now=now, by=by)
        merging.recompute([keep.pk, absorbed.pk])
        keep.refresh_from_db()
        absorbed.refresh_from_db()
        _give_back_to_absorbed(merge, keep, absorbed, now=now, by=by, reason=reason)
        _give_back_to_keep(merge, keep, now=now, by=by, reason=reason)
        merge.delete()


def split_record(record: SourceRecord, *, now: datetime, by: str) -> Business:
    """Give a current record, with its history, a business of its own; it is never given to another by itself again.

    Raises CannotJoin where it is not current or all that its business has, StaleState when a worker has the
    business in hand.
    """
    old = record.business
    if not record.is_current:
        raise CannotJoin("Only a current record can be split off: this one is history.")
    if not old.records.filter(is_current=True).exclude(pk=record.pk).exists():
        raise CannotJoin(f"This is the only record of {old}: there is nothing to split it off from.")
    with transaction.atomic():
        columns = merging.merge([merging.told_by(record)])
        business = Business.objects.create(
            territory=old.territory,
            grid=record.grid or old.grid,
            suppressed=old.suppressed,
            suppressed_at=old.suppressed_at,
            found_at=now,
            seen_at=now,
            next_attempt_at=now,
            status_changed_at=now,
            **columns,
        )
        old.records.filter(source=record.source, source_id=record.source_id).update(
            business=business, merged_from=None, settled_by=by[:120], matched_by=f"Split off by {by}"[:200]
        )
        twins.keep_apart(old, business, now=now, by=by)
        merging.recompute([old.pk])
        old.refresh_from_db()
        _look_again(old, now=now, by=by, reason=f"{record} was split off by {by}")
    record.refresh_from_db()
    return business


def _check_can_merge(keep: Business, absorb: Business) -> None:
    if keep.pk == absorb.pk:
        raise CannotJoin(f"{keep} cannot be merged with itself.")
    for business in (keep, absorb):
        if business.merged_into_id:
            raise CannotJoin(f"{business} was merged already. Take the business that it was merged into.")
    if bound := _bound_by(absorb):
        raise CannotJoin(
            f"{absorb} ({absorb.pk}) has a {bound}, which would be orphaned. Merge {keep} ({keep.pk}) into it instead."
        )


def _bound_by(business: Business) -> str:
    """What other rooms have made of a business, by its first name, or ""."""
    for relation in Business._meta.related_objects:
        model = relation.related_model
        if isinstance(model, str) or model._meta.app_label == Business._meta.app_label:
            continue
        if model._base_manager.filter(**{relation.field.name: business}).exists():
            return str(model._meta.verbose_name)
    return ""


def _check_can_part(keep: Business, absorbed: Business, mine: QuerySet[SourceRecord]) -> None:
    if keep.merged_into:
        into = f"{keep.merged_into} ({keep.merged_into_id})"
        raise CannotJoin(f"{keep} ({keep.pk}) was itself merged into {into} since. Take that back first.")
    if not mine.filter(is_current=True).exists():
        raise CannotJoin(
            f"{keep} does not have the records of {absorbed} any more. Split them off one by one."
        )
    if not keep.records.filter(is_current=True).exclude(pk__in=mine.values("pk")).exists():
        raise CannotJoin(f"{keep} would be left without a record.")


def _with_absorbed(business: Business) -> list[int]:
    """The business, and those whose records it was given."""
    found, level = [business.pk], [business.pk]
    while level:
        level = list(Business.objects.filter(merged_into__in=level).values_list("pk", flat=True))
        found += level
    return found


def _word(status: str, by: str, at: datetime | None) -> _Word | None:
    return _Word(status, by, at) if by else None


def _word_on(business: Business) -> _Word | None:
    return _word(business.status, business.decided_by, business.decided_at)


def _word_before(merge: Merge) -> _Word | None:
    """What a person had decided on the keeper."""
    return _word(merge.keep_status, merge.keep_decided_by, merge.keep_decided_at)


def _word_of_absorbed(merge: Merge) -> _Word | None:
    return _word(merge.absorbed_status, merge.absorbed.decided_by, merge.absorbed.decided_at)


def _as_kept(keep: Business) -> dict[str, Any]:
    """How the keeper stands, as a merge keeps it."""
    return {
        "keep_status": keep.status,
        "keep_decided_by": keep.decided_by,
        "keep_decided_at": keep.decided_at,
        "keep_suppressed": keep.suppressed,
    }


def _stricter(word: _Word | None, other: _Word | None) -> _Word | None:
    """Of two words the stricter, of equals the first; one that was never said is none."""
    if word is None or other is None:
        return word or other
    return other if _STRICTNESS.index(other.status) > _STRICTNESS.index(word.status) else word


def _give_back_to_absorbed(
    merge: Merge, keep: Business, absorbed: Business, *, now: datetime, by: str, reason: str
) -> None:
    if _said_no_since(merge, keep) and not absorbed.suppressed:
        absorbed.suppressed, absorbed.suppressed_at = True, keep.suppressed_at
        absorbed.save(update_fields=["suppressed", "suppressed_at"])
    if absorbed.status != Business.Status.REJECTED:
        return  # somebody moved it since
    word, since = _word_of_absorbed(merge), _word_on(keep)
    is_rejected_since = since and since.status == Business.Status.REJECTED and _is_since(merge, since.at)
    if is_rejected_since and (word is None or word.status != Business.Status.REJECTED):
        word = since
    _give(absorbed, word, merge.absorbed_status, now=now, by=by, reason=reason)


def _give_back_to_keep(merge: Merge, keep: Business, *, now: datetime, by: str, reason: str) -> None:
    """Take out of the keeper, and of what later merges keep of it, what this one brought."""
    later = list(Merge.objects.select_related("absorbed").filter(keep=keep, pk__gt=merge.pk).order_by("pk"))
    _take_back_no(merge, keep, later)
    had, word = _stricter(_word_before(merge), _word_of_absorbed(merge)), _word_before(merge)
    for each in later:
        if _word_before(each) != had:
            break  # a person decided in between
        each.keep_status = word.status if word else merge.keep_status
        each.keep_decided_by, each.keep_decided_at = (word.by, word.at) if word else ("", None)
        each.save()
        had, word = (_stricter(one, _word_of_absorbed(each)) for one in (had, word))
    else:
        if _word_on(keep) == had:
            _give(keep, word, merge.keep_status, now=now, by=by, reason=reason)
            return
    if had and (keep.decided_by, keep.decided_at) == (had.by, had.at):
        # It was asked about since. The doubt stays, but not under the name of who decided on the other side.
        if word and word.status != Business.Status.REJECTED:
            word = word._replace(status=keep.status)
        _give(keep, word, keep.status, now=now, by=by, reason=reason)
    elif keep.status != Business.Status.REVIEW:
        _look_again(keep, now=now, by=by, reason=reason)


def _take_back_no(merge: Merge, keep: Business, later: Sequence[Merge]) -> None:
    """The keeper is written to again where the no was only the other's."""
    if not merge.absorbed.suppressed or merge.keep_suppressed or _said_no_since(merge, keep):
        return
    suppressed = False
    for each in later:
        each.keep_suppressed = suppressed
        each.save()
        suppressed = suppressed or each.absorbed.suppressed
    keep.suppressed = suppressed
    keep.save(update_fields=["suppressed"])


def _said_no_since(merge: Merge, keep: Business) -> bool:
    return keep.suppressed and _is_since(merge, keep.suppressed_at)


def _is_since(merge: Merge, at: datetime | None) -> bool:
    return at is not None and at >= merge.at


def _give(
    business: Business, word: _Word | None, before: str, *, now: datetime, by: str, reason: str
) -> None:
    """Bring a business to what a person said of it. Without such a word rules look at it again, if any of its
    records stands; one that waited for a person (`before`) waits again."""
    fields: dict[str, Any] = {"attempts": 0, "next_attempt_at": now}
    fields |= {"decided_by": word.by if word else "", "decided_at": word.at if word else None}
    if word:
        to, why = word.status, f"{reason}; {word.by} had said so"
    elif not merging.standing_records(business).exists():
        to, why = Business.Status.REJECTED, f"{reason}; its sources do not list it any more"
        fields["reasons"] = [{"code": "gone", "points": 0, "text": GONE}]
    else:
        to = Business.Status.REVIEW if before == Business.Status.REVIEW else Business.Status.NEW
        why = reason
    if to != business.status and to not in business.TRANSITIONS[business.status]:
        states.move(business, Business.Status.NEW, now=now, by=by, reason=reason)
    expected = {"status": business.status, "claimed_by": ""}
    states.swap(business, to, expected, now=now, by=by, reason=why, fields=fields)


def _look_again(business: Business, *, now: datetime, by: str, reason: str) -> None:
    if business.status != Business.Status.NEW and not business.decided_by:
        fields = {"attempts": 0, "next_attempt_at": now}
        states.move(business, Business.Status.NEW, now=now, by=by, reason=reason, **fields)
