//! Files with secrets: read only where nobody else can read them, made so that nobody else ever could.

use std::fs;
use std::fs::OpenOptions;
use std::io;
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;

use crate::core::secret::Secret;

/// Everybody but the owner.
const OTHERS: u32 = 0o077;
/// A key, a password, a few webhook secrets: longer is a wrong file.
const MOST: u64 = 64 * 1024;

#[derive(Debug, thiserror::Error)]
pub enum NotPrivate {
    #[error("{0} does not exist")]
    Missing(PathBuf),
    #[error("{0} may not be read by this user")]
    Denied(PathBuf),
    #[error("{path} can be read by others (mode {mode:04o})")]
    Open { path: PathBuf, mode: u32 },
    #[error("{path} cannot be read: {source}")]
    Unreadable { path: PathBuf, source: io::Error },
}

impl NotPrivate {
    /// What to do about it.
    #[must_use]
    pub fn mend(&self) -> String {
        match self {
            Self::Missing(_) => "make it, or name the right file".to_owned(),
            Self::Denied(path) => {
                format!("give it to the user qrtill runs as: chown qrtill {}", path.display())
            }
            Self::Open { path, .. } => format!("run: chmod 600 {}", path.display()),
            Self::Unreadable { .. } => "name a small text file".to_owned(),
        }
    }
}

/// The file's text. Refuses a file that others can read: whoever could read it may already have.
pub fn read(path: &Path) -> Result<Secret, NotPrivate> {
    read_if(path, |mode| mode & OTHERS == 0)
}

/// The text of a credential. systemd shows it to its one program; the mode bits tell nothing of who that is.
pub fn read_credential(path: &Path) -> Result<Secret, NotPrivate> {
    read_if(path, |_| true)
}

fn read_if(path: &Path, is_private: impl Fn(u32) -> bool) -> Result<Secret, NotPrivate> {
    let failed = |source: io::Error| {
        let (path, kind) = (path.to_owned(), source.kind());
        if kind == io::ErrorKind::NotFound {
            NotPrivate::Missing(path)
        } else if kind == io::ErrorKind::PermissionDenied {
            NotPrivate::Denied(path)
        } else {
            NotPrivate::Unreadable { path, source }
        }
    };
    let found = fs::metadata(path).map_err(failed)?;
    if !found.is_file() || found.len() > MOST {
        return Err(failed(io::Error::new(io::ErrorKind::InvalidData, "not a small file")));
    }
    let mode = found.permissions().mode() & 0o7777;
    if !is_private(mode) {
        return Err(NotPrivate::Open { path: path.to_owned(), mode });
    }
    fs::read_to_string(path).map(Secret::new).map_err(failed)
}

/// Writes a new file that only its owner can read; one that is there already is an error.
pub fn create(path: &Path, text: &Secret) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.reveal().as_bytes())?;
    file.sync_all()
}

/// Makes a folder for journals, and those above it, for its owner alone; one that is there stays as it is.
pub fn create_folder(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_others_can_read_is_refused_with_the_command_that_mends_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("key");
        create(&path, &Secret::new("s\n")).expect("made");
        assert_eq!(read(&path).expect("private").reveal(), "s\n");
        assert!(create(&path, &Secret::new("other")).is_err());
        for mode in [0o640, 0o604, 0o620] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("set");
            let error = read(&path).expect_err("refused");
            assert!(error.to_string().contains(&format!("{mode:04o}")), "{error}");
            assert_eq!(error.mend(), format!("run: chmod 600 {}", path.display()));
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).expect("set");
        assert!(read(&path).is_ok());
        assert!(matches!(read(&folder.path().join("none")), Err(NotPrivate::Missing(_))));
        assert!(matches!(read(folder.path()), Err(NotPrivate::Unreadable { .. })));
    }

    #[test]
    fn a_folder_for_journals_is_its_owners_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a/b");
        create_folder(&path).expect("made");
        create_folder(&path).expect("there");
        let mode = fs::metadata(&path).expect("there").permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}
