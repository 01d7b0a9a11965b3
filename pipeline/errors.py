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


class NotYet(StageError):
    """Something that is under way elsewhere must be waited for: the row goes back untouched for `retry_after`
    seconds (a minute, where that is None)."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class SwitchedOff(StageError):
    """A kill switch covers this work; the row goes back untouched."""


class BudgetSpent(StageError):
    """The day's budget is used up; the row goes back untouched."""


class LostClaim(StageError):
    """The row is no longer held by this worker; whatever it worked out is dropped."""


def storable(text: str) -> str:
    """Return `text` with what no database takes (NUL, lone surrogates) made visible; the rest is untouched."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\x00", "\\x00")


def error_text(error: BaseException) -> str:
    """Return what a row keeps of an error: its message, or its class where it has none."""
    return storable(str(error) or type(error).__name__)[:500]
