//! `qrtill test-card`: the panels, keypads and sounds of a configuration, tried by the person with the screwdriver.

mod board;
mod news;

use std::fs;
use std::io;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;

use tokio::sync::mpsc;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use self::board::Board;
use self::news::News;
use super::draw;
use super::failure;
use super::failure::Failure;
use super::keys;
use super::serve;
use super::terminal::take_standard_input;
use crate::config;
use crate::config::devices::Devices;
use crate::core::event::Sound;
use crate::core::key::Key;
use crate::panel::png;
use crate::port::keys as port_keys;
use crate::port::panel::PanelFault;
use crate::port::panel::PanelSpec;
use crate::sound;
use crate::sound::SoundFault;
use crate::store;
use crate::store::Hold;
use crate::terminal;
use crate::ui::test_card::Echo;
use crate::ui::test_card::TestCard;
use crate::ui::test_card::Told;

/// Presses that are remembered: more than any panel has lines for.
const ECHOES: usize = 8;

const GUIDE: &str = "\
Enter turns the page, back turns it back. 1 sounds as paid, 2 as failed, 3 as somebody has to look; every other key ticks.
Cancel (on small keypads back, held) or Ctrl-C ends. What is typed here counts as keys too.
Look at the panel. In the configuration mend:
  a side without its line              offset_x, offset_y, or the panel's name
  1 that is not at the top left        rotation
  numbers that read as in a mirror     mirrored
  red that is shown blue               colour_order
  black that is shown white            invert
  a circle that is not round           name: this is another panel
  a code that no phone reads           a larger panel, or pitch_um, if the size told is wrong";

/// Try a counter's panels, keypads and sound
///
/// Shows a card on the panels of the configuration: a line around the outermost pixels, numbered corners, a circle,
/// named colours, greys, and a code that nobody can pay. Tells what each key is to the terminal, and plays its sounds.
/// Ends with cancel or Ctrl-C and leaves the panels blank. Stop the terminal first: a panel is one program's. Reads
/// nothing of the configuration but its devices.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The terminal's configuration file
    #[arg(value_name = "CONFIG", default_value = config::TERMINAL_FILE)]
    file: PathBuf,
    /// Draw the card of this panel into a picture instead; `qrtill draw --list` names them
    #[arg(long, value_name = "NAME", value_parser = draw::panel_of, requires = "output")]
    panel: Option<PanelSpec>,
    /// The picture's file
    #[arg(short, long, value_name = "FILE.png", requires = "panel")]
    output: Option<PathBuf>,
}

/// Runs until told to stop, by a key or a signal.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    if let (Some(panel), Some(output)) = (args.panel, &args.output) {
        return picture(panel, output);
    }
    let devices = serve::values(&args.file, config::devices)?;
    let journal = terminal::journal_path(&devices.data);
    // Held to the end: a terminal that is started meanwhile says who is in its way.
    let _held = match store::hold(&journal) {
        Ok(held @ (Hold::None | Hold::Ours(_))) => held,
        Ok(Hold::Theirs) => {
            let what = "the terminal is running and has the panels";
            let hint = "stop it first: sudo systemctl stop qrtill-terminal";
            return Err(Failure::new(failure::UNAVAILABLE, what, hint));
        }
        Err(error) => {
            let what = "cannot see whether the terminal is running, by";
            return Err(Failure::of_io(&error, failure::IO, what, &journal.with_extension("lock")));
        }
    };
    let runtime = serve::runtime(None)?;
    let ended = runtime.block_on(show(devices));
    // A read of standard input that never ends must not keep the process.
    runtime.shutdown_background();
    ended.map(|()| ExitCode::SUCCESS)
}

fn picture(panel: PanelSpec, output: &Path) -> Result<ExitCode, Failure> {
    let echo = |sent: &str, key| Echo { sent: sent.to_owned(), means: keys::name(key) };
    let keys = vec![echo("0D", Key::Enter), echo("35", Key::Digit(5))];
    let told = Told { keys, sound: "played".to_owned() };
    let sheet = TestCard::new(panel).sheet(&told);
    fs::write(output, png::encode(&sheet))
        .map_err(|error| Failure::of_io(&error, failure::CANNOT_CREATE, "cannot write", output))?;
    Ok(ExitCode::SUCCESS)
}

/// One run of the card.
struct Run {
    boards: Vec<Board>,
    page: usize,
    told: Told,
    /// None where the configuration has no sound.
    sounds: Option<mpsc::Sender<Sound>>,
}

async fn show(devices: Devices) -> Result<(), Failure> {
    let shutdown = serve::until_told()?;
    let (news, mut heard) = mpsc::channel(news::WAITING);
    let (typed, mut typing) = port_keys::channel();
    take_standard_input(&shutdown).lead_to(typed);
    for keypad in devices.keypads {
        tokio::spawn(news::of_keypad(keypad, news.clone(), shutdown.clone()));
    }
    let (sounds, mut sound_fault) = match devices.sound {
        Some(options) => {
            let (sounds, fault) = start_sound(options, &shutdown);
            (Some(sounds), fault)
        }
        None => (None, watch::channel(None).1),
    };
    let both = [("panel", Some(devices.panel)), ("cashier_panel", devices.cashier_panel)];
    let mut boards = Vec::new();
    for (name, panel) in both {
        let Some(panel) = panel else { continue };
        let board = Board::open(name, &panel, devices.light.bright)?;
        tokio::spawn(news::of_panel(name, board.present(), news.clone()));
        boards.push(board);
    }
    drop(news);
    say(GUIDE);
    let sound = if sounds.is_some() { "press 1" } else { "none is set up" };
    let told = Told { keys: Vec::new(), sound: sound.to_owned() };
    let mut run = Run { boards, page: 0, told, sounds };
    let mut lost = Lost::default();
    loop {
        run.draw();
        tokio::select! {
            () = shutdown.cancelled() => break,
            Some(press) = typing.recv() => {
                run.echo(Echo { sent: "typed".to_owned(), means: keys::name(press.key) });
                if !run.press(press.key) {
                    break;
                }
            }
            Some(news) = heard.recv() => if !run.hear(news, &mut lost) {
                break;
            },
            Ok(()) = sound_fault.changed() => run.judge(sound_fault.borrow_and_update().as_ref()),
        }
        if let Some(failure) = lost.all(run.boards.len()) {
            return Err(failure);
        }
    }
    shutdown.cancel();
    run.close().await
}

/// Every sound is heard, at whatever time of day.
fn start_sound(
    options: sound::Options,
    shutdown: &CancellationToken,
) -> (mpsc::Sender<Sound>, watch::Receiver<Option<SoundFault>>) {
    let options = sound::Options { quiet: None, refused_keys: true, ..options };
    let (sounds, heard) = mpsc::channel(sound::WAITING);
    let made = sound::spawn(options, heard, || 0, shutdown.clone());
    (sounds, made.fault)
}

/// Panels that were not there when they were looked for first.
#[derive(Default)]
struct Lost(Vec<(&'static str, PanelFault)>);

impl Lost {
    /// The failure, where there is no panel to look at.
    fn all(&self, panels: usize) -> Option<Failure> {
        if self.0.len() < panels {
            return None;
        }
        let faults: Vec<String> = self.0.iter().map(|(name, fault)| format!("{name}: {fault}")).collect();
        Some(Failure::new(failure::UNAVAILABLE, faults.join("; "), ""))
    }
}

impl Run {
    fn draw(&mut self) {
        for board in &mut self.boards {
            board.show(self.page, &self.told);
        }
    }

    fn echo(&mut self, echo: Echo) {
        self.told.keys.insert(0, echo);
        self.told.keys.truncate(ECHOES);
    }

    /// Does what the key is for here; false for the end.
    fn press(&mut self, key: Key) -> bool {
        let pages = self.boards.iter().map(Board::pages).max().unwrap_or(1);
        let sound = match key {
            Key::Cancel => return false,
            Key::Enter => {
                self.page = (self.page + 1) % pages;
                Sound::KeyRefused
            }
            Key::Back => {
                self.page = (self.page + pages - 1) % pages;
                Sound::KeyRefused
            }
            Key::Digit(1) => Sound::Paid,
            Key::Digit(2) => Sound::Ended,
            Key::Digit(3) => Sound::Attention,
            Key::Digit(_) | Key::DoubleZero | Key::Clear | Key::Plus | Key::List | Key::Point => {
                Sound::KeyRefused
            }
        };
        if let Some(sounds) = &self.sounds {
            "played".clone_into(&mut self.told.sound);
            // With so many waiting, one less is not missed.
            let _full = sounds.try_send(sound);
        }
        true
    }

    /// Takes one piece of news; false for the end.
    fn hear(&mut self, news: News, lost: &mut Lost) -> bool {
        match news {
            News::Line(line) => say(&line),
            News::Lost(name, fault) => {
                // The last one is told as the failure.
                if lost.0.len() + 1 < self.boards.len() {
                    say(&format!("{name}: {fault}"));
                }
                lost.0.push((name, fault));
            }
            News::Heard { line, heard } => {
                say(&line);
                let means = keys::means(&heard);
                if !means.is_empty() {
                    let sent = if heard.raw.is_empty() { "held".to_owned() } else { heard.raw };
                    self.echo(Echo { sent, means });
                }
                return heard.keys.into_iter().all(|key| self.press(key));
            }
        }
        true
    }

    fn judge(&mut self, fault: Option<&SoundFault>) {
        if let Some(fault) = fault {
            "failed, see the shell".clone_into(&mut self.told.sound);
            say(&format!("sound: {fault}"));
        }
    }

    /// Leaves every panel blank.
    async fn close(self) -> Result<(), Failure> {
        let mut left = Vec::new();
        for board in self.boards {
            let name = board.name();
            if !board.close().await {
                left.push(name);
            }
        }
        if left.is_empty() {
            say("the panels are blank; sudo systemctl start qrtill-terminal goes on selling");
            return Ok(());
        }
        let what = format!("the card may still be on {}", left.join(" and "));
        Err(Failure::new(failure::UNAVAILABLE, what, "see that it is plugged in, and run qrtill blank"))
    }
}

/// Whoever started it may not be reading.
fn say(line: &str) {
    let _gone = writeln!(io::stdout(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guide_names_keys_that_the_configuration_has() {
        let shipped = include_str!("../../../config/terminal.toml");
        for key in ["offset_x", "offset_y", "rotation", "mirrored", "colour_order", "invert", "pitch_um"] {
            assert!(GUIDE.contains(key) && shipped.contains(key), "{key}");
        }
    }
}
