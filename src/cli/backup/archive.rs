//! The file of a backup: a tar archive whose first entry says what it holds and where that stood.

use std::collections::BTreeMap;
use std::fs;
use std::fs::File;
use std::fs::OpenOptions;
use std::io;
use std::io::Read;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::fs::chown;
use std::path::Component;
use std::path::Path;
use std::path::PathBuf;

use serde::Deserialize;
use serde::Serialize;
use tar::Builder;
use tar::EntryType;
use tar::Header;

use crate::cli::account;
use crate::cli::account::Owner;
use crate::config;
use crate::config::Program;
use crate::config::private;
#[cfg(feature = "relay")]
use crate::relay;
use crate::terminal;

/// The first entry.
pub const ABOUT: &str = "qrtill-backup.json";
/// Folder of the configuration in the archive.
pub const CONFIG: &str = "config";
const FORMAT: u32 = 1;
/// Of the first entry, in bytes; it is far smaller.
const ABOUT_MOST: u64 = 64 * 1024;

/// One program's share of a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    Terminal,
    #[cfg(feature = "relay")]
    Relay,
}

impl Part {
    #[cfg(feature = "relay")]
    pub const ALL: &[Self] = &[Self::Terminal, Self::Relay];
    #[cfg(not(feature = "relay"))]
    pub const ALL: &[Self] = &[Self::Terminal];

    /// Also its folder in the archive.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Terminal => "terminal",
            #[cfg(feature = "relay")]
            Self::Relay => "relay",
        }
    }

    #[must_use]
    pub fn config_file(self) -> String {
        format!("{}.toml", self.name())
    }

    #[must_use]
    pub fn program(self) -> Program {
        match self {
            Self::Terminal => Program::Terminal,
            #[cfg(feature = "relay")]
            Self::Relay => Program::Relay,
        }
    }

    /// Its data folder by that configuration.
    #[must_use]
    pub fn data(self, file: &Path, text: &str, variables: &[(String, String)]) -> PathBuf {
        match self {
            Self::Terminal => config::terminal_data(file, text, variables),
            #[cfg(feature = "relay")]
            Self::Relay => config::relay_data(file, text, variables),
        }
    }

    /// Names of its journal's counters that count under the journal's own name begin so.
    #[must_use]
    pub fn numbers(self) -> Option<&'static str> {
        match self {
            Self::Terminal => None,
            #[cfg(feature = "relay")]
            Self::Relay => Some(relay::NUMBERS),
        }
    }

    /// Its journal in that data folder.
    #[must_use]
    pub fn journal(self, data: &Path) -> PathBuf {
        match self {
            Self::Terminal => terminal::journal_path(data),
            #[cfg(feature = "relay")]
            Self::Relay => relay::journal_path(data),
        }
    }
}

/// What a backup holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    pub format: u32,
    /// Milliseconds since 1970.
    pub made_unix_ms: i64,
    /// The program that made it.
    pub version: String,
    /// The folder of the configuration.
    pub config: PathBuf,
    pub journals: Vec<Journal>,
    /// Names of the users that own files in it, by number: another machine may number them otherwise.
    pub users: BTreeMap<u64, String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Journal {
    pub part: Part,
    /// Its data folder.
    pub data: PathBuf,
}

impl About {
    #[must_use]
    pub fn new(config: &Path, made_unix_ms: i64) -> Self {
        let users = account::users(Path::new("/"));
        Self {
            format: FORMAT,
            made_unix_ms,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            config: config.to_owned(),
            journals: Vec::new(),
            users: users.into_iter().map(|(name, owner)| (u64::from(owner.uid), name)).collect(),
        }
    }
}

/// An archive being written.
pub struct Writer {
    tar: Builder<File>,
    files: usize,
}

impl Writer {
    pub fn new(target: File, about: &About) -> io::Result<Self> {
        let mut tar = Builder::new(target);
        let text = serde_json::to_vec_pretty(about)?;
        let mut header = Header::new_gnu();
        header.set_mode(0o600);
        header.set_size(text.len() as u64);
        header.set_mtime(u64::try_from(about.made_unix_ms / 1000).unwrap_or(0));
        tar.append_data(&mut header, ABOUT, text.as_slice())?;
        Ok(Self { tar, files: 0 })
    }

    /// One file under that name in the archive.
    pub fn file(&mut self, name: &str, path: &Path) -> io::Result<()> {
        self.files += 1;
        self.tar.append_file(name, &mut File::open(path)?)
    }

    /// Every regular file below `folder` that is `wanted`, below `name`. Links and devices are left out.
    pub fn folder(&mut self, name: &str, folder: &Path, wanted: &dyn Fn(&Path) -> bool) -> io::Result<()> {
        let mut entries: Vec<_> = fs::read_dir(folder)?.collect::<Result<_, _>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let (path, kind) = (entry.path(), entry.file_type()?);
            let inside = format!("{name}/{}", entry.file_name().to_string_lossy());
            if kind.is_dir() {
                self.folder(&inside, &path, wanted)?;
            } else if kind.is_file() && wanted(&path) {
                self.file(&inside, &path)?;
            }
        }
        Ok(())
    }

    /// The finished file, and how many are in it.
    pub fn end(self) -> io::Result<(File, usize)> {
        Ok((self.tar.into_inner()?, self.files))
    }
}

/// What an archive holds.
pub fn about(file: &File) -> io::Result<About> {
    let mut archive = tar::Archive::new(file);
    let mut first = archive.entries()?.next().ok_or_else(not_ours)?.map_err(|_| not_ours())?;
    if first.path()?.as_os_str() != ABOUT {
        return Err(not_ours());
    }
    let mut text = Vec::new();
    first.by_ref().take(ABOUT_MOST).read_to_end(&mut text)?;
    let about: About = serde_json::from_slice(&text).map_err(|_| not_ours())?;
    if about.format > FORMAT {
        return Err(wrong(format!("it was made by qrtill {}, which is newer; update qrtill", about.version)));
    }
    Ok(about)
}

/// Unpacks the archive's folders to those named for them; `users` are the numbers of its owners here. A name that
/// leads elsewhere, and anything that is not a plain file, is refused. Returns the files written.
pub fn unpack(file: &File, places: &[(&str, PathBuf)], users: &BTreeMap<u64, Owner>) -> io::Result<usize> {
    let mut archive = tar::Archive::new(file);
    let mut written = 0;
    for entry in archive.entries()?.skip(1) {
        let mut entry = entry?;
        let path = entry.path()?.into_owned();
        let target = target(&path, places).filter(|_| entry.header().entry_type() == EntryType::Regular);
        let Some(target) = target else {
            return Err(wrong(format!("its entry {} is not a file of a backup", path.display())));
        };
        private::create_folder(target.parent().unwrap_or(&target))?;
        let mut made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&target)?;
        io::copy(&mut entry, &mut made)?;
        made.set_permissions(fs::Permissions::from_mode(entry.header().mode()? & 0o777))?;
        if let Some(owner) = users.get(&entry.header().uid()?) {
            chown(&target, Some(owner.uid), Some(owner.gid))?;
        }
        made.sync_all()?;
        written += 1;
    }
    Ok(written)
}

/// Where an entry goes; absent for one that goes nowhere.
fn target(path: &Path, places: &[(&str, PathBuf)]) -> Option<PathBuf> {
    let is_plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    let (place, inside) = places
        .iter()
        .find_map(|(name, place)| Some((place, path.strip_prefix(name).ok()?)))
        .filter(|(_, inside)| is_plain && inside.components().next().is_some())?;
    Some(place.join(inside))
}

fn not_ours() -> io::Error {
    wrong("it is not a file that `qrtill backup` made".to_owned())
}

fn wrong(what: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_goes_below_its_own_folder_or_nowhere() {
        let places = [(CONFIG, PathBuf::from("/etc/qrtill"))];
        let target = |path: &str| target(Path::new(path), &places);
        assert_eq!(target("config/a/b.key"), Some(PathBuf::from("/etc/qrtill/a/b.key")));
        for path in ["config", "config/../../shadow", "/etc/shadow", "../x", "relay/x", "configs/x"] {
            assert_eq!(target(path), None, "{path}");
        }
    }
}
