"""What providers post: verified by their own rules, kept once, applied in any order, never a fault of ours."""

import base64
import hashlib
import hmac
import json
import logging
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client

from campaigns import suppression, webhooks
from campaigns.checks import check_webhook_keys
from campaigns.models import Campaign, Event, Message
from campaigns.tests.factories import make_campaign, make_message
from pipeline import inbox
from pipeline.clock import SYSTEM_CLOCK
from pipeline.models import InboundEvent
from pipeline.runner import Run

pytestmark = pytest.mark.django_db
SECRET = "post:office-secret"
KEY = "key-for-tests-only"
REFERENCE = "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"
WHEN = "2026-03-02T09:10:00Z"
STAMP = 1772442600


@pytest.fixture(autouse=True)
def secrets(settings: Any) -> None:
    settings.MAIL_WEBHOOK_SECRET = SECRET
    settings.MAIL_WEBHOOK_KEYS = {}


@pytest.fixture
def sent() -> Message:
    at = datetime(2026, 3, 2, 9, tzinfo=UTC)
    campaign = make_campaign(status=Campaign.Status.SENT, sent_at=at)
    return make_message(campaign=campaign, sent_at=at, reference=REFERENCE)


@pytest.fixture
def stranger() -> Client:
    return Client(enforce_csrf_checks=True, raise_request_exception=False)


def basic(secret: str = SECRET) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"}


def post(client: Client, provider: str, body: Any, **headers: str) -> int:
    data = body if isinstance(body, (bytes, str)) else json.dumps(body)
    answer = client.post(
        f"/webhooks/mail/{provider}/", data, content_type="application/json", headers=headers or basic()
    )
    return answer.status_code


def apply() -> None:
    inbox.apply_events(Run(by="test"), limit=500)


def postmark(kind: str, **over: Any) -> dict[str, Any]:
    shapes: dict[str, dict[str, Any]] = {
        "Delivery": {"DeliveredAt": WHEN, "Details": "smtp;250 2.0.0 OK", "Recipient": "info@brooklane.example"},
        "Bounce": {
            "ID": 42, "Type": "HardBounce", "TypeCode": 1, "Description": "The server was unable to deliver",
            "Details": "smtp;550 5.1.1 The email account that you tried to reach does not exist",
            "Email": "info@brooklane.example", "BouncedAt": WHEN, "Inactive": True,
        },
        "SpamComplaint": {"ID": 43, "Type": "SpamComplaint", "Email": "info@brooklane.example", "BouncedAt": WHEN},
        "Open": {"FirstOpen": True, "ReceivedAt": WHEN, "Recipient": "info@brooklane.example", "UserAgent": "x"},
    }  # fmt: skip
    return {
        "RecordType": kind,
        "MessageID": REFERENCE,
        "Metadata": {},
        "MessageStream": "outbound",
        **shapes[kind],
        **over,
    }


def mailgun(event: str, message_id: str, **over: Any) -> dict[str, Any]:
    token, stamp = "0123456789abcdef" * 3, str(STAMP)
    return {
        "signature": {
            "timestamp": stamp,
            "token": token,
            "signature": hmac.new(KEY.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest(),
        },
        "event-data": {
            "event": event, "timestamp": STAMP + 0.5, "id": "abc", "recipient": "info@brooklane.example",
            "message": {"headers": {"message-id": message_id.strip("<>"), "to": "info@brooklane.example"}},
            "user-variables": {}, "tags": [], **over,
        },
    }  # fmt: skip


def resend(kind: str, **data: Any) -> dict[str, Any]:
    return {
        "type": f"email.{kind}", "created_at": WHEN,
        "data": {"email_id": REFERENCE, "to": ["info@brooklane.example"], "subject": "A website", **data},
    }  # fmt: skip


def brevo(event: str, message_id: str, **over: Any) -> dict[str, Any]:
    return {
        "event": event, "email": "info@brooklane.example", "id": 1, "message-id": message_id, "ts_event": STAMP,
        "ts": STAMP, "date": "2026-03-02 10:10:00", "subject": "A website", "ts_epoch": STAMP * 1000, **over,
    }  # fmt: skip


# ------------------------------------------------------------------------------------------------ each provider
def test_postmark_tells_of_delivery_bounce_and_complaint(client: Client, sent: Message):
    assert post(client, "postmark", postmark("Delivery")) == 200
    apply()
    sent.refresh_from_db()
    assert (sent.delivered_at, sent.bounced_at) == (datetime(2026, 3, 2, 9, 10, tzinfo=UTC), None)

    assert post(client, "postmark", postmark("Bounce")) == 200
    apply()
    sent.refresh_from_db()
    assert sent.bounce == "hard"
    assert suppression.is_suppressed(sent.recipient)
    assert Campaign.objects.get().stop_reason == "bounced"

    assert post(client, "postmark", postmark("SpamComplaint")) == 200
    apply()
    sent.refresh_from_db()
    assert sent.complained_at is not None


def test_sendgrid_signs_what_it_posts(client: Client, sent: Message, settings: Any):
    private = ec.generate_private_key(ec.SECP256R1())
    public = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    settings.MAIL_WEBHOOK_SECRET = ""
    settings.MAIL_WEBHOOK_KEYS = {"sendgrid": base64.b64encode(public).decode()}
    body = json.dumps(
        [
            {"event": kind, "email": "info@brooklane.example", "timestamp": STAMP, "sg_event_id": f"e{number}",
             "smtp-id": sent.message_id, "anymail_id": REFERENCE, "response": "250 2.0.0 OK"}
            for number, kind in enumerate(("processed", "delivered"))
        ]
    )  # fmt: skip
    signature = base64.b64encode(private.sign(f"{STAMP}{body}".encode(), ec.ECDSA(hashes.SHA256()))).decode()
    signed = {
        "X-Twilio-Email-Event-Webhook-Signature": signature,
        "X-Twilio-Email-Event-Webhook-Timestamp": str(STAMP),
    }

    assert post(client, "sendgrid", body, **signed) == 200
    assert post(client, "sendgrid", body.replace("delivered", "bounced!!"), **signed) == 400
    assert post(client, "sendgrid", body, **basic()) == 400
    apply()
    sent.refresh_from_db()
    assert sent.delivered_at is not None
    assert Event.objects.get().kind == "delivered"


def test_mailgun_signs_what_it_posts_and_names_our_own_id(client: Client, settings: Any, sent: Message):
    settings.MAIL_WEBHOOK_KEYS = {"mailgun": KEY}
    failed = mailgun(
        "failed", sent.message_id, severity="permanent", reason="generic",
        **{"delivery-status": {"code": 550, "message": "550 5.7.1 blocked for policy", "description": ""}},
    )  # fmt: skip
    assert post(client, "mailgun", failed) == 200
    forged = json.loads(json.dumps(failed).replace(failed["signature"]["signature"], "0" * 64))
    assert post(client, "mailgun", forged) == 400
    apply()
    sent.refresh_from_db()
    assert sent.bounce == "policy"
    assert not suppression.is_suppressed(sent.recipient)


def test_mailgun_puts_off_what_fails_for_now(client: Client, settings: Any, sent: Message):
    settings.MAIL_WEBHOOK_KEYS = {"mailgun": KEY}
    assert post(client, "mailgun", mailgun("failed", sent.message_id, severity="temporary")) == 200
    apply()
    assert Event.objects.get().kind == "deferred"


def test_resend_tells_by_words_alone(client: Client, sent: Message):
    bounced = resend(
        "bounced", bounce={"message": "The recipient's email provider sent a hard bounce message"}
    )
    assert post(client, "resend", bounced) == 200
    apply()
    sent.refresh_from_db()
    assert sent.bounce == "hard"


@pytest.mark.parametrize(
    ("event", "reason", "bounce"),
    [
        ("hard_bounce", "550 5.1.1 unknown user", "hard"),
        ("soft_bounce", "452 4.2.2 full", "soft"),
        ("blocked", "", "policy"),
    ],
)
def test_brevo_tells_hard_from_soft(event: str, reason: str, bounce: str, client: Client, sent: Message):
    assert post(client, "brevo", brevo(event, sent.message_id, reason=reason)) == 200
    apply()
    sent.refresh_from_db()
    assert sent.bounce == bounce
    assert suppression.is_suppressed(sent.recipient) == (bounce == "hard")


def test_an_unsubscription_at_the_provider_is_ours(client: Client, sent: Message):
    assert post(client, "brevo", brevo("unsubscribe", sent.message_id)) == 200
    apply()
    sent.refresh_from_db()
    assert sent.unsubscribed_at is not None
    assert suppression.is_suppressed(sent.recipient)


def test_opens_are_our_own_to_tell(client: Client, sent: Message):
    assert post(client, "postmark", postmark("Open")) == 200
    apply()
    assert not Event.objects.exists()


# ---------------------------------------------------------------------------------- again, in any order, for others
def test_a_hundred_times_the_same_news_is_one(client: Client, sent: Message, settings: Any):
    for number in range(100):
        # A provider that tries again may write its body anew.
        assert post(client, "postmark", json.dumps(postmark("Bounce")) + " " * (number % 5)) == 200
    apply()
    assert InboundEvent.objects.count() == 5
    assert [event.kind for event in Event.objects.all()] == ["bounced"]


def test_late_delivery_does_not_undo_a_bounce(client: Client, sent: Message):
    post(client, "postmark", postmark("Bounce"))
    post(client, "postmark", postmark("Bounce", Type="SoftBounce", Details="452 4.2.2 full", ID=9))
    post(client, "postmark", postmark("Delivery"))
    apply()
    sent.refresh_from_db()
    assert sent.bounce == "hard"
    assert suppression.is_suppressed(sent.recipient)


def test_what_comes_before_our_own_note_waits_for_it(client: Client, sent: Message):
    Message.objects.update(reference="")
    post(client, "postmark", postmark("Delivery"))
    apply()
    event = InboundEvent.objects.get()
    assert (event.status, event.attempts) == ("received", 0)

    Message.objects.update(reference=REFERENCE)
    InboundEvent.objects.update(next_attempt_at=SYSTEM_CLOCK.now())
    apply()
    sent.refresh_from_db()
    assert sent.delivered_at is not None


def test_news_of_a_mail_that_is_not_ours_end_without_a_trace_on_ours(client: Client, sent: Message):
    post(client, "postmark", postmark("Bounce", MessageID="another-systems-mail"))
    InboundEvent.objects.update(received_at=datetime(2026, 3, 2, tzinfo=UTC))
    apply()
    assert InboundEvent.objects.get().status == "applied"
    assert not Event.objects.exists()


def test_a_delivery_settles_an_uncertain_mail(client: Client, sent: Message):
    Campaign.objects.update(status="held", sent_at=None)
    Message.objects.update(sent_at=None)
    post(client, "postmark", postmark("Delivery"))
    apply()
    assert Campaign.objects.get().status == "sent"


# -------------------------------------------------------------------------------------------------- hostile posts
@pytest.mark.parametrize("provider", sorted(webhooks.PROVIDERS))
def test_a_provider_without_its_secret_is_not_there(provider: str, stranger: Client, settings: Any):
    settings.MAIL_WEBHOOK_SECRET = ""
    assert post(stranger, provider, "{}") == 404
    assert stranger.head(f"/webhooks/mail/{provider}/").status_code == 404
    assert not InboundEvent.objects.exists()


@pytest.mark.parametrize("provider", ["nobody", "anymail", "sendinblue"])
def test_an_unknown_provider_is_not_there(provider: str, stranger: Client):
    assert post(stranger, provider, "{}") == 404


NONSENSE = (
    b"", b"{", b"[]", b"null", b'"text"', b"[[[]]]", b'{"signature": 1}', b"\xff\xfe", b"[" * 100_000, b"1e999",
)  # fmt: skip


@pytest.mark.parametrize(
    "provider", sorted(set(webhooks.PROVIDERS) - {"postal"})
)  # its key is a whole RSA key
def test_nonsense_is_refused_or_has_no_effect(provider: str, stranger: Client, settings: Any, sent: Message):
    settings.MAIL_WEBHOOK_KEYS = {name: KEY for name, each in webhooks.PROVIDERS.items() if each.always_signs}
    for body in NONSENSE:
        assert post(stranger, provider, body) in (200, 400), body[:12]
    apply()
    assert not Event.objects.exists()
    assert not InboundEvent.objects.filter(error_kind="bug").exists()


@pytest.mark.parametrize("secret", ["post:wrong", "", ":", "post"])
def test_a_wrong_secret_is_refused_with_one_line(
    secret: str, stranger: Client, sent: Message, caplog: pytest.LogCaptureFixture
):
    with caplog.at_level(logging.WARNING, logger="campaigns"):
        assert post(stranger, "postmark", postmark("Bounce"), **basic(secret)) == 400
    assert not InboundEvent.objects.exists()
    assert [record.levelname for record in caplog.records if record.name.startswith("campaigns")] == [
        "WARNING"
    ]
    assert "postmark was refused" in caplog.text


def test_ten_megabytes_are_refused(stranger: Client, caplog: pytest.LogCaptureFixture):
    assert post(stranger, "postmark", b'{"a": "' + b"x" * 10_000_000 + b'"}') == 400
    assert not InboundEvent.objects.exists()
    assert "more than 2,621,440 bytes" in caplog.text


def test_only_posts_are_taken(client: Client):
    assert client.get("/webhooks/mail/postmark/").status_code == 405
    assert client.head("/webhooks/mail/postmark/").status_code == 200


@pytest.mark.parametrize(
    ("name", "key", "told"),
    [
        ("nobody", KEY, "no provider"),
        ("postmark", KEY, "no provider"),
        ("sendgrid", "%%%", "is no key of sendgrid"),
    ],
)
def test_a_key_that_cannot_be_used_is_told_at_the_start_and_opens_nothing(
    name: str, key: str, told: str, settings: Any, stranger: Client
):
    settings.MAIL_WEBHOOK_SECRET = ""
    settings.MAIL_WEBHOOK_KEYS = {name: key}
    (problem,) = check_webhook_keys(None)
    assert told in problem.msg
    assert key not in problem.msg
    assert post(stranger, name, postmark("Bounce")) in (400, 404)
    assert not InboundEvent.objects.exists()
