"""What an owner said of a site, and that a site written anew says it too."""

from decimal import Decimal
from typing import Any, Literal

from django.db import transaction
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from sites.facts import OWNER_KEYS, PRICE_KEYS, Fact, FactSheet
from sites.models import Site
from sites.slots import cards_by_slot, rewrite, sentences_by_slot
from sites.spec import Card, Sentence, SiteSpec
from sites.themes.variety import dress, layouts_for, with_hue

SIGNS = {"USD": "$", "GBP": "£", "EUR": "€"}
ERASED = "Erased"


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Said(_Value):
    """Who wrote a sentence and when; `told_by` is who vouches for what no fact of the record carries."""

    by: str
    at: AwareDatetime
    told_by: str = ""


class Answer(_Value):
    """Whether a card stays, as the owner said or as staff decided."""

    stays: bool
    by: str
    at: AwareDatetime


class KeptCard(_Value):
    slot: str
    card: Card


class ChosenLook(_Value):
    theme: str
    hero: str
    hue: int


class Statement(_Value):
    """What the owner told of the business: who said it, how and when, and who wrote it down.

    `value` is a year, a number or a text as its key asks for. For a price it is the amount ("49.50"), `currency` an
    ISO code, `about` what it is the price of, `basis` whether it is the whole price, the least one, or one an hour.
    """

    value: str
    told_by: str
    how: str
    at: AwareDatetime
    by: str
    about: str = ""
    currency: str = ""
    basis: Literal["", "from", "hour"] = ""

    def same_as(self, other: "Statement") -> bool:
        """Whether both tell the same, whoever said it."""
        return (self.value, self.about, self.currency, self.basis) == (
            other.value,
            other.about,
            other.currency,
            other.basis,
        )


class OwnerWords(_Value):
    """`said` is by text, `sentences` by place, `cards` and `answers` by the title of the card as it is written,
    `statements` by their key (facts.OWNER_KEYS without what prices are for)."""

    said: dict[str, Said] = Field(default_factory=dict)
    sentences: dict[str, Sentence] = Field(default_factory=dict)
    cards: dict[str, KeptCard] = Field(default_factory=dict)
    answers: dict[str, Answer] = Field(default_factory=dict)
    look: ChosenLook | None = None
    statements: dict[str, Statement] = Field(default_factory=dict)


def owner_words(site: Site) -> OwnerWords:
    """Return what is stored of the words of a site's owner."""
    return OwnerWords.model_validate(site.owner_words)


def keep_owner_words(site: Site, spec: SiteSpec) -> SiteSpec:
    """A site written anew, with the sentences, cards, answers and the look that its owner wants kept.

    What has no place in it any more, or needs a fact that is not known any more, is left out.
    """
    words = owner_words(site)
    if words == OwnerWords():
        return spec
    cards = _placed_cards(words, spec)

    def say(slot: str, sentence: Sentence) -> Sentence:
        kept = words.sentences.get(slot)
        return kept if kept is not None and _is_carried(kept, spec) else sentence

    def decide(slot: str, card: Card) -> Card | None:
        if slot in cards:
            return cards[slot]
        answer = words.answers.get(card.title.text)
        if answer is None:
            return card
        return card.model_copy(update={"owner_confirm": False}) if answer.stays else None

    kept = rewrite(spec, say, decide)
    look = words.look
    if look is None or (look.theme, look.hero) not in layouts_for(spec.family):
        return kept
    return with_hue(dress(kept, look.theme, look.hero), look.hue)


def with_statements(sheet: FactSheet, words: OwnerWords) -> FactSheet:
    """What is known of a business, with what its owner told."""
    facts = dict(sheet.facts)
    for key, told in words.statements.items():
        printed = {key: told.value}
        if key in PRICE_KEYS:
            printed = {f"{key}_for": told.about, key: price_text(told, sheet.lang)}
        for name, value in printed.items():
            facts[name] = Fact(
                key=name,
                value=value,
                source="owner",
                licence="",
                fetched_at=told.at,
                confirmed_by_owner=True,
            )
    return sheet.model_copy(update={"facts": facts})


def price_text(told: Statement, lang: str) -> str:
    """A price as people write it: "$49", "from $49.50", "49 € pro Stunde"."""
    number = f"{Decimal(told.value):,.2f}".removesuffix(".00")
    sign = SIGNS.get(told.currency, told.currency)
    if lang == "de":
        amount = f"{number.translate(str.maketrans(',.', '.,'))} {sign}"
    else:
        amount = f"{sign}{number}" if told.currency in SIGNS else f"{sign} {number}"
    form = {"de": {"from": "ab {}", "hour": "{} pro Stunde"}, "en": {"from": "from {}", "hour": "{} an hour"}}
    return form[lang].get(told.basis, "{}").format(amount.replace(" ", "\N{NO-BREAK SPACE}"))


def forget_owner(site: Site) -> None:
    """Erase what an owner said, and who said it, from a site and from everything that was ever written of it.

    For a site that is removed: its versions can be looked at as before, with "Erased" where the owner spoke.
    """
    with transaction.atomic():
        for version in site.versions.select_for_update():
            version.facts["facts"] = _without_owner(version.facts["facts"])
            spec = _erased(version.spec)
            spec["facts"] = _without_owner(spec["facts"])
            version.spec = spec
            version.spec_hash = SiteSpec.model_validate(spec).spec_hash
            version.save(update_fields=["facts", "spec", "spec_hash"])
        Site.objects.filter(pk=site.pk).update(owner_words={})
    site.owner_words = {}


def _without_owner(facts: dict[str, Any]) -> dict[str, Any]:
    return {
        key: fact | {"value": ERASED} if key in OWNER_KEYS or fact["source"] == "owner" else fact
        for key, fact in facts.items()
    }


def _erased(part: Any) -> Any:
    """The same part of a stored spec, without the sentences that a person wrote."""
    if isinstance(part, list):
        return [_erased(one) for one in part]
    if not isinstance(part, dict):
        return part
    if part.get("origin") == "owner":
        return part | {"text": ERASED}
    return {name: _erased(one) for name, one in part.items()}


def kept_form(sentence: Sentence) -> Sentence:
    """A sentence as it is kept: from now on it stands by the word of the owner, whatever the bank says later."""
    kind: Literal["fact", "generic", "cta"] = sentence.kind
    return Sentence(text=sentence.text, facts=sentence.facts, kind=kind, origin="owner")


def _placed_cards(words: OwnerWords, spec: SiteSpec) -> dict[str, Card]:
    """Each kept card at the place of the card of the same title, else at its own place if there is one."""
    present = cards_by_slot(spec)
    by_title = {card.title.text: slot for slot, card in present.items()}
    placed: dict[str, Card] = {}
    for title, kept in words.cards.items():
        slot = by_title.get(title) or by_title.get(kept.card.title.text) or kept.slot
        said = [kept.card.title] + ([] if kept.card.text is None else [kept.card.text])
        if slot in present and slot not in placed and all(_is_carried(one, spec) for one in said):
            placed[slot] = kept.card
    return placed


def _is_carried(sentence: Sentence, spec: SiteSpec) -> bool:
    return set(sentence.facts) <= set(spec.facts)


def texts_of(spec: SiteSpec) -> set[str]:
    """Every text of a site, with its placeholders."""
    return {sentence.text for sentence in sentences_by_slot(spec).values()}
