//! One file for many terminals: settings of all, of a site and of one, resolved into one document for each. The nearer
//! word wins, key by key.

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

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Site {
    terminals: BTreeSet<TerminalId>,
    settings: toml::Table,
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Terminal {
    labels: BTreeSet<String>,
    settings: toml::Table,
}

/// Why a file of groups cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotGroups {
    #[error("this is not a file of groups: {0}")]
    Form(String),
    #[error("{terminal} is in the sites {one} and {other}; which of them should count?")]
    TwoSites { terminal: TerminalId, one: String, other: String },
    #[error("no terminal of the file is called `{0}`, and no site or label is")]
    Nobody(String),
}

impl Groups {
    pub fn read(text: &str) -> Result<Self, NotGroups> {
        let groups: Self = toml::from_str(text).map_err(|error| NotGroups::Form(error.to_string()))?;
        let mut sites: BTreeMap<&TerminalId, &str> = BTreeMap::new();
        for (name, site) in &groups.site {
            for terminal in &site.terminals {
                if let Some(one) = sites.insert(terminal, name) {
                    let (one, other) = (one.to_owned(), name.clone());
                    return Err(NotGroups::TwoSites { terminal: terminal.clone(), one, other });
                }
            }
        }
        Ok(groups)
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
        let site = self.site.values().find(|site| site.terminals.contains(id)).map(|site| &site.settings);
        let own = self.terminal.get(id).map(|terminal| &terminal.settings);
        let mut all = BTreeMap::new();
        for table in [Some(&self.settings), site, own].into_iter().flatten() {
            // A table of TOML is one of JSON, but for dates, which no setting takes.
            all.extend(leaves(&serde_json::to_value(table).unwrap_or_default()));
        }
        all
    }
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
