//! The shipped files, and mistakes in them.

mod brokers;
mod paired;
mod panels;
mod sounds;

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::time::Duration;

use super::fault::Fault;
use super::*;
use crate::core::payment::Mode;
use crate::core::secret::Secret;
use crate::core::settings::Settings;
use crate::mqtt::key::SecretKey;

const TERMINAL: &str = include_str!("../../config/terminal.toml");
const RELAY: &str = include_str!("../../config/relay.toml");

/// A folder with the secrets that the shipped files name.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let key = SecretKey::from_random([7; 32]).to_text();
    for (name, text) in [
        ("terminal.key", key.reveal()),
        ("relay.key", key.reveal()),
        ("terminal.password", "one\n"),
        ("relay.password", "two\n"),
        ("terminal.pin", "4711\n"),
        ("stripe.key", "sk_test_hidden\n"),
        ("stripe.webhook", "whsec_a\n\nwhsec_b\n"),
        ("vinr.key", "sk_test_hidden\n"),
        ("vinr.webhook", "whsec_a\n"),
        ("yabetoo.key", "sk_test_hidden\n"),
        ("yabetoo.webhook", "whsec_a\n"),
        ("storekit.key", "hidden\n"),
        ("storekit.webhook", "whsec_c2VjcmV0LW9mLWEtc2hvcA==\n"),
        ("qonto.key", "hidden\n"),
        ("qonto.staging", "hidden too\n"),
        ("qonto.webhook", "whsec_a\n"),
    ] {
        private::create(&folder.path().join(name), &Secret::new(text)).expect("made");
    }
    folder
}

fn terminal_of(folder: &Path, text: &str) -> Checked<terminal::Terminal> {
    terminal(&folder.join("terminal.toml"), text, &[])
}

fn relay_of(folder: &Path, text: &str) -> Checked<relay::Relay> {
    relay(&folder.join("relay.toml"), text, &[])
}

/// With every default written out.
fn uncommented(text: &str) -> String {
    let bare = |line: &str| {
        let rest = line.strip_prefix('#').filter(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()));
        rest.unwrap_or(line).to_owned()
    };
    text.lines().map(bare).collect::<Vec<_>>().join("\n")
}

#[cfg(feature = "fleet")]
#[test]
fn the_shipped_fleet_is_right_and_its_defaults_are_the_defaults() {
    const FLEET: &str = include_str!("../../config/fleet.toml");
    let folder = folder();
    let secrets = [("operator.password", Secret::new("three\n"))].into_iter();
    let pairs = [("operations.key", 1), ("money.key", 2)];
    let pairs = pairs.map(|(name, seed)| (name, SecretKey::from_random([seed; 32]).to_text()));
    for (name, text) in secrets.chain(pairs) {
        private::create(&folder.path().join(name), &text).expect("made");
    }
    let of = |text: &str| fleet(&folder.path().join("fleet.toml"), text, &[]);
    let plain = of(FLEET);
    assert_eq!(told(&plain.faults), [""; 0]);
    assert_eq!(keys(&plain.warnings), ["trust.root_keys[0]"]);
    let full = of(&uncommented(FLEET));
    assert_eq!(told(&full.faults), [""; 0]);
    let (plain, full) = (plain.value.expect("values"), full.value.expect("values"));
    assert_eq!(format!("{plain:?}"), format!("{full:?}"));
    let bad = FLEET
        .replace("#confirm_s = 120", "confirm_s = 5")
        .replace("# money_file = \"money.key\"", "money_file = \"operations.key\"")
        .replace("# operations_file", "operations_file")
        .replace("#money_signatures = 1", "money_signatures = 5");
    let expected = ["confirm_s", "trust.money_signatures", "sign.money_file"];
    assert_eq!(keys(&of(&bad).faults), expected);
    assert_eq!(Program::of(FLEET), Program::Fleet);
    let mirror = serde_json::to_value(fleet::Mirror::default()).expect("JSON");
    for key in json::leaves(&mirror) {
        let last = key.rsplit('.').next().unwrap_or_default();
        let is_there = FLEET.contains(&format!("{last} = ")) || FLEET.contains(&format!("[[{last}]]"));
        assert!(is_there, "{key} is not in fleet.toml");
    }
    let admit = serde_json::to_value(fleet::AdmitTable::default()).expect("JSON");
    for key in json::leaves(&admit) {
        assert!(FLEET.contains(&format!("# {key} = ")), "{key} of [[admit]] is not in fleet.toml");
    }
}

fn told(faults: &[Fault]) -> Vec<String> {
    faults.iter().map(ToString::to_string).collect()
}

fn keys(faults: &[Fault]) -> Vec<&str> {
    faults.iter().map(|fault| fault.key.as_str()).collect()
}

#[test]
fn the_shipped_terminal_is_right_and_its_defaults_are_the_defaults() {
    let folder = folder();
    let plain = terminal_of(folder.path(), TERMINAL);
    assert_eq!(told(&plain.faults), [""; 0]);
    assert_eq!(keys(&plain.warnings), ["relay.keys[0]"]);
    let plain = plain.value.expect("values");
    let full = uncommented(TERMINAL);
    assert!(full.lines().filter(|line| line.contains(" = ") && !line.starts_with('#')).count() > 24);
    let full = terminal_of(folder.path(), &full);
    assert_eq!(told(&full.faults), [""; 0]);
    let full = full.value.expect("values");
    assert_eq!(format!("{:?}", plain.settings), format!("{:?}", full.settings));
    assert_eq!(format!("{:?}", plain.broker), format!("{:?}", full.broker));
    assert_eq!((plain.data, plain.panel, plain.keypads), (full.data, full.panel, full.keypads));
    assert_eq!((plain.lang, plain.shop, plain.sound), (full.lang, full.shop, full.sound));
    assert_eq!(plain.idle, full.idle);
    assert_eq!(plain.identity.relay, full.identity.relay);
    let (example, settings) = (Settings::example(), full.settings);
    assert_eq!((settings.minimum, settings.limit), (example.minimum, example.limit));
    assert_eq!((settings.sale_ttl, settings.paid_hold), (example.sale_ttl, example.paid_hold));
    assert_eq!(settings.confirm_above, Some(50_000));
}

#[test]
fn the_shipped_relay_is_right_and_its_defaults_are_the_defaults() {
    let folder = folder();
    let plain = relay_of(folder.path(), RELAY);
    assert_eq!(told(&plain.faults), [""; 0]);
    assert_eq!(keys(&plain.warnings), ["terminal[0].keys[0]"]);
    let plain = plain.value.expect("values");
    let full = relay_of(folder.path(), &uncommented(RELAY));
    assert_eq!(told(&full.faults), [""; 0]);
    let full = full.value.expect("values");
    assert_eq!(format!("{:?}", plain.options), format!("{:?}", full.options));
    assert_eq!(format!("{:?}", plain.broker), format!("{:?}", full.broker));
    assert_eq!((plain.data, plain.listen), (full.data, full.listen));
    let (plain, same) = (&plain.systems[0], &full.systems[0]);
    assert_eq!(plain.base_urls, same.base_urls);
    assert_eq!((plain.webhook_secrets.len(), full.systems.len()), (2, 1));
    let (plain, same) = (&plain.service, &same.service);
    assert_eq!(plain.strategy, same.strategy);
    assert_eq!((plain.standing_every, plain.confirm), (same.standing_every, same.confirm));
    assert_eq!(full.options.poll.most, Duration::from_secs(15));
    assert_eq!(full.identity.mode, Mode::Test);
}

/// Each of the other systems, as its file says, in place of Stripe.
#[test]
fn the_shipped_providers_are_right_and_their_defaults_are_the_defaults() {
    let folder = folder();
    let (head, rest) = RELAY.split_once("[provider]").expect("a provider");
    let (_, tail) = rest.split_once("[link]").expect("a link");
    for (name, own, host) in [
        ("vinr", include_str!("../../config/providers/vinr.toml"), "pay.vinr.com"),
        ("yabetoo", include_str!("../../config/providers/yabetoo.toml"), "pay.yabetoo.com"),
        ("storekit", include_str!("../../config/providers/storekit.toml"), "pay.storekit.com"),
        ("qonto", include_str!("../../config/providers/qonto.toml"), "pay.qonto.com"),
    ] {
        let whole = |own: &str| format!("{head}{own}\n[link]{}", tail.replace("buy.stripe.com", host));
        let plain = relay_of(folder.path(), &whole(own));
        assert_eq!(told(&plain.faults), [""; 0], "{name}");
        let full = relay_of(folder.path(), &whole(&uncommented(own)));
        assert_eq!(told(&full.faults), [""; 0], "{name}");
        let (mut plain, mut full) = (plain.value.expect("values"), full.value.expect("values"));
        let (plain, full) = (plain.systems.remove(0), full.systems.remove(0));
        let of = |system: &provider::System| system.service.provider.name();
        assert_eq!((of(&plain), of(&full)), (name, name));
        assert_eq!((plain.base_urls, plain.tokens_file), (full.base_urls, full.tokens_file));
        let beside =
            own.replace("[provider]", "[[another_provider]]").replace("[provider.", "[another_provider.");
        let both = relay_of(folder.path(), &format!("{RELAY}\n{beside}"));
        assert_eq!(told(&both.faults), [""; 0], "{name}");
        assert_eq!(both.value.expect("values").systems[1].service.provider.name(), name);
    }
}

#[test]
fn every_key_is_in_the_shipped_files() {
    let paths = |value: serde_json::Value| {
        let mut found = Vec::new();
        let mut open = vec![(String::new(), value)];
        while let Some((path, value)) = open.pop() {
            match value.as_object().filter(|map| !map.is_empty()) {
                Some(map) => open.extend(map.clone()),
                None => found.push(path),
            }
        }
        found
    };
    let relay = paths(serde_json::to_value(relay::Mirror::default()).expect("JSON"));
    let one = paths(serde_json::to_value(relay::TerminalTable::default()).expect("JSON"));
    let terminal = paths(serde_json::to_value(terminal::Mirror::default()).expect("JSON"));
    let has = |text: &str, key: &str| {
        text.lines().any(|line| {
            let line = line.trim_start_matches(['#', ' ']);
            line.starts_with(&format!("{key} = "))
                || line.ends_with(&format!("{key}]"))
                || line == format!("[[{key}]]")
        })
    };
    let keypad = paths(serde_json::to_value(keypad::Table::default()).expect("JSON"));
    let pairing = paths(serde_json::to_value(pairing::Table::default()).expect("JSON"));
    for key in terminal.into_iter().chain(keypad).chain(pairing) {
        assert!(has(TERMINAL, &key), "{key} is not in terminal.toml");
    }
    for key in relay.into_iter().chain(one) {
        assert!(has(RELAY, &key), "{key} is not in relay.toml");
    }
}

#[test]
fn which_program_a_file_is_for_is_told_by_its_content() {
    assert_eq!(Program::of(TERMINAL), Program::Terminal);
    assert_eq!(Program::of(RELAY), Program::Relay);
    assert_eq!(Program::of("[provider]\n"), Program::Relay);
    assert_eq!(Program::of("[[another_provider]]\n"), Program::Relay);
    assert_eq!(Program::of(""), Program::Terminal);
}

#[test]
fn every_mistake_is_told_at_once_with_its_place() {
    let folder = folder();
    let text = TERMINAL
        .replace("id = \"counter-1\"", "id = \"Counter 1\"")
        .replace("[\"buy.stripe.com\"]", "[\"https://buy.stripe.com\"]")
        .replace("confirm_above = \"500.00\"", "confirm_abov = \"500.00\"\nlimit = \"1.005\"\nttl_s = 5")
        .replace("password_file = \"terminal.password\"", "password = \"hidden\"\nport = 70000");
    let checked = terminal_of(folder.path(), &text);
    assert!(checked.value.is_none());
    let mut found = keys(&checked.faults);
    found.sort_unstable();
    let expected = [
        "broker.password",
        "broker.port",
        "id",
        "link.hosts[0]",
        "sale.confirm_abov",
        "sale.limit",
        "sale.ttl_s",
    ];
    assert_eq!(found, expected);
    let all = told(&checked.faults).join("\n");
    assert!(all.contains("did you mean `password_file`?"), "{all}");
    assert!(all.contains("did you mean `confirm_above`?"), "{all}");
    assert!(all.contains("from 0 to 65535"), "{all}");
    for fault in &checked.faults {
        assert!(matches!(fault.place, Place::Line(_)), "{fault}");
    }
}

#[test]
fn an_empty_file_names_what_is_missing() {
    let folder = folder();
    let terminal = terminal_of(folder.path(), "");
    assert_eq!(keys(&terminal.faults), ["id", "link.hosts", "relay.keys", "sale.currency"]);
    let relay = relay_of(folder.path(), "");
    let expected = ["provider.system", "provider.api_key_file", "link.title", "link.hosts", "terminal"];
    assert_eq!(keys(&relay.faults), expected);
}

#[test]
fn a_broken_logo_is_told_with_its_file_and_keeps_nobody_from_selling() {
    let folder = folder();
    let with = |name: &str| TERMINAL.replace("\n[panel]\n", &format!("\nlogo = \"{name}\"\n[panel]\n"));
    let good = crate::panel::png::encode(&crate::port::panel::Frame::new(8, 4, Default::default()));
    fs::write(folder.path().join("good.png"), &good).expect("written");
    fs::write(folder.path().join("half.png"), &good[..good.len() / 2]).expect("written");
    fs::write(folder.path().join("large.png"), vec![0; (1 << 20) + 1]).expect("written");
    let logo = |name: &str| terminal_of(folder.path(), &with(name)).value.expect("values").logo;
    assert_eq!(logo("good.png").map(|image| (image.width(), image.height())), Some((8, 4)));
    for (name, why) in [
        ("none.png", "No such file"),
        ("half.png", "it is not a whole PNG file"),
        ("large.png", "larger than 1 MiB"),
    ] {
        let judged = terminal_of(folder.path(), &with(name));
        let warning = judged.warnings.iter().find(|warning| warning.key == "logo").expect("told").to_string();
        for part in [why, name, "terminal.toml:", "put a PNG picture"] {
            assert!(warning.contains(part), "{warning}");
        }
        assert_eq!(judged.value.expect("it sells").logo, None);
    }
}

#[test]
fn what_is_shown_at_rest_must_be_there_and_fit_the_panel() {
    let folder = folder();
    let with = |line: &str, panel: &str| {
        TERMINAL.replace("\n[panel]\n", &format!("\n{line}\n[panel]\nname = \"{panel}\"\n"))
    };
    let faults = |line, panel| told(&terminal_of(folder.path(), &with(line, panel)).faults);
    assert_eq!(faults("idle = \"clock\"", "tft-240x320"), [""; 0]);
    let paper = faults("idle = \"clock\"", "epd-400x300");
    assert!(paper[0].contains("e-paper") && paper[0].contains("use name or picture"), "{paper:?}");
    let none = faults("idle = \"picture\"", "tft-240x320");
    assert!(none[0].contains("logo = \"logo.png\""), "{none:?}");
}

#[test]
fn a_secret_that_others_can_read_is_refused_and_never_repeated() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = folder();
    let path = folder.path().join("stripe.key");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("set");
    let relay = relay_of(folder.path(), RELAY);
    assert_eq!(keys(&relay.faults), ["provider.api_key_file"]);
    assert!(told(&relay.faults)[0].contains(&format!("chmod 600 {}", path.display())));
    assert!(!format!("{relay:?}", relay = relay.faults).contains("hidden"));
}

#[test]
fn a_key_that_moves_real_money_needs_the_mode_to_say_so() {
    let folder = folder();
    fs::write(folder.path().join("stripe.key"), "sk_live_hidden").expect("written");
    let relay = relay_of(folder.path(), RELAY);
    assert_eq!(keys(&relay.faults), ["mode"]);
    let live = RELAY.replace("#mode = \"test\"", "mode = \"live\"");
    assert_eq!(told(&relay_of(folder.path(), &live).faults), [""; 0]);
    fs::write(folder.path().join("stripe.key"), "pk_live_hidden").expect("written");
    let relay = relay_of(folder.path(), &live);
    assert_eq!(keys(&relay.faults), ["provider.api_key_file"]);
    assert!(!told(&relay.faults)[0].contains("hidden"));
}

#[test]
fn the_systems_own_options_are_judged_too() {
    let folder = folder();
    let text = RELAY.replace("#base_url = ", "base_ulr = ");
    let relay = relay_of(folder.path(), &text);
    assert_eq!(keys(&relay.faults), ["provider.options.base_ulr"]);
    assert_eq!(relay.faults[0].mend, "did you mean `base_url`?");
    let relay = relay_of(folder.path(), &RELAY.replace("#base_url = ", "api_key = "));
    assert_eq!(keys(&relay.faults), ["provider.options.api_key"]);
    let relay = relay_of(folder.path(), &RELAY.replace("\"stripe\"", "\"stirpe\""));
    assert_eq!(relay.faults[0].mend, "did you mean `stripe`?");
}

/// The shipped relay with another system and its settings.
fn of_qonto(options: &str) -> String {
    let text = RELAY.replace("\"stripe\"", "\"qonto\"").replace("buy.stripe.com", "pay.qonto.com");
    text.replace("[provider.options]\n", &format!("[provider.options]\nclient_id = \"app-1\"\n{options}"))
}

#[test]
fn an_option_that_ends_in_file_is_what_the_file_holds() {
    let folder = folder();
    let path = folder.path().join("stage.token");
    private::create(&path, &Secret::new("hidden\n")).expect("made");
    let named = "sandbox = true\nstaging_token_file = \"stage.token\"\n";
    let relay = relay_of(folder.path(), &of_qonto(named));
    assert_eq!(told(&relay.faults), [""; 0]);
    let system = relay.value.expect("values").systems.remove(0);
    let sent = system.service.provider.credentials(None);
    assert_eq!(sent[0].1.reveal(), "hidden");
    assert_eq!(system.tokens_file, Path::new(relay::DATA).join("qonto.tokens"));
    for (options, key) in [
        (format!("{named}staging_token = \"x\"\n"), "provider.options.staging_token_file"),
        ("staging_token_file = \"stage.token\"\nmode = 1\n".to_owned(), "provider.options.mode"),
        ("sandbox = true\nstaging_token_file = 7\n".to_owned(), "provider.options.staging_token_file"),
        ("sandbox = true\nstaging_token_file = \"none\"\n".to_owned(), "provider.options.staging_token_file"),
        ("sandbox = true\napi_key_file = \"stage.token\"\n".to_owned(), "provider.options.api_key"),
    ] {
        let relay = relay_of(folder.path(), &of_qonto(&options));
        assert_eq!(keys(&relay.faults), [key], "{options}");
        assert!(!told(&relay.faults)[0].contains("hidden"));
    }
    let live = of_qonto("staging_token_file = \"stage.token\"\n");
    let live = live.replace("#mode = \"test\"", "mode = \"live\"");
    assert_eq!(keys(&relay_of(folder.path(), &live).faults), ["provider.options.staging_token_file"]);
    let named = of_qonto(named)
        .replace("# tokens_file = \"/var/lib/qrtill/relay/qonto.tokens\"", "tokens_file = \"t\"");
    let relay = relay_of(folder.path(), &named).value.expect("values");
    assert_eq!(relay.systems[0].tokens_file, folder.path().join("t"));
}

/// The shipped file, with these tables and this terminal at its end.
fn with_more(tables: &str, terminal: &str) -> String {
    let text = RELAY.replace("[link]\n", &format!("{tables}\n[link]\n"));
    let text = text.replace("\"buy.stripe.com\"]", "\"buy.stripe.com\", \"pay.vinr.com\"]");
    format!("{text}\n[[terminal]]\nid = \"bar-1\"\nkeys = [\"{}\"]\n{terminal}", relay::EXAMPLE_TERMINAL_KEY)
}

const VINR: &str = "[[another_provider]]\nsystem = \"vinr\"\napi_key_file = \"vinr.key\"\n\
                    webhook_secret_file = \"vinr.webhook\"\n";

#[test]
fn each_terminal_has_its_own_of_several_systems() {
    let folder = folder();
    let relay = relay_of(folder.path(), &with_more(VINR, "system = \"vinr\"\n"));
    assert_eq!(told(&relay.faults), [""; 0]);
    let relay = relay.value.expect("values");
    let system = |id: &str| relay.options.terminals[&id.parse().expect("an id")].system.clone();
    assert_eq!((system("counter-1"), system("bar-1")), ("stripe".into(), "vinr".into()));
    let names: Vec<_> = relay.systems.iter().map(|system| system.service.provider.name()).collect();
    assert_eq!(names, ["stripe", "vinr"]);
    for (text, key) in [
        (with_more(VINR, "system = \"qonto\"\n"), "terminal[1].system"),
        (with_more(&format!("{VINR}{VINR}"), ""), "another_provider[1].system"),
        (
            with_more(&VINR.replace("vinr.key", "none"), "system = \"vinr\"\n"),
            "another_provider[0].api_key_file",
        ),
        (
            with_more(&format!("{VINR}options = {{ base_ulr = \"x\" }}\n"), ""),
            "another_provider[0].options.base_ulr",
        ),
        (with_more(&format!("{VINR}strategy = \"reference\"\n"), ""), "another_provider[0].strategy"),
    ] {
        assert_eq!(keys(&relay_of(folder.path(), &text).faults), [key], "{text}");
    }
}

#[test]
fn one_system_of_several_is_chosen_by_its_name() {
    let folder = folder();
    let (file, text) = (folder.path().join("relay.toml"), with_more(VINR, ""));
    let of = |system: Option<&str>| shop(&file, &text, &[], system);
    let name =
        |system| of(system).value.expect("values").expect("it is there").system.service.provider.name();
    assert_eq!((name(None), name(Some("vinr"))), ("stripe", "vinr"));
    let other = of(Some("qonto"));
    assert_eq!(told(&other.faults), [""; 0], "nothing is wrong with the file");
    let Some(Err(none)) = other.value else { panic!("it is not there") };
    assert_eq!((none.name.as_str(), none.known), ("qonto", vec!["stripe".to_owned(), "vinr".to_owned()]));
}

#[test]
fn standing_links_and_terminals_must_hang_together() {
    let folder = folder();
    let own = "standing_link = \"plink_1\"\nstanding_url = \"https://buy.stripe.com/1\"\n";
    let text = format!("{RELAY}\n{own}");
    assert_eq!(told(&relay_of(folder.path(), &text).faults), [""; 0]);
    let twins = with_more("", own)
        .replace("\n[[terminal]]\nid = \"bar-1\"", &format!("\n{own}\n[[terminal]]\nid = \"bar-1\""));
    assert_eq!(keys(&relay_of(folder.path(), &twins).faults), ["terminal[1].standing_link"]);
    let text = RELAY.replace("#strategy = \"one-off\"", "strategy = \"reference\"");
    assert_eq!(keys(&relay_of(folder.path(), &text).faults), ["terminal[0].standing_link"]);
    let text = format!("{RELAY}\n[[terminal]]\nid = \"counter-1\"\nkeys = []\n");
    assert_eq!(keys(&relay_of(folder.path(), &text).faults), ["terminal[1].keys", "terminal[1].id"]);
    for id in ["operator", "relay-main"] {
        let text = RELAY.replace("id = \"counter-1\"", &format!("id = \"{id}\""));
        assert_eq!(keys(&relay_of(folder.path(), &text).faults), ["terminal[0].id"]);
    }
}

#[test]
fn the_links_of_a_sandbox_on_this_machine_are_taken_with_a_warning() {
    let folder = folder();
    let with = |text: &str| text.replace("# sandbox_origin = ", "sandbox_origin = ");
    let terminal = terminal_of(folder.path(), &with(TERMINAL));
    assert_eq!(told(&terminal.faults), [""; 0]);
    assert!(keys(&terminal.warnings).contains(&"link.sandbox_origin"));
    let allowed = terminal.value.expect("values").settings.allowed;
    assert_eq!(allowed.judge("http://127.0.0.1:8460/bank/pay/x"), Ok(()));
    assert!(allowed.judge("http://127.0.0.1:8461/bank/pay/x").is_err());
    let relay = relay_of(folder.path(), &with(RELAY));
    assert_eq!(told(&relay.faults), [""; 0]);
    assert!(keys(&relay.warnings).contains(&"link.sandbox_origin"));
    assert_eq!(relay.value.expect("values").options.allowed, allowed);
}

#[test]
fn plain_http_is_refused_for_real_money_and_for_any_other_machine() {
    let folder = folder();
    let live = TERMINAL
        .replace("#mode = \"test\"", "mode = \"live\"")
        .replace("# sandbox_origin = ", "sandbox_origin = ");
    assert_eq!(keys(&terminal_of(folder.path(), &live).faults), ["link.sandbox_origin"]);
    for origin in [
        "https://127.0.0.1:8460",
        "http://127.0.0.1",
        "http://127.0.0.1:0",
        "http://127.0.0.1:08460",
        "http://127.0.0.1:8460/",
        "http://localhost:8460",
        "http://192.0.2.7:8460",
        "http://0.0.0.0:8460",
        "http://127.0.0.1:8460@192.0.2.7",
        "",
    ] {
        let named = format!("sandbox_origin = \"{origin}\"");
        let text = |shipped: &str| shipped.replace("# sandbox_origin = \"http://127.0.0.1:8460\"", &named);
        assert_eq!(
            keys(&terminal_of(folder.path(), &text(TERMINAL)).faults),
            ["link.sandbox_origin"],
            "{origin}"
        );
        assert_eq!(keys(&relay_of(folder.path(), &text(RELAY)).faults), ["link.sandbox_origin"], "{origin}");
    }
    let six = TERMINAL
        .replace("# sandbox_origin = \"http://127.0.0.1:8460\"", "sandbox_origin = \"http://[::1]:8460\"");
    assert_eq!(told(&terminal_of(folder.path(), &six).faults), [""; 0]);
}

#[test]
fn what_works_and_is_unwise_is_a_warning() {
    let folder = folder();
    let text = RELAY.replace("#host = \"127.0.0.1\"", "host = \"broker.example\"\ntls = false");
    let relay = relay_of(folder.path(), &text.replace("[\"buy.stripe.com\"]", "[\"pay.shop.example\"]"));
    assert_eq!(told(&relay.faults), [""; 0]);
    let mut warned = keys(&relay.warnings);
    warned.sort_unstable();
    assert_eq!(warned, ["broker.tls", "link.hosts", "terminal[0].keys[0]"]);
}

#[test]
fn the_data_folder_is_known_even_where_the_rest_is_wrong() {
    let data = |text: &str| terminal_data(Path::new("/etc/qrtill/terminal.toml"), text, &[]);
    assert_eq!(data("nonsense = 1\ndata = \"journals\"\n"), PathBuf::from("/etc/qrtill/journals"));
    assert_eq!(data(""), PathBuf::from(terminal::DATA));
}

#[test]
fn a_webhook_secret_that_is_no_key_is_found_before_the_first_webhook() {
    let folder = folder();
    let text = RELAY.replace("system = \"stripe\"", "system = \"storekit\"");
    let text =
        text.replace("#base_url = \"https://api.stripe.com\"", "base_url = \"https://api.storekit.example\"");
    let relay = relay_of(folder.path(), &text);
    assert_eq!(keys(&relay.faults), ["provider.webhook_secret_file"; 2], "{:?}", told(&relay.faults));
    let first = relay.faults[0].to_string();
    assert!(
        first.contains("not base64") && first.contains("secret 1") && !first.contains("whsec_a"),
        "{first}"
    );
    let good = Secret::new("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX\n");
    fs::remove_file(folder.path().join("stripe.webhook")).expect("was there");
    private::create(&folder.path().join("stripe.webhook"), &good).expect("made");
    assert_eq!(told(&relay_of(folder.path(), &text).faults), [""; 0]);
    let live = relay_of(folder.path(), &text.replace("#mode = \"test\"", "mode = \"live\""));
    assert_eq!(keys(&live.faults), ["mode"], "the system's own mode has to agree");
    let bare = RELAY.replace("system = \"stripe\"", "system = \"storekit\"");
    let faults = told(&relay_of(folder.path(), &bare).faults).join("\n");
    assert!(faults.contains("provider.options.base_url") && faults.contains("no address"), "{faults}");
}
