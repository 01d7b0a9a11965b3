"""Which mail of ours a mail belongs to. What can be made up by anybody never counts as proof."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db.models import Q, QuerySet

from campaigns import suppression
from campaigns.addresses import UnusableAddress
from campaigns.bounces import Bounce, Complaint, message_of_address
from campaigns.incoming import Incoming
from campaigns.models import Campaign, Message

TOKEN: Final = "token"  # noqa: S105 -- the address it was sent to carries our signed token
RETURNED: Final = "returned id"  # it returns our mail, whose id nobody can make up
THREAD: Final = "thread"  # it answers our mail by that id
PROVIDER: Final = "provider"  # the provider that took our mail tells us, signed
SENDER: Final = "sender"  # it comes from the address that we wrote to, or says so
DOMAIN: Final = "domain"  # it comes from another address of that company, or says so
RECIPIENT: Final = "recipient"  # a bounce that names the address
STAFF: Final = "staff"  # a person linked it
PROOFS: Final = frozenset({TOKEN, RETURNED, THREAD, PROVIDER, STAFF})


@dataclass(frozen=True, slots=True)
class Match:
    """A mail of ours, and by which sign it was found."""

    message: Message
    by: str

    @property
    def is_proved(self) -> bool:
        """Whether whoever sent this has surely seen our mail, or a person vouches for it."""
        return self.by in PROOFS


def find_message(mail: Incoming, report: Bounce | Complaint | None) -> Match | None:
    """Return the mail of ours that `mail` belongs to, by the strongest sign there is; None where nobody can tell."""
    for address in mail.recipients[:50]:
        found = message_of_address(address)
        message = _messages().filter(pk=found).first() if found is not None else None
        if message is not None:
            return Match(message, TOKEN)
    if report is not None and (message := by_ids(report.returned_ids)):
        return Match(message, RETURNED)
    if message := by_ids(mail.answered_ids):
        return Match(message, THREAD)
    if report is not None:
        message = _by_recipients(report.recipients)
        return Match(message, RECIPIENT) if message else None
    return _by_sender(mail.sender)


def by_ids(ids: Iterable[str]) -> Message | None:
    """Return the mail that one of these ids names, the first of them first: our own ids, or a provider's."""
    wanted = [each.strip().strip("<>") for each in ids]
    wanted = [each[:198] for each in wanted if each][:50]
    bare = {each: each.partition("@")[0] for each in wanted}
    references = {*wanted, *bare.values(), *(f"<{each}>" for each in wanted)}
    named = Q(message_id__in=[f"<{each}>" for each in wanted]) | Q(reference__in=references)
    found = list(_messages().filter(named)[:50]) if wanted else []
    for each in wanted:
        for message in found:
            if message.message_id == f"<{each}>" or (
                message.reference and message.reference.strip("<>") in (each, bare[each])
            ):
                return message
    return None


def _by_recipients(addresses: Iterable[str]) -> Message | None:
    hashes = [digest for address in addresses if (digest := _hash(address))]
    return _gone_out().filter(recipient_hash__in=hashes).first() if hashes else None


def _by_sender(address: str) -> Match | None:
    digest = _hash(address)
    if not digest:
        return None
    if message := _gone_out().filter(recipient_hash=digest).first():
        return Match(message, SENDER)
    company = suppression.company_hash(address)
    if message := _gone_out().filter(campaign__company_hash=company).first():
        return Match(message, DOMAIN)
    return None


def _hash(address: str) -> str:
    try:
        return suppression.address_hash(address)
    except UnusableAddress:
        return ""


def _messages() -> QuerySet[Message]:
    return Message.objects.select_related("campaign__business", "campaign__site")


def _gone_out() -> QuerySet[Message]:
    """Return the mails that went out, or may have, the newest first."""
    may_have = Q(sent_at__isnull=False) | Q(campaign__status=Campaign.Status.HELD)
    return _messages().filter(may_have).order_by("-created_at", "-pk")
