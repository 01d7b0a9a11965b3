"""Contact facts and names as strangers wrote them, turned into values that are safe to keep and to use.

Pure functions: nothing here looks anything up.
"""

import html
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

import idna

from businesses.webhosts import registrable_name

NAME_LIMIT: Final = 80
LINE_LIMIT: Final = 200
DESCRIPTION_LIMIT: Final = 2_000

_TAG: Final = re.compile(r"<[^<>]*>")
_WEB_ADDRESS: Final = re.compile(
    r"https?:|www\.|\S@\w+\.\w|\.(com|net|org|info|biz|ru|cn|xyz|top|shop)\b", re.IGNORECASE
)
_ORDERS: Final = re.compile(
    r"\b(ignore|disregard|forget|override)\b.{0,30}\b(previous|above|prior|all|instructions?|prompt|rules?)\b"
    r"|\b(system|assistant|developer)\s*(prompt|message|:)|\byou (are|must|will) now\b",
    re.IGNORECASE,
)
# Control, format (bidi marks, zero-width), private use, surrogates and unassigned.
_UNWANTED: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Cn"})
_TURNS: Final = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
_SPACES: Final = frozenset({"Zs", "Zl", "Zp"})
_MOST_MARKS: Final = 2


def clean_text(value: str, *, limit: int = LINE_LIMIT) -> str:
    """One line of plain text: NFKC, no markup, no control or bidi characters, at most `limit` characters.

    Never raises, and cleaning twice changes nothing.
    """
    # Streets, towns, postcodes and hours come again and again.
    return _clean_short(value, limit) if len(value) <= LINE_LIMIT else _clean(value, limit)


def _clean(value: str, limit: int) -> str:
    if not value:
        return ""
    # Far more than any limit, and little enough that no crafted value costs noticeable time.
    text = value[: 20 * limit]
    if _is_plain(text):
        return " ".join(text.split())[:limit].strip()
    for _ in range(5):
        if (plainer := _plainer(text)) == text:
            return text[:limit].strip()
        text = plainer
    # Escaped over and over: no honest text is. Without "&" nothing is left to unfold.
    if _plainer(text) != text:
        text = text.replace("&", " ")
    while (plainer := _plainer(text)) != text:
        text = plainer
    return text[:limit].strip()


_clean_short: Final = lru_cache(maxsize=8192)(_clean)


def _is_plain(text: str) -> bool:
    """Whether nothing but spaces can be wrong with it; told without looking at each character, for Latin letters.

    Below U+0300 there are no marks, and what is printable there is no control and no space but the plain one.
    """
    if not text.isprintable() or "<" in text or ">" in text or "&" in text:
        return False
    return text.isascii() or (max(text) < "\u0300" and unicodedata.is_normalized("NFKC", text))


def clean_name(value: str) -> str:
    """A business or place name, at most 80 characters."""
    return _clean(value, NAME_LIMIT)


def _plainer(text: str) -> str:
    text = unicodedata.normalize("NFKC", html.unescape(text))
    text = _TAG.sub(" ", text).replace("<", " ").replace(">", " ")
    kept: list[str] = []
    marks = 0
    for char in text:
        kind = unicodedata.category(char)
        marks = marks + 1 if kind in {"Mn", "Me"} else 0
        if marks > _MOST_MARKS:
            continue
        if char in "\t\n\r\v\f" or kind in _SPACES:
            kept.append(" ")
        elif kind not in _UNWANTED:
            kept.append(char)
    return " ".join("".join(kept).split())


def suspicion_of_name(raw: str) -> str:
    """Why a person should look at this name before it is used, or "". Takes the name as the source wrote it."""
    if not any(char.isalnum() for char in raw):
        return "the name holds no letter and no digit"
    if len(raw) > NAME_LIMIT:
        return f"the name is longer than {NAME_LIMIT} characters"
    if "<" in raw or ">" in raw or any(unicodedata.category(char) in {"Cc", "Co", "Cs"} for char in raw):
        return "the name holds markup or control characters"
    if any(unicodedata.bidirectional(char) in _TURNS for char in raw):
        return "the name holds characters that change the direction of text"
    if _WEB_ADDRESS.search(raw):
        return "the name holds a web or mail address"
    if _ORDERS.search(raw):
        return "the name reads like an instruction"
    if re.search(r"(\S)\1{4,}", raw):
        return "the name repeats one character five times or more"
    return ""


_LOCAL: Final = re.compile(r"[a-z0-9_+'&-]+(\.[a-z0-9_+'&-]+)*")
# Spaces of every kind, those without width too.
_AROUND: Final = " \t\r\n\v\f\u00a0\u2002\u2003\u2007\u2009\u200a\u202f\u3000\u200b\u200c\u200d\u2060\ufeff"
_LABEL: Final = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def normalise_email(raw: str) -> str | None:
    """One plain address in lower case, or None where the text is anything else.

    Spaces around it, "mailto:" with its query and a full stop behind are left out; a domain in letters of its own
    language gets its form in ASCII. Refused: several addresses, display names, quoted local parts, characters that
    route mail, address literals, other non-ASCII, line breaks and other control characters, more than 254
    characters in all or 64 before the @.
    """
    text = raw.strip(_AROUND)
    if text[:7].lower() == "mailto:":
        text = unquote(text[7:].partition("?")[0]).strip(_AROUND)
    text = text.rstrip(".").lower()
    if len(text) > 254 or text.count("@") != 1:
        return None
    local, domain = text.split("@")
    if not domain.isascii():
        domain = _in_ascii(domain)
    labels = domain.split(".")
    if len(local) > 64 or len(local) + len(domain) > 253 or not _LOCAL.fullmatch(local) or len(labels) < 2:
        return None
    if not all(_LABEL.fullmatch(label) for label in labels) or labels[-1].isdigit():
        return None
    return f"{local}@{domain}"


def _in_ascii(domain: str) -> str:
    """ "bäckerei.example" -> "xn--bckerei-5wa.example", as mail servers know it; "" where it is no domain."""
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except UnicodeError:  # idna's own errors are such
        return ""


_LISTED: Final = re.compile(r"[;,|\r\n]")
_SAID_BEFORE: Final = re.compile(r"\s*e-?mail\s*:", re.IGNORECASE)
_NAMED: Final = re.compile(r"<([^<>]*)>")
_BETWEEN: Final = frozenset("or and oder und ou et o y e tai ja & - * • ·".split())
_QUOTES: Final = "'\"`´‘’‚“”„«»()[]<>"


def parse_emails(values: Iterable[str]) -> tuple[str, ...]:
    """Every address that a record tells, each once, in order.

    Values may be lists, separated by anything, and addresses may stand behind a name: "Ana <ana@shop.example>".
    """
    found: dict[str, None] = {}
    for value in values:
        for part in _LISTED.split(value[:2_000]):
            found |= dict.fromkeys(_emails_in(part))
    return tuple(found)


def _emails_in(part: str) -> list[str]:
    if one := _email_of_record(part):
        return [one]
    if "@" not in part:
        return []
    part = _SAID_BEFORE.sub("", part, count=1)
    pieces = _NAMED.findall(part) or [piece for piece in re.split(r"[\s/]+", part) if piece not in _BETWEEN]
    addresses = [address for piece in pieces if piece and (address := _email_of_record(piece))]
    # A word that is none may be the torn-off beginning of an address: "bo b@shop.example" is not b's.
    return addresses if len(addresses) == sum(map(bool, pieces)) else []


def _email_of_record(text: str) -> str | None:
    """As `normalise_email`, without quotes, brackets and the query of a link around it. What begins with a sign, as a
    bullet or a formula does, is refused: no business has such an address."""
    address = normalise_email(text.strip(_AROUND + _QUOTES).partition("?")[0])
    return address if address and (address[0].isalnum() or address[0] == "_") else None


def domain_of_email(address: str) -> str:
    return address.rpartition("@")[2].lower()


# Of one provider each; a name that is a plain word belongs to a mail provider under these endings only.
_FREEMAIL_DOMAINS: Final = frozenset(
    "me.com mac.com mail.com mail.ru web.de att.net proton.me pm.me hey.com tuta.io sky.com aon.at chello.at "
    "live.com live.ca live.co.uk live.fr live.it live.nl live.de live.be live.se live.no live.dk live.com.au "
    "free.fr orange.fr sfr.fr neuf.fr alice.it terra.com.br uol.com.br planet.nl ziggo.nl skynet.be shaw.ca "
    "cox.net charter.net xtra.co.nz wp.pl o2.pl onet.pl interia.pl centrum.cz qq.com 163.com 126.com sina.com "
    "arcor.de telia.com hispeed.ch monaco.mc libello.mc email.com usa.com".split()
)
# By the name in front of the public suffix: the endings under which the provider gives out addresses.
_FREEMAIL_ENDINGS: Final[dict[str, str]] = {
    "gmail": "com", "googlemail": "com",
    "yahoo": "com ca fr de it es at be dk fi gr ie nl no pl pt ro se cz hu in co.uk co.in co.id co.jp co.nz co.th "
             "co.il co.za com.ar com.au com.br com.co com.hk com.mx com.my com.pe com.ph com.sg com.tr com.tw com.ve "
             "com.vn",
    "ymail": "com", "rocketmail": "com",
    "hotmail": "com ca fr de it es be ch dk fi gr nl no se cl co.uk co.il co.jp co.nz co.th com.ar com.au com.br "
               "com.tr",
    "outlook": "com at be cl cz de dk es fr hu ie in it jp kr lv my ph pt sa sg sk co.id co.il co.nz co.th com.ar "
               "com.au com.br com.gr com.tr com.vn",
    "msn": "com", "icloud": "com", "aol": "com de fr it co.uk", "gmx": "com de at ch net li fr es eu org us co.uk",
    "protonmail": "com ch", "tutanota": "com de", "zohomail": "com eu in", "fastmail": "com fm",
    "yandex": "com ru by kz", "naver": "com", "hanmail": "net", "daum": "net", "rediffmail": "com",
    "comcast": "net", "verizon": "net", "sbcglobal": "net", "bellsouth": "net", "earthlink": "net",
    "frontiernet": "net", "optonline": "net", "windstream": "net", "centurylink": "net", "btinternet": "com",
    "btopenworld": "com", "ntlworld": "com", "virginmedia": "com", "talktalk": "net", "blueyonder": "co.uk",
    "wanadoo": "fr es", "laposte": "net", "freenet": "de", "t-online": "de", "libero": "it", "virgilio": "it",
    "tiscali": "it co.uk", "bigpond": "com com.au net.au", "optusnet": "com.au", "sympatico": "ca",
    "videotron": "ca", "kolumbus": "fi", "luukku": "com", "elisanet": "fi", "saunalahti": "fi", "bluewin": "ch",
    "telenet": "be", "kpnmail": "nl", "xs4all": "nl", "seznam": "cz",
}  # fmt: skip
_FREEMAIL: Final = _FREEMAIL_DOMAINS | {
    f"{name}.{ending}" for name, endings in _FREEMAIL_ENDINGS.items() for ending in endings.split()
}


def is_freemail(domain: str) -> bool:
    """Whether it is known as one where anybody can have an address: it takes mail, and says nothing of a business."""
    return domain.lower() in _FREEMAIL


def may_be_freemail(domain: str) -> bool:
    """Whether strangers may share it: freemail, or the name of a provider under an ending that is not known.

    What companies said no to is kept under it, so that its answer for a domain must stay what it is.
    """
    domain = domain.lower()
    return domain in _FREEMAIL_DOMAINS or registrable_name(domain) in _FREEMAIL_ENDINGS


# As `_plain_role` spells them.
_BLOCKED_ROLES: Final = frozenset(
    "abuse postmaster hostmaster webmaster mailerdaemon root nobody bounce bounces unsubscribe spam security privacy "
    "dpo gdpr rgpd legal compliance example test null datenschutz datenschutzbeauftragter "
    "datenschutzbeauftragte dataprotection privacidad confidentialite tietosuoja".split()
)
_NO_ANSWER: Final = (
    "noreply", "donotreply", "dontreply", "nichtantworten", "bittenichtantworten", "nepasrepondre", "noresponder",
    "nonrispondere",
)  # fmt: skip
_SIGNS_OF_ROLES: Final = str.maketrans("", "", "._-")


def is_blocked_role(address: str) -> bool:
    """Whether the address belongs to a machine or to an office that must not get offers."""
    role = _plain_role(address)
    return role in _BLOCKED_ROLES or role.startswith(_NO_ANSWER)


def _plain_role(address: str) -> str:
    """ "No_Reply+42@shop.example" -> "noreply"."""
    return address.partition("@")[0].partition("+")[0].lower().translate(_SIGNS_OF_ROLES)
