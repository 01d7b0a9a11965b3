"""Rereading: the letter inside a frozen mail, so that a person can change its words. The reverse of composing."""

from email import message_from_bytes
from email.policy import default
from html.parser import HTMLParser

from campaigns.models import Message
from campaigns.writers.base import Pitch
from pipeline.errors import BadData


def pitch_of(message: Message) -> Pitch:
    """Return the letter of a mail as it was written; raises BadData for bytes that are no mail of ours."""
    mail = message_from_bytes(bytes(message.body), policy=default)
    parts = {kind: mail.get_body((kind,)) for kind in ("plain", "html")}
    text, html = (str(part.get_content()) if part else "" for part in parts.values())
    blocks = [block.splitlines() for block in text.replace("\r\n", "\n").split("\n\n") if block.strip()]
    links = [number for number, lines in enumerate(blocks) if len(lines) == 2 and "://" in lines[1]]
    if len(links) < 3 or len(blocks) <= links[2] + 1:
        raise BadData("The letter of this mail cannot be read any more, so it cannot be changed")
    site, claim, no = links[:3]
    return Pitch(
        subject=message.subject,
        preheader=_Preheader(html).text.strip(),
        paragraphs=tuple(lines[0] for lines in blocks[:site]),
        call_to_action=blocks[site][0].removesuffix(":"),
        closing=tuple(lines[0] for lines in blocks[site + 1 : claim]),
        sign_off=blocks[no + 1][0],
        language=message.language,
    )


class _Preheader(HTMLParser):
    """The line that a mail program shows beside the subject: the first text of the body."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self._inside = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = self._inside or tag == "body"

    def handle_data(self, data: str) -> None:
        if self._inside and not self.text and data.strip():
            self.text = data
