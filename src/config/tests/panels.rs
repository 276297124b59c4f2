//! `[panel]` and `[cashier_panel]`: what they stand for, and mistakes in them.

use super::*;
use crate::panel::Device;

/// The shipped file with these tables in place of its own.
fn with(tables: &str) -> String {
    let (head, rest) = TERMINAL.split_once("[panel]").expect("a panel");
    let (_, tail) = rest.split_once("[keypad]").expect("a keypad");
    format!("{head}{tables}\n[keypad]{tail}")
}

fn judged(tables: &str) -> Checked<terminal::Terminal> {
    let folder = folder();
    terminal_of(folder.path(), &with(tables))
}

/// The faults of these tables, as keys and as one text.
fn wrong(tables: &str) -> (Vec<String>, String) {
    let checked = judged(tables);
    let found = keys(&checked.faults).into_iter().map(str::to_owned).collect();
    (found, told(&checked.faults).join("\n"))
}

#[test]
fn a_strip_of_a_few_lines_is_for_the_cashier_and_not_for_customers() {
    let (found, all) = wrong("[panel]\nname = \"oled-128x64\"");
    assert_eq!(found, ["panel.name"]);
    assert!(all.contains("[cashier_panel]"), "{all}");
    let both = judged("[panel]\n[cashier_panel]\nname = \"oled-128x64\"");
    assert_eq!(told(&both.faults), [""; 0]);
    let both = both.value.expect("values");
    assert_eq!(both.panel.spec.name, "tft-240x320");
    assert_eq!(both.cashier_panel.expect("a second one").spec.name, "oled-128x64");
    assert_eq!(judged("[panel]").value.expect("values").cashier_panel, None);
}

#[test]
fn the_second_panel_has_no_usual_size_and_every_fault_names_its_table() {
    let (found, _) = wrong("[panel]\n[cashier_panel]\nkind = \"headless\"");
    assert_eq!(found, ["cashier_panel.name"]);
    let (found, all) = wrong("[panel]\nname = \"tft\"\n[cashier_panel]\nname = \"oled\"\nnmae = \"x\"");
    assert_eq!(found, ["cashier_panel.nmae", "panel.name", "cashier_panel.name"]);
    assert!(all.contains("use one of tft-240x320, "), "{all}");
}

#[test]
fn a_picture_file_is_found_beside_the_configuration() {
    let folder = folder();
    let checked = terminal_of(folder.path(), &with("[panel]\nfile = \"panel.png\""));
    let Device::Headless(options) = checked.value.expect("values").panel.device;
    assert_eq!(options.file, Some(folder.path().join("panel.png")));
}
