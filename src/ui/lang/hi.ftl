# पर्दे जो कहते हैं, हिन्दी में। Title: जो सबसे पहले पढ़ा जाए। Say: ग्राहक के लिए एक वाक्य।
# Do: कैशियर के लिए एक वाक्य। राशि और समय लिखे हुए आते हैं।

starting-title = शुरू हो रहा है
starting-say = कृपया एक क्षण रुकें।
starting-do = तैयारी हो रही है।

idle-title = स्वागत है!
idle-say = स्वागत है!
idle-do = राशि टाइप करें।
standing-how = फ़ोन से स्कैन करके भुगतान करें।
standing-do = लिंक दिख रहा है। राशि टाइप करें।
standing-closed = यहाँ दिखाया गया कोड बंद है। कृपया काउंटर पर भुगतान करें।
standing-closed-do = स्थायी लिंक बंद। राशि टाइप करें।

entering-title = राशि
entering-say = आपकी राशि टाइप की जा रही है।
entering-do = Enter से कोड दिखेगा।
entry-zero = पहले राशि टाइप करें।
entry-over = अधिकतम { $limit }।
entry-under = न्यूनतम { $limit }।
entry-decimals = दशमलव के बाद अधिकतम { $most } अंक।
entry-no-decimals = दशमलव नहीं: { $amount } के लिए { $typed } टाइप करें।

confirm-title = क्या यह सही है?
confirm-say = कैशियर राशि जाँच रहे हैं।
confirm-do = राशि बड़ी है।

preparing-title = एक क्षण
preparing-say = आपका कोड आ रहा है।
preparing-do = लिंक माँगा जा रहा है।
preparing-panel-do = कोड स्क्रीन की प्रतीक्षा में है।

scan-title = स्कैन करें
scan-say = कैमरे से स्कैन करें
scan-do = ग्राहक अब स्कैन कर सकते हैं।
scan-left = { $time } शेष
scan-declined = अस्वीकृत – फिर कोशिश करें
scan-declined-do = अस्वीकृत। कोड अब भी मान्य है।
scan-too-long-title = इस स्क्रीन पर कोड नहीं
scan-too-long-do = दूसरी स्क्रीन देखें।
scan-too-long-say = कोड इस स्क्रीन पर नहीं समाता। कृपया कैशियर से पूछें।

processing-title = प्रक्रिया जारी है
processing-say = आपका बैंक काम कर रहा है। कृपया प्रतीक्षा करें।
processing-do = अभी भुगतान नहीं हुआ। रुकें।

closing-title = जाँच हो रही है
closing-say = कृपया अब भुगतान न करें। हम जाँच रहे हैं।
closing-cancelled-do = रद्द हो रहा है। पैसे आए?
closing-expired-do = समय समाप्त। पैसे आए?
closing-paid-do = लिंक बंद हो रहा है।
closing-nolink-do = लिंक नहीं है। बंद हो रहा है।

paid-title = भुगतान हो गया
paid-say = धन्यवाद!
paid-do = संदर्भ { $tail }

short-title = भुगतान अधूरा
short-say = शेष राशि के लिए कृपया कैशियर से पूछें।
short-do = शेष राशि माँगें।
over-title = अधिक भुगतान हुआ
over-say = अंतर की राशि के लिए कृपया कैशियर से पूछें।
over-do = अंतर की राशि लौटाएँ।
row-due = देय
row-received = प्राप्त
row-missing = शेष
row-extra = अधिक

late-title = भुगतान देर से आया
late-say = आपका भुगतान देर से आया। कृपया कैशियर से पूछें।
late-do = { $time } की बिक्री के लिए।

duplicate-title = दो बार भुगतान
duplicate-say = कृपया कैशियर से राशि वापस लें।
duplicate-do = एक बार की राशि लौटाएँ।
row-sale = बिक्री
row-again = दोबारा

expired-title = समय समाप्त
expired-say = कोई भुगतान नहीं आया। कृपया कैशियर से पूछें।
expired-do = भुगतान नहीं हुआ। फिर टाइप करें।

failed-title = भुगतान विफल
failed-say = कोई भुगतान नहीं आया। कृपया कैशियर से पूछें।
failed-do = भुगतान नहीं हुआ। फिर टाइप करें।

nocode-title = कोड नहीं बन सका
nocode-say = कोई भुगतान नहीं हुआ। कृपया कैशियर से पूछें।
nocode-do = भुगतान संभव न था। फिर टाइप करें।

cancelled-title = रद्द हुआ
cancelled-say = कोई भुगतान नहीं आया।
cancelled-do = भुगतान नहीं हुआ।

unknown-title = अभी पता नहीं
unknown-say = कृपया दोबारा भुगतान न करें। कैशियर जाँच रहे हैं।
unknown-do = पक्का नहीं। जाँच जारी है।
progress-title = प्रक्रिया अभी जारी है
progress-say = कृपया दोबारा भुगतान न करें। बैंक अभी काम कर रहा है।
progress-do = बैंक के पास है। बाकी है।

unavailable-title = अभी कोड से भुगतान नहीं
unavailable-say = कृपया कैशियर से पूछें कि भुगतान कैसे करें।
unavailable-shown-say = भुगतान कर चुके हैं तो कृपया रुकें। नहीं तो कैशियर से पूछें।
unavailable-shown-do = भुगतान हुआ? तो रुकें।
unavailable-short = अभी कोड नहीं
unavailable-broker = नेटवर्क नहीं है।
unavailable-relay = भुगतान रिले का उत्तर नहीं।
unavailable-provider = भुगतान प्रणाली से संपर्क नहीं।
unavailable-name = दूसरे उपकरण का यही नाम है।
unavailable-journal = मेमोरी में लिखा नहीं जा रहा।
unavailable-paused = संचालक ने रोका है।

ask-title = क्या यह भुगतान आपका है?
ask-say = कृपया कैशियर को बताएँ।
ask-short = इस बिक्री का है?
ask-do = काउंटर लिंक से पैसे आए।

pin-title = PIN
pin-refund = रिफ़ंड के लिए
pin-settle = हाथ से निपटाने के लिए
pin-wrong = PIN गलत है। फिर कोशिश करें।

refund-title = रिफ़ंड
refund-of = { $paid } के भुगतान में से
refund-left = { $paid } में से { $left } शेष
refund-say = कैशियर आपका रिफ़ंड तैयार कर रहे हैं।
refund-do = कितना लौटाना है?
refunding-title = रिफ़ंड हो रहा है
refunding-say = आपका रिफ़ंड किया जा रहा है। कृपया एक क्षण रुकें।
refunding-do = प्रणाली से पूछा जा रहा है।
refunded-title = रिफ़ंड हो गया
refunded-say = आपके पैसे वापस भेजे जा रहे हैं।
refunded-do = रिफ़ंड पूरा हुआ।
returning-title = रिफ़ंड जारी है
returning-say = बैंक आपके रिफ़ंड पर काम कर रहा है।
returning-do = स्वीकार। बैंक काम पर है।
unrefunded-title = रिफ़ंड नहीं हुआ
byhand-title = हाथ से रिफ़ंड करें
byhand-say = { $system } के डैशबोर्ड में रिफ़ंड करें, फिर Enter दबाएँ।
refunddoubt-title = रिफ़ंड अभी पता नहीं
refunddoubt-say = उत्तर आना बाकी है। कैशियर जाँच रहे हैं।
refunddoubt-do = उत्तर बाकी। दोबारा न करें।

list-title = पिछले भुगतान
list-none = अभी कोई भुगतान नहीं।
payment-at = { $time } बजे
payment-at-ref = { $time } बजे, संदर्भ { $tail }
payment-partly = आंशिक रिफ़ंड
payment-bounced = रिफ़ंड विफल
payment-again = ग्राहक को { $amount } नहीं मिले। फिर रिफ़ंड करें।
row-back = लौटाया
row-kept = रखा गया
result-open = खुला
result-paid = सफल
result-short = अधूरा
result-late = देर से
result-over = अधिक
result-failed = विफल
result-expired = समाप्त
result-cancelled = रद्द
result-unknown = अज्ञात
result-counter = काउंटर
result-again = दोबारा
result-foreign = अन्य बिक्री
result-back = रिफ़ंड
result-partly = आंशिक
result-bounced = रिफ़ंड विफल

pairing-title = सेट-अप
pairing-waiting = यह कोड ऑपरेटर को दें: qrtill fleet pair
pairing-nobroker = ब्रोकर नहीं मिला। नेटवर्क जाँचें।
pairing-byhand = अनुरोध ऑपरेटर तक ले जाएँ: qrtill pair
pairing-foreign = ग़लत उत्तर आया। कोड फिर से दें।
pairing-refused = उत्तर मेल नहीं खाता। ऑपरेटर से पूछें।

money-settings = भुगतान की सेटिंग दूर से बदली गई हैं। अगर आपको बताया नहीं गया, तो पहले मालिक से पूछें।
paused-title = अभी बंद है
paused-say = यह काउंटर अभी भुगतान नहीं ले रहा।
paused-do = ऑपरेटर ने रोका है।

strip-late = देर से: { $amount }, { $time }
strip-duplicate = दो बार: { $amount }, { $time }
strip-foreign = अज्ञात बिक्री: { $amount }, { $time }
strip-counter = काउंटर: { $amount }, { $time }
strip-rest = शेष: { $amount }, { $time }
strip-unpaid = भुगतान नहीं: { $amount }, { $time }
strip-refunded = लौटाया: { $amount }, { $time }
strip-not-refunded = नहीं लौटाया: { $amount }, { $time }
strip-bounced = रिफ़ंड विफल: { $amount }, { $time }

missing-panel = ग्राहक की स्क्रीन नहीं है
missing-cashier = कैशियर की स्क्रीन नहीं है
missing-keypad = कीपैड नहीं है

key-enter = Enter
key-back = ←
key-clear = C
key-cancel = ✕
key-plus = +
key-list = L
key-digits = 0–9
hint-enter-pay = OK
hint-enter-yes = हाँ
hint-enter-pin = OK
hint-enter-done = हो गया
hint-enter-pick = चुनें
hint-enter-refund = लौटाएँ
hint-enter-by-hand = वहाँ किया
hint-back-digit = हटाएँ
hint-back-up = ऊपर
hint-clear-all = मिटाएँ
hint-cancel-sale = रद्द
hint-cancel-no = नहीं
hint-cancel-leave = बंद
hint-plus-repeat = फिर से
hint-plus-down = नीचे
hint-plus-refund = रिफ़ंड
hint-clear-settle = निपटाएँ
hint-list-last = सूची
hint-digits-new = नई
hint-digits-part = आंशिक
