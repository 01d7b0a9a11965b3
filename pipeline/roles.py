"""Roles that one process at a time may hold, the conductor's above all."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from pipeline import liveness
from pipeline.models import RoleLease


def take_role(role: str, *, now: datetime, seconds: int) -> int | None:
    """Take or keep `role` for `seconds`; returns the term, or None while somebody alive holds it.

    A holder known to be dead is replaced at once; one of whom nothing can be known, when its lease is over.
    """
    me = liveness.current_owner()
    RoleLease.objects.get_or_create(role=role)
    with transaction.atomic():
        lease = RoleLease.objects.select_for_update().get(role=role)
        if lease.holder == me:
            RoleLease.objects.filter(pk=lease.pk).update(expires_at=now + timedelta(seconds=seconds))
            return lease.term
        if lease.holder:
            alive = liveness.is_alive(lease.holder)
            if alive or (alive is None and lease.expires_at and lease.expires_at > now):
                return None
        taken = RoleLease.objects.filter(pk=lease.pk, term=lease.term).update(
            holder=me, term=F("term") + 1, taken_at=now, expires_at=now + timedelta(seconds=seconds)
        )
        return lease.term + 1 if taken else None


def give_up_role(role: str) -> None:
    """Let go of `role` if this process holds it."""
    RoleLease.objects.filter(role=role, holder=liveness.current_owner()).update(holder="", expires_at=None)
