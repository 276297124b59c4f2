//! Numbered migrations. A journal of a later version is refused, and one from before the first release, whose
//! facts say less than is needed. From that release on a journal written by any earlier version opens.

use std::fs;
use std::fs::File;
use std::path::PathBuf;

use rusqlite::Connection;
use rusqlite::TransactionBehavior;

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

pub fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    migrate_by(STEPS, connection)
}

/// Whether a journal can be opened, and brought up to date first if need be.
pub fn judge(connection: &Connection) -> Result<(), StoreError> {
    judge_by(STEPS, connection).map(drop)
}

/// The version found, 0 for an empty file, and the one that `steps` lead to.
fn judge_by(steps: &[&str], connection: &Connection) -> Result<(usize, usize), StoreError> {
    let known = FIRST + steps.len() - 1;
    let version = version(connection)?;
    if version > known {
        return Err(StoreError::Newer { found: version, known });
    }
    if (1..FIRST).contains(&version) {
        return Err(StoreError::Older { found: version });
    }
    Ok((version, known))
}

fn migrate_by(steps: &[&str], connection: &mut Connection) -> Result<(), StoreError> {
    let (version, known) = judge_by(steps, connection)?;
    if version == known {
        return Ok(());
    }
    if version != 0 {
        copy(connection, version)?;
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let done = if version == 0 { 0 } else { version - FIRST + 1 };
    for step in &steps[done..] {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", known as u32)?;
    transaction.commit()?;
    Ok(())
}

fn version(connection: &Connection) -> Result<usize, StoreError> {
    let found = connection.query_row("PRAGMA user_version", [], |row| row.get::<_, u32>(0))?;
    Ok(found.try_into().unwrap_or(0))
}

/// The journal as the earlier program left it, beside it and named after its format: whoever has to go back to that
/// program has a book to go back to.
fn copy(connection: &Connection, version: usize) -> Result<(), StoreError> {
    // Only a test's journal has no file.
    let Some(path) = connection.path().filter(|path| !path.is_empty()).map(PathBuf::from) else {
        return Ok(());
    };
    let whole = path.with_extension(format!("format-{version}.sqlite"));
    if whole.exists() {
        return Ok(());
    }
    let part = whole.with_extension("new");
    let failed = |source: std::io::Error| {
        let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CANTOPEN);
        let source = rusqlite::Error::SqliteFailure(code, Some(source.to_string()));
        StoreError::Open { path: whole.clone(), source }
    };
    if part.exists() {
        // Of a start that was cut short.
        fs::remove_file(&part).map_err(failed)?;
    }
    connection.execute("VACUUM INTO ?1", [part.to_string_lossy()])?;
    File::open(&part).and_then(|file| file.sync_all()).map_err(failed)?;
    fs::rename(&part, &whole).map_err(failed)?;
    tracing::info!(copy = %whole.display(), "the journal is brought to a newer format; as it was it is kept");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEXT: &[&str] = &[STEPS[0], "CREATE TABLE more (name TEXT PRIMARY KEY) STRICT;"];

    #[test]
    fn an_older_journal_is_copied_and_then_brought_to_the_newer_format() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("terminal.sqlite");
        let mut connection = Connection::open(&path).unwrap();
        migrate(&mut connection).unwrap();
        connection.execute("INSERT INTO meta VALUES ('journal', 'mine')", []).unwrap();
        let files = || fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(files(), 1, "a new journal needs no copy");
        fs::write(folder.path().join("terminal.format-2.new"), "cut short").unwrap();
        migrate_by(NEXT, &mut connection).unwrap();
        assert_eq!(version(&connection).unwrap(), FIRST + 1);
        connection.execute("INSERT INTO more VALUES ('a')", []).unwrap();
        assert_eq!(files(), 2);
        let copy = Connection::open(folder.path().join("terminal.format-2.sqlite")).unwrap();
        assert_eq!(version(&copy).unwrap(), FIRST);
        let name: String = copy.query_row("SELECT value FROM meta", [], |row| row.get(0)).unwrap();
        assert_eq!(name, "mine");
        assert!(matches!(migrate(&mut connection), Err(StoreError::Newer { found: 3, known: 2 })));
    }
}
