"""What staff see of a site: what it says and why, what its gates found, what it cost, and how builds differ."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.urls import reverse

from pipeline.models import TimelineEntry
from sites.credits import source_text
from sites.editing import dressed
from sites.facts import Fact, FactSheet
from sites.model_calls import spent_on
from sites.models import Site, SiteVersion
from sites.owner_words import OwnerWords, Said, owner_words
from sites.pages import CALM
from sites.presenting import agency, proposal_links
from sites.rendering import SiteFiles, render_site
from sites.spec import Sentence, SiteSpec
from sites.statement_form import who_told
from sites.themes.palette import solve_palette

TIMELINE_SHOWN = 20
PREVIEWS_KEPT = 32
GALLERY_PAGE = 24
COUNTED = 10_000


@dataclass(frozen=True)
class GalleryPage:
    """Some sites of the gallery, the numbers of the pages beside it (None: there is none), and how many match.

    `count` is told up to COUNTED: more are not counted for every look.
    """

    sites: list[Site]
    newer: int | None
    older: int | None
    count: int

    @property
    def counted_all(self) -> bool:
        """Whether `count` is all of them."""
        return self.count <= COUNTED


@dataclass(frozen=True)
class Line:
    """One sentence of a page as printed, with what entitles it to stand there."""

    text: str
    because: str


def gallery_page(asked: str, *, status: str = "", words: str = "") -> GalleryPage:
    """Return a page of the sites that have been built, the newest first; filtered by status and by words of the name.

    `asked` is the number of the page as an address has it; what is none, or lies beyond the last, is the first.
    """
    found = Site.objects.filter(version__isnull=False)
    if status in Site.Status.values:
        found = found.filter(status=status)
    if words:
        found = found.filter(business__name__icontains=words)
    number = max(int(asked), 1) if asked.isdecimal() and asked.isascii() and len(asked) < 8 else 1
    begins = (number - 1) * GALLERY_PAGE
    ordered = found.select_related("business", "version").order_by("-generated_at", "-pk")
    sites = list(ordered[begins : begins + GALLERY_PAGE + 1])
    if begins and not sites:
        return gallery_page("1", status=status, words=words)
    return GalleryPage(
        sites[:GALLERY_PAGE],
        newer=number - 1 if number > 1 else None,
        older=number + 1 if len(sites) > GALLERY_PAGE else None,
        count=found.order_by()[: COUNTED + 1].count(),
    )


def preview_path(site: Site, number: int) -> str:
    """Return the path under which staff look at one version."""
    return reverse("sites:preview", args=[site.slug, number])


def preview_files(site: Site, version: SiteVersion) -> SiteFiles:
    """Return a version rendered for the eyes of staff; it need not have passed its gates.

    Raises ValueError for a stored version that today's templates cannot show.
    """
    return _rendered(site.pk, version.pk, version.spec_hash, site.is_proposal)


@lru_cache(maxsize=PREVIEWS_KEPT)
def _rendered(site_id: int, version_id: int, spec_hash: str, is_proposal: bool) -> SiteFiles:
    site, version = Site.objects.get(pk=site_id), SiteVersion.objects.get(pk=version_id)
    spec = SiteSpec.model_validate(version.spec)
    return draft_files(site, version, spec, preview_path(site, version.number))


def draft_files(site: Site, version: SiteVersion, spec: SiteSpec, path: str) -> SiteFiles:
    """Return other words or another look of a version, rendered under a path of staff."""
    return render_site(
        spec,
        FactSheet.model_validate(version.facts),
        agency=agency(),
        links=proposal_links(site) if site.is_proposal else None,
        base_url=f"{settings.SITES_BASE_URL}{path}",
    )


def look_files(site: Site, version: SiteVersion, theme: str, hero: str, hue: int) -> SiteFiles:
    """Return a version in another look; raises BadData for one that its family does not have."""
    spec = dressed(version, theme, hero, hue)
    return draft_files(site, version, spec, f"/dashboard/sites/{site.slug}/looks/{theme}.{hero}.{hue}/")


def swatches(version: SiteVersion, hues: tuple[int, ...]) -> list[tuple[int, str]]:
    """Return each hue with its main colour as this site would show it, "#a1b2c3"."""
    look, calm = version.spec["look"], version.spec["family"] in CALM
    return [(hue, solve_palette(hue, look["seed"], calm=calm).tokens()["brand"]) for hue in hues]


def evidence_of(site: Site, version: SiteVersion) -> dict[str, Any]:
    """Return everything that speaks for one version: facts, sentences, gates, cost, what changed, what happened."""
    spec, facts = SiteSpec.model_validate(version.spec), FactSheet.model_validate(version.facts)
    words = owner_words(site)
    said = words.said
    before = site.versions.filter(number__lt=version.number).order_by("-number").first()
    return {
        "facts": [
            {
                "name": key.replace("_", " "),
                "value": fact.value,
                "source": _source(fact, words),
                "licence": fact.licence,
                "at": fact.fetched_at,
            }
            for key, fact in sorted(facts.facts.items())
        ],
        "lines": [Line(sentence.fill(facts), _because(sentence, said)) for sentence in spec.sentences()],
        "questions": [card.title.fill(facts) for card in spec.questions_for_owner()],
        "gates": [_gate(result) for result in version.gates],
        "note": spec.engine_note,
        "spent": spent_on(site),
        "changes": _changes(before, version) if before else None,
        "before": before,
        "timeline": TimelineEntry.objects.filter(model=site._meta.label_lower, row_id=site.pk).order_by(
            "-at", "-pk"
        )[:TIMELINE_SHOWN],
    }


def _source(fact: Fact, words: OwnerWords) -> str:
    told = words.statements.get(fact.key.removesuffix("_for"))
    return source_text(fact.source) if told is None else who_told(told)


def _because(sentence: Sentence, said: Mapping[str, Said]) -> str:
    if sentence.text in said:
        word = said[sentence.text]
        who = f"said by {word.told_by}, written by" if word.told_by else "plain words, written by"
        return f"{who} {word.by}, {word.at:%d %b %Y}"
    if sentence.facts:
        return ", ".join(key.replace("_", " ") for key in sentence.facts)
    return {"bank": "true of every such business", "owner": "said by the owner"}.get(
        sentence.origin, sentence.verdict or "judged"
    )


def _gate(result: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": str(result["gate"]).replace("_", " "),
        "passed": bool(result["passed"]),
        "findings": "; ".join(result.get("findings", [])[:5]),
    }


def _changes(before: SiteVersion, after: SiteVersion) -> dict[str, list[str]]:
    """Return the sentences that are new and those that are gone, as printed."""
    old, new = _printed(before), _printed(after)
    return {
        "gone": [text for text in old if text not in new],
        "new": [text for text in new if text not in old],
    }


def _printed(version: SiteVersion) -> list[str]:
    facts = FactSheet.model_validate(version.facts)
    return [sentence.fill(facts) for sentence in SiteSpec.model_validate(version.spec).sentences()]
