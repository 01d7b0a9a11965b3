"""One question and its typed answer: asked once more where the answer cannot be used."""

from collections.abc import Callable
from dataclasses import replace

from pydantic import BaseModel, ValidationError

from sites.engines.claude import prompts
from sites.engines.claude.asking import Question
from sites.engines.claude.reading import Unusable, text_of

# Returns the stored raw answer to one question; the name of the step is unique within the work.
Ask = Callable[[str, Question], str]


class StepFailed(Exception):
    """A step gave nothing usable, twice."""


def ask_typed[F: BaseModel](
    ask: Ask, step: str, question: Question, form: type[F], *, canary: str, part: str = ""
) -> F:
    """Return the answer in its form; raises StepFailed, and CannotWrite where the model refused."""
    try:
        return _read(ask(f"{step}{part}", question), form, canary)
    except Unusable as error:
        longer = question.max_tokens * (2 if error.cut else 1)
        question = replace(question, text=prompts.again(question.text, str(error)), max_tokens=longer)
    try:
        return _read(ask(f"{step}{part}.again", question), form, canary)
    except Unusable as error:
        raise StepFailed(f"the {step.replace('_', ' ')} gave no usable answer: {error}") from error


def _read[F: BaseModel](body: str, form: type[F], canary: str) -> F:
    text = text_of(body, canary=canary)
    try:
        return form.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Unusable(f"{where or 'it'}: {first['msg']}"[:200]) from error
