"""What each step answers, as types: the API holds the model to their form, and they are checked here once more.

The forms are the same for every business, so that neither the API's grammar nor its cache is built anew; what
is possible for one business alone is checked by the engine.
"""

from functools import cache
from typing import Annotated, Any, Literal, get_args

from django.utils.module_loading import import_string
from pydantic import BaseModel, ConfigDict, Field

from sites.facts import FACT_KEYS
from sites.spec import SectionType

CHOICES = 6  # candidates for each thing that is chosen by its id
TOPICS = 16
PARTS = ("heading", "body1", "body2", "body3", "body4")
DESCRIPTION = "seo.description"
SLOTS = (DESCRIPTION, *(f"{kind}.{part}" for kind in get_args(SectionType) for part in PARTS))


def ids(word: str, count: int) -> list[str]:
    return [f"{word}_{number}" for number in range(1, count + 1)]


def _one_of(names: list[str]) -> Any:
    extra: dict[str, Any] = {"enum": names}
    return Field(json_schema_extra=extra)


SlotName = Annotated[str, _one_of(list(SLOTS))]
FactKey = Annotated[str, _one_of(sorted(FACT_KEYS))]


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Brief(_Form):
    """What the analyst says: nothing of it is printed, the topics are lines of the bank."""

    audience: str = Field(max_length=300)
    tone: Literal["plain", "warm", "brisk", "calm"]
    lead: Literal["phone", "email", "address"]
    topics: list[Annotated[str, _one_of(ids("topic", TOPICS))]]


class DraftLine(_Form):
    slot: SlotName
    text: str = Field(max_length=400)
    fields: list[FactKey]
    kind: Literal["fact", "generic", "cta"]


class CopyDraft(_Form):
    lines: list[DraftLine] = Field(max_length=len(SLOTS))


class LookChoice(_Form):
    look: Annotated[str, _one_of(ids("look", CHOICES))]
    order: Annotated[str, _one_of(ids("order", CHOICES))]


class Verdict(_Form):
    slot: SlotName
    verdict: Literal["entailed", "generic", "not_supported"]


class Verdicts(_Form):
    verdicts: list[Verdict] = Field(max_length=len(SLOTS))


@cache
def schema_of(form: type[BaseModel]) -> dict[str, Any]:
    """Return the form as the API takes it."""
    return dict(import_string("anthropic.transform_schema")(form))  # the SDK takes seconds to load
