"""The folder of sent mails: some servers put every mail there that they take over SMTP."""

import imaplib
from collections.abc import Iterator
from typing import Final

from campaigns.mailreaders.base import BoxUnreachable
from campaigns.mailreaders.imap import (
    _LIST_LINE,
    _TROUBLES,
    ImapReader,
    _data,
    _quoted,
    _unquoted,
    imap_server,
)

_SENT_NAMES: Final = frozenset(
    {"sent", "sent items", "sent mail", "sent messages", "inbox.sent", "[gmail]/sent mail"}
)


def is_in_sent(url: str, message_id: str) -> bool:
    """Tell whether the box at imaps://user:password@host:993/ keeps a mail with this id among those sent.

    Its absence proves nothing: many servers keep none. Raises ImproperlyConfigured, BoxUnreachable.
    """
    with ImapReader(imap_server(url)).open_box() as box:
        client = box._client
        try:
            return any(_holds(client, folder, message_id) for folder in _sent_folders(client))
        except _TROUBLES as error:
            raise BoxUnreachable(f"The sent mails cannot be searched: {type(error).__name__}") from error


def _sent_folders(client: imaplib.IMAP4) -> Iterator[str]:
    for line in _data(client.list()):
        match = _LIST_LINE.fullmatch(line) if isinstance(line, bytes) else None
        if match is None:
            continue
        flags, name = match["flags"].lower().split(), _unquoted(match["name"])
        if rb"\noselect" not in flags and (rb"\sent" in flags or name.lower() in _SENT_NAMES):
            yield name


def _holds(client: imaplib.IMAP4, folder: str, message_id: str) -> bool:
    _data(client.select(_quoted(folder), readonly=True))
    found = _data(client.search(None, "HEADER", "Message-ID", _quoted(message_id)))
    return bool(found and found[0])
