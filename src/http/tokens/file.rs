//! The file that tokens are kept in: for its owner alone, and replaced whole or not at all. With it goes a
//! lock beside it, since a program of the command line may use the same tokens as a running relay.

use std::fs;
use std::fs::File;
use std::fs::OpenOptions;
use std::fs::TryLockError;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::path::PathBuf;

use serde::Deserialize;
use serde::Serialize;

use crate::core::secret::Secret;
use crate::host::file;

/// Everybody but the owner.
const OTHERS: u32 = 0o077;
/// Two tokens and a time: longer is a wrong file.
const MOST: u64 = 64 * 1024;

/// Why the file cannot be used, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum NotKept {
    #[error("{path} can be read by others (mode {mode:04o}); run: chmod 600 {path}")]
    Open { path: PathBuf, mode: u32 },
    #[error("{path} cannot be used: {source}")]
    Io { path: PathBuf, source: io::Error },
    #[error("{path} holds no tokens; run `qrtill link connect`")]
    Damaged { path: PathBuf },
}

/// What is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    pub access: Secret,
    pub refresh: Option<Secret>,
    /// Wall clock, ms since 1970, from which on a new access token is fetched.
    pub renew_unix_ms: i64,
}

/// The file's content. Never printed: `Debug` is not derived.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    access: String,
    refresh: Option<String>,
    renew_unix_ms: i64,
}

#[derive(Clone, Debug)]
pub struct TokenFile {
    path: PathBuf,
}

impl TokenFile {
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// What is kept; `None` where nothing ever was. A file that others can read is refused: whoever could
    /// read it may have.
    pub fn read(&self) -> Result<Option<Kept>, NotKept> {
        let found = match fs::metadata(&self.path) {
            Ok(found) => found,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.io(error)),
        };
        let mode = found.permissions().mode() & 0o7777;
        if mode & OTHERS != 0 {
            return Err(NotKept::Open { path: self.path.clone(), mode });
        }
        let damaged = || NotKept::Damaged { path: self.path.clone() };
        if !found.is_file() || found.len() > MOST {
            return Err(damaged());
        }
        let bytes = fs::read(&self.path).map_err(|error| self.io(error))?;
        let text: Text = serde_json::from_slice(&bytes).map_err(|_| damaged())?;
        Ok(Some(Kept {
            access: Secret::new(text.access),
            refresh: text.refresh.map(Secret::new),
            renew_unix_ms: text.renew_unix_ms,
        }))
    }

    /// Keeps `kept` in the place of what was there. When it returns, that is on the disk; whatever happens
    /// before, the old content or the new one is there, whole.
    pub fn write(&self, kept: &Kept) -> Result<(), NotKept> {
        let text = Text {
            access: kept.access.reveal().to_owned(),
            refresh: kept.refresh.as_ref().map(|token| token.reveal().to_owned()),
            renew_unix_ms: kept.renew_unix_ms,
        };
        let bytes = serde_json::to_vec(&text).map_err(|error| self.io(error.into()))?;
        file::replace(&self.path, &bytes).map_err(|error| self.io(error))
    }

    /// The lock, unless another program has it. It is let go when the value is dropped.
    pub fn try_lock(&self) -> Result<Option<File>, NotKept> {
        let path = self.beside("lock");
        let opened = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path);
        let file = opened.map_err(|error| self.io(error))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(self.io(error)),
        }
    }

    fn beside(&self, ending: &str) -> PathBuf {
        let mut name = self.path.as_os_str().to_owned();
        name.push(".");
        name.push(ending);
        PathBuf::from(name)
    }

    fn io(&self, source: io::Error) -> NotKept {
        NotKept::Io { path: self.path.clone(), source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(word: &str) -> Kept {
        let (access, refresh) = (Secret::new(format!("a-{word}")), Some(Secret::new(format!("r-{word}"))));
        Kept { access, refresh, renew_unix_ms: 7 }
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).expect("there").permissions().mode() & 0o7777
    }

    #[test]
    fn what_was_kept_is_read_again_and_replaced_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = TokenFile::new(&folder.path().join("qonto.tokens"));
        assert_eq!(file.read().expect("nothing there"), None);
        file.write(&kept("one")).expect("written");
        assert_eq!(mode(&file.path), 0o600);
        let open = folder.path().join("qonto.tokens.new");
        fs::write(&open, "left behind by a crash").expect("written");
        fs::set_permissions(&open, fs::Permissions::from_mode(0o644)).expect("set");
        assert_eq!(file.read().expect("readable"), Some(kept("one")), "half a file is not looked at");
        file.write(&kept("two")).expect("written");
        assert_eq!(file.read().expect("readable"), Some(kept("two")));
        assert_eq!(mode(&file.path), 0o600);
        assert!(!open.exists());
    }

    #[test]
    fn a_file_that_others_can_read_is_refused_with_the_command_that_mends_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = TokenFile::new(&folder.path().join("t"));
        file.write(&kept("one")).expect("written");
        for bits in [0o640, 0o604, 0o620] {
            fs::set_permissions(&file.path, fs::Permissions::from_mode(bits)).expect("set");
            let error = file.read().expect_err("refused").to_string();
            assert!(error.ends_with(&format!("run: chmod 600 {}", file.path.display())), "{error}");
            assert!(!error.contains("a-one"));
        }
        fs::set_permissions(&file.path, fs::Permissions::from_mode(0o600)).expect("set");
        for text in
            ["", "{}", "null", r#"{"access":"a"}"#, r#"{"access":1,"refresh":null,"renew_unix_ms":0}"#]
        {
            fs::write(&file.path, text).expect("written");
            assert!(matches!(file.read(), Err(NotKept::Damaged { .. })), "{text}");
        }
    }

    #[test]
    fn a_folder_that_is_not_there_is_said() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = TokenFile::new(&folder.path().join("none/t"));
        assert!(matches!(file.write(&kept("one")), Err(NotKept::Io { .. })));
    }

    #[test]
    fn only_one_has_the_lock() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = TokenFile::new(&folder.path().join("t"));
        let held = file.try_lock().expect("a lock").expect("free");
        assert!(file.try_lock().expect("asked").is_none());
        drop(held);
        assert!(file.try_lock().expect("asked").is_some());
    }
}
