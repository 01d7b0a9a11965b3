"""What a stage is: which rows it takes, what they become, how often it tries."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from pipeline.models import WorkItem


def _no_condition(now: datetime) -> Q:
    return Q()


def _one_lane(now: datetime) -> Sequence[Q]:
    return (Q(),)


@dataclass(frozen=True, slots=True)
class Wait:
    """A due row's turn has not come: it is due again at `until`. `ends_lane`: nor may any other row of its lane go."""

    until: datetime
    reason: str
    ends_lane: bool = False


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One kind of work on one model.

    A claim takes a row from `ready` to `busy` (the same word where the work is not a state of its own),
    counting the attempt and one unit of the day budget `budget`. `retries` more tries follow a transient
    failure, `retry_delay` apart; then, and at once for any other failure, the row becomes `failed`.
    `uncertain` is what an effect of unknown outcome makes of it. `stuck` says what a row becomes whose worker
    was never heard of again. `queue` names the switch "stage:QUEUE" and the worker queue; `row_task` is the
    task that works on one row by its id.

    `admit(rows, now, most)` looks at the locked rows before they are taken, in the claim's transaction, and answers for
    each in turn: a Wait puts it off without counting an attempt (`waits_for`, where the model has it, keeps why); None
    lets it be taken, with what `admit` wrote. Its answers end with a Wait that ends the lane, or with the `most`th that
    may be taken: the rows after it stay as they are. Where all have to wait, the next due rows are looked at.

    `related` are the rows of other tables that come with a claimed one, as they were then, without their long columns
    `unread`.

    `lanes` are parts of the due rows that are claimed from one after
    the other: what cannot go at all is in none, so that nobody reads past it.
    """

    name: str
    queue: str
    model: type[WorkItem]
    ready: str
    busy: str
    failed: str
    retries: int
    retry_delay: timedelta
    stuck: Callable[[WorkItem], str]
    uncertain: str = ""
    budget: str = ""
    row_task: str = ""
    row_argument: str = "pk"
    where: Callable[[datetime], Q] = _no_condition
    order: tuple[str, ...] = ("next_attempt_at", "pk")
    admit: Callable[[Sequence[Any], datetime, int], Sequence[Wait | None]] | None = None
    lanes: Callable[[datetime], Sequence[Q]] = _one_lane
    related: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def max_attempts(self) -> int:
        """The first try and the retries."""
        return self.retries + 1

    @property
    def switch(self) -> str:
        """The kill switch that covers this stage."""
        return f"stage:{self.queue}"

    def waiting(self, now: datetime) -> QuerySet[WorkItem]:
        """Rows that are free and meant for this stage, due or not."""
        return self.model._base_manager.filter(self.where(now), Q(status=self.ready, claimed_by=""))

    def due(self, now: datetime) -> QuerySet[WorkItem]:
        """Rows that may be claimed now, in order."""
        rows = self.waiting(now).filter(next_attempt_at__lte=now).order_by(*self.order)
        return rows.select_related(*self.related).defer(*self.unread) if self.related else rows

    def claimed(self) -> QuerySet[WorkItem]:
        """Rows that some worker holds for this stage."""
        return self.model._base_manager.filter(Q(status=self.busy)).exclude(claimed_by="")
