"""May a page be read by a robot? Asked of the host's robots.txt (RFC 9309), through the guarded client."""

import re
import time
from typing import Final
from urllib.parse import urlsplit

from protego import Protego

from pipeline.http import KEPT_TYPES, Fetcher, FetchFailed

AGENT: Final = "WebMagicBot"
REMEMBERED: Final = 24 * 3600.0  # seconds
MOST_REMEMBERED: Final = 5_000
LONGEST_URL: Final = 2_000
_OTHER_ROBOT: Final = re.compile(
    rf"\s*user[\s-]*agent(?![\w-])[\s:]*+(?!(?:\*|{AGENT})\s*(?:#|$)).*", re.IGNORECASE
)


class Robots:
    """The robots.txt of the hosts that `fetcher` reaches; any number of threads."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self._known: dict[str, tuple[float, Protego | None]] = {}  # origin -> (until when, its rules)

    def may_read(self, url: str) -> bool:
        """Tell whether the host lets us read `url`. No file means yes; one that cannot be read means no."""
        if len(url) > LONGEST_URL:
            return False
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        until, rules = self._known.get(origin, (0.0, None))
        if until <= time.monotonic():
            rules = self._ask(origin)
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            self._known[origin] = (time.monotonic() + REMEMBERED, rules)
        return rules is not None and rules.can_fetch(url, AGENT)

    def _ask(self, origin: str) -> Protego | None:
        try:
            answer = self._fetcher.fetch(f"{origin}/robots.txt")
        except FetchFailed:
            return None
        if 400 <= answer.status < 500 and answer.status not in {401, 403, 429}:
            return Protego.parse("")
        if answer.status != 200 or answer.truncated:
            return None
        if not KEPT_TYPES.match(answer.headers.get("content-type", "text/plain")):
            return None  # its body was not kept
        return Protego.parse(_ours(answer.body.decode("utf-8-sig", "replace")))


def _ours(text: str) -> str:
    """Give all robots but ours one name: each rule is copied to each robot it is for, thousands to thousands."""
    return "\n".join(
        "User-agent: another" if _OTHER_ROBOT.fullmatch(line) else line for line in text.splitlines()
    )
