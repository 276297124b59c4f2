# Ekranların söyledikleri, Türkçe. Title: ilk okunan. Say: müşteriye bir cümle.
# Do: kasaya bir cümle. Tutarlar ve saatler yazılmış gelir.

starting-title = Açılıyor
starting-say = Bir dakika lütfen.
starting-do = Hazırlanıyor.

idle-title = Hoş geldiniz!
idle-say = Hoş geldiniz!
idle-do = Tutarı girin.
standing-how = Okutun ve telefonla ödeyin.
standing-do = Bağlantı ekranda. Tutarı girin.
standing-closed = Buradaki kod kapalı. Lütfen kasada ödeyin.
standing-closed-do = Sabit bağlantı kapalı. Tutarı girin.

entering-title = Tutar
entering-say = Tutarınız giriliyor.
entering-do = Enter kodu gösterir.
entry-zero = Önce tutarı girin.
entry-over = En çok { $limit }.
entry-under = En az { $limit }.
entry-decimals = Tek virgül, en çok { $most } basamak.
entry-no-decimals = Kuruş yok: { $typed }, { $amount } eder.

confirm-title = Doğru mu?
confirm-say = Kasa tutarı kontrol ediyor.
confirm-do = Yüksek tutar.

preparing-title = Bir dakika
preparing-say = Kodunuz geliyor.
preparing-do = Bağlantı isteniyor.
preparing-panel-do = Kod ekranı bekliyor.

scan-title = Okutma
scan-say = Kameranızla okutun
scan-do = Müşteri okutabilir.
scan-left = Kalan { $time }
scan-declined = Reddedildi – tekrar deneyin
scan-declined-do = Reddedildi. Kod hâlâ geçerli.
scan-too-long-title = Burada kod yok
scan-too-long-do = Diğer ekrana bakın.
scan-too-long-say = Kod bu ekrana sığmıyor. Lütfen kasaya sorun.

processing-title = İşlemde
processing-say = Bankanız işliyor. Lütfen bekleyin.
processing-do = Henüz ödenmedi. Bekleyin.

closing-title = Kontrol
closing-say = Lütfen artık ödemeyin. Kontrol ediyoruz.
closing-cancelled-do = İptal. Para geldi mi?
closing-expired-do = Süre doldu. Para geldi mi?
closing-paid-do = Bağlantı kapatılıyor.
closing-nolink-do = Bağlantı yok. Kapatılıyor.

paid-title = Ödendi
paid-say = Teşekkürler!
paid-do = No. { $tail }

short-title = Eksik ödendi
short-say = Kalanı lütfen kasaya sorun.
short-do = Kalanı isteyin.
over-title = Fazla ödendi
over-say = Farkı lütfen kasaya sorun.
over-do = Farkı geri verin.
row-due = Ödenecek
row-received = Gelen
row-missing = Eksik
row-extra = Fazla

late-title = Geç ödendi
late-say = Ödemeniz geç geldi. Lütfen kasaya sorun.
late-do = Satış saati { $time }.

duplicate-title = İki kez ödendi
duplicate-say = Lütfen kasadan geri isteyin.
duplicate-do = Birini geri verin.
row-sale = Satış
row-again = Tekrar

expired-title = Süre doldu
expired-say = Ödeme gelmedi. Lütfen kasaya sorun.
expired-do = Ödenmedi. Yeniden girin.

failed-title = Ödeme başarısız
failed-say = Ödeme gelmedi. Lütfen kasaya sorun.
failed-do = Ödenmedi. Yeniden girin.

nocode-title = Kod oluşmadı
nocode-say = Ödeme yapılmadı. Lütfen kasaya sorun.
nocode-do = Kimse ödemedi. Yeniden girin.

cancelled-title = İptal edildi
cancelled-say = Ödeme gelmedi.
cancelled-do = Ödenmedi.

unknown-title = Henüz belli değil
unknown-say = Lütfen tekrar ödemeyin. Kasa kontrol ediyor.
unknown-do = Ne evet ne hayır. İzleniyor.
progress-title = Hâlâ işlemde
progress-say = Lütfen tekrar ödemeyin. Banka işliyor.
progress-do = Bankada. Henüz ödenmedi.

unavailable-title = Şu an kodla ödeme yok
unavailable-say = Nasıl ödeneceğini kasaya sorun.
unavailable-shown-say = Ödediyseniz bekleyin. Değilse kasaya sorun.
unavailable-shown-do = Ödendiyse bekleyin.
unavailable-short = Şu an kod yok
unavailable-broker = Ağ bağlantısı yok.
unavailable-relay = Aktarıcı yanıt vermiyor.
unavailable-provider = Ödeme sistemine ulaşılamıyor.
unavailable-name = Bu ad başka bir cihazda.
unavailable-journal = Kayıt yazılamıyor.
unavailable-paused = Operatör tarafından durduruldu.

ask-title = Bu ödeme sizin mi?
ask-say = Lütfen kasaya söyleyin.
ask-short = Bu satış için mi?
ask-do = Sabit bağlantıdan geldi.

pin-title = PIN
pin-refund = İade için
pin-settle = Elle kapatmak için
pin-wrong = Yanlış PIN. Tekrar deneyin.

refund-title = İade
refund-of = ödenen { $paid }
refund-left = kalan { $left } / { $paid }
refund-say = İadeniz hazırlanıyor.
refund-do = Ne kadar iade?
refunding-title = İade ediliyor
refunding-say = İadeniz yapılıyor. Bir dakika.
refunding-do = Ödeme sistemine soruluyor.
refunded-title = İade edildi
refunded-say = Para size geri geliyor.
refunded-do = İade yapıldı.
returning-title = İade yolda
returning-say = Banka iadenizi işliyor.
returning-do = Alındı. Banka işliyor.
unrefunded-title = İade edilmedi
byhand-title = Elle iade edin
byhand-say = { $system } üzerinden iade edin, sonra Enter’a basın.
refunddoubt-title = İade belli değil
refunddoubt-say = Yanıt henüz gelmedi. Kasa kontrol ediyor.
refunddoubt-do = Yanıt bekleniyor. Tekrarlamayın.

list-title = Son ödemeler
list-none = Henüz ödeme yok.
payment-at = Saat { $time }
payment-at-ref = Saat { $time }, no. { $tail }
payment-partly = Kısmen iade
payment-bounced = İade başarısız
payment-again = Müşteri { $amount } almadı. Yeniden iade edin.
row-back = İade
row-kept = Kalan
result-open = Açık
result-paid = Ödendi
result-short = Eksik
result-late = Geç
result-over = Fazla
result-failed = Başarısız
result-expired = Süre doldu
result-cancelled = İptal
result-unknown = Belirsiz
result-counter = Tezgâh
result-again = Tekrar
result-foreign = Başka satış
result-back = İade
result-partly = Kısmen
result-bounced = Geri döndü

pairing-title = Kurulum
pairing-waiting = Bu kodu operatöre verin: qrtill fleet pair
pairing-nobroker = Broker yok. Ağı kontrol edin.
pairing-byhand = İsteği operatöre götürün: qrtill pair
pairing-foreign = Yanlış bir yanıt geldi. Kodu yeniden verin.
pairing-refused = Yanıt uymuyor. Operatöre sorun.

money-settings = Ödeme ayarları uzaktan değiştirildi. Haberiniz yoksa satıştan önce sahibine sorun.
paused-title = Şimdilik kapalı
paused-say = Bu kasa şu an ödeme almıyor.
paused-do = Operatör durdurdu.

strip-late = Geç: { $amount }, { $time }
strip-duplicate = Tekrar: { $amount }, { $time }
strip-foreign = Başka satış: { $amount }, { $time }
strip-counter = Tezgâh: { $amount }, { $time }
strip-rest = Kalanı: { $amount }, { $time }
strip-unpaid = Ödenmedi: { $amount }, { $time }
strip-refunded = İade: { $amount }, { $time }
strip-not-refunded = İade edilmedi: { $amount }, { $time }
strip-bounced = İade döndü: { $amount }, { $time }

missing-panel = Müşteri ekranı yok
missing-cashier = Kasiyer ekranı yok
missing-keypad = Tuş takımı yok

key-enter = Enter
key-back = ←
key-clear = C
key-cancel = ✕
key-plus = +
key-list = L
key-digits = 0–9
hint-enter-pay = Tamam
hint-enter-yes = Evet
hint-enter-pin = Tamam
hint-enter-done = Bitti
hint-enter-pick = Seç
hint-enter-refund = İade et
hint-enter-by-hand = Yapıldı
hint-back-digit = Geri al
hint-back-up = Yukarı
hint-clear-all = Sil
hint-cancel-sale = İptal
hint-cancel-no = Hayır
hint-cancel-leave = Çık
hint-plus-repeat = Tekrar
hint-plus-down = Aşağı
hint-plus-refund = İade et
hint-clear-settle = Elle
hint-list-last = Liste
hint-digits-new = Yeni
hint-digits-part = Bir kısmı
