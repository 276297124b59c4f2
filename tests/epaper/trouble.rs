//! Modules that are not there, wired wrongly, or unplugged.

use std::time::Duration;

use qrtill::panel::epaper::Module;
use qrtill::panel::epaper::Rules;

use super::board::Board;
use super::board::Wrong;
use super::counter::Counter;

/// The level at which a module says that it is busy.
fn busy_level(module: Module) -> bool {
    match module {
        Module::In213V3 | Module::In213V4 | Module::In29V2 | Module::In42V2 => true,
        Module::In42 | Module::In75V2 => false,
    }
}

#[test]
fn busy_for_ever_is_told_with_the_line_and_not_waited_for() {
    for module in Module::ALL {
        let mut counter = Counter::new(module, false, Rules::default());
        let scan = counter.picture("scan");
        let before = counter.board.state().now;
        counter.board.state().wrong = Wrong::Busy(busy_level(module));
        let fault = counter.panel.show(&scan, &[]).unwrap_err().to_string();
        assert!(
            fault.contains("busy for more than 20 s") && fault.contains("line 24 of /dev/gpiochip0"),
            "{fault}"
        );
        let waited = counter.board.state().now - before;
        assert!(waited < Duration::from_secs(22), "{waited:?} on {}", module.name());
        // Neither does opening it anew wait for ever.
        let fault = counter.board.open(false, Rules::default()).err().expect("a fault").to_string();
        assert!(fault.contains("BUSY, RST and power"), "{fault}");
        // And once it is well again all is as it should be.
        counter.board.state().wrong = Wrong::Nothing;
        counter.panel = counter.board.open(false, Rules::default()).expect("opened");
        counter.show(&scan);
        assert!(counter.seen() == *scan.frame);
    }
}

#[test]
fn a_module_that_never_says_that_it_is_busy_is_not_there() {
    for module in Module::ALL {
        let mut counter = Counter::new(module, false, Rules::default());
        let scan = counter.picture("scan");
        counter.board.state().wrong = Wrong::Busy(!busy_level(module));
        let fault = counter.panel.show(&scan, &[]).unwrap_err().to_string();
        assert!(fault.contains("does not answer") && fault.contains(module.name()), "{fault}");
    }
}

#[test]
fn a_bus_that_takes_nothing_is_told() {
    let board = Board::new(Module::In213V3);
    board.state().wrong = Wrong::Bus;
    let fault = board.open(false, Rules::default()).err().expect("a fault").to_string();
    assert!(fault.contains("2in13-v3 does not take what is sent: no such device"), "{fault}");
}
