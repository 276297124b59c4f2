//! The words, in every language the panels speak. No word is anywhere else but those of the test card, which is the
//! builder's; which word stands where is the page's business.

use std::fmt;
use std::str::FromStr;

use fluent_bundle::FluentArgs;
use fluent_bundle::FluentResource;
use fluent_bundle::concurrent::FluentBundle;

use super::bidi::Direction;

/// A language with a file of words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Lang {
    #[default]
    En,
    De,
    Fr,
    It,
    Es,
    /// As in Portugal.
    Pt,
    Nl,
    Pl,
    Sv,
    Tr,
    Hi,
    Ar,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a language of the screens; use one of {all}", all = codes())]
pub struct NotALang(String);

/// The codes of all languages, as a sentence names them.
fn codes() -> String {
    Lang::ALL.map(Lang::code).join(", ")
}

impl Lang {
    pub const ALL: [Self; 12] = [
        Self::En,
        Self::De,
        Self::Fr,
        Self::It,
        Self::Es,
        Self::Pt,
        Self::Nl,
        Self::Pl,
        Self::Sv,
        Self::Tr,
        Self::Hi,
        Self::Ar,
    ];

    /// The two letters it is named by.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Fr => "fr",
            Self::It => "it",
            Self::Es => "es",
            Self::Pt => "pt",
            Self::Nl => "nl",
            Self::Pl => "pl",
            Self::Sv => "sv",
            Self::Tr => "tr",
            Self::Hi => "hi",
            Self::Ar => "ar",
        }
    }

    /// All its words, as they are written down.
    pub(super) fn source(self) -> &'static str {
        match self {
            Self::En => include_str!("en.ftl"),
            Self::De => include_str!("de.ftl"),
            Self::Fr => include_str!("fr.ftl"),
            Self::It => include_str!("it.ftl"),
            Self::Es => include_str!("es.ftl"),
            Self::Pt => include_str!("pt.ftl"),
            Self::Nl => include_str!("nl.ftl"),
            Self::Pl => include_str!("pl.ftl"),
            Self::Sv => include_str!("sv.ftl"),
            Self::Tr => include_str!("tr.ftl"),
            Self::Hi => include_str!("hi.ftl"),
            Self::Ar => include_str!("ar.ftl"),
        }
    }

    /// Which way its words are read.
    pub(super) fn direction(self) -> Direction {
        if self == Self::Ar { Direction::RightToLeft } else { Direction::LeftToRight }
    }
}

impl FromStr for Lang {
    type Err = NotALang;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|lang| lang.code() == text).ok_or_else(|| NotALang(text.to_owned()))
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// One language's words, parsed.
pub struct Words {
    lang: Lang,
    bundle: FluentBundle<FluentResource>,
}

impl Words {
    #[must_use]
    pub fn new(lang: Lang) -> Self {
        let resource = FluentResource::try_new(lang.source().to_owned())
            .map_err(|(_, errors)| errors)
            .expect("the words are checked by a test");
        let id = lang.code().parse().expect("two letters are a language identifier");
        let mut bundle = FluentBundle::new_concurrent(vec![id]);
        // Values hold together among words that run the other way.
        bundle.set_use_isolating(lang.direction() == Direction::RightToLeft);
        bundle.add_resource(resource).expect("the words are checked by a test");
        Self { lang, bundle }
    }

    #[must_use]
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// The words under `key`; the key itself where there are none.
    #[must_use]
    pub fn say(&self, key: &str) -> String {
        self.say_with(key, &[])
    }

    /// The words under `key` with the named values put in.
    #[must_use]
    pub fn say_with(&self, key: &str, values: &[(&str, &str)]) -> String {
        let mut args = FluentArgs::new();
        for (name, value) in values {
            args.set(*name, *value);
        }
        self.format(key, &args)
    }

    /// The words under `key` with a number put in, in the form that the language has for that many.
    #[must_use]
    pub fn say_count(&self, key: &str, name: &str, count: u32) -> String {
        let mut args = FluentArgs::new();
        args.set(name, count);
        self.format(key, &args)
    }

    fn format(&self, key: &str, args: &FluentArgs) -> String {
        let Some(pattern) = self.bundle.get_message(key).and_then(|message| message.value()) else {
            return key.to_owned();
        };
        let mut errors = Vec::new();
        self.bundle.format_pattern(pattern, Some(args), &mut errors).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::collections::BTreeSet;

    use super::*;

    /// Key to the names of the values it takes.
    fn keys(lang: Lang) -> BTreeMap<String, BTreeSet<String>> {
        let mut found = BTreeMap::new();
        for line in lang.source().lines() {
            if let Some((key, value)) = line.split_once(" = ") {
                let names = value.split("{ $").skip(1).filter_map(|rest| rest.split_once(' '));
                found.insert(key.to_owned(), names.map(|(name, _)| name.to_owned()).collect());
            }
        }
        found
    }

    #[test]
    fn every_language_holds_every_key_with_the_same_values() {
        let english = keys(Lang::En);
        assert!(english.len() > 60);
        for lang in Lang::ALL {
            assert_eq!(keys(lang), english, "{lang}");
            let words = Words::new(lang);
            for key in english.keys() {
                assert_ne!(words.say(key), *key, "{lang}");
            }
        }
    }

    #[test]
    fn values_are_put_in_without_marks_that_a_panel_would_draw() {
        let said = Words::new(Lang::De).say_with("scan-left", &[("time", "0:25")]);
        assert!(said.contains("0:25"));
        assert!(said.chars().all(|c| !matches!(c, '\u{2066}'..='\u{2069}')));
    }

    #[test]
    fn an_unknown_language_is_refused_with_the_choices() {
        let refused = "la".parse::<Lang>().expect_err("nobody speaks Latin at a counter");
        let said = refused.to_string();
        assert!(
            said.starts_with("`la` is not a language of the screens; use one of en, de, fr, it"),
            "{said}"
        );
        assert!(Lang::ALL.iter().all(|lang| said.contains(lang.code())), "{said}");
    }

    #[test]
    fn a_number_takes_the_form_that_the_language_has_for_it() {
        let said = |lang, count| Words::new(lang).say_count("entry-decimals", "most", count);
        assert_eq!(said(Lang::Pl, 1), "Jeden przecinek, najwyżej jedno miejsce po nim.");
        assert_eq!(said(Lang::Pl, 3), "Jeden przecinek, najwyżej 3 miejsca po nim.");
        assert_eq!(said(Lang::Pl, 5), "Jeden przecinek, najwyżej 5 miejsc po nim.");
        assert_eq!(said(Lang::En, 1), "One point, one decimal at most.");
        assert_eq!(said(Lang::En, 2), "One point, 2 decimals at most.");
        assert_eq!(said(Lang::Fr, 3), "Une virgule, 3 décimales au plus.");
    }

    #[test]
    fn no_language_leaves_a_sentence_in_another() {
        let english = Words::new(Lang::En);
        for lang in Lang::ALL.into_iter().filter(|lang| *lang != Lang::En) {
            let words = Words::new(lang);
            let same = keys(Lang::En).into_keys().filter(|key| english.say(key) == words.say(key));
            let sentences: Vec<_> = same
                .filter(|key| english.say(key).contains(' ') && !english.say(key).contains('{'))
                .collect();
            assert!(sentences.is_empty(), "{lang}: {sentences:?}");
        }
    }
}
