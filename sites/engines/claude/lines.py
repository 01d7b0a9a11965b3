"""The places of a site that a model may fill, and the site with them filled; plain functions over specs."""

from sites.engines.claude.forms import CHOICES, DESCRIPTION, PARTS, TOPICS, ids
from sites.facts import OWNER_KEYS, FactSheet
from sites.spec import Card, Look, Section, Sentence, SiteSpec
from sites.wording import refusals

HEADING_LIMIT, BODY_LIMIT, DESCRIPTION_LIMITS = 60, 300, (70, 155)
# Where a model writes; all other lines are of the trade, and the bank knows those better.
WRITTEN_WHOLE = frozenset({"about", "visit", "cta"})


def slots_of(spec: SiteSpec) -> dict[str, Sentence]:
    """Return the lines that a model may rewrite, by the name of their place."""
    found = {DESCRIPTION: spec.seo.description}
    for section in spec.sections:
        places = list(zip(PARTS, (section.heading, *section.body), strict=False))
        if section.type == "hero":
            places = places[3:4]  # kicker and tagline are of the trade; the lede is facts
        elif section.type not in WRITTEN_WHOLE:
            places = places[:1]
        for part, sentence in places:
            if OWNER_KEYS.intersection(sentence.facts):
                continue  # what the owner told stays told
            found.setdefault(f"{section.type}.{part}", sentence)
    return found


def limits_of(slot: str) -> tuple[int, int]:
    if slot == DESCRIPTION:
        return DESCRIPTION_LIMITS
    return (2, HEADING_LIMIT) if slot.endswith(".heading") else (10, BODY_LIMIT)


def asked_for(slot: str, sentence: Sentence, facts: FactSheet) -> dict[str, object]:
    least, most = limits_of(slot)
    return {"now": sentence.text, "filled": sentence.fill(facts), "least": least, "most": most}


def wrong_with(slot: str, line: Sentence, facts: FactSheet) -> list[str]:
    if reasons := refusals(line, facts):
        return reasons
    least, most = limits_of(slot)
    length = len(line.fill(facts))
    return [] if least <= length <= most else [f"it has {length} characters, not {least} to {most}"]


def repeated(lines: dict[str, Sentence], taken: dict[str, Sentence]) -> list[str]:
    """Return the places whose line stands at an earlier place already, or among those `taken`."""
    seen = {line.text.lower() for line in taken.values()}
    found = []
    for slot, line in lines.items():
        if line.text.lower() in seen:
            found.append(slot)
        seen.add(line.text.lower())
    return found


def topics_of(spec: SiteSpec) -> tuple[Card, ...]:
    return next((section.cards for section in spec.sections if section.type == "services"), ())


def all_topics(candidates: list[SiteSpec]) -> list[Card]:
    """Return every topic of the candidates once, those of the first before the others."""
    found: dict[str, Card] = {}
    for spec in candidates:
        for card in topics_of(spec):
            found.setdefault(card.title.text, card)
    return list(found.values())[:TOPICS]


def by_id(word: str, candidates: list[SiteSpec]) -> list[tuple[str, SiteSpec]]:
    return list(zip(ids(word, CHOICES), candidates, strict=False))


def order_of(spec: SiteSpec) -> list[str]:
    return [section.type for section in spec.sections]


def with_look(spec: SiteSpec, look: Look, order: list[str]) -> SiteSpec:
    """Return the spec in that look, its sections in that order where it has the same ones."""
    sections = spec.sections
    if sorted(order) == sorted(order_of(spec)):
        sections = tuple(sorted(sections, key=lambda section: order.index(section.type)))
    hero = sections[0].model_copy(update={"variant": look.hero})
    return spec.model_copy(update={"look": look, "sections": (hero, *sections[1:])})


def with_topics(spec: SiteSpec, topics: list[Card]) -> SiteSpec:
    """Put the chosen topics first and fill up with those that were there."""
    if not topics:
        return spec
    there = topics_of(spec)
    cards = (*topics, *(card for card in there if card not in topics))[: len(there)]
    sections = tuple(
        section.model_copy(update={"cards": cards}) if section.type == "services" else section
        for section in spec.sections
    )
    return spec.model_copy(update={"sections": sections})


def with_lines(spec: SiteSpec, lines: dict[str, Sentence]) -> SiteSpec:
    done: set[str] = set()
    sections = []
    for section in spec.sections:
        sections.append(section if section.type in done else _with_section_lines(section, lines))
        done.add(section.type)
    seo = spec.seo.model_copy(update={"description": lines.get(DESCRIPTION, spec.seo.description)})
    return spec.model_copy(update={"sections": tuple(sections), "seo": seo})


def _with_section_lines(section: Section, lines: dict[str, Sentence]) -> Section:
    heading = lines.get(f"{section.type}.heading", section.heading)
    body = tuple(
        lines.get(f"{section.type}.body{number}", sentence)
        for number, sentence in enumerate(section.body, start=1)
    )
    return section.model_copy(update={"heading": heading, "body": body})
