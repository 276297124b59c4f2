//! The kernel's text console, which draws its cursor and its messages over a framebuffer: kept off it while the
//! panel is open, and put back. What is to be put back is noted in a file too: who was killed leaves it to whoever opens the
//! panel next.

use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;

/// Cursor off and no blanking after ten minutes; and back on, on a clean page.
const QUIET: &str = "\x1b[?25l\x1b[9;0]";
const LOUD: &str = "\x1b[?25h";
/// The value of a console that is bound, and of a cursor that blinks.
const ON: &str = "1";
/// The note's name in the folder for such things.
const NOTE: &str = "console";

/// A console that keeps off. Dropping it puts everything back.
#[derive(Debug, Default)]
pub struct Quiet {
    consoles: PathBuf,
    note: PathBuf,
    undo: Vec<(PathBuf, String)>,
}

impl Quiet {
    /// Whether there is none to draw over the panel, or at least no cursor of it.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        !self.undo.is_empty() || !self.is_bound()
    }

    /// Takes the console off the framebuffers, or, where this user may not, switches off its cursor. `sys` is
    /// `/sys`, `tty` the console in front, `/dev/tty0`, and `run` the folder of the note, outside of tests.
    #[must_use]
    pub fn keep(sys: &Path, tty: &Path, run: &Path) -> Self {
        let consoles = sys.join("class/vtconsole");
        let mut quiet = Self { consoles, note: run.join(NOTE), undo: Vec::new() };
        let blink = sys.join("class/graphics/fbcon/cursor_blink");
        quiet.inherit(&blink, tty);
        let _came = quiet.take_off();
        if quiet.is_bound() {
            // Where this cannot be done the cursor is only an eyesore.
            let _blinks = quiet.set(&blink, "0");
            if fs::OpenOptions::new().write(true).open(tty).and_then(|tty| say(&tty, QUIET)).is_ok() {
                quiet.undo_with(tty, LOUD);
                quiet.write_down();
            }
        }
        quiet
    }

    /// Takes over what one who was killed has not put back. The note only chooses among the files of the console:
    /// whoever can write it may not be whoever reads it.
    fn inherit(&mut self, blink: &Path, tty: &Path) {
        let Ok(noted) = fs::read_to_string(&self.note) else { return };
        let known = self.binds().into_iter().chain([blink.to_owned()]).map(|file| (file, ON));
        for (file, value) in known.chain([(tty.to_owned(), LOUD)]) {
            if noted.lines().any(|line| Path::new(line) == file) {
                self.undo_with(&file, value);
            }
        }
    }

    fn undo_with(&mut self, file: &Path, value: &str) {
        if !self.undo.iter().any(|(known, _)| known == file) {
            self.undo.push((file.to_owned(), value.to_owned()));
        }
    }

    /// Without the folder, as where nobody has made it for a service, only a kill is not put right.
    fn write_down(&self) {
        let files: Vec<String> = self.undo.iter().map(|(file, _)| format!("{}\n", file.display())).collect();
        // Anew each time: what stands there may be a link that somebody else has put.
        let _old = fs::remove_file(&self.note);
        let note = fs::OpenOptions::new().write(true).create_new(true).open(&self.note);
        let _kept = note.and_then(|note| say(&note, &files.concat()));
    }

    /// Takes off every console that draws into framebuffers, and tells whether there was one. A kernel may give the
    /// framebuffers theirs as late as something is written to it.
    pub fn take_off(&mut self) -> bool {
        // All of them: with none bound, the kernel draws nothing there.
        self.binds().iter().filter(|bind| self.set(bind, "0")).count() > 0
    }

    fn is_bound(&self) -> bool {
        self.binds().iter().any(|bind| fs::read_to_string(bind).is_ok_and(|bound| bound.trim() != "0"))
    }

    /// The file that takes on and off, of each console that draws into framebuffers.
    fn binds(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.consoles).into_iter().flatten().filter_map(Result::ok);
        let name = |console: &Path| fs::read_to_string(console.join("name")).unwrap_or_default();
        let consoles = entries.map(|entry| entry.path()).filter(|path| name(path).contains("frame buffer"));
        consoles.map(|console| console.join("bind")).collect()
    }

    /// Whether it was another value and is this one now.
    fn set(&mut self, file: &Path, value: &str) -> bool {
        let Ok(before) = fs::read_to_string(file) else { return false };
        let before = before.trim().to_owned();
        let is_set = before != value && fs::write(file, value).is_ok();
        if is_set {
            self.undo_with(file, &before);
            self.write_down();
        }
        is_set
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
        let undone = undone.collect::<Vec<_>>();
        let _none = fs::remove_file(&self.note);
        undone.into_iter().collect()
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
        fs::create_dir(machine.path().join("run")).unwrap();
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
        let run = machine.path().join("run");
        let quiet = Quiet::keep(&sys, &tty, &run);
        assert!(quiet.is_kept());
        assert_eq!((bound(0), bound(1)), ("1".into(), "0".into()));
        assert_eq!(fs::read_to_string(&tty).unwrap(), "", "there is nobody left to tell");
        // As after a fault: not closed, only dropped.
        drop(quiet);
        assert_eq!((bound(0), bound(1)), ("1".into(), "1".into()));
        assert!(fs::read_dir(&run).unwrap().next().is_none(), "nothing is left to put back");
        // As killed, twice, and then closed: whoever is last knows of the first.
        for _ in 0..2 {
            std::mem::forget(Quiet::keep(&sys, &tty, &run));
            assert_eq!((bound(0), bound(1)), ("1".into(), "0".into()));
        }
        Quiet::keep(&sys, &tty, &run).put_back().unwrap();
        assert_eq!((bound(0), bound(1)), ("1".into(), "1".into()));
    }

    #[test]
    fn a_note_names_no_other_file_than_those_of_the_console() {
        let (machine, tty) = machine();
        let (sys, run) = (machine.path().join("sys"), machine.path().join("run"));
        let other = machine.path().join("other");
        fs::write(&other, "mine").unwrap();
        let dummy = sys.join("class/vtconsole/vtcon0/bind");
        fs::write(&dummy, "0").unwrap();
        fs::write(run.join(NOTE), format!("{}\n{}\n../other\n", other.display(), dummy.display())).unwrap();
        Quiet::keep(&sys, &tty, &run).put_back().unwrap();
        assert_eq!(fs::read_to_string(&other).unwrap(), "mine");
        assert_eq!(fs::read_to_string(&dummy).unwrap(), "0", "it draws into no framebuffer");
    }

    #[test]
    fn where_it_cannot_be_taken_off_the_cursor_is_switched_off_and_on_again() {
        let (machine, tty) = machine();
        let sys = machine.path().join("sys");
        let console = sys.join("class/vtconsole/vtcon1");
        fs::create_dir_all(&console).unwrap();
        fs::write(console.join("name"), "(M) frame buffer device\n").unwrap();
        // Takes nothing from anybody, root neither.
        std::os::unix::fs::symlink("/proc/version", console.join("bind")).unwrap();
        let blink = || fs::read_to_string(sys.join("class/graphics/fbcon/cursor_blink")).unwrap();
        let run = machine.path().join("run");
        std::mem::forget(Quiet::keep(&sys, &tty, &run));
        let mut quiet = Quiet::keep(&sys, &tty, &run);
        assert_eq!(blink(), "0");
        assert!(fs::read_to_string(&tty).unwrap().ends_with(QUIET));
        quiet.put_back().unwrap();
        assert_eq!(blink(), "1");
        assert!(fs::read_to_string(&tty).unwrap().starts_with(LOUD));
        let nowhere = Path::new("/nowhere");
        assert!(Quiet::keep(nowhere, nowhere, nowhere).is_kept(), "there is none");
        fs::remove_file(sys.join("class/graphics/fbcon/cursor_blink")).unwrap();
        assert!(!Quiet::keep(&sys, nowhere, nowhere).is_kept());
    }
}
