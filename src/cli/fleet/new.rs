//! `qrtill fleet new`: the folder of a fleet that does not exist yet, with what its broker, its relay and its terminals
//! need, in a folder for each.

mod files;

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;

use super::say;
use crate::cli::accounts;
use crate::cli::failure;
use crate::cli::failure::Failure;
use crate::cli::folder::Folder;
use crate::core::money::Currency;
use crate::core::payment::Mode;
use crate::core::secret::Secret;
use crate::fleet::authority;
use crate::fleet::authority::Authority;
use crate::fleet::authority::Bad;
use crate::fleet::authority::Pair;
use crate::fleet::authority::Use;
use crate::host;
use crate::mqtt::document;
use crate::mqtt::document::Holder;
use crate::mqtt::document::KeySet;
use crate::mqtt::document::Kind;
use crate::mqtt::key::PublicKey;
use crate::mqtt::key::Role;
use crate::mqtt::topics::RelayId;
use crate::mqtt::topics::Topics;

/// Where the broker's machine has its files unless told otherwise.
const BROKER: &str = "/etc/mosquitto/qrtill";
/// The longest that programs everywhere take a server's certificate for.
const SERVER_DAYS: u16 = 825;

/// Make the folder of a new fleet: keys, authority, and the files of broker, relay and terminals
///
/// Makes the root's key, one for operations and one for money, the set that lets them sign, an authority of
/// certificates, and files for everybody else. Nothing is sent and nothing is started.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder, which must not be there
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The name or address of the broker; several where it has several, and the first is the one that files name
    #[arg(long, value_name = "HOST", required = true)]
    broker: Vec<String>,
    /// The name customers know
    #[arg(long, value_name = "NAME")]
    shop: String,
    /// What is sold in
    #[arg(long, value_name = "CODE", value_parser = currency)]
    currency: Currency,
    /// A host that payable links may lead to, such as buy.stripe.com; several where there are several
    #[arg(long, value_name = "HOST", required = true)]
    host: Vec<String>,
    /// What the relay is called
    #[arg(long, value_name = "ID", default_value = "main")]
    relay: RelayId,
    /// The terminals sell for real money
    #[arg(long)]
    live: bool,
    /// Where the broker's machine will have the files of the folder `broker`
    #[arg(long, value_name = "PATH", default_value = BROKER)]
    broker_folder: PathBuf,
}

fn currency(text: &str) -> Result<Currency, String> {
    Currency::from_code(text).ok_or_else(|| "it is a code of three letters, such as EUR".to_owned())
}

pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    accounts::look()?;
    let folder = make_room(&args.folder)?;
    let root = make_keys(&folder, args.mode())?;
    let relay = folder.key("relay/relay/relay.key")?.public();
    let authority = make_authority(&folder, &args.shop)?;
    certify(&folder, &authority, args)?;
    write_accounts(&folder)?;
    files::write(&folder, args, &root, &relay)?;
    say(&told(&args.folder))
}

impl Args {
    fn mode(&self) -> Mode {
        if self.live { Mode::Live } else { Mode::Test }
    }
}

fn make_room(path: &Path) -> Result<Folder, Failure> {
    if fs::read_dir(path).is_ok_and(|mut inside| inside.next().is_some()) {
        let what = format!("{} is there already, and a new fleet overwrites nothing", path.display());
        return Err(Failure::new(failure::CANNOT_CREATE, what, "name a new folder"));
    }
    let folder = Folder::new(path.to_owned());
    for name in ["", "broker", "relay", "relay/relay", "terminal", "terminal/terminal"] {
        folder.make(name, 0o700)?;
    }
    Ok(folder)
}

/// The keys of people, and the first set of them. Gives back the root's public half.
fn make_keys(folder: &Folder, mode: Mode) -> Result<PublicKey, Failure> {
    let root = folder.key("root.key")?;
    let mut set = KeySet::default();
    for (role, file) in [(Role::Operations, "operations.key"), (Role::Money, "money.key")] {
        let holder = Holder { key: folder.key(file)?.public(), name: Some("owner".to_owned()) };
        let added = set.add(role, &holder);
        added.map_err(|error| Failure::new(failure::DATA, error.to_string(), ""))?;
    }
    set.version = 1;
    let topics = Topics::new(Topics::DEFAULT_ROOT);
    let aud = topics.map_err(|error| Failure::new(failure::USAGE, error.to_string(), ""))?.keys_audience();
    let payload = document::payload(&aud, mode, &host::random_name(), &set);
    folder.text("keys.signed", &format!("{}\n", document::seal(Kind::Keys, &payload, &root)))?;
    Ok(root.public())
}

fn make_authority(folder: &Folder, name: &str) -> Result<Authority, Failure> {
    let made = authority::create(name, host::unix_ms()).map_err(|error| of_bad(&error))?;
    folder.secret("ca.key", &made.key)?;
    let authority = Authority::parse(&made.certificate, &made.key).map_err(|error| of_bad(&error))?;
    let revoked = authority.revoke(None, &[], host::unix_ms()).map_err(|error| of_bad(&error))?;
    for name in ["ca.pem", "broker/ca.pem", "relay/ca.pem", "terminal/ca.pem"] {
        folder.text(name, &made.certificate)?;
    }
    for name in ["revoked.pem", "broker/revoked.pem"] {
        folder.text(name, &revoked)?;
    }
    Ok(authority)
}

/// What the broker is believed by, and what it knows the relay by.
fn certify(folder: &Folder, authority: &Authority, args: &Args) -> Result<(), Failure> {
    let equip = |who, what_for| {
        let made = authority.equip(who, what_for, SERVER_DAYS, host::random(), host::unix_ms());
        made.map_err(|error| of_bad(&error))
    };
    let write = |pair: &Pair, certificate: &str, key: &str| {
        folder.text(certificate, &pair.certificate)?;
        folder.secret(key, &pair.key)
    };
    let broker = equip(("broker", args.broker.clone()), Use::Server)?;
    write(&broker, "broker/broker.pem", "broker/broker.key")?;
    let name = args.relay.user_name();
    let relay = equip((&name, vec![name.clone()]), Use::Client)?;
    write(&relay, "relay/relay/relay.pem", "relay/relay/relay.pem.key")
}

/// Whoever comes to the broker by password.
fn write_accounts(folder: &Folder) -> Result<(), Failure> {
    let mut lines = String::new();
    for (user, file) in [
        ("operator", "operator.password"),
        ("shop", "shop.password"),
        ("pairing", "terminal/terminal/pairing.password"),
    ] {
        let password = accounts::new_password();
        folder.secret(file, &password)?;
        lines += &format!("{user}:{}\n", password.reveal());
    }
    folder.secret("broker/passwords", &Secret::new(lines))?;
    accounts::hash(&folder.path("broker/passwords"))
}

fn of_bad(error: &Bad) -> Failure {
    Failure::new(failure::USAGE, error.to_string(), "give the broker's names as --broker, each by itself")
}

fn told(folder: &Path) -> String {
    let folder = folder.display();
    format!(
        "\
{folder}/
  fleet.toml, operator.password     what `qrtill fleet` reads: run it in this folder
  operations.key, money.key         yours: what you sign settings and commands with
  keys.signed                       the set that lets these two sign
  root.key                          signs such sets: carry it away now, to where no network is
  ca.key                            signs certificates: whoever has it can be anybody to the broker; keep it like root.key
  broker/                           to /etc/mosquitto/qrtill of the broker's machine, its qrtill.conf to conf.d
  relay/                            to /etc/qrtill of the relay's machine; its [provider] is yours to fill in
  terminal/                         for every new terminal: sudo qrtill setup --fleet terminal
  shop.password                     for systems of the shop that hear of sales
Next: start the broker, then `qrtill key set publish keys.signed`, then `qrtill fleet pair` for each terminal.
"
    )
}
