"""No marks of machine-made pages: indigo by default, Inter, glow, three equal cards, a pill over the headline."""

import re

from sites.facts import FactSheet
from sites.gates.base import Files
from sites.gates.page import read_page
from sites.spec import SiteSpec

INDIGO = range(262, 306)  # degrees of OKLCH
_GLOW = re.compile(r"box-shadow|drop-shadow|text-shadow|backdrop-filter|blur\(")
_INTER = re.compile(r"font-family:\s*[\"']?Inter\b")
_GRADIENT_TEXT = re.compile(r"background-clip:\s*text")
_PILL = re.compile(r"border-radius:\s*(?:999|9999|100)px")


def check_look(files: Files, spec: SiteSpec, facts: FactSheet) -> list[str]:
    style = "".join(read_page(files["index.html"]).all("style")[0].parts)
    findings = [] if spec.look.hue not in INDIGO else [f"hue {spec.look.hue} is the indigo of every template"]
    marks = {"a glow or shadow": _GLOW, "Inter": _INTER, "gradient text": _GRADIENT_TEXT, "a pill": _PILL}
    findings += [f"the style has {mark}" for mark, pattern in marks.items() if pattern.search(style)]
    findings += [
        f"exactly three equal cards in {section.type}"
        for section in spec.sections
        if section.type in {"services", "steps"} and len(section.cards) == 3
    ]
    return findings
