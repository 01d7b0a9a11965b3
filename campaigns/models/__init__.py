"""The nouns of outreach: campaigns and their mails, who writes them, what comes back, what the law asks."""

from campaigns.models.inbound import InboundMail, MailFolder
from campaigns.models.law import CountryRule, LegalBasis, Suppression
from campaigns.models.outreach import Campaign, Event, Message
from campaigns.models.senders import Mailbox, RateBucket, SenderDomain

__all__ = [
    "Campaign",
    "CountryRule",
    "Event",
    "InboundMail",
    "LegalBasis",
    "MailFolder",
    "Mailbox",
    "Message",
    "RateBucket",
    "SenderDomain",
    "Suppression",
]
