//! A folder that a command writes. Secrets are their owner's alone; the rest can be read.

use std::fs;
use std::fs::OpenOptions;
use std::io;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;

use super::failure;
use super::failure::Failure;
use crate::config::private;
use crate::core::secret::Secret;
use crate::host;
use crate::mqtt::key::SecretKey;

pub struct Folder {
    folder: PathBuf,
}

impl Folder {
    #[must_use]
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A folder in it, or itself where `name` is empty, with this mode whether it was there or not.
    pub fn make(&self, name: &str, mode: u32) -> Result<(), Failure> {
        let path = self.path(name);
        let made = fs::create_dir_all(&path);
        made.and_then(|()| fs::set_permissions(&path, fs::Permissions::from_mode(mode)))
            .map_err(|error| self.failed(&error, &path))
    }

    /// A file that everybody may read.
    pub fn text(&self, name: &str, text: &str) -> Result<(), Failure> {
        let path = self.path(name);
        let made = OpenOptions::new().write(true).create_new(true).mode(0o644).open(&path);
        made.and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
            .map_err(|error| self.failed(&error, &path))
    }

    /// A file that its owner alone may read.
    pub fn secret(&self, name: &str, secret: &Secret) -> Result<(), Failure> {
        let path = self.path(name);
        private::create(&path, secret).map_err(|error| self.failed(&error, &path))
    }

    /// Why something in it was not written.
    pub fn failed(&self, error: &io::Error, path: &Path) -> Failure {
        if error.kind() == io::ErrorKind::PermissionDenied {
            let what = format!("{} may not be written by this user", path.display());
            return Failure::new(failure::NO_PERMISSION, what, "run it with sudo, or name another folder");
        }
        Failure::of_io(error, failure::CANNOT_CREATE, "cannot write", path)
    }

    /// Makes a private key in that file.
    pub fn key(&self, name: &str) -> Result<SecretKey, Failure> {
        let key = SecretKey::from_random(host::random());
        self.secret(name, &key.to_text())?;
        Ok(key)
    }
}
