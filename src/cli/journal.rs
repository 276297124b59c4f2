//! Where the journals are found, for the commands that look into one beside the program that writes it.

use std::path::Path;
use std::path::PathBuf;

use super::failure;
use super::failure::Failure;
use crate::config;
#[cfg(feature = "relay")]
use crate::relay;
use crate::terminal;

/// The journal of a terminal: in the named folder, else in the configured one, else in the sandbox's.
pub fn of_terminal(data: Option<&Path>, config: Option<&Path>) -> Result<PathBuf, Failure> {
    let folders = match data {
        Some(data) => vec![data.to_owned()],
        None => terminal_folders(config)?,
    };
    let tried = folders.iter().flat_map(|data| [data.clone(), data.join("terminal")]);
    let journal = tried.map(|data| terminal::journal_path(&data)).find(|path| path.exists());
    journal.ok_or_else(|| {
        let names: Vec<String> = folders.iter().map(|data| data.display().to_string()).collect();
        let what = format!("there is no journal of a terminal in {}", names.join(" or "));
        Failure::new(failure::NO_INPUT, what, "name the terminal's data folder with --data DIR")
    })
}

/// The folders of the sandbox's other counters, where this is the journal of its first.
pub fn beside(journal: &Path) -> Vec<PathBuf> {
    let Some(folder) = journal.parent().filter(|folder| folder.ends_with("terminal")) else {
        return Vec::new();
    };
    let others = (2_u32..).map(|n| folder.with_file_name(format!("terminal-{n}")));
    others.take_while(|data| terminal::journal_path(data).exists()).collect()
}

fn terminal_folders(named: Option<&Path>) -> Result<Vec<PathBuf>, Failure> {
    let file = named.unwrap_or(Path::new(config::TERMINAL_FILE));
    if named.is_some() || file.exists() {
        let text = config::text(file).map_err(|faults| Failure::of_faults(&faults))?;
        return Ok(vec![config::terminal_data(file, &text, &config::variables())]);
    }
    Ok([PathBuf::from(config::terminal::DATA)].into_iter().chain(config::sandbox_data()).collect())
}

/// The journal of the relay with this configuration, or of the one in the named folder. There need not be one:
/// a relay may be on another machine.
#[cfg(feature = "relay")]
pub fn of_relay(data: Option<&Path>, config: &Path) -> Result<PathBuf, Failure> {
    let Some(data) = data else {
        let text = config::text(config).map_err(|faults| Failure::of_faults(&faults))?;
        return Ok(relay::journal_path(&config::relay_data(config, &text, &config::variables())));
    };
    let inside = relay::journal_path(&data.join("relay"));
    Ok(if inside.exists() { inside } else { relay::journal_path(data) })
}
