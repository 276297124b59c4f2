//! What the relay's configuration says of a terminal: printed, put into the file, and where to take it out of.

use std::fs;
use std::io;
use std::path::Path;

use crate::cli::failure;
use crate::cli::failure::Failure;
use crate::core::reference::TerminalId;
use crate::host::file;

/// As it stands in the file.
pub fn entry(id: &TerminalId, key: &str) -> String {
    format!("[[terminal]]\nid = \"{id}\"\nkeys = [\"{key}\"]\n")
}

/// Refuses a file that cannot be added to, before anything is signed.
pub fn judge(path: &Path, id: &TerminalId) -> Result<(), Failure> {
    let (text, _) = read(path)?;
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        Failure::new(failure::CONFIG, format!("{}: {}", path.display(), error.message()), "")
    })?;
    let terminals = table.get("terminal").and_then(toml::Value::as_array);
    let named = |one: &toml::Value| one.get("id").and_then(toml::Value::as_str) == Some(id.as_str());
    if terminals.is_some_and(|all| all.iter().any(named)) {
        let what = format!("{} has a terminal {id} already", path.display());
        return Err(Failure::new(failure::DATA, what, "take that out, or leave --relay-file away"));
    }
    Ok(())
}

/// Adds the terminal at the end. The file keeps its owner and its mode.
pub fn append(path: &Path, id: &TerminalId, key: &str) -> Result<(), Failure> {
    let (text, permissions) = read(path)?;
    let text = format!("{}\n\n{}", text.trim_end(), entry(id, key));
    let failed = |error: io::Error| Failure::of_io(&error, failure::CANNOT_CREATE, "cannot write", path);
    file::replace(path, text.as_bytes()).map_err(failed)?;
    fs::set_permissions(path, permissions).map_err(failed)
}

fn read(path: &Path) -> Result<(String, fs::Permissions), Failure> {
    let failed = |error: io::Error| Failure::of_io(&error, failure::NO_INPUT, "cannot read", path);
    let text = fs::read_to_string(path).map_err(failed)?;
    Ok((text, fs::metadata(path).map_err(failed)?.permissions()))
}
