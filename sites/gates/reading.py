"""The text is easy to read, long enough to help, and says none of the things that everybody says."""

import re

from sites.facts import FactSheet
from sites.gates.base import Files
from sites.gates.page import read_page
from sites.spec import SiteSpec

LIX_LIMIT = 45
WORD_LIMITS = (250, 900)
LONG_WORD = 6  # characters; longer ones count
BANNED = (
    "award-winning", "best in", "bespoke", "cutting-edge", "dedicated to", "elevate", "experts", "family-run",
    "fully insured", "guarantee", "high-quality", "industry-leading", "licensed", "look no further", "nestled",
    "number one", "one-stop", "passion", "premier", "prides itself", "professional team", "second to none",
    "state-of-the-art", "tailored to your needs", "top-notch", "trusted", "unparalleled", "we pride ourselves",
    "welcome to our website", "whether you are looking", "world-class", "years of experience", "your satisfaction",
    "aus einer hand", "ausgezeichnete", "erstklassig", "fachbetrieb", "familienbetrieb", "führend",
    "höchste qualität", "hochwertig", "ihr partner für", "jahrelange erfahrung", "kompetent", "leidenschaft",
    "maßgeschneidert", "massgeschneidert", "nummer eins", "preiswert", "professionell", "rundum-sorglos",
    "unser team", "unverbindlich", "wir freuen uns auf", "wir legen wert", "zuverlässig", "zufriedenheit",
)  # fmt: skip
_WORD = re.compile(r"[^\W\d_]++(?:['’-][^\W\d_]++)*+")
_STOP = re.compile(r"[.!?:](?:\s|$)")


def check_reading(files: Files, spec: SiteSpec, facts: FactSheet) -> list[str]:
    texts = read_page(files["index.html"]).visible
    words = _words(texts)
    findings = []
    fewest = 0 if spec.shortened else WORD_LIMITS[0]
    if not fewest <= len(words) <= WORD_LIMITS[1]:
        findings.append(f"{len(words)} words, not {fewest} to {WORD_LIMITS[1]}")
    value = _lix(texts, words)
    if value > LIX_LIMIT:
        findings.append(f"LIX {value:.0f}, more than {LIX_LIMIT}")
    written = " ".join(sentence.text for sentence in spec.sentences()).lower()
    return findings + [f"says {phrase!r}" for phrase in BANNED if phrase in written]


def lix(texts: list[str]) -> float:
    """Words per sentence plus the share of long words; under 30 is very easy, over 50 is hard."""
    return _lix(texts, _words(texts))


def _lix(texts: list[str], words: list[str]) -> float:
    if not words:
        return 0.0
    stops = sum(max(1, len(_STOP.findall(text))) for text in texts)
    return len(words) / stops + 100 * sum(len(word) > LONG_WORD for word in words) / len(words)


def _words(texts: list[str]) -> list[str]:
    return _WORD.findall("\n".join(texts))
