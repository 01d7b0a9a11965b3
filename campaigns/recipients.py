"""What is found out about a recipient before its first mail: its hashes, its time zone, and whose mail it uses."""

from businesses.contacts import domain_of_email
from businesses.looking import mail_dns_of
from businesses.mail_domains import DnsFailed, MailDns
from businesses.models import Business
from businesses.sources.registry import get_source
from businesses.webhosts import registrable_domain
from campaigns import mailboxes, suppression, windows
from campaigns.models import Mailbox


def look_up(business: Business, mailbox: Mailbox) -> dict[str, str]:
    """Return what a campaign keeps of its recipient; it may ask the DNS, so never call it in a transaction.

    Nobody needs to know whose mail it uses where mails are not paced. Raises UnusableAddress.
    """
    return {
        "recipient_hash": suppression.address_hash(business.email),
        "company_hash": suppression.company_hash(business.email),
        "time_zone": windows.zone_of(business),
        "provider": provider_of(business.email, _dns_of(business)) if mailboxes.is_paced(mailbox) else "",
    }


def provider_of(address: str, dns: MailDns) -> str:
    """Return who runs the mail of an address, by its MX: the domain of that host; "" where it is not known."""
    domain = domain_of_email(address)
    try:
        hosts = [host.rstrip(".") for host in dns.mail_hosts(domain)] or [domain]
    except DnsFailed:
        return ""
    return registrable_domain(hosts[0])[:40] if hosts[0] else ""


def _dns_of(business: Business) -> MailDns:
    record = business.records.order_by("first_seen_at").first()
    return mail_dns_of(get_source(record.source) if record else None)
