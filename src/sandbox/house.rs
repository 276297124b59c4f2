//! Where the sandbox keeps what it has: folders, keys and passwords under `--data`, made at first start.

use std::fs::File;
use std::fs::TryLockError;
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::path::PathBuf;

use anyhow::Context as _;

use crate::host;
use crate::mqtt::key::SecretKey;

/// The right to a data folder, which one program has at a time: until it is dropped, or the program ends in
/// whatever way.
#[derive(Debug)]
pub struct Claim {
    _lock: File,
}

/// Why a data folder cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum NotClaimed {
    #[error("another sandbox runs in {0}")]
    Taken(PathBuf),
    #[error(transparent)]
    Unusable(#[from] anyhow::Error),
}

impl Claim {
    /// Takes the folder, and makes it where there is none.
    pub fn take(root: &Path) -> Result<Self, NotClaimed> {
        House::open(root)?;
        let path = root.join("sandbox.lock");
        let opened = std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(&path);
        let lock = opened.with_context(|| format!("cannot write {}", path.display()))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(NotClaimed::Taken(root.to_owned())),
            Err(TryLockError::Error(error)) => {
                let error = anyhow::Error::new(error);
                Err(error.context(format!("cannot lock {}", path.display())).into())
            }
        }
    }
}

/// The folders of one sandbox.
#[derive(Clone, Debug)]
pub struct House {
    pub root: PathBuf,
}

impl House {
    /// Makes the folders, readable by this user alone.
    pub fn open(root: &Path) -> anyhow::Result<Self> {
        let house = Self { root: root.to_owned() };
        for folder in [root.to_owned(), house.relay(), house.bank()] {
            make(&folder)?;
        }
        house.terminal(0)?;
        Ok(house)
    }

    /// The folder of a counter's terminal, made where there is none. The first counter has the number 0.
    pub fn terminal(&self, index: usize) -> anyhow::Result<PathBuf> {
        let name = if index == 0 { "terminal".to_owned() } else { format!("terminal-{}", index + 1) };
        let folder = self.root.join(name);
        make(&folder)?;
        Ok(folder)
    }

    #[must_use]
    pub fn relay(&self) -> PathBuf {
        self.root.join("relay")
    }

    #[must_use]
    pub fn bank(&self) -> PathBuf {
        self.root.join("bank")
    }

    /// The key in this folder, made where there is none.
    pub fn key(&self, folder: &Path) -> anyhow::Result<SecretKey> {
        let path = folder.join("key");
        if let Ok(text) = std::fs::read_to_string(&path) {
            return SecretKey::parse(text.trim()).with_context(|| format!("{} is damaged", path.display()));
        }
        let key = SecretKey::from_random(host::random());
        write_private(&path, key.to_text().reveal())?;
        Ok(key)
    }

    /// A remembered text, such as an id the bank gave out.
    #[must_use]
    pub fn remembered(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.root.join(name)).ok()
    }

    pub fn remember(&self, name: &str, value: &str) -> anyhow::Result<()> {
        write_private(&self.root.join(name), value)
    }
}

fn make(folder: &Path) -> anyhow::Result<()> {
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.with_context(|| format!("cannot make the folder {}; choose another --data", folder.display()))
}

fn write_private(path: &Path, text: &str) -> anyhow::Result<()> {
    use std::io::Write as _;
    let opened = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
    let mut file = opened.with_context(|| format!("cannot write {}", path.display()))?;
    file.write_all(text.as_bytes()).with_context(|| format!("cannot write {}", path.display()))
}
