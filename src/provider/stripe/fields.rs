//! The fields of a link as it is made or changed, each said once.

use std::collections::BTreeMap;
use std::fmt::Display;

use super::REFERENCE;
use super::request::unsupported;
use crate::port::provider::After;
use crate::port::provider::Unsupported;
use crate::provider::form::Form;

/// What Stripe keeps of metadata: entries, and the characters of their keys and values. Ours, from general
/// knowledge; Stripe has the last word.
const ENTRIES: usize = 50;
const KEY: usize = 40;
const VALUE: usize = 500;

#[derive(Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    pub fn put(&mut self, name: &str, value: impl Display) {
        self.0.push((name.to_owned(), value.to_string()));
    }

    pub fn form(self) -> Form {
        self.0.iter().fold(Form::new(), |form, (name, value)| form.field(name, value))
    }

    /// What is sent unless an option has said it.
    pub fn unless_said(&mut self, name: &str, place: &str, value: &str) {
        if !self.0.iter().any(|(said, _)| said.starts_with(name)) {
            self.put(&format!("{name}{place}"), value);
        }
    }

    /// An option in Stripe's words, which may not contradict what the link's own words said.
    pub fn option(&mut self, name: &str, value: &str) -> Result<(), Unsupported> {
        if self.0.iter().any(|(said, _)| said == name) {
            return Err(unsupported(
                "an option says again what the link's own words say; leave one of them away",
            ));
        }
        self.put(name, value);
        Ok(())
    }

    pub fn limit(&mut self, payments: Option<u32>) -> Result<(), Unsupported> {
        match payments {
            None => Ok(()),
            Some(0) => Err(unsupported("a link takes at least one payment; switch it off instead")),
            Some(limit) => {
                self.put("restrictions[completed_sessions][limit]", limit);
                Ok(())
            }
        }
    }

    pub fn metadata(&mut self, entries: &BTreeMap<String, String>) -> Result<(), Unsupported> {
        if entries.len() >= ENTRIES {
            return Err(unsupported("it keeps at most 49 entries of metadata besides the reference"));
        }
        for (key, value) in entries {
            if key == REFERENCE {
                return Err(unsupported("under that key the sale is found; name the entry otherwise"));
            }
            let named = (1..=KEY).contains(&key.chars().count()) && !key.contains(['[', ']']);
            if !named || value.chars().count() > VALUE {
                return Err(unsupported(
                    "metadata has keys of up to 40 characters without brackets, and values of up to 500",
                ));
            }
            self.put(&format!("metadata[{key}]"), value);
        }
        Ok(())
    }

    pub fn after(&mut self, after: Option<&After>) {
        match after {
            None => {}
            Some(After::Thanks(text)) => {
                self.put("after_completion[type]", "hosted_confirmation");
                self.put("after_completion[hosted_confirmation][custom_message]", text);
            }
            Some(After::Redirect(url)) => {
                self.put("after_completion[type]", "redirect");
                self.put("after_completion[redirect][url]", url);
            }
        }
    }
}
