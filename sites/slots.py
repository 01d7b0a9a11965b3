"""Where each sentence of a site stands: a name for every place, and the same site with other words in it."""

from collections import Counter
from collections.abc import Callable, Iterator

from sites.spec import Action, Card, Section, Sentence, Seo, SiteSpec

# Sections that are nothing without cards.
MADE_OF_CARDS = frozenset({"services", "steps", "faq"})
LIKE_EVERY_TEMPLATE = 3  # equal cards

Say = Callable[[str, Sentence], Sentence]
Decide = Callable[[str, Card], Card | None]


def keyed_sections(spec: SiteSpec) -> Iterator[tuple[str, Section]]:
    """Each section with its name: its type, with a number from the second of a type on."""
    seen: Counter[str] = Counter()
    for section in spec.sections:
        seen[section.type] += 1
        yield section.type + (str(seen[section.type]) if seen[section.type] > 1 else ""), section


def sentences_by_slot(spec: SiteSpec) -> dict[str, Sentence]:
    """Every sentence under the name of its place, in the order of the page: "hero.heading", "faq.card.2.text"."""
    found = {"seo.title": spec.seo.title, "seo.description": spec.seo.description}
    for key, section in keyed_sections(spec):
        found[f"{key}.heading"] = section.heading
        found |= {f"{key}.body.{number}": one for number, one in enumerate(section.body)}
        found |= {f"{key}.action.{number}": one.label for number, one in enumerate(section.actions)}
        for number, card in enumerate(section.cards):
            found[f"{key}.card.{number}.title"] = card.title
            if card.text is not None:
                found[f"{key}.card.{number}.text"] = card.text
    return found


def cards_by_slot(spec: SiteSpec) -> dict[str, Card]:
    """Every card under the name of its place: "services.card.0"."""
    return {
        f"{key}.card.{number}": card
        for key, section in keyed_sections(spec)
        for number, card in enumerate(section.cards)
    }


def rewrite(spec: SiteSpec, say: Say, decide: Decide = lambda key, card: card) -> SiteSpec:
    """The site with what `say` makes of each sentence; then `decide` gives each card another form, or None drops it.

    A section that lives of its cards goes with the last of them, and three services are set as a list: in a grid
    they are the mark of every template. Raises ValueError for what is no site.
    """
    seo = Seo(
        title=say("seo.title", spec.seo.title), description=say("seo.description", spec.seo.description)
    )
    sections = [_section(key, section, say, decide) for key, section in keyed_sections(spec)]
    kept = [one for one in sections if one["cards"] or one["type"] not in MADE_OF_CARDS]
    after = SiteSpec.model_validate(spec.model_dump() | {"seo": seo.model_dump(), "sections": kept})
    return after.model_copy(update={"shortened": True}) if _words(after) < _words(spec) else after


def _words(spec: SiteSpec) -> int:
    return sum(len(sentence.text.split()) for sentence in spec.sentences())


def _section(key: str, section: Section, say: Say, decide: Decide) -> dict[str, object]:
    decided = [
        decide(f"{key}.card.{number}", _card(f"{key}.card.{number}", card, say))
        for number, card in enumerate(section.cards)
    ]
    cards = [card for card in decided if card is not None]
    is_list = section.type == "services" and len(cards) == LIKE_EVERY_TEMPLATE
    return {
        **section.model_dump(),
        "variant": "rows" if is_list else section.variant,
        "heading": say(f"{key}.heading", section.heading).model_dump(),
        "body": [say(f"{key}.body.{number}", one).model_dump() for number, one in enumerate(section.body)],
        "cards": [card.model_dump() for card in cards],
        "actions": [
            Action(target=one.target, label=say(f"{key}.action.{number}", one.label)).model_dump()
            for number, one in enumerate(section.actions)
        ],
    }


def _card(key: str, card: Card, say: Say) -> Card:
    return Card(
        title=say(f"{key}.title", card.title),
        text=None if card.text is None else say(f"{key}.text", card.text),
        owner_confirm=card.owner_confirm,
    )
