//! What is written down for many terminals, in one file or in a folder of them: settings of all, of a site and of one,
//! resolved into one document for each. The nearer word wins, key by key.
//!
//! A folder has `all.toml`, `sites/NAME.toml` and `terminals/ID.toml`, with what the one file has below `[site.NAME]`
//! and `[terminal.ID]`.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use super::change::leaves;
use crate::core::reference::TerminalId;

/// The file's form.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Groups {
    /// Of all terminals in the file.
    settings: toml::Table,
    site: BTreeMap<String, Site>,
    terminal: BTreeMap<TerminalId, Terminal>,
}

/// The form of `all.toml`.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct All {
    settings: toml::Table,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Site {
    terminals: BTreeSet<TerminalId>,
    settings: toml::Table,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Terminal {
    /// In place of the site's list.
    site: Option<String>,
    labels: BTreeSet<String>,
    settings: toml::Table,
}

/// Why a file of groups cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotGroups {
    #[error("this is not a file of groups: {0}")]
    Form(String),
    #[error("{terminal} says that it is in the site {site}, and no such site is there")]
    NoSite { terminal: TerminalId, site: String },
    #[error("{0} has no place here: settings are in all.toml, sites/NAME.toml and terminals/ID.toml")]
    Stray(String),
    #[error("{terminal} is in the sites {one} and {other}; which of them should count?")]
    TwoSites { terminal: TerminalId, one: String, other: String },
    #[error("no terminal in it is called `{0}`, and no site or label is")]
    Nobody(String),
}

impl Groups {
    pub fn read(text: &str) -> Result<Self, NotGroups> {
        let groups: Self = toml::from_str(text).map_err(|error| NotGroups::Form(error.to_string()))?;
        groups.joined()
    }

    /// Reads the files of a folder, by their names in it.
    ///
    /// # Errors
    /// Where one of them is none of these, or they contradict each other.
    pub fn of_folder(files: &BTreeMap<String, String>) -> Result<Self, NotGroups> {
        let mut groups = Self::default();
        for (name, text) in files {
            let stray = || NotGroups::Stray(name.clone());
            let bare = name.strip_suffix(".toml").ok_or_else(stray)?;
            match bare.split_once('/') {
                None if bare == "all" => groups.settings = part::<All>(name, text)?.settings,
                Some(("sites", site)) => drop(groups.site.insert(site.to_owned(), part(name, text)?)),
                Some(("terminals", id)) => {
                    let id = id.parse().map_err(|error| NotGroups::Form(format!("{name}: {error}")))?;
                    groups.terminal.insert(id, part(name, text)?);
                }
                None | Some(_) => return Err(stray()),
            }
        }
        groups.joined()
    }

    /// With every terminal in its site's list, whoever of both says it.
    fn joined(mut self) -> Result<Self, NotGroups> {
        for (terminal, own) in &self.terminal {
            let Some(name) = &own.site else { continue };
            let site = self
                .site
                .get_mut(name)
                .ok_or_else(|| NotGroups::NoSite { terminal: terminal.clone(), site: name.clone() })?;
            site.terminals.insert(terminal.clone());
        }
        let mut sites: BTreeMap<&TerminalId, &str> = BTreeMap::new();
        for (name, site) in &self.site {
            for terminal in &site.terminals {
                if let Some(one) = sites.insert(terminal, name) {
                    let (one, other) = (one.to_owned(), name.clone());
                    return Err(NotGroups::TwoSites { terminal: terminal.clone(), one, other });
                }
            }
        }
        Ok(self)
    }

    /// The site that a terminal is in.
    #[must_use]
    pub fn site_of(&self, id: &TerminalId) -> Option<&str> {
        let found = self.site.iter().find(|(_, site)| site.terminals.contains(id));
        found.map(|(name, _)| name.as_str())
    }

    /// The terminals that a person means: by their ids, their site's name or a label; all, where nothing is named.
    pub fn select(&self, names: &[String]) -> Result<BTreeSet<TerminalId>, NotGroups> {
        let of_sites = self.site.values().flat_map(|site| &site.terminals);
        let all: BTreeSet<TerminalId> = of_sites.chain(self.terminal.keys()).cloned().collect();
        if names.is_empty() {
            return Ok(all);
        }
        let mut meant = BTreeSet::new();
        for name in names {
            let of_site =
                |id: &TerminalId| self.site.get(name).is_some_and(|site| site.terminals.contains(id));
            let labelled =
                |id: &TerminalId| self.terminal.get(id).is_some_and(|one| one.labels.contains(name));
            let these = all.iter().filter(|id| id.as_str() == name || of_site(id) || labelled(id));
            let these: Vec<_> = these.cloned().collect();
            if these.is_empty() {
                return Err(NotGroups::Nobody(name.clone()));
            }
            meant.extend(these);
        }
        Ok(meant)
    }

    /// All that is to be sent to this terminal, by path.
    #[must_use]
    pub fn settings(&self, id: &TerminalId) -> BTreeMap<String, Value> {
        let site = self.site_of(id).and_then(|name| self.site.get(name)).map(|site| &site.settings);
        let own = self.terminal.get(id).map(|terminal| &terminal.settings);
        let mut all = BTreeMap::new();
        for table in [Some(&self.settings), site, own].into_iter().flatten() {
            // A table of TOML is one of JSON, but for dates, which no setting takes.
            all.extend(leaves(&serde_json::to_value(table).unwrap_or_default()));
        }
        all
    }
}

fn part<T: serde::de::DeserializeOwned>(name: &str, text: &str) -> Result<T, NotGroups> {
    toml::from_str(text).map_err(|error| NotGroups::Form(format!("{name}: {error}")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const FILE: &str = "\
        [settings]\nlang = \"de\"\nsale.ttl_s = 90\n\
        [site.bern]\nterminals = [\"counter-1\", \"counter-2\"]\nsettings.light.bright = 60\n\
        [site.basel]\nterminals = [\"counter-3\"]\nsettings.lang = \"fr\"\n\
        [terminal.counter-1]\nlabels = [\"window\"]\nsettings = { light = { bright = 90 } }\n\
        [terminal.counter-4]\n";

    fn id(text: &str) -> TerminalId {
        text.parse().unwrap()
    }

    #[test]
    fn the_nearer_word_wins_key_by_key() {
        let groups = Groups::read(FILE).unwrap();
        let of = |name: &str| Value::from_iter(groups.settings(&id(name)));
        assert_eq!(of("counter-1"), json!({ "lang": "de", "sale.ttl_s": 90, "light.bright": 90 }));
        assert_eq!(of("counter-2"), json!({ "lang": "de", "sale.ttl_s": 90, "light.bright": 60 }));
        assert_eq!(of("counter-3"), json!({ "lang": "fr", "sale.ttl_s": 90 }));
        assert_eq!(of("counter-4"), json!({ "lang": "de", "sale.ttl_s": 90 }));
    }

    #[test]
    fn terminals_are_meant_by_id_site_or_label() {
        let groups = Groups::read(FILE).unwrap();
        let select = |names: &[&str]| {
            let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
            groups.select(&names).map(|ids| ids.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        assert_eq!(select(&[]).unwrap().len(), 4);
        assert_eq!(select(&["bern"]).unwrap(), ["counter-1", "counter-2"]);
        assert_eq!(select(&["window", "counter-4"]).unwrap(), ["counter-1", "counter-4"]);
        assert_eq!(select(&["bern", "zug"]), Err(NotGroups::Nobody("zug".into())));
    }

    #[test]
    fn a_folder_says_the_same_as_the_file() {
        let folder = |files: &[(&str, &str)]| {
            let named = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
            Groups::of_folder(&files.iter().map(named).collect())
        };
        let groups = folder(&[
            ("all.toml", "[settings]\nlang = \"de\"\n[settings.sale]\nttl_s = 90\n"),
            ("sites/bern.toml", "terminals = [\"counter-2\"]\n[settings.light]\nbright = 60\n"),
            ("sites/basel.toml", "[settings]\nlang = \"fr\"\n"),
            (
                "terminals/counter-1.toml",
                "site = \"bern\"\nlabels = [\"window\"]\n[settings]\nlight.bright = 90\n",
            ),
            ("terminals/counter-3.toml", "site = \"basel\"\n"),
            ("terminals/counter-4.toml", ""),
        ])
        .unwrap();
        let file = Groups::read(FILE).unwrap();
        for name in ["counter-1", "counter-2", "counter-3", "counter-4"] {
            assert_eq!(groups.settings(&id(name)), file.settings(&id(name)), "{name}");
            assert_eq!(groups.site_of(&id(name)), file.site_of(&id(name)), "{name}");
        }
        assert_eq!(groups.select(&["window".into()]), file.select(&["window".into()]));
        let no_site = folder(&[("terminals/counter-1.toml", "site = \"zug\"")]);
        assert!(matches!(no_site, Err(NotGroups::NoSite { .. })));
        for stray in ["al.toml", "site/a.toml", "sites/a/b.json"] {
            assert_eq!(folder(&[(stray, "")]), Err(NotGroups::Stray(stray.into())));
        }
        let wrong = folder(&[("sites/a.toml", "terminal = []")]).unwrap_err().to_string();
        assert!(wrong.contains("sites/a.toml: "), "{wrong}");
    }

    #[test]
    fn a_file_that_means_two_things_is_refused() {
        let twice = "[site.a]\nterminals = [\"counter-1\"]\n[site.b]\nterminals = [\"counter-1\"]\n";
        assert!(matches!(Groups::read(twice), Err(NotGroups::TwoSites { .. })));
        for bad in [
            "[settigns]\nlang = \"de\"",
            "[terminal.A]",
            "lang = \"de\"",
            "[site.a]\nterminals = [\"+\"]",
            "[",
        ] {
            assert!(matches!(Groups::read(bad), Err(NotGroups::Form(_))), "{bad}");
        }
    }
}
