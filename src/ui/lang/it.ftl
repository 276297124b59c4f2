# Cosa dicono gli schermi, in italiano. Title: ciò che si legge per primo. Say: una frase per il cliente.
# Do: una frase per la cassa. Importi e ore arrivano già scritti.

starting-title = Avvio
starting-say = Un momento, prego.
starting-do = Preparazione in corso.

idle-title = Benvenuti!
idle-say = Benvenuti!
idle-do = Digitare un importo.
standing-how = Inquadrare e pagare con il telefono.
standing-do = Link esposto. Digitare un importo.
standing-closed = Questo codice non è più valido. Si paga in cassa.
standing-closed-do = Link fisso chiuso. Digitare un importo.

entering-title = Importo
entering-say = Stiamo digitando l’importo.
entering-do = Invio mostra il codice.
entry-zero = Prima digitare un importo.
entry-over = Al massimo { $limit }.
entry-under = Almeno { $limit }.
entry-decimals = { $most ->
    [one] Una virgola, al massimo un decimale.
   *[other] Una virgola, al massimo { $most } decimali.
}
entry-no-decimals = Senza decimali: { $typed } è { $amount }.

confirm-title = È corretto?
confirm-say = In cassa si verifica l’importo.
confirm-do = Importo elevato.

preparing-title = Un momento
preparing-say = Il codice sta arrivando.
preparing-do = Si chiede il link.
preparing-panel-do = Il codice attende lo schermo.

scan-title = Scansione
scan-say = Inquadrare con la fotocamera
scan-do = Il cliente può inquadrare.
scan-left = Ancora { $time }
scan-declined = Rifiutato – riprovare
scan-declined-do = Rifiutato. Il codice vale ancora.
scan-too-long-title = Nessun codice qui
scan-too-long-do = Vedere l’altro schermo.
scan-too-long-say = Il codice non entra in questo schermo. Chiedere in cassa.

processing-title = In corso
processing-say = La banca sta lavorando. Attendere.
processing-do = Non ancora pagato. Attendere.

closing-title = Verifica
closing-say = Non pagare più. Stiamo verificando.
closing-cancelled-do = Annullo. È arrivato denaro?
closing-expired-do = Tempo scaduto. Arrivato denaro?
closing-paid-do = Chiusura del link.
closing-nolink-do = Nessun link. Chiusura.

paid-title = Pagato
paid-say = Grazie!
paid-do = Rif. { $tail }

short-title = Importo incompleto
short-say = Chiedere in cassa quanto manca.
short-do = Chiedere la differenza.
over-title = Pagato troppo
over-say = Chiedere in cassa la differenza.
over-do = Rendere la differenza.
row-due = Dovuto
row-received = Ricevuto
row-missing = Mancano
row-extra = In più

late-title = Pagato in ritardo
late-say = Il pagamento è arrivato tardi. Chiedere in cassa.
late-do = Per la vendita delle { $time }.

duplicate-title = Pagato due volte
duplicate-say = Farsi rimborsare in cassa.
duplicate-do = Rimborsare una volta.
row-sale = Vendita
row-again = Di nuovo

expired-title = Tempo scaduto
expired-say = Nessun pagamento arrivato. Chiedere in cassa.
expired-do = Niente pagato. Digitare di nuovo.

failed-title = Pagamento fallito
failed-say = Nessun pagamento arrivato. Chiedere in cassa.
failed-do = Niente pagato. Digitare di nuovo.

nocode-title = Nessun codice
nocode-say = Nulla è stato pagato. Chiedere in cassa.
nocode-do = Nessuno ha pagato. Digitare di nuovo.

cancelled-title = Annullato
cancelled-say = Nessun pagamento arrivato.
cancelled-do = Niente pagato.

unknown-title = Esito incerto
unknown-say = Non pagare di nuovo. In cassa si verifica.
unknown-do = Né pagato né no. In osservazione.
progress-title = Ancora in corso
progress-say = Non pagare di nuovo. La banca sta lavorando.
progress-do = È in banca. Non ancora pagato.

unavailable-title = Codice non disponibile
unavailable-say = Chiedere in cassa come pagare.
unavailable-shown-say = Già pagato? Attendere. Se no, chiedere in cassa.
unavailable-shown-do = Pagato? Attendere.
unavailable-short = Nessun codice ora
unavailable-broker = Nessuna connessione.
unavailable-relay = Il relay non risponde.
unavailable-provider = Sistema irraggiungibile.
unavailable-name = Un altro apparecchio ha questo nome.
unavailable-journal = Memoria non scrivibile.
unavailable-paused = Messo in pausa dal gestore.

ask-title = È il Suo pagamento?
ask-say = Lo dica alla cassa, per favore.
ask-short = Per questa vendita?
ask-do = Denaro dal link del banco.

pin-title = PIN
pin-refund = Per un rimborso
pin-settle = Per chiudere a mano
pin-wrong = PIN errato. Riprovare.

refund-title = Rimborso
refund-of = di { $paid } pagati
refund-left = restano { $left } di { $paid }
refund-say = Il rimborso è in preparazione.
refund-do = Quanto rimborsare?
refunding-title = Rimborso in corso
refunding-say = Il rimborso è in corso. Un momento.
refunding-do = Si chiede al sistema.
refunded-title = Rimborsato
refunded-say = Il denaro sta tornando sul Suo conto.
refunded-do = Il rimborso è fatto.
returning-title = Rimborso avviato
returning-say = La banca lavora al rimborso.
returning-do = Accettato. La banca lavora.
unrefunded-title = Non rimborsato
byhand-title = Rimborsare a mano
byhand-say = Rimborsare su { $system }, poi premere Invio.
refunddoubt-title = Rimborso incerto
refunddoubt-say = La risposta manca ancora. In cassa si verifica.
refunddoubt-do = Risposta in arrivo. Non ripetere.

list-title = Ultimi pagamenti
list-none = Ancora nessun pagamento.
payment-at = Alle { $time }
payment-at-ref = Alle { $time }, rif. { $tail }
payment-partly = Rimborsato in parte
payment-bounced = Rimborso fallito
payment-again = Il cliente non ha avuto { $amount }. Rimborsare di nuovo.
row-back = Rimborsato
row-kept = Rimane
result-open = Aperto
result-paid = Pagato
result-short = Incompleto
result-late = In ritardo
result-over = In più
result-failed = Fallito
result-expired = Scaduto
result-cancelled = Annullato
result-unknown = Incerto
result-counter = Banco
result-again = Doppio
result-foreign = Altra vendita
result-back = Rimborsato
result-partly = In parte
result-bounced = Respinto

pairing-title = Configurazione
pairing-waiting = Dare questo codice al gestore: qrtill fleet pair
pairing-nobroker = Nessun broker. Controllare la rete.
pairing-byhand = Portare la richiesta al gestore: qrtill pair
pairing-foreign = Risposta sbagliata. Dare di nuovo il codice.
pairing-refused = La risposta non va bene. Chiedere al gestore.

money-settings = Le impostazioni di pagamento sono state cambiate a distanza. Se non lo sapevi, chiedi prima al titolare.
paused-title = Chiuso per ora
paused-say = Questa cassa ora non accetta pagamenti.
paused-do = Sospeso dal gestore.

strip-late = In ritardo: { $amount } delle { $time }
strip-duplicate = Doppio: { $amount } delle { $time }
strip-foreign = Altra vendita: { $amount } alle { $time }
strip-counter = Banco: { $amount } alle { $time }
strip-rest = Saldo: { $amount } delle { $time }
strip-unpaid = Non pagato: { $amount } delle { $time }
strip-refunded = Rimborsato: { $amount } delle { $time }
strip-not-refunded = Non rimborsato: { $amount } delle { $time }
strip-bounced = Respinto: { $amount } delle { $time }

missing-panel = Manca lo schermo cliente
missing-cashier = Manca lo schermo cassa
missing-keypad = Manca la tastiera

key-enter = Invio
key-back = ←
key-clear = C
key-cancel = ✕
key-plus = +
key-list = L
key-digits = 0–9
hint-enter-pay = OK
hint-enter-yes = Sì
hint-enter-pin = OK
hint-enter-done = Fine
hint-enter-pick = Scegli
hint-enter-refund = Rimborsa
hint-enter-by-hand = Fatto lì
hint-back-digit = Correggi
hint-back-up = Su
hint-clear-all = Cancella
hint-cancel-sale = Annulla
hint-cancel-no = No
hint-cancel-leave = Esci
hint-plus-repeat = Ripeti
hint-plus-down = Giù
hint-plus-refund = Rimborsa
hint-clear-settle = A mano
hint-list-last = Lista
hint-digits-new = Nuovo
hint-digits-part = Una parte
