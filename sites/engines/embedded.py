"""The built-in engine: chooses from the sentence bank by the business; no model, no network, no clock."""

import hashlib
from functools import lru_cache

from sites.dice import Dice
from sites.engines.bank import BANK_VERSION, BANKS, FAMILY_BANKS, suiting_hues, voiced
from sites.engines.bank.base import Item, Line, Pack, Slot
from sites.engines.bank.families import PLANS
from sites.facts import PRICE_KEYS, FactSheet
from sites.spec import SPEC_VERSION, Action, Card, Credit, Legal, Look, Section, Sentence, Seo, SiteSpec, fill
from sites.themes import THEMES

TITLE_LIMIT, DESCRIPTION_LIMITS = 60, (70, 155)
OWN_TAGLINES = 3  # how much likelier a tagline of the trade is than one of its family


class EmbeddedEngine:
    name = "embedded"

    def write(self, facts: FactSheet, *, seed: str) -> SiteSpec:
        """The seed is made of the business, the version of the spec and that of the bank: another version writes
        another site."""
        mixed = f"{seed}|{SPEC_VERSION}|{BANK_VERSION}"
        return _Writer(facts, hashlib.sha256(mixed.encode()).hexdigest()).site()


class _Writer:
    """One site in the making: the facts, the words of its language, family and trade, and the dice."""

    def __init__(self, facts: FactSheet, seed: str) -> None:
        self._facts = facts
        self._country = facts.value("country")
        self._seed = seed
        self._dice = Dice(seed)
        self._style = FAMILY_BANKS[facts.family]
        self._bank = BANKS[facts.lang]
        self._family = self._bank.families[facts.family]
        self._pack = self._bank.packs.get(facts.category, Pack())
        self._plan = self._dice.pick("plan", PLANS)
        self._said: set[str] = set()

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
        order = [name for name in self._dice.pick("order", self._style.orders) if self._has_room(name)]
        title = self._say("seo.title", longest=TITLE_LIMIT)
        description = self._say("seo.description", *DESCRIPTION_LIMITS)
        return SiteSpec(
            business_id=facts.business_id,
            lang=facts.lang,
            family=facts.family,
            facts=facts.facts,
            look=self._look(),
            sections=(self._hero(), *(write[name]() for name in order)),
            seo=Seo(title=title, description=description),
            legal=Legal(credits=_credits(facts)),
            engine=f"{EmbeddedEngine.name} {facts.lang}-{BANK_VERSION}",
        )

    def _has_room(self, section: str) -> bool:
        return section != "steps" or self._size("steps") > 0

    def _size(self, section: str) -> int:
        """How many cards; where little can be said of the business, there is more room for what people ask."""
        size: int = getattr(self._plan, section)
        lean = not self._facts.has("hours", "address")
        return max(size, 1) + 2 if lean and section != "faq" else size

    def _say(self, slot: str, shortest: int = 0, longest: int = 1000, *, label: str = "") -> Sentence:
        """A line of the first tier that has one which the facts carry and which fits the lengths; if there is a
        choice, one that stands nowhere else on the site. `label` tells apart two places that use one slot."""
        for tier in self._tiers(slot):
            carried = [self._spoken(one) for one in tier if self._facts.has(*one.needs)]
            texts = [(one, fill(one.text, self._facts)) for one in carried]
            fitting = [(one, text) for one, text in texts if shortest <= len(text) <= longest]
            fresh = [pair for pair in fitting if _bare(pair[1]) not in self._said]
            if fitting:
                chosen, text = self._dice.pick(label or slot, fresh or fitting)
                self._said.add(_bare(text))
                return chosen.sentence
        raise LookupError(f"{slot}: the bank has no line for so little")

    def _tiers(self, slot: str) -> Slot:
        for words in (self._pack, self._family, self._bank):
            if slot in words.slots:
                return words.slots[slot]
        raise LookupError(f"the bank has no slot {slot}")

    def _spoken(self, one: Line) -> Line:
        return voiced(one, self._facts.lang, self._country)

    def _voice(self, one: Line) -> Sentence:
        return self._spoken(one).sentence

    def _carried(self, lines: tuple[Line, ...]) -> list[Line]:
        return [one for one in lines if self._facts.has(*one.needs)]

    def _hero(self) -> Section:
        taglines = self._carried(self._pack.taglines * OWN_TAGLINES + self._family.taglines)
        return Section(
            type="hero",
            variant=self._look().hero,
            heading=self._say("hero.heading", longest=60),
            body=(
                self._say("hero.kicker"),
                self._voice(self._dice.pick("hero.tagline", taglines)),
                self._say("hero.lede"),
            ),
            actions=self._actions("hero"),
        )

    def _services(self) -> Section:
        return Section(
            type="services",
            variant=self._dice.pick("services.variant", ("rows", "grid")),
            heading=self._say("services.heading"),
            body=(self._say("services.intro"), self._say("services.more")),
            cards=self._cards("services", self._pack.topics, self._family.topics, owner_confirm=True),
        )

    def _steps(self) -> Section:
        return Section(
            type="steps",
            variant="numbered",
            heading=self._say("steps.heading"),
            body=(self._say("steps.intro"),),
            cards=self._cards("steps", self._pack.steps, self._family.steps, owner_confirm=False),
        )

    def _about(self) -> Section:
        told = self._said_by_owner()  # it takes the place of what can be said of anybody
        usual = self._plan.about
        if not self._facts.has("hours"):  # the section "visit" may say so, and once is enough
            usual = tuple(dict.fromkeys("about.contact" if slot == "about.hours" else slot for slot in usual))
        usual = usual[: max(1, len(usual) - len(told))]
        return Section(
            type="about",
            variant="statement",
            heading=self._say("about.heading"),
            body=(*(self._say(slot) for slot in usual), *told),
        )

    def _said_by_owner(self) -> list[Sentence]:
        """What the owner told of the business itself, one line for each fact."""
        told = (key for key in ("founded", "experience", "staff", "award") if self._facts.has(key))
        return [self._voice(self._dice.pick(f"owner.{key}", self._bank.owner[key][0])) for key in told]

    def _prices(self) -> list[Card]:
        """The question after the prices, where the owner told any."""
        count = sum(self._facts.has(key, f"{key}_for") for key in PRICE_KEYS)
        if not count:
            return []
        question = self._dice.pick("owner.question", self._bank.owner["prices.question"][0])
        answer = self._dice.pick("owner.prices", self._bank.prices[count - 1])
        return [Card(title=self._voice(question), text=self._voice(answer))]

    def _visit(self) -> Section:
        return Section(
            type="visit",
            variant="plate",
            heading=self._say("visit.heading"),
            body=(self._say("visit.body"),),
        )

    def _faq(self) -> Section:
        answerable = []
        for number, alternatives in enumerate(self._bank.questions):
            fitting = [pair for pair in alternatives if self._facts.has(*pair[1].needs)]
            if fitting:
                answerable.append(self._dice.pick(f"faq.{number}", fitting))
        prices = self._prices()
        chosen = self._dice.sample("faq", answerable, self._size("faq") - len(prices))
        return Section(
            type="faq",
            variant="list",
            heading=self._say("faq.heading"),
            cards=(
                *prices,
                *(Card(title=self._voice(question), text=self._voice(answer)) for question, answer in chosen),
            ),
        )

    def _cta(self) -> Section:
        return Section(
            type="cta",
            variant="band",
            heading=self._say("cta.heading"),
            body=(self._say("cta.body"),),
            actions=self._actions("cta"),
        )

    def _actions(self, place: str) -> tuple[Action, ...]:
        actions = []
        if self._facts.has("phone"):
            actions.append(Action(target="phone", label=self._say("action.call", label=f"{place}.call")))
        if self._facts.has("email") and (place == "cta" or not actions):
            actions.append(Action(target="email", label=self._say("action.write", label=f"{place}.write")))
        if self._facts.has("address") and (place == "hero" or not actions):
            actions.append(Action(target="map", label=self._say("action.find", label=f"{place}.find")))
        return tuple(actions)

    def _cards(
        self, slot: str, own: tuple[Item, ...], shared: tuple[Item, ...], *, owner_confirm: bool
    ) -> tuple[Card, ...]:
        """Cards of the trade, then one or two of its family; where the trade is not known, all of the family. A card
        stands only where the facts carry one of its texts, and one that the trade has in its own words is never the
        family's."""
        size = self._size(slot)
        guests = min(1 + self._dice.number(f"{slot}.guests") % 2, size // 3)
        chosen = self._dice.shuffle(f"{slot}.own", [item for item in own if self._carried(item.texts)])
        chosen = chosen[: size - guests]
        titles = {item.title for item in own}
        others = [item for item in shared if item.title not in titles and self._carried(item.texts)]
        chosen += self._dice.shuffle(f"{slot}.shared", others)[: size - len(chosen)]
        return tuple(
            Card(
                title=self._voice(item.title),
                text=self._voice(self._dice.pick(f"{slot}.{item.title.text}", self._carried(item.texts))),
                owner_confirm=owner_confirm,
            )
            for item in chosen
        )

    def _look(self) -> Look:
        dice = self._dice
        theme = dice.pick(
            "look.theme", [one for one in THEMES.values() if self._facts.family in one.families]
        )
        fonts = [font for font in self._style.fonts if font in theme.fonts] or list(theme.fonts)
        return Look(
            theme=theme.name,
            hero=dice.pick("look.hero", list(theme.heroes)),
            hue=(
                dice.pick("look.hue", suiting_hues(self._facts.family, self._facts.category))
                + dice.number("look.shade") % 13
                - 6
            )
            % 360,
            font=dice.pick("look.font", fonts),
            art=dice.pick("look.art", theme.arts),
            density=dice.pick("look.density", ("airy", "compact")),
            seed=self._seed,
        )


@lru_cache(maxsize=8192)
def _bare(text: str) -> str:
    """A line without its case and its last mark, by which two readers would call it the same."""
    return text.casefold().rstrip(" .!?…")


def _credits(facts: FactSheet) -> tuple[Credit, ...]:
    """Each source once, with the latest day on which something was read from it."""
    latest: dict[tuple[str, str], Credit] = {}
    for fact in facts.facts.values():
        key = (fact.source, fact.licence)
        if key not in latest or latest[key].fetched_at < fact.fetched_at:
            latest[key] = Credit(source=fact.source, licence=fact.licence, fetched_at=fact.fetched_at)
    return tuple(latest[key] for key in sorted(latest))
