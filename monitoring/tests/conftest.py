"""What the tests of the roof share."""

from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from pipeline.clock import VirtualClock
from pipeline.runner import Run


@pytest.fixture
def run(clock: VirtualClock) -> Run:
    """The circumstances of a run under the virtual clock."""
    return Run(by="test", clock=clock)


@pytest.fixture
def staff_mails(var_dir: Path) -> Callable[[], list[EmailMessage]]:
    """Return the mails that staff got so far, in the order in which they were decided on."""

    def read() -> list[EmailMessage]:
        files = sorted((var_dir / "staff_mail").glob("*.eml"))
        return [message_from_bytes(path.read_bytes(), policy=default) for path in files]

    return read
