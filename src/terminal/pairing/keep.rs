//! What a terminal keeps of the operator's answer: its certificate, and a file of settings that says the rest.

use std::fs;

use serde::Serialize;

use super::CODE;
use super::Device;
use super::NotMade;
use crate::core::payment::Mode;
use crate::host::file;
use crate::mqtt::pair;
use crate::mqtt::pair::Admission;
use crate::mqtt::pair::Receipt;
use crate::mqtt::pair::Sealed;

/// What stands at the head of the settings.
const HEAD: &str = "\
# What the operator gave this terminal when it was paired. The terminal's own file goes over it, key by key. To pair it
# anew: qrtill pair --anew
";

/// More than so many faults, and more letters of one, are not told over the broker: one message has to take them.
const TOLD: (usize, usize) = (10, 500);

/// Judges settings in the form of a terminal's own file, together with that file. Only whoever reads configurations
/// can.
pub type Judge = dyn Fn(&str, &Admission) -> Result<(), Vec<String>> + Send;

/// An answer that is on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// What the terminal is called now.
    pub id: String,
    /// To be told to the operator.
    pub receipt: Sealed,
}

/// Why an answer was not taken.
#[derive(Debug, thiserror::Error)]
pub enum NotTaken {
    #[error("this answer was not made with this terminal's code, or was made for an earlier one")]
    Foreign,
    #[error("the operator's answer does not go with this terminal's own file: {}", faults.join("; "))]
    Refused {
        faults: Vec<String>,
        /// To be told to the operator.
        receipt: Sealed,
    },
    #[error(transparent)]
    NotMade(#[from] NotMade),
}

/// As `config::terminal` reads it.
#[derive(Serialize)]
struct Settings<'a> {
    id: &'a str,
    mode: Mode,
    #[serde(skip_serializing_if = "Option::is_none")]
    lang: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shop: Option<&'a str>,
    sale: Sale<'a>,
    link: Link<'a>,
    relay: Relay<'a>,
    remote: Remote<'a>,
}

#[derive(Serialize)]
struct Sale<'a> {
    currency: &'a str,
}

#[derive(Serialize)]
struct Link<'a> {
    hosts: &'a [String],
}

#[derive(Serialize)]
struct Relay<'a> {
    id: &'a str,
    keys: &'a [String],
}

#[derive(Serialize)]
struct Remote<'a> {
    root_keys: &'a [String],
    money_signatures: u64,
}

impl Device {
    /// Takes an answer. When this returns well it is on the disk, whole, and the code is good for nothing more. The
    /// settings are written last: whatever is cut off before leaves a
    /// terminal that is not paired.
    ///
    /// # Errors
    /// Where the answer is not for this terminal, does not go with its file, or cannot be written.
    pub fn take(&self, bytes: &[u8], judge: &Judge) -> Result<Taken, NotTaken> {
        let opened = pair::open_answer(&self.code, &self.request, bytes);
        let (admission, answer) = opened.ok_or(NotTaken::Foreign)?;
        let receipt = |refused| pair::seal_receipt(&self.code, &answer, &Receipt { refused });
        let (certificate, settings) = (self.files.certificate(), self.files.settings());
        let failed = |path: &std::path::Path| {
            let path = path.to_owned();
            move |source| NotMade { path, source }
        };
        file::replace(&certificate, admission.certificate.as_bytes()).map_err(failed(&certificate))?;
        let text = text(&admission).map_err(|error| failed(&settings)(std::io::Error::other(error)))?;
        if let Err(faults) = judge(&text, &admission) {
            let shorter = |fault: &String| fault.chars().take(TOLD.1).collect();
            let receipt = receipt(faults.iter().take(TOLD.0).map(shorter).collect());
            return Err(NotTaken::Refused { faults, receipt });
        }
        file::replace(&settings, text.as_bytes()).map_err(failed(&settings))?;
        // What is left of it after a power cut here opens nothing: a paired terminal takes no answer.
        let _left = fs::remove_file(self.files.folder.join(CODE));
        let receipt = receipt(Vec::new());
        Ok(Taken { id: admission.id, receipt })
    }
}

fn text(admission: &Admission) -> Result<String, toml::ser::Error> {
    let settings = Settings {
        id: &admission.id,
        mode: admission.mode,
        lang: admission.lang.as_deref(),
        shop: admission.shop.as_deref(),
        sale: Sale { currency: &admission.currency },
        link: Link { hosts: &admission.hosts },
        relay: Relay { id: &admission.relay, keys: &admission.relay_keys },
        remote: Remote { root_keys: &admission.root_keys, money_signatures: admission.money_signatures },
    };
    Ok(format!("{HEAD}{}", toml::to_string(&settings)?))
}
