"""What must still be true in the moment a mail leaves: nobody said no, its reason still holds, nothing is paused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db import connection
from django.db.models import Q

from businesses.models import Business
from campaigns import mailboxes, rates, sequences
from campaigns.models import Campaign, Message, Suppression
from pipeline import switches
from pipeline.errors import BadData, NotYet, StageError
from sites.models import Site

A_DAY: Final = 86_400.0  # seconds
AN_HOUR: Final = 3_600.0  # seconds
StopReason = Campaign.StopReason
_WHY_NOT: Final[dict[str, str]] = {
    StopReason.OPTED_OUT: "The business said no",
    StopReason.NO_LEAD: "The business is no longer a lead, or its site is not online any more",
}
# One question instead of six, and each part of it reads one row by its key. What it does not find clear is looked at
# by `_check_may_go`, which knows the reasons.
_CLEAR: Final = """
    SELECT (SELECT stopped_at IS NULL AND (expires_at IS NULL OR expires_at > %s)
              FROM campaigns_campaign WHERE id = %s)
       AND (SELECT NOT suppressed AND status IN (%s, %s) FROM businesses_business WHERE id = %s)
       AND (SELECT is_proposal AND status = %s FROM websites_site WHERE id = %s)
       AND (SELECT state = %s FROM campaigns_mailbox WHERE id = %s)
       AND NOT EXISTS (SELECT 1 FROM campaigns_suppression WHERE address_hash IN (%s, %s))
       AND NOT EXISTS (SELECT 1 FROM pipeline_switch WHERE paused)
"""


class CalledOff(StageError):
    """The mail must not go out any more; `stop` is what that means for the mails after it."""

    def __init__(self, message: str, stop: str) -> None:
        super().__init__(message)
        self.stop = stop


@dataclass(frozen=True, eq=False, slots=True)
class Mail:
    """A campaign and the mail of it that is in hand."""

    campaign: Campaign
    message: Message

    @property
    def key(self) -> str:
        """The ledger's key of the mail: one for its whole life, whatever resends it."""
        return delivery_key(self.message)

    @property
    def request(self) -> dict[str, Any]:
        """What the ledger keeps of the mail: a retry sends the same."""
        return {"message_id": self.message.message_id, "body": self.message.body_sha256}


def delivery_key(message: Message) -> str:
    """Return the ledger's key of a mail."""
    return f"mail:{message.pk}"


def check_may_leave(mail: Mail, scopes: Sequence[str], *, now: datetime) -> None:
    """Refuse right before the mail leaves. Raises CalledOff, NotYet, SwitchedOff, BadData."""
    if _is_clear(mail, now):
        return
    switches.check_on(*scopes, now=now)
    _check_may_go(mail, now=now)


def check_nobody_said_no(campaign: Campaign, message: Message) -> None:
    """Raise CalledOff where the address, or its whole company, said no."""
    said_no = Q(address_hash=message.recipient_hash)
    if campaign.company_hash:
        said_no |= Q(address_hash=campaign.company_hash, scope=Suppression.Scope.COMPANY)
    if Suppression.objects.filter(said_no).exists():
        raise CalledOff("The address said no", StopReason.OPTED_OUT)


def _is_clear(mail: Mail, now: datetime) -> bool:
    """Tell whether nothing at all stands in the way: no switch anywhere, no no, all as it was approved."""
    campaign = mail.campaign
    if campaign.mailbox is None or mailboxes.why_silent(campaign.mailbox) or _carries_sample_address():
        return False
    values = [
        connection.ops.adapt_datetimefield_value(now),
        campaign.pk,
        *sequences.LEADS,
        campaign.business_id,
        Site.Status.PUBLISHED,
        campaign.site_id,
        campaign.mailbox.State.ACTIVE,
        campaign.mailbox_id,
        mail.message.recipient_hash,
        campaign.company_hash or mail.message.recipient_hash,
    ]
    with connection.cursor() as cursor:
        cursor.execute(_CLEAR, values)
        return bool(cursor.fetchone()[0])


def _check_may_go(mail: Mail, *, now: datetime) -> None:
    check_nobody_said_no(mail.campaign, mail.message)
    fresh = Campaign.objects.select_related("business", "site", "mailbox__domain").get(pk=mail.campaign.pk)
    if fresh.stopped_at is not None:
        raise CalledOff(f"The campaign was stopped: {fresh.get_stop_reason_display()}", fresh.stop_reason)
    if fresh.expires_at is not None and fresh.expires_at <= now:
        raise CalledOff(f"It could not go before {fresh.expires_at:%Y-%m-%d}", StopReason.FINISHED)
    if fresh.business.status in (Business.Status.NEW, Business.Status.REVIEW):
        raise NotYet("Whether the business is still a lead is not decided", retry_after=A_DAY)
    if reason := sequences.reason_to_stop(fresh):
        raise CalledOff(_WHY_NOT.get(reason, StopReason(reason).label), reason)
    if fresh.site.status != Site.Status.PUBLISHED:
        raise NotYet("The site is being built anew and not online at this moment", retry_after=AN_HOUR)
    if why := mailboxes.why_silent(rates.mailbox_of(fresh, now=now)):
        raise NotYet(why, retry_after=AN_HOUR)
    if _carries_sample_address():
        raise BadData("AGENCY_ADDRESS is still the sample's; a real mail must carry your postal address")


def _carries_sample_address() -> bool:
    return bool(settings.MAIL_URL) and settings.AGENCY_ADDRESS == settings.SAMPLE_AGENCY_ADDRESS
