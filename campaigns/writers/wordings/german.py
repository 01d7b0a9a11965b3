"""The letters in German. After the comma of a greeting German goes on in lower case, so the introductions begin so."""

from typing import Final

from campaigns.writers.wordings.base import Wording

GERMAN: Final = Wording(
    subjects=(
        "Eine Website für {name}: erst ansehen, dann entscheiden",
        "Ein Angebot für {name}: die Website ist fertig",
        "Wir haben eine Website für {name} gebaut",
        "Unser Vorschlag: eine Website für {name}",
        "Eine Website für {name}, als Vorschlag",
        "{name}: Möchten Sie diese Website?",
        "{name}: eine Website als Vorschlag",
        "Ein Website-Vorschlag für {name}",
        "Ein Angebot: Website für {name}",
        "Eine Website für {name}",
        "Eine Seite für {name}",
        "{name}: ein Vorschlag",
        "{name}: eine Website",
        "{name}: ein Angebot",
        "Website für {name}",
        "Angebot für {name}",
    ),
    preheaders=(
        "Ein Vorschlag von {agency} aus öffentlichen Angaben. Erst ansehen, dann Ja oder Nein sagen.",
        "Sie steht schon da, zum Ansehen. Es ist ein Angebot von {agency}, und Nein ist eine gute Antwort.",
        "Ein Angebot von {agency}: ein Link zum Ansehen, ein Link zum Neinsagen.",
        "Von {agency} gebaut aus dem, was öffentlich ist. Sie entscheiden, ob sie bleibt.",
        "Wir sind {agency}. Das ist ein Angebot, und Ansehen kostet nichts.",
        "Ein Vorschlag und keine Rechnung: {agency} hat ihn gemacht, Sie entscheiden.",
        "Von {agency}: eine Website, die Sie sehen, bevor Sie etwas entscheiden.",
    ),
    greetings=(
        "Guten Tag,",
        "Guten Tag zusammen,",
        "Guten Tag, {name},",
        "Guten Tag an alle bei {name},",
        "Hallo an alle bei {name},",
        "Hallo zusammen,",
        "Sehr geehrte Damen und Herren,",
    ),
    introductions=(
        "wir sind {agency} und bauen Websites für Betriebe vor Ort. Auf {source} sind wir auf {name}{in_city} "
        "gestoßen und haben dazu keine Website gefunden, die funktioniert.",
        "{agency} baut Websites für Betriebe vor Ort. Am {found_on} haben wir {name}{in_city} auf {source} gesehen. "
        "Wir haben nach Ihrer Website gesucht und keine gefunden, die funktioniert.",
        "Sie kennen uns noch nicht: Wir sind {agency} und machen Websites. Auf {source} haben wir {name}{in_city} "
        "gefunden, aber keine Website dazu, die funktioniert.",
        "als wir nach {name}{in_city} gesucht haben, fanden wir Sie auf {source}, aber keine Website, die "
        "funktioniert. Wir sind {agency}, und Websites sind unsere Arbeit.",
        "zuerst kurz zu uns: {agency} baut Websites für Betriebe vor Ort. {name}{in_city} haben wir auf {source} "
        "gefunden, eine funktionierende Website von Ihnen aber nicht.",
        "wir kennen uns noch nicht: {agency} macht Websites. Auf {source} haben wir von {name}{in_city} gelesen und "
        "nach einer Website gesucht, aber keine gefunden, die funktioniert.",
        "{agency} macht Websites für Betriebe vor Ort. Auf {source} steht {name}{in_city}; eine Website, die "
        "funktioniert, haben wir dazu nicht gefunden.",
    ),
    proposals=(
        "Deshalb haben wir eine gebaut, die Sie sich ansehen können. Sie ist ein Vorschlag und beruht nur auf dem, "
        "was über Sie öffentlich ist. Auf der Seite steht, dass sie nicht offiziell ist, und Suchmaschinen sollen "
        "sie auslassen.",
        "Statt zu beschreiben, was wir tun, haben wir es getan. Was Sie sehen, ist ein Vorschlag aus öffentlichen "
        "Angaben; eine davon kann veraltet sein. Suchmaschinen sind gebeten, die Seite nicht aufzunehmen.",
        "Damit Sie sehen, wie Ihre aussehen könnte, haben wir eine als Vorschlag gebaut. Sie nutzt nur öffentliche "
        "Angaben, sagt, dass sie nicht Ihre offizielle Seite ist, und bittet Suchmaschinen, sie nicht zu zeigen.",
        "Wir haben ungefragt eine gebaut, als Vorschlag. Sie beruht allein auf öffentlichen Angaben, und "
        "Suchmaschinen sind gebeten, sie nicht zu zeigen.",
        "Jetzt gibt es eine, die Sie sich ansehen können. Sie ist unser Vorschlag und nicht Ihre offizielle Seite; "
        "gebaut haben wir sie aus dem, was öffentlich ist. Suchmaschinen sind gebeten, sie zu übergehen.",
        "Wir haben eine als Vorschlag zusammengestellt. Was wir über Sie wissen, stammt aus öffentlichen "
        "Verzeichnissen, eine Angabe kann also falsch sein. Die Seite ist als nicht offiziell gekennzeichnet.",
        "Eine können Sie sich jetzt ansehen: Wir haben sie aus öffentlichen Angaben gebaut, als Vorschlag. Auf ihr "
        "steht, dass sie nicht offiziell ist, und Suchmaschinen sind gebeten, sie nicht aufzunehmen.",
    ),
    calls_to_action=(
        "Die Website ansehen",
        "Zur Website",
        "Den Vorschlag ansehen",
        "Zum Vorschlag",
        "Ansehen, was wir gebaut haben",
        "Die Website öffnen",
        "Einen Blick darauf werfen",
    ),
    offers_with_price=(
        "Das ist ein Angebot: Wenn Sie die Website behalten möchten, kostet sie {price}. Ansehen kostet nichts, und "
        "was nicht stimmt, bringen wir vorher in Ordnung.",
        "Gefällt sie Ihnen, kann sie Ihre werden. Die Website kostet {price}; das Ansehen kostet nichts.",
        "Möchten Sie die Website nutzen, kostet sie {price}. Solange Sie nicht Ja sagen, schulden Sie uns nichts.",
        "Natürlich möchten wir sie verkaufen: Die Website kostet {price}, wenn Sie sie nehmen, und nichts, wenn "
        "nicht.",
        "Passt die Website zu Ihnen, kostet sie {price}. Stimmt eine Angabe nicht, antworten Sie auf diese Mail, "
        "und wir berichtigen sie.",
        "Wir würden uns freuen, wenn Sie die Website behalten: Sie kostet {price}. Fürs Ansehen oder für ein Nein "
        "schulden Sie uns nichts.",
        "Unser Angebot: Die Website kostet {price}, wenn Sie sich für sie entscheiden. Bis dahin kostet sie nichts.",
    ),
    offers_without_price=(
        "Das ist ein Angebot: Wenn Sie die Website behalten möchten, sagen Sie es uns, und Sie erfahren den Preis, "
        "bevor Sie sich entscheiden.",
        "Gefällt sie Ihnen, kann sie Ihre werden. Den Preis erfahren Sie vorher, und das Ansehen kostet nichts.",
        "Möchten Sie die Website nutzen, melden Sie sich. Solange Sie keinen Preis kennen und nicht Ja sagen, "
        "schulden Sie uns nichts.",
        "Natürlich möchten wir sie verkaufen. Fragen Sie uns nach dem Preis; nehmen Sie sie nicht, kostet sie "
        "nichts.",
        "Passt die Website zu Ihnen, sagen Sie es uns, und wir nennen einen Preis. Stimmt eine Angabe nicht, "
        "antworten Sie auf diese Mail, und wir berichtigen sie.",
        "Wir würden uns freuen, wenn Sie die Website behalten. Fragen Sie nach dem Preis; fürs Ansehen oder für ein "
        "Nein schulden Sie uns nichts.",
        "Unser Angebot: Nutzen Sie die Website, wenn sie Ihnen gefällt und wir uns über den Preis einig sind. Bis "
        "dahin kostet sie nichts.",
    ),
    ways_out=(
        "Ist das nichts für Sie, wählen Sie unten „Nein, danke“, und wir schreiben Ihnen nicht mehr. Die Seite "
        "selbst hat einen Knopf „Seite löschen lassen“.",
        "Kein Interesse? „Nein, danke“ unten beendet unsere Mails, und „Seite löschen lassen“ auf der Seite nimmt "
        "sie aus dem Netz.",
        "Und wenn Sie lieber nicht möchten: „Nein, danke“ unten heißt, dass wir nie wieder schreiben, und „Seite "
        "löschen lassen“ auf der Seite nimmt sie aus dem Netz.",
        "Nein ist auch eine gute Antwort. Wählen Sie unten „Nein, danke“, und Sie hören nicht mehr von uns; „Seite "
        "löschen lassen“ auf der Seite nimmt den Vorschlag aus dem Netz.",
        "Möchten Sie sie nicht, nimmt „Seite löschen lassen“ auf der Seite sie aus dem Netz, und „Nein, danke“ "
        "unten beendet alle Mails von uns.",
        "Möchten Sie lieber Ihre Ruhe haben? „Nein, danke“ unten genügt. Soll auch die Seite weg, hat sie dafür "
        "einen Knopf „Seite löschen lassen“.",
        "Lautet die Antwort Nein, genügt „Nein, danke“ unten: Wir schreiben dann nicht mehr. „Seite löschen lassen“ "
        "auf der Seite nimmt auch sie weg.",
    ),
    sign_offs=(
        "Mit freundlichen Grüßen",
        "Freundliche Grüße",
        "Beste Grüße",
        "Viele Grüße",
        "Mit besten Grüßen",
        "Mit freundlichem Gruß",
    ),
    short_subjects=(
        "Eine Frage: Passt diese Website zu {name}?",
        "{name}: Ist diese Website etwas für Sie?",
        "Könnte das die Website von {name} sein?",
        "{name}: Passt diese Website zu Ihnen?",
        "Eine Frage zu einer Website für {name}",
        "Wäre das eine Website für {name}?",
        "Passt diese Website zu {name}?",
        "{name}: Stimmt das so?",
        "Eine Seite für {name}?",
        "{name}: ja oder nein?",
        "{name}: ein Blick?",
        "Ein Blick, {name}?",
        "Website, {name}?",
        "{name} im Netz?",
        "{name} online?",
    ),
    short_introductions=(
        "wir sind {agency}. Auf {source} haben wir {name}{in_city} gefunden, aber keine Website, die funktioniert. "
        "Deshalb haben wir eine als Vorschlag gebaut, nur aus öffentlichen Angaben.",
        "{agency} macht Websites. Auf {source} haben wir {name}{in_city} gesehen und keine Website gefunden, die "
        "funktioniert. Jetzt gibt es eine zum Ansehen: ein Vorschlag aus öffentlichen Angaben.",
        "Sie kennen uns noch nicht: Wir sind {agency}. Zu {name}{in_city} auf {source} haben wir keine "
        "funktionierende Website gefunden und eine als Vorschlag gebaut, aus öffentlichen Angaben.",
        "wir machen Websites und heißen {agency}; diese ist ein Vorschlag für {name}{in_city}. Wir haben Sie auf "
        "{source} gefunden, aber keine funktionierende Website, und nur öffentliche Angaben benutzt.",
        "hier schreibt {agency}. Wir haben {name}{in_city} auf {source} gefunden und nach einer funktionierenden "
        "Website gesucht, ohne Erfolg. Deshalb haben wir aus öffentlichen Angaben eine gebaut, als Vorschlag.",
        "ein Vorschlag von {agency}: eine Website für {name}{in_city}. Auf {source} haben wir Sie gefunden, aber "
        "keine Website, die funktioniert; diese haben wir aus öffentlichen Angaben gebaut.",
        "wir kennen uns noch nicht: {agency} macht Websites. Auf {source} steht {name}{in_city}, eine "
        "funktionierende Website fanden wir nicht. So entstand diese aus öffentlichen Angaben, als Vorschlag.",
    ),
    reminders=(
        "am {wrote_on} haben wir Ihnen von einer Website geschrieben, die wir für {name} gebaut haben, als "
        "Vorschlag. Sie steht noch zum Ansehen da.",
        "es geht um unsere Mail vom {wrote_on} und um die Website, die wir für {name} als Vorschlag gebaut haben. "
        "Sie können sie weiterhin ansehen.",
        "wir haben Ihnen am {wrote_on} geschrieben, um Ihnen eine Website für {name} zu zeigen. Sie ist ein "
        "Vorschlag aus öffentlichen Angaben, und Sie können sie weiterhin ansehen.",
        "eine kurze Erinnerung an unsere Mail vom {wrote_on}: Wir haben eine Website für {name} gebaut, als "
        "Vorschlag, und ein Blick zeigt, ob sie passt.",
        "in unserer Mail vom {wrote_on} haben wir eine Website für {name} vorgeschlagen. Falls an dem Tag viel los "
        "war: Hier ist der Vorschlag noch einmal.",
        "in unserer Mail vom {wrote_on} ging es um eine Website für {name}, einen Vorschlag aus dem, was öffentlich "
        "ist. Hier ist sie noch einmal.",
        "wir sind {agency}. Am {wrote_on} haben wir Ihnen einen Vorschlag geschickt: eine Website für {name}. Sie "
        "steht da, wann immer Sie sie ansehen möchten.",
    ),
    reminder_preheaders=(
        "Der Vorschlag von {agency} steht noch zum Ansehen da. Nein ist eine gute Antwort.",
        "Zu unserer Mail vom {wrote_on}: ein Link zum Ansehen, ein Link zum Neinsagen.",
        "Eine Erinnerung von {agency}. Das ist ein Angebot, und Ansehen kostet nichts.",
        "Von {agency}, zu unserer Mail vom {wrote_on}. Sie entscheiden, ob die Seite bleibt.",
        "Unser Vorschlag vom {wrote_on}, noch einmal. Sehen Sie hin, wann es Ihnen passt.",
        "Weiterhin ein Vorschlag, weiterhin ein Angebot von {agency}, und Nein ist in Ordnung.",
    ),
    last_reminders=(
        "am {wrote_on} haben wir Ihnen von einer Website geschrieben, die wir für {name} gebaut haben, als "
        "Vorschlag. Das ist unsere letzte Mail dazu.",
        "das ist unsere letzte Mail zu der Website, die wir am {wrote_on} für {name} vorgeschlagen haben. Sie "
        "können sie weiterhin ansehen; danach schreiben wir dazu nicht mehr.",
        "ein letztes Wort zu unserer Mail vom {wrote_on}: Die Website für {name} ist ein Vorschlag, und Sie können "
        "sie weiterhin ansehen. Weitere Mails folgen nicht.",
        "wir haben Ihnen am {wrote_on} von einer Website für {name} geschrieben, einem Vorschlag. Nach dieser Mail "
        "schreiben wir dazu nicht mehr.",
        "diese Mail ist unsere letzte zu der Website für {name}, unserem Vorschlag vom {wrote_on}. Hier ist sie "
        "noch einmal.",
        "zum Abschluss: Am {wrote_on} haben wir eine Website für {name} vorgeschlagen. Unten steht sie noch einmal, "
        "und das ist unsere letzte Mail.",
    ),
    last_preheaders=(
        "Unsere letzte Mail dazu. Den Vorschlag von {agency} können Sie weiterhin ansehen.",
        "Von {agency}: die letzte Mail zu unserem Vorschlag vom {wrote_on}.",
        "Weitere Mails folgen nicht. Ein Link zum Ansehen, ein Link zum Neinsagen.",
        "Unsere letzte Mail zum Vorschlag vom {wrote_on}. Sie müssen nichts tun.",
        "Das letzte Wort von {agency} dazu. Nein ist eine gute Antwort, und keine ist auch eine.",
        "Nach dieser Mail schreibt {agency} zu dem Vorschlag nicht mehr.",
    ),
    last_ways_out=(
        "Ist das nichts für Sie, müssen Sie nichts tun. „Nein, danke“ unten schließt auch jede andere Mail von uns "
        "aus, und „Seite löschen lassen“ auf der Seite nimmt sie aus dem Netz.",
        "Kein Interesse? Dann ist nichts zu tun. Soll die Seite sofort weg, hat sie dafür einen Knopf „Seite "
        "löschen lassen“, oder Sie wählen unten „Nein, danke“.",
        "Keine Antwort ist auch eine. „Seite löschen lassen“ auf der Seite nimmt sie aus dem Netz, und nach „Nein, "
        "danke“ unten schreiben wir Ihnen nie wieder.",
        "Lautet die Antwort Nein, können Sie es dabei lassen. „Nein, danke“ unten macht es sicher, und „Seite "
        "löschen lassen“ auf der Seite nimmt den Vorschlag aus dem Netz.",
        "Sie schulden uns keine Antwort. Möchten Sie die Seite nicht, hat sie einen Knopf „Seite löschen lassen“; "
        "„Nein, danke“ unten beendet alle Mails von uns.",
        "Wenn Sie diese Mail liegen lassen, geschieht nichts. „Seite löschen lassen“ auf der Seite nimmt sie weg, "
        "und nach „Nein, danke“ unten schreiben wir Ihnen nie wieder.",
    ),
    sources={
        "the agency's own list": "unserer eigenen Liste",
        "the made-up map of the sample town": "der erfundenen Karte der Musterstadt",
    },
)
