//! Who may name whom, what pure folders may not touch, and how long a file may be. A rule that can be read
//! in a table is easier to discuss than seven crates.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

/// Folder of `src/` to the folders it may name besides itself.
const MAY_NAME: &[(&str, &[&str])] = &[
    ("core", &[]),
    ("port", &["core"]),
    ("provider", &["core", "port"]),
    ("ui", &["core", "port"]),
    ("panel", &["core", "port"]),
    ("keypad", &["core", "port"]),
    ("sound", &["core", "port"]),
    ("http", &["core", "port", "host"]),
    ("mqtt", &["core", "port"]),
    ("store", &[]),
    ("host", &["core"]),
    ("relay", &["core", "port", "provider", "http", "mqtt", "store", "host"]),
    ("terminal", &["core", "port", "mqtt", "store", "ui", "panel", "keypad", "host"]),
    ("fleet", &["core", "port", "mqtt", "host", "terminal"]),
    (
        "config",
        &[
            "core", "port", "provider", "mqtt", "ui", "panel", "keypad", "sound", "store", "terminal",
            "relay", "host", "fleet",
        ],
    ),
    (
        "sandbox",
        &[
            "core", "port", "provider", "http", "mqtt", "store", "host", "ui", "panel", "keypad", "relay",
            "terminal",
        ],
    ),
    (
        "cli",
        &[
            "core", "port", "provider", "http", "mqtt", "store", "host", "ui", "panel", "keypad", "sound",
            "relay", "terminal", "config", "sandbox", "fleet",
        ],
    ),
];

/// Paths below `src/` where time, chance, files and sockets come in as arguments.
const PURE: &[&str] = &[
    "core/",
    "port/",
    "provider/",
    "ui/",
    "relay/decide/",
    "fleet/picture.rs",
    "fleet/change.rs",
    "fleet/groups.rs",
    "fleet/schema.rs",
    "fleet/proposal.rs",
    "fleet/rollout",
    "keypad/decode/",
    "sound/quiet.rs",
    "sound/score.rs",
    "sound/wave.rs",
    "mqtt/access.rs",
    "mqtt/document/",
    "mqtt/key.rs",
    "mqtt/outbox.rs",
    "mqtt/topics.rs",
    "sandbox/bank/model/",
    "sandbox/bank/outcome.rs",
    "sandbox/bank/pay.rs",
    "sandbox/bank/refund.rs",
    "sandbox/bank/visit.rs",
];

/// What a pure file may not name, with why.
const IMPURE: &[(&str, &str)] = &[
    ("Instant::now", "time is an argument"),
    ("SystemTime", "time is an argument"),
    ("std::fs", "files belong to adapters"),
    ("std::net", "sockets belong to adapters"),
    ("std::env", "the environment belongs to config"),
    ("std::thread", "threads belong to adapters"),
    ("getrandom", "chance is an argument"),
    ("HashMap", "the same seed must give the same run: BTreeMap"),
    ("HashSet", "the same seed must give the same run: BTreeSet"),
    ("reqwest", "HTTP belongs to http"),
    ("rusqlite", "SQL belongs to store"),
    ("tracing::", "pure code answers, it does not log"),
    ("tokio::time", "time is an argument"),
    ("tokio::spawn", "tasks belong to adapters"),
];

/// Production lines a file may have; tests below them do not count.
const LINES_MOST: usize = 450;

struct Source {
    /// Below `src/`, such as `core/money.rs`.
    path: String,
    /// Without test modules and comments.
    code: Vec<(usize, String)>,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    collect(&root, &root, &mut found);
    assert!(found.len() > 50, "only {} files found: the test looks in the wrong place", found.len());
    found
}

fn collect(root: &Path, folder: &Path, found: &mut Vec<Source>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(root, &path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = fs::read_to_string(&path).expect("a source file");
            let name = path.strip_prefix(root).expect("below src").to_string_lossy().into_owned();
            let tests_only =
                name.ends_with("tests.rs") || name.ends_with("contract.rs") || name.ends_with("subject.rs");
            if !tests_only {
                found.push(Source { path: name, code: production(&text) });
            }
        }
    }
}

fn production(text: &str) -> Vec<(usize, String)> {
    text.lines()
        .enumerate()
        .take_while(|(_, line)| !line.starts_with("#[cfg(test)]\nmod") && *line != "mod tests {")
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .map(|(number, line)| (number + 1, line.to_owned()))
        .collect()
}

fn folder(path: &str) -> &str {
    let first = path.split('/').next().unwrap_or(path);
    first.strip_suffix(".rs").unwrap_or(first)
}

/// The folder of ours that a line names with `crate::`.
fn named(line: &str) -> impl Iterator<Item = &str> {
    line.split("crate::")
        .skip(1)
        .map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or(""))
}

#[test]
fn folders_name_only_those_they_may() {
    let rules: BTreeMap<&str, &[&str]> = MAY_NAME.iter().copied().collect();
    let mut wrong = Vec::new();
    for source in sources() {
        let own = folder(&source.path);
        if own == "lib" || own == "bin" {
            continue;
        }
        let Some(allowed) = rules.get(own) else {
            wrong.push(format!("src/{}: `{own}` is not in the table of this test", source.path));
            continue;
        };
        for (number, line) in &source.code {
            for other in named(line).filter(|other| rules.contains_key(other)) {
                if other != own && !allowed.contains(&other) {
                    wrong.push(format!("src/{}:{number}: {own} may not name {other}", source.path));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn imports_name_one_thing_a_line() {
    let grouped: Vec<String> = sources()
        .iter()
        .flat_map(|source| source.code.iter().map(move |(number, line)| (source, number, line)))
        .filter(|(_, _, line)| line.trim_start().starts_with("use ") && line.contains('{'))
        .map(|(source, number, _)| format!("src/{}:{number}: one `use` a name", source.path))
        .collect();
    assert!(grouped.is_empty(), "{}", grouped.join("\n"));
}

#[test]
fn pure_files_touch_nothing() {
    let mut wrong = Vec::new();
    let mut seen: BTreeMap<&str, usize> = PURE.iter().map(|path| (*path, 0)).collect();
    for source in sources() {
        let Some(pure) = PURE.iter().find(|pure| source.path.starts_with(**pure)) else { continue };
        *seen.entry(pure).or_default() += 1;
        for (number, line) in &source.code {
            for (word, why) in IMPURE.iter().filter(|(word, _)| line.contains(word)) {
                wrong.push(format!("src/{}:{number}: `{word}`: {why}", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let gone: Vec<_> = seen.iter().filter(|(_, count)| **count == 0).map(|(path, _)| *path).collect();
    assert!(gone.is_empty(), "named as pure and not there: {gone:?}");
}

#[test]
fn the_bank_and_the_adapters_share_nothing() {
    let shared: Vec<String> = sources()
        .iter()
        .filter(|source| source.path.starts_with("sandbox/bank/"))
        .flat_map(|source| source.code.iter().map(move |(number, line)| (source, number, line)))
        .filter(|(_, _, line)| named(line).any(|other| other == "provider" || other == "port"))
        .map(|(source, number, _)| format!("src/{}:{number}: both could be wrong alike", source.path))
        .collect();
    assert!(shared.is_empty(), "{}", shared.join("\n"));
}

#[test]
fn files_fit_in_a_head() {
    let long: Vec<String> = sources()
        .iter()
        .filter(|source| source.code.len() > LINES_MOST)
        .map(|source| format!("src/{}: {} lines, at most {LINES_MOST}", source.path, source.code.len()))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn a_planted_import_is_seen() {
    assert_eq!(named("use crate::panel::Frame;").collect::<Vec<_>>(), ["panel"]);
    assert_eq!(
        named("let x = crate::store::Row::new(crate::core::Fact);").collect::<Vec<_>>(),
        ["store", "core"]
    );
    let text = "use a;\n// crate::store\n#[cfg(test)]\nmod tests {\nuse crate::store;\n}";
    assert!(production(text).iter().all(|(_, line)| !line.contains("store")));
}
