# ما تقوله الشاشات بالعربية. Title: أول ما يُقرأ. Say: جملة واحدة للعميل.
# Do: جملة واحدة للكاشير. المبالغ والأوقات تصل مكتوبة.

starting-title = بدء التشغيل
starting-say = لحظة من فضلك.
starting-do = يجري التحضير.

idle-title = مرحبًا بك!
idle-say = مرحبًا بك!
idle-do = أدخل المبلغ.
standing-how = امسح الرمز وادفع من هاتفك.
standing-do = الرابط معروض. أدخل المبلغ.
standing-closed = الرمز المعروض هنا مغلق. يرجى الدفع عند الكاشير.
standing-closed-do = الرابط الثابت مغلق. أدخل المبلغ.

entering-title = المبلغ
entering-say = يجري إدخال المبلغ.
entering-do = اضغط Enter لعرض الرمز.
entry-zero = أدخل المبلغ أولًا.
entry-over = بحد أقصى { $limit }.
entry-under = بحد أدنى { $limit }.
entry-decimals = الخانات العشرية: { $most } على الأكثر.
entry-no-decimals = بلا كسور: اكتب { $typed } للمبلغ { $amount }.

confirm-title = هل هذا صحيح؟
confirm-say = الكاشير يتحقق من المبلغ.
confirm-do = مبلغ كبير.

preparing-title = لحظة من فضلك
preparing-say = الرمز في الطريق إليك.
preparing-do = يجري طلب الرابط.
preparing-panel-do = الرمز ينتظر الشاشة.

scan-title = امسح الرمز
scan-say = امسح الرمز بالكاميرا
scan-do = يمكن للعميل المسح الآن.
scan-left = بقي { $time }
scan-declined = تم الرفض – حاول مجددًا
scan-declined-do = مرفوض. الرمز ما زال صالحًا.
scan-too-long-title = لا رمز على هذه الشاشة
scan-too-long-do = انظر الشاشة الأخرى.
scan-too-long-say = هذه الشاشة لا تتسع للرمز. يرجى سؤال الكاشير.

processing-title = قيد التنفيذ
processing-say = البنك يعالج الدفعة. يرجى الانتظار.
processing-do = لم يتم الدفع بعد. انتظر.

closing-title = يجري التحقق
closing-say = يرجى عدم الدفع الآن. نحن نتحقق.
closing-cancelled-do = إلغاء. هل وصل مال؟
closing-expired-do = انتهى الوقت. هل وصل مال؟
closing-paid-do = يجري إغلاق الرابط.
closing-nolink-do = لا رابط. يجري الإغلاق.

paid-title = تم الدفع
paid-say = شكرًا لك!
paid-do = المرجع { $tail }

short-title = الدفع غير كامل
short-say = يرجى سؤال الكاشير عن المبلغ الباقي.
short-do = اطلب المبلغ الباقي.
over-title = دفع زائد
over-say = يرجى سؤال الكاشير عن الفرق.
over-do = أعد الفرق.
row-due = المطلوب
row-received = المستلم
row-missing = الباقي
row-extra = الزائد

late-title = دفع متأخر
late-say = وصلت دفعتك متأخرة. يرجى سؤال الكاشير.
late-do = عن بيع الساعة { $time }.

duplicate-title = دفع مكرر
duplicate-say = يرجى طلب استرداد المبلغ من الكاشير.
duplicate-do = أعد المبلغ مرة واحدة.
row-sale = البيع
row-again = دفعة مكررة

expired-title = انتهى الوقت
expired-say = لم تصل أي دفعة. يرجى سؤال الكاشير.
expired-do = لم يتم الدفع. أدخله من جديد.

failed-title = فشل الدفع
failed-say = لم تصل أي دفعة. يرجى سؤال الكاشير.
failed-do = لم يتم الدفع. أدخله من جديد.

nocode-title = تعذر إنشاء الرمز
nocode-say = لم يتم دفع أي شيء. يرجى سؤال الكاشير.
nocode-do = لم يكن الدفع ممكنًا. أدخله من جديد.

cancelled-title = تم الإلغاء
cancelled-say = لم تصل أي دفعة.
cancelled-do = لم يتم الدفع.

unknown-title = لم يتأكد بعد
unknown-say = يرجى عدم الدفع مرة أخرى. الكاشير يتحقق.
unknown-do = غير مؤكد. قيد المتابعة.
progress-title = ما زال قيد التنفيذ
progress-say = يرجى عدم الدفع مرة أخرى. البنك يعالج الدفعة.
progress-do = لدى البنك. لم يتم الدفع بعد.

unavailable-title = الدفع بالرمز غير متاح الآن
unavailable-say = يرجى سؤال الكاشير عن طريقة الدفع.
unavailable-shown-say = إن كنت قد دفعت فانتظر من فضلك، وإلا فاسأل الكاشير.
unavailable-shown-do = تم الدفع؟ انتظر.
unavailable-short = لا رمز الآن
unavailable-broker = لا يوجد اتصال بالشبكة.
unavailable-relay = خادم الدفع لا يستجيب.
unavailable-provider = تعذر الوصول إلى نظام الدفع.
unavailable-name = جهاز آخر يحمل هذا الاسم.
unavailable-journal = تعذرت الكتابة في الذاكرة.
unavailable-paused = أوقفه المشغل مؤقتًا.

ask-title = هل هذه دفعتك؟
ask-say = يرجى إخبار الكاشير.
ask-short = لهذا البيع؟
ask-do = وصل مال عبر رابط المتجر.

pin-title = الرقم السري
pin-refund = للاسترداد
pin-settle = للتسوية يدويًا
pin-wrong = الرقم السري خطأ. حاول مجددًا.

refund-title = استرداد
refund-of = من أصل { $paid }
refund-left = بقي { $left } من { $paid }
refund-say = الكاشير يجهز استرداد مبلغك.
refund-do = كم المبلغ المراد إعادته؟
refunding-title = يجري الاسترداد
refunding-say = تجري إعادة مبلغك. لحظة من فضلك.
refunding-do = يجري سؤال نظام الدفع.
refunded-title = تم الاسترداد
refunded-say = المبلغ في طريقه إليك.
refunded-do = اكتمل الاسترداد.
returning-title = الاسترداد قيد التنفيذ
returning-say = البنك يعالج استرداد مبلغك.
returning-do = مقبول. البنك يعالجه.
unrefunded-title = لم يتم الاسترداد
byhand-title = استرداد يدوي
byhand-say = أعد المبلغ من لوحة تحكم { $system } ثم اضغط Enter.
refunddoubt-title = الاسترداد لم يتأكد بعد
refunddoubt-say = الرد لم يصل بعد. الكاشير يتحقق.
refunddoubt-do = الرد لم يصل بعد. لا تكرر.

list-title = آخر الدفعات
list-none = لا توجد دفعات بعد.
payment-at = الساعة { $time }
payment-at-ref = الساعة { $time }، المرجع { $tail }
payment-partly = استرداد جزئي
payment-bounced = فشل الاسترداد
payment-again = لم يصل { $amount } إلى العميل. أعد الاسترداد.
row-back = المعاد
row-kept = المتبقي
result-open = مفتوح
result-paid = مدفوع
result-short = ناقص
result-late = متأخر
result-over = زائد
result-failed = فشل
result-expired = منتهي
result-cancelled = ملغى
result-unknown = غير مؤكد
result-counter = الكاشير
result-again = مكرر
result-foreign = بيع آخر
result-back = مسترد
result-partly = جزئي
result-bounced = فشل الرد

pairing-title = الإعداد
pairing-waiting = أعطِ المشغل هذا الرمز: qrtill fleet pair
pairing-nobroker = لا يوجد وسيط. تحقق من الشبكة.
pairing-byhand = احمل الطلب إلى المشغل: qrtill pair
pairing-foreign = وصل رد خاطئ. أعطِ الرمز مرة أخرى.
pairing-refused = الرد غير مناسب. اسأل المشغل.

money-settings = تم تغيير إعدادات الدفع عن بُعد. إن لم يخبرك أحد فاسأل صاحب المتجر أولاً.
paused-title = مغلق الآن
paused-say = لا يقبل هذا الكاشير الدفع حاليًا.
paused-do = أوقفه المشغل.

strip-late = متأخر: { $amount } من { $time }
strip-duplicate = مكرر: { $amount } من { $time }
strip-foreign = بيع مجهول: { $amount } في { $time }
strip-counter = الكاشير: { $amount } في { $time }
strip-rest = الباقي: { $amount } من { $time }
strip-unpaid = غير مدفوع: { $amount } من { $time }
strip-refunded = مسترد: { $amount } من { $time }
strip-not-refunded = غير مسترد: { $amount } من { $time }
strip-bounced = فشل الرد: { $amount } من { $time }

missing-panel = شاشة الزبون مفقودة
missing-cashier = شاشة الكاشير مفقودة
missing-keypad = لوحة المفاتيح مفقودة

key-enter = Enter
key-back = ←
key-clear = C
key-cancel = ✕
key-plus = +
key-list = L
key-digits = 0–9
hint-enter-pay = موافق
hint-enter-yes = نعم
hint-enter-pin = موافق
hint-enter-done = تم
hint-enter-pick = اختيار
hint-enter-refund = إعادة
hint-enter-by-hand = تم هناك
hint-back-digit = حذف
hint-back-up = أعلى
hint-clear-all = مسح
hint-cancel-sale = إلغاء
hint-cancel-no = لا
hint-cancel-leave = خروج
hint-plus-repeat = تكرار
hint-plus-down = أسفل
hint-plus-refund = استرداد
hint-clear-settle = تسوية
hint-list-last = القائمة
hint-digits-new = جديد
hint-digits-part = جزء
