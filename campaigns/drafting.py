"""Drafting: a published site gets its campaign, the mail is written and frozen, a person or the autopilot approves."""

import hashlib
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q

from businesses.categories import CATEGORIES
from businesses.models import Business
from businesses.sources.registry import get_source
from campaigns import policy, suppression
from campaigns.composing import Agency, MailLinks, Origin, compose, make_message_id
from campaigns.models import Campaign, Message
from campaigns.writers.base import PitchFacts
from campaigns.writers.embedded import EmbeddedWriter
from pipeline import claims, states, tokens
from pipeline.errors import BadData
from pipeline.runner import Run, StageResult, run_stage
from pipeline.stages import Stage
from sites.models import Site
from sites.presenting import claim_url
from sites.publishing import site_url

FIRST_STEP = 1
SITE_LINK, CLAIM_LINK = 1, 2


def _unwritten(now: datetime) -> Q:
    return Q(written_at__isnull=True)


WRITE = Stage(
    name="write",
    queue="campaigns",
    model=Campaign,
    ready=Campaign.Status.DRAFT,
    busy=Campaign.Status.DRAFT,
    failed=Campaign.Status.FAILED,
    retries=3,
    retry_delay=timedelta(minutes=5),
    stuck=lambda row: Campaign.Status.DRAFT,
    row_task="create_campaign_for_site",
    row_argument="site_id",
    where=_unwritten,
)


class MayNotWrite(BadData):
    """This business may not be written to; the campaign is called off with this reason."""


def create_campaigns(run: Run, *, limit: int, site_id: int | None = None) -> StageResult:
    """Write the mails about up to `limit` published sites (or about `site_id`), then let the autopilot approve."""
    _open_campaigns(limit, now=run.now(), site_id=site_id)
    pk = None
    if site_id is not None:
        pk = Campaign.objects.filter(site_id=site_id).values_list("pk", flat=True).first() or -1
    result = run_stage(WRITE, _write, run, limit=limit, pk=pk)
    approved = approve_by_rule(now=run.now(), limit=limit)
    if approved:
        result.rows["approved by the autopilot"] = approved
    return result


def approve(campaign: Campaign, *, now: datetime, by: str) -> None:
    """Let a written draft go out; raises StaleState, or BadData when it is not written yet."""
    if campaign.written_at is None:
        raise BadData("This mail is not written yet")
    states.move(
        campaign,
        Campaign.Status.PENDING,
        now=now,
        by=by,
        reason=f"Approved by {by}",
        approved_at=now,
        approved_by=by[:120],
        next_attempt_at=now,
        attempts=0,
    )


def cancel(campaign: Campaign, *, now: datetime, by: str) -> None:
    """Call off a mail that has not gone out; raises StaleState or IllegalTransition."""
    states.move(campaign, Campaign.Status.CANCELLED, now=now, by=by, reason=f"Called off by {by}")


def approve_by_rule(*, now: datetime, limit: int) -> int:
    """Approve what the autopilot may: written drafts without a reason to ask a person. Returns how many."""
    if not settings.AUTOPILOT:
        return 0
    drafts = Campaign.objects.filter(
        status=Campaign.Status.DRAFT, written_at__isnull=False, review_reason="", claimed_by=""
    )
    approved = 0
    for campaign in drafts.order_by("written_at", "pk")[:limit]:
        try:
            approve(campaign, now=now, by="autopilot")
        except states.StaleState:
            continue
        approved += 1
    return approved


def _open_campaigns(limit: int, *, now: datetime, site_id: int | None) -> None:
    """Give published sites their campaign row; the row's uniqueness is what keeps it at one."""
    sites = Site.objects.filter(
        status=Site.Status.PUBLISHED, campaign__isnull=True, business__suppressed=False
    ).exclude(business__email="")
    if site_id is not None:
        sites = sites.filter(pk=site_id)
    for site in sites.order_by("published_at", "pk")[:limit]:
        try:
            with transaction.atomic():
                Campaign.objects.create(
                    site=site,
                    business_id=site.business_id,
                    created_at=now,
                    next_attempt_at=now,
                    status_changed_at=now,
                )
        except IntegrityError:
            continue  # another worker opened it


def _write(campaign: Campaign, run: Run) -> str:
    now = run.now()
    business = campaign.business
    try:
        review_reason = _check_may_write(business)
        with transaction.atomic():
            _freeze(campaign, business, now)
            claims.finish(
                WRITE,
                campaign,
                Campaign.Status.DRAFT,
                now=now,
                by=run.by,
                written_at=now,
                review_reason=review_reason,
            )
    except MayNotWrite as refusal:
        claims.finish(WRITE, campaign, Campaign.Status.CANCELLED, now=now, by=run.by, reason=str(refusal))
        return "not written to"
    return "done"


def _check_may_write(business: Business) -> str:
    """Raise MayNotWrite, or return why a person must decide ("" when nobody needs to)."""
    if business.suppressed or suppression.is_suppressed(business.email):
        raise MayNotWrite("The business said no")
    rule = policy.policy_for(business.country)
    if rule.decision == "block":
        raise MayNotWrite(f"Not written to: {rule.reason}")
    if rule.decision != "allow":
        return rule.reason
    return ""


def _freeze(campaign: Campaign, business: Business, now: datetime) -> Message:
    """Write the mail and store its bytes; raises MayNotWrite when the address already got a mail of this step."""
    digest = suppression.address_hash(business.email)
    if Message.objects.filter(recipient_hash=digest, step=FIRST_STEP).exists():
        raise MayNotWrite("This address was written to about another business already")
    writer = EmbeddedWriter()
    domain = settings.MAIL_FROM.rpartition("@")[2]
    message_id = make_message_id(f"campaign-{campaign.pk}", FIRST_STEP, domain)
    pitch = writer.write(_pitch_facts(campaign, business))
    targets = [site_url(campaign.site), claim_url(campaign.site)]
    message = Message.objects.create(
        campaign=campaign,
        step=FIRST_STEP,
        recipient=business.email,
        recipient_hash=digest,
        sender=settings.MAIL_FROM,
        subject=pitch.subject,
        message_id=message_id,
        body=b"",
        body_sha256="",
        links=targets,
        writer=writer.name,
        created_at=now,
    )
    tracked = policy.policy_for(business.country).tracking == "individual"
    body = compose(
        pitch,
        sender=settings.MAIL_FROM,
        recipient=business.email,
        message_id=message_id,
        links=mail_links(message, tracked=tracked),
        agency=Agency(settings.AGENCY_NAME, settings.AGENCY_ADDRESS),
        origin=_origin(business),
        sent_date=now,
    )
    message.body = body
    message.body_sha256 = hashlib.sha256(body).hexdigest()
    message.save(update_fields=["body", "body_sha256"])
    return message


def mail_links(message: Message, *, tracked: bool) -> MailLinks:
    """Return the links of a mail: signed tokens whose targets are looked up here, never carried in the link."""
    base = settings.SITES_BASE_URL
    pixel = f"{base}/o/{tokens.make_token('open', message.pk)}.gif" if tracked else ""
    return MailLinks(
        site=f"{base}/c/{tokens.make_token('click', message.pk, SITE_LINK)}",
        claim=f"{base}/c/{tokens.make_token('click', message.pk, CLAIM_LINK)}",
        unsubscribe=f"{base}/u/{tokens.make_token('unsubscribe', message.pk)}",
        pixel=pixel,
    )


def _origin(business: Business) -> Origin:
    """Return where the address was found; raises BadData for a business that comes from nowhere."""
    record = business.records.order_by("first_seen_at").first()
    if record is None:
        raise BadData("It is not known where this business was found, so it cannot be told")
    return Origin(get_source(record.source).title, record.attribution, business.found_at.date())


def _pitch_facts(campaign: Campaign, business: Business) -> PitchFacts:
    origin = _origin(business)
    return PitchFacts(
        business_id=business.pk,
        business_name=business.name,
        agency_name=settings.AGENCY_NAME,
        agency_address=settings.AGENCY_ADDRESS,
        data_source=origin.data_source,
        attribution=origin.attribution,
        found_on=origin.found_on,
        category=CATEGORIES[business.category].name if business.category in CATEGORIES else "",
        city=business.city,
        country=business.country,
        contact_email=business.email,
        site_url=site_url(campaign.site),
        claim_url=claim_url(campaign.site),
        price=f"{settings.MONTHLY_PRICE.normalize():f} {settings.CURRENCY} a month",
    )
