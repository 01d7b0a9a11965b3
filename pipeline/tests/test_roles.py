"""Roles: one leader, replaced as soon as it is known to be dead."""

from collections.abc import Callable

import pytest

from pipeline.clock import SYSTEM_CLOCK, VirtualClock
from pipeline.models import RoleLease
from pipeline.roles import give_up_role, take_role
from pipeline.tests.owners import Worker
from pipeline.tests.processes import race


@pytest.mark.parametrize("contenders", [2, 8])
def test_of_many_contenders_exactly_one_leads(forking: None, contenders: int) -> None:
    for number in range(4):
        role = f"conductor {number}"

        def contend(role: str = role) -> int | None:
            return take_role(role, now=SYSTEM_CLOCK.now(), seconds=60)

        terms = race([contend] * contenders)
        assert sorted(terms) == ["1"] + ["None"] * (contenders - 1)
        assert RoleLease.objects.get(role=role).term == 1


def test_leader_keeps_its_term(db: None, clock: VirtualClock) -> None:
    assert [take_role("conductor", now=clock.now(), seconds=60) for _ in range(3)] == [1, 1, 1]


def test_living_leader_is_not_replaced_even_after_its_lease(
    db: None, clock: VirtualClock, hire: Callable[[], Worker]
) -> None:
    with hire().at_work():
        assert take_role("conductor", now=clock.now(), seconds=60) == 1
    clock.advance(hours=5)
    assert take_role("conductor", now=clock.now(), seconds=60) is None


def test_dead_leader_is_replaced_at_once(db: None, clock: VirtualClock, hire: Callable[[], Worker]) -> None:
    worker = hire()
    with worker.at_work():
        assert take_role("conductor", now=clock.now(), seconds=60) == 1
    worker.die()
    assert take_role("conductor", now=clock.now(), seconds=60) == 2


def test_replaced_leader_learns_of_it(db: None, clock: VirtualClock, hire: Callable[[], Worker]) -> None:
    old, new = hire(), hire()
    with old.at_work():
        take_role("conductor", now=clock.now(), seconds=60)
    old.die()
    with new.at_work():
        assert take_role("conductor", now=clock.now(), seconds=60) == 2
    with old.at_work():
        assert take_role("conductor", now=clock.now(), seconds=60) is None
        give_up_role("conductor")  # is no longer its to give up
    assert RoleLease.objects.get().holder == new.name


def test_role_that_was_given_up_is_free(db: None, clock: VirtualClock, hire: Callable[[], Worker]) -> None:
    with hire().at_work():
        take_role("conductor", now=clock.now(), seconds=60)
        give_up_role("conductor")
    assert take_role("conductor", now=clock.now(), seconds=60) == 2


def test_roles_do_not_touch_each_other(db: None, clock: VirtualClock, hire: Callable[[], Worker]) -> None:
    with hire().at_work():
        take_role("conductor", now=clock.now(), seconds=60)
    assert take_role("gardener", now=clock.now(), seconds=60) == 1
