"""May a page be read by a robot? Asked of the host's robots.txt, through the guarded client."""

import time
from typing import Final
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

from pipeline.http import Fetcher, FetchFailed

AGENT: Final = "WebMagicBot"
REMEMBERED: Final = 24 * 3600.0  # seconds
MOST_REMEMBERED: Final = 5_000


class Robots:
    """The robots.txt of the hosts that `fetcher` reaches; any number of threads."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self._known: dict[str, tuple[float, RobotFileParser | None]] = {}  # origin -> (until when, its rules)

    def may_read(self, url: str) -> bool:
        """Tell whether the host lets us read `url`. No file means yes; one that cannot be read means no."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        until, rules = self._known.get(origin, (0.0, None))
        if until <= time.monotonic():
            rules = self._ask(origin)
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            self._known[origin] = (time.monotonic() + REMEMBERED, rules)
        return rules is not None and rules.can_fetch(AGENT, url)

    def _ask(self, origin: str) -> RobotFileParser | None:
        try:
            answer = self._fetcher.fetch(f"{origin}/robots.txt")
        except FetchFailed:
            return None
        rules = RobotFileParser()
        if 400 <= answer.status < 500 and answer.status not in {401, 403, 429}:
            rules.parse([])
            return rules
        if answer.status != 200 or answer.truncated:
            return None
        try:
            rules.parse(answer.body.decode("utf-8", "replace").splitlines())
        except ValueError:
            return None  # a number that is none; whoever wrote it meant to say something
        return rules
