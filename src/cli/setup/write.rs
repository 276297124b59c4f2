//! The folder of the configuration, and the files of it. Secrets are their owner's alone; the rest can be read.

use std::fs;
use std::fs::OpenOptions;
use std::io;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::path::PathBuf;

use super::Counter;
use super::ask::tell;
use super::builds::Table;
use super::edit;
use crate::cli::failure;
use crate::cli::failure::Failure;
use crate::config::private;
use crate::core::secret::Secret;
use crate::host;
use crate::mqtt::key::SecretKey;

const TERMINAL: &str = include_str!("../../../config/terminal.toml");

/// Where the configuration is written.
pub struct Folder {
    folder: PathBuf,
}

impl Folder {
    #[must_use]
    pub fn new(root: &Path, folder: &Path) -> Self {
        Self { folder: root.join(folder.strip_prefix("/").unwrap_or(folder)) }
    }

    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Refuses a folder with a configuration in it, or moves that aside.
    pub fn make_room(&self, replace: bool) -> Result<(), Failure> {
        let there = ["terminal.toml", "relay.toml"].map(|name| self.path(name));
        if let Some(there) = there.iter().find(|path| path.exists()) {
            if !replace {
                let what = format!("{} is there already", there.display());
                return Err(Failure::new(failure::CANNOT_CREATE, what, "--replace moves it aside"));
            }
            let name = self.folder.file_name().unwrap_or_default().to_string_lossy();
            let aside = self.folder.with_file_name(format!("{name}.before-{}", host::random_name()));
            fs::rename(&self.folder, &aside).map_err(|error| self.failed(&error, &self.folder))?;
            tell(&format!("moved aside: {}", aside.display()));
        }
        for (name, mode) in [("", 0o755), ("terminal", 0o700), ("relay", 0o700)] {
            let path = self.path(name);
            fs::create_dir_all(&path).map_err(|error| self.failed(&error, &path))?;
            let permissions = std::os::unix::fs::PermissionsExt::from_mode(mode);
            fs::set_permissions(&path, permissions).map_err(|error| self.failed(&error, &path))?;
        }
        Ok(())
    }

    /// A file that everybody may read.
    pub fn text(&self, name: &str, text: &str) -> Result<(), Failure> {
        let path = self.path(name);
        let made = OpenOptions::new().write(true).create_new(true).mode(0o644).open(&path);
        made.and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
            .map_err(|error| self.failed(&error, &path))
    }

    /// A file that its owner alone may read.
    pub fn secret(&self, name: &str, secret: &Secret) -> Result<(), Failure> {
        let path = self.path(name);
        private::create(&path, secret).map_err(|error| self.failed(&error, &path))
    }

    fn failed(&self, error: &io::Error, path: &Path) -> Failure {
        if error.kind() == io::ErrorKind::PermissionDenied {
            let what = format!("{} may not be written by this user", path.display());
            return Failure::new(failure::NO_PERMISSION, what, "run it with sudo");
        }
        Failure::of_io(error, failure::CANNOT_CREATE, "cannot write", path)
    }
}

/// Makes a private key in that file; gives back the public one.
pub fn new_key(folder: &Folder, name: &str) -> Result<String, Failure> {
    let key = SecretKey::from_random(host::random());
    folder.secret(name, &key.to_text())?;
    Ok(key.public().to_string())
}

/// The shipped configuration of a terminal with these answers; its PIN is written beside it.
pub fn terminal(counter: &Counter, folder: &Folder) -> Result<String, Failure> {
    let mut text = [
        ("", "id", edit::quoted(counter.id.as_str())),
        ("", "shop", edit::quoted(&counter.shop)),
        ("", "lang", edit::quoted(counter.lang.code())),
        ("sale", "currency", edit::quoted(counter.currency.code())),
        ("broker", "password_file", edit::quoted("terminal/terminal.password")),
        ("key", "file", edit::quoted("terminal/terminal.key")),
    ]
    .iter()
    .fold(TERMINAL.to_owned(), |text, (table, key, value)| edit::set(&text, table, key, value));
    text = confirm_above(counter, &text);
    text = put_table(text, "panel", counter.panel);
    text = put_table(text, "keypad", counter.keypad);
    if let Some(pin) = &counter.pin {
        folder.secret("terminal/terminal.pin", pin)?;
        text = edit::set(&text, "key", "pin_file", &edit::quoted("terminal/terminal.pin"));
    }
    Ok(text)
}

/// The shipped amount has two decimals, which not every currency has.
fn confirm_above(counter: &Counter, text: &str) -> String {
    let digits = counter.currency.exponent() as usize;
    let amount = if digits == 0 { "50000".to_owned() } else { format!("500.{:0<digits$}", "") };
    edit::set(text, "sale", "confirm_above", &edit::quoted(&amount))
}

fn put_table(text: String, table: &str, values: Table) -> String {
    values.iter().fold(text, |text, (key, value)| edit::set(&text, table, key, value))
}
