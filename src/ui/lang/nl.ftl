# Wat de schermen zeggen, in het Nederlands. Title: wat eerst gelezen wordt. Say: een zin voor de klant.
# Do: een zin voor de kassa. Bedragen en tijden komen uitgeschreven.

starting-title = Start op
starting-say = Een moment alstublieft.
starting-do = Wordt voorbereid.

idle-title = Welkom!
idle-say = Welkom!
idle-do = Toets een bedrag in.
standing-how = Scan en betaal met uw telefoon.
standing-do = Link staat aan. Toets een bedrag in.
standing-closed = Deze code is gesloten. Betaal aan de kassa.
standing-closed-do = Vaste link dicht. Toets een bedrag in.

entering-title = Bedrag
entering-say = Uw bedrag wordt ingetoetst.
entering-do = Enter toont de code.
entry-zero = Toets eerst een bedrag in.
entry-over = Hoogstens { $limit }.
entry-under = Minstens { $limit }.
entry-decimals = { $most ->
    [one] Eén komma, hoogstens één decimaal.
   *[other] Eén komma, hoogstens { $most } decimalen.
}
entry-no-decimals = Geen decimalen: { $typed } is { $amount }.

confirm-title = Klopt dit?
confirm-say = De kassa controleert het bedrag.
confirm-do = Een hoog bedrag.

preparing-title = Een moment
preparing-say = Uw code komt eraan.
preparing-do = Link wordt gevraagd.
preparing-panel-do = De code wacht op het scherm.

scan-title = Scannen
scan-say = Scan met uw camera
scan-do = De klant kan nu scannen.
scan-left = Nog { $time }
scan-declined = Geweigerd – nog een keer
scan-declined-do = Geweigerd. De code geldt nog.
scan-too-long-title = Hier geen code
scan-too-long-do = Zie het andere scherm.
scan-too-long-say = De code past niet op dit scherm. Vraag het aan de kassa.

processing-title = Bezig
processing-say = Uw bank is bezig. Even wachten.
processing-do = Nog niet betaald. Even wachten.

closing-title = Controle
closing-say = Betaal nu niet meer. We controleren het.
closing-cancelled-do = Annuleren. Kwam er geld?
closing-expired-do = De tijd is om. Kwam er geld?
closing-paid-do = De link wordt gesloten.
closing-nolink-do = Er is geen link. Sluiten.

paid-title = Betaald
paid-say = Dank u wel!
paid-do = Nr. { $tail }

short-title = Te weinig betaald
short-say = Vraag aan de kassa naar de rest.
short-do = Vraag om de rest.
over-title = Te veel betaald
over-say = Vraag aan de kassa naar het verschil.
over-do = Geef het verschil terug.
row-due = Te betalen
row-received = Ontvangen
row-missing = Tekort
row-extra = Te veel

late-title = Te laat betaald
late-say = Uw betaling kwam te laat. Vraag het aan de kassa.
late-do = Voor de verkoop van { $time }.

duplicate-title = Dubbel betaald
duplicate-say = Vraag het terug aan de kassa.
duplicate-do = Geef het één keer terug.
row-sale = Verkoop
row-again = Nog eens

expired-title = De tijd is om
expired-say = Er kwam geen betaling. Vraag het aan de kassa.
expired-do = Niets betaald. Toets opnieuw in.

failed-title = Betaling mislukt
failed-say = Er kwam geen betaling. Vraag het aan de kassa.
failed-do = Niets betaald. Toets opnieuw in.

nocode-title = Geen code gelukt
nocode-say = Er is niets betaald. Vraag het aan de kassa.
nocode-do = Niemand betaalde. Toets opnieuw in.

cancelled-title = Geannuleerd
cancelled-say = Er kwam geen betaling.
cancelled-do = Niets betaald.

unknown-title = Nog niet bekend
unknown-say = Betaal niet nog eens. De kassa controleert het.
unknown-do = Geen ja, geen nee. Wordt gevolgd.
progress-title = Nog bezig
progress-say = Betaal niet nog eens. De bank is nog bezig.
progress-do = Bij de bank. Nog niet betaald.

unavailable-title = Nu geen betaling met code
unavailable-say = Vraag aan de kassa hoe u kunt betalen.
unavailable-shown-say = Al betaald? Even wachten. Zo niet, vraag de kassa.
unavailable-shown-do = Betaald? Wacht dan.
unavailable-short = Nu geen code
unavailable-broker = Geen netwerkverbinding.
unavailable-relay = De relay zwijgt.
unavailable-provider = Betaalsysteem onbereikbaar.
unavailable-name = Een ander apparaat heeft deze naam.
unavailable-journal = Opslag niet beschrijfbaar.
unavailable-paused = Gepauzeerd door de beheerder.

ask-title = Is dit uw betaling?
ask-say = Zeg het aan de kassa.
ask-short = Voor deze verkoop?
ask-do = Geld via de vaste link.

pin-title = PIN
pin-refund = Voor een terugbetaling
pin-settle = Om zelf af te sluiten
pin-wrong = Verkeerde PIN. Nog eens.

refund-title = Terugbetaling
refund-of = van { $paid } betaald
refund-left = nog { $left } van { $paid }
refund-say = Uw terugbetaling wordt voorbereid.
refund-do = Hoeveel terugbetalen?
refunding-title = Wordt terugbetaald
refunding-say = Uw terugbetaling loopt. Een moment.
refunding-do = Betaalsysteem wordt gevraagd.
refunded-title = Terugbetaald
refunded-say = Het geld is naar u onderweg.
refunded-do = De terugbetaling is klaar.
returning-title = Terugbetaling loopt
returning-say = De bank werkt aan uw terugbetaling.
returning-do = Aangenomen. De bank is bezig.
unrefunded-title = Niet terugbetaald
byhand-title = Zelf terugbetalen
byhand-say = Betaal terug bij { $system } en druk op Enter.
refunddoubt-title = Terugbetaling onzeker
refunddoubt-say = Het antwoord komt nog. De kassa controleert het.
refunddoubt-do = Antwoord komt nog. Niet herhalen.

list-title = Laatste betalingen
list-none = Nog geen betalingen.
payment-at = Om { $time }
payment-at-ref = Om { $time }, nr. { $tail }
payment-partly = Deels terugbetaald
payment-bounced = Terugbetaling mislukt
payment-again = De klant kreeg { $amount } niet. Betaal opnieuw terug.
row-back = Terug
row-kept = Gehouden
result-open = Open
result-paid = Betaald
result-short = Te weinig
result-late = Te laat
result-over = Te veel
result-failed = Mislukt
result-expired = Verlopen
result-cancelled = Geannuleerd
result-unknown = Onbekend
result-counter = Balie
result-again = Dubbel
result-foreign = Onbekende
result-back = Terug
result-partly = Deels
result-bounced = Mislukt

pairing-title = Installatie
pairing-waiting = Geef de beheerder deze code: qrtill fleet pair
pairing-nobroker = Geen broker. Controleer het netwerk.
pairing-byhand = Breng het verzoek naar de beheerder: qrtill pair
pairing-foreign = Er kwam een verkeerd antwoord. Geef de code opnieuw.
pairing-refused = Het antwoord past niet. Vraag de beheerder.

money-settings = De betaalinstellingen zijn op afstand gewijzigd. Wist u dat niet, vraag het dan eerst aan de eigenaar.
paused-title = Nu gesloten
paused-say = Hier kan nu niet betaald worden.
paused-do = Gepauzeerd door de beheerder.

strip-late = Te laat: { $amount } van { $time }
strip-duplicate = Dubbel: { $amount } van { $time }
strip-foreign = Onbekend: { $amount } om { $time }
strip-counter = Balie: { $amount } om { $time }
strip-rest = De rest: { $amount } van { $time }
strip-unpaid = Onbetaald: { $amount } van { $time }
strip-refunded = Terug: { $amount } van { $time }
strip-not-refunded = Niet terug: { $amount } van { $time }
strip-bounced = Terug mislukt: { $amount } van { $time }

missing-panel = Klantscherm ontbreekt
missing-cashier = Kassascherm ontbreekt
missing-keypad = Toetsenbord ontbreekt

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
hint-enter-done = Klaar
hint-enter-pick = Kies
hint-enter-refund = Betaal terug
hint-enter-by-hand = Daar gedaan
hint-back-digit = Herstel
hint-back-up = Op
hint-clear-all = Wis
hint-cancel-sale = Annuleer
hint-cancel-no = Nee
hint-cancel-leave = Sluit
hint-plus-repeat = Herhaal
hint-plus-down = Neer
hint-plus-refund = Betaal terug
hint-clear-settle = Zelf
hint-list-last = Lijst
hint-digits-new = Nieuw
hint-digits-part = Een deel
