//! What has become of a terminal that was answered, as sentences and as an exit code.

use std::process::ExitCode;

use serde_json::json;

use super::Admitted;
use super::Args;
use super::relay;
use crate::cli::failure;
use crate::cli::failure::Failure;
use crate::cli::fleet::say;
use crate::cli::fleet::shown;
use crate::fleet::admission::Outcome;
use crate::fleet::issued::Certificate;

/// `outcome` is none where the answer is carried by hand.
pub fn tell(
    args: &Args,
    as_json: bool,
    admitted: &Admitted,
    outcome: Option<Outcome>,
) -> Result<ExitCode, Failure> {
    let (id, Certificate { serial, key, until, .. }) = (&args.id, &admitted.certificate);
    let (word, sentence) = match outcome {
        Some(Outcome::Taken { online: true }) => {
            ("online", format!("{id} is paired, and is there under its name"))
        }
        Some(Outcome::Taken { online: false }) => {
            let hint = format!("look in a minute: qrtill fleet show {id}");
            ("taken", format!("{id} is paired, and has not come under its name yet; {hint}"))
        }
        Some(Outcome::Refused(faults)) => {
            let what = format!("{id} does not take it: {}", faults.join("; "));
            return Err(Failure::new(
                failure::DATA,
                what,
                "mend that in the terminal's own file, and pair it again",
            ));
        }
        Some(Outcome::Silent) => {
            let what = format!("{id} was answered, and has not said whether it took that");
            let hint = "run this again: a terminal that still shows the code is answered again";
            return Err(Failure::new(failure::NOT_NOW, what, hint));
        }
        None => {
            let file = args.answer.as_deref().map(shown).unwrap_or_default();
            ("written", format!("carry {file} back: qrtill pair --answer {file}"))
        }
    };
    let entry = relay::entry(id, key);
    let relay = match &args.relay_file {
        Some(file) => {
            relay::append(file, id, key)?;
            format!("{} has it; restart that relay", file.display())
        }
        None => format!("the relay's configuration needs this, and a restart:\n\n{entry}"),
    };
    if as_json {
        let all = json!({ "terminal": id, "outcome": word, "fingerprint": admitted.asking.fingerprint.grouped(),
            "key": key, "serial": serial, "until": until });
        return say(&format!("{all:#}\n"));
    }
    say(&format!("{sentence}\nits certificate is good until {until}\n{}\n", relay.trim_end()))
}
