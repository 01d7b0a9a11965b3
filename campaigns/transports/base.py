"""How a frozen mail leaves the house, and what a failure says about whether it was accepted.

An error tells by its class what is known: Transient (surely not accepted, a later try may work), SourcePaused
(surely not accepted, the sender is refused), BadData and its classes below (surely not accepted, this mail never
will be), Uncertain (it may have been accepted: only a person or the other side can tell).
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal, Protocol

from campaigns.addresses import check_address
from pipeline.errors import BadData

Policy = Literal["idempotent", "ask", "park"]
NEVER: Final = timedelta(0)

_LONGEST_LINE = 998  # RFC 5322
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9._+-]{1,130}@[A-Za-z0-9.-]{1,100}>")


class RecipientRefused(BadData):
    """The box does not exist or takes no mail: the recipient's fault, and for good."""


class MessageRefused(BadData):
    """The server refused this very mail for good; neither the sender nor the recipient is known to be bad."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What the other side answered on acceptance, and its own reference for the mail ("" when it gave none)."""

    reply: str
    ref: str


class Transport(Protocol):
    """`policy` is what may be done when it is not known whether a mail was accepted.

    "idempotent": deliver again, it stays one mail; "ask": `find` knows; "park": reconciling or a person decides.
    `repeats_within`: so long after the first try the other side takes the same mail for the same; NEVER: it does not.
    """

    @property
    def name(self) -> str: ...

    @property
    def policy(self) -> Policy: ...

    @property
    def repeats_within(self) -> timedelta: ...

    def deliver(
        self, message: bytes, *, sender: str, recipient: str, message_id: str, envelope_sender: str = ""
    ) -> Delivery:
        """Hand over this mail for exactly one recipient; raises the errors named above.

        A server gets exactly these bytes; a provider that takes no bytes gets the same headers and parts.
        `envelope_sender` is where a bounce goes, "" for the sender.
        """
        ...

    def find(self, message_id: str) -> bool | None:
        """Whether a mail with this id was accepted; None when this transport cannot tell. "park" never says False."""
        ...


def check_message_id(message_id: str) -> None:
    """Raise BadData unless `message_id`, with its angle brackets, is fit for a header and a file name."""
    if not _MESSAGE_ID.fullmatch(message_id):
        raise BadData(f"{message_id[:80]!a} is not a Message-ID such as <key.1.hash@agency.example>")


def check_wire_form(
    message: bytes, *, sender: str, recipient: str, message_id: str, envelope_sender: str = ""
) -> None:
    """Raise BadData for what no transport may pass on: loose line breaks, endless lines, more than one recipient."""
    check_address(sender)
    check_address(envelope_sender or sender)
    check_address(recipient)
    check_message_id(message_id)
    if not message.endswith(b"\r\n") or b"\r\n\r\n" not in message:
        raise BadData("The mail is not complete: it has no body or its last line does not end")
    # A bare CR or LF is how one mail is smuggled into another.
    if not message.count(b"\r") == message.count(b"\n") == message.count(b"\r\n"):
        raise BadData("The mail has line breaks that are not CRLF")
    if max(map(len, message.split(b"\r\n"))) > _LONGEST_LINE:
        raise BadData(f"The mail has a line of more than {_LONGEST_LINE} characters")
