"""What nobody has said yet: the questions that a site leaves open until its owner answers them."""

from dataclasses import dataclass

from sites.facts import PRICE_KEYS, FactSheet
from sites.models import Site
from sites.presenting import CLAIM_KEYS
from sites.spec import SiteSpec

# Of these no source tells, so no site says anything of them unless its owner does: then one of the facts is there.
NEVER_SAID: dict[str, tuple[str, ...]] = {
    "Services": (),
    "Prices": PRICE_KEYS,
    "Ways to pay": (),
    "Parking": (),
    "Access without steps": (),
    "Years in business": ("founded", "experience"),
    "Reviews": (),
}
# What a page can do without: the address says it already.
_SPARE = frozenset({"locality"})


@dataclass(frozen=True)
class OpenQuestions:
    """topics: what visitors are told to ask about, in the site's language; nobody said that the business does it.
    missing: the labels of facts that the record lacks. never_said: what no site says by itself."""

    topics: tuple[str, ...]
    missing: tuple[str, ...]
    never_said: tuple[str, ...]


def open_questions(site: Site) -> OpenQuestions:
    """Return what the owner of a built site is to be asked; nothing for one that is not built."""
    if site.version is None:
        return OpenQuestions((), (), ())
    spec, facts = SiteSpec.model_validate(site.version.spec), FactSheet.model_validate(site.version.facts)
    return OpenQuestions(
        topics=tuple(card.title.fill(facts) for card in spec.questions_for_owner()),
        missing=tuple(label for key, label in CLAIM_KEYS.items() if not facts.has(key) and key not in _SPARE),
        never_said=tuple(topic for topic, told in NEVER_SAID.items() if not any(map(facts.has, told))),
    )
