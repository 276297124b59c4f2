//! The operator's authority out of its files, for the commands that sign with it.

use std::fs;
use std::path::Path;

use super::open::Operator;
use crate::cli::failure;
use crate::cli::failure::Failure;
use crate::config::fleet::Authority as Place;
use crate::config::private;
use crate::fleet::authority::Authority;
use crate::fleet::authority::Bad;
use crate::host;

/// The authority, which need not always be here.
pub fn open_authority(operator: &Operator) -> Result<(&Place, Authority), Failure> {
    let Some(place) = &operator.fleet.authority else {
        let what = "no authority is named that signs terminals' certificates";
        return Err(Failure::new(
            failure::CONFIG,
            what,
            "name its files under [authority] of the fleet's file",
        ));
    };
    let certificate = fs::read_to_string(&place.cert_file)
        .map_err(|error| Failure::of_io(&error, failure::NO_INPUT, "cannot read", &place.cert_file))?;
    let key = private::read(&place.key_file).map_err(|error| Failure::of_private(&error))?;
    let authority = Authority::parse(&certificate, &key).map_err(|bad| {
        let of_key = matches!(bad, Bad::Key | Bad::OtherKey);
        of_bad(&bad, if of_key { &place.key_file } else { &place.cert_file })
    })?;
    Ok((place, authority))
}

pub fn of_bad(bad: &Bad, file: &Path) -> Failure {
    Failure::new(failure::DATA, format!("{}: {bad}", file.display()), "")
}

/// The day by the wall clock and UTC, as the record has it.
pub fn today() -> String {
    let now = jiff::Timestamp::from_millisecond(host::unix_ms()).unwrap_or_default();
    now.strftime("%Y-%m-%d").to_string()
}
