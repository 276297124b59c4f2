# Co mówią ekrany, po polsku. Title: co czyta się najpierw. Say: zdanie dla klienta.
# Do: zdanie dla kasy. Kwoty i godziny przychodzą już napisane.

starting-title = Uruchamianie
starting-say = Proszę chwilę poczekać.
starting-do = Przygotowanie.

idle-title = Witamy!
idle-say = Witamy!
idle-do = Wpisz kwotę.
standing-how = Zeskanuj i zapłać telefonem.
standing-do = Link widoczny. Wpisz kwotę.
standing-closed = Ten kod jest zamknięty. Prosimy płacić w kasie.
standing-closed-do = Stały link zamknięty. Wpisz kwotę.

entering-title = Kwota
entering-say = Wpisujemy kwotę.
entering-do = Enter pokaże kod.
entry-zero = Najpierw wpisz kwotę.
entry-over = Najwyżej { $limit }.
entry-under = Co najmniej { $limit }.
entry-decimals = { $most ->
    [one] Jeden przecinek, najwyżej jedno miejsce po nim.
    [few] Jeden przecinek, najwyżej { $most } miejsca po nim.
    [many] Jeden przecinek, najwyżej { $most } miejsc po nim.
   *[other] Jeden przecinek, najwyżej { $most } miejsca po nim.
}
entry-no-decimals = Bez groszy: { $typed } to { $amount }.

confirm-title = Zgadza się?
confirm-say = Kasa sprawdza kwotę.
confirm-do = Wysoka kwota.

preparing-title = Chwileczkę
preparing-say = Kod zaraz się pojawi.
preparing-do = Pobieranie linku.
preparing-panel-do = Kod czeka na ekran.

scan-title = Skanowanie
scan-say = Zeskanuj aparatem telefonu
scan-do = Klient może skanować.
scan-left = Jeszcze { $time }
scan-declined = Odrzucono – spróbuj znów
scan-declined-do = Odrzucona. Kod nadal działa.
scan-too-long-title = Tu nie ma kodu
scan-too-long-do = Patrz drugi ekran.
scan-too-long-say = Kod nie mieści się na tym ekranie. Prosimy zapytać w kasie.

processing-title = W toku
processing-say = Bank pracuje. Proszę czekać.
processing-do = Jeszcze nie zapłacono. Czekaj.

closing-title = Sprawdzanie
closing-say = Prosimy już nie płacić. Sprawdzamy.
closing-cancelled-do = Anulowanie. Czy wpłynęło?
closing-expired-do = Czas minął. Czy wpłynęło?
closing-paid-do = Zamykanie linku.
closing-nolink-do = Nie ma linku. Zamykanie.

paid-title = Zapłacono
paid-say = Dziękujemy!
paid-do = Nr { $tail }

short-title = Zapłacono za mało
short-say = O resztę prosimy zapytać w kasie.
short-do = Poproś o dopłatę.
over-title = Zapłacono za dużo
over-say = O różnicę prosimy zapytać w kasie.
over-do = Zwróć różnicę.
row-due = Do zapłaty
row-received = Wpłynęło
row-missing = Brakuje
row-extra = Za dużo

late-title = Zapłacono za późno
late-say = Płatność przyszła późno. Prosimy zapytać w kasie.
late-do = Do sprzedaży z { $time }.

duplicate-title = Zapłacono dwa razy
duplicate-say = Prosimy o zwrot w kasie.
duplicate-do = Zwróć jeden raz.
row-sale = Sprzedaż
row-again = Ponownie

expired-title = Czas minął
expired-say = Płatność nie wpłynęła. Prosimy zapytać w kasie.
expired-do = Nie zapłacono. Wpisz ponownie.

failed-title = Płatność nieudana
failed-say = Płatność nie wpłynęła. Prosimy zapytać w kasie.
failed-do = Nie zapłacono. Wpisz ponownie.

nocode-title = Nie ma kodu
nocode-say = Nic nie zapłacono. Prosimy zapytać w kasie.
nocode-do = Nikt nie zapłacił. Wpisz ponownie.

cancelled-title = Anulowano
cancelled-say = Płatność nie wpłynęła.
cancelled-do = Nie zapłacono.

unknown-title = Jeszcze nie wiadomo
unknown-say = Prosimy nie płacić ponownie. Kasa sprawdza.
unknown-do = Ani tak, ani nie. Śledzimy.
progress-title = Nadal w toku
progress-say = Prosimy nie płacić ponownie. Bank pracuje.
progress-do = Jest w banku. Jeszcze nie wpłynęło.

unavailable-title = Teraz bez płatności kodem
unavailable-say = Prosimy zapytać w kasie, jak zapłacić.
unavailable-shown-say = Już zapłacone? Proszę czekać. Jeśli nie – zapytać w kasie.
unavailable-shown-do = Zapłacone? Czekaj.
unavailable-short = Teraz bez kodu
unavailable-broker = Brak połączenia z siecią.
unavailable-relay = Przekaźnik milczy.
unavailable-provider = System płatności nie odpowiada.
unavailable-name = Inne urządzenie ma tę nazwę.
unavailable-journal = Nie można zapisać danych.
unavailable-paused = Wstrzymane przez operatora.

ask-title = Czy to Twoja płatność?
ask-say = Prosimy powiedzieć w kasie.
ask-short = Do tej sprzedaży?
ask-do = Wpłata przez stały link.

pin-title = PIN
pin-refund = Do zwrotu
pin-settle = Aby zamknąć ręcznie
pin-wrong = Zły PIN. Jeszcze raz.

refund-title = Zwrot
refund-of = z zapłaconych { $paid }
refund-left = zostało { $left } z { $paid }
refund-say = Przygotowujemy zwrot.
refund-do = Ile zwrócić?
refunding-title = Zwracanie
refunding-say = Zwrot w toku. Chwileczkę.
refunding-do = Pytamy system płatności.
refunded-title = Zwrócono
refunded-say = Pieniądze są w drodze do Ciebie.
refunded-do = Zwrot wykonany.
returning-title = Zwrot w drodze
returning-say = Bank pracuje nad zwrotem.
returning-do = Przyjęto. Bank pracuje.
unrefunded-title = Nie zwrócono
byhand-title = Zwróć ręcznie
byhand-say = Zwróć w { $system }, potem naciśnij Enter.
refunddoubt-title = Zwrot niepewny
refunddoubt-say = Odpowiedź jeszcze nie przyszła. Kasa sprawdza.
refunddoubt-do = Odpowiedź w drodze. Nie powtarzaj.

list-title = Ostatnie płatności
list-none = Jeszcze brak płatności.
payment-at = O { $time }
payment-at-ref = O { $time }, nr { $tail }
payment-partly = Zwrócono część
payment-bounced = Zwrot nieudany
payment-again = Klient nie dostał { $amount }. Zwróć ponownie.
row-back = Zwrócono
row-kept = Zostaje
result-open = Otwarta
result-paid = Zapłacono
result-short = Za mało
result-late = Za późno
result-over = Za dużo
result-failed = Nieudana
result-expired = Po czasie
result-cancelled = Anulowano
result-unknown = Niepewna
result-counter = Stały link
result-again = Ponownie
result-foreign = Obca
result-back = Zwrócono
result-partly = Część
result-bounced = Odbity

pairing-title = Konfiguracja
pairing-waiting = Podaj operatorowi ten kod: qrtill fleet pair
pairing-nobroker = Brak brokera. Sprawdź sieć.
pairing-byhand = Zanieś żądanie operatorowi: qrtill pair
pairing-foreign = Przyszła zła odpowiedź. Podaj kod ponownie.
pairing-refused = Odpowiedź nie pasuje. Zapytaj operatora.

money-settings = Ustawienia płatności zmieniono zdalnie. Jeśli nikt o tym nie uprzedził, zapytaj najpierw właściciela.
paused-title = Na razie zamknięte
paused-say = Ta kasa teraz nie przyjmuje płatności.
paused-do = Wstrzymane przez operatora.

strip-late = Za późno: { $amount } z { $time }
strip-duplicate = Ponownie: { $amount } z { $time }
strip-foreign = Obca: { $amount } o { $time }
strip-counter = Stały link: { $amount } o { $time }
strip-rest = Dopłata: { $amount } z { $time }
strip-unpaid = Nie zapłacono: { $amount } z { $time }
strip-refunded = Zwrócono: { $amount } z { $time }
strip-not-refunded = Nie zwrócono: { $amount } z { $time }
strip-bounced = Zwrot odbity: { $amount } z { $time }

missing-panel = Brak ekranu klienta
missing-cashier = Brak ekranu kasjera
missing-keypad = Brak klawiatury

key-enter = Enter
key-back = ←
key-clear = C
key-cancel = ✕
key-plus = +
key-list = L
key-digits = 0–9
hint-enter-pay = OK
hint-enter-yes = Tak
hint-enter-pin = OK
hint-enter-done = Gotowe
hint-enter-pick = Wybierz
hint-enter-refund = Zwróć
hint-enter-by-hand = Zrobione
hint-back-digit = Cofnij
hint-back-up = W górę
hint-clear-all = Usuń
hint-cancel-sale = Anuluj
hint-cancel-no = Nie
hint-cancel-leave = Wyjdź
hint-plus-repeat = Powtórz
hint-plus-down = W dół
hint-plus-refund = Zwróć
hint-clear-settle = Ręcznie
hint-list-last = Lista
hint-digits-new = Nowa
hint-digits-part = Część
