"""What every test gets: folders of its own, a clock that only moves when told, and no fault left armed."""

import os
import shutil
from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from pipeline import faults, liveness
from pipeline.clock import VirtualClock

# No test is timed: a busy machine must not turn one red.
hypothesis.settings.register_profile("project", deadline=None)
hypothesis.settings.load_profile("project")


@pytest.fixture
def clock() -> VirtualClock:
    """A clock that stands at Monday 2026-03-02, 09:00 UTC."""
    return VirtualClock(datetime(2026, 3, 2, 9, tzinfo=UTC))


@pytest.fixture(autouse=True)
def var_dir(tmp_path: Path, settings: Any) -> Iterator[Path]:
    """The folder under which this test's sites, mails, lists, logs and locks are kept."""
    settings.VAR_DIR = tmp_path
    settings.SITES_ROOT = tmp_path / "sites"
    settings.OUTBOX_DIR = tmp_path / "outbox"
    settings.LISTS_DIR = tmp_path / "lists"
    settings.LOG_DIR = tmp_path / "log"
    settings.LOCK_DIR = tmp_path / "run"
    yield tmp_path
    _let_go_of_owner()


@pytest.fixture(autouse=True)
def no_armed_faults() -> Iterator[None]:
    """No test inherits a crash point that another one armed."""
    faults.disarm()
    yield
    faults.disarm()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Make captured output fit to travel between xdist's processes: a lone surrogate in it would end the run."""
    report = yield
    report.sections = [
        (title, text.encode(errors="backslashreplace").decode()) for title, text in report.sections
    ]
    return report


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the folder that webmagic/settings_test.py made for the databases of this run."""
    folder = Path(os.environ.get("WEBMAGIC_TEST_DIR", ""))
    if folder.name.startswith("webmagic-test-") and not hasattr(config, "workerinput"):
        shutil.rmtree(folder, ignore_errors=True)


def _let_go_of_owner() -> None:
    """Give up the lock by which this process is known to be alive: its folder goes with the test."""
    owner, liveness._current = liveness._current, None
    for lock in (owner.lock_file, owner.lock_connection) if owner else ():
        if lock is not None:
            lock.close()
