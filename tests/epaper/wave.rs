//! Waveforms as controllers take them: what voltages a pixel gets, one after another.

/// What becomes of a pixel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drive {
    /// No voltage: it stays as it is.
    None,
    /// Pushed to that colour at last; `both_ways` where it was pushed to the other one too, which leaves no ghost.
    To { white: bool, both_ways: bool },
}

/// The last voltage decides. `phases` are selections of two bits, and how many frames each lasts.
pub fn drive(phases: impl Iterator<Item = (u8, u8)>) -> Drive {
    let mut ways =
        phases.filter(|(_, frames)| *frames > 0).map(|(voltage, _)| voltage).filter(|voltage| *voltage > 0);
    let Some(first) = ways.next() else { return Drive::None };
    let (mut last, mut both_ways) = (first, false);
    for way in ways {
        assert!(way < 3, "no module has this voltage");
        both_ways |= way != first;
        last = way;
    }
    // The positive voltage, 1, draws black.
    Drive::To { white: last == 2, both_ways }
}

/// The four selections in a byte, the first in the highest bits.
pub fn selections(byte: u8) -> [u8; 4] {
    [byte >> 6, byte >> 4 & 3, byte >> 2 & 3, byte & 3]
}
