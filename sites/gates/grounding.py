"""Nothing on the page that the facts, the bank or the fixed words of the theme do not carry."""

from functools import cache
from itertools import product

from sites.credits import credit_line
from sites.engines.bank import bank_lines
from sites.facts import FactSheet
from sites.gates.base import Files
from sites.gates.page import Page, read_page
from sites.opening_hours import DAY_MINUTES, Day
from sites.pages import SOCIAL_NAMES, map_url
from sites.spec import Sentence, SiteSpec
from sites.wording import refusals
from sites.words import DAYS, SHORT_DAYS, WORDS


def check_grounding(files: Files, spec: SiteSpec, facts: FactSheet) -> list[str]:
    """Allow-list: each sentence has its carrier, each run of text its sentence, each link its fact."""
    if spec.facts != facts.facts:
        return ["the spec was written for other facts"]
    findings = [finding for sentence in spec.sentences() for finding in _unsupported(sentence, facts)]
    page = read_page(files["index.html"])
    allowed = _allowed_texts(spec, facts)
    findings += [f"no fact and no sentence carries {text!r}" for text in page.visible if text not in allowed]
    findings += _head(page, spec, facts) + _addresses(page, spec, facts) + _table(page, facts)
    return findings


def _unsupported(sentence: Sentence, facts: FactSheet) -> list[str]:
    if missing := [key for key in sentence.facts if not facts.has(key)]:
        return [f"{sentence.text!r} needs {', '.join(missing)}"]
    if sentence.origin == "owner":
        return []
    if sentence.origin == "llm":
        return _unproved(sentence, facts)
    known = bank_lines().get(sentence.text, ())
    if not any(line.kind == sentence.kind and set(line.needs) <= set(sentence.facts) for line in known):
        return [f"{sentence.text!r} is not a line of the bank"]
    return []


def _unproved(sentence: Sentence, facts: FactSheet) -> list[str]:
    """A model's words are plain words, and a judge has said so too: neither alone is enough."""
    if reasons := refusals(sentence, facts):
        return [f"{sentence.text!r}: {reasons[0]}"]
    wanted = "entailed" if sentence.facts else "generic"
    return [] if sentence.verdict == wanted else [f"{sentence.text!r} has no verdict of an entailment judge"]


def _allowed_texts(spec: SiteSpec, facts: FactSheet) -> set[str]:
    allowed = {" ".join(sentence.fill(facts).split()) for sentence in spec.sentences()}
    allowed |= {" ".join(fact.value.split()) for fact in facts.facts.values()}
    allowed |= _fixed_texts(spec.lang)
    allowed |= {credit_line(credit, spec.lang).short for credit in spec.legal.credits}
    week = facts.week()
    for day in week.days if week else ():
        spans = day_texts(day, facts)
        allowed |= {*spans, ", ".join(spans)}
    return allowed


@cache
def _fixed_texts(lang: str) -> frozenset[str]:
    """What may stand on any site of that language."""
    short = SHORT_DAYS[lang]
    spans = (f"{first} – {last}" for first, last in product(short, repeat=2))
    return frozenset({*WORDS[lang].values(), *DAYS[lang], *short, *SOCIAL_NAMES.values(), *spans})


def day_texts(day: Day, facts: FactSheet) -> list[str]:
    """The times of one day as they may be printed."""
    words = WORDS[facts.lang]
    if day is None:
        return [words["ask"]]
    if not day:
        return [words["closed"]]
    if day == ((0, DAY_MINUTES),):
        return [words["all_day"]]
    return [f"{facts.clock(start)} – {facts.clock(end)}" for start, end in day]


def _head(page: Page, spec: SiteSpec, facts: FactSheet) -> list[str]:
    title, description = spec.seo.title.fill(facts), spec.seo.description.fill(facts)
    stated = {
        "title": (" ".join(element.text for element in page.all("title")[:1]), title),
        "description": (page.meta("description"), description),
        "og:title": (page.meta("og:title"), title),
        "og:description": (page.meta("og:description"), description),
        "og:site_name": (page.meta("og:site_name"), facts.value("name")),
    }
    return [f"{name} says {found!r}" for name, (found, meant) in stated.items() if found != meant]


def _addresses(page: Page, spec: SiteSpec, facts: FactSheet) -> list[str]:
    allowed = {f"tel:{facts.value('phone')}", f"mailto:{facts.value('email')}", map_url(facts)}
    allowed |= {facts.value(network) for network in SOCIAL_NAMES if facts.has(network)}
    allowed |= {credit_line(credit, spec.lang).url for credit in spec.legal.credits}
    findings = []
    for link in page.all("a"):
        href = link.attributes.get("href", "")
        if "aside" not in link.within and not href.startswith(("#", "/")) and href not in allowed:
            findings.append(f"no fact carries the link {href!r}")
    return findings


def _table(page: Page, facts: FactSheet) -> list[str]:
    """The opening hours stand at their days, and no other hours stand there."""
    week, words = facts.week(), WORDS[facts.lang]
    meant = [words["hours"]] if week else []
    for name, day in zip(DAYS[facts.lang], week.days if week else (), strict=False):
        meant += [name, *day_texts(day, facts)]
    if week and week.holidays_closed:
        meant += [words["holidays"], words["closed"]]
    found = [text.text for text in page.texts if "table" in text.within]
    return [] if found == meant else [f"the table of hours says {' '.join(found)!r}"]
