"""What every engine that writes sites can do."""

from typing import Protocol

from sites.facts import FactSheet
from sites.spec import SiteSpec


class CannotWrite(Exception):
    """This engine writes no site for this business, and trying again would not help; the message says why."""


class ContentEngine(Protocol):
    name: str

    def write(self, facts: FactSheet, *, seed: str) -> SiteSpec:
        """A complete site for these facts. The same facts, seed and answers of services give an equal spec.

        Raises CannotWrite where another engine should, and pipeline.errors: BadData where nothing true can be
        written, Transient, NotYet or SourcePaused where a service behind the engine must be waited for.
        """
        ...
