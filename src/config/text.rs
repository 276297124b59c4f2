//! One file's text into its mirror, with every fault at once: what cannot be read is noted, taken out, and
//! the rest is read again. Knows no key by name.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::path::PathBuf;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::DeTable;
use toml::de::DeValue;
use toml::de::Deserializer;

use super::fault::Fault;
use super::fault::Line;
use super::fault::Place;
use super::fault::nearest;

/// Where each key of a file stands.
#[derive(Clone, Debug, Default)]
pub struct Spots {
    file: PathBuf,
    text: String,
    /// Path of a key to its place in bytes.
    keys: BTreeMap<String, Range<usize>>,
}

impl Spots {
    /// The key's place; else that of the table it belongs in, else the file.
    #[must_use]
    pub fn place(&self, key: &str) -> Place {
        let mut path = key;
        loop {
            if let Some(span) = self.keys.get(path) {
                return self.line(span);
            }
            match path.rfind(['.', '[']) {
                Some(at) => path = &path[..at],
                None => return Place::File(self.file.clone()),
            }
        }
    }

    /// Whether the file itself says something at `key`.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.keys.contains_key(key)
    }

    fn line(&self, span: &Range<usize>) -> Place {
        Place::Line(Line::of(self.file.clone(), &self.text, span.start, span.end))
    }
}

/// The names of a text's tables and keys at the top; empty where it is not TOML.
#[must_use]
pub fn top_keys(text: &str) -> Vec<String> {
    DeTable::parse_recoverable(text).0.get_ref().keys().map(|key| key.get_ref().to_string()).collect()
}

/// Reads what can be read.
pub fn read<M: DeserializeOwned + Default>(file: &Path, text: &str) -> (M, Spots, Vec<Fault>) {
    let mut spots = Spots { file: file.to_owned(), text: text.to_owned(), ..Spots::default() };
    let (root, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        let faults = errors.iter().map(|error| {
            let span = error.span().unwrap_or(0..0);
            Fault::new(spots.line(&span), "", format!("this is not TOML: {}", error.message()), "")
        });
        return (M::default(), spots.clone(), faults.collect());
    }
    note(root.get_ref(), "", &mut spots.keys);
    let (mut faults, mut out) = (Vec::new(), Vec::new());
    loop {
        let Ok(root) = DeTable::parse(text) else { return (M::default(), spots, faults) };
        let (span, root) = (root.span(), root.into_inner());
        let kept = Spanned::new(span, prune(root.clone(), &out));
        let error = match M::deserialize(Deserializer::from(kept)) {
            Ok(mirror) => return (mirror, spots, faults),
            Err(error) => error,
        };
        let span = error.span().unwrap_or(0..0);
        let found = find(&root, &span, "");
        let (what, mend) = in_words(error.message());
        let key = found.as_ref().map_or("", |(path, _)| path);
        faults.push(Fault::new(spots.line(&span), key, what, mend));
        match found {
            Some((_, key_span)) if !out.contains(&key_span) => out.push(key_span),
            Some(_) | None => return (M::default(), spots, faults),
        }
    }
}

pub fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn note(table: &DeTable<'_>, path: &str, keys: &mut BTreeMap<String, Range<usize>>) {
    for (key, value) in table {
        let path = join(path, key.get_ref());
        keys.insert(path.clone(), key.span());
        note_value(value.get_ref(), &path, keys);
    }
}

fn note_value(value: &DeValue<'_>, path: &str, keys: &mut BTreeMap<String, Range<usize>>) {
    if let Some(table) = value.as_table() {
        note(table, path, keys);
    }
    for (index, item) in value.as_array().into_iter().flat_map(|array| array.iter().enumerate()) {
        let path = format!("{path}[{index}]");
        keys.insert(path.clone(), item.span());
        note_value(item.get_ref(), &path, keys);
    }
}

/// The innermost key that the span is of, with the key's own span.
fn find(table: &DeTable<'_>, span: &Range<usize>, path: &str) -> Option<(String, Range<usize>)> {
    table.iter().find_map(|(key, value)| {
        let path = join(path, key.get_ref());
        let own = || {
            let within = |outer: Range<usize>| outer.start <= span.start && span.end <= outer.end;
            (within(key.span()) || within(value.span())).then(|| (path.clone(), key.span()))
        };
        find_in(value.get_ref(), span, &path).or_else(own)
    })
}

fn find_in(value: &DeValue<'_>, span: &Range<usize>, path: &str) -> Option<(String, Range<usize>)> {
    if let Some(table) = value.as_table() {
        return find(table, span, path);
    }
    let mut items = value.as_array()?.iter().enumerate();
    items.find_map(|(index, item)| find_in(item.get_ref(), span, &format!("{path}[{index}]")))
}

/// The table without the keys at these places.
fn prune<'i>(table: DeTable<'i>, out: &[Range<usize>]) -> DeTable<'i> {
    let kept = table.into_iter().filter(|(key, _)| !out.contains(&key.span()));
    kept.map(|(key, value)| {
        let span = value.span();
        (key, Spanned::new(span, prune_value(value.into_inner(), out)))
    })
    .collect()
}

fn prune_value<'i>(mut value: DeValue<'i>, out: &[Range<usize>]) -> DeValue<'i> {
    if let DeValue::Table(table) = value {
        return DeValue::Table(prune(table, out));
    }
    if let DeValue::Array(array) = &mut value {
        for item in array.iter_mut() {
            let bare = std::mem::replace(item.get_mut(), DeValue::Boolean(false));
            *item.get_mut() = prune_value(bare, out);
        }
    }
    value
}

/// The reader's message in a person's words, and the way out where the message names the choices.
#[must_use]
pub fn in_words(message: &str) -> (String, String) {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let wrong = quoted.next().unwrap_or_default();
    let names: Vec<&str> = quoted.collect();
    let all = || names.join(", ");
    if message.starts_with("unknown field") {
        let mend = match nearest(wrong, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the keys here are {}", all()),
        };
        return (format!("there is no key `{wrong}` here"), mend);
    }
    if message.starts_with("unknown variant") {
        return (format!("`{wrong}` is not one of the choices"), format!("use {}", names.join(" or ")));
    }
    let plain = [
        ("expected u16", "expected a whole number from 0 to 65535"),
        ("expected u32", "expected a whole number"),
        ("expected u64", "expected a whole number"),
        ("expected a string", "expected text in quotation marks"),
    ];
    let words = plain.iter().find(|(theirs, _)| message.ends_with(theirs));
    let text = words.map_or(message.to_owned(), |(theirs, ours)| message.replace(theirs, ours));
    (text, String::new())
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Mirror {
        name: Option<String>,
        inner: Inner,
        many: Vec<Inner>,
    }

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default, deny_unknown_fields)]
    struct Inner {
        port: Option<u16>,
        list: Option<Vec<String>>,
    }

    fn lines(text: &str) -> (Mirror, Vec<(usize, String)>) {
        let (mirror, _, faults) = read::<Mirror>(Path::new("f"), text);
        let line = |fault: &Fault| match &fault.place {
            Place::Line(line) => (line.line, fault.key.clone()),
            Place::File(_) | Place::Variable(_) | Place::Document(_) => (0, fault.key.clone()),
        };
        let lines = faults.iter().map(line).collect();
        (mirror, lines)
    }

    #[test]
    fn every_fault_is_found_and_the_rest_is_read() {
        let text = "name = 1\nwhat = 2\n[inner]\nport = 70000\nlist = [\"a\", 3]\n\
                    [[many]]\nport = 2\nprot = 1\n[[many]]\nport = \"x\"\n[other]\na = 1\n";
        let (mirror, mut found) = lines(text);
        found.sort();
        let expected = [
            (1, "name"),
            (2, "what"),
            (4, "inner.port"),
            (5, "inner.list"),
            (8, "many[0].prot"),
            (10, "many[1].port"),
            (11, "other"),
        ];
        assert_eq!(found, expected.map(|(line, key)| (line, key.to_owned())));
        assert_eq!(mirror.many, [Inner { port: Some(2), list: None }, Inner::default()]);
    }

    #[test]
    fn a_key_is_told_with_its_nearest_neighbour() {
        let (_, _, faults) = read::<Mirror>(Path::new("f"), "[inner]\nprot = 1\n");
        assert_eq!(faults[0].what, "there is no key `prot` here");
        assert_eq!(faults[0].mend, "did you mean `port`?");
    }

    #[test]
    fn text_that_is_not_toml_says_where() {
        let (_, found) = lines("name = \"a\"\n[inner\n");
        assert_eq!(found.first().map(|found| found.0), Some(2));
        assert_eq!(top_keys("a = 1\n[b]\nc = 2\n"), ["a", "b"]);
    }

    #[test]
    fn a_key_that_is_missing_is_placed_at_its_table() {
        let (_, spots, _) = read::<Mirror>(Path::new("f"), "name = \"a\"\n[inner]\n");
        let Place::Line(line) = spots.place("inner.port") else { panic!("a line") };
        assert_eq!(line.line, 2);
        assert_eq!(spots.place("outer.port"), Place::File("f".into()));
    }
}
