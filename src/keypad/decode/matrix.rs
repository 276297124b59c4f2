//! Contacts of a matrix keypad to keys, told the time: debounce of each contact, releases, and ghosts. Does not drive a
//! line; what it is told is which contacts one scan found closed.
//!
//! Where three keys are down that are corners of a rectangle, the current finds a way through all of them and the fourth
//! seems down too. Nobody can tell which three are real, so none of them is heard, nor any other, until all are up.

use std::time::Duration;

use super::Decode;
use super::Dropped;
use super::hold::Hold;
use super::map::KeyMap;
use super::map::Meaning;
use crate::core::key::Key;

/// Rows and columns a matrix may have: one scan fits into 64 bits.
pub const MOST: usize = 8;

/// What the characters on a bare keypad mean. `A` to `D` are the spare column of a 4x4 block: cancel stands on top, beside
/// 3, where European keypads have it; `C` clears, as it does on a serial keypad.
#[must_use]
pub fn usual(label: u8) -> Option<Meaning> {
    let key = match label {
        b'0'..=b'9' => Key::Digit(label - b'0'),
        b'*' => return Some(Meaning::BackOrCancel),
        b'#' => Key::Enter,
        b'A' => Key::Cancel,
        b'B' => Key::List,
        b'C' => Key::Clear,
        b'D' => Key::DoubleZero,
        b'+' => Key::Plus,
        b'.' => Key::Point,
        _ => return None,
    };
    Some(Meaning::Key(key))
}

/// What is printed on the keys, row by row; a space is no key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    labels: Vec<u8>,
    columns: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoLayout {
    #[error("a layout has 1 to {MOST} rows of 1 to {MOST} characters, and this one has not")]
    Size,
    #[error("row {row} has {found} characters and row 1 has {expected}")]
    Uneven { row: usize, found: usize, expected: usize },
    #[error("`{0}` is there twice")]
    Twice(char),
    #[error("`{0}` is no character of a keypad")]
    NotAscii(char),
}

impl Layout {
    /// # Errors
    /// Rows of different lengths, too many of them, or a label that is there twice.
    pub fn new(rows: &[String]) -> Result<Self, NoLayout> {
        let columns = rows.first().map_or(0, |row| row.chars().count());
        if !(1..=MOST).contains(&rows.len()) || !(1..=MOST).contains(&columns) {
            return Err(NoLayout::Size);
        }
        let mut labels = Vec::new();
        for (row, text) in rows.iter().enumerate() {
            let found = text.chars().count();
            if found != columns {
                return Err(NoLayout::Uneven { row: row + 1, found, expected: columns });
            }
            for label in text.chars() {
                let ascii = u8::try_from(label).ok().filter(|byte| byte.is_ascii_graphic() || *byte == b' ');
                let byte = ascii.ok_or(NoLayout::NotAscii(label))?;
                if byte != b' ' && labels.contains(&byte) {
                    return Err(NoLayout::Twice(label));
                }
                labels.push(byte);
            }
        }
        Ok(Self { labels, columns })
    }

    /// Every key's label.
    pub fn labels(&self) -> impl Iterator<Item = u8> {
        self.labels.iter().copied().filter(|label| *label != b' ')
    }

    #[must_use]
    pub fn rows(&self) -> usize {
        self.labels.len() / self.columns
    }

    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }
}

/// Contacts to keys. Times are monotonic, from any start.
#[derive(Debug)]
pub struct Matrix {
    layout: Layout,
    map: KeyMap,
    debounce: Duration,
    contacts: Vec<Contact>,
    /// Three keys were down; nothing is heard until all are up.
    refusing: bool,
    ghosted: u64,
    hold: Hold,
}

#[derive(Clone, Copy, Debug, Default)]
struct Contact {
    /// As the last scan found it, and since when it is so.
    closed: bool,
    since: Duration,
    /// As it is for the rest, once it has been so for the debounce time.
    down: bool,
}

impl Matrix {
    /// `map` comes before the usual meanings; its codes are the labels.
    #[must_use]
    pub fn new(layout: Layout, map: KeyMap, debounce: Duration) -> Self {
        let contacts = vec![Contact::default(); layout.labels.len()];
        let hold = Hold::new(Duration::ZERO);
        Self { layout, map, debounce, contacts, refusing: false, ghosted: 0, hold }
    }

    /// One scan: a bit for each closed contact, row by row, the first column of the first row lowest.
    pub fn handle(&mut self, closed: u64, now: Duration) {
        self.hold.handle_timeout(now);
        if ghosts(closed, self.layout.rows(), self.layout.columns) && !self.refusing {
            self.refusing = true;
            self.ghosted += 1;
        }
        let mut changed = Vec::new();
        for (index, contact) in self.contacts.iter_mut().enumerate() {
            let is_closed = closed >> index & 1 == 1;
            if is_closed != contact.closed {
                (contact.closed, contact.since) = (is_closed, now);
            }
            let steady = now.saturating_sub(contact.since) >= self.debounce;
            let refused = is_closed && self.refusing;
            if contact.down != is_closed && steady && !refused {
                contact.down = is_closed;
                changed.push((contact.since, index, is_closed));
            }
        }
        // In the order in which they began: what one scan finds may be two presses.
        changed.sort_unstable();
        for (_, index, is_down) in changed {
            let label = self.layout.labels[index];
            let code = u16::from(label);
            if is_down {
                self.hold.down(code, self.map.get(code).or_else(|| usual(label)), now);
            } else {
                self.hold.up(code, now);
            }
        }
        self.refusing &= closed != 0;
    }

    /// Whether nothing is or was just down: the next news is an edge, and until then there is nothing to scan.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.contacts.iter().all(|contact| !contact.closed && !contact.down)
    }

    /// The labels of the closed contacts, for a person.
    #[must_use]
    pub fn labels_of(&self, closed: u64) -> String {
        let labels = self.layout.labels.iter().enumerate();
        labels.filter(|(index, _)| closed >> index & 1 == 1).map(|(_, label)| char::from(*label)).collect()
    }
}

/// Whether two rows have two closed columns in common.
fn ghosts(closed: u64, rows: usize, columns: usize) -> bool {
    let row = |index: usize| closed >> (index * columns) & ((1 << columns) - 1);
    (0..rows).any(|first| (first + 1..rows).any(|second| (row(first) & row(second)).count_ones() > 1))
}

impl Decode for Matrix {
    fn handle_timeout(&mut self, now: Duration) {
        self.hold.handle_timeout(now);
    }

    fn poll_timeout(&self) -> Option<Duration> {
        self.hold.poll_timeout()
    }

    fn poll_key(&mut self) -> Option<Key> {
        self.hold.poll_key()
    }

    fn dropped(&self) -> Dropped {
        Dropped { ghosted: self.ghosted, ..self.hold.dropped() }
    }

    fn lose(&mut self) {
        self.contacts.fill(Contact::default());
        self.refusing = false;
        self.hold.reset();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEN: Duration = Duration::from_millis(10);

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn layout(rows: &[&str]) -> Result<Layout, NoLayout> {
        Layout::new(&rows.iter().map(|row| (*row).to_owned()).collect::<Vec<_>>())
    }

    fn matrix() -> Matrix {
        Matrix::new(layout(&["123A", "456B", "789C", "*0#D"]).unwrap(), KeyMap::default(), TEN)
    }

    /// The bits of these labels.
    fn bits(labels: &str) -> u64 {
        let place = |label: char| "123A456B789C*0#D".find(label).expect("a label");
        labels.chars().map(|label| 1 << place(label)).sum()
    }

    fn keys(matrix: &mut Matrix) -> Vec<Key> {
        std::iter::from_fn(|| matrix.poll_key()).collect()
    }

    /// Scans each 5 ms from `from` until before `until`.
    fn scans(matrix: &mut Matrix, labels: &str, from: u64, until: u64) {
        (from..until).step_by(5).for_each(|at| matrix.handle(bits(labels), ms(at)));
    }

    #[test]
    fn every_key_is_its_label() {
        let mut matrix = matrix();
        for (press, label) in (0..).zip("1234567890#ABCD*".chars()) {
            scans(&mut matrix, &label.to_string(), press * 200, press * 200 + 100);
            scans(&mut matrix, "", press * 200 + 100, press * 200 + 200);
        }
        let mut expected = [1, 2, 3, 4, 5, 6, 7, 8, 9, 0].map(Key::Digit).to_vec();
        expected.extend([Key::Enter, Key::Cancel, Key::List, Key::Clear, Key::DoubleZero, Key::Back]);
        assert_eq!(keys(&mut matrix), expected);
        assert!(matrix.is_idle());
    }

    #[test]
    fn a_bouncing_contact_is_one_press_and_a_spark_is_none() {
        let mut matrix = matrix();
        for at in 0..4 {
            matrix.handle(if at % 2 == 0 { bits("5") } else { 0 }, ms(at * 3));
        }
        scans(&mut matrix, "5", 12, 100);
        for at in 0..4 {
            matrix.handle(if at % 2 == 0 { 0 } else { bits("5") }, ms(100 + at * 3));
        }
        scans(&mut matrix, "", 112, 150);
        assert_eq!(keys(&mut matrix), [Key::Digit(5)]);
        matrix.handle(bits("7"), ms(200));
        scans(&mut matrix, "", 205, 260);
        assert_eq!(keys(&mut matrix), []);
        assert!(matrix.is_idle());
    }

    #[test]
    fn a_held_star_cancels_and_a_held_digit_is_one() {
        let mut matrix = matrix();
        scans(&mut matrix, "*", 0, 1_000);
        scans(&mut matrix, "", 1_000, 1_050);
        scans(&mut matrix, "8", 1_050, 5_000);
        assert_eq!(keys(&mut matrix), [Key::Cancel, Key::Digit(8)]);
    }

    #[test]
    fn rolling_fingers_keep_their_order() {
        let mut matrix = matrix();
        matrix.handle(bits("9"), ms(0));
        matrix.handle(bits("91"), ms(5));
        matrix.handle(bits("91"), ms(40));
        assert_eq!(keys(&mut matrix), [Key::Digit(9), Key::Digit(1)]);
    }

    #[test]
    fn three_keys_of_a_rectangle_are_refused_until_all_are_up() {
        let mut matrix = matrix();
        scans(&mut matrix, "12", 0, 50);
        assert_eq!(keys(&mut matrix), [Key::Digit(1), Key::Digit(2)]);
        // 4 goes down too, and 5 seems to.
        scans(&mut matrix, "1245", 50, 200);
        scans(&mut matrix, "24", 200, 300);
        assert_eq!(keys(&mut matrix), []);
        assert_eq!(matrix.dropped().ghosted, 1);
        scans(&mut matrix, "", 300, 350);
        scans(&mut matrix, "4", 350, 400);
        assert_eq!(keys(&mut matrix), [Key::Digit(4)]);
    }

    #[test]
    fn three_keys_in_a_line_make_no_ghost() {
        for line in ["123", "147", "159", "12A"] {
            let mut matrix = matrix();
            scans(&mut matrix, line, 0, 50);
            assert_eq!((keys(&mut matrix).len(), matrix.dropped().ghosted), (3, 0), "{line}");
        }
    }

    #[test]
    fn a_matrix_that_is_lost_while_a_key_is_down_forgets_it() {
        let mut matrix = matrix();
        scans(&mut matrix, "*", 0, 100);
        matrix.lose();
        assert_eq!((matrix.poll_timeout(), matrix.is_idle(), keys(&mut matrix)), (None, true, vec![]));
    }

    #[test]
    fn the_configuration_comes_first() {
        let mut map = KeyMap::default();
        map.add(u16::from(b'A'), Meaning::Key(Key::Plus)).unwrap();
        let mut matrix = Matrix::new(layout(&["1A", "*#"]).unwrap(), map, TEN);
        (0..4).for_each(|at| matrix.handle(0b10, ms(at * 10)));
        assert_eq!(keys(&mut matrix), [Key::Plus]);
    }

    #[test]
    fn a_layout_that_cannot_be_wired_is_refused() {
        assert_eq!(layout(&[]), Err(NoLayout::Size));
        assert_eq!(layout(&[""]), Err(NoLayout::Size));
        assert_eq!(layout(&["123456789"]), Err(NoLayout::Size));
        assert_eq!(layout(&["12", "3"]), Err(NoLayout::Uneven { row: 2, found: 1, expected: 2 }));
        assert_eq!(layout(&["12", "32"]), Err(NoLayout::Twice('2')));
        assert_eq!(layout(&["1é"]), Err(NoLayout::NotAscii('é')));
        let found = layout(&["12 ", "3 4"]).unwrap();
        assert_eq!((found.rows(), found.columns(), found.labels().count()), (2, 3, 4));
    }
}
