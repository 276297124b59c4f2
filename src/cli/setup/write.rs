//! Room for a configuration, and the terminal's file of it.

use std::fs;

use super::Counter;
use super::ask::tell;
use super::builds::Table;
use crate::cli::edit;
use crate::cli::failure;
use crate::cli::failure::Failure;
use crate::cli::folder::Folder;
use crate::host;

const TERMINAL: &str = include_str!("../../../config/terminal.toml");

/// Refuses a folder with a configuration in it, or moves that aside.
pub fn make_room(folder: &Folder, replace: bool) -> Result<(), Failure> {
    let there = ["terminal.toml", "relay.toml"].map(|name| folder.path(name));
    if let Some(there) = there.iter().find(|path| path.exists()) {
        if !replace {
            let what = format!("{} is there already", there.display());
            return Err(Failure::new(failure::CANNOT_CREATE, what, "--replace moves it aside"));
        }
        let whole = folder.path("");
        let name = whole.file_name().unwrap_or_default().to_string_lossy();
        let aside = whole.with_file_name(format!("{name}.before-{}", host::random_name()));
        fs::rename(&whole, &aside).map_err(|error| folder.failed(&error, &whole))?;
        tell(&format!("moved aside: {}", aside.display()));
    }
    for (name, mode) in [("", 0o755), ("terminal", 0o700), ("relay", 0o700)] {
        folder.make(name, mode)?;
    }
    Ok(())
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
