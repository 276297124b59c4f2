//! Words for whoever stands at the counter: they wait until nothing else is on the screen.

use std::time::Duration;

#[derive(Clone, Debug, Default)]
pub struct Board {
    /// Stays until a key is pressed, and is covered by nothing.
    notice: Option<String>,
    /// Stays until its time, or until a key is pressed.
    note: Option<(String, Duration)>,
}

impl Board {
    /// Another of the same kind takes the place of the one before. Without a time the words are a notice.
    pub fn put(&mut self, text: String, until: Option<Duration>) {
        match until {
            None => self.notice = Some(text),
            Some(until) => self.note = Some((text, until)),
        }
    }

    #[must_use]
    pub fn shown(&self) -> Option<&str> {
        self.notice.as_deref().or(self.note.as_ref().map(|(text, _)| text.as_str()))
    }

    /// What is shown was read.
    pub fn take_off(&mut self) {
        if self.notice.take().is_none() {
            self.note = None;
        }
    }

    #[must_use]
    pub fn has_notice(&self) -> bool {
        self.notice.is_some()
    }

    #[must_use]
    pub fn poll_timeout(&self) -> Option<Duration> {
        self.note.as_ref().map(|(_, until)| *until)
    }

    pub fn handle_timeout(&mut self, now: Duration) {
        self.note.take_if(|(_, until)| now >= *until);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_is_covered_by_nothing_and_stays_until_it_is_read() {
        let second = Duration::from_secs;
        let mut board = Board::default();
        board.put("changed".into(), None);
        board.put("lunch".into(), Some(second(60)));
        assert_eq!(board.shown(), Some("changed"));
        board.handle_timeout(second(59));
        board.take_off();
        assert_eq!((board.shown(), board.has_notice()), (Some("lunch"), false));
        assert_eq!(board.poll_timeout(), Some(second(60)));
        board.handle_timeout(second(60));
        assert_eq!(board.shown(), None);
    }
}
