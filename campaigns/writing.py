"""Which writer writes a letter: Claude where there is a key and it can, the built-in one always."""

from dataclasses import dataclass

from django.conf import settings

from campaigns.models import Campaign
from campaigns.writers.base import Pitch, PitchFacts
from campaigns.writers.claude import ClaudeWriter
from campaigns.writers.embedded import EmbeddedWriter
from pipeline import states
from pipeline.runner import Run
from sites import model_calls
from sites.engines.base import CannotWrite
from sites.model_calls import Account, Spent
from sites.writing import canary

KIND = "letter.claude"


@dataclass(frozen=True)
class Written:
    """A letter and the name of its writer; `note` says what kept another one from it, or some of its lines."""

    pitch: Pitch
    writer: str
    note: str = ""


def write_letter(campaign: Campaign, facts: PitchFacts, *, run: Run, is_last_try: bool) -> Written:
    """Write the letter in hand. Raises what makes its row wait; see model_calls.Caller.ask."""
    embedded = EmbeddedWriter()
    if not settings.ANTHROPIC_API_KEY:
        return Written(embedded.write(facts), embedded.name)
    caller = model_calls.Caller(account_of(campaign), run, is_last_try)
    models = settings.ANTHROPIC_MODELS
    writer = ClaudeWriter(
        caller.ask, writer_model=models["writer"], judge_model=models["judge"], canary=canary()
    )
    try:
        model_calls.check_usable(run.now())
        return Written(writer.write(facts), writer.name, "; ".join(writer.notes)[:300])
    except CannotWrite as why:
        return Written(embedded.write(facts), embedded.name, f"Claude did not write this: {why}"[:300])


def account_of(campaign: Campaign) -> Account:
    """Return the account of the mail in hand."""
    key = f"{KIND}:{campaign.pk}:{campaign.step}:"
    return Account(KIND, key, states.label(campaign), settings.ANTHROPIC_USD_PER_MAIL, "stage:campaigns")


def spent_on(campaign: Campaign) -> Spent:
    """Return what the letters of a campaign cost."""
    return model_calls.spent_on(campaign, KIND)
