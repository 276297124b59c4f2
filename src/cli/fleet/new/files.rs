//! Everybody's configuration: the shipped, commented ones with what this fleet is.

use super::Args;
use super::BROKER;
use crate::cli::edit;
use crate::cli::edit::quoted;
use crate::cli::failure::Failure;
use crate::cli::folder::Folder;
use crate::mqtt::key::PublicKey;

const FLEET: &str = include_str!("../../../../config/fleet.toml");
const RELAY: &str = include_str!("../../../../config/relay.toml");
const CONF: &str = include_str!("../../../../config/mosquitto/fleet.conf");
const ACL: &str = include_str!("../../../../config/mosquitto/acl");
/// Where the shipped broker takes those who come by certificate, and those who come by password.
const MACHINES_PORT: &str = "8883";
const PEOPLES_PORT: &str = "8884";

pub fn write(folder: &Folder, args: &Args, root: &PublicKey, relay: &PublicKey) -> Result<(), Failure> {
    let place = args.broker_folder.display().to_string();
    folder.text("broker/qrtill.conf", &CONF.replace(BROKER, &place))?;
    folder.text("broker/acl", ACL)?;
    folder.text("fleet.toml", &fleet(args, root, relay))?;
    folder.text("relay/relay.toml", &relays(args))?;
    folder.text("terminal/terminal.toml", &terminal(args))
}

fn put(text: &str, values: &[(&str, &str, String)]) -> String {
    values.iter().fold(text.to_owned(), |text, (table, key, value)| edit::set(&text, table, key, value))
}

fn mode(args: &Args) -> String {
    quoted(if args.live { "live" } else { "test" })
}

fn broker(args: &Args) -> String {
    quoted(args.broker.first().map_or("", String::as_str))
}

fn hosts(args: &Args) -> String {
    let hosts: Vec<_> = args.host.iter().map(|host| quoted(host)).collect();
    format!("[{}]", hosts.join(", "))
}

fn fleet(args: &Args, root: &PublicKey, relay: &PublicKey) -> String {
    let values = [
        ("", "mode", mode(args)),
        ("broker", "host", broker(args)),
        ("broker", "tls", "true".to_owned()),
        ("broker", "port", PEOPLES_PORT.to_owned()),
        ("broker", "ca_file", quoted("ca.pem")),
        ("trust", "root_keys", format!("[{}]", quoted(&root.to_string()))),
        ("sign", "operations_file", quoted("operations.key")),
        ("sign", "money_file", quoted("money.key")),
        ("authority", "cert_file", quoted("ca.pem")),
        ("authority", "key_file", quoted("ca.key")),
    ];
    let text = put(FLEET, &values);
    // What is shown there as an example is what this fleet has.
    let (before, _) = text.split_once("# [[admit]]\n").unwrap_or((&text, ""));
    format!(
        "{before}[[admit]]\nrelay = {}\nrelay_keys = [{}]\nhosts = {}\ncurrency = {}\nshop = {}\n# lang = \"en\"\n",
        quoted(args.relay.as_str()),
        quoted(&relay.to_string()),
        hosts(args),
        quoted(args.currency.code()),
        quoted(&args.shop),
    )
}

fn relays(args: &Args) -> String {
    // With the system's key alone it works: by asking, until somebody gives webhooks a way to it.
    let text = edit::leave_out(RELAY, "broker", "password_file");
    let text = edit::leave_out(&text, "provider", "webhook_secret_file");
    let values = [
        ("", "id", quoted(args.relay.as_str())),
        ("", "mode", mode(args)),
        ("broker", "host", broker(args)),
        ("broker", "tls", "true".to_owned()),
        ("broker", "port", MACHINES_PORT.to_owned()),
        ("broker", "ca_file", quoted("ca.pem")),
        ("broker", "cert_file", quoted("relay/relay.pem")),
        ("broker", "key_file", quoted("relay/relay.pem.key")),
        ("key", "file", quoted("relay/relay.key")),
        ("provider", "api_key_file", quoted("relay/stripe.key")),
        ("provider", "webhooks", "false".to_owned()),
        ("link", "title", quoted(&args.shop)),
        ("link", "hosts", hosts(args)),
    ];
    let text = put(&text, &values);
    let (before, _) = text.split_once("# One for each terminal.\n").unwrap_or((&text, ""));
    format!("{before}# [[terminal]], one for each: `qrtill fleet pair --relay-file` puts them here.\n")
}

/// What a terminal must know before anybody has told it anything, and its own hardware.
fn terminal(args: &Args) -> String {
    format!(
        "\
# A terminal's own file: what it is made of, and the way to its operator. What it is called, whom it believes and what it
# sells in it is told once, by `qrtill fleet pair`, and the rest by `qrtill fleet`. The shipped terminal.toml has every key,
# and README's page \"Build one\" three builds.
mode = {}

[broker]
host = {}
tls = true
port = {MACHINES_PORT}
ca_file = \"ca.pem\"

[pairing]
port = {PEOPLES_PORT}
password_file = \"terminal/pairing.password\"

# [panel] and [keypad] of each counter belong below: `sudo qrtill setup --fleet` asks for them.
",
        mode(args),
        broker(args),
    )
}
