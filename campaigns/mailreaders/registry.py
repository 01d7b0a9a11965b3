"""Chooses the reader for the address of a box."""

from campaigns.mailreaders.base import MailReader
from campaigns.mailreaders.imap import ImapReader, imap_server


def reader_from_url(url: str) -> MailReader:
    """Return the reader for imaps://user:password@host:993/. Raises ImproperlyConfigured."""
    return ImapReader(imap_server(url))
