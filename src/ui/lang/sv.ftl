# Vad skärmarna säger, på svenska. Title: det som läses först. Say: en mening till kunden.
# Do: en mening till kassan. Belopp och tider kommer färdigskrivna.

starting-title = Startar
starting-say = Ett ögonblick.
starting-do = Förbereder.

idle-title = Välkommen!
idle-say = Välkommen!
idle-do = Slå in ett belopp.
standing-how = Skanna och betala med mobilen.
standing-do = Länken visas. Slå in ett belopp.
standing-closed = Koden här är stängd. Betala i kassan.
standing-closed-do = Fasta länken stängd. Slå in ett belopp.

entering-title = Belopp
entering-say = Beloppet slås in.
entering-do = Enter visar koden.
entry-zero = Slå in ett belopp först.
entry-over = Högst { $limit }.
entry-under = Minst { $limit }.
entry-decimals = { $most ->
    [one] Ett komma, högst en decimal.
   *[other] Ett komma, högst { $most } decimaler.
}
entry-no-decimals = Inga decimaler: { $typed } är { $amount }.

confirm-title = Stämmer det?
confirm-say = Kassan kontrollerar beloppet.
confirm-do = Ett högt belopp.

preparing-title = Ett ögonblick
preparing-say = Koden kommer strax.
preparing-do = Hämtar länk.
preparing-panel-do = Koden väntar på skärmen.

scan-title = Skanna
scan-say = Skanna med kameran
scan-do = Kunden kan skanna nu.
scan-left = { $time } kvar
scan-declined = Nekades – försök igen
scan-declined-do = Nekad. Koden gäller än.
scan-too-long-title = Ingen kod här
scan-too-long-do = Se den andra skärmen.
scan-too-long-say = Koden får inte plats här. Fråga i kassan.

processing-title = Pågår
processing-say = Banken arbetar. Vänta lite.
processing-do = Inte betalt än. Vänta.

closing-title = Kontrollerar
closing-say = Betala inte nu. Vi kontrollerar.
closing-cancelled-do = Avbryter. Kom det pengar?
closing-expired-do = Tiden är ute. Kom det pengar?
closing-paid-do = Stänger länken.
closing-nolink-do = Ingen länk. Stänger.

paid-title = Betalt
paid-say = Tack!
paid-do = Nr { $tail }

short-title = För lite betalt
short-say = Fråga i kassan om resten.
short-do = Be om resten.
over-title = För mycket betalt
over-say = Fråga i kassan om skillnaden.
over-do = Ge tillbaka skillnaden.
row-due = Att betala
row-received = Mottaget
row-missing = Saknas
row-extra = För mycket

late-title = Sent betalt
late-say = Betalningen kom sent. Fråga i kassan.
late-do = För köpet { $time }.

duplicate-title = Betalt två gånger
duplicate-say = Be om pengarna åter i kassan.
duplicate-do = Ge tillbaka en gång.
row-sale = Köp
row-again = Igen

expired-title = Tiden är ute
expired-say = Ingen betalning kom. Fråga i kassan.
expired-do = Inget betalt. Slå in igen.

failed-title = Betalningen misslyckades
failed-say = Ingen betalning kom. Fråga i kassan.
failed-do = Inget betalt. Slå in igen.

nocode-title = Ingen kod kunde göras
nocode-say = Inget har betalats. Fråga i kassan.
nocode-do = Ingen har betalat. Slå in igen.

cancelled-title = Avbrutet
cancelled-say = Ingen betalning kom.
cancelled-do = Inget betalt.

unknown-title = Ännu oklart
unknown-say = Betala inte igen. Kassan kontrollerar.
unknown-do = Varken ja eller nej. Bevakas.
progress-title = Pågår fortfarande
progress-say = Betala inte igen. Banken arbetar än.
progress-do = Hos banken. Inte betalt än.

unavailable-title = Ingen kodbetalning just nu
unavailable-say = Fråga i kassan hur du kan betala.
unavailable-shown-say = Redan betalt? Vänta lite. Fråga annars i kassan.
unavailable-shown-do = Betalt? Vänta då.
unavailable-short = Ingen kod nu
unavailable-broker = Ingen nätanslutning.
unavailable-relay = Reläet svarar inte.
unavailable-provider = Betalsystemet svarar inte.
unavailable-name = En annan enhet har det namnet.
unavailable-journal = Det går inte att spara.
unavailable-paused = Pausad av operatören.

ask-title = Är det din betalning?
ask-say = Säg till i kassan.
ask-short = För det här köpet?
ask-do = Pengar via fasta länken.

pin-title = PIN
pin-refund = För återbetalning
pin-settle = För att avsluta för hand
pin-wrong = Fel PIN. Försök igen.

refund-title = Återbetalning
refund-of = av { $paid } betalt
refund-left = { $left } kvar av { $paid }
refund-say = Din återbetalning förbereds.
refund-do = Hur mycket ska tillbaka?
refunding-title = Betalas tillbaka
refunding-say = Din återbetalning görs. Ett ögonblick.
refunding-do = Frågar betalsystemet.
refunded-title = Återbetalt
refunded-say = Pengarna är på väg till dig.
refunded-do = Återbetalningen är gjord.
returning-title = Återbetalning pågår
returning-say = Banken arbetar med återbetalningen.
returning-do = Mottagen. Banken arbetar.
unrefunded-title = Inte återbetalt
byhand-title = Betala åter för hand
byhand-say = Betala åter hos { $system }, tryck sedan Enter.
refunddoubt-title = Återbetalning oklar
refunddoubt-say = Svaret dröjer. Kassan kontrollerar.
refunddoubt-do = Svaret dröjer. Upprepa inte.

list-title = Senaste betalningar
list-none = Inga betalningar än.
payment-at = Kl. { $time }
payment-at-ref = Kl. { $time }, nr { $tail }
payment-partly = Delvis återbetalt
payment-bounced = Återbetalning misslyckad
payment-again = Kunden fick inte { $amount }. Betala åter igen.
row-back = Återbetalt
row-kept = Behållet
result-open = Öppet
result-paid = Betalt
result-short = För lite
result-late = Sent
result-over = För mycket
result-failed = Misslyckat
result-expired = Utgånget
result-cancelled = Avbrutet
result-unknown = Oklart
result-counter = Disk
result-again = Igen
result-foreign = Annat köp
result-back = Återbetalt
result-partly = Delvis
result-bounced = Studsat

pairing-title = Installation
pairing-waiting = Ge driften den här koden: qrtill fleet pair
pairing-nobroker = Ingen broker. Kontrollera nätverket.
pairing-byhand = Bär begäran till driften: qrtill pair
pairing-foreign = Ett felaktigt svar kom. Ge koden igen.
pairing-refused = Svaret passar inte. Fråga driften.

money-settings = Betalningsinställningarna har ändrats på distans. Om ingen sagt det till dig, fråga ägaren först.
paused-title = Stängt just nu
paused-say = Den här kassan tar inte emot betalning nu.
paused-do = Pausad av driften.

strip-late = Sent: { $amount } från { $time }
strip-duplicate = Igen: { $amount } från { $time }
strip-foreign = Annat köp: { $amount } kl. { $time }
strip-counter = Disk: { $amount } kl. { $time }
strip-rest = Resten: { $amount } från { $time }
strip-unpaid = Obetalt: { $amount } från { $time }
strip-refunded = Återbetalt: { $amount } från { $time }
strip-not-refunded = Ej återbetalt: { $amount } från { $time }
strip-bounced = Studsat: { $amount } från { $time }

missing-panel = Kundskärm saknas
missing-cashier = Kassaskärm saknas
missing-keypad = Knappsats saknas

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
hint-enter-done = Klar
hint-enter-pick = Välj
hint-enter-refund = Återbetala
hint-enter-by-hand = Gjort där
hint-back-digit = Ångra
hint-back-up = Upp
hint-clear-all = Rensa
hint-cancel-sale = Avbryt
hint-cancel-no = Nej
hint-cancel-leave = Lämna
hint-plus-repeat = Upprepa
hint-plus-down = Ner
hint-plus-refund = Återbetala
hint-clear-settle = För hand
hint-list-last = Lista
hint-digits-new = Nytt
hint-digits-part = En del
