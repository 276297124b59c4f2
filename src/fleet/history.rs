//! Every document that was sent from here, in plain files: what was signed, when, and what the terminal answered. A
//! document that is here was believed when it was written down, whoever has left since.

use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;

use serde::Deserialize;
use serde::Serialize;

use crate::core::reference::TerminalId;
use crate::core::remote::Answer;
use crate::host::file;
use crate::mqtt::document;
use crate::mqtt::document::Desired;

/// The newest set of keys that was seen, so that an older one is noticed.
const KEYS: &str = "keys.signed";
/// What an editor made and could not be sent.
const DRAFT: &str = "edit.toml";

#[derive(Clone, Debug)]
pub struct History {
    folder: PathBuf,
}

/// One document that was sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// RFC 3339, UTC.
    pub sent_at: String,
    pub version: u64,
    pub txn: String,
    /// As it was signed.
    pub document: String,
    /// What the terminal said in the end, where somebody waited for it.
    pub answer: Option<Answer>,
}

impl Entry {
    /// What was sent; none where somebody has been at the file.
    #[must_use]
    pub fn desired(&self) -> Option<Desired> {
        document::peek::<Desired>(self.document.as_bytes()).ok().map(|carried| carried.content)
    }
}

/// A file of the history cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {source}")]
pub struct NotKept {
    pub path: PathBuf,
    pub source: io::Error,
}

impl History {
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    fn of_terminal(&self, id: &TerminalId) -> PathBuf {
        self.folder.join(id.as_str())
    }

    /// What was sent to a terminal, oldest first.
    ///
    /// # Errors
    /// Of the file system, and where a file is none of ours.
    pub fn list(&self, id: &TerminalId) -> Result<Vec<Entry>, NotKept> {
        let folder = self.of_terminal(id);
        let failed = |path: &Path, source: io::Error| NotKept { path: path.to_owned(), source };
        let files = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            files => files.map_err(|error| failed(&folder, error))?,
        };
        let mut entries = Vec::new();
        for found in files {
            let path = found.map_err(|error| failed(&folder, error))?.path();
            if path.extension().is_some_and(|ending| ending == "json") {
                let text = fs::read(&path).map_err(|error| failed(&path, error))?;
                let entry: Entry =
                    serde_json::from_slice(&text).map_err(|error| failed(&path, error.into()))?;
                entries.push(entry);
            }
        }
        entries.sort_by(|a, b| (a.version, &a.sent_at).cmp(&(b.version, &b.sent_at)));
        Ok(entries)
    }

    /// Writes a document down, or what has become of it.
    ///
    /// # Errors
    /// Of the file system; what was there before is there then.
    pub fn note(&self, id: &TerminalId, entry: &Entry) -> Result<(), NotKept> {
        let path = self.of_terminal(id).join(format!("{:06}-{}.json", entry.version, entry.txn));
        let text = serde_json::to_vec_pretty(entry)
            .map_err(|error| NotKept { path: path.clone(), source: error.into() })?;
        self.write(&path, &text)
    }

    /// The newest set of keys that was seen, as it was signed.
    #[must_use]
    pub fn keys(&self) -> Option<Vec<u8>> {
        fs::read(self.folder.join(KEYS)).ok()
    }

    /// # Errors
    /// Of the file system.
    pub fn note_keys(&self, sealed: &[u8]) -> Result<(), NotKept> {
        self.write(&self.folder.join(KEYS), sealed)
    }

    /// Where an editor's text for this terminal is kept.
    #[must_use]
    pub fn draft(&self, id: &TerminalId) -> PathBuf {
        self.of_terminal(id).join(DRAFT)
    }

    /// # Errors
    /// Of the file system.
    pub fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), NotKept> {
        let failed = |source: io::Error| NotKept { path: path.to_owned(), source };
        fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).map_err(failed)?;
        file::replace(path, bytes).map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(version: u64, txn: &str) -> Entry {
        Entry {
            sent_at: "2026-11-20T10:00:00Z".into(),
            version,
            txn: txn.into(),
            document: "{}".into(),
            answer: None,
        }
    }

    #[test]
    fn what_was_sent_comes_back_in_order_and_an_answer_takes_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let history = History::of(&folder.path().join("history"));
        let id: TerminalId = "counter-1".parse().unwrap();
        assert_eq!(history.list(&id).unwrap(), []);
        for one in [entry(10, "b"), entry(2, "a")] {
            history.note(&id, &one).unwrap();
        }
        let versions: Vec<_> = history.list(&id).unwrap().iter().map(|entry| entry.version).collect();
        assert_eq!(versions, [2, 10]);
        history.note(&id, &Entry { sent_at: "later".into(), ..entry(2, "a") }).unwrap();
        assert_eq!(history.list(&id).unwrap().len(), 2);
        fs::write(folder.path().join("history/counter-1/000003-c.json"), "no").unwrap();
        assert!(history.list(&id).unwrap_err().to_string().contains("000003-c.json"));
    }
}
