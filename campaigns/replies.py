"""What an answer says: what of it is newly written, whether a machine wrote it, whether it is a no."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from campaigns.incoming import Incoming

LINES: Final = 2_000
LONGEST_ABSENCE: Final = timedelta(days=180)
_LINE: Final = 400  # characters of a line that are looked at
_WORDS_OF_A_NO: Final = 60  # a longer text that holds one of the short words talks about something else

# ------------------------------------------------------------------------------------------ what is new in it
_BEGINS_QUOTE: Final = re.compile(
    r"(?:-{2,}|_{2,}|\*{2,})\s*(?:original message|original appointment|forwarded message|reply message|"
    r"urspr(?:ü|ue)ngliche nachricht|original-?nachricht|weitergeleitete nachricht|message d'origine|"
    r"mensaje original|messaggio originale|oorspronkelijk bericht)\b.*|_{10,}",
    re.IGNORECASE,
)
_SAYS_WHO_WROTE: Final = re.compile(
    r"(?:on|am|le|el|il|op|den)\b.{4,300}\b(?:wrote|writes|schrieb|a écrit|escribió|ha scritto|schreef|skrev)\b"
    r".{0,120}:",
    re.IGNORECASE,
)
_WHO_WROTE_BEGINS: Final = re.compile(r"(?:on|am|le|el|il|op|den)\b.{0,60}\d", re.IGNORECASE)
_HEADER_FROM: Final = re.compile(r"\*?(?:from|von|de|da|van)\s?:\*?\s.*", re.IGNORECASE)
_HEADER_NEXT: Final = re.compile(
    r"\*?(?:sent|date|to|cc|subject|gesendet|datum|an|betreff|envoyé|à|objet|enviado|para|asunto)\s?:\*?\s.*",
    re.IGNORECASE,
)
_SENT_FROM: Final = re.compile(
    r"(?:sent from (?:my |outlook|yahoo|mail for)|get outlook for|von meinem .{1,40} gesendet|"
    r"gesendet (?:von|mit) |envoyé de mon |diese nachricht wurde von meinem ).*",
    re.IGNORECASE,
)
_CLOSING: Final = re.compile(
    r"(?:(?:kind|best|warm|many)?\s*regards|cheers|sincerely|yours\b.*|all the best|"
    r"thank(?:s| you)(?: very much| a lot)?|"
    r"(?:mit )?(?:freundlichen?|besten?|herzlichen?|vielen|viele|liebe|schöne)n? (?:grüße?n?|grüsse?n?|dank)|mfg|vg|lg)"
    r"\s*[,.!]?",
    re.IGNORECASE,
)


def new_text(text: str) -> str:
    """Return what was newly written: without what is quoted, the block under "-- " and the phone's line."""
    lines = [line.strip() for line in text.split("\n")[:LINES]]
    kept: list[str] = []
    for number, line in enumerate(lines):
        if line in ("--", "—") or _SENT_FROM.fullmatch(line[:_LINE]) or _ends_here(lines, number):
            break
        if not line.startswith(">"):
            kept.append(line)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def _ends_here(lines: list[str], number: int) -> bool:
    """Tell whether the mail that is answered begins at this line."""
    line = lines[number][:_LINE]
    if _BEGINS_QUOTE.fullmatch(line) or _SAYS_WHO_WROTE.fullmatch(line):
        return True
    if _WHO_WROTE_BEGINS.match(line):  # the sentence may go over three lines
        wrapped = " ".join(lines[number : number + 3])[:_LINE]
        upto = wrapped.find(":", len(line))
        if _SAYS_WHO_WROTE.fullmatch(wrapped[: upto + 1].strip()) or _SAYS_WHO_WROTE.fullmatch(wrapped):
            return True
    following = [each[:_LINE] for each in lines[number + 1 : number + 5]]
    return bool(_HEADER_FROM.fullmatch(line)) and sum(map(bool, map(_HEADER_NEXT.fullmatch, following))) >= 2


# ---------------------------------------------------------------------------------------------- is it a no
_ALONE: Final = frozenset(
    "stop|stopp|stop it|please stop|stop please|stop now|stop this|unsubscribe|unsubscribe please|please unsubscribe|"
    "remove|remove please|please remove|opt out|optout|no thanks remove|abmelden|bitte abmelden|austragen|"
    "bitte austragen|abbestellen|bitte abbestellen|abmeldung|bitte stoppen|keine werbung|keine werbung bitte|"
    "bitte keine werbung|stop mails|stop emails|delete|bitte löschen".split("|")
)
# Said to us, whatever else the mail says.
_SAYS_NO: Final = re.compile(
    r"\b(?:"
    + "|".join(
        (
            r"unsubscribe\s+(?:me|us|my|our|immediately|now|(?:from\s+)?(?:this|your|these|all))\b",
            r"(?:please|to|kindly|just|can\s+you)\s+unsubscribe\b",
            r"(?:remove|delete|erase|scrub)\s+(?:me|us)\b",
            r"(?:remove|delete|erase|scrub)\s+(?:my|our|this)\s+(?:e-?mail|mail|address|data|contact|name\s+from)",
            r"take\s+(?:me|us|my|our|this)\s+(?:\w+\s+){0,3}?off\b",
            r"opt(?:ing)?[\s-]?(?:me\s+|us\s+)?out\b(?!\s+of\s+the)",
            r"(?:do\s+not|don['’]?t|never)\s+(?:e-?mail|contact|write|message|mail|spam)\s+(?:to\s+)?"
            r"(?:me|us|this|again|anymore)\b",
            r"stop\s+(?:e-?mailing|contacting|writing|messaging|mailing|spamming|sending|bothering|harassing)\b",
            r"stop\s+(?:these|this|those|your|all|the)\s+(?:e-?mails?|messages?|mails?|spam)\b",
            r"no\s+(?:more|further)\s+(?:e-?mails?|messages?|mails?|contact|spam|advertising)\b",
            r"leave\s+(?:me|us)\s+alone",
            r"cease\s+and\s+desist",
            r"(?:bitte|mich|uns|hiermit)\s+(?:\w+\s+){0,4}?(?:abmelden|austragen|abbestellen|abzumelden|auszutragen)\b",
            r"(?:melden|tragen)\s+sie\s+(?:mich|uns)\b",
            r"(?:melde|trage)\s+(?:mich|uns)\b",
            r"keine\s+weiteren?\s+(?:werbe-?)?(?:e-?mails?|mails?|nachrichten|werbung|anschreiben)\b",
            r"keine\s+(?:e-?mails?|mails?|nachrichten|werbung|werbemails?)\s+mehr\b",
            r"keine\s+(?:werbung|werbe-?mails?)\s+(?:bitte|erhalten|zusenden|zuschicken|schicken|senden|an\s)",
            r"(?:wünschen?|möchten?|wollen|will)\s+(?:\w+\s+){0,3}?keine\s+(?:\w+\s+){0,2}?"
            r"(?:werbung|werbemails?|e-?mails?|mails?)\b",
            r"(?:nicht|nie)\s+(?:mehr|wieder|weiter)\s+(?:\w+\s+){0,2}?"
            r"(?:anzuschreiben|anschreiben|kontaktieren|schreiben)\b",
            r"(?:aus|von)\s+(?:ihrem|ihrer|eurem|eurer|dem|der|deinem|deiner)\s+(?:e-?mail-?|mail-?)?"
            r"(?:verteiler|liste|mailingliste|datenbank)\b",
            r"(?:entfernen|löschen|streichen)\s+sie\s+(?:mich|uns|meine|unsere)\b",
            r"lassen\s+sie\s+(?:mich|uns)\s+in\s+ruhe",
            r"unterlassen\s+sie\b",
            r"widerspreche\s+(?:ich|hiermit|der|jeder)\b",
            r"untersage\s+(?:ihnen|hiermit)\b",
        )
    )
    + ")",
    re.IGNORECASE,
)
# Said in passing these say nothing; in a short mail they are the whole of it.
_SHORT_NO: Final = re.compile(
    r"\b(?:unsubscribe|abmelden|austragen|abbestellen|keine\s+werbung)\b", re.IGNORECASE
)
_NOT_MEANT: Final = re.compile(
    r"\b(?:unsubscribe|opt[\s-]?out)\s+(?:rate|link|button|page|list)|how\s+(?:do|can|would)\s+\w+\s+unsubscribe|"
    r"\b(?:machen|schalten|betreiben|haben|brauchen)\b.{0,20}\bkeine\s+werbung|newsletter",
    re.IGNORECASE,
)


def is_no(written: str, subject: str) -> bool:
    """Tell whether somebody asks not to be written to again: `written` is what is new in the mail.

    Whoever says so in a word is taken by it; "please stop by our shop" is no such word.
    """
    said = _before_closing(written)
    if _bare(subject) in _ALONE:  # as the link in our mails has it, which asks by mail
        return True
    if any(_bare(line) in _ALONE for line in said.split("\n")[:5]):
        return True
    flat = " ".join(said.split())[:5_000]
    if _SAYS_NO.search(flat):
        return True
    words = len(flat.split())
    return (
        words <= _WORDS_OF_A_NO
        and bool(_SHORT_NO.search(flat))
        and not _NOT_MEANT.search(flat)
        and "?" not in flat
    )


def _before_closing(written: str) -> str:
    """Return what stands before "Kind regards": the name of a firm in a signature is no word to us."""
    kept: list[str] = []
    for line in written.split("\n"):
        if kept and _CLOSING.fullmatch(line[:_LINE]):
            break
        kept.append(line)
    return "\n".join(kept).strip()


def _bare(text: str) -> str:
    letters = re.sub(r"[^\w\s]", " ", text[:200].casefold())
    return " ".join(letters.split())


# ------------------------------------------------------------------------------------- did a machine write it
@dataclass(frozen=True, slots=True)
class Automatic:
    """An answer that no person wrote. `back_on` is the day of return that it names; `delays` says whether it tells
    that nobody reads just now, as a receipt does not."""

    sign: str
    back_on: date | None
    delays: bool


_AWAY: Final = re.compile(
    r"automatic reply|auto[\s-]?reply|autoreply|auto:|out of (?:the )?office|on (?:holiday|vacation|leave)|"
    r"automatische (?:antwort|abwesenheit)|abwesen(?:d|heit)|außer haus|ausser haus|nicht im (?:büro|haus)|"
    r"(?:im|in) urlaub|betriebsferien|betriebsurlaub|réponse automatique|respuesta automática",
    re.IGNORECASE,
)
_MACHINE_PRECEDENCE: Final = frozenset({"auto_reply", "auto-reply", "bulk", "junk", "list"})


def read_automatic(mail: Incoming) -> Automatic | None:
    """Return what tells that a machine answered, or None: then a person did, as far as can be told."""
    sign = _sign_of_machine(mail)
    if not sign:
        return None
    is_receipt = mail.parsed.get_param("report-type") == "disposition-notification"
    written = new_text(mail.text)
    back_on = find_return(f"{mail.subject}\n{written}", mail.received_at.date())
    return Automatic(sign, back_on, delays=not is_receipt)


def _sign_of_machine(mail: Incoming) -> str:
    submitted = mail.header("Auto-Submitted").partition(";")[0].strip().lower()
    if submitted and submitted != "no":
        return f"Auto-Submitted: {submitted}"[:80]
    for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Reply", "X-Autoresponder"):
        if mail.header(name).lower() not in ("", "no"):
            return name
    precedence = mail.header("Precedence").lower()
    if precedence in _MACHINE_PRECEDENCE or mail.header("X-Precedence").lower() in _MACHINE_PRECEDENCE:
        return f"Precedence: {precedence}"[:80]
    if mail.parsed.get_content_type() == "multipart/report":
        return "a report"
    if mail.is_from_nobody:
        return "an empty return path"
    return "its subject" if _AWAY.match(mail.subject) else ""


# ------------------------------------------------------------------------------------------- when they are back
_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar jänner", "february feb februar", "march mar märz maerz mrz", "april apr",
            "may mai", "june jun juni", "july jul juli", "august aug", "september sep sept",
            "october oct oktober okt", "november nov", "december dec dezember dez",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_MONTH: Final = "(?P<{}>" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\b\.?"
_DATE: Final = re.compile(
    r"(?P<iso_y>20\d\d)-(?P<iso_m>\d\d)-(?P<iso_d>\d\d)"
    rf"|(?P<d1>\d{{1,2}})(?:st|nd|rd|th|\.)?(?:\s+of)?\s*{_MONTH.format('m1')},?(?:\s*(?P<y1>20\d\d))?"
    rf"|{_MONTH.format('m2')}\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s*(?P<y2>20\d\d))?"
    r"|(?P<d3>\d{1,2})\.\s?(?P<m3>\d{1,2})\.(?:\s?(?P<y3>(?:20)?\d\d)\b)?"
    r"|(?P<s1>\d{1,2})/(?P<s2>\d{1,2})(?:/(?P<y4>(?:20)?\d\d)\b)?",
    re.IGNORECASE,
)
_LEADS_TO_DATE: Final = re.compile(
    r"\b(?:until|till|through|back|return(?:ing)?|available(?:\s+again)?|reachable|resume|re-?open(?:ing)?|"
    r"bis|ab|wieder|zurück|erreichbar|einschließlich|einschl)\b[^\d\n]{0,60}$",
    re.IGNORECASE,
)


def find_return(text: str, today: date) -> date | None:
    """Return the day after which somebody is back, as an answer in English or German says; None where it does not."""
    flat = " ".join(text.split())[:5_000]
    found = []
    for match in _DATE.finditer(flat):
        before = flat[max(0, match.start() - 80) : match.start()]
        leads = _LEADS_TO_DATE.search(_without_month(before))
        day = _day_of(match, today) if leads else None
        if day is not None and today <= day <= today + LONGEST_ABSENCE:
            found.append(day)
    return max(found, default=None)


def _without_month(before: str) -> str:
    """Return the words before a date from after the date before it: "from 2 March until" leads by its "until"."""
    earlier = [match.end() for match in _DATE.finditer(before)]
    return before[earlier[-1] :] if earlier else before


def _day_of(match: re.Match[str], today: date) -> date | None:
    part = match.groupdict()
    if part["iso_y"]:
        return _date(part["iso_y"], int(part["iso_m"]), int(part["iso_d"]), today)
    if part["d1"] or part["d2"]:
        month = _MONTHS[(part["m1"] or part["m2"]).lower()]
        return _date(part["y1"] or part["y2"], month, int(part["d1"] or part["d2"]), today)
    if part["d3"]:
        return _date(part["y3"], int(part["m3"]), int(part["d3"]), today)
    first, second = int(part["s1"]), int(part["s2"])  # 3/9 is March in one country and September in the next
    days = [_date(part["y4"], *pair, today) for pair in ((first, second), (second, first))]
    return min((day for day in days if day is not None and day >= today), default=None)


def _date(year: str | None, month: int, day: int, today: date) -> date | None:
    number = today.year if year is None else int(year) + (2000 if len(year) == 2 else 0)
    try:
        found = date(number, month, day)
        return found.replace(year=number + 1) if year is None and found < today else found
    except ValueError:
        return None
