# Ce que disent les écrans, en français. Title : ce qui est lu d’abord. Say : une phrase pour le client.
# Do : une phrase pour la caisse. Montants et heures arrivent déjà écrits.

starting-title = Démarrage
starting-say = Un instant, s’il vous plaît.
starting-do = Préparation en cours.

idle-title = Bienvenue !
idle-say = Bienvenue !
idle-do = Saisir un montant.
standing-how = Scannez et payez avec votre téléphone.
standing-do = Lien affiché. Saisir un montant.
standing-closed = Le code affiché ici est fermé. Payez à la caisse.
standing-closed-do = Lien fixe fermé. Saisir un montant.

entering-title = Montant
entering-say = Votre montant est en cours de saisie.
entering-do = Entrée affiche le code.
entry-zero = Saisir d’abord un montant.
entry-over = { $limit } au plus.
entry-under = { $limit } au moins.
entry-decimals = { $most ->
    [one] Une virgule, une décimale au plus.
   *[other] Une virgule, { $most } décimales au plus.
}
entry-no-decimals = Pas de décimales : { $typed } fait { $amount }.

confirm-title = Est-ce exact ?
confirm-say = La caisse vérifie le montant.
confirm-do = Montant élevé.

preparing-title = Un instant
preparing-say = Votre code arrive.
preparing-do = Demande du lien.
preparing-panel-do = Le code attend l’écran client.

scan-title = Scanner
scan-say = Scannez avec l’appareil photo
scan-do = Le client peut scanner.
scan-left = Encore { $time }
scan-declined = Refusé – réessayez
scan-declined-do = Refusé. Le code reste valable.
scan-too-long-title = Pas de code ici
scan-too-long-do = Voir l’autre écran.
scan-too-long-say = Le code ne tient pas sur cet écran. Adressez-vous à la caisse.

processing-title = En cours
processing-say = Votre banque s’en occupe. Veuillez patienter.
processing-do = Pas encore payé. Patienter.

closing-title = Vérification
closing-say = Ne payez plus, s’il vous plaît. Nous vérifions.
closing-cancelled-do = Annulation. De l’argent reçu ?
closing-expired-do = Temps écoulé. De l’argent reçu ?
closing-paid-do = Fermeture du lien.
closing-nolink-do = Pas de lien. Fermeture.

paid-title = Payé
paid-say = Merci !
paid-do = Réf. { $tail }

short-title = Montant incomplet
short-say = Adressez-vous à la caisse pour le reste.
short-do = Demander le reste.
over-title = Trop payé
over-say = Adressez-vous à la caisse pour la différence.
over-do = Rendre la différence.
row-due = À payer
row-received = Reçu
row-missing = Il manque
row-extra = En trop

late-title = Payé en retard
late-say = Votre paiement est arrivé tard. Adressez-vous à la caisse.
late-do = Pour la vente de { $time }.

duplicate-title = Payé deux fois
duplicate-say = Faites-vous rembourser à la caisse.
duplicate-do = Rembourser une fois.
row-sale = Vente
row-again = En double

expired-title = Temps écoulé
expired-say = Aucun paiement reçu. Adressez-vous à la caisse.
expired-do = Rien de payé. À ressaisir.

failed-title = Paiement échoué
failed-say = Aucun paiement reçu. Adressez-vous à la caisse.
failed-do = Rien de payé. À ressaisir.

nocode-title = Pas de code possible
nocode-say = Rien n’a été payé. Adressez-vous à la caisse.
nocode-do = Personne n’a pu payer. À ressaisir.

cancelled-title = Annulé
cancelled-say = Aucun paiement reçu.
cancelled-do = Rien de payé.

unknown-title = Pas encore connu
unknown-say = Ne payez pas une seconde fois. La caisse vérifie.
unknown-do = Ni payé ni impayé. Suivi en cours.
progress-title = Toujours en cours
progress-say = Ne payez pas une seconde fois. La banque s’en occupe.
progress-do = À la banque. Pas encore payé.

unavailable-title = Pas de paiement par code
unavailable-say = Demandez à la caisse comment payer.
unavailable-shown-say = Si vous avez payé, patientez. Sinon, adressez-vous à la caisse.
unavailable-shown-do = Payé ? Patientez.
unavailable-short = Pas de code
unavailable-broker = Pas de connexion au réseau.
unavailable-relay = Le relais ne répond pas.
unavailable-provider = Système de paiement injoignable.
unavailable-name = Un autre appareil a ce nom.
unavailable-journal = Stockage non inscriptible.
unavailable-paused = Mis en pause par l'exploitant.

ask-title = Est-ce votre paiement ?
ask-say = Dites-le à la caisse, s’il vous plaît.
ask-short = Pour la vente ?
ask-do = Reçu par le lien du comptoir.

pin-title = PIN
pin-refund = Pour rembourser
pin-settle = Pour régler à la main
pin-wrong = PIN erroné. Réessayer.

refund-title = Remboursement
refund-of = sur { $paid } payés
refund-left = reste { $left } sur { $paid }
refund-say = Votre remboursement se prépare.
refund-do = Combien rembourser ?
refunding-title = Remboursement en cours
refunding-say = Votre remboursement se fait. Un instant.
refunding-do = Le système est interrogé.
refunded-title = Remboursé
refunded-say = L’argent vous est renvoyé.
refunded-do = Le remboursement est fait.
returning-title = Remboursement en route
returning-say = La banque traite votre remboursement.
returning-do = Accepté. La banque s’en occupe.
unrefunded-title = Non remboursé
byhand-title = Rembourser à la main
byhand-say = Remboursez chez { $system }, puis appuyez sur Entrée.
refunddoubt-title = Remboursement incertain
refunddoubt-say = La réponse est attendue. La caisse vérifie.
refunddoubt-do = Réponse attendue. Ne pas répéter.

list-title = Derniers paiements
list-none = Aucun paiement.
payment-at = À { $time }
payment-at-ref = À { $time }, n° { $tail }
payment-partly = Remboursé en partie
payment-bounced = Remboursement rejeté
payment-again = Le client n’a pas reçu { $amount }. Rembourser à nouveau.
row-back = Remboursé
row-kept = Gardé
result-open = Ouvert
result-paid = Payé
result-short = Incomplet
result-late = En retard
result-over = Trop payé
result-failed = Échoué
result-expired = Expiré
result-cancelled = Annulé
result-unknown = Inconnu
result-counter = Comptoir
result-again = En double
result-foreign = Autre vente
result-back = Remboursé
result-partly = En partie
result-bounced = Rejeté

pairing-title = Installation
pairing-waiting = Donnez ce code à l’exploitant : qrtill fleet pair
pairing-nobroker = Pas de broker. Vérifiez le réseau.
pairing-byhand = Portez la demande à l’exploitant : qrtill pair
pairing-foreign = Mauvaise réponse reçue. Redonnez le code.
pairing-refused = La réponse ne convient pas. Demandez à l’exploitant.

money-settings = Les réglages de paiement ont été changés à distance. Si vous n'étiez pas prévenu, demandez d'abord au gérant.
paused-title = Fermé pour l’instant
paused-say = Cette caisse ne prend pas de paiement en ce moment.
paused-do = Mis en pause par l’exploitant.

strip-late = Tardif : { $amount } de { $time }
strip-duplicate = En double : { $amount } de { $time }
strip-foreign = Inconnu : { $amount } à { $time }
strip-counter = Comptoir : { $amount } à { $time }
strip-rest = Le reste : { $amount } de { $time }
strip-unpaid = Impayé : { $amount } de { $time }
strip-refunded = Remboursé : { $amount } de { $time }
strip-not-refunded = Non remboursé : { $amount } de { $time }
strip-bounced = Remb. rejeté : { $amount } de { $time }

missing-panel = Écran client absent
missing-cashier = Écran caisse absent
missing-keypad = Clavier absent

key-enter = Entrée
key-back = ←
key-clear = C
key-cancel = ✕
key-plus = +
key-list = L
key-digits = 0–9
hint-enter-pay = OK
hint-enter-yes = Oui
hint-enter-pin = OK
hint-enter-done = Fini
hint-enter-pick = Choisir
hint-enter-refund = Rembourser
hint-enter-by-hand = C’est fait là
hint-back-digit = Corriger
hint-back-up = Haut
hint-clear-all = Effacer
hint-cancel-sale = Annuler
hint-cancel-no = Non
hint-cancel-leave = Quitter
hint-plus-repeat = Répéter
hint-plus-down = Bas
hint-plus-refund = Rembourser
hint-clear-settle = Régler
hint-list-last = Liste
hint-digits-new = Nouveau
hint-digits-part = Une partie
