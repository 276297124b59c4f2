//! Mosquitto on this machine alone: the shipped rules, and an account for each program.

use std::fs;
use std::fs::OpenOptions;
use std::io;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::fs::chown;
use std::path::Path;
use std::path::PathBuf;

use super::ask::tell;
use crate::cli::account;
use crate::cli::accounts;
use crate::cli::accounts::new_password;
use crate::cli::failure;
use crate::cli::failure::Failure;
use crate::core::secret::Secret;
use crate::host;

const CONF: &str = include_str!("../../../config/mosquitto/mosquitto.conf");
const ACL: &str = include_str!("../../../config/mosquitto/acl");
const FOLDER: &str = "etc/mosquitto";
/// The broker's own user.
const USER: &str = "mosquitto";

/// The programs' passwords.
pub struct Accounts {
    user: String,
    pub terminal: Secret,
    pub relay: Secret,
}

impl Accounts {
    #[must_use]
    pub fn new(terminal: &str) -> Self {
        Self { user: terminal.to_owned(), terminal: new_password(), relay: new_password() }
    }
}

/// Writes the broker's files below `root`; what is there is moved aside.
pub fn write(root: &Path, accounts: &Accounts) -> Result<(), Failure> {
    let folder = root.join(FOLDER);
    let own = folder.join("qrtill");
    for folder in [&folder.join("conf.d"), &own] {
        fs::create_dir_all(folder).map_err(|error| failed(&error, folder))?;
    }
    put(&folder.join("conf.d/qrtill.conf"), CONF, 0o644)?;
    put(&own.join("acl"), ACL, 0o600)?;
    let (user, terminal, relay) = (&accounts.user, accounts.terminal.reveal(), accounts.relay.reveal());
    let passwords = own.join("passwords");
    put(&passwords, &format!("{user}:{terminal}\nrelay-main:{relay}\n"), 0o600)?;
    accounts::hash(&passwords)?;
    let owner = account::users(root).get(USER).copied().filter(|_| account::is_root());
    for path in [own.clone(), own.join("acl"), passwords].iter().filter(|_| owner.is_some()) {
        let (uid, gid) = (owner.map(|owner| owner.uid), owner.map(|owner| owner.gid));
        chown(path, uid, gid).map_err(|error| failed(&error, path))?;
    }
    Ok(())
}

fn put(path: &Path, text: &str, mode: u32) -> Result<(), Failure> {
    if path.exists() {
        let aside = PathBuf::from(format!("{}.before-{}", path.display(), host::random_name()));
        fs::rename(path, &aside).map_err(|error| failed(&error, path))?;
        tell(&format!("moved aside: {}", aside.display()));
    }
    let made = OpenOptions::new().write(true).create_new(true).mode(mode).open(path);
    made.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| failed(&error, path))
}

fn failed(error: &io::Error, path: &Path) -> Failure {
    Failure::of_io(error, failure::CANNOT_CREATE, "cannot write", path)
}
