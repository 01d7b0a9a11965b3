"""A mail provider over its HTTP API, spoken by django-anymail.

A provider takes no bytes: the frozen mail is taken apart and handed over as the same headers and the same two
parts. Until the request has been written nothing was accepted; from then on, only the answer tells.
"""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, Final
from urllib.parse import quote

import requests
from anymail.exceptions import AnymailError, AnymailRequestsAPIError
from anymail.message import AnymailMessage
from django.utils.module_loading import import_string

from campaigns.transports.base import (
    NEVER,
    Delivery,
    MessageRefused,
    Policy,
    RecipientRefused,
    check_wire_form,
)
from campaigns.transports.provider_answers import meaning_of_answer, meaning_of_failure, shown
from pipeline.errors import BadData, Uncertain

TIMEOUT: Final = 30.0  # seconds until a provider must begin to answer
FIND_TIMEOUT: Final = 15.0  # seconds
# What a provider makes itself, or is given in fields of its own.
_OWN_HEADERS: Final = frozenset({"from", "to", "subject", "reply-to", "date", "mime-version"})


@dataclass(frozen=True)
class Provider:
    """What differs between providers.

    `keys` names what the user and the password of MAIL_URL are. `repeats_within` is how long it takes the same key
    in `key_header` for the same mail. `takes_envelope`: bounces may be sent where we say. `can_untrack`: its own
    pixel and links are switched off by mail, else in its account.
    """

    backend: str
    keys: tuple[str, ...] = ("api_key",)
    key_header: str = ""
    repeats_within: timedelta = NEVER
    takes_envelope: bool = False
    can_untrack: bool = True
    extra_headers: Mapping[str, str] = field(default_factory=dict)


PROVIDERS: Final[Mapping[str, Provider]] = {
    "brevo": Provider("anymail.backends.brevo.EmailBackend", can_untrack=False),
    "mailgun": Provider("anymail.backends.mailgun.EmailBackend"),
    "mailjet": Provider(
        "anymail.backends.mailjet.EmailBackend", keys=("api_key", "secret_key"), takes_envelope=True
    ),
    "postmark": Provider(
        "anymail.backends.postmark.EmailBackend",
        keys=("server_token",),
        extra_headers={"X-PM-KeepID": "true"},  # else it writes a Message-ID of its own
    ),
    "resend": Provider(
        "anymail.backends.resend.EmailBackend",
        key_header="Idempotency-Key",
        repeats_within=timedelta(hours=23),  # it forgets a key after 24 h
        can_untrack=False,
    ),
    "sparkpost": Provider("anymail.backends.sparkpost.EmailBackend", takes_envelope=True),
}


@dataclass(frozen=True, slots=True)
class ProviderAccount:
    """Which provider, under which address ("" for its usual one), with which keys."""

    provider: str
    keys: tuple[str, ...] = field(repr=False)
    api_url: str = ""


class ProviderTransport:
    """Sends each mail as one request."""

    policy: Policy = "park"

    def __init__(self, account: ProviderAccount, *, name: str = "anymail", timeout: float = TIMEOUT) -> None:
        self.account = account
        self.name = name
        self.timeout = timeout
        self._provider = PROVIDERS[account.provider]

    @property
    def repeats_within(self) -> timedelta:
        """How long after its first try a mail may be handed over again: the provider knows it by its key."""
        return self._provider.repeats_within

    def deliver(
        self, message: bytes, *, sender: str, recipient: str, message_id: str, envelope_sender: str = ""
    ) -> Delivery:
        """Hand over this mail and return the provider's own id; its webhooks name the mail in metadata["mail"].

        Raises RecipientRefused, MessageRefused, BadData, SourcePaused, Transient, Uncertain: see base.py.
        """
        check_wire_form(
            message,
            sender=sender,
            recipient=recipient,
            message_id=message_id,
            envelope_sender=envelope_sender,
        )
        mail = _taken_apart(message, recipient=recipient, message_id=message_id)
        mail.metadata = {"mail": bare_id(message_id)}
        mail.extra_headers |= self._provider.extra_headers
        if self._provider.can_untrack:
            mail.track_opens = mail.track_clicks = False
        if self._provider.takes_envelope and envelope_sender:
            mail.envelope_sender = envelope_sender
        with self._backend() as backend:
            payload = self._payload(backend, mail)
            if self._provider.key_header:
                payload.headers[self._provider.key_header] = bare_id(message_id)
            response = self._post(backend, payload, mail)
            return self._accepted(backend, payload, mail, response, recipient)

    def find(self, message_id: str) -> bool | None:
        """True where the provider lists a mail with this id; None else: its lists are late and forget."""
        found = {"mailgun": _find_at_mailgun, "postmark": _find_at_postmark}.get(self.account.provider)
        if found is None:
            return None
        with self._backend() as backend:
            try:
                return True if found(backend, message_id) else None
            except (requests.RequestException, ValueError, LookupError, TypeError, AttributeError):
                return None

    @contextlib.contextmanager
    def _backend(self) -> Iterator[Any]:
        """Open a session of its own for each mail: one that was kept may die just as a request is written."""
        options: dict[str, Any] = dict(zip(self._provider.keys, self.account.keys, strict=True))
        if self.account.api_url:
            options["api_url"] = self.account.api_url
        backend = import_string(self._provider.backend)(timeout=self.timeout, **options)
        backend.open()
        backend.session.max_redirects = 0
        try:
            yield backend
        finally:
            backend.close()

    def _payload(self, backend: Any, mail: AnymailMessage) -> Any:
        try:
            return backend.build_message_payload(mail, backend.send_defaults)
        except (AnymailError, ValueError) as error:  # nothing was asked yet
            raise BadData(f"{self._who} cannot take this mail: {self._shown(error)}") from error

    def _post(self, backend: Any, payload: Any, mail: AnymailMessage) -> requests.Response:
        try:
            response: requests.Response = backend.post_to_esp(payload, mail)
        except AnymailRequestsAPIError as error:
            if error.response is not None:
                raise meaning_of_answer(self.name, self._who, error.response, self.account.keys) from error
            if isinstance(error, requests.RequestException):
                raise meaning_of_failure(self.name, self._who, error) from error
            raise Uncertain(f"{self._who}: {self._shown(error)}") from error
        except AnymailError as error:  # the request could not even be put together
            raise BadData(f"{self._who} cannot take this mail: {self._shown(error)}") from error
        return response

    def _accepted(
        self, backend: Any, payload: Any, mail: AnymailMessage, response: requests.Response, recipient: str
    ) -> Delivery:
        said = f"{response.status_code} {shown(response.text, self.account.keys)}"
        try:
            statuses = backend.parse_recipient_status(response, payload, mail)
            status = statuses.get(recipient) or next(iter(statuses.values()))
        except (AnymailError, StopIteration, ValueError, LookupError, TypeError, AttributeError) as error:
            raise meaning_of_answer(self.name, self._who, response, self.account.keys) from error
        if status.status in ("invalid", "rejected"):
            raise RecipientRefused(f"{self._who} answered {said}")
        if not response.ok:
            raise meaning_of_answer(self.name, self._who, response, self.account.keys)
        if status.status == "failed":
            raise MessageRefused(f"{self._who} answered {said}")
        if status.status not in ("sent", "queued") or not status.message_id:
            raise Uncertain(f"{self._who} answered {said}")
        return Delivery(reply=said, ref=str(status.message_id)[:200])

    @property
    def _who(self) -> str:
        return self.account.provider.capitalize()

    def _shown(self, error: BaseException) -> str:
        return shown(str(error), self.account.keys)


def bare_id(message_id: str) -> str:
    """Return a Message-ID without its angle brackets: what a provider is told, and gives back."""
    return message_id.strip("<>")


def _taken_apart(message: bytes, *, recipient: str, message_id: str) -> AnymailMessage:
    """Return the frozen mail as django-anymail takes it; raises BadData for what would not arrive as it was frozen."""
    frozen = message_from_bytes(message, policy=default)
    if str(frozen["Message-ID"] or "").strip() != message_id:
        raise BadData(f"The mail does not carry the Message-ID {message_id}")
    if [address.addr_spec for address in frozen["To"].addresses] != [recipient]:
        raise BadData("The mail is addressed to somebody else")
    text, html = _part(frozen, "plain"), _part(frozen, "html")
    known = sum(part is not None for part in (text, html))
    if text is None or sum(not part.is_multipart() for part in frozen.walk()) != known:
        raise BadData("The mail has other parts than one text and one HTML part")
    headers = {
        name: str(value)
        for name, value in frozen.items()
        if name.lower() not in _OWN_HEADERS and not name.lower().startswith("content-")
    }
    mail = AnymailMessage(
        subject=str(frozen["Subject"] or ""),
        body=text,
        from_email=str(frozen["From"]),
        to=[str(frozen["To"])],
        reply_to=[str(frozen["Reply-To"])] if frozen["Reply-To"] else None,
        headers=headers,
    )
    if html is not None:
        mail.attach_alternative(html, "text/html")
    return mail


def _part(frozen: EmailMessage, kind: str) -> str | None:
    part = frozen.get_body((kind,))
    return None if part is None else str(part.get_content())


def _find_at_mailgun(backend: Any, message_id: str) -> bool:
    domain = bare_id(message_id).rpartition("@")[2]
    answer = backend.session.get(
        f"{backend.api_url}{quote(domain, safe='')}/events",
        params={"message-id": bare_id(message_id), "limit": 1},
        auth=("api", backend.api_key),
        timeout=FIND_TIMEOUT,
    )
    answer.raise_for_status()
    return any(
        item["message"]["headers"]["message-id"] == bare_id(message_id) for item in answer.json()["items"]
    )


def _find_at_postmark(backend: Any, message_id: str) -> bool:
    answer = backend.session.get(
        f"{backend.api_url}messages/outbound",
        params={"count": 1, "offset": 0, "metadata_mail": bare_id(message_id)},
        headers={"Accept": "application/json", "X-Postmark-Server-Token": backend.server_token},
        timeout=FIND_TIMEOUT,
    )
    answer.raise_for_status()
    return any(item["Metadata"]["mail"] == bare_id(message_id) for item in answer.json()["Messages"])
