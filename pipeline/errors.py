"""The ways in which a stage can fail; the class decides what happens to the row."""


class StageError(Exception):
    """Base of every failure that a stage knows how to handle; anything else is a bug."""


class Transient(StageError):
    """Surely not done, may work later: the row is tried again after its stage's delay.

    `retry_after` (seconds) makes the wait longer than the stage's delay, never shorter.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class SourcePaused(StageError):
    """Quota, credit or key trouble: the source stops for every row and no attempt is burnt.

    `retry_after` (seconds) is when the source may be asked again; None waits for a person.
    """

    def __init__(self, source: str, reason: str, *, retry_after: float | None = None) -> None:
        super().__init__(f"{source}: {reason}")
        self.source = source
        self.reason = reason
        self.retry_after = retry_after


class BadData(StageError):
    """The row itself cannot be worked on; it stops with this reason and is not tried again."""


class Uncertain(StageError):
    """The effect may or may not have happened; only its policy or a person can tell."""


class SwitchedOff(StageError):
    """A kill switch covers this work; the row goes back untouched."""


class BudgetSpent(StageError):
    """The day's budget is used up; the row goes back untouched."""


class LostClaim(StageError):
    """The row is no longer held by this worker; whatever it worked out is dropped."""
