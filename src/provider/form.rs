//! `application/x-www-form-urlencoded` text with bracketed names, for bodies and queries alike. It keeps the
//! order of the fields, so the same fields give the same bytes.

use std::fmt::Display;
use std::fmt::Write;

pub const CONTENT_TYPE: &str = "application/x-www-form-urlencoded";

/// Fields in the order they were added. Nesting is in the name: `line_items[0][quantity]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    text: String,
}

impl Form {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    #[must_use]
    pub fn field(mut self, name: &str, value: impl Display) -> Self {
        if !self.text.is_empty() {
            self.text.push('&');
        }
        escape_into(&mut self.text, name);
        self.text.push('=');
        escape_into(&mut self.text, &value.to_string());
        self
    }

    /// The field, if there is a value for it.
    #[must_use]
    pub fn maybe(self, name: &str, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.field(name, value),
            None => self,
        }
    }

    #[must_use]
    pub fn encode(self) -> String {
        self.text
    }
}

/// Everything but letters, digits and `-._~` as `%XX` of its UTF-8 bytes; good in a body and in a query.
fn escape_into(text: &mut String, raw: &str) {
    for byte in raw.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            write!(text, "%{byte:02X}").expect("writing to a String does not fail");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values_are_escaped_and_keep_their_order() {
        let form = Form::new()
            .field("line_items[0][quantity]", 1)
            .field("title", "Café & 50 % +1")
            .maybe("absent", None::<i64>);
        let text = form.encode();
        assert_eq!(text, "line_items%5B0%5D%5Bquantity%5D=1&title=Caf%C3%A9%20%26%2050%20%25%20%2B1");
    }

    #[test]
    fn a_value_cannot_begin_another_field() {
        assert_eq!(Form::new().field("a", "1&b=2").encode(), "a=1%26b%3D2");
    }
}
