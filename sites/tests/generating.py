"""What the tests of the Claude engine share: building the one site, and what came of it."""

from decimal import Decimal

from pipeline.clock import VirtualClock
from pipeline.models import Effect
from pipeline.runner import Run
from sites.engines.claude.prices import Usage, cost_of, usage_of
from sites.generation import generate_sites
from sites.models import Site
from sites.presenting import judge_version
from sites.tests.claude_api import ClaudeApi

STEPS = ["analyst", "copywriter", "art_director", "critic"]


def generate(clock: VirtualClock) -> Site:
    """Order and build the site of the one business; returns it as it stands then."""
    generate_sites(Run(clock=clock), limit=1)
    return Site.objects.select_related("version").get()


def engine_of(site: Site) -> str:
    assert site.version is not None, site.last_error
    return site.version.engine


def stated(effect: Effect) -> tuple[str, Usage]:
    found = usage_of(effect.response)
    assert found is not None
    return found


def page_of(site: Site) -> str:
    assert site.version is not None
    return judge_version(site, site.version)[0]["index.html"].decode()


def texts_by_model(site: Site) -> list[str]:
    assert site.version is not None
    spec = site.version.spec
    lines = [spec["seo"]["description"]]
    for section in spec["sections"]:
        lines += [section["heading"], *section["body"]]
    return [line["text"] for line in lines if line["origin"] == "llm"]


def note_of(site: Site) -> str:
    assert site.version is not None
    return str(site.version.spec["engine_note"])


def spent_in_all() -> Decimal:
    return sum(Effect.objects.values_list("cost", flat=True), Decimal(0))


def cost_told_by(api: ClaudeApi) -> Decimal:
    """What the stand-in would bill for its messages."""
    total = Decimal(0)
    for effect in Effect.objects.filter(status="done"):
        assert effect.called_at is not None
        cost = cost_of(*stated(effect), day=effect.called_at.date())
        assert cost is not None
        total += cost
    return total
