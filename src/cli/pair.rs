//! `qrtill pair`: at a terminal that has no name yet, what its screen shows, and pairing by files that are carried.

use std::fs;
use std::io;
use std::io::Read;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;

use super::account;
use super::failure;
use super::failure::Failure;
use super::fresh;
use super::serve;
use crate::config;
use crate::config::start::Own;
use crate::mqtt::document::MAX_BYTES;
use crate::terminal::pairing::Device;
use crate::terminal::pairing::Files;
use crate::terminal::pairing::NotTaken;

const EXAMPLES: &str = "\
Examples:
  qrtill pair                                   the code and the fingerprint, as on the screen
  qrtill pair --request counter.request         then carry the file to the operator, who types
                                                qrtill fleet pair CODE --id ID --request … --answer …
  qrtill pair --answer counter.answer           what came back; a terminal that runs takes it up by itself";

/// Pair this terminal with an operator, where no broker carries it
///
/// A terminal whose file has a table `pairing` and no id shows a pairing code. The operator types it, and the terminal
/// gets its name over the broker. Run this as the user that the terminal runs as: sudo -u qrtill qrtill pair.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The terminal's configuration file
    #[arg(long, value_name = "FILE", default_value = config::TERMINAL_FILE)]
    config: PathBuf,
    /// Write the request into a file that is carried to the operator. It holds no secret
    #[arg(long, value_name = "FILE", conflicts_with_all = ["answer", "anew"])]
    request: Option<PathBuf>,
    /// Take the operator's answer out of a file
    #[arg(long, value_name = "FILE", conflicts_with = "anew")]
    answer: Option<PathBuf>,
    /// Forget what this terminal was paired with, and its keys; stop the terminal first
    #[arg(long)]
    anew: bool,
}

/// Runs the command.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    let own = Own::read(&args.config).map_err(|faults| Failure::of_faults(&faults))?;
    belongs_to_us(&own.data())?;
    if args.anew {
        Files::of(&own.data()).forget().map_err(|error| fresh::of_not_made(&error))?;
        return say("this terminal is not paired any more; with its next start it shows a new code");
    }
    let Some(awaited) = own.awaits_by_hand() else {
        let what = format!("the terminal of {} does not wait to be paired", args.config.display());
        let hint = "it has a name, or no [pairing] in its file; to pair it anew: qrtill pair --anew";
        return Err(Failure::new(failure::UNAVAILABLE, what, hint));
    };
    let waiting = serve::of_checked(awaited)?;
    let device = Device::open(waiting.files, &waiting.about).map_err(|error| fresh::of_not_made(&error))?;
    let shown =
        format!("code        {}\nfingerprint {}", device.code.grouped(), device.fingerprint.grouped());
    if let Some(file) = &args.answer {
        return take(&device, &own, file);
    }
    if let Some(file) = &args.request {
        fs::write(file, format!("{}\n", device.request.text))
            .map_err(|error| Failure::of_io(&error, failure::CANNOT_CREATE, "cannot write", file))?;
        return say(&format!(
            "{shown}\nrequest     {}: carry it to the operator, and tell the code",
            file.display()
        ));
    }
    say(&shown)
}

/// What root makes the terminal could not use.
fn belongs_to_us(data: &Path) -> Result<(), Failure> {
    let others = fs::metadata(data).is_ok_and(|found| found.uid() != 0);
    if account::is_root() && others {
        let what = format!("{} belongs to the user that the terminal runs as", data.display());
        return Err(Failure::new(
            failure::NO_PERMISSION,
            what,
            "run it as that user: sudo -u qrtill qrtill pair",
        ));
    }
    Ok(())
}

fn take(device: &Device, own: &Own, file: &Path) -> Result<ExitCode, Failure> {
    let text = read(file)?;
    let taken = device.take(text.trim().as_bytes(), &*fresh::judge(own)).map_err(|not| match not {
        NotTaken::Foreign => {
            let hint = "have the operator answer the request that `qrtill pair --request` writes now";
            Failure::new(failure::DATA, format!("{}: {not}", file.display()), hint)
        }
        NotTaken::Refused { .. } => Failure::new(failure::CONFIG, not.to_string(), ""),
        NotTaken::NotMade(error) => fresh::of_not_made(&error),
    })?;
    say(&format!("this terminal is {} now", taken.id))
}

/// A file that was carried, of a document's length at most.
pub fn read(file: &Path) -> Result<String, Failure> {
    let failed = |error: io::Error| {
        let code = if error.kind() == io::ErrorKind::NotFound { failure::NO_INPUT } else { failure::IO };
        Failure::of_io(&error, code, "cannot read", file)
    };
    let mut text = String::new();
    let most = u64::try_from(2 * MAX_BYTES).unwrap_or(u64::MAX);
    fs::File::open(file).map_err(failed)?.take(most).read_to_string(&mut text).map_err(failed)?;
    Ok(text)
}

fn say(text: &str) -> Result<ExitCode, Failure> {
    // What was asked for is done, whoever reads of it.
    let _gone = writeln!(io::stdout(), "{text}");
    Ok(ExitCode::SUCCESS)
}
