"""What the tests of the websites share."""

from collections.abc import Iterator
from typing import Any

import pytest

from sites.engines.claude.client import close_clients
from sites.tests.claude_api import KEY, ClaudeApi, running_api


@pytest.fixture
def claude_api(settings: Any) -> Iterator[ClaudeApi]:
    """The stand-in of the Messages API, with the settings that lead to it."""
    with running_api() as api:
        settings.ANTHROPIC_API_KEY = KEY
        settings.ANTHROPIC_BASE_URL = api.url
        settings.ANTHROPIC_TIMEOUT = 20
        settings.DAY_BUDGETS = settings.DAY_BUDGETS | {"llm_usd": 5}
        yield api
        close_clients()
