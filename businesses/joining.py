"""Joining and parting by hand: two businesses become one, one becomes two, and either is undone.

Records move, nothing is deleted, and the person's word is kept on the record, so that no later scrape overrules it.
"""

from datetime import datetime

from django.db import transaction

from businesses import merging
from businesses.models import Business, SourceRecord
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


def merge_businesses(keep: Business, absorb: Business, *, now: datetime, by: str) -> None:
    """Give every record of `absorb` to `keep`. `absorb` stays as an empty row that is no lead.

    A "no" of either side stands: suppression, and of two decisions of people the stricter. Raises CannotJoin for
    one that has a site or a mail of its own to its name, StaleState when a worker has one of them in hand.
    """
    _check_can_merge(keep, absorb)
    with transaction.atomic():
        said = absorb.status if absorb.decided_by else ""
        reason = f"Merged into {keep} ({keep.pk}) by {by}"
        if absorb.status != Business.Status.REJECTED:
            states.move(absorb, Business.Status.REJECTED, now=now, by=by, reason=reason)
        Business.objects.filter(pk=absorb.pk).update(merged_into=keep)
        absorb.records.update(business=keep, merged_from=absorb, settled_by=by[:120], matched_by=reason[:200])
        Business.objects.filter(pk=keep.pk).update(suppressed=keep.suppressed or absorb.suppressed)
        merging.recompute([keep.pk])
        keep.refresh_from_db()
        absorb.refresh_from_db()
        joined = f"{absorb} ({absorb.pk}) was merged into it by {by}"
        _settle_decision(keep, absorb, said, now=now, by=by, reason=joined)


def undo_merge(absorbed: Business, *, now: datetime, by: str) -> None:
    """Give a merged business its records back; both are looked at again, unless a person has decided on them.

    Raises CannotJoin where it was not merged or its records have gone on, StaleState like every move.
    """
    keep = absorbed.merged_into
    mine = SourceRecord.objects.filter(merged_from=absorbed, business=keep)
    if keep is None:
        raise CannotJoin(f"{absorbed} was not merged into another business.")
    if not mine.filter(is_current=True).exists():
        raise CannotJoin(
            f"{keep} does not have the records of {absorbed} any more. Split them off one by one."
        )
    if not keep.records.filter(is_current=True).exclude(merged_from=absorbed).exists():
        raise CannotJoin(f"{keep} would be left without a record.")
    with transaction.atomic():
        Business.objects.filter(pk=absorbed.pk).update(merged_into=None, suppressed=keep.suppressed)
        mine.update(business=absorbed, merged_from=None, settled_by=by[:120], matched_by="")
        merging.recompute([keep.pk, absorbed.pk])
        for business in (keep, absorbed):
            business.refresh_from_db()
            _look_again(business, now=now, by=by, reason=f"{absorbed} and {keep} were parted by {by}")


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
            found_at=now,
            seen_at=now,
            next_attempt_at=now,
            status_changed_at=now,
            **columns,
        )
        old.records.filter(source=record.source, source_id=record.source_id).update(
            business=business, merged_from=None, settled_by=by[:120], matched_by=f"Split off by {by}"[:200]
        )
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


def _settle_decision(
    keep: Business, absorbed: Business, said: str, *, now: datetime, by: str, reason: str
) -> None:
    """said: the status that a person had chosen for the absorbed one, or ""."""
    is_stricter = bool(said) and _STRICTNESS.index(said) > _STRICTNESS.index(keep.status)
    if not said or (keep.decided_by and not is_stricter):
        _look_again(keep, now=now, by=by, reason=reason)
        return
    decision = {"decided_by": absorbed.decided_by, "decided_at": absorbed.decided_at}
    if keep.status == said:
        Business.objects.filter(pk=keep.pk).update(**decision)
        return
    if said not in keep.TRANSITIONS[keep.status]:
        states.move(keep, Business.Status.NEW, now=now, by=by, reason=reason)
    states.move(keep, said, now=now, by=by, reason=f"{reason}; {absorbed.decided_by} had said so", **decision)


def _look_again(business: Business, *, now: datetime, by: str, reason: str) -> None:
    if business.status != Business.Status.NEW and not business.decided_by:
        fields = {"attempts": 0, "next_attempt_at": now}
        states.move(business, Business.Status.NEW, now=now, by=by, reason=reason, **fields)
