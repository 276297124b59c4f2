//! Whether keys and sounds are those that are meant: the last presses as the keypad sent them and as the terminal
//! takes them, and which keys make which sound.

use embedded_graphics::primitives::Rectangle;

use crate::ui::stack::Align;
use crate::ui::text::Face;

use super::Desk;
use super::Told;
use super::inset;

/// Each digit's sound, as `qrtill test-card` plays them.
const SOUNDS: &str = "1 paid, 2 failed, 3 look here";

impl Desk<'_, '_> {
    pub(super) fn keys(&mut self, area: Rectangle, told: &Told) {
        let mut texts: Vec<(String, Face)> =
            told.keys.iter().map(|key| (format!("{} = {}", key.sent, key.means), Face::Regular)).collect();
        match texts.first_mut() {
            Some(newest) => newest.1 = Face::Bold,
            None => texts.push(("press a key".to_owned(), Face::Bold)),
        }
        // The newest stays where it is; what is always so is below the last few.
        texts.truncate(self.echoes(area));
        let sound = format!("sound: {}", told.sound);
        texts.extend([SOUNDS.to_owned(), sound].map(|text| (text, Face::Regular)));
        let lines: Vec<(&str, Face)> = texts.iter().map(|(text, face)| (text.as_str(), *face)).collect();
        self.lines(&lines, inset(area, self.geometry.unit / 4), Align::Left);
    }

    /// How many presses there is room for above the lines that are always there.
    fn echoes(&self, area: Rectangle) -> usize {
        let line = (self.geometry.unit * 4 / 5).max(self.geometry.least) * 13 / 10;
        let lines = (area.size.height / line.max(1)) as usize;
        // The two that are always there, the first of which may take two.
        lines.saturating_sub(3).clamp(1, 6)
    }
}
