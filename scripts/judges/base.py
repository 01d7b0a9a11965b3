"""What the judges share: the site they are shown, what they find, and the bars of a published site."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from sites.facts import FactSheet
from sites.rendering import SiteFiles
from sites.spec import SiteSpec


@dataclass(frozen=True)
class Sample:
    """A finished site. It is served under /s/<slug>/; `name` says in a report which one it is."""

    slug: str
    name: str
    spec: SiteSpec
    facts: FactSheet
    files: SiteFiles

    @property
    def layout(self) -> str:
        return f"{self.spec.look.theme}.{self.spec.look.hero}"

    @property
    def html(self) -> dict[str, bytes]:
        return {path: content for path, content in self.files.items() if path.endswith(".html")}


@dataclass
class Verdict:
    """What one judge said: `judged` counts pages or sites, `worst` says how near to its bar the worst one came."""

    judge: str
    judged: int
    findings: list[str] = field(default_factory=list)
    worst: str = ""


def find_tool(judge: str, variable: str) -> Path | None:
    """The file that a variable names; None, said aloud, where it is absent."""
    path = Path(os.environ.get(variable, ""))
    if path.is_file():
        return path.resolve()
    print(f"NOT JUDGED by {judge}: {variable} names no file. scripts/install_judges.sh installs what it can.")
    return None
