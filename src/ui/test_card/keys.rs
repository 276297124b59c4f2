//! Whether keys and sounds are those that are meant: the last presses as the keypad sent them and as the terminal
//! takes them, and which keys make which sound.

use embedded_graphics::primitives::Rectangle;

use crate::ui::stack::Align;
use crate::ui::text::Face;

use super::Desk;
use super::Told;
use super::inset;

/// Each digit's sound, as `qrtill test-card` plays them.
const SOUNDS: [&str; 3] = ["1 sounds as paid", "2 as failed", "3 as look here"];

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
        let always = SOUNDS.iter().map(|text| (*text).to_owned()).chain([sound]);
        texts.extend(always.map(|text| (text, Face::Regular)));
        let lines: Vec<(&str, Face)> = texts.iter().map(|(text, face)| (text.as_str(), *face)).collect();
        self.lines(&lines, inset(area, self.geometry.unit / 4), Align::Left);
    }

    /// How many presses there is room for above the lines that are always there.
    fn echoes(&self, area: Rectangle) -> usize {
        let line = (self.geometry.unit * 4 / 5).max(self.geometry.least) * 13 / 10;
        let lines = (area.size.height / line.max(1)) as usize;
        lines.saturating_sub(SOUNDS.len() + 1).clamp(1, 6)
    }
}
