//! Copies of a journal: made beside the program that writes it, judged before they are used, and given a name of
//! their own before anything is written to them.

use std::fs::File;
use std::path::Path;

use rusqlite::Connection;
use rusqlite::OpenFlags;

use super::journal;
use super::journal::StoreError;
use super::schema;

/// Writes a whole copy of the journal at `path`, as it stands now, to `to`, where no file may be. The program that
/// writes the journal goes on meanwhile.
pub fn write(path: &Path, to: &Path) -> Result<(), StoreError> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    // Whole pages in order, without what was deleted, under one read transaction.
    connection.execute("VACUUM INTO ?1", [to.to_string_lossy()])?;
    Ok(())
}

/// Whether this version can go on with the journal at `path`: it is whole, and of a format that is known. Changes
/// nothing.
pub fn judge(path: &Path) -> Result<(), StoreError> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    schema::judge(&connection)?;
    let verdict: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if verdict == "ok" { Ok(()) } else { Err(StoreError::Broken { path: path.to_owned(), verdict }) }
}

/// Gives the journal at `path`, which no program may have open, the name `random`. A copy under the name of its
/// original would be taken for it: numbers that the original gave out meanwhile would be given out again. Counters
/// whose names begin with `under_name` count what was given out under the old name, and begin anew.
pub fn rename(path: &Path, random: &str, under_name: Option<&str>) -> Result<(), StoreError> {
    let mut connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let transaction = connection.transaction()?;
    transaction.execute("UPDATE meta SET value = ?1 WHERE name = 'journal'", [random])?;
    if let Some(prefix) = under_name {
        transaction.execute("DELETE FROM counter WHERE substr(name, 1, length(?1)) = ?1", [prefix])?;
    }
    transaction.commit()?;
    Ok(())
}

/// Keeps programs from the journal at `path` as long as the returned file is open.
///
/// # Errors
/// Where one has the journal open.
pub fn hold(path: &Path) -> Result<File, StoreError> {
    journal::lock(path)
}

fn open(path: &Path, flags: OpenFlags) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX);
    connection.map_err(|source| StoreError::Open { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::Journal;
    use super::super::Row;
    use super::*;

    fn row(text: &str) -> Row<String> {
        Row::new(text.to_owned(), "word", 1)
    }

    #[tokio::test]
    async fn a_copy_made_while_the_journal_is_written_holds_what_was_durable_and_goes_on_under_its_own_name()
    {
        let folder = tempfile::tempdir().unwrap();
        let (path, to) = (folder.path().join("a.sqlite"), folder.path().join("b.sqlite"));
        let (journal, _) = Journal::open(&path, "first").unwrap();
        let counted = |name: &str| Row { counter: Some((name.into(), 7)), ..row(name) };
        journal.append(vec![counted("a"), counted("b")]).await.unwrap();
        write(&path, &to).unwrap();
        journal.append(vec![row("c")]).await.unwrap();
        judge(&to).unwrap();
        rename(&to, "second", Some("a")).unwrap();
        let (copy, loaded) = Journal::<String>::open(&to, "third").unwrap();
        assert_eq!((loaded.journal.as_str(), loaded.facts.len()), ("second", 2));
        assert_eq!(loaded.counters, [("b".to_owned(), 7)]);
        copy.append(vec![row("d")]).await.unwrap();
        assert_eq!(journal.reader().unwrap().between(0, 2).unwrap(), ["a", "b", "c"]);
    }

    #[tokio::test]
    async fn a_damaged_copy_and_one_of_a_later_version_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.sqlite");
        let (journal, _) = Journal::open(&path, "first").unwrap();
        let long = "x".repeat(900);
        journal.append((0..200).map(|_| row(&long)).collect()).await.unwrap();
        let to = folder.path().join("b.sqlite");
        write(&path, &to).unwrap();
        let mut bytes = fs::read(&to).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle..middle + 8192].fill(0xA5);
        fs::write(&to, &bytes).unwrap();
        let refused = judge(&to).unwrap_err().to_string();
        assert!(refused.contains("b.sqlite"), "{refused}");
        let later = folder.path().join("c.sqlite");
        write(&path, &later).unwrap();
        Connection::open(&later).unwrap().pragma_update(None, "user_version", 99).unwrap();
        assert!(matches!(judge(&later), Err(StoreError::Newer { found: 99, .. })));
    }
}
