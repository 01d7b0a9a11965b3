"""A made-up agency, business and letter for the tests of outreach."""

from datetime import UTC, date, datetime
from typing import Any

from campaigns.composing import Agency, MailLinks, Origin, compose, make_message_id
from campaigns.writers.base import Pitch, PitchFacts

BASE = "https://sites.fernhill.example"
SENDER = "hello@fernhill.example"
RECIPIENT = "info@brooklane.example"
MESSAGE_ID = make_message_id("campaign-7", 1, "fernhill.example")
SENT = datetime(2026, 3, 2, 9, tzinfo=UTC)

AGENCY = Agency("Fernhill Web Studio", "12 Mill Lane, Fernhill, VT 00000, USA", sender_name="Mara Lind")
ORIGIN = Origin("OpenStreetMap", "© OpenStreetMap contributors, ODbL", date(2026, 2, 21))
LINKS = MailLinks(
    site=f"{BASE}/c/SiteSiteSiteSiteSiteSiteSite",
    claim=f"{BASE}/c/ClaimClaimClaimClaimClaimCla",
    unsubscribe=f"{BASE}/u/Unsub-Unsub_Unsub-Unsub_Unsu",
    pixel=f"{BASE}/o/PixelPixelPixelPixelPixelPix.gif",
    unsubscribe_address="stop@fernhill.example",
)
PITCH = Pitch(
    subject="A website proposal for Brook Lane Bakery",
    preheader="A proposal from Fernhill Web Studio.",
    paragraphs=("Hello,", "We made a website for Brook Lane Bakery & Café to look at."),
    call_to_action="See the website",
    closing=("It costs $29 a month if you keep it.", "No is a good answer too."),
    sign_off="Kind regards,",
)


def make_facts(**changes: Any) -> PitchFacts:
    known: dict[str, Any] = {
        "business_id": 7,
        "business_name": "Brook Lane Bakery",
        "agency_name": AGENCY.name,
        "agency_address": AGENCY.address,
        "data_source": ORIGIN.data_source,
        "attribution": ORIGIN.attribution,
        "found_on": ORIGIN.found_on,
        "category": "Bakery",
        "family": "food",
        "city": "Ashford",
        "country": "US",
        "price": "$29 a month",
    }
    return PitchFacts(**known | changes)


def make_mail(pitch: Pitch = PITCH, **changes: Any) -> bytes:
    known: dict[str, Any] = {
        "sender": SENDER,
        "recipient": RECIPIENT,
        "message_id": MESSAGE_ID,
        "links": LINKS,
        "agency": AGENCY,
        "origin": ORIGIN,
        "sent_date": SENT,
    }
    return compose(pitch, **known | changes)
