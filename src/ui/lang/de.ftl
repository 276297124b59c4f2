# Was die Anzeigen sagen, auf Deutsch. Title: was zuerst gelesen wird. Say: ein Satz für die Kundschaft.
# Do: ein Satz für die Kasse. Beträge und Zeiten kommen ausgeschrieben.

starting-title = Startet
starting-say = Einen Moment, bitte.
starting-do = Wird vorbereitet.

idle-title = Willkommen!
idle-say = Willkommen!
idle-do = Betrag eintippen.
standing-how = Scannen und am Handy bezahlen.
standing-do = Link wird gezeigt. Betrag tippen.
standing-closed = Der Code hier ist geschlossen. Bitte zahlen Sie an der Kasse.
standing-closed-do = Fester Link geschlossen. Betrag tippen.

entering-title = Betrag
entering-say = Ihr Betrag wird eingegeben.
entering-do = Enter zeigt den Code.
entry-zero = Bitte erst einen Betrag tippen.
entry-over = Höchstens { $limit }.
entry-under = Mindestens { $limit }.
entry-decimals = { $most ->
    [one] Ein Komma, höchstens eine Stelle dahinter.
   *[other] Ein Komma, höchstens { $most } Stellen dahinter.
}
entry-no-decimals = Keine Nachkommastellen: { $typed } ist { $amount }.

confirm-title = Stimmt das?
confirm-say = Der Betrag wird gerade geprüft.
confirm-do = Ein hoher Betrag.

preparing-title = Einen Moment
preparing-say = Ihr Code kommt gleich.
preparing-do = Link wird angefragt.
preparing-panel-do = Der Code wartet auf die Anzeige.

scan-title = Scannen
scan-say = Mit der Kamera scannen
scan-do = Jetzt kann gescannt werden.
scan-left = Noch { $time }
scan-declined = Abgelehnt – noch einmal
scan-declined-do = Abgelehnt. Der Code gilt noch.
scan-too-long-title = Hier kein Code
scan-too-long-do = Siehe die andere Anzeige.
scan-too-long-say = Der Code passt nicht auf diese Anzeige. Bitte an der Kasse fragen.

processing-title = In Arbeit
processing-say = Ihre Bank ist dran. Bitte warten.
processing-do = Noch nicht bezahlt. Bitte warten.

closing-title = Wird geprüft
closing-say = Bitte nicht mehr bezahlen. Wir prüfen gerade.
closing-cancelled-do = Abbruch. Kam noch Geld?
closing-expired-do = Zeit ist um. Kam noch Geld?
closing-paid-do = Link wird geschlossen.
closing-nolink-do = Kein Link. Wird geschlossen.

paid-title = Bezahlt
paid-say = Vielen Dank!
paid-do = Nr. { $tail }

short-title = Zu wenig bezahlt
short-say = Bitte zahlen Sie den Restbetrag an der Kasse.
short-do = Den Restbetrag verlangen.
over-title = Zu viel bezahlt
over-say = Bitte fragen Sie an der Kasse nach der Differenz.
over-do = Differenz zurückgeben.
row-due = Verlangt
row-received = Erhalten
row-missing = Es fehlen
row-extra = Zu viel

late-title = Spät bezahlt
late-say = Ihre Zahlung kam spät. Bitte fragen Sie an der Kasse.
late-do = Für den Verkauf von { $time }.

duplicate-title = Doppelt bezahlt
duplicate-say = Bitte lassen Sie es sich an der Kasse zurückgeben.
duplicate-do = Einmal zurückgeben.
row-sale = Verkauf
row-again = Noch einmal

expired-title = Zeit ist um
expired-say = Es kam keine Zahlung an. Bitte fragen Sie an der Kasse.
expired-do = Nichts bezahlt. Neu eintippen.

failed-title = Fehlgeschlagen
failed-say = Es kam keine Zahlung an. Bitte fragen Sie an der Kasse.
failed-do = Nichts bezahlt. Neu eintippen.

nocode-title = Kein Code möglich
nocode-say = Es wurde nichts bezahlt. Bitte fragen Sie an der Kasse.
nocode-do = Niemand konnte zahlen. Neu eintippen.

cancelled-title = Abgebrochen
cancelled-say = Es kam keine Zahlung an.
cancelled-do = Nichts bezahlt.

unknown-title = Noch unklar
unknown-say = Bitte nicht noch einmal bezahlen. Die Kasse prüft es.
unknown-do = Weder ja noch nein. Wird verfolgt.
progress-title = Noch in Arbeit
progress-say = Bitte nicht noch einmal bezahlen. Die Bank ist noch dran.
progress-do = Bei der Bank. Noch nicht bezahlt.

unavailable-title = Zurzeit keine Zahlung per Code
unavailable-say = Bitte fragen Sie an der Kasse, wie Sie zahlen können.
unavailable-shown-say = Schon bezahlt? Bitte warten. Sonst an der Kasse fragen.
unavailable-shown-do = Bezahlt? Dann warten.
unavailable-short = Zurzeit kein Code
unavailable-broker = Keine Netzverbindung.
unavailable-relay = Die Zahlstelle antwortet nicht.
unavailable-provider = Zahlsystem nicht erreichbar.
unavailable-name = Ein anderes Gerät heißt so.
unavailable-journal = Speicher nicht beschreibbar.
unavailable-paused = Vom Betreiber angehalten.

ask-title = Ist das Ihre Zahlung?
ask-say = Bitte sagen Sie es an der Kasse.
ask-short = Für den Verkauf?
ask-do = Geld kam über den Thekenlink.

pin-title = PIN
pin-refund = Für eine Erstattung
pin-settle = Um von Hand abzuschließen
pin-wrong = Falsche PIN. Bitte noch einmal.

refund-title = Erstattung
refund-of = von { $paid } bezahlt
refund-left = noch { $left } von { $paid }
refund-say = Ihre Erstattung wird vorbereitet.
refund-do = Wie viel zurückgeben?
refunding-title = Wird erstattet
refunding-say = Ihre Erstattung läuft. Einen Moment, bitte.
refunding-do = Zahlsystem wird gefragt.
refunded-title = Erstattet
refunded-say = Das Geld ist auf dem Weg zu Ihnen.
refunded-do = Die Erstattung ist erledigt.
returning-title = Erstattung läuft
returning-say = Die Bank arbeitet an Ihrer Erstattung.
returning-do = Angenommen. Die Bank ist dran.
unrefunded-title = Nicht erstattet
byhand-title = Von Hand erstatten
byhand-say = Bei { $system } erstatten, dann Enter drücken.
refunddoubt-title = Erstattung noch unklar
refunddoubt-say = Die Antwort steht noch aus. Die Kasse prüft es.
refunddoubt-do = Antwort kommt noch. Nicht wiederholen.

list-title = Letzte Zahlungen
list-none = Noch keine Zahlungen.
payment-at = Um { $time }
payment-at-ref = Um { $time }, Nr. { $tail }
payment-partly = Teils erstattet
payment-bounced = Erstattung gescheitert
payment-again = { $amount } kam nicht an. Bitte nochmals erstatten.
row-back = Erstattet
row-kept = Behalten
result-open = Offen
result-paid = Bezahlt
result-short = Zu wenig
result-late = Spät
result-over = Zu viel
result-failed = Fehler
result-expired = Abgelaufen
result-cancelled = Abbruch
result-unknown = Unklar
result-counter = Theke
result-again = Doppelt
result-foreign = Fremd
result-back = Erstattet
result-partly = Teilweise
result-bounced = Rückläufer

pairing-title = Einrichtung
pairing-waiting = Der Betreuung diesen Code geben: qrtill fleet pair
pairing-nobroker = Kein Broker. Netzwerk prüfen.
pairing-byhand = Die Anfrage zur Betreuung bringen: qrtill pair
pairing-foreign = Eine falsche Antwort kam. Code erneut geben.
pairing-refused = Die Antwort passt nicht. Betreuung fragen.

money-settings = Die Zahlungseinstellungen wurden aus der Ferne geändert. Wenn Sie nichts davon wissen, fragen Sie erst den Inhaber.
paused-title = Geschlossen
paused-say = Hier kann im Moment nicht bezahlt werden.
paused-do = Von der Betreuung angehalten.

strip-late = Spät: { $amount } von { $time }
strip-duplicate = Doppelt: { $amount } von { $time }
strip-foreign = Fremd: { $amount } um { $time }
strip-counter = Theke: { $amount } um { $time }
strip-rest = Rest: { $amount } von { $time }
strip-unpaid = Unbezahlt: { $amount } von { $time }
strip-refunded = Erstattet: { $amount } von { $time }
strip-not-refunded = Nicht erstattet: { $amount } von { $time }
strip-bounced = Rückläufer: { $amount } von { $time }

missing-panel = Kundenanzeige fehlt
missing-cashier = Kassenanzeige fehlt
missing-keypad = Tastatur fehlt

key-enter = Enter
key-back = ←
key-clear = C
key-cancel = ✕
key-plus = +
key-list = L
key-digits = 0–9
hint-enter-pay = OK
hint-enter-yes = Ja
hint-enter-pin = OK
hint-enter-done = Fertig
hint-enter-pick = Wählen
hint-enter-refund = Erstatten
hint-enter-by-hand = Dort erledigt
hint-back-digit = Zurück
hint-back-up = Hoch
hint-clear-all = Löschen
hint-cancel-sale = Abbruch
hint-cancel-no = Nein
hint-cancel-leave = Ende
hint-plus-repeat = Noch mal
hint-plus-down = Weiter
hint-plus-refund = Erstatten
hint-clear-settle = Von Hand
hint-list-last = Liste
hint-digits-new = Neu
hint-digits-part = Teilbetrag
