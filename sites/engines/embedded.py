"""The built-in engine: chooses from the sentence bank by the business; no model, no network, no clock."""

import hashlib

from sites.dice import Dice
from sites.engines.bank import BANK_VERSION, FAMILY_BANKS, PACKS, common
from sites.engines.bank.american import american
from sites.engines.bank.base import Item, Line, Slot, line, sentence_of
from sites.engines.bank.questions import QUESTIONS
from sites.facts import FactSheet
from sites.spec import Action, Card, Credit, Legal, Look, Section, Sentence, Seo, SiteSpec
from sites.themes import THEMES

TITLE_LIMIT, DESCRIPTION_LIMITS = 60, (70, 155)
TOPICS, STEPS, ANSWERS = 5, 4, 5


class EmbeddedEngine:
    name = "embedded"

    def write(self, facts: FactSheet, *, seed: str) -> SiteSpec:
        """Another version of the bank writes another site, so its name is part of the seed."""
        return _Writer(facts, hashlib.sha256(f"{seed}|{BANK_VERSION}".encode()).hexdigest()).site()


class _Writer:
    """One site in the making: the facts, the bank of the family, and the dice."""

    def __init__(self, facts: FactSheet, seed: str) -> None:
        self._facts = facts
        self._seed = seed
        self._dice = Dice(seed)
        self._bank = FAMILY_BANKS[facts.family]
        self._pack = PACKS.get(facts.category, self._bank.default)

    def site(self) -> SiteSpec:
        facts = self._facts
        write = {
            "services": self._services,
            "steps": self._steps,
            "about": self._about,
            "visit": self._visit,
            "faq": self._faq,
            "cta": self._cta,
        }
        order = self._dice.pick("order", self._bank.orders)
        title = self._say("seo.title", common.TITLE, longest=TITLE_LIMIT)
        description = self._say("seo.description", common.DESCRIPTION, *DESCRIPTION_LIMITS)
        return SiteSpec(
            business_id=facts.business_id,
            lang=facts.lang,
            family=facts.family,
            facts=facts.facts,
            look=self._look(),
            sections=(self._hero(), *(write[name]() for name in order)),
            seo=Seo(title=title, description=description),
            legal=Legal(credits=_credits(facts)),
            engine=f"{EmbeddedEngine.name} {BANK_VERSION}",
        )

    def _say(self, slot: str, choices: Slot, shortest: int = 0, longest: int = 1000) -> Sentence:
        """A line of the first tier that has one which the facts carry and which fits the lengths."""
        for tier in self._pack.own.get(slot, choices):
            fitting = [
                sentence
                for sentence in (self._voice(one) for one in tier if self._facts.has(*one.needs))
                if shortest <= len(sentence.fill(self._facts)) <= longest
            ]
            if fitting:
                return self._dice.pick(slot, fitting)
        raise LookupError(f"{slot}: the bank has no line for so little")

    def _voice(self, one: Line) -> Sentence:
        return sentence_of(american(one) if self._facts.value("country") == "US" else one)

    def _hero(self) -> Section:
        taglines = tuple(line(text) for text in self._pack.taglines)
        return Section(
            type="hero",
            variant=self._look().hero,
            heading=self._say("hero.heading", common.HERO_HEADING, longest=60),
            body=(
                self._say("hero.kicker", common.KICKER),
                self._say("hero.tagline", (taglines,)),
                self._say("hero.lede", common.LEDE),
            ),
            actions=self._actions("hero"),
        )

    def _services(self) -> Section:
        return Section(
            type="services",
            variant=self._dice.pick("services.variant", ("rows", "grid")),
            heading=self._say("services.heading", self._bank.services_heading),
            body=(
                self._say("services.intro", self._bank.services_intro),
                self._say("services.more", common.SERVICES_MORE),
            ),
            # Where little can be asked and answered, there is more room for this.
            cards=self._cards(
                "services",
                self._pack.topics,
                TOPICS if self._facts.has("phone") else TOPICS + 2,
                owner_confirm=True,
            ),
        )

    def _steps(self) -> Section:
        return Section(
            type="steps",
            variant="numbered",
            heading=self._say("steps.heading", common.STEPS_HEADING),
            body=(self._say("steps.intro", common.STEPS_INTRO),),
            cards=self._cards("steps", self._pack.steps, STEPS, owner_confirm=False),
        )

    def _about(self) -> Section:
        return Section(
            type="about",
            variant="statement",
            heading=self._say("about.heading", common.ABOUT_HEADING),
            body=(
                self._say("about.place", common.ABOUT_PLACE),
                self._say("about.hours", common.ABOUT_HOURS),
                self._say("about.contact", common.ABOUT_CONTACT),
            ),
        )

    def _visit(self) -> Section:
        return Section(
            type="visit",
            variant="plate",
            heading=self._say("visit.heading", common.VISIT_HEADING),
            body=(self._say("visit.body", common.VISIT_BODY),),
        )

    def _faq(self) -> Section:
        answerable = []
        for number, alternatives in enumerate(QUESTIONS):
            fitting = [pair for pair in alternatives if self._facts.has(*pair[1].needs)]
            if fitting:
                answerable.append(self._dice.pick(f"faq.{number}", fitting))
        chosen = self._dice.sample("faq", answerable, ANSWERS)
        return Section(
            type="faq",
            variant="list",
            heading=self._say("faq.heading", common.FAQ_HEADING),
            cards=tuple(self._card(question, answer) for question, answer in chosen),
        )

    def _cta(self) -> Section:
        return Section(
            type="cta",
            variant="band",
            heading=self._say("cta.heading", self._bank.cta_heading),
            body=(self._say("cta.body", common.CTA_BODY),),
            actions=self._actions("cta"),
        )

    def _actions(self, place: str) -> tuple[Action, ...]:
        actions = []
        if self._facts.has("phone"):
            actions.append(Action(target="phone", label=self._say(f"{place}.call", common.CALL)))
        if self._facts.has("email") and (place == "cta" or not actions):
            actions.append(Action(target="email", label=self._say(f"{place}.write", common.WRITE)))
        if self._facts.has("address") and (place == "hero" or not actions):
            actions.append(Action(target="map", label=self._say(f"{place}.find", common.FIND)))
        return tuple(actions)

    def _cards(
        self, slot: str, items: tuple[Item, ...], size: int, *, owner_confirm: bool
    ) -> tuple[Card, ...]:
        chosen = self._dice.sample(slot, items, size)
        return tuple(
            self._card(line(title), line(text), owner_confirm=owner_confirm) for title, text in chosen
        )

    def _card(self, title: Line, text: Line, *, owner_confirm: bool = False) -> Card:
        return Card(title=self._voice(title), text=self._voice(text), owner_confirm=owner_confirm)

    def _look(self) -> Look:
        dice = self._dice
        theme = dice.pick("look.theme", list(THEMES.values()))
        fonts = [font for font in self._bank.fonts if font in theme.fonts] or list(theme.fonts)
        return Look(
            theme=theme.name,
            hero=dice.pick("look.hero", list(theme.heroes)),
            hue=(
                dice.pick("look.hue", self._pack.hues or self._bank.hues) + dice.number("look.shade") % 13 - 6
            )
            % 360,
            font=dice.pick("look.font", fonts),
            art=dice.pick("look.art", theme.arts),
            density=dice.pick("look.density", ("airy", "compact")),
            seed=self._seed,
        )


def _credits(facts: FactSheet) -> tuple[Credit, ...]:
    """Each source once, with the latest day on which something was read from it."""
    latest: dict[tuple[str, str], Credit] = {}
    for fact in facts.facts.values():
        key = (fact.source, fact.licence)
        if key not in latest or latest[key].fetched_at < fact.fetched_at:
            latest[key] = Credit(source=fact.source, licence=fact.licence, fetched_at=fact.fetched_at)
    return tuple(latest[key] for key in sorted(latest))
