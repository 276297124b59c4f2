//! The operator's commands as they are typed, at real terminals: the built program on both sides of a broker.
#![cfg(all(feature = "sandbox", feature = "fleet"))]

#[path = "../support/broker.rs"]
mod broker;
mod crowd;
#[path = "../support/mosquitto.rs"]
mod mosquitto;
mod rollout;
mod sales;
mod support;

use std::fs;

use serde_json::Value;
use serde_json::json;

use support::Fleet;
use support::path;

async fn until_it_listens(address: std::net::SocketAddr) {
    let mut peer = broker::Peer::new(broker::options(address, &qrtill::mqtt::access::Who::Operator, &[]));
    peer.up().await;
    peer.client.close().await;
}

#[tokio::test]
async fn settings_are_looked_at_changed_and_given_back() {
    let fleet = Fleet::open(1).await;
    let _counter = fleet.counter("counter-1");
    fleet.until_ready("counter-1");
    assert_eq!(fleet.anna(&["config", "get", "counter-1", "lang"]).out, "en\n");
    let set = fleet.anna(&["config", "set", "counter-1", "lang=de", "sale.ttl_s=90"]);
    assert_eq!((set.code, set.out.as_str()), (0, "counter-1 has version 1 in force\n"), "{}", set.err);
    assert!(set.err.contains("lang") && set.err.contains("en -> de"), "{}", set.err);
    let again = fleet.anna(&["config", "set", "counter-1", "lang=de"]);
    assert!(again.code == 0 && again.out.contains("in force already"), "{}", again.out);
    let shown = fleet.anna(&["show", "counter-1"]);
    for words in
        ["version 1 is in force; it believes version 4 of the set", "\nlang                 remote   de\n"]
    {
        assert!(shown.out.contains(words), "{words}: {}", shown.out);
    }
    let unset = fleet.anna(&["config", "set", "counter-1", "--unset", "lang", "--json"]);
    let said: Value = serde_json::from_str(&unset.out).expect("JSON");
    assert_eq!((unset.code, &said["version"], &said["outcome"]), (0, &json!(2), &json!("applied")));
    let effective: Value =
        serde_json::from_str(&fleet.anna(&["config", "get", "counter-1", "lang", "--json"]).out)
            .expect("JSON");
    assert_eq!(effective, json!({ "value": "en", "from": "default" }));
    assert_eq!(fleet.anna(&["config", "diff", "counter-1"]).out, "all that was sent is in force\n");
    let diff = fleet.anna(&["config", "diff", "counter-1", "1", "2"]);
    assert_eq!(diff.out, "lang  de  ->  not sent\n");
    let history = fleet.anna(&["config", "history", "counter-1"]);
    let lines: Vec<_> = history.out.lines().collect();
    assert!(lines.len() == 3 && lines[1].contains("anna") && lines[1].contains("applied"), "{}", history.out);
    let status = fleet.anna(&["status"]);
    assert!(status.out.contains("counter-1  online"), "{}", status.out);
    assert!(status.out.ends_with("1 of 1 online, 0 of 1 ready to sell\n"), "{}", status.out);
    assert!(status.out.contains("the relay is silent"), "{}", status.out);
}

/// Under the shipped access rules, as they are.
#[tokio::test]
async fn a_real_mosquitto_will_do() {
    let mosquitto = mosquitto::start();
    let address = mosquitto.address;
    until_it_listens(address).await;
    let fleet = Fleet::open_at(address, Box::new(mosquitto), 1);
    let mut counters = ["counter-1", "counter-2"].map(|id| fleet.counter(id));
    for id in ["counter-1", "counter-2"] {
        fleet.until_ready(id);
        let set = fleet.anna(&["config", "set", id, "light.bright=60"]);
        assert_eq!((set.code, set.out), (0, format!("{id} has version 1 in force\n")), "{}", set.err);
    }
    let mut watch = fleet.watch();
    watch.until(|row| row["terminal"] == "counter-2" && row["online"] == json!(true));
    counters[1].stop();
    watch.until(|row| row["terminal"] == "counter-2" && row["online"] == json!(false));
    let status = fleet.anna(&["status"]);
    assert!(status.out.ends_with("1 of 2 online, 0 of 2 ready to sell\n"), "{}", status.out);
}

/// Under the shipped access rules too: nothing but commands goes over these topics.
#[tokio::test]
async fn a_terminal_does_what_it_is_told_now_and_nothing_when_it_is_off() {
    let mosquitto = mosquitto::start();
    let address = mosquitto.address;
    until_it_listens(address).await;
    let fleet = Fleet::open_at(address, Box::new(mosquitto), 1);
    let mut counter = fleet.counter("counter-1");
    fleet.until_ready("counter-1");
    for line in [&["identify"][..], &["message", "Back at two", "--for", "60"], &["pause"], &["resume"]] {
        let said = fleet.anna(&[&["command", "counter-1"], line].concat());
        assert_eq!((said.code, said.out), (0, format!("counter-1: {} done\n", line[0])), "{}", said.err);
    }
    let health = fleet.anna(&["command", "counter-1", "diagnose"]);
    let health: Value = serde_json::from_str(&health.out).expect("JSON");
    assert!(health["machine"]["clock_set"].is_boolean(), "{health}");
    let file = fleet.file("counter.png");
    let saved = fleet.anna(&["screenshot", "counter-1", "-o", path(&file)]);
    assert_eq!((saved.code, saved.out), (0, format!("{}\n", file.display())), "{}", saved.err);
    let picture = qrtill::panel::png::decode(&fs::read(&file).expect("a picture")).expect("a picture");
    assert_eq!((picture.width(), picture.height()), (240, 320));
    let logs = fleet.anna(&["logs", "counter-1", "-n", "5"]);
    assert!(logs.code == 0 && logs.out.contains("a command from far away"), "{}{}", logs.out, logs.err);
    let long = fleet.anna(&["command", "counter-1", "message", &"x".repeat(201)]);
    assert!(long.code == 64 && long.err.contains("1 to 200 characters"), "{}", long.err);
    let money = fleet.of("ben", &["command", "counter-1", "pause"]);
    assert!(money.code == 78 && money.err.contains("operations"), "{}", money.err);
    let restart = fleet.anna(&["command", "counter-1", "restart"]);
    assert_eq!(restart.code, 0, "{}", restart.err);
    fleet.until("ended", "counter-1", |row| row["online"] == json!(false));
    counter.stop();
    let off = fleet.anna(&["command", "counter-1", "identify"]);
    assert!(off.code == 75 && off.err.contains("is not online"), "{}", off.err);
}

#[tokio::test]
async fn what_the_terminal_would_not_take_is_told_before_anything_is_signed() {
    let fleet = Fleet::open(1).await;
    let mut counter = fleet.counter("counter-1");
    fleet.until_ready("counter-1");
    let bad = fleet.anna(&["config", "set", "counter-1", "sale.ttl_s=5", "lang=xx"]);
    assert_eq!(bad.code, 65, "{}", bad.err);
    assert!(bad.err.contains("sale.ttl_s: ") && bad.err.contains("from 10 to 3600"), "{}", bad.err);
    assert!(bad.err.contains("lang: ") && bad.err.contains("nothing was signed"), "{}", bad.err);
    let unknown = fleet.anna(&["config", "set", "counter-1", "sale.tll_s=60"]);
    assert!(unknown.code == 65 && unknown.err.contains("did you mean `sale.ttl_s`?"), "{}", unknown.err);
    let local = fleet.anna(&["config", "set", "counter-1", "panel.name=auto"]);
    assert!(local.code == 65 && local.err.contains("lets nobody change it"), "{}", local.err);
    let money = fleet.anna(&["config", "set", "counter-1", "shop=Mallory"]);
    assert!(money.code == 78 && money.err.contains("a signature of the money role"), "{}", money.err);
    let dry = fleet.anna(&["config", "set", "counter-1", "shop=Mallory", "-n"]);
    assert!(dry.code == 0 && dry.out.contains("it needs a signature of the money role"), "{}", dry.out);
    let unasked = fleet.of("ben", &["config", "set", "counter-1", "shop=New Bakery"]);
    assert_eq!(unasked.code, 66, "there is nobody to ask: {}", unasked.err);
    assert!(
        unasked.err.contains("your signature vouches for all that is sent:\n  shop  New Bakery"),
        "{}",
        unasked.err
    );
    let paid = fleet.of("ben", &["config", "set", "counter-1", "shop=New Bakery", "--yes"]);
    assert_eq!(paid.code, 0, "{}", paid.err);
    // Only the terminal knows which hosts its own file allows.
    let hosts = fleet.of("ben", &["config", "set", "counter-1", "link.hosts=evil.example", "--yes"]);
    assert_eq!(hosts.code, 65);
    assert!(hosts.err.contains("rejects version 2:\n  link.hosts[0]: "), "{}", hosts.err);
    let nobody = fleet.anna(&["show", "counter-9"]);
    assert!(nobody.code == 69 && nobody.err.contains("keeps nothing of"), "{}", nobody.err);
    counter.stop();
    fleet.until("offline", "counter-1", |row| row["online"] == json!(false));
    let later = fleet.anna(&["config", "set", "counter-1", "sale.ttl_s=60"]);
    assert!(later.code == 75 && later.err.contains("takes version 3 when it is back"), "{}", later.err);
    let _counter = fleet.counter("counter-1");
    fleet.until("taken up", "counter-1", |row| row["config_version"] == json!(3));
}

#[tokio::test]
async fn two_people_sign_one_after_the_other() {
    let fleet = Fleet::open(2).await;
    let _counter = fleet.counter("counter-1");
    fleet.until_ready("counter-1");
    let change = fleet.file("change.signed");
    let alone = fleet.of("ben", &["config", "set", "counter-1", "shop=New", "--yes"]);
    assert!(alone.code == 64 && alone.err.contains("2 signatures of the money role"), "{}", alone.err);
    let begun = fleet.of("ben", &["config", "set", "counter-1", "shop=New", "--yes", "-o", path(&change)]);
    assert!(begun.code == 0 && begun.out.contains("needs 1 more"), "{}{}", begun.out, begun.err);
    // Sent as it is, the terminal would not believe it, nor does anybody here.
    fleet.keep("t/counter-1/config/desired", fs::read_to_string(&change).expect("text").trim_end()).await;
    let half = fleet.anna(&["config", "set", "counter-1", "lang=de"]);
    assert!(half.code == 65 && half.err.contains("fewer signatures than this role needs"), "{}", half.err);
    fleet.keep("t/counter-1/config/desired", "").await;
    let twice = fleet.of("ben", &["config", "sign", path(&change), "--yes"]);
    assert!(twice.code == 64 && twice.err.contains("has your signature already"), "{}", twice.err);
    let strangers = fleet.anna(&["config", "sign", path(&change), "--yes"]);
    assert!(strangers.code == 78 && strangers.err.contains("no such key"), "{}", strangers.err);
    let signed = fleet.of("carl", &["config", "sign", path(&change), "--yes"]);
    assert_eq!(
        (signed.code, signed.out.as_str()),
        (0, "counter-1 has version 1 in force\n"),
        "{}",
        signed.err
    );
    assert_eq!(fleet.anna(&["config", "get", "counter-1", "shop"]).out, "New\n");
    // It lies about still, and is signed by both.
    let stale = fleet.of("carl", &["config", "sign", path(&change), "--yes"]);
    assert!(stale.code == 75 && stale.err.contains("has had version 1 since"), "{}", stale.err);
    // What money depends on stays when somebody else changes the rest.
    assert_eq!(fleet.anna(&["config", "set", "counter-1", "lang=de"]).code, 0);
    assert_eq!(fleet.anna(&["config", "get", "counter-1", "shop"]).out, "New\n");
}

#[tokio::test]
async fn nothing_is_built_on_what_nobody_signed() {
    let fleet = Fleet::open(1).await;
    let _counter = fleet.counter("counter-1");
    fleet.until_ready("counter-1");
    assert_eq!(fleet.anna(&["config", "set", "counter-1", "lang=de"]).code, 0);
    let sent = fleet.kept("t/counter-1/config/desired").await;
    // A letter of it, another's signature, and nonsense.
    let at = sent.find("\"p\":\"").expect("a payload") + 60;
    let turned = if &sent[at..=at] == "A" { "B" } else { "A" };
    let flipped = format!("{}{turned}{}", &sent[..at], &sent[at + 1..]);
    let foreign = fleet.signed_by_mallory("counter-1", 9, json!({ "lang": "fr" }));
    for (forged, words) in [
        (flipped.as_str(), "a signature is wrong"),
        (foreign.as_str(), "a key that is not trusted"),
        ("{}", "not an envelope"),
    ] {
        fleet.keep("t/counter-1/config/desired", forged).await;
        let refused = fleet.anna(&["config", "set", "counter-1", "sale.ttl_s=90"]);
        assert!(refused.code == 65 && refused.err.contains(words), "{words}: {}", refused.err);
        assert!(refused.err.contains("--anew"), "{}", refused.err);
    }
    fleet.keep("t/counter-1/config/desired", &foreign).await;
    let anew = fleet.anna(&["config", "set", "counter-1", "lang=de", "sale.ttl_s=90", "--anew"]);
    assert_eq!((anew.code, anew.out.as_str()), (0, "counter-1 has version 2 in force\n"), "{}", anew.err);
    // A broker that has forgotten everything: the history knows what is in force.
    fleet.keep("t/counter-1/config/desired", "").await;
    let known = fleet.anna(&["config", "set", "counter-1", "sale.ttl_s=80"]);
    assert_eq!(known.code, 0, "{}", known.err);
    assert_eq!(fleet.anna(&["config", "get", "counter-1", "lang"]).out, "de\n");
    fleet.keep("t/counter-1/config/desired", "").await;
    let told = fleet.of("ben", &["config", "set", "counter-1", "sale.ttl_s=70", "--yes"]);
    assert!(told.code == 0 && told.err.contains("built on what counter-1 says is in force"), "{}", told.err);
    assert!(told.err.contains("all that is sent:\n  lang        de\n  sale.ttl_s  70"), "{}", told.err);
}

/// What no real terminal does on demand: it puts a document off, says nothing, or says what cannot be.
#[tokio::test]
async fn an_answer_is_waited_for_through_delays_and_what_overtakes_it_is_told() {
    let fleet = Fleet::open(1).await;
    let mut puppet = fleet.puppet("counter-2", 0).await;
    let set = fleet.start("anna", &["config", "set", "counter-2", "lang=de"]);
    let document = puppet.desired().await;
    puppet.answer(&document, 1, "deferred", "the counter is not idle").await;
    puppet.answer(&document, 2, "rolled_back", "no broker on these settings").await;
    let said = fleet.ended(set);
    assert_eq!(said.code, 69, "{}", said.err);
    assert!(said.err.contains("puts version 1 off: the counter is not idle"), "{}", said.err);
    assert!(said.err.contains("is back on the one before: no broker on these settings"), "{}", said.err);
    let silent = fleet.anna(&["config", "set", "counter-2", "lang=de", "--wait", "1"]);
    assert!(silent.code == 75 && silent.err.contains("not answered to version 2 in 1 s"), "{}", silent.err);
    puppet.desired().await;
    let set = fleet.start("anna", &["config", "set", "counter-2", "lang=en"]);
    puppet.desired().await;
    // Written at the same time, and later at the broker.
    let other = fleet.of("ben", &["config", "set", "counter-2", "lang=de", "--yes", "--wait", "0"]);
    assert_eq!(other.code, 75, "{}", other.err);
    let said = fleet.ended(set);
    assert!(
        said.code == 75 && said.err.contains("overtaken: counter-2 has version 4 by ben"),
        "{}",
        said.err
    );
    fleet.key_set("drop", &["carl"]);
    assert_eq!(fleet.publish_keys().code, 0);
    let status = fleet.anna(&["status"]);
    assert!(status.out.contains("it has an older set of keys than version 5"), "{}", status.out);
    let _liar = fleet.puppet("counter-1", u64::MAX / 2).await;
    let mad = fleet.anna(&["config", "set", "counter-1", "lang=de"]);
    assert!(mad.code == 65 && mad.err.contains("nobody sends so many"), "{}", mad.err);
}

#[tokio::test]
async fn a_lost_key_is_replaced_and_an_older_set_is_not_believed_again() {
    let fleet = Fleet::open(1).await;
    let _counter = fleet.counter("counter-1");
    fleet.until_ready("counter-1");
    assert_eq!(fleet.anna(&["config", "set", "counter-1", "lang=de"]).code, 0);
    let older = fs::read_to_string(fleet.file("keys.signed")).expect("text");
    fleet.key_set("revoke", &["anna"]);
    fleet.new_key("anna-2.key");
    fleet.key_set("add", &["operations", "anna", path(&fleet.file("anna-2.key"))]);
    let stale = fleet.file("older.signed");
    fs::write(&stale, &older).expect("written");
    assert_eq!(fleet.publish_keys().code, 0);
    let back =
        fleet.qrtill(&["key", "set", "publish", path(&stale), "--config", path(&fleet.file("anna.toml"))]);
    assert!(back.code == 65 && back.err.contains("terminals never go back"), "{}", back.err);
    fleet.change("carl.toml", "confirm_s", "mode = \"live\"\nconfirm_s");
    let newest = fleet.file("keys.signed");
    let other =
        fleet.qrtill(&["key", "set", "publish", path(&newest), "--config", path(&fleet.file("carl.toml"))]);
    assert!(
        other.code == 65 && other.err.contains("no terminal of this fleet would believe"),
        "{}",
        other.err
    );
    let revoked = fleet.anna(&["config", "set", "counter-1", "lang=fr"]);
    assert!(revoked.code == 78 && revoked.err.contains("may not sign for operations"), "{}", revoked.err);
    fleet.change("anna.toml", "\"anna.key\"", "\"anna-2.key\"");
    fleet.until("the new set", "counter-1", |row| row["keys_version"] == json!(6));
    let newer = fleet.anna(&["config", "set", "counter-1", "sale.ttl_s=90"]);
    assert_eq!(newer.code, 0, "what she had sent before is known to be hers: {}", newer.err);
    assert_eq!(fleet.anna(&["config", "get", "counter-1", "lang"]).out, "de\n");
    fleet.keep("keys", older.trim_end()).await;
    let rolled_back = fleet.anna(&["config", "set", "counter-1", "lang=fr"]);
    assert!(
        rolled_back.code == 65 && rolled_back.err.contains("version 6 was seen before"),
        "{}",
        rolled_back.err
    );
    fleet.keep("keys", "{}").await;
    let forged = fleet.anna(&["config", "set", "counter-1", "lang=fr"]);
    assert!(forged.code == 65 && forged.err.contains("not to be believed"), "{}", forged.err);
    assert_eq!(fleet.publish_keys().code, 0, "the right one goes over it");
    assert_eq!(fleet.anna(&["config", "set", "counter-1", "lang=fr"]).code, 0);
}

#[tokio::test]
async fn an_editor_changes_settings_and_its_text_outlives_what_goes_wrong() {
    let fleet = Fleet::open(1).await;
    let _counter = fleet.counter("counter-1");
    fleet.until_ready("counter-1");
    let text = fleet.file("history-anna/counter-1/edit.toml");
    let edited = fleet.edit("sed -i 's/^#ttl_s = .*/ttl_s = 77/'", &[]);
    assert_eq!(
        (edited.code, edited.out.as_str()),
        (0, "counter-1 has version 1 in force\n"),
        "{}",
        edited.err
    );
    assert!(!text.exists(), "it was sent");
    let same = fleet.edit("true", &[]);
    assert_eq!(
        (same.code, same.out.as_str()),
        (0, "nothing was changed, and nothing sent\n"),
        "{}",
        same.err
    );
    let bad = fleet.edit("sed -i 's/^ttl_s = 77/ttl_s = 5/'", &[]);
    assert_eq!(bad.code, 65);
    assert!(bad.err.contains("sale.ttl_s: ") && bad.err.contains("--resume"), "{}", bad.err);
    let kept = fs::read_to_string(&text).expect("it is kept");
    assert!(kept.contains("\nttl_s = 5\n") && kept.contains("#lang = \"en\"  # default"), "{kept}");
    assert!(kept.contains("a whole number from 10 to 3600"), "{kept}");
    let mended = fleet.edit("sed -i 's/^ttl_s = 5/ttl_s = 50/'", &["--resume"]);
    assert_eq!(
        (mended.code, mended.out.as_str()),
        (0, "counter-1 has version 2 in force\n"),
        "{}",
        mended.err
    );
    let broken = fleet.edit("sed -i 's/^ttl_s = .*/ttl_s = /'", &[]);
    assert!(broken.code == 65 && broken.err.contains("not TOML"), "{}", broken.err);
    let ended = fleet.edit("false", &[]);
    assert!(ended.code == 64 && ended.err.contains("nothing was signed"), "{}", ended.err);
    // Somebody else is faster while the text is being edited.
    let other = format!(
        "{} fleet --config {} config set counter-1 sale.ttl_s=88 --yes >&2 && sed -i 's/^#lang = .*/lang = \"de\"/'",
        env!("CARGO_BIN_EXE_qrtill"),
        path(&fleet.file("ben.toml"))
    );
    let overtaken = fleet.edit(&other, &[]);
    assert_eq!(overtaken.code, 75, "{}", overtaken.err);
    assert!(overtaken.err.contains("counter-1 has version 3 by ben; nothing was sent"), "{}", overtaken.err);
    assert!(fs::read_to_string(&text).expect("it is kept").contains("\nlang = \"de\"\n"));
    assert_eq!(fleet.anna(&["config", "get", "counter-1", "sale.ttl_s"]).out, "88\n");
}

const SHOPS: &str = "\
[settings]
lang = \"de\"
sale.ttl_s = 90
[site.old-town]
terminals = [\"counter-1\", \"counter-2\"]
settings.light.bright = 60
[terminal.counter-1]
labels = [\"window\"]
settings.light.bright = 90
";

#[tokio::test]
async fn a_file_is_applied_to_one_terminal_after_another() {
    let fleet = Fleet::open(1).await;
    let _counters = ["counter-1", "counter-2"].map(|id| fleet.counter(id));
    for id in ["counter-1", "counter-2"] {
        fleet.until_ready(id);
    }
    let file = fleet.file("shops.toml");
    fs::write(&file, SHOPS).expect("written");
    let apply = |who: &str, line: &[&str]| fleet.of(who, &[&["apply", path(&file), "--yes"], line].concat());
    let plan = fleet.anna(&["plan", path(&file), "--json"]);
    let all: Value = serde_json::from_str(&plan.out).expect("JSON");
    let steps = &all["terminals"];
    assert_eq!(plan.code, 2, "something would change");
    assert_eq!(
        steps[0]["settings"],
        json!({ "lang": "de", "sale": { "ttl_s": 90 }, "light": { "bright": 90 } })
    );
    assert_eq!(steps[1]["settings"]["light"]["bright"], json!(60));
    fleet.change("carl.toml", "money_file = \"carl.key\"", "");
    let looking = fleet.of("carl", &["plan", path(&file)]);
    assert!(looking.code == 2 && looking.out.contains("en -> de"), "looking needs no key: {}", looking.err);
    let unsigned = fleet.of("carl", &["apply", path(&file), "--yes"]);
    assert_eq!(unsigned.code, 78, "{}", unsigned.err);
    let unasked = fleet.anna(&["apply", path(&file)]);
    assert!(unasked.code == 66 && unasked.err.contains("2 to change"), "{}", unasked.err);
    let one = apply("anna", &["window"]);
    assert_eq!((one.code, one.out.as_str()), (0, "1 of 1 have it in force\n"), "{}", one.err);
    let all = apply("anna", &["old-town"]);
    assert!(all.err.contains("counter-2 has version 1 in force") && !all.err.contains("counter-1 has"));
    assert_eq!(all.out, "1 of 1 have it in force\n", "{}", all.err);
    let again = apply("anna", &[]);
    assert!(again.code == 0 && again.out.contains("nothing was sent"), "{}{}", again.out, again.err);
    // A folder that says the same changes nothing.
    let folder = fleet.file("shops");
    let files = [
        ("all.toml", "[settings]\nlang = \"de\"\nsale.ttl_s = 90\n"),
        ("sites/old-town.toml", "terminals = [\"counter-2\"]\nsettings.light.bright = 60\n"),
        ("terminals/counter-1.toml", "site = \"old-town\"\n[settings.light]\nbright = 90\n"),
    ];
    for (name, text) in files {
        let name = folder.join(name);
        fs::create_dir_all(name.parent().expect("a folder")).expect("made");
        fs::write(name, text).expect("written");
    }
    let same = fleet.anna(&["plan", path(&folder)]);
    assert_eq!((same.code, same.out.as_str()), (0, "every terminal has it in force\n"), "{}", same.err);
    let nobody = apply("anna", &["new-town"]);
    assert!(nobody.code == 64 && nobody.err.contains("`new-town`"), "{}", nobody.err);
    // One terminal's fault keeps it from all.
    fs::write(&file, SHOPS.replace("bright = 90", "bright = 900").replace("= 60", "= 61")).expect("written");
    let bad = apply("anna", &[]);
    assert!(bad.code == 65 && bad.err.contains("counter-1 does not take this"), "{}", bad.err);
    assert!(bad.err.contains("nothing was sent to any terminal"), "{}", bad.err);
    assert_eq!(fleet.anna(&["config", "get", "counter-2", "light.bright"]).out, "60\n");
    // What only the terminal knows to be wrong stops it there.
    fs::write(&file, format!("{SHOPS}settings.link.hosts = [\"evil.example\"]\n")).expect("written");
    fs::write(&file, fs::read_to_string(&file).expect("text").replace("= 60", "= 61")).expect("written");
    let money = apply("anna", &[]);
    assert!(money.code == 78 && money.err.contains("money role"), "{}", money.err);
    let stopped = apply("ben", &[]);
    assert_eq!(stopped.code, 65, "{}", stopped.err);
    let words = ["counter-1 rejects version 2", "  link.hosts[0]: ", "stopped with 0 of 2"];
    assert!(words.iter().all(|words| stopped.err.contains(words)), "{}", stopped.err);
    assert!(stopped.err.contains("all that is sent to counter-1:\n  lang "), "{}", stopped.err);
    assert!(stopped.out.contains("counter-2 was sent nothing"), "{}", stopped.out);
    assert_eq!(fleet.anna(&["config", "get", "counter-2", "light.bright"]).out, "60\n");
}
