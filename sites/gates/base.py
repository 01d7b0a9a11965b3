"""What a gate is: it reads the finished files, and one finding is enough to keep a site offline."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sites.facts import FactSheet
from sites.spec import SiteSpec


@dataclass(frozen=True)
class GateResult:
    """The evidence of one gate; `ms` is how long it took."""

    gate: str
    passed: bool
    findings: list[str]
    ms: float


Files = Mapping[str, bytes]
Gate = Callable[[Files, SiteSpec, FactSheet], list[str]]
