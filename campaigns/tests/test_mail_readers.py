"""What every reader of a box must do, proved against a real IMAP server on loopback."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import ImproperlyConfigured

from campaigns.mailreaders.base import MAIL_LIMIT, BoxUnreachable, Folder, RawMail
from campaigns.mailreaders.imap import imap_server
from campaigns.mailreaders.registry import reader_from_url
from campaigns.tests.imap_server import ImapServer

LONG_AGO = date(2026, 1, 1)


@pytest.fixture
def server() -> Iterator[ImapServer]:
    with ImapServer() as running:
        yield running


def read(server: ImapServer, *, after: int = 0, limit: int = 10, name: str = "INBOX") -> list[RawMail]:
    with reader_from_url(server.url).open_box() as box:
        return list(box.open_folder(name).mails(after=after, since=LONG_AGO, limit=limit))


def test_the_inbox_and_the_spam_folder_are_found(server: ImapServer):
    with reader_from_url(server.url).open_box() as box:
        assert box.folders() == [Folder("INBOX", is_junk=False), Folder("Junk", is_junk=True)]
        assert box.open_folder("Junk").numbering == 1


def test_mails_come_in_order_after_the_last_one_and_no_more_than_asked(server: ImapServer):
    raws = [b"Subject: %d\r\n\r\nText\r\n" % number for number in range(5)]
    for raw in raws:
        server.folders["INBOX"].add(raw)

    assert [mail.raw for mail in read(server)] == raws
    assert [mail.uid for mail in read(server, after=2, limit=2)] == [3, 4]
    assert read(server, after=5) == []  # "6:*" names mail 5 again
    assert read(server)[0].received_at == datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def test_nothing_in_the_box_is_changed(server: ImapServer):
    server.folders["INBOX"].add(b"Subject: x\r\n\r\ny\r\n")
    read(server)

    fetches = [command for command in server.commands if command.startswith("UID FETCH")]
    assert fetches
    assert all("BODY.PEEK[]" in command for command in fetches)
    assert any(command.startswith("EXAMINE") for command in server.commands)
    assert not [each for each in server.commands if each.split()[0] in ("SELECT", "STORE", "EXPUNGE", "MOVE")]


def test_of_a_huge_mail_the_beginning_is_read(server: ImapServer):
    server.folders["INBOX"].add(b"Subject: huge\r\n\r\n" + b"x" * (MAIL_LIMIT * 2))
    (mail,) = read(server)
    assert len(mail.raw) == MAIL_LIMIT
    assert mail.raw.startswith(b"Subject: huge\r\n")


def test_a_mail_that_is_gone_meanwhile_is_left_out(server: ImapServer):
    folder = server.folders["INBOX"]
    folder.add(b"Subject: 1\r\n\r\n\r\n")
    folder.add(b"Subject: 2\r\n\r\n\r\n")
    with reader_from_url(server.url).open_box() as box:
        mails = box.open_folder("INBOX").mails(after=0, since=LONG_AGO, limit=9)
        assert next(mails).uid == 1
        del folder.mails[2]
        assert list(mails) == []


@pytest.mark.parametrize("command", ["LOGIN", "LIST", "EXAMINE", "UID SEARCH", "UID FETCH"])
def test_a_refusal_is_told_without_the_password(server: ImapServer, command: str):
    server.folders["INBOX"].add(b"Subject: x\r\n\r\ny\r\n")
    server.refuse = command
    with pytest.raises(BoxUnreachable) as told, reader_from_url(server.url).open_box() as box:
        box.folders()
        list(box.open_folder("INBOX").mails(after=0, since=LONG_AGO, limit=9))
    assert "not today" in str(told.value)
    assert "secret" not in str(told.value)


def test_a_server_that_is_not_there_is_told(server: ImapServer):
    url = server.url
    server.__exit__()
    with pytest.raises(BoxUnreachable, match="did not let us in"), reader_from_url(url).open_box():
        pass
    server.__enter__()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "imaps://host.example",
        "https://a:b@host.example",
        "imaps://a:b@host:99999/",
        "imaps://:b@host.example",
    ],
)
def test_an_address_that_names_no_box_is_refused_without_its_password(url: str):
    with pytest.raises(ImproperlyConfigured, match="must look like"):
        imap_server(url)


def test_an_address_is_read_whole():
    server = imap_server("imaps://mara%40fernhill.example:p%40ss@imap.example/")
    assert (server.host, server.port, server.user, server.tls) == (
        "imap.example",
        993,
        "mara@fernhill.example",
        True,
    )
    assert server.password == "p@ss"
    assert "p@ss" not in repr(server)
