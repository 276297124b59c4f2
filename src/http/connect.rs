//! A person's consent, once for each merchant: where the browser goes, and what to do with the address it
//! comes back to. For systems whose provider has `tokens`.
//!
//! ```text
//! let consent = system.consent(redirect, &random).ok_or("needs none")?;
//! // show consent.url(); the browser comes back to redirect?code=…&state=…
//! system.connect(&consent, came_back).await?;
//! ```

use super::system::System;
use super::tokens::NoAccess;
use crate::core::secret::Secret;

/// A consent that is under way.
#[derive(Clone, Debug)]
pub struct Consent {
    url: String,
    redirect: String,
    state: String,
}

/// Why there is no connection after it.
#[derive(Debug, thiserror::Error)]
pub enum NotConnected {
    #[error("`{0}` is not the address that the browser came back to; paste all of it")]
    NotAnAddress(String),
    #[error("this answer is of another visit; begin again")]
    OtherVisit,
    #[error("the consent was not given: {0}")]
    NotGiven(String),
    #[error("the address holds no code; paste all of it")]
    NoCode,
    #[error(transparent)]
    NoAccess(#[from] NoAccess),
}

impl System {
    /// Begins a consent. `redirect` must be registered with the system's application; `state` is fresh and
    /// random. `None`: the system needs no consent, or keeps no tokens here.
    #[must_use]
    pub fn consent(&self, redirect: &str, state: &str) -> Option<Consent> {
        self.keeper()?;
        let url = self.provider().tokens()?.authorize_url(redirect, state);
        Some(Consent { url, redirect: redirect.to_owned(), state: state.to_owned() })
    }

    /// Ends it: `came_back` is the address, or path and query, that the browser was sent to. When this
    /// returns, the tokens are on the disk and in use.
    pub async fn connect(&self, consent: &Consent, came_back: &str) -> Result<(), NotConnected> {
        let code = consent.code(came_back)?;
        match self.keeper() {
            Some(keeper) => Ok(keeper.exchange(code, &consent.redirect).await?),
            None => Ok(()),
        }
    }
}

impl Consent {
    /// Where the merchant says yes, in a browser.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    fn code(&self, came_back: &str) -> Result<Secret, NotConnected> {
        let bad = || NotConnected::NotAnAddress(self.redirect.clone());
        let base = reqwest::Url::parse(&self.redirect).map_err(|_| bad())?;
        let address = base.join(came_back.trim()).map_err(|_| bad())?;
        let said = |wanted: &str| {
            address.query_pairs().find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned())
        };
        if said("state").as_deref() != Some(self.state.as_str()) {
            return Err(NotConnected::OtherVisit);
        }
        if let Some(error) = said("error") {
            return Err(NotConnected::NotGiven(said("error_description").unwrap_or(error)));
        }
        said("code").filter(|code| !code.is_empty()).map(Secret::new).ok_or(NotConnected::NoCode)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_taken_from_our_own_visit_alone() {
        let consent = Consent {
            url: String::new(),
            redirect: "http://127.0.0.1:8462/back".into(),
            state: "s-1".into(),
        };
        let code = |came_back: &str| consent.code(came_back);
        for good in ["http://127.0.0.1:8462/back?code=a%2Fb&state=s-1", "/back?state=s-1&code=a%2Fb\n"] {
            assert_eq!(code(good).expect("a code").reveal(), "a/b");
        }
        assert!(matches!(code("/back?code=a&state=s-2"), Err(NotConnected::OtherVisit)));
        assert!(matches!(code("/back?code=a"), Err(NotConnected::OtherVisit)));
        assert!(matches!(code("/back?state=s-1"), Err(NotConnected::NoCode)));
        assert!(matches!(code("/back?state=s-1&code="), Err(NotConnected::NoCode)));
        let denied = code("/back?state=s-1&error=access_denied&error_description=No+thanks");
        assert!(matches!(denied, Err(NotConnected::NotGiven(why)) if why == "No thanks"));
        assert!(matches!(code("http://[/"), Err(NotConnected::NotAnAddress(_))));
    }
}
