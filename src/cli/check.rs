//! `qrtill check`: everything that is wrong or unwise in a configuration, before anything is started.

use std::fs;
use std::io;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;

use super::failure;
use super::failure::Failure;
use super::table::counted;
use crate::config;
use crate::config::Checked;
use crate::config::Layer;
use crate::config::Program;
use crate::config::fault::Fault;
use crate::config::pairing::Fresh;
use crate::config::panel::Panel;
use crate::config::terminal::Terminal;
use crate::core::link::MAX_LINK;
use crate::core::money::Money;
use crate::core::scene::Scene;
use crate::core::scene::View;
use crate::core::view;
use crate::host;
use crate::host::health::Health;
use crate::host::wear::Wear;
use crate::keypad;
use crate::port::panel::Depth;
use crate::sound;
use crate::terminal::pairing::Files;
use crate::ui::Audience;
use crate::ui::Code;
use crate::ui::Painter;
use crate::ui::qr::Plan;
use crate::ui::sample;

/// Nearer than this, many phones' cameras do not focus.
const NEAR_MM: u32 = 120;

/// Judge a configuration file of a terminal, a relay or an operator
///
/// Tells everything that is wrong (exit code 78) or unwise (exit code 0), with the line and a way out. Reads
/// the environment and the secret files as the program itself does; opens no connection and writes nothing.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The configuration file; its content tells which program it is for
    #[arg(value_name = "CONFIG")]
    file: PathBuf,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    judge(&args.file)
}

/// Tells all that is wrong or unwise in this file on standard output.
pub fn judge(file: &Path) -> Result<ExitCode, Failure> {
    let text = config::text(file).map_err(|faults| Failure::of_faults(&faults))?;
    let variables = config::variables();
    match Program::of(&text) {
        Program::Terminal if config::pairing::is_awaited(file, &text, &variables) => {
            let mut checked = config::fresh(file, &text, &variables);
            let facts = checked.value.take().map(|fresh| unpaired(&fresh, &mut checked)).unwrap_or_default();
            tell(file, "terminal", &checked.faults, &checked.warnings, &facts)
        }
        Program::Terminal => {
            let mut checked = config::terminal(file, &text, &variables);
            let mut facts = Vec::new();
            if let Some(terminal) = checked.value.take() {
                facts = codes(&terminal, &mut checked);
                data(&terminal.data, &mut checked);
                facts.extend(machine(&terminal.data));
                devices(&terminal, &mut checked);
                facts.extend(paired(&terminal, &checked));
            }
            tell(file, "terminal", &checked.faults, &checked.warnings, &facts)
        }
        #[cfg(feature = "relay")]
        Program::Relay => {
            let mut checked = config::relay(file, &text, &variables);
            let mut facts = Vec::new();
            if let Some(relay) = checked.value.take() {
                for system in &relay.systems {
                    let name = system.service.provider.name();
                    let route = format!("http://{}/webhook/{name}", relay.listen);
                    facts.push(format!("webhooks come in at {route}"));
                }
                data(&relay.data, &mut checked);
                facts.extend(machine(&relay.data));
            }
            tell(file, "relay", &checked.faults, &checked.warnings, &facts)
        }
        #[cfg(feature = "fleet")]
        Program::Fleet => {
            let checked = config::fleet(file, &text, &variables);
            let facts = checked.value.as_ref().map(signs).unwrap_or_default();
            tell(file, "fleet", &checked.faults, &checked.warnings, &facts)
        }
        #[cfg(not(feature = "relay"))]
        Program::Relay => {
            let what = format!("{} is for a relay, and this build has none", file.display());
            Err(Failure::new(failure::USAGE, what, "check it where the relay runs"))
        }
        #[cfg(not(feature = "fleet"))]
        Program::Fleet => {
            let what = format!("{} is an operator's, and this build has no `qrtill fleet`", file.display());
            Err(Failure::new(failure::USAGE, what, "check it where the fleet is run from"))
        }
    }
}

fn tell(
    file: &Path,
    program: &str,
    faults: &[Fault],
    warnings: &[Fault],
    facts: &[String],
) -> Result<ExitCode, Failure> {
    let mut text = String::new();
    for (kind, found) in [("error", faults), ("warning", warnings)] {
        found.iter().for_each(|fault| text += &format!("{kind}: {fault}\n"));
    }
    facts.iter().for_each(|fact| text += &format!("{fact}\n"));
    let verdict = match (faults.len(), warnings.len()) {
        (0, 0) => "fine".to_owned(),
        (0, unwise) => format!("works, with {}", counted(unwise, "warning")),
        (wrong, 0) => format!("cannot be used, {}", counted(wrong, "error")),
        (wrong, unwise) => {
            format!("cannot be used, {}, {}", counted(wrong, "error"), counted(unwise, "warning"))
        }
    };
    text += &format!("{} ({program}): {verdict}\n", file.display());
    // Whoever asked may have stopped reading; the exit code says it too.
    let _gone = io::stdout().lock().write_all(text.as_bytes());
    let bad = !faults.is_empty();
    Ok(if bad { ExitCode::from(failure::CONFIG) } else { ExitCode::SUCCESS })
}

/// What an operator can sign here.
#[cfg(feature = "fleet")]
fn signs(fleet: &config::fleet::Fleet) -> Vec<String> {
    let keys = [("operations", &fleet.identity.operations), ("money", &fleet.identity.money)];
    let signs = keys.into_iter().filter_map(|(role, key)| Some((role, key.as_ref()?.public())));
    signs
        .map(|(role, key)| format!("signs for {role} with the key {} ({})", key.id(), key.fingerprint()))
        .collect()
}

/// How this machine and its disk are: no fault of the file, and often the reason to look into it.
fn machine(data: &Path) -> Vec<String> {
    let health = Health::read(Path::new("/"), data, host::unix_ms());
    let heat = health.milli_c.map(|milli_c| format!("{} °C", milli_c / 1000));
    let free = health.free.map(|bytes| format!("{} MiB free on the journal's disk", bytes >> 20));
    let well: Vec<String> = heat.into_iter().chain(free).collect();
    let mut told = vec![well.join(", ")];
    told.extend(health.complaints().into_iter().map(|bad| format!("{}; {}", bad.what, bad.mend)));
    if let Some(wear) = Wear::of(Path::new("/"), data) {
        let (name, mend) = (&wear.name, "make a backup now (qrtill backup) and take a new card");
        told.extend(wear.complaint().map(|what| format!("the journal's disk {name}: {what}; {mend}")));
        told.extend(
            Some(wear.told())
                .filter(|told| !told.is_empty())
                .map(|told| format!("the journal's disk {name}: {told}")),
        );
    }
    let told = told.into_iter().filter(|line| !line.is_empty());
    told.map(|line| format!("this machine: {line}")).collect()
}

/// A journal tells what a shop earns.
fn data<T>(data: &Path, checked: &mut Checked<T>) {
    let mode = fs::metadata(data).map(|found| found.permissions().mode() & 0o7777);
    if let Ok(mode) = mode.map(|mode| mode & 0o077)
        && mode != 0
    {
        let mend = format!("run: chmod 700 {}", data.display());
        let what = format!("others can look into {}", data.display());
        checked.warnings.push(Fault::new(checked.origins.place("data"), "data", what, mend));
    }
}

fn probe<T>(panels: &[(&str, Option<&Panel>)], checked: &mut Checked<T>) {
    for (key, panel) in panels {
        if let Some(fault) = panel.and_then(|panel| panel.device.probe().err()) {
            let place = checked.origins.place(&format!("{key}.kind"));
            checked.warnings.push(Fault::new(place, key, fault.what, fault.mend));
        }
    }
}

/// Panels, keypads and sound that could not be used now, by this user.
fn devices(terminal: &Terminal, checked: &mut Checked<Terminal>) {
    let panels = [("panel", Some(&terminal.panel)), ("cashier_panel", terminal.cashier_panel.as_ref())];
    probe(&panels, checked);
    for keypad in &terminal.keypads {
        if let Err(fault) = keypad::probe(&keypad.options) {
            let place = checked.origins.place(&keypad.at);
            checked.warnings.push(Fault::new(place, &keypad.at, fault.what, fault.mend));
        }
    }
    let Some(wanted) = &terminal.sound else { return };
    if let Err(fault) = sound::probe(&wanted.way, std::env::var_os("PATH").as_deref()) {
        let colour = terminal.panel.spec.depth == Depth::Colour;
        let instead = if colour { "; until then the screen flashes" } else { "" };
        let (key, mend) = ("sound.kind", format!("{}{instead}", fault.mend));
        checked.warnings.push(Fault::new(checked.origins.place(key), key, fault.what, mend));
    }
}

/// A terminal that has no name yet can be judged as far as it shows its code.
fn unpaired(fresh: &Fresh, checked: &mut Checked<Fresh>) -> Vec<String> {
    let panels = [("panel", Some(&fresh.panel)), ("cashier_panel", fresh.cashier_panel.as_ref())];
    probe(&panels, checked);
    let how = match &fresh.way {
        Some(way) => format!("it asks at {}:{}", way.broker.host, way.broker.port),
        None => {
            "it has no account to ask by: request and answer are carried, see qrtill pair --help".to_owned()
        }
    };
    vec![format!("it has no name yet, and shows a code for `qrtill fleet pair`; {how}")]
}

/// Whose word some of it is.
fn paired(terminal: &Terminal, checked: &Checked<Terminal>) -> Option<String> {
    let files = Files::of(&terminal.data);
    let is_paired = checked.origins.layer("relay.keys") == Layer::Paired;
    is_paired.then(|| {
        format!(
            "paired as {}: {} goes below this file",
            terminal.identity.terminal,
            files.settings().display()
        )
    })
}

/// Which links can be shown on this panel, drawn as the terminal draws them. A one-off link must fit.
fn codes(terminal: &Terminal, checked: &mut Checked<Terminal>) -> Vec<String> {
    let name = terminal.panel.spec.name;
    let place = checked.origins.place("panel.name");
    let sampled = |name: &str| {
        let samples = sample::all(terminal.settings.currency.code());
        let found = samples.iter().find(|sample| sample.name == name);
        found.and_then(|sample| sample.view.scene.code().map(str::to_owned))
    };
    let mut facts = Vec::new();
    let links = [
        ("a link per sale", sampled("scan"), true),
        ("a link with reference and amount", sampled("scan-reference"), false),
        ("the standing link", terminal.settings.standing.clone(), true),
    ];
    for (what, url, must) in links.into_iter().filter_map(|(what, url, must)| Some((what, url?, must))) {
        let length = url.len();
        match draw(terminal, &url) {
            Ok(plan) => {
                let (size, far) = (millimetres(plan.module_um), plan.distance_mm() / 10);
                let modules = plan.modules;
                facts.push(format!(
                    "{name}: {what} ({length} characters) is a code of {modules} modules of {size}, read from \
                     {far} cm"
                ));
                if plan.distance_mm() < NEAR_MM {
                    let what = format!("{what} on {name} is read from {far} cm and nearer alone");
                    let mend = "take a larger panel if customers cannot come so near";
                    checked.warnings.push(Fault::new(place.clone(), "panel.name", what, mend));
                }
            }
            Err(why) => {
                let what = format!("{what} ({length} characters) cannot be shown on {name}: {why}");
                let fault =
                    Fault::new(place.clone(), "panel.name", what, "take a larger panel or shorter links");
                if must { checked.faults.push(fault) } else { checked.warnings.push(fault) }
            }
        }
    }
    if let Some(longest) = longest(terminal) {
        facts.push(format!("{name}: the longest link that can be shown has {longest} characters"));
    }
    facts
}

/// In hundredths.
fn millimetres(um: u32) -> String {
    format!("{}.{:02} mm", um / 1000, um % 1000 / 10)
}

/// The code on the fullest page it can stand on, or why there is none.
fn draw(terminal: &Terminal, url: &str) -> Result<Plan, String> {
    let (settings, spec) = (&terminal.settings, terminal.panel.spec);
    let amount = Money::new(settings.limit, settings.currency);
    let scene = Scene::Scan { amount, url: url.to_owned(), left_s: Some(10), declined: true };
    let hints = view::hints(&scene, settings.pin.is_some(), true);
    let mut painter = Painter::new(spec, Audience::of(&spec), terminal.lang, &terminal.shop);
    match painter.draw(&View { scene, strip: None, missing: None, hints }, 0).code {
        Code::Shown(plan) => Ok(plan),
        Code::TooLong(why) => Err(why.to_string()),
        Code::None => Err("this panel is not for customers".to_owned()),
    }
}

fn longest(terminal: &Terminal) -> Option<usize> {
    let fits = |length: usize| draw(terminal, &format!("{:a<length$}", "https://pay.example/")).is_ok();
    let (mut most, mut over) = (20, MAX_LINK + 1);
    if !fits(most) {
        return None;
    }
    while most + 1 < over {
        let middle = most.midpoint(over);
        if fits(middle) { most = middle } else { over = middle }
    }
    Some(most)
}
