//! Reads `application/x-www-form-urlencoded` text with bracketed names. Each parameter is taken once;
//! what is left over at the end was not known.

use std::collections::BTreeMap;

/// The parameters of one call by their full names, such as `line_items[0][price]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form(BTreeMap<String, String>);

impl Form {
    /// Reads a query or a body; of a name that comes twice the last counts, and `name[]` is numbered.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut form = Self::default();
        form.add(text);
        form
    }

    /// Adds the pairs of a further text.
    pub fn add(&mut self, text: &str) {
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (mut name, value) = (decoded(name), decoded(value));
            if let Some(list) = name.strip_suffix("[]") {
                let next = (0..).map(|n| format!("{list}[{n}]")).find(|name| !self.0.contains_key(name));
                name = next.unwrap_or(name);
            }
            self.0.insert(name, value);
        }
    }

    pub fn take(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    /// Whether `name` or anything inside it is there.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        let inside = format!("{name}[");
        self.0.keys().any(|key| key == name || key.starts_with(&inside))
    }

    /// The entries `name[key]`, by key.
    pub fn take_map(&mut self, name: &str) -> BTreeMap<String, String> {
        let start = format!("{name}[");
        let key_of = |full: &str| {
            let key = full.strip_prefix(&start)?.strip_suffix(']')?;
            (!key.contains(['[', ']'])).then(|| key.to_owned())
        };
        let found: Vec<(String, String)> =
            self.0.keys().filter_map(|full| Some((full.clone(), key_of(full)?))).collect();
        found.into_iter().filter_map(|(full, key)| Some((key, self.0.remove(&full)?))).collect()
    }

    /// The entries `name[0]`, `name[1]` … in order.
    pub fn take_list(&mut self, name: &str) -> Vec<String> {
        let mut entries: Vec<(u32, String)> = self
            .take_map(name)
            .into_iter()
            .map(|(key, value)| (key.parse().unwrap_or(u32::MAX), value))
            .collect();
        entries.sort_by_key(|(n, _)| *n);
        entries.into_iter().map(|(_, value)| value).collect()
    }

    /// A name that nobody took.
    #[must_use]
    pub fn left_over(&self) -> Option<&str> {
        self.0.keys().next().map(String::as_str)
    }

    /// All pairs in the order of their names: equal for equal parameters, however they were written.
    #[must_use]
    pub fn canonical(&self) -> String {
        serde_json::to_string(&self.0).expect("text pairs are always JSON")
    }
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        match (first, after) {
            (b'+', _) => bytes.push(b' '),
            (b'%', [high, low, after @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    bytes.push(high * 16 + low);
                    rest = after;
                }
                (_, _) => bytes.push(b'%'),
            },
            (byte, _) => bytes.push(*byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_names_and_escapes_are_read() {
        let mut form =
            Form::parse("line_items[0][price]=p&metadata%5Bsale%5D=a%20b+c%26&expand[]=x&expand[]=y&odd=%zz");
        assert!(form.has("line_items[0]"));
        assert!(!form.has("line_items[1]"));
        assert_eq!(form.take("line_items[0][price]").as_deref(), Some("p"));
        assert_eq!(form.take_map("metadata"), BTreeMap::from([("sale".into(), "a b c&".into())]));
        assert_eq!(form.take_list("expand"), ["x", "y"]);
        assert_eq!(form.left_over(), Some("odd"));
        assert_eq!(form.take("odd").as_deref(), Some("%zz"));
        assert_eq!(form.left_over(), None);
    }

    #[test]
    fn the_order_of_parameters_does_not_matter() {
        assert_eq!(Form::parse("a=1&b=2").canonical(), Form::parse("b=2&a=1").canonical());
        assert_ne!(Form::parse("a=1&b=2").canonical(), Form::parse("a=1&b=3").canonical());
    }
}
