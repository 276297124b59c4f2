//! `qrtill key`: makes and shows the key pairs that terminals, relays and people sign with, and the signed set of the
//! people's. All of it stands under `key`: `qrtill keys` is the trial of a keypad.

mod set;

use std::io;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;

use super::failure;
use super::failure::Failure;
use crate::config::private;
use crate::host;
use crate::mqtt::key::SecretKey;

const EXAMPLES: &str = "\
Examples:
  qrtill key new /etc/qrtill/relay.key       then put the printed key into relay.keys of every terminal.toml
  qrtill key show /etc/qrtill/terminal.key   then put it into keys of the terminal's part of relay.toml
  qrtill key set new keys.signed --root-key root.key   begin the set of keys that may sign settings";

/// Make or show a key pair, and the set of keys that may sign settings
///
/// Terminals and relays sign what they say. Each has one private key, and knows the other's public one. People who set
/// up terminals from far away have keys too: a set of them, signed by a root key, says who may sign what. (`qrtill
/// keys` is something else: it tries a keypad.)
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Make a private key in a new file that only its owner can read, and print the public key
    New {
        file: PathBuf,
    },
    /// Print the public key of a private key's file, and its fingerprint
    Show {
        file: PathBuf,
    },
    Set(set::Args),
}

/// Runs the command.
pub fn run(args: Args) -> Result<ExitCode, Failure> {
    let key = match args.command {
        Command::New { file } => make(&file)?,
        Command::Show { file } => read(&file)?,
        Command::Set(args) => return set::run(args),
    };
    let public = key.public();
    // The file is made; whoever does not read this can have it shown again.
    let _gone = writeln!(io::stdout(), "{public}\nfingerprint {}", public.fingerprint());
    Ok(ExitCode::SUCCESS)
}

fn make(file: &Path) -> Result<SecretKey, Failure> {
    let key = SecretKey::from_random(host::random());
    private::create(file, &key.to_text()).map_err(|error| {
        if error.kind() == io::ErrorKind::AlreadyExists {
            let what = format!("{} is there already, and its key may be trusted somewhere", file.display());
            return Failure::new(failure::CANNOT_CREATE, what, "name another file, or move that one away");
        }
        Failure::of_io(&error, failure::CANNOT_CREATE, "cannot write", file)
    })?;
    Ok(key)
}

fn read(file: &Path) -> Result<SecretKey, Failure> {
    let text = private::read(file).map_err(|error| Failure::of_private(&error))?;
    SecretKey::parse(text.reveal()).map_err(|error| {
        let hint = "name a file that `qrtill key new` made";
        Failure::new(failure::DATA, format!("{}: {error}", file.display()), hint)
    })
}
