//! The file or the folder that says what is to be sent.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::Path;
use std::path::PathBuf;

use super::Wanted;
use crate::cli::failure;
use crate::cli::failure::Failure;
use crate::config::FLEET_FILE;
use crate::core::reference::NotATerminalId;
use crate::core::reference::TerminalId;
use crate::fleet::groups::Groups;
use crate::fleet::groups::NotGroups;

/// Which terminals a command is about; all, where none is named.
#[derive(Debug, clap::Args)]
pub struct Which {
    /// Ids of terminals; with --file also names of sites, and labels
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// The file or folder of settings that has these sites and labels
    #[arg(short, long, value_name = "PATH")]
    file: Option<PathBuf>,
}

impl Which {
    pub fn meant(&self) -> Result<Option<BTreeSet<TerminalId>>, Failure> {
        match &self.file {
            Some(path) => Source::read(path)?.select(&self.names).map(Some),
            None if self.names.is_empty() => Ok(None),
            None => self.names.iter().map(|name| id(name)).collect::<Result<_, _>>().map(Some),
        }
    }
}

fn id(name: &str) -> Result<TerminalId, Failure> {
    let hint = "for sites and labels, say with --file where they are";
    name.parse().map_err(|error: NotATerminalId| Failure::new(failure::USAGE, error.to_string(), hint))
}

pub struct Source {
    path: PathBuf,
    groups: Groups,
}

impl Source {
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let failed = |path: &Path, error: &io::Error| {
            let code =
                if error.kind() == io::ErrorKind::NotFound { failure::NO_INPUT } else { failure::DATA };
            Failure::of_io(error, code, "cannot read", path)
        };
        let groups = if path.is_dir() {
            let files = files(path).map_err(|error| failed(path, &error))?;
            if files.is_empty() {
                let what = format!("{} has no settings in it", path.display());
                let hint = "put them into all.toml, sites/NAME.toml and terminals/ID.toml";
                return Err(Failure::new(failure::NO_INPUT, what, hint));
            }
            Groups::of_folder(&files)
        } else {
            Groups::read(&fs::read_to_string(path).map_err(|error| failed(path, &error))?)
        };
        let groups = groups.map_err(|error| wrong(path, &error))?;
        Ok(Self { path: path.to_owned(), groups })
    }

    /// The terminals that are meant by these names; all, where there is none.
    pub fn select(&self, names: &[String]) -> Result<BTreeSet<TerminalId>, Failure> {
        self.groups.select(names).map_err(|error| wrong(&self.path, &error))
    }

    /// What each of them is to have.
    pub fn wanted(&self, names: &[String]) -> Result<Wanted, Failure> {
        let ids = self.select(names)?;
        Ok(ids.into_iter().map(|id| (id.clone(), self.groups.settings(&id))).collect())
    }

    pub fn site_of(&self, id: &TerminalId) -> Option<String> {
        self.groups.site_of(id).map(str::to_owned)
    }
}

fn wrong(path: &Path, error: &NotGroups) -> Failure {
    let code = if matches!(error, NotGroups::Nobody(_)) { failure::USAGE } else { failure::DATA };
    Failure::new(code, format!("{}: {error}", path.display()), "")
}

/// Every settings file of a folder, by its name in it. Beside these may lie what is no TOML, what is hidden, and the
/// operator's own file.
fn files(folder: &Path) -> io::Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    for below in ["", "sites/", "terminals/"] {
        let entries = match fs::read_dir(folder.join(below)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && !below.is_empty() => continue,
            entries => entries?,
        };
        for entry in entries {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let is_settings = name.ends_with(".toml") && !name.starts_with('.') && path.is_file();
            if is_settings && !(below.is_empty() && name == FLEET_FILE) {
                found.insert(format!("{below}{name}"), fs::read_to_string(&path)?);
            }
        }
    }
    Ok(found)
}
