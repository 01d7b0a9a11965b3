"""What an owner said of a site, and that a site written anew says it too."""

from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from sites.models import Site
from sites.slots import cards_by_slot, rewrite, sentences_by_slot
from sites.spec import Card, Sentence, SiteSpec
from sites.themes.variety import dress, layouts_for


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Said(_Value):
    """Who wrote a sentence and when; `told_by` is who vouches for what no fact of the record carries."""

    by: str
    at: AwareDatetime
    told_by: str = ""


class Answer(_Value):
    """What the owner said to a card that waited for it."""

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


class OwnerWords(_Value):
    """`said` is by text, `sentences` by place, `cards` and `answers` by the title of the card as it is written."""

    said: dict[str, Said] = Field(default_factory=dict)
    sentences: dict[str, Sentence] = Field(default_factory=dict)
    cards: dict[str, KeptCard] = Field(default_factory=dict)
    answers: dict[str, Answer] = Field(default_factory=dict)
    look: ChosenLook | None = None


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
        if answer is None or not card.owner_confirm:
            return card
        return card.model_copy(update={"owner_confirm": False}) if answer.stays else None

    kept = rewrite(spec, say, decide)
    look = words.look
    if look is None or (look.theme, look.hero) not in layouts_for(spec.family):
        return kept
    return with_hue(dress(kept, look.theme, look.hero), look.hue)


def with_hue(spec: SiteSpec, hue: int) -> SiteSpec:
    """The same site in the palette of another hue (degrees of OKLCH)."""
    return spec.model_copy(update={"look": spec.look.model_copy(update={"hue": hue})})


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
