"""Editing the words and the look of a site: only what passes is stored, and what is kept outlives a new build."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from businesses.models import Business
from businesses.tests.factories import make_business
from pipeline.clock import VirtualClock
from pipeline.errors import BadData
from pipeline.models import TimelineEntry
from pipeline.runner import Run
from pipeline.states import StaleState
from sites import editing
from sites.editing import Edit, Refused, choose_look, edit_words, hues_for, looks_for, write_edit
from sites.generation import generate_sites
from sites.models import Site, SiteVersion
from sites.owner_words import OwnerWords, keep_owner_words, owner_words
from sites.publishing import publish_sites
from sites.slots import cards_by_slot, keyed_sections, sentences_by_slot
from sites.spec import Sentence, SiteSpec
from sites.tests.factories import make_site, make_version
from territories.tests.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)
BY = "staff:clerk"
PLAIN = "Call us and ask."


@pytest.fixture
def site() -> Site:
    site = make_site(status=Site.Status.PUBLISHED)
    make_version(site)
    return site


def spec_of(site: Site) -> SiteSpec:
    site.refresh_from_db()
    assert site.version is not None
    return SiteSpec.model_validate(site.version.spec)


def present(site: Site) -> SiteVersion:
    assert site.version is not None
    return site.version


def save(site: Site, **fields: Any) -> SiteVersion:
    return edit_words(site, present(site), Edit(**{"texts": {}} | fields), now=NOW, by=BY)


def test_new_words_become_a_judged_version_that_waits_for_publication(site: Site) -> None:
    version = save(site, texts={"cta.heading": f"  {PLAIN}\r\n "})
    after = spec_of(site)
    assert sentences_by_slot(after)["cta.heading"].text == PLAIN
    assert sentences_by_slot(after)["cta.heading"].origin == "owner"
    assert (site.status, site.version, version.number) == (Site.Status.COMPLETED, version, 2)
    assert all(gate["passed"] for gate in version.gates)
    assert len(version.gates) > 5
    assert after.parent_hash == site.versions.get(number=1).spec_hash
    assert TimelineEntry.objects.filter(row_id=site.pk, by=BY, reason__contains="by hand").exists()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Call 555 0100", "Digits"),
        ("<b>Call</b>", "markup"),
        ("Write to us at www.harbour", "Addresses"),
        ("Call {phone_dispaly}", "not known of this business"),
        ("", "1 to 320"),
        ("x" * 321, "1 to 320"),
        ("Call us\u202enow", "control or format"),
        ("We won an award for kindness", "plain words"),
    ],
)
def test_refused_words_come_back_beside_their_place_and_nothing_is_stored(
    site: Site, text: str, why: str
) -> None:
    with pytest.raises(Refused) as refused:
        save(site, texts={"cta.heading": text})
    assert why in refused.value.findings["cta.heading"]
    site.refresh_from_db()
    assert (site.status, site.versions.count(), site.owner_words) == (Site.Status.PUBLISHED, 1, {})


def test_owner_may_say_what_no_fact_carries_and_it_is_noted_who_said_it(site: Site) -> None:
    text = "We mend bicycles for the whole street"
    told = {"texts": {"cta.heading": text}, "told": frozenset({"cta.heading"})}
    with pytest.raises(Refused) as refused:
        save(site, **told)
    assert "who told you" in refused.value.findings["told_by"]
    save(site, **told, told_by="Maria, on the phone")
    site.refresh_from_db()
    said = owner_words(site).said[text]
    assert (said.by, said.told_by, said.at) == (BY, "Maria, on the phone", NOW)


def test_owners_word_brings_no_digits_onto_the_page(site: Site) -> None:
    told = frozenset({"cta.heading"})
    with pytest.raises(Refused):
        save(site, texts={"cta.heading": "Founded in 1987"}, told=told, told_by="Maria")


def test_what_a_gate_refuses_stands_beside_its_place(site: Site) -> None:
    told = {"told": frozenset({"seo.title", "cta.heading"}), "told_by": "Maria"}
    with pytest.raises(Refused) as refused:
        save(site, texts={"seo.title": "A long title " * 6, "cta.heading": "Second to none"}, **told)
    assert "title has" in refused.value.findings["seo.title"]
    assert "second to none" in refused.value.findings["cta.heading"]
    assert site.versions.count() == 1


def waiting_cards(site: Site) -> list[str]:
    return [slot for slot, card in cards_by_slot(spec_of(site)).items() if card.owner_confirm]


def test_card_that_is_confirmed_stays_and_one_that_is_not_goes(site: Site) -> None:
    slots = waiting_cards(site)
    before = cards_by_slot(spec_of(site))
    gone = dict.fromkeys(slots[1:3], False) if len(slots) == 5 else {slots[1]: False}
    save(site, answers={slots[0]: True, **gone})
    titles = {card.title.text: card.owner_confirm for card in cards_by_slot(spec_of(site)).values()}
    assert titles[before[slots[0]].title.text] is False
    assert all(before[slot].title.text not in titles for slot in gone)
    rebuilt = keep_owner_words(site, SiteSpec.model_validate(site.versions.get(number=1).spec))
    again = {card.title.text: card.owner_confirm for card in cards_by_slot(rebuilt).values()}
    assert again == titles


@pytest.mark.parametrize("left", [0, 1, 2, 3])
@pytest.mark.parametrize("category", ["plumber", "bakery", "hairdresser"])
def test_owner_may_say_no_to_any_number_of_cards(category: str, left: int) -> None:
    """What is left may be short, and three cards are a list: neither keeps the site from going online."""
    site = make_site(business=make_business(category=category, name=f"No to {left}"))
    make_version(site)
    cards = [slot for slot in cards_by_slot(spec_of(site)) if slot.startswith("services")]
    others = [slot for slot in cards_by_slot(spec_of(site)) if not slot.startswith("services")]
    version = save(site, answers=dict.fromkeys([*cards[left:], *others[left:]], False))
    after = SiteSpec.model_validate(version.spec)
    assert len([slot for slot in cards_by_slot(after) if slot.startswith("services")]) == left
    assert after.shortened
    if left == 3:
        assert dict(keyed_sections(after))["services"].variant == "rows"
    assert (site.status, all(gate["passed"] for gate in version.gates)) == (Site.Status.COMPLETED, True)


def test_card_that_waits_for_nobody_may_be_removed_and_stays_away(site: Site) -> None:
    fresh = spec_of(site)
    slot = next(slot for slot in cards_by_slot(fresh) if slot.startswith("faq"))
    title = cards_by_slot(fresh)[slot].title.text
    save(site, answers={slot: False})
    site.refresh_from_db()
    for spec in (spec_of(site), keep_owner_words(site, fresh)):
        assert title not in [card.title.text for card in cards_by_slot(spec).values()]


def test_page_that_nobody_shortened_may_not_be_short(site: Site) -> None:
    spec = spec_of(site)
    bare = spec.model_copy(update={"sections": spec.sections[:2]})
    with pytest.raises(Refused, match="words, not 250"):
        editing.check_words(site, present(site), bare)


@pytest.fixture
def refused(settings: Any, clock: VirtualClock) -> Site:
    """A site whose first build its gates refused: its description got too long with what the owner wanted kept."""
    business = make_business()
    site = make_site(business=business, status=Site.Status.PENDING, published_at=None, generated_at=None)
    long = Sentence(text="Ask us anything. " * 12, kind="generic", origin="owner")
    site.owner_words = OwnerWords(sentences={"seo.description": long}).model_dump(mode="json")
    site.save(update_fields=["owner_words"])
    generate_sites(Run(clock=clock), limit=1)
    site.refresh_from_db()
    return site


def test_site_that_its_gates_refused_is_kept_with_what_they_found(refused: Site) -> None:
    assert (refused.status, present(refused).number) == (Site.Status.FAILED, 1)
    assert list(editing.findings_of(present(refused))) == ["seo.description"]
    assert "description has" in refused.last_error


def test_site_that_failed_is_mended_by_hand_and_goes_online(
    refused: Site, clock: VirtualClock, settings: Any, tmp_path: Path
) -> None:
    settings.SITES_ROOT = tmp_path / "sites"
    with pytest.raises(Refused):
        save(refused, texts={"cta.heading": PLAIN})
    refused.refresh_from_db()
    assert (refused.status, refused.versions.count()) == (Site.Status.FAILED, 1)
    text = (
        "Everything worth knowing on one page: where to find us, when we are open, and how to ask a question."
    )
    told = {"told": frozenset({"seo.description"}), "told_by": "Maria"}
    version = save(refused, texts={"seo.description": text}, **told)
    assert (refused.status, refused.attempts, refused.last_error) == (Site.Status.COMPLETED, 0, "")
    publish_sites(Run(clock=clock), limit=1)
    refused.refresh_from_db()
    assert (refused.status, refused.version) == (Site.Status.PUBLISHED, version)


def test_section_goes_with_its_last_card(site: Site) -> None:
    edit = Edit(texts={}, answers=dict.fromkeys(waiting_cards(site), False))
    after = write_edit(present(site), edit)
    assert "services" not in dict(keyed_sections(after))


def test_kept_words_are_in_the_site_that_is_built_again(site: Site) -> None:
    faq = next(slot for slot in cards_by_slot(spec_of(site)) if slot.startswith("faq"))
    fresh = SiteSpec.model_validate(present(site).spec)
    texts = {"cta.heading": PLAIN, f"{faq}.text": "Call us and ask."}
    save(site, texts=texts, kept=frozenset({"cta.heading", faq}))
    site.refresh_from_db()
    rebuilt = sentences_by_slot(keep_owner_words(site, fresh))
    assert rebuilt["cta.heading"].text == PLAIN
    assert rebuilt[f"{faq}.text"].text == PLAIN
    assert rebuilt["hero.heading"] == sentences_by_slot(fresh)["hero.heading"]
    save(site, texts={}, kept=frozenset())
    assert site.versions.count() == 2  # only what is kept has changed
    site.refresh_from_db()
    assert keep_owner_words(site, fresh) == fresh


def test_kept_card_follows_its_title_to_another_place(site: Site) -> None:
    fresh = spec_of(site)
    slot = next(slot for slot in cards_by_slot(fresh) if slot.startswith("faq"))
    title = cards_by_slot(fresh)[slot].title.text
    save(site, texts={f"{slot}.title": "And where are you?"}, kept=frozenset({slot}))
    site.refresh_from_db()
    turned = fresh.model_copy(
        update={
            "sections": tuple(
                section.model_copy(update={"cards": section.cards[::-1]}) for section in fresh.sections
            )
        }
    )
    rebuilt = keep_owner_words(site, turned)
    titles = [card.title.text for card in cards_by_slot(rebuilt).values()]
    assert titles.count("And where are you?") == 1
    assert title not in titles


def test_kept_words_without_their_fact_or_place_are_left_out(site: Site) -> None:
    save(site, texts={"cta.heading": "Call {phone_display}"}, kept=frozenset({"cta.heading", "hero.heading"}))
    fresh = SiteSpec.model_validate(site.versions.get(number=1).spec)
    poorer = {key: fact for key, fact in fresh.facts.items() if key != "phone_display"}
    bare = fresh.model_copy(
        update={
            "facts": poorer,
            "sections": tuple(one for one in fresh.sections if one.type in ("hero", "cta")),
        }
    )
    bare = bare.model_copy(
        update={
            "sections": tuple(one.model_copy(update={"body": (), "actions": ()}) for one in bare.sections),
            "seo": fresh.seo.model_copy(update={"description": fresh.seo.title}),
        }
    )
    site.refresh_from_db()
    assert sentences_by_slot(keep_owner_words(site, bare))["cta.heading"] == bare.sections[-1].heading


def test_nobody_overwrites_what_somebody_else_changed(site: Site) -> None:
    stale, shown = Site.objects.get(pk=site.pk), present(site)
    save(site, texts={"cta.heading": PLAIN})
    with pytest.raises(StaleState):
        edit_words(stale, shown, Edit(texts={"cta.heading": "Ask us."}), now=NOW, by=BY)
    assert site.versions.count() == 2


def test_site_in_the_hands_of_a_worker_is_left_alone(site: Site) -> None:
    Site.objects.filter(pk=site.pk).update(claimed_by="worker-1", claimed_at=NOW)
    with pytest.raises(StaleState):
        save(site, texts={"cta.heading": PLAIN})
    assert site.versions.count() == 1


@pytest.mark.parametrize("status", [Site.Status.PENDING, Site.Status.EXPIRED, Site.Status.TAKEN_DOWN])
def test_only_a_site_that_is_built_or_online_is_edited(site: Site, status: str) -> None:
    Site.objects.filter(pk=site.pk).update(status=status)
    site.refresh_from_db()
    with pytest.raises(BadData, match="built or online"):
        save(site, texts={"cta.heading": PLAIN})


def test_nothing_is_published_about_a_business_that_said_no(site: Site) -> None:
    Business.objects.filter(pk=site.business_id).update(suppressed=True)
    site.business.refresh_from_db()
    with pytest.raises(BadData, match="said no"):
        save(site, texts={"cta.heading": PLAIN})


def test_saving_without_a_change_stores_nothing(site: Site) -> None:
    with pytest.raises(BadData, match="Nothing was changed"):
        save(site)


def test_another_look_keeps_every_word_and_outlives_a_new_build(site: Site) -> None:
    before = spec_of(site)
    hue = hues_for(present(site))[1]
    offer = looks_for(site, present(site), hue=hue)[0]
    version = choose_look(
        site, present(site), (offer.theme, offer.hero), hue, now=NOW + timedelta(hours=1), by=BY
    )
    after = spec_of(site)
    assert sentences_by_slot(after) == sentences_by_slot(before)
    assert (after.look.theme, after.look.hero, after.look.hue) == (offer.theme, offer.hero, hue)
    assert (site.status, site.version, version.theme) == (Site.Status.COMPLETED, version, offer.theme)
    rebuilt = keep_owner_words(site, before).look
    assert (rebuilt.theme, rebuilt.hero, rebuilt.hue) == (offer.theme, offer.hero, hue)


@pytest.mark.parametrize("look", [("nothing", "wide", 40), ("poster", "nothing", 40), ("poster", "", 280)])
def test_look_that_the_family_does_not_have_is_refused(site: Site, look: tuple[str, str, int]) -> None:
    with pytest.raises(BadData, match="no such look"):
        choose_look(site, present(site), look[:2], look[2], now=NOW, by=BY)


def test_no_look_is_offered_twice_and_the_present_one_not_at_all(site: Site) -> None:
    look = spec_of(site).look
    offers = [offer.name for offer in looks_for(site, present(site), hue=look.hue)]
    assert len(offers) == len(set(offers))
    assert f"{look.theme}.{look.hero}.{look.hue}" not in offers
    assert editing.looks_for(site, present(site), hue=look.hue)[0].distance == 256
