"""What a mail to staff is made of: a subject, a text and an HTML part without anything remote."""

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any, Final

import css_inline
from django.conf import settings
from django.template.loader import render_to_string

_INLINER: Final = css_inline.CSSInliner(keep_at_rules=True, load_remote_stylesheets=False)


@dataclass(frozen=True)
class StaffMail:
    """One mail to staff, as people read it."""

    subject: str
    text: str
    html: str


def render_mail(subject: str, template: str, context: dict[str, Any]) -> StaffMail:
    """Render `<template>.txt` and `<template>.html`; the styles of the HTML stand in its tags, as clients want."""
    subject = " ".join(subject.split())
    context = context | {"subject": subject, "base": settings.STAFF_BASE_URL}
    return StaffMail(
        subject=subject,
        text=render_to_string(f"{template}.txt", context).strip() + "\n",
        html=_INLINER.inline(render_to_string(f"{template}.html", context)).strip() + "\n",
    )


def mail_bytes(mail: StaffMail, *, recipient: str, message_id: str, at: datetime) -> bytes:
    """Return the mail as it goes over the wire; the same arguments give the same bytes.

    Raises ValueError for a recipient that is no mail address.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(settings.AGENCY_NAME, addr_spec=settings.MAIL_FROM)
    message["To"] = Address(addr_spec=recipient)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = message_id
    message["Auto-Submitted"] = "auto-generated"  # no out-of-office answers
    message.set_content(mail.text, cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", cte="quoted-printable")
    message.set_boundary(f"=_{message_id.strip('<>').partition('@')[0]}")
    return message.as_bytes()
