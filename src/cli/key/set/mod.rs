//! `qrtill key set`: the signed set of the keys of people, in a file that is carried from the machine with the root's
//! key, which has no network, to one that publishes it.

mod print;
#[cfg(feature = "fleet")]
mod publish;

use std::fs;
use std::fs::OpenOptions;
use std::io;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;

use super::read as read_private;
use crate::cli::failure;
use crate::cli::failure::Failure;
use crate::core::payment::Mode;
use crate::host;
use crate::host::file;
use crate::mqtt::document;
use crate::mqtt::document::Carried;
use crate::mqtt::document::Holder;
use crate::mqtt::document::KeySet;
use crate::mqtt::document::Kind;
use crate::mqtt::document::MAX_BYTES;
use crate::mqtt::document::NotChanged;
use crate::mqtt::document::Refusal;
use crate::mqtt::key::PublicKey;
use crate::mqtt::key::Role;
use crate::mqtt::key::SecretKey;
use crate::mqtt::key::TrustSet;
use crate::mqtt::topics::Topics;

const EXAMPLES: &str = "\
Examples:
  qrtill key new root.key                                              once, on a machine without a network
  qrtill key set new keys.signed --mode live --root-key root.key
  qrtill key set add keys.signed operations anna qrtill-ed25519:… --root-key root.key
  qrtill key set add keys.signed money ben ben.key --root-key root.key
  qrtill key set show keys.signed --root-key qrtill-ed25519:…
  qrtill key set publish keys.signed                                   where fleet.toml is, with a network
  qrtill key set drop keys.signed anna --root-key root.key             her key is replaced, or she has left
  qrtill key set revoke keys.signed ben --root-key root.key            his key was lost

To replace a key, add the new one, publish, let its holder change over, and drop the old one by its id.";

/// Say whose keys may sign settings: make, change and show the signed set
///
/// The set has keys of two roles: operations, for what moves no money, and money, for the rest. It is signed with a
/// root key, which every terminal names in its file. Each change is a new version; terminals never go back to an
/// older one.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Begin a set with nobody in it, in a new file
    New {
        file: PathBuf,
        #[command(flatten)]
        root: RootKey,
        /// Whether the terminals sell for real money; a set is good for those of one mode
        #[arg(long, value_name = "test|live", default_value = "test", value_parser = mode)]
        mode: Mode,
        /// What all topics begin with, as in every program's [broker]
        #[arg(long, value_name = "TOPIC", default_value = Topics::DEFAULT_ROOT)]
        topic_root: String,
    },
    /// Let one more key sign; those that are there stay
    Add {
        file: PathBuf,
        #[arg(value_name = "operations|money", value_parser = role)]
        role: Role,
        /// Whose key it is
        name: String,
        /// The public key, or a file with it
        key: String,
        #[command(flatten)]
        root: RootKey,
    },
    /// Take a key out of the set, by its holder's name or its id
    Drop {
        file: PathBuf,
        who: String,
        #[command(flatten)]
        root: RootKey,
    },
    /// Have a key believed nowhere any more, whatever else says so: by name or id, or a relay's by itself
    Revoke {
        file: PathBuf,
        who: String,
        #[command(flatten)]
        root: RootKey,
    },
    /// Show who is in a set, and whether the root signed it
    Show {
        file: PathBuf,
        /// A public key of the root, or a file with it; several while the root's key is replaced
        #[arg(long, value_name = "KEY")]
        root_key: Vec<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Have the broker keep a set for all terminals, in place of an older one
    #[cfg(feature = "fleet")]
    Publish(publish::Args),
}

#[derive(Debug, clap::Args)]
struct RootKey {
    /// The file with the root's private key
    #[arg(long, value_name = "FILE")]
    root_key: PathBuf,
}

fn mode(text: &str) -> Result<Mode, String> {
    match text {
        "test" => Ok(Mode::Test),
        "live" => Ok(Mode::Live),
        _ => Err("it is test or live".to_owned()),
    }
}

fn role(text: &str) -> Result<Role, String> {
    match text {
        "operations" => Ok(Role::Operations),
        "money" => Ok(Role::Money),
        _ => Err("it is operations or money".to_owned()),
    }
}

/// Runs the command.
pub fn run(args: Args) -> Result<ExitCode, Failure> {
    match args.command {
        Command::New { file, root, mode, topic_root } => begin(&file, &root, mode, &topic_root),
        Command::Add { file, role, name, key, root } => {
            let wrong = |error: &dyn std::fmt::Display| Failure::new(failure::USAGE, error.to_string(), "");
            let holder = Holder::new(&name, public_key(&key)?).map_err(|error| wrong(&error))?;
            change(&file, &root, |set| set.add(role, &holder))
        }
        Command::Drop { file, who, root } => change(&file, &root, |set| set.retire(&who).map(drop)),
        Command::Revoke { file, who, root } => {
            let key = public_key(&who).ok().map(|key| key.to_string());
            change(&file, &root, |set| set.revoke(key.as_deref().unwrap_or(&who)).map(drop))
        }
        Command::Show { file, root_key, json } => show(&file, &root_key, json),
        #[cfg(feature = "fleet")]
        Command::Publish(args) => publish::run(&args),
    }
}

fn begin(file: &Path, root: &RootKey, mode: Mode, topic_root: &str) -> Result<ExitCode, Failure> {
    let key = read_private(&root.root_key)?;
    let topics =
        Topics::new(topic_root).map_err(|error| Failure::new(failure::USAGE, error.to_string(), ""))?;
    let content = KeySet { version: 1, ..KeySet::default() };
    let carried = Carried { aud: topics.keys_audience(), mode, id: String::new(), content, signers: vec![] };
    let sealed = seal(&carried, &key)?;
    let created = OpenOptions::new().write(true).create_new(true).open(file);
    created.and_then(|mut made| made.write_all(&sealed).and_then(|()| made.sync_all())).map_err(|error| {
        if error.kind() == io::ErrorKind::AlreadyExists {
            let what = format!("{} is there already", file.display());
            return Failure::new(failure::CANNOT_CREATE, what, "change it with `qrtill key set add`");
        }
        Failure::of_io(&error, failure::CANNOT_CREATE, "cannot write", file)
    })?;
    say(&print::text(&carried, &print::Signature::Good))
}

/// Changes the set in `file`, which must be signed by this very root key, and signs it anew.
fn change(
    file: &Path,
    root: &RootKey,
    change: impl FnOnce(&mut KeySet) -> Result<(), NotChanged>,
) -> Result<ExitCode, Failure> {
    let key = read_private(&root.root_key)?;
    let trust = trust([key.public()])?;
    let (_, mut carried) =
        document::inspect::<KeySet>(Kind::Keys, &read(file)?, &trust).map_err(|refusal| {
            let hint = "name the root's key that signed it, or begin a new set with `qrtill key set new`";
            Failure::new(failure::DATA, format!("{} cannot be changed: {refusal}", file.display()), hint)
        })?;
    change(&mut carried.content).map_err(|error| Failure::new(failure::DATA, error.to_string(), ""))?;
    let sealed = seal(&carried, &key)?;
    file::replace(file, &sealed)
        .map_err(|error| Failure::of_io(&error, failure::CANNOT_CREATE, "cannot write", file))?;
    say(&print::text(&carried, &print::Signature::Good))
}

fn seal(carried: &Carried<KeySet>, key: &SecretKey) -> Result<Vec<u8>, Failure> {
    let payload = document::payload(&carried.aud, carried.mode, &host::random_name(), &carried.content);
    let sealed = document::seal(Kind::Keys, &payload, key);
    if sealed.len() > MAX_BYTES {
        let what =
            format!("the set would have {} bytes, and no document has more than {MAX_BYTES}", sealed.len());
        return Err(Failure::new(failure::DATA, what, "drop keys that nobody uses"));
    }
    Ok(format!("{sealed}\n").into_bytes())
}

fn show(file: &Path, roots: &[String], json: bool) -> Result<ExitCode, Failure> {
    let bytes = read(file)?;
    let keys = roots.iter().map(|text| public_key(text)).collect::<Result<Vec<_>, _>>()?;
    let signature = if keys.is_empty() {
        print::Signature::Unchecked
    } else {
        match document::inspect::<KeySet>(Kind::Keys, &bytes, &trust(keys)?) {
            Ok(_) => print::Signature::Good,
            Err(refusal) => print::Signature::Bad(refusal),
        }
    };
    let carried = document::peek::<KeySet>(&bytes).map_err(|refusal| unreadable(file, refusal))?;
    say(&if json { print::json(&carried, &signature) } else { print::text(&carried, &signature) })?;
    let good = !matches!(signature, print::Signature::Bad(_));
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::from(failure::DATA) })
}

fn unreadable(file: &Path, refusal: Refusal) -> Failure {
    let hint = "name a file that `qrtill key set new` made";
    Failure::new(failure::DATA, format!("{} is no set of keys: {refusal}", file.display()), hint)
}

/// The signed text, without the line end that makes it a text file.
fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    match fs::read(file) {
        Ok(bytes) => Ok(bytes.trim_ascii_end().to_vec()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let what = format!("{} does not exist", file.display());
            Err(Failure::new(failure::NO_INPUT, what, "begin a set with `qrtill key set new`"))
        }
        Err(error) => Err(Failure::of_io(&error, failure::DATA, "cannot read", file)),
    }
}

fn trust(keys: impl IntoIterator<Item = PublicKey>) -> Result<TrustSet, Failure> {
    let mut trust = TrustSet::new();
    for key in keys {
        trust.trust(key, Role::Root).map_err(|error| Failure::new(failure::USAGE, error.to_string(), ""))?;
    }
    Ok(trust)
}

/// A public key as text, or the first line of a file: one that `qrtill key show` printed into, or a private key's,
/// of which the public half is meant.
fn public_key(text: &str) -> Result<PublicKey, Failure> {
    let file = Path::new(text);
    if text.starts_with("qrtill-ed25519:") || !file.exists() {
        return text.parse().map_err(|error| {
            let what = format!("`{text}` is no file, and {error}");
            Failure::new(failure::USAGE, what, "give what `qrtill key show` prints, or a file with it")
        });
    }
    let said = fs::read_to_string(file)
        .map_err(|error| Failure::of_io(&error, failure::DATA, "cannot read", file))?;
    match said.lines().next().unwrap_or_default().trim_end().parse() {
        Ok(key) => Ok(key),
        Err(_) => read_private(file).map(|key| key.public()),
    }
}

fn say(text: &str) -> Result<ExitCode, Failure> {
    // What was to be done is done; whoever does not read this can have it shown again.
    let _gone = io::stdout().write_all(text.as_bytes());
    Ok(ExitCode::SUCCESS)
}
