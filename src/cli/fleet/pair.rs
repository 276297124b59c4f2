//! `qrtill fleet pair`: admits a terminal that shows this code, over the broker or by files that are carried.

use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use tokio::time::Instant;

use super::authority::of_bad;
use super::authority::open_authority;
use super::note;
use super::open::Operator;
use super::open::of_not_kept;
use super::open::of_not_opened;
use super::open::of_not_taken;
use crate::cli::failure;
use crate::cli::failure::Failure;
use crate::cli::pair::read;
use crate::config::fleet::Admit;
use crate::config::fleet::Authority as Place;
use crate::core::reference::TerminalId;
use crate::fleet::admission::Asking;
use crate::fleet::admission::Door;
use crate::fleet::admission::Outcome;
use crate::fleet::authority::Authority;
use crate::fleet::issued::Certificate;
use crate::fleet::issued::Record;
use crate::host;
use crate::mqtt::access::is_taken;
use crate::mqtt::key::Role;
use crate::mqtt::pair;
use crate::mqtt::pair::Admission;
use crate::mqtt::pair::Code;
use crate::mqtt::pair::Sealed;
use crate::mqtt::topics::RelayId;
use crate::ui::lang::Lang;

mod relay;
mod tell;

pub use self::relay::entry;

/// A terminal that has asked has so long to take the answer, however late it came.
const ANSWER: Duration = Duration::from_secs(20);

/// Admit a new terminal, which shows this code on its screen
///
/// Signs its certificate, and gives it its name, its relay and whom to believe, all out of the fleet's own folder: see
/// `authority` and `admit` in fleet.toml. The code is typed here and never sent. Says in the end whether the terminal
/// has taken it, and what the relay's configuration needs.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The 16 letters and digits on its screen
    #[arg(value_name = "CODE")]
    code: Code,
    /// What it is called from now on
    #[arg(long, value_name = "ID")]
    id: TerminalId,
    /// The relay it belongs to, where `admit` has several
    #[arg(long, value_name = "ID")]
    relay: Option<RelayId>,
    /// The name customers know
    #[arg(long)]
    shop: Option<String>,
    /// The screens' language
    #[arg(long)]
    lang: Option<Lang>,
    /// How many seconds to wait for the terminal
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    wait: u64,
    /// Put the terminal into this relay's configuration as well; the relay reads it with its next start
    #[arg(long, value_name = "FILE")]
    relay_file: Option<PathBuf>,
    /// Take the request out of a file that `qrtill pair --request` wrote
    #[arg(long, value_name = "FILE", requires = "answer")]
    request: Option<PathBuf>,
    /// Write the answer into a file that is carried back
    #[arg(long, value_name = "FILE", requires = "request")]
    answer: Option<PathBuf>,
}

pub async fn run(args: &Args, as_json: bool, operator: &Operator) -> Result<ExitCode, Failure> {
    if is_taken(args.id.as_str()) {
        let what = format!("`{}` is another account's name at the broker", args.id);
        return Err(Failure::new(failure::USAGE, what, "give the terminal another name, such as counter-1"));
    }
    let admitting = Admitting::open(args, operator)?;
    if let Some(file) = &args.relay_file {
        relay::judge(file, &args.id)?;
    }
    let (admitted, outcome) = match (&args.request, &args.answer) {
        (Some(request), Some(answer)) => (admitting.by_hand(request, answer)?, None),
        (Some(_), None) | (None, Some(_)) | (None, None) => {
            let (admitted, outcome) = admitting.over_the_broker().await?;
            (admitted, Some(outcome))
        }
    };
    tell::tell(args, as_json, &admitted, outcome)
}

/// Everything that admitting one terminal takes.
struct Admitting<'a> {
    args: &'a Args,
    operator: &'a Operator,
    authority: Authority,
    place: &'a Place,
    admit: &'a Admit,
}

struct Admitted {
    asking: Asking,
    certificate: Certificate,
    answer: Sealed,
}

impl<'a> Admitting<'a> {
    fn open(args: &'a Args, operator: &'a Operator) -> Result<Self, Failure> {
        let (place, authority) = open_authority(operator)?;
        let admit = choose(&operator.fleet.admit, args.relay.as_ref())?;
        Ok(Self { args, operator, authority, place, admit })
    }

    fn by_hand(&self, request: &Path, answer: &Path) -> Result<Admitted, Failure> {
        let text = read(request)?;
        let asking = Asking::open(&self.args.code, text.trim().as_bytes()).ok_or_else(|| {
            let what = format!("{} was not made by a terminal that shows this code", request.display());
            Failure::new(failure::DATA, what, "compare the code with the terminal's screen")
        })?;
        let admitted = self.admit(asking)?;
        fs::write(answer, format!("{}\n", admitted.answer.text))
            .map_err(|error| Failure::of_io(&error, failure::CANNOT_CREATE, "cannot write", answer))?;
        Ok(admitted)
    }

    async fn over_the_broker(&self) -> Result<(Admitted, Outcome), Failure> {
        let (code, id) = (self.args.code.clone(), self.args.id.clone());
        let fleet = &self.operator.fleet;
        let opened = Door::open(&fleet.identity, fleet.broker.clone(), code, id).await;
        let mut door = opened.map_err(|error| of_not_opened(&error))?;
        let end = Instant::now() + Duration::from_secs(self.args.wait);
        let Some(asking) = door.find(end).await else {
            let failure = self.nobody(&door);
            door.close().await;
            return Err(failure?);
        };
        let admitted = self.admit(asking)?;
        let end = end.max(Instant::now() + ANSWER);
        let answered = door.answer(&admitted.asking, &admitted.answer, end).await;
        door.close().await;
        Ok((admitted, answered.map_err(|error| of_not_taken(&error))?))
    }

    fn nobody(&self, door: &Door) -> Result<Failure, Failure> {
        let (id, wait) = (&self.args.id, self.args.wait);
        let record = Record::read(&self.place.issued_file).map_err(|error| of_not_kept(&error))?;
        if let Some(known) = record.good(id).last() {
            let what = format!(
                "no terminal asks with this code, and {id} was admitted on {} already; it may have taken that",
                known.issued
            );
            let hint = format!(
                "look: qrtill fleet show {id}; the relay's configuration needs, if it does not have it:\n\n{}",
                relay::entry(id, &known.key)
            );
            return Ok(Failure::new(failure::NOT_NOW, what, hint.trim_end()));
        }
        let others: Vec<_> = door.others().iter().map(|device| device.grouped()).collect();
        if others.is_empty() {
            let what = format!("no terminal has asked to be paired in {wait} s");
            let hint =
                "see that it shows its code and has the broker, or have its request carried: qrtill pair";
            return Ok(Failure::new(failure::NOT_NOW, what, hint));
        }
        let what = format!("no terminal asks with this code; other codes have {}", others.join(", "));
        Ok(Failure::new(
            failure::DATA,
            what,
            "compare the code and the fingerprint with the terminal's screen",
        ))
    }

    /// Signs, and writes down what was signed before anybody gets it.
    fn admit(&self, asking: Asking) -> Result<Admitted, Failure> {
        let (args, request) = (self.args, &asking.request);
        note(&format!(
            "a terminal with the fingerprint {} asks with this code: qrtill {}, panel {}",
            asking.fingerprint.grouped(),
            request.version,
            request.panel
        ));
        let mut record = Record::read(&self.place.issued_file).map_err(|error| of_not_kept(&error))?;
        unambiguous(&record, &args.id, &request.key)?;
        let signed = self
            .authority
            .sign(&request.csr, &args.id, self.place.days, host::random(), host::unix_ms())
            .map_err(|bad| of_bad(&bad, &self.place.cert_file))?;
        let certificate = Certificate {
            serial: signed.serial,
            id: args.id.clone(),
            key: request.key.clone(),
            issued: signed.issued,
            until: signed.until,
            revoked: None,
        };
        record.issue(certificate.clone()).map_err(|error| of_not_kept(&error))?;
        let answer = pair::seal_answer(&args.code, &asking.sealed, &self.admission(signed.chain));
        Ok(Admitted { asking, certificate, answer })
    }

    fn admission(&self, certificate: String) -> Admission {
        let (args, identity) = (self.args, &self.operator.fleet.identity);
        Admission {
            id: args.id.to_string(),
            mode: identity.mode,
            certificate,
            root_keys: identity.root.keys(Role::Root).map(|key| key.to_string()).collect(),
            money_signatures: identity.money_signatures.try_into().unwrap_or(u64::MAX),
            relay: self.admit.relay.to_string(),
            relay_keys: self.admit.relay_keys.clone(),
            hosts: self.admit.hosts.clone(),
            currency: self.admit.currency.code().to_owned(),
            shop: args.shop.clone().or_else(|| self.admit.shop.clone()),
            lang: args.lang.or(self.admit.lang).map(|lang| lang.code().to_owned()),
        }
    }
}

/// One name for one terminal, and one terminal for one name.
fn unambiguous(record: &Record, id: &TerminalId, key: &str) -> Result<(), Failure> {
    if let Some(known) = record.good(id).find(|known| known.key != key) {
        let what = format!("{id} is another terminal, admitted on {}", known.issued);
        let hint = format!("take another name, or revoke that one first: qrtill fleet revoke {id}");
        return Err(Failure::new(failure::DATA, what, hint));
    }
    if let Some(other) = record.named(key).find(|other| *other != id) {
        let what = format!("this terminal was admitted as {other} before");
        let hint = format!("give it that name, or revoke it first: qrtill fleet revoke {other}");
        return Err(Failure::new(failure::DATA, what, hint));
    }
    Ok(())
}

fn choose<'a>(all: &'a [Admit], relay: Option<&RelayId>) -> Result<&'a Admit, Failure> {
    let names = || all.iter().map(|admit| admit.relay.to_string()).collect::<Vec<_>>().join(", ");
    let fitting: Vec<_> =
        all.iter().filter(|admit| relay.is_none_or(|relay| *relay == admit.relay)).collect();
    match (fitting.as_slice(), relay) {
        ([one], _) => Ok(one),
        ([], Some(relay)) => {
            let what = format!("no [[admit]] of the fleet's file is for the relay {relay}");
            Err(Failure::new(failure::CONFIG, what, format!("there are {}", names())))
        }
        ([], None) => {
            let what = "the fleet's file does not say what a new terminal begins with";
            let hint = "put in [[admit]] with relay_keys, hosts and currency";
            Err(Failure::new(failure::CONFIG, what, hint))
        }
        ([_, _, ..], _) => {
            let what = "several relays take new terminals";
            Err(Failure::new(failure::USAGE, what, format!("choose with --relay: {}", names())))
        }
    }
}
