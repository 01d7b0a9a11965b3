"""The site as typed data: which sentence stands where, which facts carry it, and how it should look."""

import hashlib
import json
import re
import unicodedata
from functools import lru_cache
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from businesses.categories import Family
from sites.facts import FACT_KEYS, Fact, FactSheet

SPEC_VERSION = 1
SENTENCE_LIMIT = 320
PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_ADDRESS_SIGNS = re.compile(r"https?:|www\.|@|//", re.IGNORECASE)


@lru_cache(maxsize=8192)
def check_sentence_text(text: str) -> str:
    """Return `text`; raises ValueError where it could carry a fact, markup or an address of its own.

    Sites say the same again and again, and each of them is read from the database more than once.
    """
    bare = PLACEHOLDER.sub("", text)
    if not text.strip() or len(text) > SENTENCE_LIMIT:
        raise ValueError(f"a sentence has 1 to {SENTENCE_LIMIT} characters")
    signs = set(bare)
    if any(sign.isnumeric() for sign in signs):
        raise ValueError("digits may enter a sentence only through a placeholder")
    if not signs.isdisjoint("<>{}"):
        raise ValueError("a sentence holds no markup and no stray braces")
    if any(unicodedata.category(sign) in {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"} for sign in signs):
        raise ValueError("a sentence holds no control or format characters")
    if _ADDRESS_SIGNS.search(bare):
        raise ValueError("addresses may enter a sentence only through a placeholder")
    return text


def fill(text: str, facts: FactSheet) -> str:
    """The text as printed; each placeholder is replaced once, values are never expanded again."""
    if "{" not in text:
        return text
    return PLACEHOLDER.sub(lambda match: facts.facts[match[1]].value, text)


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Sentence(_Value):
    """`facts` are the keys that entail the sentence; every placeholder must be among them.

    `verdict` is what the entailment judge said of a model's sentence; without one it may not be published.
    """

    text: Annotated[str, AfterValidator(check_sentence_text)]
    facts: tuple[str, ...] = ()
    kind: Literal["fact", "generic", "cta"]
    origin: Literal["bank", "llm", "owner"]
    verdict: Literal["", "entailed", "generic"] = ""

    @model_validator(mode="after")
    def _is_carried_by_its_facts(self) -> "Sentence":
        if unknown := set(self.facts) - FACT_KEYS:
            raise ValueError(f"no such fact: {', '.join(sorted(unknown))}")
        if missing := set(PLACEHOLDER.findall(self.text)) - set(self.facts):
            raise ValueError(f"placeholder without its fact: {', '.join(sorted(missing))}")
        if self.kind == "fact" and not self.facts:
            raise ValueError("a fact sentence names the facts that entail it")
        return self

    def fill(self, facts: FactSheet) -> str:
        """The sentence as printed."""
        return fill(self.text, facts)


class Card(_Value):
    title: Sentence
    text: Sentence | None = None
    owner_confirm: bool = False


class Action(_Value):
    """A button; its address comes from the fact of that name (for the map: from the address)."""

    target: Literal["phone", "email", "map"]
    label: Sentence


SectionType = Literal["hero", "services", "steps", "about", "visit", "faq", "cta"]


class Section(_Value):
    """The body of a hero is kicker, tagline, lede; of services intro and a last word; else in reading order."""

    type: SectionType
    variant: str = Field(pattern=r"[a-z_]{1,20}")
    heading: Sentence
    body: tuple[Sentence, ...] = ()
    cards: tuple[Card, ...] = ()
    actions: tuple[Action, ...] = ()

    @model_validator(mode="after")
    def _is_not_empty(self) -> "Section":
        if self.type in {"services", "steps", "faq"} and not self.cards:
            raise ValueError(f"a {self.type} section has cards")
        return self


class Look(_Value):
    """Names belong to the theme, which checks them; `hue` is in degrees of OKLCH."""

    theme: str = Field(pattern=r"[a-z_]{1,30}")
    hero: str = Field(pattern=r"[a-z_]{1,30}")
    hue: int = Field(ge=0, lt=360)
    font: str = Field(pattern=r"[a-z_]{1,30}")
    art: str = Field(pattern=r"[a-z_]{1,30}")
    density: Literal["airy", "compact"]
    seed: str


class Seo(_Value):
    title: Sentence
    description: Sentence


class Credit(_Value):
    """One source of data on the page, with the last day on which it was read."""

    source: str
    licence: str
    fetched_at: AwareDatetime


class Legal(_Value):
    credits: tuple[Credit, ...]


class SiteSpec(_Value):
    version: int = SPEC_VERSION
    business_id: int
    lang: str
    family: Family
    facts: dict[str, Fact]
    look: Look
    sections: tuple[Section, ...]
    seo: Seo
    legal: Legal
    engine: str
    engine_note: str = Field(default="", max_length=500)  # why another engine, or parts of one, stand here
    parent_hash: str | None = None
    shortened: bool = False  # a person took words away: how much is said is the owner's choice then

    @model_validator(mode="after")
    def _hangs_together(self) -> "SiteSpec":
        if [section.type for section in self.sections].count("hero") != 1 or self.sections[0].type != "hero":
            raise ValueError("a site begins with its one hero")
        for sentence in self.sentences():
            if missing := set(sentence.facts).difference(self.facts):
                raise ValueError(f"{sentence.text!r} needs {', '.join(sorted(missing))}, which is not known")
        return self

    def sentences(self) -> list[Sentence]:
        """Every sentence of the site, in the order of the page."""
        found = [self.seo.title, self.seo.description]
        for section in self.sections:
            found += [section.heading, *section.body, *(action.label for action in section.actions)]
            for card in section.cards:
                found += [card.title] if card.text is None else [card.title, card.text]
        return found

    def questions_for_owner(self) -> list[Card]:
        """The cards that stand only until the owner has said yes or no to them."""
        return [card for section in self.sections for card in section.cards if card.owner_confirm]

    def canonical_json(self) -> str:
        return json.dumps(
            self.model_dump(mode="json"), sort_keys=True, separators=(",", ":"), ensure_ascii=False
        )

    @property
    def spec_hash(self) -> str:
        """sha256 of the canonical form: equal specs, equal hash, on every machine."""
        return hashlib.sha256(self.canonical_json().encode()).hexdigest()
