//! What stands at the edges of every page: the strip of news about something else, and the keys.

use crate::core::device::Missing;
use crate::core::scene::Hint;
use crate::core::scene::Strip;
use crate::core::scene::StripNews;
use crate::ui::page::KeyHint;

use super::Reader;

impl Reader<'_> {
    pub(super) fn band(&self, strip: &Strip) -> String {
        let key = match strip.news {
            StripNews::Late => "strip-late",
            StripNews::Duplicate => "strip-duplicate",
            StripNews::Foreign => "strip-foreign",
            StripNews::Counter => "strip-counter",
            StripNews::Rest => "strip-rest",
            StripNews::Unpaid => "strip-unpaid",
            StripNews::Refunded => "strip-refunded",
            StripNews::NotRefunded => "strip-not-refunded",
            StripNews::Bounced => "strip-bounced",
        };
        let (amount, time) = (self.money(strip.amount), self.time(strip.at_unix_ms));
        self.words.say_with(key, &[("amount", &amount), ("time", &time)])
    }

    /// For whoever can plug it in, in the place of the strip.
    pub(super) fn missing(&self, missing: Missing) -> String {
        self.say(match missing {
            Missing::Panel => "missing-panel",
            Missing::CashierPanel => "missing-cashier",
            Missing::Keypad => "missing-keypad",
        })
    }

    pub(super) fn hint(&self, hint: Hint) -> KeyHint {
        let (key, does) = match hint {
            Hint::EnterPay => ("key-enter", "hint-enter-pay"),
            Hint::EnterYes => ("key-enter", "hint-enter-yes"),
            Hint::EnterPin => ("key-enter", "hint-enter-pin"),
            Hint::EnterDone => ("key-enter", "hint-enter-done"),
            Hint::EnterPick => ("key-enter", "hint-enter-pick"),
            Hint::EnterRefund => ("key-enter", "hint-enter-refund"),
            Hint::EnterByHand => ("key-enter", "hint-enter-by-hand"),
            Hint::BackDigit => ("key-back", "hint-back-digit"),
            Hint::BackUp => ("key-back", "hint-back-up"),
            Hint::BackList => ("key-back", "hint-list-last"),
            Hint::ClearAll => ("key-clear", "hint-clear-all"),
            Hint::CancelSale => ("key-cancel", "hint-cancel-sale"),
            Hint::CancelNo => ("key-cancel", "hint-cancel-no"),
            Hint::CancelLeave => ("key-cancel", "hint-cancel-leave"),
            Hint::PlusRepeat => ("key-plus", "hint-plus-repeat"),
            Hint::PlusDown => ("key-plus", "hint-plus-down"),
            Hint::PlusRefund => ("key-plus", "hint-plus-refund"),
            Hint::ClearSettle => ("key-clear", "hint-clear-settle"),
            Hint::ListLast => ("key-list", "hint-list-last"),
            Hint::DigitsNew => ("key-digits", "hint-digits-new"),
            Hint::DigitsPart => ("key-digits", "hint-digits-part"),
        };
        KeyHint { key: self.say(key), does: self.say(does) }
    }
}
