"""Faults planted on purpose, at least one for each judge: a judge that lets its own pass cannot be believed."""

import base64
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from scripts.judges.base import Sample
from sites.publishers.headers import HEADERS_FILE
from sites.rendering import SiteFiles

HEAVY = base64.b64encode(random.Random(1).randbytes(60_000)).decode()  # does not get smaller  # noqa: S311
LONG_WORDS = " ".join(["Donaudampfschifffahrtsgesellschaftskapitän"] * 600)
LATE = "<style>body{visibility:hidden;animation:late 0s 2.5s forwards}@keyframes late{to{visibility:visible}}</style>"
JUMP = "<style>@keyframes jump{to{margin-top:90px}}main{animation:jump .05s .1s forwards}</style>"
UNNAMED = '<img src="/s/{slug}/favicon.svg">'
_POLICY = re.compile(r"  Content-Security-Policy:.*\n")


@dataclass(frozen=True)
class Fault:
    """`sign` is what the verdict must speak of; `old` gives way to `new` in the home page or the headers."""

    judge: str  # as it is summoned
    verdict: str  # one judge may give several
    sign: str
    new: str
    old: str = '<main id="main">\n'
    path: str = "index.html"


def _in_main(judge: str, verdict: str, sign: str, what: str) -> Fault:
    return Fault(judge, verdict, sign, f'<main id="main">\n{what}')


FAULTS = (
    _in_main("gates", "own gates", "carries 'A word", "<p>A word that nobody said.</p>"),
    _in_main("looks", "LIX", "LIX", f"<p>{LONG_WORDS}</p>"),
    _in_main("markup", "Nu checker", "Duplicate ID", '<p id="main"></p>'),
    _in_main("markup", "Nu checker", "lacks heading", "<section><p>Words</p></section>"),
    Fault("markup", "Nu checker", "colr", "<style>p{colr:red}", "<style>"),
    _in_main("links", "lychee", "#nowhere", '<a href="#nowhere">Words</a>'),
    _in_main("links", "lychee", "missing.html", '<a href="/s/{slug}/missing.html">Words</a>'),
    _in_main("links", "lychee", "lost.html", '<a href="{address}lost.html">Words</a>'),
    Fault("data", "schema.org", "telefone", '"telefone":', '"telephone":'),
    Fault("data", "schema.org", "7h30", '"opens":"7h30"', '"opens":"08:00"'),
    Fault("data", "schema.org", "no latitude", '"latitude":"north"', '"latitude":51.1465'),
    _in_main("looks", "axe", "image-alt", UNNAMED),
    _in_main("looks", "axe", "color-contrast", "<style>main p{color:#bbb!important}</style>"),
    _in_main("looks", "overflow", "1600 px, own fonts: 17", '<div style="width:1700px">Words</div>'),
    _in_main(
        "looks",
        "targets",
        "x 20",
        '<a href="#main" class="button" style="min-height:0;height:20px">Words</a>',
    ),
    _in_main("loads", "first load", "characters of script", "<script>document.title = 'Changed'</script>"),
    _in_main("loads", "first load", "another host", '<img src="http://localhost:9/pixel.png" alt="">'),
    _in_main("loads", "first load", "the console says", '<p style="color:red">Words</p>'),
    _in_main("loads", "first load", "bytes sent", f"<!-- {HEAVY} -->"),
    _in_main(
        "loads", "first load", "requests", "".join(f'<img src="favicon.svg?{n}" alt="">' for n in range(4))
    ),
    _in_main("loads", "first load", "layout shift", JUMP),
    _in_main("loads", "first load", "largest paint", LATE),
    Fault("loads", "first load", "cookies", "/*\n  Set-Cookie: seen=1", "/*", HEADERS_FILE),
    _in_main("lighthouse", "Lighthouse", "performance", f"<!-- {HEAVY * 9} -->"),
    _in_main("lighthouse", "Lighthouse", "accessibility", UNNAMED),
    _in_main("lighthouse", "Lighthouse", "best-practices", '<img src="/s/{slug}/missing.png" alt="">'),
    Fault("lighthouse", "Lighthouse", "seo", '<meta name="nothing"', '<meta name="description"'),
)
# The policy is what stops these; it is asked for by the one fault that must be noisy.
_UNDER_POLICY = {"the console says"}


def plant(healthy: Sample, address: Callable[[str], str]) -> Iterator[tuple[Fault, Sample]]:
    """Each fault, with the healthy sample that has it and nothing else wrong."""
    for number, fault in enumerate(FAULTS):
        slug = f"{healthy.slug}-fault-{number}"
        files = SiteFiles(
            {path: _moved(content, healthy.slug, slug) for path, content in healthy.files.items()}
        )
        new = fault.new.replace("{slug}", slug).replace("{address}", address(slug))
        text = files[fault.path].decode()
        if fault.old not in text:
            raise SystemExit(
                f"{fault.verdict}: the page has no {fault.old!r} in which to plant {fault.sign!r}"
            )
        files[fault.path] = text.replace(fault.old, new, 1).encode()
        if fault.sign not in _UNDER_POLICY:
            files[HEADERS_FILE] = _POLICY.sub("", files[HEADERS_FILE].decode()).encode()
        yield fault, replace(healthy, slug=slug, name=f"{fault.verdict}, {fault.sign}", files=files)


def _moved(content: bytes, old: str, new: str) -> bytes:
    return content.replace(f"/s/{old}/".encode(), f"/s/{new}/".encode())
