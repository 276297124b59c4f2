//! Why a command ends without having done what was asked: the exit code after sysexits, a sentence, a hint.

use std::fmt;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use crate::config::fault::Fault;
use crate::config::fault::Kind;
use crate::config::private::NotPrivate;

pub const USAGE: u8 = 64;
pub const DATA: u8 = 65;
pub const NO_INPUT: u8 = 66;
pub const UNAVAILABLE: u8 = 69;
pub const CANNOT_CREATE: u8 = 73;
pub const IO: u8 = 74;
#[cfg(feature = "fleet")]
pub const NOT_NOW: u8 = 75;
pub const NO_PERMISSION: u8 = 77;
pub const CONFIG: u8 = 78;

#[derive(Debug)]
pub struct Failure {
    pub code: u8,
    what: String,
    hint: String,
}

impl Failure {
    #[must_use]
    pub fn new(code: u8, what: impl Into<String>, hint: impl Into<String>) -> Self {
        let (what, mut hint) = (what.into(), hint.into());
        // What ends with the way out needs it once.
        if what.ends_with(&hint) {
            hint.clear();
        }
        Self { code, what, hint }
    }

    /// A configuration that cannot be used, with every fault in it.
    #[must_use]
    pub fn of_faults(faults: &[Fault]) -> Self {
        let all_are = |kind| faults.iter().all(|fault| fault.kind == kind);
        let code = if all_are(Kind::Missing) {
            NO_INPUT
        } else if all_are(Kind::Denied) {
            NO_PERMISSION
        } else {
            CONFIG
        };
        let all: Vec<String> = faults.iter().map(ToString::to_string).collect();
        Self::new(code, all.join("\n"), "")
    }

    /// A file with a secret, named in the arguments, that cannot be used.
    #[must_use]
    pub fn of_private(error: &NotPrivate) -> Self {
        let code = match error {
            NotPrivate::Missing(_) => NO_INPUT,
            NotPrivate::Denied(_) => NO_PERMISSION,
            NotPrivate::Open { .. } => CONFIG,
            NotPrivate::Unreadable { .. } => DATA,
        };
        Self::new(code, error.to_string(), error.mend())
    }

    /// An adapter that answers another question than it was asked.
    #[cfg(feature = "relay")]
    #[must_use]
    pub fn odd() -> Self {
        let what = "the payment-link system's answer was read as one to another question";
        Self::new(DATA, what, "this is a fault of qrtill: report it, with the command")
    }

    /// Several payments where one is meant.
    #[cfg(feature = "relay")]
    #[must_use]
    pub fn name_one<'a>(name: &str, ids: impl IntoIterator<Item = &'a str>) -> Self {
        let ids: Vec<_> = ids.into_iter().collect();
        let what = format!("{name} has {} payments", ids.len());
        Self::new(DATA, what, format!("name one: {}", ids.join(", ")))
    }

    /// `code` is for what is neither a missing file nor a permission.
    #[must_use]
    pub fn of_io(error: &io::Error, code: u8, what: &str, path: &Path) -> Self {
        let path = path.display();
        if error.kind() == io::ErrorKind::PermissionDenied {
            let hint = "run it as the user qrtill runs as, or give that user the folder";
            return Self::new(NO_PERMISSION, format!("{what} {path}: permission denied"), hint);
        }
        Self::new(code, format!("{what} {path}: {error}"), "")
    }

    /// What another command's error comes down to: the codes for files are those of sysexits.
    #[must_use]
    pub fn of_error(error: &anyhow::Error) -> Self {
        let code = match error.downcast_ref::<io::Error>().map(io::Error::kind) {
            Some(io::ErrorKind::NotFound) => NO_INPUT,
            Some(io::ErrorKind::PermissionDenied) => NO_PERMISSION,
            Some(_) => IO,
            None => USAGE,
        };
        Self::new(code, format!("{error:#}"), "")
    }

    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        if self.hint.is_empty() { Ok(()) } else { write!(f, "; {}", self.hint) }
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;
    use crate::config::fault::Place;

    #[test]
    fn a_configuration_is_missing_or_a_matter_of_permission_only_if_nothing_else_is_wrong() {
        let wrong = Fault::new(Place::Variable("A".into()), "a", "wrong", "mend it");
        let missing = Fault { kind: Kind::Missing, ..wrong.clone() };
        assert_eq!(Failure::of_faults(std::slice::from_ref(&missing)).code, NO_INPUT);
        let denied = Fault { kind: Kind::Denied, ..wrong.clone() };
        assert_eq!(Failure::of_faults(std::slice::from_ref(&denied)).code, NO_PERMISSION);
        let both = Failure::of_faults(&[denied, wrong]);
        assert_eq!(both.code, CONFIG);
        assert_eq!(both.to_string().lines().count(), 2);
    }

    #[test]
    fn a_way_out_is_told_once() {
        let twice = Failure::new(USAGE, "no such option; see its help", "see its help");
        assert_eq!(twice.to_string(), "no such option; see its help");
    }

    #[test]
    fn an_error_of_a_file_keeps_its_code_under_its_context() {
        let missing = || io::Error::from(io::ErrorKind::NotFound);
        let error = Err::<(), _>(missing()).context("secret.txt cannot be read").expect_err("an error");
        let failure = Failure::of_error(&error);
        assert_eq!(failure.code, NO_INPUT);
        assert!(failure.to_string().starts_with("secret.txt cannot be read: "));
        assert_eq!(Failure::of_error(&anyhow::anyhow!("no such scene")).code, USAGE);
    }
}
