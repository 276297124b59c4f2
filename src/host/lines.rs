//! The last lines of the log, kept for whoever asks from far away.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::PoisonError;

/// As many as anybody asks for.
const KEPT: usize = 200;
/// A longer line is cut: a few hundred of them are kept for good.
const LONGEST: usize = 1000;

/// Clones share the lines.
#[derive(Clone, Debug, Default)]
pub struct Lines(Arc<Mutex<VecDeque<String>>>);

impl Lines {
    /// The newest `count`, oldest first.
    #[must_use]
    pub fn last(&self, count: usize) -> Vec<String> {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().skip(lines.len().saturating_sub(count)).cloned().collect()
    }
}

/// Each write is one line or more, as log formatters write.
impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for line in text.lines().filter(|line| !line.is_empty()) {
            if lines.len() == KEPT {
                lines.pop_front();
            }
            lines.push_back(line.chars().take(LONGEST).collect());
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn the_newest_lines_are_kept_and_no_more() {
        let mut lines = Lines::default();
        for number in 0..500 {
            lines.write_all(format!("line {number}\n").as_bytes()).expect("memory");
        }
        assert_eq!(lines.last(2), ["line 498", "line 499"]);
        assert_eq!(lines.last(1000).len(), KEPT);
        lines.write_all("ü".repeat(5000).as_bytes()).expect("memory");
        assert_eq!(lines.last(1)[0].chars().count(), LONGEST);
    }
}
