//! The kernel's text console, which draws its cursor and its messages over a framebuffer: kept off it while the
//! panel is open, and put back.

use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;

/// Cursor off and no blanking after ten minutes; and back on, on a clean page.
const QUIET: &str = "\x1b[?25l\x1b[9;0]";
const LOUD: &str = "\x1b[?25h";

/// A console that keeps off. Dropping it puts everything back.
#[derive(Debug, Default)]
pub struct Quiet {
    undo: Vec<(PathBuf, String)>,
}

impl Quiet {
    /// Whether anything could be done about it.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        !self.undo.is_empty()
    }

    /// Takes the console off the framebuffers, or, where this user may not, switches off its cursor. `sys` is
    /// `/sys` and `tty` the console in front, `/dev/tty0`, outside of tests.
    #[must_use]
    pub fn keep(sys: &Path, tty: &Path) -> Self {
        let mut quiet = Self::default();
        quiet.unbind(&sys.join("class/vtconsole"));
        if !quiet.is_kept() {
            quiet.set(&sys.join("class/graphics/fbcon/cursor_blink"), "0");
            if fs::OpenOptions::new().write(true).open(tty).and_then(|tty| say(&tty, QUIET)).is_ok() {
                quiet.undo.push((tty.to_owned(), LOUD.to_owned()));
            }
        }
        quiet
    }

    /// Every console that draws into framebuffers: with none bound, the kernel draws nothing there.
    fn unbind(&mut self, consoles: &Path) {
        let Ok(entries) = fs::read_dir(consoles) else { return };
        for console in entries.filter_map(Result::ok).map(|entry| entry.path()) {
            let name = fs::read_to_string(console.join("name")).unwrap_or_default();
            if name.contains("frame buffer") {
                self.set(&console.join("bind"), "0");
            }
        }
    }

    fn set(&mut self, file: &Path, value: &str) {
        let Ok(before) = fs::read_to_string(file) else { return };
        let before = before.trim().to_owned();
        if before != value && fs::write(file, value).is_ok() {
            self.undo.push((file.to_owned(), before));
        }
    }

    /// Puts everything back.
    ///
    /// # Errors
    /// The first; all is tried.
    pub fn put_back(&mut self) -> io::Result<()> {
        let undone = self.undo.drain(..).rev().map(|(file, before)| {
            fs::OpenOptions::new().write(true).open(file).and_then(|file| say(&file, &before))
        });
        // Not to stop at the first is the point of collecting.
        undone.collect::<Vec<_>>().into_iter().collect()
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        if let Err(error) = self.put_back() {
            tracing::warn!(%error, "the text console could not be put back");
        }
    }
}

fn say(mut file: &fs::File, text: &str) -> io::Result<()> {
    io::Write::write_all(&mut file, text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine() -> (tempfile::TempDir, PathBuf) {
        let machine = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| {
            let file = machine.path().join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        };
        file("sys/class/vtconsole/vtcon0/name", "(S) dummy device\n");
        file("sys/class/vtconsole/vtcon0/bind", "1\n");
        file("sys/class/graphics/fbcon/cursor_blink", "1\n");
        file("tty0", "");
        let tty = machine.path().join("tty0");
        (machine, tty)
    }

    #[test]
    fn the_console_of_framebuffers_is_taken_off_and_put_back_and_no_other() {
        let (machine, tty) = machine();
        let sys = machine.path().join("sys");
        let console = sys.join("class/vtconsole/vtcon1");
        fs::create_dir_all(&console).unwrap();
        fs::write(console.join("name"), "(M) frame buffer device\n").unwrap();
        fs::write(console.join("bind"), "1\n").unwrap();
        let bound = |number: u32| {
            let file = sys.join(format!("class/vtconsole/vtcon{number}/bind"));
            fs::read_to_string(file).unwrap().trim().to_owned()
        };
        let quiet = Quiet::keep(&sys, &tty);
        assert!(quiet.is_kept());
        assert_eq!((bound(0), bound(1)), ("1".into(), "0".into()));
        assert_eq!(fs::read_to_string(&tty).unwrap(), "", "there is nobody left to tell");
        // As after a fault: not closed, only dropped.
        drop(quiet);
        assert_eq!((bound(0), bound(1)), ("1".into(), "1".into()));
    }

    #[test]
    fn where_it_cannot_be_taken_off_the_cursor_is_switched_off_and_on_again() {
        let (machine, tty) = machine();
        let sys = machine.path().join("sys");
        let blink = || fs::read_to_string(sys.join("class/graphics/fbcon/cursor_blink")).unwrap();
        let mut quiet = Quiet::keep(&sys, &tty);
        assert_eq!(blink(), "0");
        assert_eq!(fs::read_to_string(&tty).unwrap(), QUIET);
        quiet.put_back().unwrap();
        assert_eq!(blink(), "1");
        assert!(fs::read_to_string(&tty).unwrap().starts_with(LOUD));
        let nowhere = Path::new("/nowhere");
        assert!(!Quiet::keep(nowhere, nowhere).is_kept());
    }
}
