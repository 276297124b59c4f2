//! `qrtill fleet config edit`: what is sent to a terminal as a text, in the operator's own editor.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use serde_json::Value;

use super::How;
use super::case::BuildOn;
use super::case::Case;
use super::send;
use crate::cli::failure;
use crate::cli::failure::Failure;
use crate::cli::fleet::Operator;
use crate::cli::fleet::note;
use crate::cli::fleet::open::of_not_kept;
use crate::cli::fleet::say;
use crate::cli::fleet::shown;
use crate::core::reference::TerminalId;
use crate::fleet::change::leaves;
use crate::mqtt::key::Role;

/// Change the settings that are sent to a terminal in your editor, and wait for its answer
///
/// The text is in the form of `terminal.toml`: what has no # is sent, all else is shown as it is in force. What the
/// terminal would not take is told by path, nothing is signed, and the text is kept for --resume.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(value_name = "ID")]
    terminal: TerminalId,
    /// Go on with the text of an edit that could not be sent
    #[arg(long)]
    resume: bool,
    /// Forget all that was sent before
    #[arg(long, conflicts_with = "resume")]
    anew: bool,
    #[command(flatten)]
    how: How,
}

pub async fn run(args: &Args, json: bool, operator: &Operator) -> Result<ExitCode, Failure> {
    let on = if args.anew { BuildOn::Nothing } else { BuildOn::Sent };
    let (desk, case) = Case::open(operator, &args.terminal, on).await?;
    let file = operator.history.draft(&case.id);
    if !args.resume {
        operator.history.write(&file, text(&case).as_bytes()).map_err(|error| of_not_kept(&error))?;
    } else if !file.exists() {
        let what = format!("there is no text of an earlier edit of {}", case.id);
        return Err(Failure::new(failure::NO_INPUT, what, "leave --resume out"));
    }
    open_editor(&file).await?;
    let edited = fs::read_to_string(&file)
        .map_err(|error| Failure::of_io(&error, failure::IO, "the edited text cannot be read:", &file))?;
    let settings = read(&edited).map_err(|why| kept(&file, &case.id, &why))?;
    send::judge(&case, &settings).map_err(|failure| kept(&file, &case.id, &failure.to_string()))?;
    if !args.anew && settings == case.base.settings {
        // Nobody changed anything: there is nothing to keep.
        let _gone = fs::remove_file(&file);
        return say("nothing was changed, and nothing sent\n");
    }
    let id = case.id.clone();
    let sent = send::send(operator, (desk, case), settings, &args.how, json).await;
    match &sent {
        Ok(_) if !args.how.dry_run => drop(fs::remove_file(&file)),
        Ok(_) => {}
        Err(_) => note(&resume(&file, &id)),
    }
    sent
}

fn kept(file: &Path, id: &TerminalId, why: &str) -> Failure {
    Failure::new(failure::DATA, why, resume(file, id))
}

fn resume(file: &Path, id: &TerminalId) -> String {
    format!("your text is kept in {}; go on with: qrtill fleet config edit {id} --resume", shown(file))
}

/// `VISUAL` or `EDITOR`, with its own arguments, as other programs take it.
async fn open_editor(file: &Path) -> Result<(), Failure> {
    let named = ["VISUAL", "EDITOR"].into_iter().filter_map(std::env::var_os).find(|name| !name.is_empty());
    let editor = named.unwrap_or_else(|| OsString::from("vi"));
    let mut line = editor.clone();
    line.push(" \"$1\"");
    let mut command = tokio::process::Command::new("sh");
    command.arg("-c").arg(line).arg("sh").arg(file);
    let ended = command.status().await;
    let editor = editor.to_string_lossy();
    match ended {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => {
            let what = format!("the editor `{editor}` ended with {status}; nothing was signed");
            Err(Failure::new(failure::USAGE, what, "set EDITOR to one that works"))
        }
        Err(error) => {
            Err(Failure::new(failure::USAGE, format!("`{editor}` cannot be started: {error}"), "set EDITOR"))
        }
    }
}

/// What is not said by `#`.
fn read(text: &str) -> Result<BTreeMap<String, Value>, String> {
    let table: toml::Table = toml::from_str(text).map_err(|error| format!("this is not TOML: {error}"))?;
    let settings = serde_json::to_value(table).map_err(|error| error.to_string())?;
    Ok(leaves(&settings))
}

fn text(case: &Case) -> String {
    let version = match case.base.version {
        0 => "nothing was ever sent to it".to_owned(),
        version => format!("version {version} was sent last"),
    };
    let head = format!(
        "# What is sent to {}; {version}.\n\
         #\n\
         # A line without # is sent. A line that begins with # and a key, without a space between, shows what is in\n\
         # force there and who says so: take its # away to send another value. Delete a line, and the terminal's own\n\
         # file says it again.\n",
        case.id
    );
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut paths = case.schema.paths();
    paths.extend(case.base.settings.keys().cloned());
    paths.sort();
    paths.dedup();
    for path in paths {
        let (table, key) = path.rsplit_once('.').unwrap_or(("", &path));
        tables.entry(table.to_owned()).or_default().push(line(case, &path, key));
    }
    let mut text = head;
    for (table, lines) in tables {
        text += &if table.is_empty() { String::new() } else { format!("\n[{table}]\n") };
        text += &lines.concat();
    }
    text
}

/// What it is for, and its line.
fn line(case: &Case, path: &str, key: &str) -> String {
    let about = case.schema.about(path).map(|about| format!("{about}: ")).unwrap_or_default();
    let takes = case.schema.takes(path);
    let money = if case.schema.role(path) == Role::Money { "; the money role signs it" } else { "" };
    let about = format!("\n# {about}{takes}{money}\n");
    if let Some(value) = case.base.settings.get(path) {
        return format!("{about}{key} = {}\n", as_toml(value));
    }
    match case.reported.settings.get(path) {
        Some(effective) if !effective.value.is_null() => {
            format!("{about}#{key} = {}  # {}\n", as_toml(&effective.value), effective.from)
        }
        Some(_) | None => format!("{about}# {key} has no value now\n"),
    }
}

/// One line, whatever is in it.
fn as_toml(value: &Value) -> String {
    toml::Value::try_from(value).map_or_else(|_| value.to_string(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_text_is_read_as_what_has_no_mark() {
        let text =
            "#lang = \"de\"\nshop = \"A\"\n[sale]\nttl_s = 60\n#x = 1\n[link]\nhosts = [\"a\", \"b\"]\n";
        let read = read(text).expect("TOML");
        assert_eq!(
            read.into_iter().collect::<Vec<_>>(),
            [
                ("link.hosts".to_owned(), json!(["a", "b"])),
                ("sale.ttl_s".to_owned(), json!(60)),
                ("shop".to_owned(), json!("A"))
            ]
        );
        assert!(super::read("shop = ").is_err_and(|why| why.contains("not TOML")));
    }

    #[test]
    fn values_stand_on_one_line() {
        for (value, text) in [
            (json!("a\n\"b\""), "'''"),
            (json!(["a", "b"]), "[\"a\", \"b\"]"),
            (json!(60), "60"),
            (json!(true), "true"),
        ] {
            let line = as_toml(&value);
            assert!(line == text || value.is_string(), "{line}");
            let again: toml::Table = toml::from_str(&format!("x = {line}")).expect("TOML");
            assert_eq!(serde_json::to_value(&again["x"]).expect("JSON"), value);
        }
    }
}
