//! `kind = "e_paper"`.

use std::time::Duration;

use super::Panel;
use super::Table;
use crate::config::draft::Draft;
use crate::panel::Device;
use crate::panel::epaper::Module;
use crate::panel::epaper::Options;
use crate::panel::epaper::Rules;
use crate::port::panel;

pub const KEYS: &[&str] = &[
    "module",
    "device",
    "speed_hz",
    "gpio_chip",
    "dc",
    "reset",
    "busy",
    "power",
    "rotation",
    "quick_most",
    "refresh_burst",
    "sleep_after_s",
];

const DEVICE: &str = "/dev/spidev0.0";
const SPEED_HZ: u32 = 4_000_000;
/// The lines that the maker's boards for the Pi's header are wired to.
const DC: u32 = 25;
const RESET: u32 = 17;
const BUSY: u32 = 24;

pub fn build(draft: &mut Draft, at: &str, table: &Table) -> Option<Panel> {
    let module = module(draft, at, table);
    super::tell_shared_lines(draft, at, &with_lines(table));
    let speed_hz = super::speed(draft, at, table, SPEED_HZ);
    let turned = super::rotation(draft, at, table.rotation.unwrap_or(0))?.degrees();
    if ![0, 180].contains(&turned) {
        let what = "e-paper is shown lying, as its name says";
        draft.fault(&format!("{at}.rotation"), what, "use 0 or 180");
    }
    let rules = rules(draft, at, table);
    let module = module?;
    let spec = panel::find(module.panel())?;
    if let Some(name) = table.name.as_deref().filter(|name| *name != spec.name) {
        let what = format!("the module {} is not {name}", module.name());
        draft.fault(&format!("{at}.name"), what, format_args!("put {}, or leave it out", spec.name));
    }
    let options = Options {
        module,
        turned: turned == 180,
        rules,
        device: table.device.clone().unwrap_or_else(|| DEVICE.into()),
        speed_hz,
        gpio: super::gpio_chip(table),
        dc: table.dc.unwrap_or(DC),
        reset: table.reset.unwrap_or(RESET),
        busy: table.busy.unwrap_or(BUSY),
        power: table.power,
    };
    Some(Panel { spec: *spec, device: Device::EPaper(options) })
}

/// With the usual lines in place of those that are not named.
fn with_lines(table: &Table) -> Table {
    let mut table = table.clone();
    table.dc.get_or_insert(DC);
    table.reset.get_or_insert(RESET);
    table.busy.get_or_insert(BUSY);
    table
}

fn module(draft: &mut Draft, at: &str, table: &Table) -> Option<Module> {
    let key = format!("{at}.module");
    let mend = "name what is printed on its back, such as module = \"4in2-v2\"";
    let name = draft.need(&key, table.module.as_deref(), mend)?;
    let module = Module::find(name);
    if module.is_none() {
        let names: Vec<_> = Module::ALL.iter().map(|module| module.name()).collect();
        let mend = format!("use one of {}; modules with a third colour are too slow", names.join(", "));
        draft.fault(&key, format_args!("there is no driver for a module `{name}`"), mend);
    }
    module
}

fn rules(draft: &mut Draft, at: &str, table: &Table) -> Rules {
    let usual = Rules::default();
    let quick_most = table.quick_most.unwrap_or(usual.quick_most);
    if quick_most > 50 {
        let what = format!("after {quick_most} quick refreshes nothing could be read for ghosts");
        draft.fault(&format!("{at}.quick_most"), what, "use 0 to 50");
    }
    let burst = table.refresh_burst.unwrap_or(usual.burst);
    if !(1..=480).contains(&burst) {
        let what = format!("{burst} whole refreshes at once are outside of what works");
        draft.fault(&format!("{at}.refresh_burst"), what, "use 1 to 480, which is a day's worth");
    }
    let key = format!("{at}.sleep_after_s");
    let sleep_after: Duration = draft.seconds(&key, table.sleep_after_s, usual.sleep_after);
    Rules { quick_most, burst, sleep_after }
}
