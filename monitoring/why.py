"""Why any row of the pipeline does not move: one verb for each kind, from the code that decides (pipeline/why.py).

Each looks only forward: a site that is online waits for its mail, so its reason is that of its campaign.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from businesses.leads import QUALIFY
from businesses.lists import source_of
from businesses.models import Business
from businesses.sources.registry import UnknownSource
from campaigns.drafting import WRITE
from campaigns.models import Campaign
from campaigns.why import why as why_campaign
from customers.models import Customer
from pipeline.errors import StageError
from pipeline.queue import task_spec
from pipeline.stages import Stage
from pipeline.why import Why, why_failed, why_in_hand, why_of_stage, why_paused, why_spent
from sites.generation import GENERATE
from sites.models import Site
from sites.publishing import PUBLISH
from territories.coverage import SCRAPE
from territories.models import CoverageGrid

RUN_BY: Final = {  # the task that takes up what waits for a stage
    SCRAPE.name: "scrape_pending_territories",
    QUALIFY.name: "qualify_new_leads",
    GENERATE.name: "generate_pending_sites",
    PUBLISH.name: "publish_completed_sites",
    WRITE.name: "create_campaigns_for_new_sites",
}
BETTER_COUNTED: Final = 1000  # leads with a better score; more are not counted


def why_cell(cell: CoverageGrid, *, now: datetime) -> Why:
    """Say why a cell is not scraped, or when it is scraped again."""
    status = CoverageGrid.Status(cell.status)
    if status == CoverageGrid.Status.SPLIT:
        return Why("split", _("It was too full for one answer: its work lies in its parts"))
    if status == CoverageGrid.Status.COOLDOWN:
        at = _firing("cleanup_expired_cooldowns", cell.cooldown_until or now)
        return Why("cooldown", _("It is scraped; after its cooldown it is looked at again"), max(now, at))
    if status == CoverageGrid.Status.FAILED:
        return why_failed(cell, now=now)
    try:
        source = source_of(cell.territory)
        if not cell.claimed_by:
            source.check_ready()
    except (UnknownSource, StageError) as error:
        return Why("source", str(error))
    found = _of_stage(SCRAPE, cell, now, f"source:{source.name}")
    if found.code == "due" and (spent := why_spent(source.calls_budget, now=now)):
        return spent
    return found


def why_business(business: Business, *, now: datetime) -> Why:
    """Say why a business is no customer yet: the binding reason of its farthest row."""
    if business.merged_into_id:
        into = {"name": business.merged_into}
        return Why("merged", _("Its records were given to %(name)s, which is the lead") % into)
    customer: Customer | None = getattr(business, "customer", None)
    if customer is not None:
        return why_customer(customer, now=now)
    site: Site | None = getattr(business, "site", None)
    if site is not None:
        return why_site(site, now=now)
    if business.suppressed:
        return Why("suppressed", _("It said no: nothing is made about it and nobody writes to it"))
    told = business.reasons[0]["text"] if business.reasons else ""
    status = Business.Status(business.status)
    if status == Business.Status.NEW:
        found = _of_stage(QUALIFY, business, now)
        return (
            Why(found.code, f"{found.text}: {told}", found.next_at)
            if found.code == "turn" and told
            else found
        )
    if status == Business.Status.REVIEW:
        text = _("It is doubtful, a person decides: %(reason)s")
        return Why("review", text % {"reason": business.last_error or told or _("no reason was noted")})
    if status == Business.Status.CALL_LIST:
        return Why(
            "call_list", _("It has no address that may be written to: call it, or order its site by hand")
        )
    if status == Business.Status.REJECTED:
        text = _("It is no lead: %(reason)s")
        return Why("rejected", text % {"reason": told or business.decided_by or _("no reason was noted")})
    return _why_not_ordered(business, now)


def why_site(site: Site, *, now: datetime) -> Why:
    """Say why a site is not online, or why its mails have not gone on."""
    status = Site.Status(site.status)
    if site.business.suppressed and status in (Site.Status.PENDING, Site.Status.COMPLETED):
        return Why("suppressed", _("It said no: nothing is made about it and nobody writes to it"))
    if status == Site.Status.GENERATING:
        return why_in_hand(site, now=now)
    if status == Site.Status.FAILED:
        return why_failed(site, now=now)
    if status == Site.Status.PUBLISHED:
        return _why_online(site, now)
    if status == Site.Status.EXPIRED:
        text = _("Nobody answered in %(days)d days, so it went offline; it can be put online again")
        return Why("expired", text % {"days": settings.PROPOSAL_DAYS})
    if status == Site.Status.TAKEN_DOWN:
        return Why("removed", _("It was removed for good and its business is never written to"))
    return _of_stage(GENERATE if status == Site.Status.PENDING else PUBLISH, site, now)


def why_customer(customer: Customer, *, now: datetime) -> Why:
    """Say what a customer waits for: its site, as long as that is not online as its own."""
    if customer.ended_at is not None and customer.ended_at <= now:
        return Why("ended", _("It is no customer any more"))
    site = customer.site
    if site is None:
        return Why("no_site", _("It bought, and has no site: order it by hand"))
    if site.status == Site.Status.PUBLISHED:
        return Why("customer", _("It bought, and its site is online: nothing is left to do"))
    return why_site(site, now=now)


def _why_not_ordered(business: Business, now: datetime) -> Why:
    """The best leads are ordered first, as many as a day's budget holds."""
    if paused := why_paused([GENERATE.switch], now=now):
        return paused
    if spent := why_spent(GENERATE.budget, now=now):
        return spent
    leads = Business.objects.filter(status=Business.Status.QUALIFIED, suppressed=False, site__isnull=True)
    better = leads.filter(score__gt=business.score or 0).order_by()[:BETTER_COUNTED].count()
    run_at = _firing(RUN_BY[GENERATE.name], now)
    if not better:
        return Why("due", _("Its site is ordered with the next run"), run_at)
    text = ngettext(
        "Its site is ordered when its turn comes: %(count)d better lead goes first",
        "Its site is ordered when its turn comes: %(count)d better leads go first", better,
    )  # fmt: skip
    return Why("turn", text % {"count": better}, run_at)


def _why_online(site: Site, now: datetime) -> Why:
    if site.claimed_by:
        return why_in_hand(site, now=now)
    if not site.is_proposal:
        return Why("sold", _("It is sold and online: nothing is left to do"))
    if site.wanted_at is not None:
        return Why("wanted", _("Its owner wants it: answer, and enter the customer"))
    campaign = Campaign.objects.filter(site=site).select_related("business", "site", "mailbox").first()
    if campaign is None:
        return _why_no_campaign(site, now)
    found = why_campaign(campaign, now=now)
    over = found.code in ("stopped", "sent", "cancelled")
    if not over or site.offered_at is None:
        return found
    expires_at = max(now, site.offered_at + timedelta(days=settings.PROPOSAL_DAYS))
    return Why(
        found.code, _("%(text)s. Without an answer its proposal expires") % {"text": found.text}, expires_at
    )


def _why_no_campaign(site: Site, now: datetime) -> Why:
    if site.business.suppressed:
        return Why("suppressed", _("It said no: nobody writes to it"))
    if not site.business.email:
        return Why("no_email", _("It has no address that may be written to: call it"))
    if paused := why_paused([WRITE.switch], now=now):
        return paused
    return Why("not_written", _("Its mail is written with the next run"), _firing(RUN_BY[WRITE.name], now))


def _of_stage(stage: Stage, row: CoverageGrid | Business | Site, now: datetime, *scopes: str) -> Why:
    return why_of_stage(stage, row, now=now, next_run=partial(_firing, RUN_BY[stage.name]), scopes=scopes)


def _firing(task: str, after: datetime) -> datetime:
    """Return the first firing of a task after a moment; the conductor, where it runs, comes sooner."""
    schedule = task_spec(task).schedule
    return schedule.following(after) if schedule else after


VERBS: Final[Mapping[str, Callable[..., Why]]] = {
    "territories.coveragegrid": why_cell,
    "businesses.business": why_business,
    "websites.site": why_site,
    "campaigns.campaign": why_campaign,
    "customers.customer": why_customer,
}
