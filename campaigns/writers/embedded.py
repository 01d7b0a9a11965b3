"""The built-in writer: letters put together from sentences that hold for every lead, in the language of the site.

Nothing is said about a business but where it was found and that no working website was found.
"""

from collections.abc import Sequence
from dataclasses import replace
from string import Formatter
from typing import Final

from campaigns.writers.base import Pitch, PitchFacts, plain_date
from campaigns.writers.wordings import WORDINGS
from campaigns.writers.wordings.base import Lines, Wording
from pipeline.errors import BadData
from sites.dice import Dice

SUBJECT_LENGTH: Final = (30, 60)
LONGEST_NAME_IN_SUBJECT: Final = 46


class EmbeddedWriter:
    """Writes without a model, a key or a network: the same facts always give the same letter."""

    name = "embedded"

    def write(self, facts: PitchFacts) -> Pitch:
        """Return the letter to this business; raises BadData where a fact every letter needs is missing."""
        return fill(choose(facts), facts)


def choose(facts: PitchFacts) -> Pitch:
    """Return the letter with its facts as placeholders; raises BadData where a fact every letter needs is missing."""
    for label in ("business_name", "agency_name", "data_source"):
        if not getattr(facts, label).strip():
            raise BadData(f"No letter can be written without the {label.replace('_', ' ')}")
    if facts.step > 1 and not (facts.subject and facts.wrote_on):
        raise BadData("A follow-up needs the first mail's subject and day")
    wording = WORDINGS.get(facts.language)
    if wording is None:
        raise BadData(f"There are no letters in {facts.language!r}")
    known = words_of(facts)
    dice = Dice(_seed(facts))

    def pick(slot: str, lines: Lines) -> str:
        return dice.pick(slot, [text for text in lines if _can_say(text, known)])

    preheaders, body, ways_out = _parts(wording, facts)
    return Pitch(
        subject="{subject}" if facts.step > 1 else _subject(dice, wording, facts),
        preheader=pick("preheader", preheaders),
        paragraphs=(
            pick("greeting", _greetings(wording, facts.business_name)),
            *(pick(slot, lines) for slot, lines in body),
        ),
        call_to_action=pick("call to action", wording.calls_to_action),
        closing=(
            pick("offer", wording.offers_with_price if facts.price else wording.offers_without_price),
            pick("way out", ways_out),
        ),
        sign_off=pick("sign-off", wording.sign_offs),
        language=facts.language,
    )


def fill(letter: Pitch, facts: PitchFacts) -> Pitch:
    """Return the letter with its placeholders filled in."""
    known = words_of(facts)
    subject = letter.subject.format_map(known | {"name": _shortened(facts.business_name)})
    return replace(
        letter,
        subject=subject,
        preheader=letter.preheader.format_map(known),
        paragraphs=tuple(text.format_map(known) for text in letter.paragraphs),
        call_to_action=letter.call_to_action.format_map(known),
        closing=tuple(text.format_map(known) for text in letter.closing),
        sign_off=letter.sign_off.format_map(known),
    )


def words_of(facts: PitchFacts) -> dict[str, str]:
    """Return what each placeholder stands for, "" where it is not known."""
    wording = WORDINGS[facts.language]
    return {
        "name": facts.business_name,
        "agency": facts.agency_name,
        "source": wording.sources.get(facts.data_source, facts.data_source),
        "found_on": plain_date(facts.found_on, facts.language),
        "wrote_on": plain_date(facts.wrote_on, facts.language) if facts.wrote_on else "",
        "category": facts.category[:1].lower() + facts.category[1:],
        "in_city": f" in {facts.city}" if facts.city else "",
        "price": facts.price,
        "subject": facts.subject,
    }


def _seed(facts: PitchFacts) -> str:
    first = f"{facts.business_id}|pitch"
    return first if (facts.step, facts.variant) == (1, "plain") else f"{first}|{facts.variant}|{facts.step}"


def _parts(wording: Wording, facts: PitchFacts) -> tuple[Lines, list[tuple[str, Lines]], Lines]:
    """Return the lines before, in the body, and at the end of this mail."""
    if facts.step > 1 and facts.is_last:
        return wording.last_preheaders, [("last reminder", wording.last_reminders)], wording.last_ways_out
    if facts.step > 1:
        return wording.reminder_preheaders, [("reminder", wording.reminders)], wording.ways_out
    if facts.variant == "short":
        return wording.preheaders, [("introduction", wording.short_introductions)], wording.ways_out
    body = [("introduction", wording.introductions), ("proposal", wording.proposals)]
    return wording.preheaders, body, wording.ways_out


def _can_say(sentence: str, known: dict[str, str]) -> bool:
    """Whether every fact that the sentence states is known; the city is left out by itself."""
    named = {field for _, field, _, _ in Formatter().parse(sentence) if field}
    return all(known[field] for field in named - {"in_city"})


def _greetings(wording: Wording, business_name: str) -> Lines:
    """A long name is left to the next sentence, which needs it."""
    if len(business_name) <= LONGEST_NAME_IN_SUBJECT:
        return wording.greetings
    return tuple(text for text in wording.greetings if "{name}" not in text)


def _subject(dice: Dice, wording: Wording, facts: PitchFacts) -> str:
    subjects = wording.short_subjects if facts.variant == "short" else wording.subjects
    return dice.pick("subject", fitting_subjects(subjects, facts.business_name))


def fitting_subjects(subjects: Sequence[str], business_name: str) -> list[str]:
    """Return those that are neither too short nor too long with this name in them."""
    name = _shortened(business_name)
    shortest, longest = SUBJECT_LENGTH
    return [text for text in subjects if shortest <= len(text.format(name=name)) <= longest]


def _shortened(name: str) -> str:
    """The name as it fits into a subject: whole words, with an ellipsis where some are left out."""
    if len(name) <= LONGEST_NAME_IN_SUBJECT:
        return name
    cut = name[:LONGEST_NAME_IN_SUBJECT]
    head, space, _ = cut.rpartition(" ")
    return (head.rstrip(" ,;:-–&") if space else cut[:-1]) + "…"
