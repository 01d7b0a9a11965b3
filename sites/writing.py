"""Which engine writes a site: Claude where there is a key and it can, the embedded one always."""

import hashlib
from dataclasses import dataclass

from django.conf import settings

from pipeline.runner import Run
from sites import model_calls
from sites.engines.base import CannotWrite
from sites.engines.claude.engine import ClaudeEngine, Models
from sites.engines.embedded import EmbeddedEngine
from sites.facts import FactSheet
from sites.models import Site
from sites.spec import SiteSpec


@dataclass(frozen=True)
class Written:
    """A spec and the name of the engine that wrote it; why it was not another is in `spec.engine_note`."""

    engine: str
    spec: SiteSpec


def write_spec(site: Site, facts: FactSheet, *, number: int, run: Run, is_last_try: bool) -> Written:
    """Write version `number` of a site. Raises what makes its row wait; see model_calls.Caller.ask."""
    if not settings.ANTHROPIC_API_KEY:
        return write_embedded(site, facts)
    caller = model_calls.Caller(model_calls.site_account(site, number), run, is_last_try)
    engine = ClaudeEngine(
        caller.ask,
        models=Models(**settings.ANTHROPIC_MODELS),
        canary=canary(),
        embedded=EmbeddedEngine(),
    )
    try:
        model_calls.check_usable(run.now())
        return Written(engine.name, engine.write(facts, seed=str(site.business_id)))
    except CannotWrite as why:
        return write_embedded(site, facts, why=str(why))


def write_embedded(site: Site, facts: FactSheet, *, why: str = "") -> Written:
    """Write the site with the embedded engine; `why` notes what kept Claude from it."""
    spec = EmbeddedEngine().write(facts, seed=str(site.business_id))
    if why:
        spec = spec.model_copy(update={"engine_note": f"Claude did not write this: {why}"[:500]})
    return Written(EmbeddedEngine.name, spec)


def canary() -> str:
    """Return a word that only the instructions hold: where it appears, they were given away."""
    digest = hashlib.sha256(f"canary|{settings.SECRET_KEY}".encode()).hexdigest()
    return f"zq{digest[:10]}"
