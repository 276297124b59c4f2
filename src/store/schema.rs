//! Numbered migrations. A journal of a later version is refused, and one from before the first release, whose
//! facts say less than is needed. From that release on a journal written by any earlier version opens.

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
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: usize =
        transaction.query_row("PRAGMA user_version", [], |row| row.get::<_, u32>(0))?.try_into().unwrap_or(0);
    let known = FIRST + STEPS.len() - 1;
    if version > known {
        return Err(StoreError::Newer { found: version, known });
    }
    if (1..FIRST).contains(&version) {
        return Err(StoreError::Older { found: version });
    }
    let done = if version == 0 { 0 } else { version - FIRST + 1 };
    for step in &STEPS[done..] {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", known as u32)?;
    transaction.commit()?;
    Ok(())
}
