//! The bank's memory on disk: one SQLite file of rows `(kind, id, body)`. A batch is kept whole or not
//! at all, and it is on the disk when `save` returns.

use std::path::Path;

use anyhow::Context;
use rusqlite::Connection;
use rusqlite::OptionalExtension;
use rusqlite::params;

use crate::sandbox::bank::world::Change;
use crate::sandbox::bank::world::World;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS object (
        n    INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        id   TEXT NOT NULL,
        body TEXT NOT NULL,
        UNIQUE (kind, id)
    ) STRICT;
    CREATE TABLE IF NOT EXISTS setting (
        name  TEXT PRIMARY KEY,
        value TEXT NOT NULL
    ) STRICT;
";

pub struct Store(Connection);

impl Store {
    /// Opens `bank.sqlite` in `directory`, which is made if need be; without one, nothing outlives the
    /// program.
    pub fn open(directory: Option<&Path>) -> anyhow::Result<Self> {
        let connection = match directory {
            Some(directory) => {
                std::fs::create_dir_all(directory)
                    .with_context(|| format!("cannot make the bank's directory {}", directory.display()))?;
                let file = directory.join("bank.sqlite");
                Connection::open(&file).with_context(|| format!("cannot open {}", file.display()))?
            }
            None => Connection::open_in_memory()?,
        };
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.execute_batch(SCHEMA).context("cannot lay out the bank's file")?;
        Ok(Self(connection))
    }

    /// Puts everything that was saved into `world`.
    pub fn load(&self, world: &mut World) -> anyhow::Result<()> {
        let mut rows = self.0.prepare("SELECT kind, id, body FROM object ORDER BY n")?;
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            let (kind, id, body) =
                (row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?);
            world.restore(&kind, &body).with_context(|| format!("the bank's {kind} {id} is unreadable"))?;
        }
        Ok(())
    }

    pub fn save(&mut self, changes: &[Change]) -> anyhow::Result<()> {
        let batch = self.0.transaction()?;
        {
            let mut put = batch.prepare_cached(
                "INSERT INTO object (kind, id, body) VALUES (?1, ?2, ?3)
                 ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
            )?;
            for change in changes {
                put.execute(params![change.kind, change.id, change.body])?;
            }
        }
        batch.commit().context("cannot write the bank's file")
    }

    /// The value of a setting, made by `fresh` when it is asked for the first time.
    pub fn setting(
        &self,
        name: &str,
        fresh: impl FnOnce() -> anyhow::Result<String>,
    ) -> anyhow::Result<String> {
        let known = self
            .0
            .query_row("SELECT value FROM setting WHERE name = ?1", [name], |row| row.get(0))
            .optional()?;
        if let Some(value) = known {
            return Ok(value);
        }
        let value = fresh()?;
        self.0.execute("INSERT INTO setting (name, value) VALUES (?1, ?2)", [name, &value])?;
        Ok(value)
    }
}
