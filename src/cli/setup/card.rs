//! A terminal of a fleet: the folder `terminal` that its operator made, the same for all, with what this counter is made
//! of. Its name, and whom it believes, come with pairing.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use super::ask;
use super::ask::tell;
use super::ask_pin;
use super::builds;
use super::builds::Table;
use crate::cli::check;
use crate::cli::failure;
use crate::cli::failure::Failure;
use crate::cli::folder::Folder;
use crate::core::secret::Secret;

const FILE: &str = "terminal.toml";
const AUTHORITY: &str = "ca.pem";
const PASSWORD: &str = "terminal/pairing.password";
const PIN: &str = "terminal/terminal.pin";

/// What the operator gave.
pub struct Card {
    file: String,
    authority: String,
    password: Secret,
}

impl Card {
    /// # Errors
    /// Where something of it is not there.
    pub fn read(given: &Path) -> Result<Self, Failure> {
        let read = |name: &str| {
            let path = given.join(name);
            fs::read_to_string(&path).map_err(|error| {
                let what = format!("cannot read {}: {error}", path.display());
                let hint = "name the folder `terminal` that `qrtill fleet new` made at the operator's";
                Failure::new(failure::NO_INPUT, what, hint)
            })
        };
        Ok(Self { file: read(FILE)?, authority: read(AUTHORITY)?, password: Secret::new(read(PASSWORD)?) })
    }

    pub fn set_up(&self, folder: &Folder) -> Result<ExitCode, Failure> {
        let panel = ask::choose("screen", builds::PANELS)?;
        let keypad = ask::choose("keypad", builds::KEYPADS)?;
        let pin = ask_pin()?;
        let mut text = format!("{}{}{}", self.file, table("panel", panel), table("keypad", keypad));
        if let Some(pin) = &pin {
            folder.secret(PIN, pin)?;
            text += &format!("\n[key]\npin_file = \"{PIN}\"\n");
        }
        folder.secret(PASSWORD, &self.password)?;
        folder.text(AUTHORITY, &self.authority)?;
        folder.text(FILE, &text)?;
        let verdict = check::judge(&folder.path(FILE))?;
        if verdict == ExitCode::SUCCESS {
            tell(
                "Next: sudo systemctl enable --now qrtill-terminal, and tell the operator the code on its screen",
            );
        }
        Ok(verdict)
    }
}

fn table(name: &str, values: Table) -> String {
    let lines: Vec<_> = values.iter().map(|(key, value)| format!("{key} = {value}\n")).collect();
    format!("\n[{name}]\n{}", lines.concat())
}
