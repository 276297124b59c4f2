//! Accounts at a Mosquitto, as `mosquitto_passwd` keeps them.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::failure;
use super::failure::Failure;
use crate::core::secret::Secret;
use crate::host;

const INSTALL: &str = "run: sudo apt install mosquitto";

/// A password nobody has to remember.
#[must_use]
pub fn new_password() -> Secret {
    Secret::new(host::random_name())
}

/// Whether there is what hashes passwords.
pub fn look() -> Result<(), Failure> {
    let found = Command::new("mosquitto_passwd").arg("--help").output();
    found.map(drop).map_err(|_| Failure::new(failure::UNAVAILABLE, "mosquitto is not installed", INSTALL))
}

/// Hashes the passwords of a file with lines `user:password`, in place: an argument can be read by every user of the
/// machine. Where that does not work the file is gone.
pub fn hash(file: &Path) -> Result<(), Failure> {
    let hashed = Command::new("mosquitto_passwd").arg("-U").arg(file).output();
    if hashed.is_ok_and(|output| output.status.success()) {
        return Ok(());
    }
    let _left = fs::remove_file(file);
    let what = format!("mosquitto_passwd cannot hash {}", file.display());
    Err(Failure::new(failure::UNAVAILABLE, what, INSTALL))
}
