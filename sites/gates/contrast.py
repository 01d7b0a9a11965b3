"""Every declared pair of colours can be read, as it stands in the finished style."""

import re

from sites.facts import FactSheet
from sites.gates.base import Files
from sites.gates.page import read_page
from sites.spec import SiteSpec
from sites.themes.palette import PAIRS, contrast

_TOKEN = re.compile(r"--([a-z_]+):(#[0-9a-f]{6})")


def check_contrast(files: Files, spec: SiteSpec, facts: FactSheet) -> list[str]:
    style = read_page(files["index.html"]).all("style")[0].content
    tokens = dict(_TOKEN.findall(style))
    findings = []
    for drawn, ground, least in PAIRS:
        if drawn not in tokens or ground not in tokens:
            findings.append(f"the style has no {drawn} or no {ground}")
        elif (ratio := contrast(tokens[drawn], tokens[ground])) < least:
            findings.append(f"{drawn} on {ground} has {ratio:.2f}, less than {least}")
    return findings
