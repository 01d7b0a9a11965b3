"""What an answer says: what is new in it, whether a machine wrote it, whether it is a no."""

from datetime import UTC, date, datetime

import pytest

from campaigns.incoming import plain_text, read_mail
from campaigns.replies import find_return, is_no, new_text, read_automatic
from campaigns.tests.arrivals import make_answer

TODAY = date(2026, 3, 2)
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
QUOTES = [
    "On Mon, 2 Mar 2026 at 09:00, Mara Lind <hello@fernhill.example> wrote:\n> To unsubscribe follow this link",
    "On Mon, Mar 2, 2026 at 9:00 AM Mara Lind of Fernhill Web Studio\n<hello@fernhill.example> wrote:\n\n> unsubscribe",
    "Am 02.03.2026 um 09:00 schrieb Mara Lind <hello@fernhill.example>:\n> abmelden",
    "Am Mo., 2. März 2026 um 09:00 Uhr schrieb Mara Lind <\nhello@fernhill.example>:\n> abmelden",
    "-----Original Message-----\nFrom: Mara Lind\nunsubscribe",
    "-----Ursprüngliche Nachricht-----\nVon: Mara Lind\nabmelden",
    "________________________________\nFrom: Mara Lind\nunsubscribe",
    "From: Mara Lind <hello@fernhill.example>\nSent: Monday\nTo: Jo\nSubject: A website\n\nunsubscribe",
    "Von: Mara Lind\nGesendet: Montag\nAn: Jo\nBetreff: Eine Website\n\nabmelden",
    "-- \nUnsubscribe Ltd, 1 Stop Street",
    "Sent from my iPhone\n\n> unsubscribe",
    "Von meinem iPhone gesendet\nabmelden",
    "> unsubscribe\n> stop",
]


@pytest.mark.parametrize("quote", QUOTES)
def test_only_what_is_newly_written_is_read(quote: str):
    assert new_text(f"That looks good.\nCall me.\n\n{quote}") == "That looks good.\nCall me."


def test_an_answer_between_quoted_lines_is_read():
    assert (
        new_text("> How much?\n29 a month is fine.\n> When?\nTomorrow.") == "29 a month is fine.\nTomorrow."
    )


def test_html_is_read_as_text_without_its_quote():
    html = (
        "<p>Yes, <b>please</b> &amp; thanks.</p><script>alert(1)</script><style>p{}</style>"
        "<blockquote><p>unsubscribe</p><blockquote>stop</blockquote></blockquote><div>Jo</div>"
    )
    assert plain_text(html) == "Yes, please & thanks.\n\nJo"
    mail = read_mail(make_answer("", html=html), received_at=AT)
    assert mail.text == "Yes, please & thanks.\n\nJo"


@pytest.mark.parametrize(
    "text",
    [
        "STOP", "Stop.", "unsubscribe", "Please unsubscribe me from this list", "remove me", "REMOVE",
        "Take me off your list please", "please take our shop off this", "don't email us again",
        "Don’t contact me again.", "Hi,\nno more emails please.\nJo", "I want to opt out", "Kindly stop sending these",
        "Hello\n\nStop\n\nJo", "We do not want this, unsubscribe", "Delete our e-mail address", "leave us alone",
        "Bitte abmelden", "keine Werbung", "Keine Werbung bitte!", "Bitte tragen Sie mich aus Ihrem Verteiler aus.",
        "Wir möchten keine weiteren E-Mails von Ihnen erhalten", "Bitte nehmen Sie uns aus dem Verteiler",
        "Ich möchte mich abmelden.", "Bitte nicht mehr kontaktieren", "Melden Sie uns ab", "austragen",
        "Hiermit widerspreche ich der Nutzung meiner Daten", "Wir wollen keine Werbung von Ihnen.",
        "Please remove me.\n\nKind regards,\nJo",
    ],
)  # fmt: skip
def test_a_no_is_taken_by_its_word(text: str):
    assert is_no(new_text(text), "Re: A website for you")


@pytest.mark.parametrize(
    "text",
    [
        "Please stop by our shop on Monday", "We'd love to see it, thanks!", "Take us through the price",
        "You can't stop progress", "Stop Inn is open again", "It would be a non-stop hit", "The bus stop is outside",
        "Could you remove our phone number from the site? Otherwise great.", "Not interested in a blog, only the site",
        "Wir machen keine Werbung, wie haben Sie uns gefunden?", "What is the unsubscribe rate of your newsletters?",
        "How can our guests unsubscribe from the newsletter?", "Can we take the photo off the front page?",
        "Yes please.\n\nKind regards,\nJo\nStop\nNon Stop Coffee", "Opt out of the blog section, otherwise fine",
        "Sehr schön, rufen Sie an!", "Ja gern.\n\nMit freundlichen Grüßen\nAbmelden GmbH", "",
    ],
)  # fmt: skip
def test_what_only_holds_such_a_word_is_no_no(text: str):
    assert not is_no(new_text(text), "Re: A website for you")


def test_a_mail_with_the_word_as_its_subject_is_a_no():
    assert is_no("", "Unsubscribe")
    assert is_no("Jo Brook\nBrook Lane Bakery", "unsubscribe")
    assert not is_no("Gladly.", "Re: unsubscribe rates of our newsletter")
    assert not is_no("", "Re: A website for you")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("I am away from 2 March until 16 March.", date(2026, 3, 16)),
        ("I will be back on 2026-03-20", date(2026, 3, 20)),
        ("I will return on Monday, March 9th.", date(2026, 3, 9)),
        ("returning 3/9/2026", date(2026, 3, 9)),
        ("out of the office until 15/3", date(2026, 3, 15)),
        ("Ich bin bis zum 13.03.2026 nicht im Büro", date(2026, 3, 13)),
        ("ab dem 17. März wieder erreichbar", date(2026, 3, 17)),
        ("vom 02.03. bis einschließlich 10.3. im Urlaub", date(2026, 3, 10)),
        ("Betriebsferien bis 7. Jänner", None),  # too far off to be believed
        ("Out until further notice", None),
        ("I left on 2 February. Call 555-0100", None),
        ("back on 31 February", None),
    ],
)  # fmt: skip
def test_the_day_of_return_is_read_in_english_and_german(text: str, day: date | None):
    assert find_return(text, TODAY) == day


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated; owner-email=x@y.example"},
        {"X_Autoreply": "yes"},
        {"Precedence": "auto_reply"},
        {"Return_Path": "<>"},
        {"subject": "Automatic reply: A website for you"},
        {"subject": "Abwesenheitsnotiz"},
    ],
)
def test_a_machine_is_told_by_its_signs(headers: dict[str, str]):
    mail = read_mail(make_answer("Back on 9 March.", **headers), received_at=AT)
    automatic = read_automatic(mail)
    assert automatic is not None
    assert (automatic.back_on, automatic.delays) == (date(2026, 3, 9), True)


@pytest.mark.parametrize("headers", [{}, {"Auto_Submitted": "no"}, {"subject": "Re: out of office hours"}])
def test_a_person_is_no_machine(headers: dict[str, str]):
    assert read_automatic(read_mail(make_answer("I am back on 9 March.", **headers), received_at=AT)) is None


def test_a_receipt_delays_nothing():
    raw = b"Content-Type: multipart/report; report-type=disposition-notification; boundary=b\r\n\r\n--b--\r\n"
    automatic = read_automatic(read_mail(raw, received_at=AT))
    assert automatic is not None
    assert not automatic.delays


@pytest.mark.parametrize(
    "text",
    [
        "On " * 9000,
        "bitte " * 20000,
        "from: \n" * 5000,
        "Am 1 " * 9000,
        "1." * 20000,
        "wünsche a b " * 9000,
        "> " * 20000,
    ],
    ids=lambda text: text[:8].strip(),
)
def test_text_made_to_take_for_ever_is_read(text: str):
    written = new_text(text)
    is_no(written, text)
    find_return(text, TODAY)
