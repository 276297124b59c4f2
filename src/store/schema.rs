//! Numbered migrations. A journal of a later version is refused, and one from before the first release, whose
//! facts say less than is needed. From that release on a journal written by any earlier version opens.

use std::path::Path;
use std::path::PathBuf;

use rusqlite::Connection;
use rusqlite::TransactionBehavior;

use super::copy;
use super::journal::StoreError;

/// The version that the first step makes of an empty file.
const FIRST: usize = 2;
/// The first step fills an empty file; each further one brings a version to the next. A published step is never
/// edited, only followed.
const STEPS: &[&str] = &["
    CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
    CREATE TABLE fact (
        seq INTEGER PRIMARY KEY,
        at_unix_ms INTEGER NOT NULL,
        kind TEXT NOT NULL,
        subject TEXT,
        also TEXT,
        once TEXT UNIQUE,
        body TEXT NOT NULL
    ) STRICT;
    CREATE INDEX fact_subject ON fact (subject) WHERE subject IS NOT NULL;
    CREATE INDEX fact_also ON fact (also) WHERE also IS NOT NULL;
    CREATE INDEX fact_at ON fact (at_unix_ms);
    -- Subjects whose facts are needed at the next start. An index into the facts, not a truth of its own.
    CREATE TABLE live (subject TEXT PRIMARY KEY) STRICT;
    CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
    "];

/// The version that this program writes.
const KNOWN: usize = FIRST + STEPS.len() - 1;

/// The version of a journal that can be opened; 0 for an empty file.
pub fn judge(connection: &Connection) -> Result<usize, StoreError> {
    let version: usize =
        connection.query_row("PRAGMA user_version", [], |row| row.get::<_, u32>(0))?.try_into().unwrap_or(0);
    if version > KNOWN {
        return Err(StoreError::Newer { found: version, known: KNOWN });
    }
    if (1..FIRST).contains(&version) {
        return Err(StoreError::Older { found: version });
    }
    Ok(version)
}

/// Brings the journal at `path` to the known version. What an earlier version wrote is copied first, beside it, so
/// that the program that wrote it can be gone back to with what it knew.
pub fn upgrade(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    if let Some(kept) = kept(path, judge(connection)?, KNOWN).filter(|kept| !kept.exists()) {
        copy::write(path, &kept)?;
        tracing::warn!(copy = %kept.display(), "the journal is brought to a new format; the old one is kept");
    }
    migrate(connection)
}

/// Where a journal of that version is kept when it is brought to another.
fn kept(path: &Path, version: usize, known: usize) -> Option<PathBuf> {
    (1..known).contains(&version).then(|| path.with_extension(format!("format-{version}.sqlite")))
}

pub fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version = judge(&transaction)?;
    let done = if version == 0 { 0 } else { version - FIRST + 1 };
    for step in &STEPS[done..] {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", KNOWN as u32)?;
    transaction.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_journal_of_an_earlier_version_is_kept_under_its_own_name() {
        let kept = |version| kept(Path::new("/data/terminal.sqlite"), version, 3);
        assert_eq!(kept(2), Some(PathBuf::from("/data/terminal.format-2.sqlite")));
        assert_eq!((kept(0), kept(3)), (None, None));
    }
}
