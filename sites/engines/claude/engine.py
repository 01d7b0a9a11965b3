"""The site that Claude writes: the embedded one, with better lines, topics and looks where they can be proved.

Every step may fail and costs only its own part: what the model does not give, or what is not proved, is the
embedded engine's. Nothing of the model becomes markup, an address or a new fact.
"""

from dataclasses import dataclass

from pydantic import BaseModel, ValidationError

from sites.engines.base import CannotWrite, ContentEngine
from sites.engines.claude import prompts
from sites.engines.claude.asking import Question
from sites.engines.claude.forms import (
    CHOICES,
    TOPICS,
    Brief,
    CopyDraft,
    DraftLine,
    LookChoice,
    Verdicts,
    ids,
    schema_of,
)
from sites.engines.claude.lines import (
    all_topics,
    asked_for,
    by_id,
    order_of,
    repeated,
    slots_of,
    topics_of,
    with_lines,
    with_look,
    with_topics,
    wrong_with,
)
from sites.engines.claude.typed import Ask, StepFailed, ask_typed
from sites.facts import FactSheet
from sites.spec import Card, Sentence, SiteSpec
from sites.vocabulary import VOCABULARIES

# Facts that a model has no use for: nobody reads coordinates.
UNTOLD = frozenset({"lat", "lon"})
MOST_TOKENS = {"analyst": 1500, "copywriter": 4000, "art_director": 1000, "critic": 3000}


@dataclass(frozen=True)
class Models:
    """Which model does which step."""

    small: str  # analyst, art director
    writer: str  # copywriter
    judge: str  # critic

    def of(self, step: str) -> str:
        return {"copywriter": self.writer, "critic": self.judge}.get(step, self.small)


@dataclass
class _Draft:
    """The site in the making: the record, the candidates, and what could not be used."""

    facts: FactSheet
    candidates: list[SiteSpec]
    notes: list[str]

    @property
    def base(self) -> SiteSpec:
        return self.candidates[0]

    def record(self) -> dict[str, str]:
        told = self.facts.facts.values()
        return {fact.key: fact.value for fact in told if fact.key not in UNTOLD}


class ClaudeEngine:
    name = "claude"

    def __init__(self, ask: Ask, *, models: Models, canary: str, embedded: ContentEngine) -> None:
        self._ask = ask
        self._models = models
        self._canary = canary
        self._embedded = embedded

    def write(self, facts: FactSheet, *, seed: str) -> SiteSpec:
        """The same facts, seed and answers give an equal spec; see ContentEngine."""
        if facts.lang not in VOCABULARIES or facts.lang not in prompts.LANGUAGES:
            raise CannotWrite(f"nothing can be proved of sentences in {facts.lang!r}")
        seeds = [seed, *(f"{seed}|{number}" for number in range(2, CHOICES + 1))]
        draft = _Draft(facts, [self._embedded.write(facts, seed=one) for one in seeds], [])
        brief, topics = self._analyse(draft)
        lines = self._write_lines(draft, brief)
        choice = self._choose_look(draft, brief)
        proved = self._prove(draft, brief, lines)
        if not proved:
            raise CannotWrite(_noted(["no line of the draft could be used", *draft.notes]))
        spec = draft.base
        if choice is not None:
            look, order = (dict(by_id(kind, draft.candidates)) for kind in ("look", "order"))
            spec = with_look(spec, look[choice.look].look, order_of(order[choice.order]))
        spec = with_lines(with_topics(spec, topics), proved)
        engine = f"{self.name} {prompts.PROMPT_VERSION} ({self._models.writer}) on {draft.base.engine}"
        return SiteSpec.model_validate(
            spec.model_dump() | {"engine": engine, "engine_note": _noted(draft.notes)}
        )

    def _analyse(self, draft: _Draft) -> tuple[Brief | None, list[Card]]:
        cards = all_topics(draft.candidates)
        named = dict(zip(ids("topic", TOPICS), cards, strict=False))
        wanted = len(topics_of(draft.base))
        try:
            brief = self._typed(
                "analyst",
                prompts.work(
                    "analyst",
                    draft.record(),
                    most_topics=wanted,
                    topics={key: card.title.text for key, card in named.items()},
                ),
                Brief,
                draft,
            )
        except StepFailed as error:
            draft.notes.append(str(error))
            return None, []
        chosen = list(dict.fromkeys(brief.topics))
        if unknown := [key for key in chosen if key not in named]:
            draft.notes.append(f"the analyst named topics that are not there ({', '.join(unknown)[:60]})")
            return brief, []
        return brief, [named[key] for key in chosen][:wanted]

    def _write_lines(
        self, draft: _Draft, brief: Brief | None, reasons: dict[str, str] | None = None
    ) -> dict[str, Sentence]:
        """Return slot -> sentence as the copywriter gives it; with `reasons`, only for those slots."""
        slots = {
            slot: asked_for(slot, sentence, draft.facts) | ({"refused": reasons[slot]} if reasons else {})
            for slot, sentence in slots_of(draft.base).items()
            if reasons is None or slot in reasons
        }
        text = prompts.work("copywriter", draft.record(), brief=_told(brief), slots=slots)
        try:
            answer = self._typed("copywriter", text, CopyDraft, draft, part=".repair" if reasons else "")
        except StepFailed as error:
            draft.notes.append(str(error))
            return {}
        found: dict[str, Sentence] = {}
        for line in answer.lines:
            if line.slot in slots and line.slot not in found and (sentence := _sentence(line, draft)):
                found[line.slot] = sentence
        return found

    def _choose_look(self, draft: _Draft, brief: Brief | None) -> LookChoice | None:
        looks = {key: spec.look.model_dump(exclude={"seed"}) for key, spec in by_id("look", draft.candidates)}
        orders = {key: order_of(spec) for key, spec in by_id("order", draft.candidates)}
        text = prompts.work("art_director", draft.record(), brief=_told(brief), looks=looks, orders=orders)
        try:
            choice = self._typed("art_director", text, LookChoice, draft)
        except StepFailed as error:
            draft.notes.append(str(error))
            return None
        if choice.look not in looks or choice.order not in orders:
            draft.notes.append("the art director chose what is not there")
            return None
        return choice

    def _prove(self, draft: _Draft, brief: Brief | None, lines: dict[str, Sentence]) -> dict[str, Sentence]:
        """Return the lines that both the words and the judge allow; the others are written once more."""
        proved, reasons = self._judge(draft, lines, "")
        if reasons:
            second = self._write_lines(draft, brief, reasons)
            mended, reasons_left = self._judge(draft, second, ".repair", proved)
            proved |= mended
            for slot in reasons:
                if slot not in proved:
                    draft.notes.append(f"{slot}: {reasons_left.get(slot, reasons[slot])}")
        return proved

    def _judge(
        self, draft: _Draft, lines: dict[str, Sentence], part: str, taken: dict[str, Sentence] | None = None
    ) -> tuple[dict[str, Sentence], dict[str, str]]:
        """Return the proved lines, and why each other one is not."""
        reasons = {
            slot: why[0] for slot, line in lines.items() if (why := wrong_with(slot, line, draft.facts))
        }
        reasons |= dict.fromkeys(repeated(lines, taken or {}), "another line says the same")
        asked = {slot: line for slot, line in lines.items() if slot not in reasons}
        if not asked:
            return {}, reasons
        sentences = {
            slot: {
                "sentence": line.fill(draft.facts),
                "facts": {key: draft.facts.value(key) for key in line.facts},
            }
            for slot, line in asked.items()
        }
        try:
            text = prompts.work("critic", {}, sentences=sentences)
            answer = self._typed("critic", text, Verdicts, draft, part=part)
        except StepFailed as error:
            return {}, reasons | dict.fromkeys(asked, str(error))
        said: dict[str, str] = {}
        for verdict in answer.verdicts:  # two verdicts on one line are none
            said[verdict.slot] = "not_supported" if verdict.slot in said else verdict.verdict
        proved = {}
        for slot, line in asked.items():
            wanted = "entailed" if line.facts else "generic"
            if said.get(slot) == wanted:
                proved[slot] = line.model_copy(update={"verdict": wanted})
            else:
                reasons[slot] = f"the judge says {said.get(slot, 'nothing')}, not {wanted}"
        return proved, reasons

    def _typed[F: BaseModel](
        self, step: str, text: str, form: type[F], draft: _Draft, *, part: str = ""
    ) -> F:
        """Ask, and once more where the answer cannot be used; raises StepFailed after that."""
        question = Question(
            model=self._models.of(step),
            system=prompts.rules(draft.facts.lang, self._canary),
            text=text,
            schema=schema_of(form),
            max_tokens=MOST_TOKENS[step],
        )
        return ask_typed(self._ask, step, question, form, canary=self._canary, part=part)


def _sentence(line: DraftLine, draft: _Draft) -> Sentence | None:
    """Return the line as a sentence of a spec; None, with a note, where it could not even be one."""
    try:
        return Sentence(
            text=" ".join(line.text.split()),
            facts=tuple(dict.fromkeys(line.fields)),
            kind=line.kind,
            origin="llm",
        )
    except ValidationError as error:
        draft.notes.append(f"{line.slot}: {error.errors()[0]['msg']}")
        return None


def _told(brief: Brief | None) -> dict[str, object]:
    """Return what the other steps are told of the brief; the audience is the analyst's own words, not the record's."""
    return brief.model_dump(include={"audience", "tone", "lead"}) if brief else {}


def _noted(notes: list[str]) -> str:
    return "; ".join(notes)[:500]
