"""The gates that every site passes before anybody sees it. All of them read the finished files."""

import time

from sites.facts import FactSheet
from sites.gates.base import Files, Gate, GateResult
from sites.gates.contrast import check_contrast
from sites.gates.grounding import check_grounding
from sites.gates.links import check_links
from sites.gates.look import check_look
from sites.gates.reading import check_reading
from sites.gates.structure import check_structure
from sites.gates.structured_data import check_structured_data
from sites.gates.weight import check_weight
from sites.spec import SiteSpec

GATES: dict[str, Gate] = {
    "grounding": check_grounding,
    "structure": check_structure,
    "links": check_links,
    "structured data": check_structured_data,
    "contrast": check_contrast,
    "weight": check_weight,
    "reading": check_reading,
    "look": check_look,
}


def run_gates(files: Files, spec: SiteSpec, facts: FactSheet) -> list[GateResult]:
    """The verdict of every gate, in a fixed order; a site that fails one is not published."""
    results = []
    for name, gate in GATES.items():
        started = time.perf_counter()
        findings = gate(files, spec, facts)
        results.append(
            GateResult(name, not findings, findings, round((time.perf_counter() - started) * 1000, 2))
        )
    return results
