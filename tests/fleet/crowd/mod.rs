//! A fleet as large as `TERMINALS` says, 30 by default, on one Mosquitto with the shipped rules and one relay: every till the
//! real core, client and journal. It is connected, broken and set up, and in the end the operator's picture is held
//! against what each till has on its disk. `tests/thousand` is the long form.

mod measure;
mod place;
mod till;

use std::collections::BTreeMap;
use std::time::Duration;

use qrtill::core::key::Key;
use qrtill::core::remote::Outcome;
use qrtill::host::health::Health;
use serde_json::Value;
use serde_json::json;
use tokio::sync::watch;
use tokio::time::Instant;

use self::measure::resident;
use self::measure::worked;
use self::place::Place;
use self::place::id;
use self::till::CRASHES;
use self::till::Till;
use crate::support::path;

const SMALL: usize = 30;
/// Longer than this takes no step but of a fleet that does not come back at all.
const PATIENCE: Duration = Duration::from_secs(240);
const HEALTH_EVERY: Duration = Duration::from_secs(60);

/// What a till makes of what it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kin {
    Takes,
    /// It sells in yen, and is sent a limit with cents.
    Refuses,
    /// It is sent to a port where nobody listens.
    CutOff,
    Crashes,
    /// It is off, and takes it when it is back.
    Off,
}

fn kin(at: usize, tills: usize) -> Kin {
    match at % 25 {
        7 => Kin::Refuses,
        // It takes its time until it is back.
        13 if tills > SMALL => Kin::CutOff,
        13 | 23 => Kin::Crashes,
        19 => Kin::Off,
        _ => Kin::Takes,
    }
}

impl Kin {
    /// What the operator's program calls it.
    fn outcome(self) -> &'static str {
        match self {
            Self::Takes => "applied",
            Self::Refuses => "rejected",
            Self::CutOff | Self::Crashes => "rolled_back",
            Self::Off => "off",
        }
    }
}

struct Crowd {
    place: Place,
    tills: Vec<Till>,
    machine: watch::Sender<Option<Health>>,
}

impl Crowd {
    async fn open(count: usize) -> Self {
        let place = Place::open(count).await;
        let machine = watch::Sender::new(None);
        let till = |at| Till::new(id(at), place.till_file(at), machine.subscribe());
        let tills = (0..count).map(till).collect();
        Self { place, tills, machine }
    }

    /// All tell how they are, all at once.
    fn tell_health(&self) {
        self.machine.send_replace(Some(Health { clock_set: true, ..Health::default() }));
    }

    /// Waits for it, and says how long it took.
    async fn until(&self, what: &str, is_so: impl Fn(&Till) -> bool) -> Duration {
        let begun = Instant::now();
        let mut told = Instant::now();
        loop {
            let missing: Vec<&Till> = self.tills.iter().filter(|till| !is_so(till)).collect();
            let Some(first) = missing.first() else { return begun.elapsed() };
            if begun.elapsed() > PATIENCE {
                let log = std::fs::read_to_string(self.place.fleet.file("relay.log")).unwrap_or_default();
                panic!("{} are never {what}; {}: {:?}\n{log}", missing.len(), first.id, first.state());
            }
            if told.elapsed() > HEALTH_EVERY {
                told = Instant::now();
                self.tell_health();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn relay(&self) -> String {
        self.place.relay.as_ref().expect("it runs").0.id().to_string()
    }

    fn broker(&self) -> String {
        self.place.mosquitto.child.id().to_string()
    }

    fn report(&self, what: &str, took: Duration) {
        let (own, relay, broker) = (worked("self"), worked(&self.relay()), worked(&self.broker()));
        eprintln!(
            "{what}: {:.1} s; so far worked: tills {:.1} s, relay {:.1} s, broker {:.1} s; memory: tills {} MiB, relay {} MiB, \
             broker {} MiB",
            took.as_secs_f64(),
            own.as_secs_f64(),
            relay.as_secs_f64(),
            broker.as_secs_f64(),
            resident("self") >> 10,
            resident(&self.relay()) >> 10,
            resident(&self.broker()) >> 10,
        );
    }

    /// What the operator sees, by terminal.
    fn picture(&self) -> BTreeMap<String, Value> {
        let said = self.place.fleet.anna(&["status", "--json"]);
        let rows: Vec<Value> = serde_json::from_str(&said.out).unwrap_or_else(|_| panic!("{}", said.err));
        rows.into_iter().map(|row| (row["terminal"].as_str().expect("an id").to_owned(), row)).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fleet_is_set_up_and_the_operators_picture_is_each_tills_own() {
    let count = std::env::var("TERMINALS").ok().map_or(SMALL, |count| count.parse().expect("a number"));
    let mut crowd = Crowd::open(count).await;
    crowd.place.start_relay();
    let before = resident("self");
    let begun = Instant::now();
    crowd.tills.iter_mut().for_each(Till::start);
    crowd.until("armed", Till::is_armed).await;
    crowd.report(&format!("{count} tills from their start to armed"), begun.elapsed());
    eprintln!("{} KiB of memory for each till", resident("self").saturating_sub(before) / count as u64);
    crowd.tell_health();
    crowd.place.restart_broker();
    crowd.until("deaf", |till| !till.is_armed()).await;
    let took = crowd.until("armed again", Till::is_armed).await;
    crowd.report("armed again after the broker was killed and started", took);
    // It had not written down the set of keys.
    assert_eq!(crowd.place.fleet.publish_keys().code, 0);
    crowd.place.stop_relay();
    crowd.until("deaf", |till| !till.is_armed()).await;
    crowd.place.start_relay();
    let took = crowd.until("armed again", Till::is_armed).await;
    crowd.report("armed again after the relay was stopped and started", took);
    sell(&crowd).await;
    roll_out(&mut crowd).await;
    compare(&crowd);
    let begun = Instant::now();
    crowd.tills.iter().for_each(Till::tell_to_stop);
    crowd.tills.iter_mut().for_each(Till::join);
    eprintln!("all ended in {:.1} s", begun.elapsed().as_secs_f64());
}

/// Some of them sell something at once.
async fn sell(crowd: &Crowd) {
    let selling: Vec<&Till> = crowd.tills.iter().step_by(10).collect();
    let begun = Instant::now();
    for till in &selling {
        till.press(&[Key::Digit(5), Key::Digit(0), Key::Digit(0), Key::Enter]).await;
    }
    let shown = |till: &&Till| till.state().is_some_and(|state| state.url.is_some());
    while !selling.iter().all(shown) {
        assert!(begun.elapsed() < PATIENCE, "not all sell");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    crowd.report(&format!("{} codes asked for at once, and on the panels", selling.len()), begun.elapsed());
    for till in &selling {
        till.press(&[Key::Cancel]).await;
    }
    let is_idle = |till: &Till| till.state().is_some_and(|state| state.scene == "idle");
    while let Some(till) = selling.iter().find(|till| !is_idle(till)) {
        assert!(begun.elapsed() < PATIENCE, "{} is never idle", till.id);
        // Just after it was shown a result stays.
        till.press(&[Key::Enter]).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// By the operator's program, in waves. Some are off, and are told of once they are back.
async fn roll_out(crowd: &mut Crowd) {
    let count = crowd.tills.len();
    let is_off = |at: usize| kin(at, count) == Kin::Off;
    crowd.tills.iter().enumerate().filter(|(at, _)| is_off(*at)).for_each(|(_, till)| till.tell_to_stop());
    crowd.tills.iter_mut().enumerate().filter(|(at, _)| is_off(*at)).for_each(|(_, till)| till.join());
    crowd.place.fleet.appoint("boss");
    std::fs::write(crowd.place.fleet.file("shops.toml"), shops(count)).expect("written");
    let begun = Instant::now();
    let told = run(crowd, &[]).await;
    crowd.report(&format!("rolled out to {count} in waves"), begun.elapsed());
    for at in 0..count {
        assert_eq!(told[&id(at)], kin(at, count).outcome(), "{}", id(at));
    }
    crowd.tills.iter_mut().enumerate().filter(|(at, _)| is_off(*at)).for_each(|(_, till)| till.start());
    let late: Vec<String> = (0..count).filter(|at| is_off(*at)).map(id).collect();
    crowd.until("armed", Till::is_armed).await;
    let told = run(crowd, &late).await;
    assert!(late.iter().all(|id| told[id] == "applied"), "{told:?}");
    crowd.until("armed", Till::is_armed).await;
}

/// What the operator's program says became of each.
async fn run(crowd: &Crowd, names: &[String]) -> BTreeMap<String, String> {
    let file = crowd.place.fleet.file("shops.toml");
    let tolerate = if crowd.tills.len() > SMALL { "20%" } else { "100%" };
    let mut line = vec!["rollout", path(&file), "--soak", "1s", "--tolerate", tolerate, "--yes", "--json"];
    line.extend(names.iter().map(String::as_str));
    // The tills go on meanwhile.
    let started = crowd.place.fleet.start("boss", &line);
    let ended = tokio::task::spawn_blocking(move || started.wait_with_output().expect("it ends"));
    let output = ended.await.expect("waited for");
    let told: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    let rows = told["terminals"].as_array().expect("rows");
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    rows.iter().map(|row| (text(&row["terminal"]), text(&row["outcome"]))).collect()
}

/// The file of the whole fleet.
fn shops(count: usize) -> String {
    let mut text = "[settings]\nlang = \"de\"\nsale.ttl_s = 90\n".to_owned();
    for at in 0..count {
        let own = match kin(at, count) {
            Kin::Takes | Kin::Off => String::new(),
            Kin::Refuses => "settings.sale.limit = \"250.50\"\n".to_owned(),
            Kin::CutOff => "settings.broker.port = 9\n".to_owned(),
            Kin::Crashes => format!("settings.shop = \"{CRASHES}\"\n"),
        };
        text += &format!("[terminal.{}]\n{own}", id(at));
    }
    text
}

/// Row by row, and field by field.
fn compare(crowd: &Crowd) {
    let begun = Instant::now();
    let picture = crowd.picture();
    eprintln!("the operator's picture of all: {:.1} s", begun.elapsed().as_secs_f64());
    assert_eq!(picture.len(), crowd.tills.len());
    let mut outcomes = BTreeMap::new();
    for (at, till) in crowd.tills.iter().enumerate() {
        let (slots, row) = (till.slots(), &picture[&till.id]);
        let last = slots.last.clone().expect("an answer");
        let (outcome, version) = match kin(at, crowd.tills.len()) {
            Kin::Takes | Kin::Off => (Outcome::Applied, Some(1)),
            Kin::Refuses => (Outcome::Rejected, None),
            Kin::CutOff | Kin::Crashes => (Outcome::RolledBack, None),
        };
        assert_eq!(
            (last.outcome, slots.good.as_ref().map(|good| good.version)),
            (outcome, version),
            "{}",
            till.id
        );
        let truth = json!({
            "terminal": till.id, "online": till.is_running(), "armed": till.is_armed(),
            "program": env!("CARGO_PKG_VERSION"), "config_version": version, "trial": false, "sent_version": slots.burned,
            "keys_version": slots.keys.as_ref().map(|(version, _)| version), "last_result": last,
            "last_sale": row["last_sale"], "faults": row["faults"],
        });
        let mut seen = row.clone();
        // Whether the broker has it is the terminal's own matter.
        seen["last_result"]["told"] = truth["last_result"]["told"].clone();
        assert_eq!(seen, truth, "{}", till.id);
        assert_eq!(row["faults"].as_array().map(Vec::is_empty), Some(outcome == Outcome::Applied), "{row:#}");
        *outcomes.entry(format!("{outcome:?}")).or_insert(0) += 1;
    }
    eprintln!("{outcomes:?}");
    // Told every minute, and held against the counter's own.
    crowd.tell_health();
    let sold = |till: &Till| till.state().and_then(|state| state.last).map(|last| last.reference);
    let same = |picture: &BTreeMap<String, Value>, till: &Till| {
        picture[&till.id]["last_sale"]["reference"].as_str().map(str::to_owned) == sold(till)
    };
    loop {
        let picture = crowd.picture();
        if crowd.tills.iter().all(|till| same(&picture, till)) {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "the last sales are never the tills' own");
    }
}
