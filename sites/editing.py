"""Editing: a person changes the words or the look of a site; what the gates refuse is never stored."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Max
from pydantic import ValidationError

from pipeline import states
from pipeline.errors import BadData
from sites.engines.bank import suiting_hues
from sites.facts import FactSheet
from sites.models import Site, SiteVersion
from sites.neighbours import looks_around
from sites.owner_words import (
    Answer,
    ChosenLook,
    KeptCard,
    OwnerWords,
    Said,
    kept_form,
    owner_words,
    texts_of,
)
from sites.presenting import gate_version
from sites.publishing import order_publication
from sites.slots import cards_by_slot, rewrite, sentences_by_slot
from sites.spec import PLACEHOLDER, Card, Sentence, SiteSpec
from sites.themes.variety import FAR, Layout, dress, layouts_for, least_distance, with_hue
from sites.wording import refusals

ENGINE = "by hand"
EDITABLE = (Site.Status.COMPLETED, Site.Status.PUBLISHED, Site.Status.FAILED)
TOLD_BY_LIMIT = 80
# What a gate says of a place without naming its words.
PLACES = {
    "the title has": "seo.title",
    "the description has": "seo.description",
    "the main heading": "hero.heading",
}


class Refused(BadData):
    """The words may not go online; `findings` are by the name of their place, "" for the whole page."""

    def __init__(self, findings: Mapping[str, str]) -> None:
        super().__init__("; ".join(findings.values()))
        self.findings = dict(findings)


@dataclass(frozen=True)
class Edit:
    """What a person entered, by the names of places (sites/slots.py).

    `told` are the sentences for which `told_by` vouches; `kept` are places of sentences and of cards that stay when
    the site is built again; `answers` are by the place of a card: True where it stays, False where it goes.
    """

    texts: Mapping[str, str]
    told: frozenset[str] = frozenset()
    told_by: str = ""
    kept: frozenset[str] = frozenset()
    answers: Mapping[str, bool] = field(default_factory=dict)


def edit_words(site: Site, version: SiteVersion, edit: Edit, *, now: datetime, by: str) -> SiteVersion:
    """Store the site with these words as a new version for the next publication, and return it.

    Where only what is kept changes there is no new version. Raises Refused with what is wrong beside each place,
    BadData where the site cannot be edited, StaleState where somebody else changed it since `version` was shown.
    """
    check_editable(site)
    before = SiteSpec.model_validate(version.spec)
    after = write_edit(version, edit)
    words = _words_after(owner_words(site), before, after, edit, now=now, by=by)
    if after == before:
        if words == owner_words(site):
            raise BadData("Nothing was changed")
        _swap(site, version, version, words, now=now, by=by, reason="What is kept was changed")
        return version
    changed = len(texts_of(after) - texts_of(before))
    reason = f"Words changed by hand: {changed} new, {len(texts_of(before) - texts_of(after))} gone"
    return _store(site, version, after, words, now=now, by=by, reason=reason)


def write_edit(version: SiteVersion, edit: Edit) -> SiteSpec:
    """The site as the edit would have it; nothing is stored. Raises Refused."""
    spec, facts = SiteSpec.model_validate(version.spec), FactSheet.model_validate(version.facts)
    findings = _about_teller(edit)

    def say(slot: str, sentence: Sentence) -> Sentence:
        text = _plain(edit.texts.get(slot, sentence.text))
        if text == sentence.text:
            return sentence
        try:
            return _sentence(text, sentence, facts, is_told=slot in edit.told)
        except BadData as why:
            findings[slot] = str(why)
            return sentence

    def decide(slot: str, card: Card) -> Card | None:
        if slot not in edit.answers:
            return card
        return card.model_copy(update={"owner_confirm": False}) if edit.answers[slot] else None

    after = rewrite(spec, say, decide)
    if findings:
        raise Refused(findings)
    return spec if after == spec else after.model_copy(update={"parent_hash": version.spec_hash})


def _about_teller(edit: Edit) -> dict[str, str]:
    if len(edit.told_by) > TOLD_BY_LIMIT:
        return {"told_by": f"Use at most {TOLD_BY_LIMIT} characters"}
    if edit.told and not edit.told_by.strip():
        return {"told_by": "Say who told you, and how: a name, a call, a mail"}
    return {}


def _plain(text: str) -> str:
    return " ".join(text.split())


def check_words(site: Site, version: SiteVersion, spec: SiteSpec) -> SiteVersion:
    """Return the version that `spec` would be, judged and not stored. Raises Refused with what the gates found."""
    drawn = SiteVersion(
        site=site,
        engine=ENGINE,
        theme=spec.look.theme,
        spec=spec.model_dump(mode="json"),
        spec_hash=spec.spec_hash,
        facts=version.facts,
    )
    _, results = gate_version(site, drawn)
    refused = [finding for result in results if not result.passed for finding in result.findings]
    if refused:
        raise Refused(_by_place(refused, spec))
    drawn.gates = [asdict(result) for result in results]
    return drawn


def check_editable(site: Site) -> None:
    """Raise BadData unless the words and the look of a site may be changed now."""
    if site.business.suppressed:
        raise BadData("The business said no; nothing is published about it")
    if site.status not in EDITABLE:
        raise BadData("Only a site that is built or online can be changed; wait for it, or build it again")


def findings_of(version: SiteVersion) -> dict[str, str]:
    """What the gates found in a version that they refused, by the name of its place; nothing for one that passed."""
    refused = [found for gate in version.gates if not gate["passed"] for found in gate["findings"]]
    return _by_place(refused, SiteSpec.model_validate(version.spec))


@dataclass(frozen=True)
class LookOffer:
    """A layout and a hue that a site could have; `is_near` where a neighbour looks much the same."""

    theme: str
    hero: str
    hue: int
    distance: int  # of 256, to the nearest neighbour
    is_near: bool

    @property
    def name(self) -> str:
        return f"{self.theme}.{self.hero}.{self.hue}"


def looks_for(site: Site, version: SiteVersion, *, hue: int) -> list[LookOffer]:
    """The layouts of the family in one hue, the most different from the neighbours first; without the present one."""
    look, neighbours = version.spec["look"], [other.layout for other in looks_around(site.business)]
    present: Layout = (look["theme"], look["hero"])
    offers = [
        _offer(layout, hue, neighbours)
        for layout in layouts_for(version.spec["family"])
        if layout != present or hue != look["hue"]
    ]
    return sorted(offers, key=lambda offer: -offer.distance)


def hues_for(version: SiteVersion) -> tuple[int, ...]:
    """The hue a site has, then those that suit its family, in degrees of OKLCH."""
    own: int = version.spec["look"]["hue"]
    offered = suiting_hues(version.spec["family"], version.facts["category"])
    return (own, *(hue for hue in offered if hue != own))


def dressed(version: SiteVersion, theme: str, hero: str, hue: int) -> SiteSpec:
    """The same words in another look; nothing is stored. Raises BadData for a look that the family does not have."""
    spec = SiteSpec.model_validate(version.spec)
    if (theme, hero) not in layouts_for(spec.family) or hue not in hues_for(version):
        raise BadData("There is no such look for this site")
    after = with_hue(dress(spec, theme, hero), hue)
    return after.model_copy(update={"parent_hash": version.spec_hash})


def choose_look(
    site: Site, version: SiteVersion, layout: Layout, hue: int, *, now: datetime, by: str
) -> SiteVersion:
    """Store the site in another look for the next publication, and return it. It keeps this look when it is built
    again. Raises as edit_words does."""
    check_editable(site)
    after = dressed(version, *layout, hue)
    if after.look == SiteSpec.model_validate(version.spec).look:
        raise BadData("It looks like that already")
    look = ChosenLook(theme=layout[0], hero=layout[1], hue=hue)
    words = owner_words(site).model_copy(update={"look": look})
    reason = f"Another look by hand: {layout[0]}, {layout[1]}"
    return _store(site, version, after, words, now=now, by=by, reason=reason)


def _offer(layout: Layout, hue: int, neighbours: list[Layout]) -> LookOffer:
    distance = least_distance(layout, neighbours)
    return LookOffer(*layout, hue, distance, distance < FAR)


def _sentence(text: str, before: Sentence, facts: FactSheet, *, is_told: bool) -> Sentence:
    """The sentence a person wrote in place of another; raises BadData with what is wrong with it."""
    placed = PLACEHOLDER.findall(text)
    if unknown := [key for key in placed if not facts.has(key)]:
        raise BadData(f"{{{unknown[0]}}} is not known of this business")
    carried = tuple(dict.fromkeys([*(key for key in before.facts if facts.has(key)), *placed]))
    try:
        sentence = Sentence(
            text=text,
            facts=carried,
            kind="cta" if before.kind == "cta" else "fact" if carried else "generic",
            origin="owner",
        )
    except ValidationError as error:
        raise BadData(error.errors()[0]["msg"].removeprefix("Value error, ").capitalize()) from error
    if not is_told and (found := refusals(sentence, facts)):
        raise BadData(f"{found[0].capitalize()}. If the owner says it is so, tick that and say who told you")
    return sentence


def _by_place(refused: list[str], spec: SiteSpec) -> dict[str, str]:
    """Each finding beside the first place it speaks of."""
    slots = sentences_by_slot(spec)
    found: dict[str, list[str]] = {}
    for finding in refused:
        place = next((place for words, place in PLACES.items() if words in finding), "")
        if not place:
            about = [
                slot
                for slot, one in slots.items()
                if repr(one.text) in finding or finding == f"says {_said(finding, one)!r}"
            ]
            place = about[0] if about else ""
        found.setdefault(place, []).append(finding)
    return {place: "; ".join(findings[:3]) for place, findings in found.items()}


def _said(finding: str, sentence: Sentence) -> str | None:
    """The phrase that the finding says nobody may say, where this sentence says it."""
    phrase = finding.removeprefix("says ").strip("'\"")
    return phrase if phrase in sentence.text.lower() else None


def _words_after(
    words: OwnerWords, before: SiteSpec, after: SiteSpec, edit: Edit, *, now: datetime, by: str
) -> OwnerWords:
    """What is known of the owner's words once `after` stands."""
    texts, old = texts_of(after), sentences_by_slot(before)
    said = {text: one for text, one in words.said.items() if text in texts}
    for slot, entered in edit.texts.items():
        text = _plain(entered)
        if slot in old and text != old[slot].text and text in texts:
            said[text] = Said(by=by, at=now, told_by=_plain(edit.told_by) if slot in edit.told else "")
    answers = dict(words.answers)
    for slot, card in cards_by_slot(before).items():
        if slot in edit.answers:
            answers[card.title.text] = Answer(stays=edit.answers[slot], by=by, at=now)
    written = sentences_by_slot(_without_cards(after))
    sentences = {slot: one for slot, one in words.sentences.items() if slot not in written}
    sentences |= {slot: kept_form(one) for slot, one in written.items() if slot in edit.kept}
    update = {"said": said, "answers": answers, "sentences": sentences}
    return words.model_copy(update=update | {"cards": _kept_cards(words, before, after, edit)})


def _kept_cards(words: OwnerWords, before: SiteSpec, after: SiteSpec, edit: Edit) -> dict[str, KeptCard]:
    """The cards to keep, each under the title it was first written with."""
    first_titles = {kept.card.title.text: title for title, kept in words.cards.items()}
    present = cards_by_slot(before)
    gone = {card.title.text for card in present.values()}
    found = {
        title: kept for title, kept in words.cards.items() if kept.card.title.text not in gone
    }  # it has no place just now
    staying = iter(cards_by_slot(after).values())
    for slot, card in present.items():
        if edit.answers.get(slot) is False:
            continue
        written = next(staying)
        if slot in edit.kept:
            title = first_titles.get(card.title.text, card.title.text)
            text = None if written.text is None else kept_form(written.text)
            kept = written.model_copy(update={"title": kept_form(written.title), "text": text})
            found[title] = KeptCard(slot=slot, card=kept)
    return found


def _without_cards(spec: SiteSpec) -> SiteSpec:
    """What a sentence outside the cards is called does not change with an edit."""
    sections = tuple(section.model_copy(update={"cards": ()}) for section in spec.sections)
    return spec.model_copy(update={"sections": sections})


def _store(
    site: Site,
    version: SiteVersion,
    spec: SiteSpec,
    words: OwnerWords,
    *,
    now: datetime,
    by: str,
    reason: str,
) -> SiteVersion:
    drawn = check_words(site, version, spec)
    drawn.created_at = now
    with transaction.atomic():
        drawn.number = (site.versions.aggregate(last=Max("number"))["last"] or 0) + 1
        try:
            with transaction.atomic():
                drawn.save()
        except IntegrityError as error:
            raise states.StaleState(
                f"{states.label(site)} was changed by somebody else; look again"
            ) from error
        _swap(site, version, drawn, words, now=now, by=by, reason=reason)
    return drawn


def _swap(
    site: Site,
    shown: SiteVersion,
    version: SiteVersion,
    words: OwnerWords,
    *,
    now: datetime,
    by: str,
    reason: str,
) -> None:
    """Put `version` in the place of the one that was shown; a new one waits for the next publication."""
    stored = words.model_dump(mode="json")
    if version.pk != shown.pk:
        order_publication(
            site,
            now=now,
            by=by,
            reason=reason,
            shown=shown,
            version=version,
            generated_at=now,
            owner_words=stored,
        )
        return
    expected = {"status": site.status, "claimed_by": "", "version": shown}
    with transaction.atomic():
        states.swap(
            site, site.status, expected, now=now, by=by, reason=reason, fields={"owner_words": stored}
        )
        states.record(site, site.status, site.status, now=now, by=by, reason=reason)
