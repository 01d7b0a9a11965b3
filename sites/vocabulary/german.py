"""The plain words of German."""

from sites.vocabulary.base import (
    ANY_TIME,
    CONTACT,
    EMAIL,
    PHONE,
    PLACE,
    PRICES,
    WEEKDAYS,
    Vocabulary,
    licensed,
    phrases,
    words,
)

GERMAN = Vocabulary(
    plain=words(
        "ein eine einen einem einer eines der die das den dem des dies diese dieser dieses dieser diesem es ist sind "
        "in im an am auf bei beim von vom zu zum zur für mit und oder als über wer was wo wie wann welche welcher "
        "welches name namen ort seite liste wort worte worten antwort antworten frage fragen einzelheiten kontakt "
        "hallo willkommen kurz zeile oben unten so dann auch heißt genannt hier steht stehen"
    ),
    visitor=words(
        "sie ihr ihre ihren ihrem ihrer ihnen ich mir mein meine suchen sucht finden brauchen möchten wollen können "
        "könnten wissen sagen erzählen kommen gehen sehen lesen schicken notieren merken mitbringen denken haben hat "
        "noch vor zuerst jetzt später wenn während lieber lang minute moment dort beides "
        "gern gerne nach fragen"
    ),
    business=words("wir uns unser unsere unserem unseren unserer"),
    phrases=phrases(
        "gut zu wissen", "gute frage", "klare frage", "kurze frage", "richtige seite", "auf der richtigen seite",
        "jedes tages", "sie finden", "finden sie", "fragen sie nach", "auf einen blick", "in kürze",
        "in wenigen worten", "rufen sie uns an", "schreiben sie uns", "fragen sie uns", "so finden sie uns",
        "über uns", "es gibt zwei wege",
    ),
    by_fact=licensed(
        ("anrufen rufen anruf telefon telefonnummer nummer telefonisch sprechen wählen", PHONE),
        ("schreiben schreibt e-mail mail nachricht schriftlich e-mail-adresse postfach", EMAIL),
        ("adresse anschrift straße tür karte stadt ort besuchen besuch liegt vorbei weg", PLACE),
        ("zwei wege erreichen erreichbar", CONTACT),
        ("facebook", "facebook"),
        ("instagram", "instagram"),
    ),
    by_time=licensed(
        ("geöffnet öffnet uhr offen öffnungszeiten zeiten tag tage bis zwischen", ANY_TIME),
        ("montag montags dienstag mittwoch donnerstag freitag freitags woche werktags", WEEKDAYS),
        ("samstag samstags wochenende", "open_saturday open_daily"),
        ("sonntag sonntags", "open_sunday closed_sunday closed_only_sunday open_daily"),
        ("täglich jeden", "open_daily"),
        ("abends abend", "open_late"),
        ("geschlossen schließt ruhetag", "closed_sunday closed_only_sunday closed_weekend closed_holidays"),
        ("mittagspause mittags pause", "midday_break"),
        ("feiertagen feiertage", "closed_holidays"),
        ("seit gegründet gründungsjahr jahr betrieb", "founded"),
        ("jahre jahren beruf erfahrung arbeit", "experience"),
        ("menschen arbeiten team", "staff"),
        ("auszeichnung bekommen", "award"),
        ("preis preise preisen kostet kosten", PRICES),
    ),
    tables=words("öffnungszeiten tabelle zeiten tag woche montag sonntag aufgeführt"),
)  # fmt: skip
