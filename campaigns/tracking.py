"""What the world does with a mail and a site: asks for a picture, follows a link, says no, wants the site.

Requests are only kept here; times that count are set when it is judged who was behind them.
"""

import contextlib
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Final

import orjson
from django.conf import settings
from django.db import connection, transaction

from campaigns import hits, policy, suppression
from campaigns.models import Event, Message, Suppression
from pipeline import incidents, tokens
from pipeline.states import StaleState
from sites import publishing
from sites.lifetime import revive
from sites.models import Site

_LINKS: Final = f"SELECT links FROM {Message._meta.db_table} WHERE id = %s"  # noqa: S608 -- names of our own


@dataclass(frozen=True)
class Visitor:
    """Who asked, as far as it is kept: never a whole address."""

    user_agent: str
    address: str

    @property
    def network(self) -> str:
        """The /24 or /48 the visitor came from; "" when it cannot be told."""
        return _network_of(self.address)


@lru_cache(maxsize=1_000)
def _network_of(visitor: str) -> str:
    try:
        address = ip_address(visitor)
    except ValueError:
        return ""
    return str(ip_network(f"{address}/{24 if address.version == 4 else 48}", strict=False))


def keep_hit(
    kind: str, row: int, visitor: Visitor, *, link: int = 0, method: str = "GET", now: datetime
) -> bool:
    """Keep a request for a picture, a link or a page; who was behind it is judged later (`judging`)."""
    return hits.keep(
        kind, row, link=link, method=method, user_agent=visitor.user_agent, network=visitor.network, now=now
    )


def target_of(token: str, *, now: datetime) -> tuple[int, int, str] | None:
    """Return the message, the link and where it leads, as frozen with the mail; None for any token not ours."""
    read = tokens.read_token("click", token)
    if read is None:
        return None
    pk, link = read
    targets = _targets_of(pk, minute=int(now.timestamp()) // 60)
    return (pk, link, targets[link - 1]) if 1 <= link <= len(targets) else None


@lru_cache(maxsize=10_000)
def _targets_of(pk: int, *, minute: int) -> tuple[str, ...]:
    """Return where the links of a mail lead; remembered until the minute is over, for those who follow all at once."""
    with (
        connection.cursor() as cursor
    ):  # every other hit asks this, and building it from models takes eight times as long
        cursor.execute(_LINKS, [pk])
        row = cursor.fetchone()
    return tuple(orjson.loads(row[0])) if row else ()


def message_of(token: str) -> Message | None:
    """Return the message that an unsubscribe token names; None for any token that is not ours."""
    read = tokens.read_token("unsubscribe", token)
    if read is None:
        return None
    return Message.objects.select_related("campaign__business").filter(pk=read[0]).first()


def site_of(token: str) -> Site | None:
    """Return the site that a claim token names."""
    read = tokens.read_token("claim", token)
    return Site.objects.select_related("business").filter(pk=read[0]).first() if read else None


def mark_of(site: Site) -> str:
    """Return the path of a site's reading mark; "" where the country lets no reader be watched, or nobody was asked.

    The mark needs the host of this process: a site on a host of its own carries none.
    """
    if settings.SITES_HOST or not settings.READING_MARK or site.business.suppressed:
        return ""
    if policy.policy_for(site.business.country).tracking != "individual":
        return ""
    return f"/r/{tokens.make_token('read', site.pk)}.gif"


def unsubscribe(message: Message, visitor: Visitor, *, now: datetime) -> None:
    """Never write to this address again; saying it twice changes nothing."""
    with transaction.atomic():
        suppression.suppress(
            message.recipient, reason=Suppression.Reason.UNSUBSCRIBED, now=now, by="the recipient"
        )
        unsaid = Message.objects.filter(pk=message.pk, unsubscribed_at__isnull=True)
        if unsaid.update(unsubscribed_at=now):
            _record(message, Event.Kind.UNSUBSCRIBED, visitor, now=now)


def want_site(site: Site, visitor: Visitor, *, now: datetime) -> None:
    """Tell staff that an owner wants the site, once."""
    contact = site.business.phone or site.business.email
    with transaction.atomic():
        if not Site.objects.filter(pk=site.pk, wanted_at__isnull=True).update(wanted_at=now):
            return
        _record_for_site(site, Event.Kind.WANTED, visitor, now=now)
        incidents.open_incident(
            "wants_site",
            str(site.pk),
            title=f"{site.business.name} wants its site",
            detail=f"Answer soon: {contact}. The site: {publishing.site_url(site)}",
            now=now,
            severity="critical",
        )
    site.refresh_from_db(fields=["status"])  # it may have expired while its owner was reading
    if site.status == Site.Status.EXPIRED:
        with contextlib.suppress(StaleState):  # somebody else is putting it online again
            revive(site, now=now, by="the business")


def remove_site(site: Site, visitor: Visitor, *, now: datetime) -> None:
    """Take the site down and never write to its business again; saying it twice changes nothing."""
    with transaction.atomic():
        suppression.suppress_business(
            site.business, reason=Suppression.Reason.REMOVED, now=now, by="the business"
        )
        if not Event.objects.filter(message__campaign__site=site, kind=Event.Kind.REMOVED).exists():
            _record_for_site(site, Event.Kind.REMOVED, visitor, now=now)
    publishing.take_down(site, now=now, by="the business", reason="Its owner had it removed")


def _record(message: Message, kind: str, visitor: Visitor, *, now: datetime, link: int = 0) -> None:
    Event.objects.create(
        message=message,
        kind=kind,
        at=now,
        link=link,
        user_agent=visitor.user_agent[:300],
        network=visitor.network,
    )


def _record_for_site(site: Site, kind: str, visitor: Visitor, *, now: datetime) -> None:
    message = Message.objects.filter(campaign__site=site).first()
    if message is not None:
        _record(message, kind, visitor, now=now)
