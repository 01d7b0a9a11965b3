"""The outbox keeps each mail whole and once, and its list shows any folder without falling over."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from campaigns.composing import make_message_id
from campaigns.tests.letters import MESSAGE_ID, PITCH, RECIPIENT, SENDER, SENT, make_mail
from campaigns.transports.outbox import OutboxTransport, list_outbox, read_outbox_mail
from pipeline.errors import BadData, Transient

NAME = f"20260302T090000Z-{MESSAGE_ID.strip('<>')}.eml"


def deliver(root: Path, mail: bytes | None = None, message_id: str = MESSAGE_ID) -> str:
    delivery = OutboxTransport(root).deliver(
        mail or make_mail(), sender=SENDER, recipient=RECIPIENT, message_id=message_id
    )
    return delivery.ref


def test_deliver_writes_the_frozen_bytes_under_a_name_made_of_date_and_id(tmp_path: Path):
    assert deliver(tmp_path / "out") == NAME
    assert (tmp_path / "out" / NAME).read_bytes() == make_mail()


def test_deliver_again_leaves_one_file(tmp_path: Path):
    deliver(tmp_path)
    deliver(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_deliver_leaves_no_half_written_file_when_the_disk_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Transient, match="No space left"):
        deliver(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_deliver_into_a_place_that_cannot_be_written_is_transient(tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Transient):
        deliver(tmp_path / "file" / "outbox")


def test_deliver_refuses_bytes_that_carry_another_id(tmp_path: Path):
    with pytest.raises(BadData, match="does not carry"):
        deliver(tmp_path, make_mail(message_id=make_message_id("campaign-8", 1, "fernhill.example")))
    assert list(tmp_path.iterdir()) == []


def test_deliver_refuses_a_mail_without_a_date(tmp_path: Path):
    undated = make_mail().replace(b"Date: ", b"X-Date: ", 1)
    with pytest.raises(BadData, match="no date"):
        deliver(tmp_path, undated)


def test_find_knows_what_was_delivered(tmp_path: Path):
    outbox = OutboxTransport(tmp_path)
    assert outbox.find(MESSAGE_ID) is False
    deliver(tmp_path)
    assert outbox.find(MESSAGE_ID) is True
    assert outbox.find(MESSAGE_ID.replace("<campaign-7", "<7")) is False


def test_list_is_empty_where_there_is_no_folder_yet(tmp_path: Path):
    assert list_outbox(tmp_path / "none") == []


def test_list_shows_the_newest_first(tmp_path: Path):
    for number in (2, 3, 1):
        key = make_message_id(f"campaign-{number}", 1, "fernhill.example")
        mail = make_mail(
            replace(PITCH, subject=f"Mail {number} für Café"),
            message_id=key,
            sent_date=SENT + timedelta(hours=number),
        )
        deliver(tmp_path, mail, key)
    mails = list_outbox(tmp_path, limit=2)
    assert [mail.subject for mail in mails] == ["Mail 3 für Café", "Mail 2 für Café"]
    assert mails[0].recipient == RECIPIENT
    assert mails[0].sender == SENDER
    assert mails[0].sent_date == datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert mails[0].size > 1_000
    assert (mails[0].text, mails[0].html) == ("", "")


def test_list_leaves_out_what_is_no_mail_of_ours(tmp_path: Path):
    deliver(tmp_path)
    (tmp_path / ".draft.part").write_bytes(b"half")
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "other.eml").write_bytes(make_mail())
    (tmp_path / NAME.replace("campaign-7", "folder")).mkdir()
    (tmp_path / NAME.replace("campaign-7", "link")).symlink_to(tmp_path / "notes.txt")
    (tmp_path / NAME.replace("20260302", "20269999")).write_bytes(make_mail())
    assert [mail.file_name for mail in list_outbox(tmp_path)] == [NAME]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\x00",
        b"Subject: =?utf-8?q?=1B[31mred=0D=0ABcc=3A_x?=\r\nTo: <<<>>,,\r\n\r\nhello",
        b'Subject: \r\nFrom: "\r\nTo: @\r\nContent-Type: multipart/mixed; boundary=\r\n\r\n--\r\n',
        b"Subject: a\r\nContent-Type: text/plain; charset=nonsense\r\n\r\nhello",
        b"To: =?utf-8?b?" + b"A" * 5_000 + b"?=\r\n\r\n",
        b"Subject: a\x00b\x1b\x07\r\n\r\n",
    ],
)
def test_list_shows_broken_files_without_harm(tmp_path: Path, raw: bytes):
    (tmp_path / NAME).write_bytes(raw)
    [mail] = list_outbox(tmp_path)
    for text in (mail.subject, mail.sender, mail.recipient):
        assert text
        assert text.isprintable()
    assert read_outbox_mail(tmp_path, NAME) is not None


def test_read_gives_both_parts(tmp_path: Path):
    deliver(tmp_path)
    mail = read_outbox_mail(tmp_path, NAME)
    assert mail is not None
    assert "Brook Lane Bakery & Café" in mail.text
    assert mail.html.startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(
    "name", ["../secret.eml", "/etc/passwd", "", "notes.txt", "..", f"../{NAME}", f"{NAME}\x00"]
)
def test_read_leaves_the_folder_alone(tmp_path: Path, name: str):
    (tmp_path / "secret.eml").write_bytes(make_mail())
    (tmp_path / NAME).write_bytes(make_mail())
    root = tmp_path / "outbox"
    root.mkdir()
    assert read_outbox_mail(root, name) is None


def test_read_of_a_mail_that_is_not_there_is_none(tmp_path: Path):
    assert read_outbox_mail(tmp_path, NAME) is None
