"""Mails as they arrive: answers of people and machines, and bounces as two dozen kinds of servers write them."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage

BOX = "hello@fernhill.example"
RECIPIENT = "info@brooklane.example"
OUR_ID = "<campaign-7.1.0123456789abcdef@fernhill.example>"


def make_answer(
    text: str = "Yes please, call me.",
    *,
    sender: str = RECIPIENT,
    to: str = BOX,
    subject: str = "Re: A website for you",
    html: str = "",
    **headers: str,
) -> bytes:
    """A mail as a person's program writes it; further headers with _ for -."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    mail["Message-ID"] = headers.pop("Message_ID", "<answer-1@brooklane.example>")
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    if text:
        mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html") if text else mail.set_content(html, subtype="html")
    return mail.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def make_dsn(
    *,
    to: str = BOX,
    status: str = "5.1.1",
    action: str = "failed",
    diagnostic: str = "smtp; 550 5.1.1 <info@brooklane.example>: Recipient address rejected: User unknown",
    recipient: str = RECIPIENT,
    returned: str = OUR_ID,
    returned_as: str = "text/rfc822-headers",
    sender: str = "MAILER-DAEMON@mail.fernhill.example (Mail Delivery System)",
    subject: str = "Undelivered Mail Returned to Sender",
    fields: str = "",
) -> bytes:
    """A bounce in the form of RFC 3464."""
    number = zlib.crc32(f"{to} {status} {action} {returned}".encode())  # no two bounces have one id
    said = f"Diagnostic-Code: {diagnostic}\n" if diagnostic else ""
    code = f"Status: {status}\n" if status else ""
    headers = (
        f"From: {BOX}\nTo: {recipient}\nSubject: A website for you\nMessage-ID: {returned}\n"
        if returned
        else ""
    )
    original = f"--b1\nContent-Type: {returned_as}\n\n{headers}\nHello.\n" if returned else ""
    return _wire(
        f"""Return-Path: <>
Delivered-To: {to}
From: {sender}
To: {to}
Subject: {subject}
Auto-Submitted: auto-replied
Message-ID: <dsn-{number}@mail.fernhill.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain; charset=us-ascii

This is the mail system. Your message could not be delivered.

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.fernhill.example
Arrival-Date: Mon, 2 Mar 2026 09:00:00 +0000

Final-Recipient: rfc822; {recipient}
{fields}Action: {action}
{code}{said}
{original}--b1--
"""
    )


def make_complaint(*, to: str = BOX, returned: str = OUR_ID, recipient: str = RECIPIENT) -> bytes:
    """A complaint in the form of RFC 5965."""
    return _wire(
        f"""Return-Path: <fbl@mailbox.example>
From: <fbl@mailbox.example>
To: {to}
Subject: FW: A website for you
Message-ID: <arf-1@mailbox.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="b1"

--b1
Content-Type: text/plain

This is an email abuse report for a message from IP 192.0.2.1.

--b1
Content-Type: message/feedback-report

Feedback-Type: abuse
User-Agent: Example/0.1
Version: 1
Original-Mail-From: <{to}>
Original-Rcpt-To: <{recipient}>

--b1
Content-Type: message/rfc822
Content-Disposition: inline

From: {BOX}
To: {recipient}
Subject: A website for you
Message-ID: {returned}

Hello.
--b1--
"""
    )


@dataclass(frozen=True)
class Shape:
    """One kind of bounce: how it looks for a mail of this address and id, and what it tells."""

    name: str
    raw: Callable[[str, str], bytes]  # where it comes to, the id of the mail it is about
    action: str
    verdict: str
    names_id: bool = True  # whether it returns the id of our mail


def _plain(
    sender: str, subject: str, text: str, *, path: str = "<>", more: str = ""
) -> Callable[[str, str], bytes]:
    def raw(to: str, returned: str) -> bytes:
        head = f"Return-Path: {path}\nDelivered-To: {to}\nFrom: {sender}\nTo: {to}\nSubject: {subject}\n"
        return _wire(
            head
            + f"Message-ID: <b-2@mx.example>\n{more}\n"
            + text.replace("{id}", returned).replace("{to}", to)
        )

    return raw


def _dsn(**over: str) -> Callable[[str, str], bytes]:
    return lambda to, returned: make_dsn(to=to, returned=returned if over.get("returned") != "" else "", **{
        name: value for name, value in over.items() if name != "returned"
    })  # fmt: skip


_COPY = "\n\n--- Below this line is a copy of the message.\n\nReturn-Path: <{to}>\nFrom: hello@fernhill.example\n" \
    "To: info@brooklane.example\nMessage-ID: {id}\nSubject: A website for you\n\nHello.\n"  # fmt: skip

SHAPES = [
    Shape("postfix, no such user", _dsn(), "failed", "hard"),
    Shape("postfix, whole mail returned", _dsn(returned_as="message/rfc822"), "failed", "hard"),
    Shape("postfix, no such domain", _dsn(
        status="5.4.4", diagnostic="X-Postfix; Host or domain name not found. Name service error",
    ), "failed", "hard"),
    Shape("postfix, put off", _dsn(
        status="4.4.1", action="delayed", diagnostic="X-Postfix; connect to mx: Connection timed out",
        subject="Delayed Mail (still being retried)",
    ), "delayed", "soft"),
    Shape("gave up after days", _dsn(
        status="4.4.1", diagnostic="X-Postfix; connect to mx: Connection timed out"
    ), "failed", "soft"),
    Shape("box is full", _dsn(status="5.2.2", diagnostic="smtp; 552 5.2.2 Mailbox full"), "failed", "soft"),
    Shape("box is switched off", _dsn(status="5.2.1", diagnostic="smtp; 550 5.2.1 disabled"), "failed", "hard"),
    Shape("refused for policy", _dsn(
        status="5.7.1", diagnostic="smtp; 550 5.7.1 Message rejected due to content restrictions"
    ), "failed", "policy"),
    Shape("refused for authentication", _dsn(
        status="5.7.26", diagnostic="smtp; 550-5.7.26 unauthenticated, see the DMARC policy"
    ), "failed", "policy"),
    Shape("refused by its provider's bulk rule", _dsn(
        status="5.7.515", diagnostic="smtp; 550 5.7.515 Access denied, sending domain does not pass"
    ), "failed", "policy"),
    Shape("general code, telling words", _dsn(
        status="5.0.0", diagnostic="smtp; 550 5.1.1 no such user here"
    ), "failed", "hard"),
    Shape("general code, words only", _dsn(
        status="5.0.0", diagnostic="smtp; 554 delivery error: This user doesn't have an account"
    ), "failed", "hard"),
    Shape("general code, a block list", _dsn(
        status="5.0.0", diagnostic="smtp; 554 Service unavailable; client host blocked using a block list"
    ), "failed", "policy"),
    Shape("general code, no words", _dsn(status="5.0.0", diagnostic=""), "failed", "soft"),
    Shape("no code at all", _dsn(status="", diagnostic="smtp; 550 unknown user"), "failed", "hard"),
    Shape("a provider's office suite", _dsn(
        status="5.1.10", sender="Microsoft Outlook <postmaster@brooklane.example>",
        subject="Undeliverable: A website for you", returned_as="message/rfc822",
        diagnostic="smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
    ), "failed", "hard"),
    Shape("told as delivered", _dsn(
        status="2.0.0", action="delivered", diagnostic="smtp; 250 2.0.0 Ok", subject="Successful Mail Delivery Report"
    ), "delivered", "soft"),
    Shape("too large", _dsn(status="5.3.4", diagnostic="smtp; 552 5.3.4 message size too large"), "failed", "soft"),
    Shape("nothing returned", _dsn(returned=""), "failed", "hard", names_id=False),
    Shape("qmail", _plain(
        "MAILER-DAEMON@mx.brooklane.example", "failure notice",
        "Hi. This is the qmail-send program at mx.brooklane.example.\nI'm afraid I wasn't able to deliver your "
        "message to the following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out."
        "\n\n<info@brooklane.example>:\nSorry, no mailbox here by that name. (#5.1.1)" + _COPY,
    ), "failed", "hard"),
    Shape("exim", _plain(
        "Mail Delivery System <Mailer-Daemon@mx.brooklane.example>",
        "Mail delivery failed: returning message to sender",
        "This message was created automatically by mail delivery software.\n\nA message that you sent could not be "
        "delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:"
        "\n\n  info@brooklane.example\n    Unrouteable address\n\n------ This is a copy of the message, including all "
        "the headers. ------\n\nReturn-path: <{to}>\nMessage-ID: {id}\nSubject: A website for you\n\nHello.\n",
        more="X-Failed-Recipients: info@brooklane.example\nAuto-Submitted: auto-replied\n",
    ), "failed", "hard"),
    Shape("exim, put off", _plain(
        "Mail Delivery System <Mailer-Daemon@mx.brooklane.example>",
        "Warning: message 1abc delayed 24 hours",
        "This message was created automatically by mail delivery software.\nA message that you sent has not yet been "
        "delivered to one or more of its\nrecipients after more than 24 hours on the queue.\n\nThe address to which "
        "the message has not yet been delivered is:\n\n  info@brooklane.example\n\nNo action is required on your part. "
        "Delivery attempts will continue for\nsome time.\n" + _COPY,
        more="X-Failed-Recipients: info@brooklane.example\nAuto-Submitted: auto-replied\n",
    ), "delayed", "soft"),
    Shape("a gateway in its own words", _plain(
        "postmaster@brooklane.example", "Undeliverable mail",
        "Your mail could not be delivered.\n\nReason: 550 Mailbox unavailable\nTo: info@brooklane.example\n" + _COPY,
    ), "failed", "hard"),
    Shape("a gateway, the box is full", _plain(
        "MAILER-DAEMON@brooklane.example", "Returned mail: see transcript for details",
        "The following address had trouble: info@brooklane.example\n452 4.2.2 Mailbox full\n" + _COPY,
    ), "failed", "soft"),
    Shape("in German", _plain(
        "Mailer-Daemon@brooklane.example", "Unzustellbar: A website for you",
        "Ihre Nachricht konnte nicht zugestellt werden.\n\ninfo@brooklane.example: Postfach existiert nicht\n" + _COPY,
    ), "failed", "hard"),
    Shape("from nobody in particular", _plain(
        "Mail Administrator <admin@brooklane.example>", "Mail could not be delivered",
        "info@brooklane.example: 550 5.7.1 we do not like your address\n" + _COPY,
    ), "failed", "policy"),
]  # fmt: skip


def _wire(text: str) -> bytes:
    return text.encode().replace(b"\n", b"\r\n")
