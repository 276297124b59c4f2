//! A rollout's own book, a line of JSON for each fact: what it was to do, and how far it came. One that was killed goes on
//! from it.

use std::collections::BTreeMap;
use std::fs;
use std::fs::File;
use std::io;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;

use super::history::NotKept;
use super::rollout::Fact;
use crate::core::reference::TerminalId;
use crate::host::file;

/// The last rollout's; those before it are beside it, under their own names.
const FILE: &str = "rollout.jsonl";

/// The first line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Begun {
    /// RFC 3339, UTC.
    pub begun_at: String,
    pub name: String,
    pub kind: Kind,
    pub waves: Vec<Vec<TerminalId>>,
    /// What each is to have.
    pub terminals: BTreeMap<TerminalId, Settings>,
}

/// What was begun. Another kind does not go on with it: it would be less careful, or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// One terminal after the other.
    Apply,
    /// In waves.
    Rollout,
    /// What another one changed, as it was before.
    Back,
}

/// By path.
pub type Settings = BTreeMap<String, Value>;

/// Every further line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Line {
    /// What was in force at a terminal that is sent something next.
    Before {
        terminal: TerminalId,
        before: Settings,
    },
    Fact(Fact),
}

#[derive(Debug)]
pub struct Record {
    path: PathBuf,
    pub begun: Begun,
    /// What was in force where something was sent.
    pub before: BTreeMap<TerminalId, Settings>,
    pub facts: Vec<Fact>,
    file: File,
}

/// Held while a rollout goes on: the operating system lets it go, however the program ends.
#[derive(Debug)]
pub struct Held(#[expect(dead_code, reason = "the lock lasts as long as the file is open")] File);

impl Record {
    /// Keeps everybody else's rollouts from beginning; none where one goes on.
    ///
    /// # Errors
    /// Of the file system.
    pub fn hold(folder: &Path) -> Result<Option<Held>, NotKept> {
        let path = folder.join("rollout.lock");
        let failed = |source: io::Error| NotKept { path: path.clone(), source };
        fs::create_dir_all(folder).map_err(failed)?;
        let lock = File::create(&path).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(Held(lock))),
            Err(fs::TryLockError::WouldBlock) => Ok(None),
            Err(fs::TryLockError::Error(source)) => Err(failed(source)),
        }
    }

    /// The last rollout's; none where there was none.
    ///
    /// # Errors
    /// Of the file system, and where it is none of ours.
    pub fn last(folder: &Path) -> Result<Option<Self>, NotKept> {
        let path = folder.join(FILE);
        let failed = |source: io::Error| NotKept { path: path.clone(), source };
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            text => text.map_err(failed)?,
        };
        // A line without an end was cut off by a power cut or a kill: nothing that rests on it was done.
        let whole = text.rfind('\n').map_or("", |end| &text[..=end]);
        let mut lines = whole.lines();
        let begun = serde_json::from_str(lines.next().unwrap_or("")).map_err(|error| failed(error.into()))?;
        let file = File::options().append(true).open(&path).map_err(failed)?;
        file.set_len(whole.len() as u64).map_err(failed)?;
        let (before, facts) = (BTreeMap::new(), Vec::new());
        let mut record = Self { path: path.clone(), begun, before, facts, file };
        for line in lines {
            match serde_json::from_str(line).map_err(|error| failed(error.into()))? {
                Line::Before { terminal, before } => drop(record.before.insert(terminal, before)),
                Line::Fact(fact) => record.facts.push(fact),
            }
        }
        Ok(Some(record))
    }

    /// Begins a new one; the one before stays beside it.
    ///
    /// # Errors
    /// Of the file system.
    pub fn begin(folder: &Path, begun: Begun) -> Result<Self, NotKept> {
        let path = folder.join(FILE);
        let failed = |source: io::Error| NotKept { path: path.clone(), source };
        if let Some(before) = Self::last(folder)? {
            let aside = folder.join(format!("rollout-{}.jsonl", before.begun.name));
            fs::rename(&path, aside).map_err(failed)?;
        }
        let mut line = serde_json::to_vec(&begun).map_err(|error| failed(error.into()))?;
        line.push(b'\n');
        file::replace(&path, &line).map_err(failed)?;
        let file = File::options().append(true).open(&path).map_err(failed)?;
        Ok(Self { path, begun, before: BTreeMap::new(), facts: Vec::new(), file })
    }

    /// Writes a fact down.
    ///
    /// # Errors
    /// Of the file system: nothing that rests on it may be done.
    pub fn keep(&mut self, fact: &Fact) -> Result<(), NotKept> {
        self.write(&Line::Fact(fact.clone()))?;
        self.file.sync_data().map_err(|source| NotKept { path: self.path.clone(), source })
    }

    /// Writes down what is in force at a terminal; it is on disk with the next fact.
    ///
    /// # Errors
    /// Of the file system.
    pub fn keep_before(&mut self, terminal: &TerminalId, before: &Settings) -> Result<(), NotKept> {
        self.write(&Line::Before { terminal: terminal.clone(), before: before.clone() })
    }

    fn write(&mut self, line: &Line) -> Result<(), NotKept> {
        let failed = |source: io::Error| NotKept { path: self.path.clone(), source };
        let mut line = serde_json::to_vec(line).map_err(|error| failed(error.into()))?;
        line.push(b'\n');
        self.file.write_all(&line).map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_cut_off_in_the_middle_of_a_line_is_left_out_and_the_rest_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Record::last(folder.path()).unwrap().is_none());
        let begun = |name: &str| Begun {
            begun_at: "2026-11-20T10:00:00Z".into(),
            name: name.into(),
            kind: Kind::Rollout,
            waves: vec![vec!["counter-1".parse().unwrap()]],
            terminals: BTreeMap::new(),
        };
        let mut record = Record::begin(folder.path(), begun("a")).unwrap();
        let facts = [Fact::Passed { wave: 0 }, Fact::Stopped { why: "two\nlines".into() }];
        record.keep(&facts[0]).unwrap();
        let (id, before): (TerminalId, _) = ("counter-1".parse().unwrap(), Settings::new());
        record.keep_before(&id, &before).unwrap();
        record.file.write_all(b"{\"passed\":{\"wa").unwrap();
        let mut again = Record::last(folder.path()).unwrap().unwrap();
        assert_eq!((&again.begun, again.facts.as_slice()), (&begun("a"), &facts[..1]));
        assert_eq!(again.before, BTreeMap::from([(id, before)]));
        again.keep(&facts[1]).unwrap();
        assert_eq!(Record::last(folder.path()).unwrap().unwrap().facts, facts);
        drop(Record::begin(folder.path(), begun("b")).unwrap());
        assert_eq!(Record::last(folder.path()).unwrap().unwrap().facts, []);
        assert!(folder.path().join("rollout-a.jsonl").exists());
        let held = Record::hold(folder.path()).unwrap();
        assert!(held.is_some() && Record::hold(folder.path()).unwrap().is_none());
        drop(held);
        assert!(Record::hold(folder.path()).unwrap().is_some());
    }
}
