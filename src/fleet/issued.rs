//! The record of what the authority signed: a line for each certificate, and one for each that was revoked. Plain text
//! that only grows, so that two people's changes go together in git.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;

use crate::core::reference::TerminalId;
use crate::fleet::history::NotKept;
use crate::host::file;

const HEAD: &str = "\
# What the authority signed, and what it revoked. `qrtill fleet pair` and `revoke` write it, a line for each:
#   DAY issued SERIAL ID PUBLIC-KEY until DAY
#   DAY revoked SERIAL ID
";

/// One certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Hexadecimal.
    pub serial: String,
    pub id: TerminalId,
    /// The terminal's public key, which its requests to the relay are signed with.
    pub key: String,
    /// Days as `2026-11-27`.
    pub issued: String,
    pub until: String,
    pub revoked: Option<String>,
}

#[derive(Debug)]
pub struct Record {
    path: PathBuf,
    text: String,
    pub certificates: Vec<Certificate>,
}

impl Record {
    /// # Errors
    /// Where it cannot be read, or a line in it is none of ours: what is revoked must not depend on a guess.
    pub fn read(path: &Path) -> Result<Self, NotKept> {
        let failed = |source: io::Error| NotKept { path: path.to_owned(), source };
        let text = match fs::read_to_string(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => HEAD.to_owned(),
            text => text.map_err(failed)?,
        };
        let mut record = Self { path: path.to_owned(), text: String::new(), certificates: Vec::new() };
        for (number, line) in text.lines().enumerate() {
            if !line.trim().is_empty() && !line.starts_with('#') {
                let wrong =
                    || io::Error::new(io::ErrorKind::InvalidData, format!("line {}: `{line}`", number + 1));
                record.take(line).ok_or_else(|| failed(wrong()))?;
            }
        }
        record.text = text;
        Ok(record)
    }

    fn take(&mut self, line: &str) -> Option<()> {
        match line.split_whitespace().collect::<Vec<_>>().as_slice() {
            [issued, "issued", serial, id, key, "until", until] => {
                let text = |text: &&str| (*text).to_owned();
                self.certificates.push(Certificate {
                    serial: text(serial),
                    id: id.parse().ok()?,
                    key: text(key),
                    issued: text(issued),
                    until: text(until),
                    revoked: None,
                });
            }
            [day, "revoked", serial, _] => {
                let found = self.certificates.iter_mut().find(|one| one.serial == **serial)?;
                found.revoked = Some((*day).to_owned());
            }
            _ => return None,
        }
        Some(())
    }

    /// Those of a terminal that count.
    pub fn good(&self, id: &TerminalId) -> impl Iterator<Item = &Certificate> {
        self.certificates.iter().filter(move |one| one.id == *id && one.revoked.is_none())
    }

    /// Whose certificates that count were made for this terminal's key.
    pub fn named(&self, key: &str) -> impl Iterator<Item = &TerminalId> {
        let good = self.certificates.iter().filter(move |one| one.key == key && one.revoked.is_none());
        good.map(|one| &one.id)
    }

    /// Writes a new certificate down, on the disk when this returns.
    ///
    /// # Errors
    /// Of the file system; nothing may be handed out then.
    pub fn issue(&mut self, one: Certificate) -> Result<(), NotKept> {
        let Certificate { serial, id, key, issued, until, .. } = &one;
        self.append(&format!("{issued} issued {serial} {id} {key} until {until}\n"))?;
        self.certificates.push(one);
        Ok(())
    }

    /// Writes down that all certificates of a terminal count no longer; gives back those that did.
    ///
    /// # Errors
    /// Of the file system; they count still then.
    pub fn revoke(&mut self, id: &TerminalId, day: &str) -> Result<Vec<Certificate>, NotKept> {
        let good: Vec<_> = self.good(id).cloned().collect();
        let lines = good.iter().fold(String::new(), |mut lines, one| {
            let _infallible = writeln!(lines, "{day} revoked {} {id}", one.serial);
            lines
        });
        self.append(&lines)?;
        for one in
            self.certificates.iter_mut().filter(|one| good.iter().any(|gone| gone.serial == one.serial))
        {
            one.revoked = Some(day.to_owned());
        }
        Ok(good)
    }

    fn append(&mut self, lines: &str) -> Result<(), NotKept> {
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
        let text = format!("{}{lines}", self.text);
        let failed = |source: io::Error| NotKept { path: self.path.clone(), source };
        file::replace(&self.path, text.as_bytes()).map_err(failed)?;
        self.text = text;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(serial: &str, id: &str) -> Certificate {
        Certificate {
            serial: serial.into(),
            id: id.parse().expect("an id"),
            key: format!("qrtill-ed25519:{id}"),
            issued: "2026-11-27".into(),
            until: "2027-02-25".into(),
            revoked: None,
        }
    }

    #[test]
    fn what_was_signed_and_revoked_reads_back_and_nothing_is_taken_out() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("issued.txt");
        let mut record = Record::read(&path).expect("none yet");
        for (serial, id) in [("0a", "counter-1"), ("0b", "counter-1"), ("0c", "counter-2")] {
            record.issue(one(serial, id)).expect("written");
        }
        let id = "counter-1".parse().expect("an id");
        assert_eq!(record.revoke(&id, "2026-12-01").expect("written").len(), 2);
        let again = Record::read(&path).expect("readable");
        assert_eq!(again.certificates, record.certificates);
        assert_eq!(again.good(&id).count(), 0);
        assert_eq!(again.certificates[1].revoked.as_deref(), Some("2026-12-01"));
        let named: Vec<_> = again.named("qrtill-ed25519:counter-2").map(ToString::to_string).collect();
        assert_eq!(named, ["counter-2"]);
        let text = fs::read_to_string(&path).expect("text");
        assert_eq!(text.lines().filter(|line| line.contains(" until 2027")).count(), 3);
    }

    #[test]
    fn a_line_that_is_none_of_ours_stops_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("issued.txt");
        for bad in ["<<<<<<< HEAD", "2026-12-01 revoked 0f counter-1", "2026-12-01 issued 0a a b until c"] {
            fs::write(&path, format!("{HEAD}{bad}\n")).expect("written");
            let error = Record::read(&path).expect_err(bad).to_string();
            assert!(error.contains("line 4"), "{error}");
        }
    }
}
