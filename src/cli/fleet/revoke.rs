//! `qrtill fleet revoke`: the certificates of a terminal count no longer.

use std::fs;
use std::io;
use std::process::ExitCode;

use serde_json::json;

use super::authority;
use super::open::Operator;
use super::open::of_not_kept;
use super::pair;
use super::say;
use crate::cli::failure;
use crate::cli::failure::Failure;
use crate::core::reference::TerminalId;
use crate::fleet::issued::Record;
use crate::host;
use crate::host::file;

/// Have a terminal's certificates count no longer
///
/// Writes the list of revoked certificates anew, and into the record who is in it. The broker has to be given the list,
/// and the relay's configuration must not name the terminal any more: what to do is said.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(value_name = "ID")]
    terminal: TerminalId,
}

pub fn run(args: &Args, as_json: bool, operator: &Operator) -> Result<ExitCode, Failure> {
    let id = &args.terminal;
    let (place, signer) = authority::open_authority(operator)?;
    let mut record = Record::read(&place.issued_file).map_err(|error| of_not_kept(&error))?;
    if !record.certificates.iter().any(|one| one.id == *id) {
        let what = format!("{} knows no certificate of {id}", place.issued_file.display());
        return Err(Failure::new(
            failure::DATA,
            what,
            "what openssl signed, openssl revokes: see brokers.md",
        ));
    }
    let before = match fs::read_to_string(&place.revoked_file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        text => Some(
            text.map_err(|error| Failure::of_io(&error, failure::IO, "cannot read", &place.revoked_file))?,
        ),
    };
    // Said twice, it is done twice: a power cut between record and list is mended by saying it again.
    let of_id = record.certificates.iter().filter(|one| one.id == *id);
    let all = record.certificates.iter().filter(|one| one.revoked.is_some()).chain(of_id);
    let serials: Vec<String> = all.map(|one| one.serial.clone()).collect();
    let list = signer.revoke(before.as_deref(), &serials, host::unix_ms());
    let list = list.map_err(|bad| authority::of_bad(&bad, &place.revoked_file))?;
    let keys: Vec<String> =
        record.certificates.iter().filter(|one| one.id == *id).map(|one| one.key.clone()).collect();
    file::replace(&place.revoked_file, list.as_bytes()).map_err(|error| {
        Failure::of_io(&error, failure::CANNOT_CREATE, "cannot write", &place.revoked_file)
    })?;
    let revoked = record.revoke(id, &authority::today()).map_err(|error| of_not_kept(&error))?;
    if as_json {
        let serials: Vec<_> = revoked.iter().map(|one| &one.serial).collect();
        let file = place.revoked_file.display().to_string();
        return say(&format!("{:#}\n", json!({ "terminal": id, "serials": serials, "list": file })));
    }
    let key = keys.last().cloned().unwrap_or_default();
    say(&format!(
        "certificates of {id} that count no longer with this: {}\ncarry {} to the broker as \
         /etc/mosquitto/qrtill/revoked.pem and restart that: until then {id} comes in\nand take this out of the \
         relay's configuration, and restart that:\n\n{}",
        revoked.len(),
        place.revoked_file.display(),
        pair::entry(id, &key)
    ))
}
