//! Everything of a counter in one file, and out of it again.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;

use qrtill::core::fact::Fact;
use qrtill::store::Journal;
use qrtill::store::Reader;

use crate::support::Said;
use crate::support::Shop;
use crate::support::path;
use crate::support::qrtill;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("there").permissions().mode() & 0o777
}

/// A shop whose two programs have journals, and a folder for what is taken away.
struct Counter {
    shop: Shop,
    data: tempfile::TempDir,
    away: tempfile::TempDir,
}

impl Counter {
    fn new() -> Self {
        let folder = || tempfile::tempdir().expect("a folder");
        let counter = Self { shop: Shop::new(), data: folder(), away: folder() };
        for part in ["terminal", "relay"] {
            let was = format!("#data = \"/var/lib/qrtill/{part}\"");
            let data = counter.data.path().join(part);
            counter.shop.change(&format!("{part}.toml"), &was, &format!("data = \"{}\"", path(&data)));
            fs::create_dir(&data).expect("made");
            let journal = data.join(format!("{part}.sqlite"));
            drop(Journal::<Fact>::open(&journal, "original").expect("a journal"));
        }
        fs::write(counter.data.path().join("relay/qonto.tokens"), "refresh\n").expect("written");
        counter
    }

    fn file(&self) -> PathBuf {
        self.away.path().join("counter.tar")
    }

    fn try_backup(&self, to: &Path) -> Said {
        qrtill(&["backup", path(to), "--config", path(self.shop.file("x").parent().expect("a folder"))])
    }

    fn backup(&self) {
        let made = self.try_backup(&self.file());
        assert_eq!(made.code, 0, "{}", made.err);
        assert!(made.out.contains("journals of terminal and relay"), "{}", made.out);
    }
}

#[test]
fn a_backup_goes_onto_another_card_with_its_secrets_private_and_its_journals_renamed() {
    let counter = Counter::new();
    counter.backup();
    let (shop, away, file) = (&counter.shop, &counter.away, counter.file());
    assert_eq!(mode(&file), 0o600);
    assert_eq!(fs::read_dir(away.path()).expect("a folder").count(), 1, "nothing is left beside it");
    let card = away.path().join("card");
    fs::create_dir(&card).expect("made");
    let restored = qrtill(&["restore", path(&file), "--root", path(&card)]);
    assert_eq!(restored.code, 0, "{}", restored.err);
    let on_card = |name: &Path| card.join(path(name).trim_start_matches('/'));
    let key = on_card(&shop.file("stripe.key"));
    assert_eq!(fs::read_to_string(&key).expect("restored"), "sk_test_1\n");
    assert_eq!(mode(&key), 0o600);
    let tokens = on_card(&counter.data.path().join("relay/qonto.tokens"));
    assert_eq!(fs::read_to_string(tokens).expect("restored"), "refresh\n");
    for part in ["terminal", "relay"] {
        let data = on_card(&counter.data.path().join(part));
        assert_eq!(mode(&data), 0o700);
        let name = Reader::<Fact>::open(&data.join(format!("{part}.sqlite"))).expect("whole").name();
        let name = name.expect("readable").expect("named");
        assert_ne!(name, "original", "the other side must see a replaced card");
    }
}

#[test]
fn nothing_is_written_over() {
    let counter = Counter::new();
    counter.backup();
    let (shop, file) = (&counter.shop, counter.file());
    let again = counter.try_backup(&file);
    assert_eq!(again.code, 73, "{}", again.err);
    let inside = counter.try_backup(&shop.file("counter.tar"));
    assert_eq!(inside.code, 64, "{}", inside.err);
    let refused = qrtill(&["restore", path(&file)]);
    assert_eq!(refused.code, 73, "{}", refused.err);
    assert!(refused.err.contains("holds a counter already; --replace"), "{}", refused.err);
    shop.write("terminal.toml", "changed since");
    let journal = counter.data.path().join("terminal/terminal.sqlite");
    let running = Journal::<Fact>::open(&journal, "x").expect("a journal");
    let refused = qrtill(&["restore", path(&file), "--replace"]);
    assert_eq!(refused.code, 69, "{}", refused.err);
    drop(running);
    let restored = qrtill(&["restore", path(&file), "--replace"]);
    assert_eq!(restored.code, 0, "{}", restored.err);
    assert_ne!(fs::read_to_string(shop.file("terminal.toml")).expect("restored"), "changed since");
    let aside = restored.out.lines().find_map(|line| line.strip_prefix("moved aside: ")).expect("told");
    let kept = fs::read_to_string(Path::new(aside).join("terminal.toml")).expect("kept");
    assert_eq!(kept, "changed since");
}

#[test]
fn what_is_no_backup_or_a_damaged_one_changes_nothing() {
    let counter = Counter::new();
    counter.backup();
    let (shop, away, file) = (&counter.shop, &counter.away, counter.file());
    let card = away.path().join("card");
    let restore = |bytes: &[u8]| {
        let broken = away.path().join("broken.tar");
        fs::write(&broken, bytes).expect("written");
        qrtill(&["restore", path(&broken), "--root", path(&card)])
    };
    let whole = fs::read(&file).expect("a file");
    for bytes in [&b"no archive at all"[..], &[], &whole[..whole.len() / 2], &whole[512..]] {
        let refused = restore(bytes);
        assert_eq!(refused.code, 65, "{} {}", refused.out, refused.err);
        assert!(refused.err.contains("broken.tar"), "{}", refused.err);
    }
    for folder in [shop.file("x"), counter.data.path().join("x")] {
        let parent = card.join(path(folder.parent().expect("a folder")).trim_start_matches('/'));
        assert_eq!(fs::read_dir(parent).into_iter().flatten().count(), 0, "nothing of what was refused");
    }
}
