"""What a mail that came says, as plain values. Everything in it was written by strangers and is bounded here."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from functools import cached_property
from typing import Final

import nh3

from businesses.contacts import normalise_email
from pipeline.errors import storable

TEXT_LIMIT: Final = 100_000  # characters looked at of one part
PARTS: Final = 60
_ADDRESSED: Final = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To", "Cc")
_ID: Final = re.compile(r"<([^<>\s@]{1,200}@[^<>\s@]{1,200})>")
_BLOCKS: Final = frozenset("p div br hr li tr ul ol table h1 h2 h3 h4 h5 h6 pre blockquote".split())
_TAG: Final = re.compile(r"<(/?)([a-z0-9]{1,20})>")
_ENTITIES: Final = {"&lt;": "<", "&gt;": ">", "&nbsp;": " ", "&quot;": '"', "&amp;": "&"}
_BLANK_LINES: Final = re.compile(r"\n{3,}")


@dataclass(frozen=True)
class Incoming:
    """One mail. `parsed` is its tree as the standard library reads it."""

    parsed: Message
    received_at: datetime

    def header(self, name: str) -> str:
        """Return a header in one line, decoded; "" where there is none."""
        return header_of(self.parsed, name)

    @cached_property
    def header_id(self) -> str:
        """Its own Message-ID with its brackets, "" where it has none."""
        found = ids_in(self.header("Message-ID"))
        return f"<{found[0]}>" if found else ""

    @cached_property
    def sender(self) -> str:
        """The bare address in From, "" where that is not one plain address."""
        return next(iter(self._addresses("From")), "")

    @cached_property
    def subject(self) -> str:
        return self.header("Subject")

    @cached_property
    def recipients(self) -> tuple[str, ...]:
        """Every plain address it went to, as the servers on its way and its writer say."""
        return tuple(dict.fromkeys(address for name in _ADDRESSED for address in self._addresses(name)))

    @cached_property
    def answered_ids(self) -> tuple[str, ...]:
        """The ids (without brackets) of the mails it answers, the nearest first."""
        nearest = ids_in(self.header("In-Reply-To"))
        return tuple(dict.fromkeys([*nearest, *reversed(ids_in(self.header("References")))]))[:50]

    @cached_property
    def is_from_nobody(self) -> bool:
        """Whether it came with an empty return path, as the mails of machines do."""
        path = self.parsed.get("Return-Path")
        return path is not None and str(path).strip() == "<>"

    @cached_property
    def text(self) -> str:
        """All its text as plain text, quotes included: of the text part, else of the HTML part."""
        htmls = []
        for part in parts_of(self.parsed):
            if part.get_content_disposition() == "attachment":
                continue
            if part.get_content_type() == "text/plain" and (text := text_of(part)).strip():
                return text
            if part.get_content_type() == "text/html":
                htmls.append(part)
        return plain_text(text_of(htmls[0])) if htmls else ""

    def _addresses(self, name: str) -> Iterator[str]:
        lines = [str(value)[:4_000] for value in self.parsed.get_all(name, [])[:20]]
        for _, address in getaddresses(lines, strict=False)[:100]:
            if plain := normalise_email(address):
                yield plain


def read_mail(raw: bytes, *, received_at: datetime) -> Incoming:
    """Read a mail, or what there is of it; whatever it holds, this does not fail."""
    try:
        parsed = message_from_bytes(raw)
    except RecursionError:  # thousands of parts within parts
        parsed = BytesHeaderParser().parsebytes(raw)
    return Incoming(parsed, received_at)


def parts_of(message: Message) -> Iterator[Message]:
    """Yield the single parts of a mail in order, without those of the mails that are attached to it."""
    waiting, seen = [message], 0
    while waiting and seen < PARTS:
        part = waiting.pop(0)
        seen += 1
        inner = part.get_payload()
        if part.is_multipart() and part.get_content_maintype() == "multipart" and isinstance(inner, list):
            waiting[:0] = [each for each in inner if isinstance(each, Message)]
        else:
            yield part


def header_of(message: Message, name: str) -> str:
    """Return a header in one line, decoded, at most 4,000 characters; "" where there is none."""
    value = message.get(name)
    if value is None:
        return ""
    text = str(value)[:4_000]
    try:
        pieces = decode_header(text)
        text = "".join(_decoded(piece, charset) for piece, charset in pieces)
    except (HeaderParseError, ValueError):
        pass
    return " ".join(storable(text).split())


def text_of(part: Message) -> str:
    """Return the text of a single part, decoded as well as it goes."""
    try:
        payload = part.get_payload(decode=True)
    except (ValueError, AssertionError):
        payload = b""
    if not isinstance(payload, bytes):
        return ""
    text = _decoded(payload[: TEXT_LIMIT * 4], part.get_content_charset())
    return storable(text)[:TEXT_LIMIT].replace("\r\n", "\n").replace("\r", "\n")


def plain_text(html: str) -> str:
    """Return what a person reads of HTML, one line a block, without what it quotes."""
    cleaned = nh3.clean(html[:TEXT_LIMIT], tags=set(_BLOCKS), attributes={}, link_rel=None)
    lines, quoted = [], 0
    at = 0
    for tag in _TAG.finditer(cleaned):
        if not quoted:
            lines.append(cleaned[at : tag.start()].replace("\n", " "))
        at = tag.end()
        if tag[2] == "blockquote":
            quoted = max(0, quoted + (-1 if tag[1] else 1))
        lines.append("\n")
    if not quoted:
        lines.append(cleaned[at:])
    text = "".join(lines)
    for entity, letter in _ENTITIES.items():
        text = text.replace(entity, letter)
    rows = "\n".join(" ".join(row.split()) for row in text.split("\n"))
    return _BLANK_LINES.sub("\n\n", rows).strip()


def ids_in(text: str) -> list[str]:
    """Return the Message-IDs in a text, without their brackets."""
    return _ID.findall(text[:20_000])


def _decoded(piece: bytes | str, charset: str | None) -> str:
    if isinstance(piece, str):
        return piece
    try:
        return piece.decode(charset or "utf-8")
    except (LookupError, ValueError):
        return piece.decode("utf-8" if charset is None else "latin-1", "replace")
