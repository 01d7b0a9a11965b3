"""Mail addresses: which may be written to at all, which are one box, and how a "no" is remembered without them."""

import hashlib
import hmac

from businesses.contacts import domain_of_email, may_be_freemail, normalise_email
from businesses.webhosts import registrable_domain
from pipeline.errors import BadData

# Two names of one provider, which ignores dots in front of the @.
_GMAIL = frozenset({"gmail.com", "googlemail.com"})


class UnusableAddress(BadData):
    """This is not exactly one plain mail address."""


def check_address(address: str) -> None:
    """Raise UnusableAddress unless `address` is one bare address in ASCII, fit for a header and an envelope."""
    if normalise_email(address) != address.lower():
        shown = ascii(address[:80])
        raise UnusableAddress(f"{shown} is not one plain mail address such as hello@agency.example")


def normalise_address(address: str) -> str:
    """One spelling for all spellings of one box, for comparing only: never send to it.

    Lower case, without a "+tag", and for Gmail without dots: a "no" from one spelling holds for all.
    Raises UnusableAddress.
    """
    text = address.strip()
    check_address(text)
    local, _, domain = text.lower().partition("@")
    local = local.partition("+")[0] or local
    if domain in _GMAIL:
        local, domain = local.replace(".", ""), "gmail.com"
    return f"{local}@{domain}"


def suppression_hash(address: str, pepper: str) -> str:
    """64 hexadecimal digits that stand for a box and cannot be turned back into it without the pepper."""
    if not pepper:
        raise ValueError("The pepper of the address hashes is empty")
    return hmac.digest(pepper.encode(), normalise_address(address).encode(), hashlib.sha256).hex()


def company_key(address: str) -> str:
    """What the boxes of one company share: its domain; at a mail provider, where strangers share it, the box."""
    box = normalise_address(address)
    domain = domain_of_email(box)
    return box if may_be_freemail(domain) else registrable_domain(domain)


def company_hash(address: str, pepper: str) -> str:
    """64 hexadecimal digits that stand for what the boxes of one company share, as suppression_hash for a box."""
    if not pepper:
        raise ValueError("The pepper of the address hashes is empty")
    return hmac.digest(pepper.encode(), f"company {company_key(address)}".encode(), hashlib.sha256).hex()
