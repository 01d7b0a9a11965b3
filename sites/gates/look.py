"""No marks of machine-made pages: indigo by default, Inter, glow, three equal cards, a pill over the headline."""

import re
from colorsys import rgb_to_hls

from sites.facts import FactSheet
from sites.gates.base import Files
from sites.gates.page import Page, read_page
from sites.spec import SiteSpec

INDIGO = range(262, 306)  # degrees of OKLCH
VIOLET = range(240, 276)  # degrees on the colour wheel of CSS, as the eye of a template's author picks them
GREY = 0.12  # of saturation; what is paler has no hue to speak of
_BRAND = re.compile(r"--brand:#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})")
_GLOWS = ("box-shadow", "drop-shadow", "text-shadow", "backdrop-filter", "blur(")
_INTER = re.compile(r"font(?:-family)?:[^;{}]*\binter\b")
_GRADIENT_TEXT = re.compile(r"background-clip:\s*text")
_PILL = re.compile(r"border-radius:\s*(?:\d{3,}px|\d*[5-9]\d(?:\.\d+)?em|\d{2,}r?em|100v\w+)\s*[;}]")
# A flat fill may be written as a gradient of one colour, and stripes have hard edges; what blends does not pass.
_GRADIENT = re.compile(r"-gradient\((?P<stops>(?:[^()]++|\([^()]*\))*)\)")
_HARD_STOP = re.compile(r"(?:var\(--[a-z_]+\)|#[0-9a-f]{3,8})(?:\s+-?[\d.]+(?:px|%|em)?){2}")
_ANGLE = re.compile(r"-?[\d.]+(?:deg|turn)|to [a-z ]+")


def check_look(files: Files, spec: SiteSpec, facts: FactSheet) -> list[str]:
    page = read_page(files["index.html"])
    style = page.all("style")[0].content
    findings = [] if spec.look.hue not in INDIGO else [f"hue {spec.look.hue} is the indigo of every template"]
    marks = {
        "a glow or shadow": any(glow in style for glow in _GLOWS),
        "Inter": _INTER.search(style.lower()),
        "gradient text": _GRADIENT_TEXT.search(style),
        "a pill": _PILL.search(style),
    }
    findings += [f"the style has {mark}" for mark, found in marks.items() if found]
    findings += [
        f"exactly three equal cards in {section.type}"
        for section in spec.sections
        if section.type == "services" and section.variant != "rows" and len(section.cards) == 3
    ]
    return findings + _brand(style) + _gradients(style) + _badge(page)


def _brand(style: str) -> list[str]:
    """The brand as it stands in the style, whatever the spec says of its hue."""
    match = _BRAND.search(style)
    if match is None:
        return ["the style names no brand colour"]
    hue, _, saturation = rgb_to_hls(*(int(channel, 16) / 255 for channel in match.groups()))
    degrees = round(hue * 360)
    if saturation > GREY and degrees in VIOLET:
        return [f"the brand colour has hue {degrees}, the violet of every template"]
    return []


def _gradients(style: str) -> list[str]:
    for match in _GRADIENT.finditer(style):
        stops = [stop.strip() for stop in re.split(r",(?![^()]*\))", match["stops"])]
        if not all(_HARD_STOP.fullmatch(stop) or _ANGLE.fullmatch(stop) for stop in stops):
            return [f"a gradient that blends colours: {match['stops'][:60]}"]
    return []


def _badge(page: Page) -> list[str]:
    """A short line in a box of its own above the main heading is the badge of every landing page."""
    before = page.elements[: next((at for at, one in enumerate(page.elements) if one.tag == "h1"), 0)]
    badges = [one for one in before if one.attributes.get("class", "") in {"badge", "pill", "chip", "tag"}]
    return [f"a badge above the main heading: {one.text!r}" for one in badges]
