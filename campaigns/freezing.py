"""Freezing: a letter becomes the one mail of its campaign's step, stored as the bytes that will go out."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import F

from businesses.categories import CATEGORIES
from businesses.models import Business
from businesses.sources.registry import get_source
from campaigns import bounces, policy, preflight, sequences, spam_scores, suppression
from campaigns.composing import Agency, MailLinks, Origin, compose, make_message_id
from campaigns.models import Campaign, Mailbox, Message
from campaigns.spam_scores import SpamScore
from campaigns.writers.base import Pitch, PitchFacts
from campaigns.writers.embedded import EmbeddedWriter
from campaigns.writers.wordings import WORDINGS
from pipeline import tokens
from pipeline.errors import BadData
from sites.presenting import claim_url, proposal_links
from sites.publishing import site_url
from sites.words import language_of

FIRST_STEP = 1
SITE_LINK, CLAIM_LINK = 1, 2
_PRICE = {"en": "{amount} {currency} a month", "de": "{amount} {currency} im Monat"}


@dataclass(frozen=True)
class Letter:
    """A pitch on its way to becoming a mail: who wrote it, from which box, what is known of it before it is frozen."""

    pitch: Pitch
    facts: PitchFacts
    writer: str
    mailbox: Mailbox
    note: str = ""
    spam: SpamScore | None = None


def facts_of(campaign: Campaign, *, variant: str) -> PitchFacts:
    """Return all that the mail in hand may say. Raises BadData for a business that comes from nowhere."""
    business, site = campaign.business, campaign.site
    language = language_of(business.country, business.postcode)
    origin = _origin(business, language)
    earlier = _earlier(campaign)
    first = earlier[0] if earlier else None
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
        site_url=site_url(site),
        claim_url=claim_url(site),
        price=_price(language),
        language=language,
        step=campaign.step,
        is_last=campaign.step > FIRST_STEP
        and campaign.step > len(settings.FOLLOW_UP_DAYS[: sequences.MOST_MAILS - 1]),
        variant=variant,
        subject=first.subject if first else "",
        wrote_on=first.sent_at.date() if first and first.sent_at else None,
    )


def with_spam_score(letter: Letter, campaign: Campaign, *, now: datetime) -> Letter:
    """Return the letter with what a spam filter says of it, where one is installed; never call it in a transaction."""
    if not settings.SPAMASSASSIN:
        return letter
    unsaved = Message(pk=0, campaign=campaign)
    mails = [
        _composed(
            letter, campaign, unsaved, mail_links(unsaved, campaign, letter.mailbox, tracked=tracked), now=now
        )
        for tracked in (_is_tracked(campaign), False)
    ]
    return replace(letter, spam=spam_scores.score_of(*mails, shape=_shape(letter)))


def freeze(letter: Letter, campaign: Campaign, *, now: datetime) -> Message:
    """Store the letter as the mail in hand, in the caller's transaction; its bytes replace those of an earlier draft.

    Raises BadData where it cannot be a mail.
    """
    pitch, mailbox = letter.pitch, letter.mailbox
    recipient = campaign.business.email
    earlier = _earlier(campaign)
    fields: dict[str, Any] = {
        "recipient": recipient,
        "recipient_hash": suppression.address_hash(recipient),
        "sender": mailbox.address,
        "subject": pitch.subject,
        "message_id": make_message_id(
            f"campaign-{campaign.pk}", campaign.step, mailbox.address.rpartition("@")[2]
        ),
        "in_reply_to": earlier[-1].message_id if earlier else "",
        "links": [site_url(campaign.site), claim_url(campaign.site)],
        "writer": letter.writer,
        "variant": letter.facts.variant,
        "language": pitch.language,
        "mailbox": mailbox,
        "body": b"",
        "body_sha256": "",
    }
    message, _ = Message.objects.update_or_create(
        campaign=campaign, step=campaign.step, defaults=fields, create_defaults=fields | {"created_at": now}
    )
    links = mail_links(message, campaign, mailbox, tracked=_is_tracked(campaign))
    message.body = _composed(letter, campaign, message, links, now=now)
    message.body_sha256 = hashlib.sha256(message.body).hexdigest()
    message.envelope_sender = bounces.envelope_sender(message, mailbox)
    findings = preflight.look_at(message.body, _expected(letter, campaign, links))
    message.preflight = preflight.report_of(
        [*findings, *preflight.spam_findings(letter.spam)], letter.spam, note=letter.note
    )
    message.save(update_fields=["body", "body_sha256", "envelope_sender", "preflight"])
    return message


def mail_links(message: Message, campaign: Campaign, mailbox: Mailbox, *, tracked: bool) -> MailLinks:
    """Return the links of a mail: signed tokens whose targets are looked up here, never carried in the link."""
    base = settings.SITES_BASE_URL
    pixel = f"{base}/o/{tokens.make_token('open', message.pk)}.gif" if tracked else ""
    return MailLinks(
        site=f"{base}/c/{tokens.make_token('click', message.pk, SITE_LINK)}",
        claim=f"{base}/c/{tokens.make_token('click', message.pk, CLAIM_LINK)}",
        unsubscribe=f"{base}/u/{tokens.make_token('unsubscribe', message.pk)}",
        pixel=pixel,
        # Only a box that is read hears a no by mail.
        unsubscribe_address=(mailbox.reply_to or mailbox.address) if mailbox.imap else "",
        privacy=proposal_links(campaign.site).about,
    )


def _composed(
    letter: Letter, campaign: Campaign, message: Message, links: MailLinks, *, now: datetime
) -> bytes:
    mailbox, business = letter.mailbox, campaign.business
    return compose(
        letter.pitch,
        sender=mailbox.address,
        recipient=business.email,
        message_id=make_message_id(
            f"campaign-{campaign.pk}", campaign.step, mailbox.address.rpartition("@")[2]
        ),
        links=links,
        agency=Agency(
            settings.AGENCY_NAME,
            settings.AGENCY_ADDRESS,
            sender_name=mailbox.sender_name,
            reply_to=mailbox.reply_to,
            notice=policy.policy_for(business.country).footer,
        ),
        origin=_origin(business, letter.pitch.language),
        sent_date=now,
        earlier=[mail.message_id for mail in _earlier(campaign)],
    )


def _expected(letter: Letter, campaign: Campaign, links: MailLinks) -> preflight.Expected:
    pitch, facts = letter.pitch, letter.facts
    urls = (links.site, links.claim, links.unsubscribe, links.privacy)
    return preflight.Expected(
        step=facts.step,
        language=pitch.language,
        agency_name=settings.AGENCY_NAME,
        agency_address=settings.AGENCY_ADDRESS,
        recipient=campaign.business.email,
        source=_origin(campaign.business, pitch.language).data_source,
        unsubscribe=links.unsubscribe,
        price=facts.price,
        words=(*pitch.paragraphs, pitch.call_to_action, *pitch.closing, pitch.sign_off),
        ours=frozenset(urlsplit(url).hostname or "" for url in urls),
        names=(facts.business_name, facts.city, settings.AGENCY_NAME, facts.price),
    )


def _earlier(campaign: Campaign) -> list[Message]:
    """Return the mails of this campaign that went out before the one in hand, oldest first."""
    gone = campaign.messages.filter(step__lt=campaign.step, sent_at__isnull=False)
    return list(gone.order_by(F("step")).defer("body"))


def _origin(business: Business, language: str) -> Origin:
    """Return where the address was found; raises BadData for a business that comes from nowhere."""
    record = business.records.order_by("first_seen_at").first()
    if record is None:
        raise BadData("It is not known where this business was found, so it cannot be told")
    title = get_source(record.source).title
    return Origin(WORDINGS[language].sources.get(title, title), record.attribution, business.found_at.date())


def _price(language: str) -> str:
    price = settings.MONTHLY_PRICE
    amount = f"{price:.0f}" if price == price.to_integral_value() else f"{price:.2f}"
    if language == "de":
        amount = amount.replace(".", ",")
    return _PRICE[language].format(amount=amount, currency=settings.CURRENCY)


def _is_tracked(campaign: Campaign) -> bool:
    return policy.policy_for(campaign.business.country).tracking == "individual"


def _shape(letter: Letter) -> str:
    """Return what mails have in common whose spam score is the same: the built-in ones but for names and numbers."""
    facts = letter.facts
    own_words = "" if letter.writer == EmbeddedWriter.name else repr(letter.pitch)
    kind = (letter.writer, facts.language, facts.variant, facts.step, facts.is_last)
    return "|".join([*map(str, kind), own_words])
