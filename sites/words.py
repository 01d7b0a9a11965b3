"""The language of a site, and the few words of a page that are not sentences of its spec: labels, days, dates."""

import re
from datetime import datetime

GERMAN_COUNTRIES = frozenset({"DE", "AT", "LI"})
# Swiss postcodes whose people speak German. The towns between the languages (Biel, Freiburg, upper Valais around
# Siders) and the valleys of Graubünden that speak Italian or Romansh are left out.
_GERMAN_SWISS = re.compile(
    r"25[4-7][0-9]|3[0-8][0-9]{2}|39[0-58-9][0-9]|[45][0-9]{3}|6[0-4][0-9]{2}|7[0-4][0-9]{2}|[89][0-9]{3}"
)


def language_of(country: str, postcode: str) -> str:
    """The language of a business's page: the one that its customers in the street speak, where the bank has it.

    German in Germany, Austria, Liechtenstein and the part of Switzerland that speaks it; English everywhere else.
    Belgium, Luxembourg and South Tyrol speak German too, but beside a larger language, and one wrong guess about
    a business's language reads worse than English: they stay English, as does a Swiss business without postcode.
    """
    if country in GERMAN_COUNTRIES or (country == "CH" and _GERMAN_SWISS.fullmatch(postcode.strip())):
        return "de"
    return "en"


def day_text(moment: datetime, lang: str) -> str:
    """The date in words: "20 November 2026", "20. November 2026"."""
    dot = "." if lang == "de" else ""
    return f"{moment.day}{dot} {MONTHS[lang][moment.month - 1]} {moment.year}"


WORDS = {
    "en": {
        "skip": "Skip to content",
        "on_this_page": "On this page",
        "hours": "Opening hours",
        "address": "Address",
        "phone": "Phone",
        "email": "E-mail",
        "call": "Call",
        "closed": "Closed",
        "ask": "Please ask",
        "all_day": "Open all day",
        "holidays": "Public holidays",
        "map": "Open the map",
        "privacy": "Privacy and imprint",
        "back": "Back to the home page",
        "lost": "Nothing here",
        "lost_text": "There is no page at this address. The home page has everything there is.",
        "menu_services": "Good questions",
        "menu_visit": "Hours and address",
        "menu_find": "Find us",
        "menu_faq": "Answers",
        "see_week": "See the whole week",
        "proposal_label": "About this proposal",
        "proposal_by": "A proposal by",
        "proposal_for": "for",
        "proposal_not_official": "Not their official site yet.",
        "proposal_who": "Who is behind this?",
        "proposal_claim": "Make it mine",
        "proposal_remove": "Remove it",
    },
    "de": {
        "skip": "Zum Inhalt springen",
        "on_this_page": "Auf dieser Seite",
        "hours": "Öffnungszeiten",
        "address": "Adresse",
        "phone": "Telefon",
        "email": "E-Mail",
        "call": "Anrufen:",
        "closed": "Geschlossen",
        "ask": "Bitte nachfragen",
        "all_day": "Rund um die Uhr",
        "holidays": "Feiertage",
        "map": "Karte öffnen",
        "privacy": "Datenschutz und Impressum",
        "back": "Zurück zur Startseite",
        "lost": "Diese Seite gibt es nicht",
        "lost_text": "Vielleicht ist die Adresse vertippt. Was es hier gibt, steht auf der Startseite.",
        "menu_services": "Gute Fragen",
        "menu_visit": "Zeiten und Adresse",
        "menu_find": "So finden Sie uns",
        "menu_faq": "Antworten",
        "see_week": "Alle Zeiten der Woche",
        "proposal_label": "Über diesen Vorschlag",
        "proposal_by": "Ein Vorschlag von",
        "proposal_for": "für",
        "proposal_not_official": "Noch nicht die offizielle Seite.",
        "proposal_who": "Wer steckt dahinter?",
        "proposal_claim": "Seite übernehmen",
        "proposal_remove": "Seite löschen lassen",
    },
}
DAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "de": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
}
SHORT_DAYS = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "de": ("Mo", "Di", "Mi", "Do", "Fr", "Sa", "So"),
}
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})
LOCALES = {"en": "en_US", "de": "de_DE"}
MONTHS = {
    "en": tuple(
        "January February March April May June July August September October November December".split()
    ),
    "de": tuple("Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split()),
}
