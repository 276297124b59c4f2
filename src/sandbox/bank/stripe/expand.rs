//! Which ids the caller wants replaced by the whole object.

use crate::sandbox::bank::form::Form;
use crate::sandbox::bank::stripe::fail::Fail;

/// Dotted paths, such as `payment_intent.latest_charge`.
#[derive(Clone, Debug, Default)]
pub struct Expand(Vec<String>);

impl Expand {
    /// Takes `expand[]` from the form; paths that are not among `known` are refused.
    pub fn take(form: &mut Form, known: &[&str]) -> Result<Self, Fail> {
        Self::check(form.take_list("expand"), known)
    }

    /// The same for lists, where every path begins with `data.`.
    pub fn take_for_list(form: &mut Form, known: &[&str]) -> Result<Self, Fail> {
        let mut paths = Vec::new();
        for path in form.take_list("expand") {
            let inner = path.strip_prefix("data.").ok_or_else(|| refused(&path))?;
            paths.push(inner.to_owned());
        }
        Self::check(paths, known)
    }

    fn check(paths: Vec<String>, known: &[&str]) -> Result<Self, Fail> {
        match paths.iter().find(|path| !known.contains(&path.as_str())) {
            Some(path) => Err(refused(path)),
            None => Ok(Self(paths)),
        }
    }

    #[must_use]
    pub fn wants(&self, name: &str) -> bool {
        let inside = format!("{name}.");
        self.0.iter().any(|path| path == name || path.starts_with(&inside))
    }

    /// What is wanted inside `name`.
    #[must_use]
    pub fn inside(&self, name: &str) -> Self {
        let inside = format!("{name}.");
        Self(self.0.iter().filter_map(|path| path.strip_prefix(&inside)).map(str::to_owned).collect())
    }
}

fn refused(path: &str) -> Fail {
    Fail::invalid(format!("This property cannot be expanded ({path}).")).param("expand")
}
