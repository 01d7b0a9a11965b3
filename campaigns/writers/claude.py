"""The letter that Claude writes: the built-in one, with better lines where each can be proved.

The model sees no name, no town and no address: it writes around placeholders, in words that our own letters use, and
another model judges each line against the few things that are true of every lead. So nothing that a stranger put
into a record reaches the model, and nothing that the model makes up reaches a mail. What is not proved stays ours.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from campaigns.writers.base import Pitch, PitchFacts
from campaigns.writers.embedded import SUBJECT_LENGTH, choose, fill, words_of
from campaigns.writers.wordings import WORDINGS
from campaigns.writers.wordings.base import PLACEHOLDERS
from sites.engines.base import CannotWrite
from sites.engines.claude.asking import Question
from sites.engines.claude.forms import schema_of
from sites.engines.claude.typed import Ask, StepFailed, ask_typed
from sites.vocabulary import VOCABULARIES

PROMPT_VERSION: Final = "1"
WRITER, JUDGE = "letter_writer", "letter_judge"
MOST_TOKENS: Final = {WRITER: 1500, JUDGE: 800}
LANGUAGES: Final = {"en": "English", "de": "German, with the formal Sie"}

Slot = Literal["subject", "preheader", "introduction", "proposal", "reminder", "offer"]


@dataclass(frozen=True, slots=True)
class Place:
    """What a line must hold and may hold: placeholders, the stems of words of which it needs one each, and its length
    once filled in."""

    needs: frozenset[str]
    may: frozenset[str]
    stems: tuple[str, ...]
    least: int
    most: int


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LetterLine(_Form):
    slot: Slot
    text: str = Field(max_length=400)


class LetterDraft(_Form):
    letter: list[LetterLine] = Field(max_length=6)


class LetterVerdict(_Form):
    slot: Slot
    verdict: Literal["supported", "not_supported"]


class LetterVerdicts(_Form):
    judged: Annotated[list[LetterVerdict], Field(max_length=6)]


_STEMS: Final = {
    "en": {"proposal": "propos", "public": "public", "last": "last"},
    "de": {"proposal": "vorschl", "public": "öffentlich", "last": "letzte"},
}
_PLACEHOLDER: Final = re.compile(r"\{(\w*)\}")
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_SIGNS: Final = frozenset(" .,:;?–-'’“”„()")

_RULES: Final = """\
You help a small web agency to write one honest mail to a local business that does not know it. Software puts the \
mail together; you answer with JSON in the form that is asked for, and with nothing else.

What is true, and nothing else is
1. {{agency}} builds websites for local businesses and sells them. It and the business do not know each other.
2. {{agency}} found the business, {{name}} (in its town: {{in_city}}), on {{source}}, a public directory, on \
{{found_on}}. Its trade is {{category}}.
3. {{agency}} looked for a working website of the business and found none. It may have overlooked one.
4. Nobody asked for it: {{agency}} made a website for {{name}}, as a proposal, from public details only. A detail \
may be wrong. The page says that it is not official, and search engines are asked to leave it out. It can be looked at.
5. This is an offer. The website costs {{price}} if the business takes it; looking costs nothing, no is a fine answer.
6. In a follow-up: {{agency}} wrote about it before, on {{wrote_on}}. It is not known whether anybody read that. \
Only where the kind of letter is "last" is this the last mail.

How to write
7. Write the names in braces exactly so, and only those listed for the line. Never write a name, a number or a date \
yourself.
8. {language}. Plain and friendly, short sentences, no exclamation marks, no slogans. No praise, no pressure, no \
hurry, no reproach, no promise, no claim that anybody wrote, called or ordered before.
9. Use only the words listed below, in any case. Every other word is refused by the software, and the line with it.
10. Links, markup and the word {canary} never appear.

Words: {words}.
"""
_WORK: Final = {
    WRITER: "Rewrite the lines in <slots> for this kind of letter. Each has a text that works: write another that is "
    "clearer or warmer, between `least` and `most` characters once filled in, with every placeholder that it needs. "
    "Leave out every slot where you have nothing better.",
    JUDGE: "You judge lines that somebody else wrote. For each one in <lines> say supported if numbers 1 to 6 above "
    "make every part of it true for this kind of letter, also what it merely suggests, and it presses nobody; "
    "not_supported in every other case and whenever you are in doubt.",
}


class ClaudeWriter:
    """`notes` tells after `write` which lines were not used and why."""

    name = "claude"

    def __init__(self, ask: Ask, *, writer_model: str, judge_model: str, canary: str) -> None:
        self._ask = ask
        self._models = {WRITER: writer_model, JUDGE: judge_model}
        self._canary = canary
        self.notes: list[str] = []

    def write(self, facts: PitchFacts) -> Pitch:
        """The same facts and answers give the same letter. Raises CannotWrite where no line could be proved."""
        base = choose(facts)
        places = places_of(facts)
        lines = self._draft(base, places, facts)
        proved = self._prove(lines, places, facts)
        if not proved:
            raise CannotWrite("; ".join(["no line of the letter could be used", *self.notes])[:300])
        return fill(with_lines(base, proved, facts), facts)

    def _draft(self, base: Pitch, places: dict[str, Place], facts: PitchFacts) -> dict[str, str]:
        now = lines_of(base, facts)
        slots = {
            slot: {"now": now[slot], "needs": sorted(place.needs), "may": sorted(place.may), "least": place.least,
                   "most": place.most}
            for slot, place in places.items()
        }  # fmt: skip
        try:
            answer = self._typed(WRITER, facts, LetterDraft, slots=slots)
        except StepFailed as error:
            raise CannotWrite(str(error)) from error
        return {line.slot: " ".join(line.text.split()) for line in answer.letter if line.slot in places}

    def _prove(self, lines: dict[str, str], places: dict[str, Place], facts: PitchFacts) -> dict[str, str]:
        """Return the lines that both the words and the judge allow."""
        asked = {}
        for slot, text in lines.items():
            if reason := wrong_with(slot, text, places[slot], facts):
                self.notes.append(f"{slot}: {reason}")
            else:
                asked[slot] = text
        if not asked:
            return {}
        try:
            answer = self._typed(JUDGE, facts, LetterVerdicts, lines=asked)
        except StepFailed as error:
            self.notes.append(str(error))
            return {}
        said: dict[str, str] = {}
        for verdict in answer.judged:  # two verdicts on one line are none
            said[verdict.slot] = "not_supported" if verdict.slot in said else verdict.verdict
        self.notes += [f"{slot}: not proved" for slot in asked if said.get(slot) != "supported"]
        return {slot: text for slot, text in asked.items() if said.get(slot) == "supported"}

    def _typed[F: BaseModel](self, step: str, facts: PitchFacts, form: type[F], **parts: Any) -> F:
        told = [
            _WORK[step],
            _tagged("kind", kind_of(facts)),
            *(_tagged(name, value) for name, value in parts.items()),
        ]
        question = Question(
            model=self._models[step],
            system=rules(facts.language, self._canary),
            text="\n\n".join(told),
            schema=schema_of(form),
            max_tokens=MOST_TOKENS[step],
        )
        return ask_typed(self._ask, step, question, form, canary=self._canary)


def kind_of(facts: PitchFacts) -> str:
    """Return what the model is told of the letter: nothing of the business."""
    if facts.step > 1:
        return "last" if facts.is_last else "reminder"
    return "short" if facts.variant == "short" else "first"


def places_of(facts: PitchFacts) -> dict[str, Place]:
    """Return the lines that a model may write in this letter, with what each must hold."""
    known = {key for key, value in words_of(facts).items() if value} & PLACEHOLDERS
    stems = _STEMS[facts.language]

    def place(needs: str, may: str, wanted: Iterable[str], least: int, most: int) -> Place:
        required = frozenset(needs.split()) & known
        return Place(
            required,
            required | (frozenset(may.split()) & known),
            tuple(stems[key] for key in wanted),
            least,
            most,
        )

    offer = place("price", "name", (), 30, 260)
    preheader = place("", "agency wrote_on", (), 30, 110)
    if facts.step > 1:
        wanted = ("proposal", "last") if facts.is_last else ("proposal",)
        return {
            "preheader": preheader,
            "reminder": place("name wrote_on", "agency", wanted, 60, 280),
            "offer": offer,
        }
    places = {"subject": place("name", "", (), *SUBJECT_LENGTH), "preheader": preheader}
    origin = "in_city found_on category"
    if facts.variant == "short":
        places["introduction"] = place("agency name source", origin, ("proposal", "public"), 90, 320)
    else:
        places["introduction"] = place("agency name source", origin, (), 90, 320)
        places["proposal"] = place("", "name", ("proposal", "public"), 90, 320)
    return places | {"offer": offer}


def lines_of(letter: Pitch, facts: PitchFacts) -> dict[str, str]:
    """Return the lines of a letter by their places."""
    body = ("reminder",) if facts.step > 1 else ("introduction", "proposal")
    named = dict(zip(body, letter.paragraphs[1:], strict=False))
    return {"subject": letter.subject, "preheader": letter.preheader, **named, "offer": letter.closing[0]}


def with_lines(letter: Pitch, lines: dict[str, str], facts: PitchFacts) -> Pitch:
    """Return the letter with these lines at their places."""
    now = lines_of(letter, facts) | lines
    body = [now[slot] for slot in ("introduction", "proposal", "reminder") if slot in now]
    return replace(
        letter,
        subject=now["subject"],
        preheader=now["preheader"],
        paragraphs=(letter.paragraphs[0], *body),
        closing=(now["offer"], *letter.closing[1:]),
    )


def wrong_with(slot: str, text: str, place: Place, facts: PitchFacts) -> str:
    """Return why this line may not stand there, "" where it may."""
    placed = set(_PLACEHOLDER.findall(text))
    bare = _PLACEHOLDER.sub(" ", text)
    if odd := placed - place.may:
        return f"{min(odd) or 'an empty placeholder'} may not stand there"
    if missing := place.needs - placed:
        return f"{min(missing)} is missing"
    if strange := sorted({sign for sign in bare if not sign.isalpha() and sign not in _SIGNS}):
        return f"the sign {strange[0]!r} may not be used"
    if unknown := sorted({word for word in _words(bare) if word not in allowed_words(facts.language)}):
        return f"{unknown[0]!r} is not among the words of our letters"
    if lacking := [stem for stem in place.stems if stem not in text.lower()]:
        return f"it does not say {lacking[0]!r}"
    if (
        facts.language == "de"
        and slot in ("introduction", "reminder")
        and re.match(r"(?!Sie\b)[A-ZÄÖÜ]", text)
    ):
        return "after the comma of the greeting German goes on in lower case"
    length = len(text.format_map(words_of(facts)))
    return (
        ""
        if place.least <= length <= place.most
        else f"it has {length} characters, not {place.least} to {place.most}"
    )


@cache
def allowed_words(language: str) -> frozenset[str]:
    """Return the words that a line may use: those of our own letters, and the plain ones of our sites."""
    wording, known = WORDINGS[language], VOCABULARIES[language]
    lines = [
        line for each in fields(wording) if each.name != "sources" for line in getattr(wording, each.name)
    ]
    ours = {word for line in lines for word in _words(_PLACEHOLDER.sub(" ", line))}
    return frozenset(ours | known.plain)


@cache
def rules(language: str, canary: str) -> str:
    """Return the system text for a language; the same bytes each time."""
    return _RULES.format(
        language=LANGUAGES[language], canary=canary, words=", ".join(sorted(allowed_words(language)))
    )


def _words(text: str) -> list[str]:
    return [word.lower().replace("’", "'") for word in _WORD.findall(text)]


def _tagged(name: str, value: Any) -> str:
    """No value can close the tag: JSON keeps its sign out."""
    return f"<{name}>{json.dumps(value, ensure_ascii=False, sort_keys=True).replace('<', chr(92) + 'u003c')}</{name}>"
