//! One thread owns the writing connection: WAL, `synchronous=FULL`, and one commit for everything that
//! waits. What `append` has returned for survives a power cut as far as the disk keeps its word.

use std::marker::PhantomData;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::OpenFlags;
use rusqlite::OptionalExtension;
use rusqlite::params;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::mpsc;
use tokio::sync::oneshot;
use tokio::sync::watch;

use super::schema;

/// Batches that may wait for the disk before `append` itself waits.
const QUEUE: usize = 256;
/// Bytes of a page. A commit writes each page that it changes wholly, most for a fact of some hundred bytes and its
/// place in five indices: small ones wear a card less than half as much as the usual 4 KiB (`cargo bench --bench sale`),
/// and still hold nearly every fact in one.
const PAGE: u32 = 1024;
/// Pages in the log before they are brought into the file: 4 MiB, in which the same few pages are changed again and again.
const WAL_PAGES: u32 = 4096;
/// Facts loaded at start besides those of live subjects: the last payments, and a margin.
const RECENT: i64 = 1_000;
/// A union, since `OR` would have every fact read that was ever written.
const LOAD: &str = "SELECT seq, body FROM fact WHERE seq IN (
        SELECT seq FROM fact WHERE subject IN (SELECT subject FROM live)
        UNION SELECT seq FROM fact WHERE seq > (SELECT ifnull(max(seq), 0) - ?1 FROM fact)
    ) ORDER BY seq";
const ABOUT: &str = "SELECT seq, body FROM fact WHERE subject = ?1 OR also = ?2 ORDER BY seq";
const BETWEEN: &str = "SELECT seq, body FROM fact WHERE (at_unix_ms >= ?1 AND at_unix_ms < ?2)
    OR subject IN (SELECT subject FROM fact WHERE at_unix_ms >= ?1 AND at_unix_ms < ?2)
    ORDER BY seq";
const OF_KIND: &str = "SELECT seq, body FROM fact WHERE subject = ?2 AND kind = ?1 ORDER BY seq";
/// Answered by the index alone.
const ENDING: &str = "SELECT DISTINCT also FROM fact
    WHERE also IS NOT NULL AND substr(also, -length(?1)) = ?1 ORDER BY also";
const LOCK_TRIES: u32 = 50;
const LOCK_WAIT: Duration = Duration::from_millis(20);

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the journal {path} cannot be opened: {source}")]
    Open { path: PathBuf, source: rusqlite::Error },
    #[error(
        "the journal was written by a newer version (format {found}, this one knows {known}); update qrtill"
    )]
    Newer { found: usize, known: usize },
    #[error(
        "the journal is from before the first release (format {found}); move it away and a new one is begun"
    )]
    Older { found: usize },
    #[error("the journal {path} is damaged: {verdict}")]
    Broken { path: PathBuf, verdict: String },
    #[error("another qrtill process has the journal {0} open; stop it first")]
    Busy(PathBuf),
    #[error("the journal failed: {0}")]
    Sqlite(#[from] rusqlite::Error),
    #[error("fact {seq} in the journal is not readable: {source}")]
    Fact { seq: i64, source: serde_json::Error },
    #[error("the journal's thread has ended")]
    Ended,
}

/// One fact to write, with what it is found by again.
#[derive(Clone, Debug)]
pub struct Row<F> {
    pub fact: F,
    pub at_unix_ms: i64,
    pub kind: &'static str,
    pub subject: Option<String>,
    /// What else it is found by: a payment, or a link.
    pub also: Option<String>,
    /// A second row with the same text is not written; `append` says so.
    pub once: Option<String>,
    /// Whether the subject's facts are needed at the next start; `None` leaves it as it is.
    pub live: Option<bool>,
    /// A named number to remember, such as the last one given out. Never goes down.
    pub counter: Option<(String, u64)>,
}

impl<F> Row<F> {
    #[must_use]
    pub fn new(fact: F, kind: &'static str, at_unix_ms: i64) -> Self {
        Self { fact, at_unix_ms, kind, subject: None, also: None, once: None, live: None, counter: None }
    }
}

/// What a start needs.
#[derive(Debug)]
pub struct Loaded<F> {
    /// Random, made with the file: tells a replaced card from a restart.
    pub journal: String,
    /// In the order they were written: all of live subjects, and the newest of the rest.
    pub facts: Vec<F>,
    /// The live subjects.
    pub live: Vec<String>,
    pub counters: Vec<(String, u64)>,
}

struct Batch<F> {
    rows: Vec<Row<F>>,
    /// Subjects whose facts the next start need not have, unless a row says otherwise.
    released: Vec<String>,
    /// A counter to raise by one in the same commit.
    advance: Option<String>,
    done: oneshot::Sender<Result<Written, StoreError>>,
}

#[derive(Debug, Default)]
struct Written {
    /// For each row, whether it was new.
    new: Vec<bool>,
    /// The raised counter.
    counter: u64,
}

/// The writing end. Cheap to clone; the file is closed when the last clone is gone.
#[derive(Debug)]
pub struct Journal<F> {
    batches: mpsc::Sender<Batch<F>>,
    /// Closed by the thread when it has let go of the file.
    ended: watch::Receiver<()>,
    path: PathBuf,
}

impl<F> Clone for Journal<F> {
    fn clone(&self) -> Self {
        Self { batches: self.batches.clone(), ended: self.ended.clone(), path: self.path.clone() }
    }
}

impl<F: Serialize + DeserializeOwned + Send + 'static> Journal<F> {
    /// Opens or creates the journal at `path` and loads what a start needs. `random` names a new one.
    pub fn open(path: &Path, random: &str) -> Result<(Self, Loaded<F>), StoreError> {
        let open = |source| StoreError::Open { path: path.to_owned(), source };
        let lock = lock(path)?;
        let mut connection = Connection::open(path).map_err(open)?;
        connection.busy_timeout(Duration::from_millis(200))?;
        // Before the first page is written; a journal of before keeps its own.
        connection.pragma_update(None, "page_size", PAGE).map_err(open)?;
        connection.pragma_update(None, "journal_mode", "WAL").map_err(open)?;
        connection.pragma_update(None, "wal_autocheckpoint", WAL_PAGES).map_err(open)?;
        connection.pragma_update(None, "synchronous", "FULL").map_err(open)?;
        schema::migrate(&mut connection)?;
        connection.execute("INSERT OR IGNORE INTO meta VALUES ('journal', ?1)", [random])?;
        let loaded = load(&connection)?;
        let (batches, queue) = mpsc::channel(QUEUE);
        let (alive, ended) = watch::channel(());
        // The file's name is what tells the journals of one process apart.
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        std::thread::Builder::new()
            .name(name)
            .spawn(move || {
                write(connection, queue);
                drop((lock, alive));
            })
            .map_err(|_| StoreError::Ended)?;
        Ok((Self { batches, ended, path: path.to_owned() }, loaded))
    }

    /// Writes the rows in one commit and returns once they are durable: for each, whether it was new.
    pub async fn append(&self, rows: Vec<Row<F>>) -> Result<Vec<bool>, StoreError> {
        self.append_releasing(rows, Vec::new()).await
    }

    /// As [`Self::append`], and lets go in the same commit of subjects whose facts the next start need not have.
    pub async fn append_releasing(
        &self,
        rows: Vec<Row<F>>,
        released: Vec<String>,
    ) -> Result<Vec<bool>, StoreError> {
        if rows.is_empty() && released.is_empty() {
            return Ok(Vec::new());
        }
        self.write(rows, released, None).await.map(|written| written.new)
    }

    /// Raises a named counter by one and returns the new value once it is durable; the first is 1.
    pub async fn advance(&self, counter: &str) -> Result<u64, StoreError> {
        self.write(Vec::new(), Vec::new(), Some(counter.to_owned())).await.map(|written| written.counter)
    }

    async fn write(
        &self,
        rows: Vec<Row<F>>,
        released: Vec<String>,
        advance: Option<String>,
    ) -> Result<Written, StoreError> {
        let (done, written) = oneshot::channel();
        self.batches.send(Batch { rows, released, advance, done }).await.map_err(|_| StoreError::Ended)?;
        written.await.map_err(|_| StoreError::Ended)?
    }

    /// Waits until nothing is written any more: the file could not be, or every clone is gone.
    pub async fn ended(&self) {
        let mut ended = self.ended.clone();
        while ended.changed().await.is_ok() {}
    }

    /// Waits until the file is closed, which it is when every clone is gone.
    pub async fn close(self) {
        let mut ended = self.ended.clone();
        drop(self);
        while ended.changed().await.is_ok() {}
    }

    /// A reading end of the same file.
    pub fn reader(&self) -> Result<Reader<F>, StoreError> {
        Reader::open(&self.path)
    }
}

/// One writer: the lock is the operating system's, so it ends with the process however that ends. Not
/// SQLite's own exclusive mode, which would keep readers out.
pub(super) fn lock(path: &Path) -> Result<std::fs::File, StoreError> {
    let beside = path.with_extension("lock");
    let refused = |source: std::io::Error| {
        let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CANTOPEN);
        let source = rusqlite::Error::SqliteFailure(code, Some(source.to_string()));
        StoreError::Open { path: beside.clone(), source }
    };
    let file = std::fs::File::create(&beside).map_err(refused)?;
    for _ in 0..LOCK_TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            // A program that is just ending, or was just killed, may need a moment to let go.
            Err(std::fs::TryLockError::WouldBlock) => std::thread::sleep(LOCK_WAIT),
            Err(std::fs::TryLockError::Error(source)) => return Err(refused(source)),
        }
    }
    Err(StoreError::Busy(path.to_owned()))
}

/// Who may open a journal now.
#[derive(Debug)]
pub enum Hold {
    /// Nobody can have one open: there is none.
    None,
    /// Nobody, for as long as this lives.
    Ours(std::fs::File),
    /// Another process has it open.
    Theirs,
}

/// Keeps everybody from opening the journal at `path`. Makes nothing, since the file of another user would be in the
/// way of whoever opens the journal later.
///
/// # Errors
/// Where this user may not look.
pub fn hold(path: &Path) -> std::io::Result<Hold> {
    let file = match std::fs::File::open(path.with_extension("lock")) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Hold::None),
        Err(error) => return Err(error),
    };
    match file.try_lock() {
        Ok(()) => Ok(Hold::Ours(file)),
        Err(std::fs::TryLockError::WouldBlock) => Ok(Hold::Theirs),
        Err(std::fs::TryLockError::Error(error)) => Err(error),
    }
}

fn load<F: DeserializeOwned>(connection: &Connection) -> Result<Loaded<F>, StoreError> {
    let journal =
        connection.query_row("SELECT value FROM meta WHERE name = 'journal'", [], |row| row.get(0))?;
    let facts = facts(connection, LOAD, params![RECENT])?;
    let mut statement = connection.prepare("SELECT name, value FROM counter")?;
    let counters = statement
        .query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.cast_unsigned())))?
        .collect::<Result<_, _>>()?;
    let mut statement = connection.prepare("SELECT subject FROM live ORDER BY subject")?;
    let live = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(Loaded { journal, facts, live, counters })
}

fn facts<F: DeserializeOwned>(
    connection: &Connection,
    sql: &str,
    params: impl rusqlite::Params,
) -> Result<Vec<F>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (seq, body): (i64, String) = (row.get(0)?, row.get(1)?);
        found.push(serde_json::from_str(&body).map_err(|source| StoreError::Fact { seq, source })?);
    }
    Ok(found)
}

/// Takes everything that waits into one commit: while the disk syncs, the next batch gathers.
fn write<F: Serialize>(mut connection: Connection, mut queue: mpsc::Receiver<Batch<F>>) {
    while let Some(first) = queue.blocking_recv() {
        let mut batches = vec![first];
        while let Ok(next) = queue.try_recv() {
            batches.push(next);
        }
        match commit(&mut connection, &batches) {
            Ok(written) => {
                for (batch, written) in batches.into_iter().zip(written) {
                    // A caller that has gone away still has its facts on disk.
                    let _gone = batch.done.send(Ok(written));
                }
            }
            Err(error) => {
                tracing::error!(%error, "the journal cannot be written; free disk space or replace the card");
                for batch in batches {
                    let _gone = batch.done.send(Err(StoreError::Ended));
                }
                return;
            }
        }
    }
}

fn commit<F: Serialize>(
    connection: &mut Connection,
    batches: &[Batch<F>],
) -> Result<Vec<Written>, StoreError> {
    let transaction = connection.transaction()?;
    let written = batches.iter().map(|batch| put(&transaction, batch)).collect::<Result<_, _>>()?;
    transaction.commit()?;
    Ok(written)
}

fn put<F: Serialize>(connection: &Connection, batch: &Batch<F>) -> Result<Written, StoreError> {
    for subject in &batch.released {
        connection.prepare_cached("DELETE FROM live WHERE subject = ?1")?.execute([subject])?;
    }
    let new = batch.rows.iter().map(|row| insert(connection, row)).collect::<Result<_, _>>()?;
    let mut counter = 0;
    if let Some(name) = &batch.advance {
        let sql = "INSERT INTO counter VALUES (?1, 1)
                   ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value";
        counter = connection.query_row(sql, [name], |row| row.get::<_, i64>(0))?.cast_unsigned();
    }
    Ok(Written { new, counter })
}

fn insert<F: Serialize>(connection: &Connection, row: &Row<F>) -> Result<bool, StoreError> {
    let body = serde_json::to_string(&row.fact).map_err(|source| StoreError::Fact { seq: 0, source })?;
    let new = connection
        .prepare_cached(
            "INSERT OR IGNORE INTO fact (at_unix_ms, kind, subject, also, once, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![row.at_unix_ms, row.kind, row.subject, row.also, row.once, body])?
        == 1;
    match (&row.subject, row.live) {
        // What was known already is not brought back to life.
        (Some(subject), Some(true)) if new => {
            connection.prepare_cached("INSERT OR IGNORE INTO live VALUES (?1)")?.execute([subject])?;
        }
        (Some(subject), Some(false)) => {
            connection.prepare_cached("DELETE FROM live WHERE subject = ?1")?.execute([subject])?;
        }
        (Some(_), Some(true) | None) | (None, _) => {}
    }
    if let Some((name, value)) = &row.counter {
        connection
            .prepare_cached(
                "INSERT INTO counter VALUES (?1, ?2)
                 ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)",
            )?
            .execute(params![name, value.cast_signed()])?;
    }
    Ok(new)
}

/// Reads beside the writer, in the same process or another.
#[derive(Debug)]
pub struct Reader<F> {
    connection: Connection,
    facts: PhantomData<F>,
}

impl<F: DeserializeOwned> Reader<F> {
    /// Opens an existing journal for reading only.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)
            .map_err(|source| StoreError::Open { path: path.to_owned(), source })?;
        connection.pragma_update(None, "query_only", true)?;
        schema::judge(&connection)?;
        Ok(Self { connection, facts: PhantomData })
    }

    /// Everything about a subject, or found by something else, oldest first.
    pub fn about(&self, subject: Option<&str>, also: Option<&str>) -> Result<Vec<F>, StoreError> {
        facts(&self.connection, ABOUT, params![subject, also])
    }

    /// All facts written from `from` until before `to`, milliseconds since 1970, oldest first, and all
    /// facts of the subjects among them: a sale opened before midnight keeps its beginning.
    pub fn between(&self, from: i64, to: i64) -> Result<Vec<F>, StoreError> {
        facts(&self.connection, BETWEEN, params![from, to])
    }

    /// Facts of one kind about a subject, oldest first.
    pub fn of_kind(&self, kind: &str, subject: &str) -> Result<Vec<F>, StoreError> {
        facts(&self.connection, OF_KIND, params![kind, subject])
    }

    /// Every `also` in the journal that ends with `end`, each once, for `about` to take. `end` is not empty. It
    /// reads the index of them all, longer the more there ever were: for a person's question, not for a loop.
    pub fn names_ending(&self, end: &str) -> Result<Vec<String>, StoreError> {
        let mut statement = self.connection.prepare_cached(ENDING)?;
        let found = statement.query_map([end], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(found)
    }

    /// When the first fact was written, milliseconds since 1970; none in an empty journal.
    pub fn since(&self) -> Result<Option<i64>, StoreError> {
        let sql = "SELECT at_unix_ms FROM fact ORDER BY seq LIMIT 1";
        Ok(self.connection.query_row(sql, [], |row| row.get(0)).optional()?)
    }

    /// This journal's random name.
    pub fn name(&self) -> Result<Option<String>, StoreError> {
        let sql = "SELECT value FROM meta WHERE name = 'journal'";
        Ok(self.connection.query_row(sql, [], |row| row.get(0)).optional()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Text = Journal<String>;

    fn row(text: &str) -> Row<String> {
        Row::new(text.to_owned(), "word", 1)
    }

    #[tokio::test]
    async fn what_was_appended_is_loaded_in_order_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j.sqlite");
        let (journal, loaded) = Text::open(&path, "first").unwrap();
        assert_eq!((loaded.journal.as_str(), loaded.facts.len()), ("first", 0));
        let counted = Row { counter: Some(("n".into(), 7)), ..row("a") };
        assert_eq!(journal.append(vec![counted, row("b")]).await.unwrap(), [true, true]);
        journal.close().await;
        let (_again, loaded) = Text::open(&path, "second").unwrap();
        assert_eq!(loaded.journal, "first");
        assert_eq!(loaded.facts, ["a", "b"]);
        assert_eq!(loaded.counters, [("n".to_owned(), 7)]);
    }

    #[tokio::test]
    async fn a_new_journal_has_small_pages_and_one_of_before_keeps_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let page = |path: &Path| -> u32 {
            let connection = Connection::open(path).unwrap();
            connection.query_row("PRAGMA page_size", [], |row| row.get(0)).unwrap()
        };
        let (new, old) = (folder.path().join("new.sqlite"), folder.path().join("old.sqlite"));
        let mut connection = Connection::open(&old).unwrap();
        schema::migrate(&mut connection).unwrap();
        drop(connection);
        for (path, wanted) in [(&new, PAGE), (&old, 4096)] {
            let (journal, _) = Text::open(path, "x").unwrap();
            journal.append(vec![row("a")]).await.unwrap();
            journal.close().await;
            assert_eq!(page(path), wanted);
            assert_eq!(Reader::<String>::open(path).unwrap().between(0, 2).unwrap(), ["a"]);
        }
    }

    #[tokio::test]
    async fn a_journal_that_is_held_cannot_be_opened_and_one_that_is_open_cannot_be_held() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j.sqlite");
        assert!(matches!(hold(&path).unwrap(), Hold::None));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is made");
        let (journal, _) = Text::open(&path, "x").unwrap();
        assert!(matches!(hold(&path).unwrap(), Hold::Theirs));
        journal.close().await;
        let held = hold(&path).unwrap();
        assert!(matches!(held, Hold::Ours(_)));
        assert!(matches!(Text::open(&path, "x"), Err(StoreError::Busy(_))));
        drop(held);
        assert!(Text::open(&path, "x").is_ok());
    }

    #[tokio::test]
    async fn a_row_that_may_be_written_once_is_written_once() {
        let folder = tempfile::tempdir().unwrap();
        let (journal, _) = Text::open(&folder.path().join("j.sqlite"), "x").unwrap();
        let once = || Row { once: Some("evt_1".into()), ..row("a") };
        assert_eq!(journal.append(vec![once()]).await.unwrap(), [true]);
        assert_eq!(journal.append(vec![row("b"), once()]).await.unwrap(), [true, false]);
        assert_eq!(journal.reader().unwrap().between(0, 2).unwrap(), ["a", "b"]);
    }

    #[tokio::test]
    async fn facts_of_live_subjects_are_loaded_however_old_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j.sqlite");
        let (journal, _) = Text::open(&path, "x").unwrap();
        let of =
            |subject: &str, live| Row { subject: Some(subject.into()), live: Some(live), ..row(subject) };
        journal.append(vec![of("open", true), of("done", true), of("done", false)]).await.unwrap();
        let filler = (0..RECENT).map(|_| row("later")).collect();
        journal.append(filler).await.unwrap();
        journal.close().await;
        let (journal, loaded) = Text::open(&path, "x").unwrap();
        assert_eq!(loaded.facts.iter().filter(|fact| *fact != "later").collect::<Vec<_>>(), ["open"]);
        assert_eq!(journal.reader().unwrap().about(Some("done"), None).unwrap().len(), 2);
    }

    #[test]
    fn no_question_reads_every_fact_that_was_ever_written() {
        let mut connection = Connection::open_in_memory().unwrap();
        schema::migrate(&mut connection).unwrap();
        // `ENDING` alone does, of its index: no index finds an end.
        for question in [LOAD, ABOUT, BETWEEN, OF_KIND] {
            let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {question}")).unwrap();
            let nothing = vec![rusqlite::types::Null; statement.parameter_count()];
            let steps = statement.query_map(rusqlite::params_from_iter(nothing), |row| row.get(3)).unwrap();
            let plan: Vec<String> = steps.map(Result::unwrap).collect();
            assert!(!plan.iter().any(|step| step.starts_with("SCAN")), "{question}: {plan:?}");
        }
    }

    #[tokio::test]
    async fn a_counter_goes_on_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j.sqlite");
        let (journal, _) = Text::open(&path, "x").unwrap();
        assert_eq!(journal.advance("epoch").await.unwrap(), 1);
        journal.close().await;
        let (journal, _) = Text::open(&path, "x").unwrap();
        assert_eq!(journal.advance("epoch").await.unwrap(), 2);
    }

    #[test]
    fn a_journal_of_a_newer_version_or_from_before_the_first_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j.sqlite");
        let connection = Connection::open(&path).unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();
        assert!(matches!(Text::open(&path, "x"), Err(StoreError::Newer { found: 99, .. })));
        assert!(matches!(Reader::<String>::open(&path), Err(StoreError::Newer { found: 99, .. })));
        connection.pragma_update(None, "user_version", 1).unwrap();
        assert!(matches!(Text::open(&path, "x"), Err(StoreError::Older { found: 1 })));
    }

    #[test]
    fn what_is_not_a_journal_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j.sqlite");
        std::fs::write(&path, "not a database, but long enough to be looked at by the library").unwrap();
        let error = Text::open(&path, "x").unwrap_err().to_string();
        assert!(error.contains("j.sqlite"), "{error}");
    }
}
