"""What every engine that writes sites can do."""

from typing import Protocol

from sites.facts import FactSheet
from sites.spec import SiteSpec


class ContentEngine(Protocol):
    name: str

    def write(self, facts: FactSheet, *, seed: str) -> SiteSpec:
        """A complete site for these facts. The same facts and seed give an equal spec.

        Raises pipeline.errors: BadData where nothing true can be written, Transient or SourcePaused where a
        service behind the engine fails.
        """
        ...
