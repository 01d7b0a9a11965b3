"""What bounces and complaints say, in the standard's form and in the ways of servers that have their own."""

from datetime import UTC, datetime

import pytest

from campaigns.bounces import (
    Bounce,
    Complaint,
    address_with_token,
    message_of_address,
    read_bounce,
    read_complaint,
    verdict_of,
)
from campaigns.incoming import read_mail
from campaigns.models import Message
from campaigns.tests import arrivals
from campaigns.tests.arrivals import OUR_ID, SHAPES, Shape
from pipeline.errors import BadData

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def read(raw: bytes) -> Bounce | None:
    return read_bounce(read_mail(raw, received_at=AT))


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_each_shape_of_bounce_is_read(shape: Shape):
    bounce = read(shape.raw(arrivals.BOX, OUR_ID))

    assert bounce is not None
    assert (bounce.action, bounce.verdict) == (shape.action, shape.verdict)
    assert (OUR_ID.strip("<>") in bounce.returned_ids) == shape.names_id


def test_there_are_enough_shapes_to_speak_of_a_corpus():
    assert len(SHAPES) >= 25
    assert {shape.verdict for shape in SHAPES} == {"hard", "soft", "policy"}


@pytest.mark.parametrize(
    "raw",
    [
        arrivals.make_answer("Undeliverable? No, it came. Call me."),
        arrivals.make_answer("We deliver bread.", subject="Delivery status of your bread order"),
        arrivals.make_answer(
            "I am away.", subject="Out of office", Auto_Submitted="auto-replied", Return_Path="<>"
        ),
        arrivals.make_complaint(),
        b"",
        b"\xff\xfe\x00",
    ],
)
def test_what_is_no_bounce_is_not_taken_for_one(raw: bytes):
    assert read(raw) is None


@pytest.mark.parametrize(
    ("status", "says", "verdict"),
    [
        ("5.1.1", "", "hard"),
        ("5.1.2", "", "hard"),
        ("5.2.1", "", "hard"),
        ("5.2.2", "user unknown", "soft"),
        ("4.7.1", "greylisted", "soft"),
        ("5.7.1", "user unknown", "policy"),
        ("5.1.8", "bad sender", "policy"),
        ("5.4.1", "Recipient address rejected: Access denied", "hard"),
        ("5.3.0", "", "soft"),
        ("", "", "soft"),
    ],
)
def test_a_verdict_is_hard_only_where_the_box_is_what_is_wrong(status: str, says: str, verdict: str):
    assert verdict_of(status, says) == verdict


def test_of_several_recipients_the_one_that_failed_counts():
    raw = arrivals.make_dsn().replace(
        b"Final-Recipient:",
        b"Final-Recipient: rfc822; other@brooklane.example\r\nAction: relayed\r\nStatus: 2.0.0\r\n\r\nFinal-Recipient:",
        1,
    )
    bounce = read(raw)
    assert bounce is not None
    assert (bounce.action, bounce.status, bounce.recipients) == ("failed", "5.1.1", (arrivals.RECIPIENT,))


def test_a_complaint_names_the_mail_and_the_address():
    complaint = read_complaint(read_mail(arrivals.make_complaint(), received_at=AT))
    assert complaint == Complaint("abuse", (arrivals.RECIPIENT,), (OUR_ID.strip("<>"),))
    assert read_complaint(read_mail(arrivals.make_dsn(), received_at=AT)) is None
    not_spam = arrivals.make_complaint().replace(b"Feedback-Type: abuse", b"Feedback-Type: not-spam")
    assert read_complaint(read_mail(not_spam, received_at=AT)) is None


def test_an_address_with_a_token_names_its_mail_in_any_case_and_no_other():
    address = address_with_token("b@fernhill.example", Message(pk=12345))
    local, _, domain = address.partition("@")

    assert domain == "fernhill.example"
    assert len(local) <= 64
    assert message_of_address(address) == message_of_address(address.upper()) == 12345
    for place in range(2, len(local)):
        other = "a" if local[place] != "a" else "b"
        found = message_of_address(f"{local[:place]}{other}{local[place + 1 :]}@{domain}")
        assert found is None or place == len(local) - 1  # two bits of the last letter say nothing


@pytest.mark.parametrize(
    "address", ["b@fernhill.example", "b+@x.example", "b+" + "a" * 34 + "@x.example", "", "+@"]
)
def test_an_address_without_a_token_of_ours_names_nothing(address: str):
    assert message_of_address(address) is None


def test_an_address_that_leaves_no_room_for_the_token_is_refused():
    with pytest.raises(BadData, match="too long"):
        address_with_token("b" * 40 + "@fernhill.example", Message(pk=1))


def test_whatever_arrives_is_read_without_a_fault():
    whole = arrivals.make_dsn()
    for cut in range(0, len(whole), 37):
        read(whole[:cut])
        read(whole[:cut] + b"\x00\xff\xfe=?utf-8?b?!!?=" + whole[cut:])
    deep = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(3000)
    )
    assert read(deep) is None
    assert (
        read(b"Content-Type: text/plain; charset=no-such\r\nFrom: mailer-daemon@x.example\r\n\r\n\xff")
        is None
    )
