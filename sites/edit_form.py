"""The form over a site: its sentences in the order of the page, and what a person entered into it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sites.editing import Edit
from sites.facts import FactSheet
from sites.models import SiteVersion
from sites.owner_words import OwnerWords
from sites.slots import keyed_sections
from sites.spec import PLACEHOLDER, Card, Section, Sentence, SiteSpec

ONE_LINE = 70  # characters; what is longer gets a field of two lines
# What no sentence would print: for machines, or only a sign that another sentence is true.
NOT_PRINTED = frozenset({"lat", "lon", "hours", "country", "phone"})
GROUPS = {
    "seo": _("Search results and browser tab"),
    "hero": _("Top of the page"),
    "services": _("Services"),
    "steps": _("How it goes"),
    "about": _("About"),
    "visit": _("Visit"),
    "faq": _("Questions and answers"),
    "cta": _("Last word"),
}
BODIES = {
    "hero": (_("Line above the heading"), _("Tagline"), _("Introduction")),
    "services": (_("Introduction"), _("Last word")),
    "steps": (_("Introduction"),),
}


@dataclass(frozen=True)
class Field:
    """One sentence: `text` is what stands in the field, `printed` how the page shows it today."""

    slot: str
    label: str | Promise
    text: str
    printed: str
    finding: str
    kept: bool
    told: bool
    in_card: bool

    @property
    def id(self) -> str:
        return self.slot.replace(".", "-")

    @property
    def is_short(self) -> bool:
        return len(self.text) <= ONE_LINE


@dataclass(frozen=True)
class CardFields:
    slot: str
    name: str
    fields: list[Field]
    asks: bool
    answer: str  # "", "yes", "no"
    kept: bool

    @property
    def id(self) -> str:
        return self.slot.replace(".", "-")


@dataclass
class Group:
    key: str
    name: str | Promise
    fields: list[Field] = field(default_factory=list)
    cards: list[CardFields] = field(default_factory=list)


def read_edit(posted: Mapping[str, str], version: SiteVersion) -> Edit:
    """What was entered, as far as it belongs to the sentences and cards of this version."""
    spec = SiteSpec.model_validate(version.spec)
    texts: dict[str, str] = {}
    told: set[str] = set()
    kept: set[str] = set()
    answers: dict[str, bool] = {}
    for group in _groups(spec, _Filled(FactSheet.model_validate(version.facts))):
        sentences = [*group.fields, *(one for card in group.cards for one in card.fields)]
        texts |= {one.slot: posted[f"text.{one.slot}"] for one in sentences if f"text.{one.slot}" in posted}
        told |= {one.slot for one in sentences if f"told.{one.slot}" in posted}
        slots = [one.slot for one in group.fields] + [card.slot for card in group.cards]
        kept |= {slot for slot in slots if f"keep.{slot}" in posted}
        for card in group.cards:
            if posted.get(f"card.{card.slot}") in ("yes", "no"):
                answers[card.slot] = posted[f"card.{card.slot}"] == "yes"
    return Edit(
        texts=texts,
        told=frozenset(told),
        told_by=posted.get("told_by", ""),
        kept=frozenset(kept),
        answers=answers,
    )


def form_groups(
    version: SiteVersion,
    words: OwnerWords,
    edit: Edit | None = None,
    findings: Mapping[str, str] | None = None,
) -> list[Group]:
    """The sections of the form; with `edit` as it was entered, else as the site stands."""
    facts = FactSheet.model_validate(version.facts)
    return _groups(SiteSpec.model_validate(version.spec), _Filled(facts, words, edit, findings or {}))


def placeholders(version: SiteVersion) -> list[tuple[str, str]]:
    """What may be printed by name: ("{phone_display}", "+1 202-555-0123")."""
    facts = FactSheet.model_validate(version.facts)
    return [(f"{{{key}}}", fact.value) for key, fact in sorted(facts.facts.items()) if key not in NOT_PRINTED]


@dataclass(frozen=True)
class _Filled:
    """What stands in the fields."""

    facts: FactSheet
    words: OwnerWords = field(default_factory=OwnerWords)
    edit: Edit | None = None
    findings: Mapping[str, str] = field(default_factory=dict)

    def field(self, slot: str, label: str | Promise, sentence: Sentence, *, in_card: bool = False) -> Field:
        edit = self.edit
        return Field(
            slot=slot,
            label=label,
            text=edit.texts.get(slot, sentence.text) if edit else sentence.text,
            printed=sentence.fill(self.facts) if PLACEHOLDER.search(sentence.text) else "",
            finding=self.findings.get(slot, ""),
            kept=slot in (edit.kept if edit else self.words.sentences),
            told=bool(edit and slot in edit.told),
            in_card=in_card,
        )

    def card(self, slot: str, card: Card, labels: tuple[Any, Any]) -> CardFields:
        edit = self.edit
        fields = [self.field(f"{slot}.title", labels[0], card.title, in_card=True)]
        if card.text is not None:
            fields.append(self.field(f"{slot}.text", labels[1], card.text, in_card=True))
        titles = {kept.card.title.text for kept in self.words.cards.values()}
        answer = edit.answers.get(slot) if edit else None
        return CardFields(
            slot=slot,
            name=card.title.fill(self.facts),
            fields=fields,
            asks=card.owner_confirm,
            answer="" if answer is None else "yes" if answer else "no",
            kept=slot in edit.kept if edit else card.title.text in titles,
        )


def _groups(spec: SiteSpec, filled: _Filled) -> list[Group]:
    seo = Group("seo", GROUPS["seo"])
    seo.fields = [
        filled.field("seo.title", _("Title"), spec.seo.title),
        filled.field("seo.description", _("Description"), spec.seo.description),
    ]
    return [*(_group(key, section, filled) for key, section in keyed_sections(spec)), seo]


def _group(key: str, section: Section, filled: _Filled) -> Group:
    group = Group(key, GROUPS[section.type])
    heading = [filled.field(f"{key}.heading", _("Heading"), section.heading)]
    names = BODIES.get(section.type, ())
    body = [
        filled.field(f"{key}.body.{number}", names[number] if number < len(names) else _("Text"), one)
        for number, one in enumerate(section.body)
    ]
    # On the page the line above the heading comes first.
    group.fields = [*body[:1], *heading, *body[1:]] if section.type == "hero" else heading + body
    group.fields += [
        filled.field(f"{key}.action.{number}", _("Button"), one.label)
        for number, one in enumerate(section.actions)
    ]
    labels = (_("Question"), _("Answer")) if section.type == "faq" else (_("Title"), _("Text"))
    group.cards = [
        filled.card(f"{key}.card.{number}", card, labels) for number, card in enumerate(section.cards)
    ]
    return group
