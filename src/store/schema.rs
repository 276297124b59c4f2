//! Numbered migrations. A journal written by any earlier version opens; one of a later version is refused.

use rusqlite::Connection;
use rusqlite::TransactionBehavior;

use super::journal::StoreError;

/// Step `n` brings version `n` to `n + 1`. A published step is never edited, only followed.
const STEPS: &[&str] = &[
    "
    CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
    CREATE TABLE fact (
        seq INTEGER PRIMARY KEY,
        at_unix_ms INTEGER NOT NULL,
        kind TEXT NOT NULL,
        subject TEXT,
        payment TEXT,
        once TEXT UNIQUE,
        body TEXT NOT NULL
    ) STRICT;
    CREATE INDEX fact_subject ON fact (subject) WHERE subject IS NOT NULL;
    CREATE INDEX fact_payment ON fact (payment) WHERE payment IS NOT NULL;
    CREATE INDEX fact_at ON fact (at_unix_ms);
    -- Subjects whose facts are needed at the next start. An index into the facts, not a truth of its own.
    CREATE TABLE live (subject TEXT PRIMARY KEY) STRICT;
    CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
    ",
    "
    ALTER TABLE fact RENAME COLUMN payment TO also;
    DROP INDEX fact_payment;
    CREATE INDEX fact_also ON fact (also) WHERE also IS NOT NULL;
    ",
];

pub fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: usize =
        transaction.query_row("PRAGMA user_version", [], |row| row.get::<_, u32>(0))?.try_into().unwrap_or(0);
    if version > STEPS.len() {
        return Err(StoreError::Newer { found: version, known: STEPS.len() });
    }
    for step in &STEPS[version..] {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", STEPS.len() as u32)?;
    transaction.commit()?;
    Ok(())
}
