"""The built-in transport: each mail is one .eml file in a folder, and the page of mails reads that folder."""

import heapq
import os
import re
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

from businesses.contacts import clean_text
from campaigns.transports.base import Delivery, Policy, check_wire_form
from pipeline.errors import BadData, Transient

# 20261123T090000Z-campaign-1.1.0123456789abcdef@agency.example.eml: in the order of their dates.
_STAMP: Final = "%Y%m%dT%H%M%SZ"
_NAME: Final = re.compile(r"\d{8}T\d{6}Z-[A-Za-z0-9._+-]{1,130}@[A-Za-z0-9.-]{1,100}\.eml")
_SIZE_LIMIT: Final = 1_000_000  # bytes; no mail of ours comes near it
_NOTHING: Final = "(empty)"
_UNREADABLE: Final = "(unreadable)"


@dataclass(frozen=True, slots=True)
class StoredMail:
    """A mail of the outbox, for the eye: every text but the two parts is one line without control characters.

    `sender` and `recipient` are bare addresses, several are parted by commas.
    """

    file_name: str
    subject: str
    sender: str
    recipient: str
    sent_date: datetime
    size: int
    text: str = ""
    html: str = ""


class OutboxTransport:
    """Writes mails into `root`. The same mail again is the same file, so a repeat does no harm."""

    name = "outbox"
    policy: Policy = "idempotent"
    repeats_within = timedelta.max

    def __init__(self, root: Path) -> None:
        self.root = root

    def deliver(
        self, message: bytes, *, sender: str, recipient: str, message_id: str, envelope_sender: str = ""
    ) -> Delivery:
        """Write the file, whole or not at all; raises BadData for bytes that are no mail, Transient for a full disk."""
        check_wire_form(
            message,
            sender=sender,
            recipient=recipient,
            message_id=message_id,
            envelope_sender=envelope_sender,
        )
        name = _file_name(message, message_id)
        try:
            _write_whole(self.root, name, message)
        except OSError as error:
            reason = error.strerror or error
            raise Transient(f"The mail cannot be written into {self.root}: {reason}") from error
        return Delivery(reply=f"250 kept as {name}", ref=name)

    def find(self, message_id: str) -> bool | None:
        """Whether a mail with this id lies in the folder."""
        tail = f"{message_id.strip('<>')}.eml"
        return any(name.partition("-")[2] == tail for name in _mail_names(self.root))


def list_outbox(root: Path, *, limit: int = 50) -> list[StoredMail]:
    """Return the newest `limit` mails without their parts, newest first; what is no mail of ours is left out."""
    found = (_load(root, name, with_parts=False) for name in heapq.nlargest(limit, _mail_names(root)))
    return [mail for mail in found if mail is not None]


def read_outbox_mail(root: Path, file_name: str) -> StoredMail | None:
    """Return one mail with its text and HTML part, or None. The HTML is a stranger's: show it in a sandbox."""
    return _load(root, file_name, with_parts=True) if _NAME.fullmatch(file_name) else None


def _file_name(message: bytes, message_id: str) -> str:
    head = message_from_bytes(_head_of(message), policy=default)
    if str(head["Message-ID"] or "").strip() != message_id:
        raise BadData(f"The mail does not carry the Message-ID {message_id}")
    try:
        date = parsedate_to_datetime(str(head["Date"]))
    except ValueError as error:
        raise BadData(f"The mail {message_id} has no date") from error
    if date.tzinfo is None:  # "-0000" is UTC too
        date = date.replace(tzinfo=UTC)
    return f"{date.astimezone(UTC):{_STAMP}}-{message_id.strip('<>')}.eml"


def _head_of(message: bytes) -> bytes:
    return message.partition(b"\r\n\r\n")[0]


def _write_whole(root: Path, name: str, message: bytes) -> None:
    """Make `name` appear with all its bytes, safe from a power cut, or not at all."""
    root.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=root, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(message)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(root / name)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    folder = os.open(root, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _mail_names(root: Path) -> list[str]:
    try:
        with os.scandir(root) as entries:
            return [entry.name for entry in entries if _NAME.fullmatch(entry.name)]
    except FileNotFoundError:
        return []


def _load(root: Path, name: str, *, with_parts: bool) -> StoredMail | None:
    path = root / name
    try:
        if path.is_symlink() or not path.is_file():
            return None
        found = path.stat()
        if found.st_size > _SIZE_LIMIT:
            return None
        return _parse(path, with_parts=True) if with_parts else _listed(path, found.st_mtime_ns)
    except (OSError, ValueError):
        return None


@lru_cache(maxsize=200)  # the same file says the same, and to read a header takes a millisecond
def _listed(path: Path, _changed_ns: int) -> StoredMail:
    return _parse(path, with_parts=False)


def _parse(path: Path, *, with_parts: bool) -> StoredMail:
    raw = path.read_bytes()
    message = message_from_bytes(raw if with_parts else _head_of(raw), policy=default)
    return StoredMail(
        file_name=path.name,
        subject=_subject(message),
        sender=_addresses(message, "From"),
        recipient=_addresses(message, "To"),
        sent_date=datetime.strptime(path.name.partition("-")[0], _STAMP).replace(tzinfo=UTC),
        size=len(raw),
        text=_part(message, "plain") if with_parts else "",
        html=_part(message, "html") if with_parts else "",
    )


# The parser of the standard library raises errors of many kinds on broken input; one bad file must not hide the rest.
def _subject(message: EmailMessage) -> str:
    try:
        return clean_text(str(message["Subject"] or "")) or _NOTHING
    except Exception:
        return _UNREADABLE


def _addresses(message: EmailMessage, header: str) -> str:
    try:
        return ", ".join(clean_text(address.addr_spec) for address in message[header].addresses) or _NOTHING
    except Exception:
        return _UNREADABLE


def _part(message: EmailMessage, kind: Literal["plain", "html"]) -> str:
    try:
        part = message.get_body((kind,))
        return "" if part is None else str(part.get_content())
    except Exception:
        return _UNREADABLE
