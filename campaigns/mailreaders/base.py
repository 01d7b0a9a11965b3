"""How the mail that comes to a box is read, whatever keeps the box: nothing is moved, marked or deleted."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Protocol

MAIL_LIMIT: Final = 2_000_000  # bytes kept of one mail: its headers and its first parts


class BoxUnreachable(Exception):
    """The box, or one folder of it, cannot be read now; the message says why and never holds a password."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that exists: its name on the server, and whether the server or its filter keeps spam there."""

    name: str
    is_junk: bool


@dataclass(frozen=True, slots=True)
class RawMail:
    """One mail as it lies in the box, cut after MAIL_LIMIT bytes; `uid` counts up within one numbering."""

    uid: int
    raw: bytes
    received_at: datetime


class OpenFolder(Protocol):
    """A folder that is being read; `numbering` changes when its uids were given anew."""

    @property
    def numbering(self) -> int: ...

    def mails(self, *, after: int, since: date, limit: int) -> Iterator[RawMail]:
        """Yield up to `limit` mails with a uid above `after` that came on `since` or later, in that order.

        Raises BoxUnreachable.
        """
        ...


class OpenBox(Protocol):
    """A box that is logged in to."""

    def folders(self) -> list[Folder]:
        """Return the inbox and the folders for spam. Raises BoxUnreachable."""
        ...

    def has_sent(self, message_id: str) -> bool:
        """Tell whether the box keeps a mail with this id among those sent; that it does not proves nothing, for
        many servers keep none. Raises BoxUnreachable."""
        ...

    def open_folder(self, name: str) -> OpenFolder:
        """Begin to read a folder. Raises BoxUnreachable."""
        ...


class MailReader(Protocol):
    """A way into one box."""

    def open_box(self) -> AbstractContextManager[OpenBox]:
        """Log in for as long as the context lasts. Raises BoxUnreachable."""
        ...
