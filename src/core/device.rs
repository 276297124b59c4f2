//! Which of a counter's devices are there. A sale goes on without any of them; only a code is not in front of a customer
//! while the panel that faces them is gone.

/// One device, as far as it is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Device {
    /// The counter has none, or somebody else looks after it, as in the sandbox.
    #[default]
    None,
    /// It has not been looked for to the end yet.
    Opening,
    There,
    /// It is waited for.
    Gone,
}

impl Device {
    /// Whether it is there; `None` where that is not known, or there is none.
    #[must_use]
    pub fn present(self) -> Option<bool> {
        match self {
            Self::None | Self::Opening => None,
            Self::There => Some(true),
            Self::Gone => Some(false),
        }
    }
}

/// All devices of a counter that people see or touch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Devices {
    /// The panel that faces the customer.
    pub panel: Device,
    pub cashier_panel: Device,
    /// All keypads: gone where any of them is.
    pub keypad: Device,
}

/// What a person has to plug in; the one that matters most where there are several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    Panel,
    CashierPanel,
    Keypad,
}

impl Devices {
    /// Whether a code would be in front of a customer.
    #[must_use]
    pub fn show_codes(&self) -> bool {
        match self.panel {
            Device::None | Device::There => true,
            Device::Opening | Device::Gone => false,
        }
    }

    /// What is not there.
    #[must_use]
    pub fn missing(&self) -> Option<Missing> {
        let all = [
            (self.panel, Missing::Panel),
            (self.cashier_panel, Missing::CashierPanel),
            (self.keypad, Missing::Keypad),
        ];
        all.into_iter().find(|(device, _)| *device == Device::Gone).map(|(_, missing)| missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_customers_panel_is_told_first_and_only_what_is_gone() {
        let all = |panel, cashier_panel, keypad| Devices { panel, cashier_panel, keypad };
        assert_eq!(all(Device::Gone, Device::Gone, Device::Gone).missing(), Some(Missing::Panel));
        assert_eq!(all(Device::There, Device::Gone, Device::Gone).missing(), Some(Missing::CashierPanel));
        assert_eq!(all(Device::None, Device::None, Device::Gone).missing(), Some(Missing::Keypad));
        assert_eq!(all(Device::Opening, Device::There, Device::Opening).missing(), None);
    }

    #[test]
    fn only_a_panel_that_is_there_shows_codes() {
        let codes = |panel| Devices { panel, ..Devices::default() }.show_codes();
        assert!(codes(Device::None) && codes(Device::There));
        assert!(!codes(Device::Opening) && !codes(Device::Gone));
    }
}
