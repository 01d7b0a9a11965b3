"""News from mail providers: django-anymail verifies and reads what they post, we store it and draw what follows.

A provider is heard only where its secret is set. Events come up to dozens of times and in any order: each is kept
once, and what is known for worse is never made better.
"""

import hashlib
import importlib
import io
import json
import logging
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from anymail.signals import AnymailTrackingEvent, EventType, RejectReason
from anymail.webhooks.base import AnymailCoreWebhookView
from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest

from campaigns import answers, matching
from campaigns.answers import News
from campaigns.bounces import verdict_of
from campaigns.models import Message, Suppression
from pipeline import inbox
from pipeline.errors import BadData, NotYet, storable
from pipeline.models import InboundEvent
from pipeline.runner import Run

logger = logging.getLogger(__name__)

SOURCE: Final = "mail_webhook"
# The provider may be quicker than our own note of the id that it gave the mail.
MAY_BE_EARLY: Final = timedelta(minutes=2)
_KEPT_HEADERS: Final = ("Content-Type", "Svix-Id", "X-Amz-Sns-Message-Type", "X-Amz-Sns-Message-Id")


@dataclass(frozen=True, slots=True)
class Provider:
    """`view` is the class of django-anymail; `key`: the argument for the key that signs ("" where none signs);
    `always_signs`: whether the class insists on that key."""

    view: str
    key: str = ""
    always_signs: bool = False


PROVIDERS: Final = {
    "amazon_ses": Provider("amazon_ses.AmazonSESTrackingWebhookView"),
    "brevo": Provider("brevo.BrevoTrackingWebhookView"),
    "mailersend": Provider("mailersend.MailerSendTrackingWebhookView", "signing_secret", always_signs=True),
    "mailgun": Provider("mailgun.MailgunTrackingWebhookView", "webhook_signing_key", always_signs=True),
    "mailjet": Provider("mailjet.MailjetTrackingWebhookView"),
    "mailtrap": Provider("mailtrap.MailtrapTrackingWebhookView", "tracking_secret"),
    "mandrill": Provider("mandrill.MandrillCombinedWebhookView", "webhook_key", always_signs=True),
    "postal": Provider("postal.PostalTrackingWebhookView", "webhook_key", always_signs=True),
    "postmark": Provider("postmark.PostmarkTrackingWebhookView"),
    "resend": Provider("resend.ResendTrackingWebhookView"),
    "sendgrid": Provider("sendgrid.SendGridTrackingWebhookView", "tracking_webhook_verification_key"),
    "sparkpost": Provider("sparkpost.SparkPostTrackingWebhookView"),
    "unisender_go": Provider("unisender_go.UnisenderGoTrackingWebhookView", "api_key", always_signs=True),
}


class Refused(Exception):
    """What was posted is not from the provider, or cannot be read; the message is for the log."""


def is_open(name: str) -> bool:
    """Tell whether a provider may post here: it is known, and a secret of its own or of all is set."""
    provider = PROVIDERS.get(name)
    if provider is None:
        return False
    has_key = bool(provider.key and settings.MAIL_WEBHOOK_KEYS.get(name))
    return has_key or (bool(settings.MAIL_WEBHOOK_SECRET) and not provider.always_signs)


def setting_problems() -> Iterator[str]:
    """Yield what is wrong with the keys that providers sign with, without showing one."""
    for name in settings.MAIL_WEBHOOK_KEYS:
        variable = f"MAIL_WEBHOOK_KEY_{name.upper()[:40]}"
        provider = PROVIDERS.get(name)
        if provider is None or not provider.key:
            signing = ", ".join(each for each, known in PROVIDERS.items() if known.key)
            yield f"{variable}: no provider of that name signs what it posts; those that do are {signing}"
            continue
        try:
            _view(name)
        except Exception as error:  # whatever a library says of a key that is none
            yield f"{variable} is no key of {name}: {type(error).__name__}"


def keep_post(name: str, request: HttpRequest, *, now: datetime) -> bool:
    """Verify and store what a provider posted; False when the very same was posted before.

    Raises Refused for what it did not sign, or what nobody can read; nothing is stored then.
    """
    try:
        body = request.body.decode()
    except RequestDataTooBig as error:
        raise Refused(f"more than {settings.DATA_UPLOAD_MAX_MEMORY_SIZE:,} bytes") from error
    except UnicodeDecodeError as error:
        raise Refused("it is not UTF-8") from error
    except OSError as error:  # the other side hung up in the middle
        raise Refused("it broke off") from error
    try:
        _view(name).run_validators(request)
        if request.content_type == "application/json":
            json.loads(body)
    except Exception as error:  # whatever a stranger's body makes of a library's checks: it is not let in
        raise Refused(str(error) or type(error).__name__) from error
    headers = {each: request.headers[each] for each in _KEPT_HEADERS if each in request.headers}
    external_id = f"{name}:{hashlib.sha256(body.encode()).hexdigest()}"
    return inbox.store(SOURCE, external_id, body=body, headers={"provider": name, **headers}, now=now)


@inbox.handles(SOURCE)
def apply_post(event: InboundEvent, run: Run) -> None:
    """Apply all events of one post to the mails of ours that they name."""
    name = event.headers["provider"]
    if name not in PROVIDERS:
        raise BadData(f"{name} is no provider that can be read here")
    for told in _read_events(name, event):
        message = _message_of(told)
        if message is not None:
            _apply(name, told, message, event, run)
        elif run.now() - event.received_at < MAY_BE_EARLY:
            raise NotYet(f"{name} tells of a mail that is not noted yet")
        else:  # of another system's mail, or of a mail to staff
            logger.info("%s tells of a mail that is not ours: %s %s", name, told.event_type, told.message_id)


def _view(name: str) -> AnymailCoreWebhookView:
    """Return the provider's own view with our secrets; settings of its own are not read for them."""
    provider = PROVIDERS[name]
    module, _, word = provider.view.partition(".")
    view_class = getattr(importlib.import_module(f"anymail.webhooks.{module}"), word)
    secrets: dict[str, Any] = {"webhook_secret": settings.MAIL_WEBHOOK_SECRET or []}
    if provider.key and (key := settings.MAIL_WEBHOOK_KEYS.get(name)):
        secrets[provider.key] = key
    with warnings.catch_warnings():  # it warns of what is_open() has looked at
        warnings.simplefilter("ignore")
        view_class.as_view()  # some declare the name of their key only here
        view: AnymailCoreWebhookView = view_class(**secrets)
    return view


def _read_events(name: str, event: InboundEvent) -> list[AnymailTrackingEvent]:
    body = event.body.encode()
    environ: dict[str, Any] = {
        f"HTTP_{each.upper().replace('-', '_')}": event.headers[each]
        for each in _KEPT_HEADERS
        if each in event.headers
    }
    environ |= {
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": event.headers.get("Content-Type", "application/json"),
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }
    request = WSGIRequest(environ)
    try:
        found = _view(name).parse_events(request)
    except Exception as error:  # it is verified, but not in a form that the library knows
        raise BadData(f"What {name} posted cannot be read: {type(error).__name__}: {error}") from error
    return [each for each in found if isinstance(each, AnymailTrackingEvent)]


def _message_of(told: AnymailTrackingEvent) -> Message | None:
    named = told.message_id if isinstance(told.message_id, str) else ""
    return matching.by_ids([named])


def _apply(name: str, told: AnymailTrackingEvent, message: Message, event: InboundEvent, run: Run) -> None:
    says = storable(f"{told.mta_response or told.description or told.reject_reason or ''}")[:500]
    at = (
        told.timestamp
        if isinstance(told.timestamp, datetime) and told.timestamp.tzinfo
        else event.received_at
    )
    kind = told.event_type
    news = News(
        message=message,
        key=answers.key_of(name, told.message_id, told.recipient, kind, told.timestamp, told.click_url),
        at=min(at, run.now()),
        now=run.now(),
        by=name,
        detail={
            "provider": name,
            "says": says,
            "reason": told.reject_reason or "",
            "matched_by": matching.PROVIDER,
        },
    )
    if kind == EventType.DELIVERED:
        answers.note_delivered(news)
    elif kind == EventType.DEFERRED:
        answers.note_deferred(news)
    elif kind in (EventType.BOUNCED, EventType.REJECTED, EventType.FAILED):
        _apply_failure(news, told, says)
    elif kind == EventType.COMPLAINED:
        answers.note_complaint(news)
    elif kind == EventType.UNSUBSCRIBED:
        answers.note_no(news, reason=Suppression.Reason.UNSUBSCRIBED)
    elif kind == EventType.AUTORESPONDED:
        answers.note_automatic(news, back_on=None, delays=True)
    # Opens and clicks are our own to tell; queued and sent say no more than the ledger does.


_ENHANCED: Final = re.compile(r"\b[45]\.\d{1,3}\.\d{1,3}\b")
_SOFT: Final = re.compile(r"soft|transient|temporary|general", re.IGNORECASE)
_HARD: Final = re.compile(r"\bhard|hard_?bounce|permanent", re.IGNORECASE)


def _apply_failure(news: News, told: AnymailTrackingEvent, says: str) -> None:
    """Judge by the other server's code where the provider hands it on, else by the provider's own words."""
    reason = told.reject_reason
    if reason in (RejectReason.UNSUBSCRIBED, RejectReason.SPAM):  # the provider's own list holds the address
        answers.note_no(news, reason=Suppression.Reason.UNSUBSCRIBED)
        return
    answers.note_bounce(news, _verdict(reason, says, _own_word(told)))


def _verdict(reason: str | None, says: str, word: str) -> Message.Bounce:
    if code := _ENHANCED.search(says):
        return verdict_of(code[0], says)
    if reason == RejectReason.BLOCKED:
        return Message.Bounce.POLICY
    if _SOFT.search(word) or reason == RejectReason.TIMED_OUT:
        return Message.Bounce.SOFT
    if (
        _HARD.search(f"{word} {says}")
        or reason == RejectReason.INVALID
        or (reason == RejectReason.BOUNCED and not says)
    ):
        return Message.Bounce.HARD
    return verdict_of("", says)


def _own_word(told: AnymailTrackingEvent) -> str:
    """Return what the provider itself calls the event, as soft_bounce or HardBounce."""
    fields = told.esp_event if isinstance(told.esp_event, dict) else {}
    return " ".join(str(fields.get(name, ""))[:40] for name in ("event", "Type", "type", "bounce_class"))
