//! The merchant's consent in the sandbox, given by the same library calls as a shop's: somebody opens the
//! address, says yes, and the browser comes back with a code. Here nobody has to click.

use anyhow::Context as _;
use anyhow::bail;

use crate::host;
use crate::http::client::Client;
use crate::http::system::NotAnswered;
use crate::http::system::System;
use crate::port::provider::Ask;
use crate::port::provider::Base;
use crate::port::provider::BaseUrls;
use crate::port::provider::Method;
use crate::port::provider::Request;
use crate::port::provider::Trouble;

/// Where a browser would come back to; nothing listens there, and nothing has to.
const REDIRECT: &str = "http://127.0.0.1/connected";

/// Connects a system that gives out access tokens, unless it is connected. For others there is nothing to do.
pub async fn connect(system: &System) -> anyhow::Result<()> {
    let Some(consent) = system.consent(REDIRECT, &host::random_name()) else { return Ok(()) };
    let question = Ask::ListLinks { active: Some(true), cursor: None };
    if !matches!(system.ask(question).await, Err(NotAnswered::Trouble(Trouble::Denied { .. }))) {
        return Ok(());
    }
    let browser = Client::new(BaseUrls::one(consent.url()))?;
    let page = Request {
        base: Base::Main,
        method: Method::Get,
        path: String::new(),
        headers: Vec::new(),
        body: None,
    };
    let answer = browser.send(&page, &[]).await.context("the sandbox's bank shows no consent page")?;
    let Some(came_back) = answer.header("location") else {
        bail!("the sandbox's bank did not take the consent: {}", String::from_utf8_lossy(&answer.body));
    };
    system.connect(&consent, came_back).await.context("the sandbox's bank gave no tokens")
}
