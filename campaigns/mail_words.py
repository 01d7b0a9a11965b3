"""What stands around a letter in each language: its buttons, and the small print that the law asks for.

In braces stand the agency, its postal address, the recipient, the data source and the day.
"""

from typing import Final

MAIL_WORDS: Final[dict[str, dict[str, str]]] = {
    "en": {
        "yes": "Yes, I want this website",
        "no": "No, thank you",
        "no_meaning": "this ends our mails",
        "who": "This is a business offer from {agency}, {address}.",
        "why": "You get it because {recipient} is published on {source}, where we found it on {found_on}.",
        "data": "Data: {attribution}",
        "unsubscribe": "Unsubscribe",
        "privacy": "Who we are and where your data come from",
    },
    "de": {
        "yes": "Ja, ich möchte diese Website",
        "no": "Nein, danke",
        "no_meaning": "damit enden unsere Mails",
        "who": "Dies ist ein geschäftliches Angebot von {agency}, {address}.",
        "why": "Sie erhalten es, weil {recipient} auf {source} veröffentlicht ist; dort haben wir die Adresse am "
        "{found_on} gefunden.",
        "data": "Daten: {attribution}",
        "unsubscribe": "Abmelden",
        "privacy": "Wer wir sind und woher Ihre Daten stammen",
    },
}
