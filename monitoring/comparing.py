"""Is it more than before? A difference that chance alone makes one time in twenty is no real change."""

from dataclasses import dataclass
from math import log, sqrt
from typing import Final, Literal

_Z: Final = 1.96  # standard deviations of a 95 % interval
FEWEST: Final = 10  # events in both spans together; fewer say nothing
FEWEST_TRIES: Final = 30  # in each span, of which a share is told

Verdict = Literal["up", "down", "same", "few", "new"]


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a figure: up or down for real, the same within chance, too few to tell, or new (no span before).

    `ratio` is the figure by the one before it, where that is not 0.
    """

    verdict: Verdict
    difference: float = 0.0
    ratio: float | None = None


def compare_counts(now: int, before: int | None) -> Change:
    """Compare two counts of events that happen one by one."""
    return compare_sums(now, before, variance=now + (before or 0), events=now + (before or 0))


def compare_sums(now: float, before: float | None, *, variance: float, events: int) -> Change:
    """Compare two sums over `events` events; `variance` is the sum of the squares of what was added up."""
    if before is None:
        return Change("new")
    if events < FEWEST:
        return Change("few")
    return _judged(now, before, _Z * sqrt(variance))


def compare_shares(now: tuple[int, int], before: tuple[int, int] | None) -> Change:
    """Compare two shares, each (hits, tries)."""
    if before is None:
        return Change("new")
    if min(now[1], before[1]) < FEWEST_TRIES or now[0] + before[0] < FEWEST:
        return Change("few")
    # One hit and one miss more in each keeps the interval honest where there are none.
    guesses = [((hits + 1) / (tries + 2), tries + 2) for hits, tries in (now, before)]
    reach = _Z * sqrt(sum(share * (1 - share) / tries for share, tries in guesses))
    return _judged(now[0] / now[1], before[0] / before[1], reach)


def compare_costs(now: tuple[float, int], before: tuple[float, int] | None) -> Change:
    """Compare what one thing costs, each (money, things): as uncertain as the numbers of things are."""
    if before is None:
        return Change("new")
    if now[1] + before[1] < FEWEST or not (now[0] and before[0] and now[1] and before[1]):
        return Change("few")
    here, there = now[0] / now[1], before[0] / before[1]
    if abs(log(here / there)) <= _Z * sqrt(1 / now[1] + 1 / before[1]):
        return Change("same", here - there, here / there)
    return Change("up" if here > there else "down", here - there, here / there)


def _judged(now: float, before: float, reach: float) -> Change:
    difference = now - before
    ratio = now / before if before else None
    if abs(difference) <= reach:
        return Change("same", difference, ratio)
    return Change("up" if difference > 0 else "down", difference, ratio)
