//! `qrtill keys`: what each press of the configured keypads is, for whoever wires them.

use std::io;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::failure;
use super::failure::Failure;
use super::serve;
use crate::config;
use crate::config::keypad::Keypad;
use crate::core::key::Key;
use crate::keypad;
use crate::keypad::Outlet;
use crate::keypad::decode::Dropped;
use crate::keypad::decode::map::Meaning;
use crate::keypad::line::Heard;
use crate::port::keys;
use crate::port::keys::Presence;

/// Lines that may wait for whoever reads them.
const WAITING: usize = 256;

/// Try the keypads of a configuration, key by key
///
/// Shows what each press sends and what it means, and says what has no meaning; ends with Ctrl-C. What is shown on the
/// left is what [keypad.map] takes. Stop the terminal first: a keypad is one program's. Reads nothing of the
/// configuration but its keypads.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The configuration file
    #[arg(value_name = "CONFIG", default_value = config::TERMINAL_FILE)]
    file: PathBuf,
}

/// Runs until told to stop.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    let keypads = serve::values(&args.file, config::keypads)?;
    if keypads.is_empty() {
        let what = format!("{} has no keypad", args.file.display());
        return Err(Failure::new(failure::CONFIG, what, "set kind in [keypad] to serial, evdev or matrix"));
    }
    let runtime = serve::runtime(None)?;
    runtime.block_on(listen(keypads))?;
    Ok(ExitCode::SUCCESS)
}

async fn listen(keypads: Vec<Keypad>) -> Result<(), Failure> {
    let shutdown = serve::until_told()?;
    let (lines, mut said) = mpsc::channel(WAITING);
    for keypad in keypads {
        tokio::spawn(follow(keypad, lines.clone(), shutdown.clone()));
    }
    drop(lines);
    while let Some(line) = said.recv().await {
        let written = writeln!(io::stdout(), "{line}");
        if written.is_err() {
            // Nobody reads any more.
            shutdown.cancel();
            break;
        }
    }
    Ok(())
}

/// Tells of one keypad: whether it is there, and every press.
async fn follow(keypad: Keypad, lines: mpsc::Sender<String>, shutdown: CancellationToken) {
    let at = keypad.at;
    // The keys themselves are counted out: what is told is in `heard`.
    let (presses, mut taken) = keys::channel();
    let (heard, mut news) = mpsc::channel(WAITING);
    let outlet = Outlet { keys: presses, heard: Some(heard) };
    let mut listening = keypad::spawn(keypad.options, outlet, shutdown.clone());
    loop {
        let line = tokio::select! {
            biased;
            () = shutdown.cancelled() => return,
            Some(heard) = news.recv() => told(&heard),
            Some(_) = taken.recv() => continue,
            Ok(()) = listening.presence.changed() => match &*listening.presence.borrow_and_update() {
                Presence::Opening => continue,
                Presence::There => "it is there: press a key".to_owned(),
                Presence::Gone(fault) => fault.to_string(),
            },
            else => return,
        };
        if lines.send(format!("{at}: {line}")).await.is_err() {
            return;
        }
    }
}

/// One line about what was heard.
pub(super) fn told(heard: &Heard) -> String {
    let raw = if heard.raw.is_empty() { "(as time went by)" } else { &heard.raw };
    let means = means(heard);
    if means.is_empty() { raw.to_owned() } else { format!("{raw:<28} {means}") }
}

/// What it was to the terminal; nothing where it was no more than the end of a press.
pub(super) fn means(heard: &Heard) -> String {
    let mut parts: Vec<String> = heard.keys.iter().map(|key| name(*key)).collect();
    let Dropped { noise, bounced, flooded, ghosted } = heard.dropped;
    let why = [
        (noise, "has no meaning: give it one in its map"),
        (bounced, "a bounce, not heard"),
        (flooded, "faster than a person, not heard"),
        (ghosted, "three keys at once, not heard until all are up"),
    ];
    parts.extend(why.iter().filter(|(count, _)| *count > 0).map(|(_, why)| (*why).to_owned()));
    parts.join(", ")
}

pub(super) fn name(key: Key) -> String {
    Meaning::Key(key).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_press_is_told_with_what_it_sends_and_what_it_means() {
        let line = |raw: &str, keys: &[Key], dropped| {
            told(&Heard { raw: raw.to_owned(), keys: keys.to_vec(), dropped })
        };
        let none = Dropped::default();
        assert_eq!(line("35", &[Key::Digit(5)], none).split_whitespace().collect::<Vec<_>>(), ["35", "5"]);
        assert!(line("30 30", &[Key::Digit(0), Key::Digit(0)], none).ends_with(" 0, 0"));
        assert!(
            line("41", &[], Dropped { noise: 1, ..none }).ends_with("has no meaning: give it one in its map")
        );
        assert!(line("", &[Key::Cancel], none).ends_with(" cancel"));
        assert_eq!(line("KEY_KP7 (71) up", &[], none), "KEY_KP7 (71) up");
    }
}
