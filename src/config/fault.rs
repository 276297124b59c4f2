//! What is wrong in a configuration: where, what, and how to mend it, as one sentence and the line itself.

use std::fmt;
use std::path::PathBuf;

/// One thing that is wrong, or unwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub place: Place,
    /// Path of the key, such as `broker.port`; empty where the file as a whole is meant.
    pub key: String,
    pub what: String,
    /// What to do about it; empty where `what` says it.
    pub mend: String,
    pub kind: Kind,
}

/// What sort of fault it is, for the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The text says something wrong or unwise.
    Wrong,
    /// The program may not read what it needs; nothing is wrong with the text.
    Denied,
    /// There is no configuration file of that name.
    Missing,
}

/// Where a fault is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    File(PathBuf),
    Line(Line),
    /// An environment variable's name.
    Variable(String),
    /// The version of a document from far away.
    Document(u64),
}

/// A place in a file; line and column count from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub file: PathBuf,
    pub line: usize,
    pub column: usize,
    pub text: String,
    /// Characters from `column` on that are meant.
    pub width: usize,
}

impl Fault {
    #[must_use]
    pub fn new(place: Place, key: &str, what: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { place, key: key.to_owned(), what: what.into(), mend: mend.into(), kind: Kind::Wrong }
    }
}

impl Line {
    /// The line of `text` with the byte `start`; `end` is cut at the line's end.
    #[must_use]
    pub fn of(file: PathBuf, text: &str, start: usize, end: usize) -> Self {
        let boundary = |at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
        let start = boundary(start).unwrap_or(0);
        let end = boundary(end).unwrap_or(0).max(start);
        let begin = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let stop = text[start..].find('\n').map_or(text.len(), |at| start + at);
        Self {
            file,
            line: text[..begin].matches('\n').count() + 1,
            column: text[begin..start].chars().count() + 1,
            text: without_secrets(text[begin..stop].trim_end_matches('\r')),
            width: text[start..end.min(stop)].chars().count().max(1),
        }
    }
}

/// Names that end so hold a secret, which belongs into a file of its own and into no log.
const SECRET: [&str; 5] = ["key", "secret", "token", "password", "pin"];

/// The line with what stands in quotes after such a name taken out.
fn without_secrets(line: &str) -> String {
    let (mut shown, mut rest) = (String::new(), line);
    while let Some((before, after)) = rest.split_once('=') {
        shown += before;
        shown.push('=');
        rest = after;
        let is_secret = SECRET.iter().any(|end| before.trim_end().ends_with(end));
        let value = after.trim_start();
        if let Some(quote) = value.chars().next().filter(|c| is_secret && matches!(c, '"' | '\'')) {
            let inner = &value[1..];
            shown += &format!("{}{quote}…{quote}", &after[..after.len() - value.len()]);
            rest = inner.split_once(quote).map_or("", |(_, behind)| behind);
        }
    }
    shown + rest
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => write!(f, "{}", file.display()),
            Self::Line(line) => write!(f, "{}:{}:{}", line.file.display(), line.line, line.column),
            Self::Variable(name) => write!(f, "environment variable {name}"),
            Self::Document(version) => write!(f, "configuration {version}"),
        }
    }
}

/// The sentence, and below it the line with carets under what is meant.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        write!(f, "{}", self.what)?;
        if !self.mend.is_empty() {
            write!(f, "; {}", self.mend)?;
        }
        if let Place::Line(Line { line, column, text, width, .. }) = &self.place {
            let number = line.to_string();
            let indent: String =
                text.chars().take(column - 1).map(|c| if c == '\t' { c } else { ' ' }).collect();
            write!(f, "\n  {number} | {text}\n  {:1$} | {indent}", "", number.len())?;
            f.write_str(&"^".repeat(*width))?;
        }
        Ok(())
    }
}

/// The name that comes nearest, where one comes near.
#[must_use]
pub fn nearest<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let distance = |name: &str| strsim::damerau_levenshtein(wrong, name);
    let near = names.into_iter().map(|name| (distance(name), name)).min()?;
    let part = !wrong.is_empty() && near.1.starts_with(wrong);
    (part || near.0 <= near.1.len().max(3) / 3).then_some(near.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_shows_its_line_with_carets_under_what_is_meant() {
        let text = "a = 1\r\nlimti = \"ü\" # x\n";
        let start = text.find("limti").expect("there");
        let line = Line::of("shop.toml".into(), text, start, start + 5);
        let fault = Fault::new(Place::Line(line), "sale.limti", "there is no such key", "write `limit`");
        let expected = "shop.toml:2:1: sale.limti: there is no such key; write `limit`\n  \
                        2 | limti = \"ü\" # x\n    | ^^^^^";
        assert_eq!(fault.to_string(), expected);
    }

    #[test]
    fn a_secret_that_stands_in_the_file_is_not_shown() {
        for (line, shown) in [
            ("api_key = \"sk_live_1\" # x", "api_key = \"…\" # x"),
            ("options = { token='a', base_url = \"b\" }", "options = { token='…', base_url = \"b\" }"),
            ("webhook_secret = \"never closed", "webhook_secret = \"…\""),
            ("api_key_file = \"stripe.key\"", "api_key_file = \"stripe.key\""),
            ("keys = [\"qrtill-ed25519:AAAA\"]", "keys = [\"qrtill-ed25519:AAAA\"]"),
        ] {
            assert_eq!(Line::of("f".into(), line, 0, 1).text, shown);
        }
    }

    #[test]
    fn a_span_over_several_lines_is_cut_at_the_first() {
        let text = "a = [\n1,\n]\n";
        let line = Line::of("f".into(), text, 4, text.len());
        assert_eq!((line.line, line.column, line.width), (1, 5, 1));
        let end = Line::of("f".into(), text, text.len(), text.len() + 9);
        assert_eq!((end.line, end.column, end.text.as_str()), (4, 1, ""));
    }

    #[test]
    fn only_a_near_name_is_proposed() {
        let names = ["host", "port", "password_file"];
        assert_eq!(nearest("prot", names), Some("port"));
        assert_eq!(nearest("password", names), Some("password_file"));
        assert_eq!(nearest("colour", names), None);
    }
}
