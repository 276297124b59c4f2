//! A payment-link system as it is reached: the pure adapter together with the client and the credentials
//! that its requests leave with.

use std::path::Path;
use std::sync::Arc;

use super::client::Client;
use super::client::NoAnswer;
use super::client::NotABaseUrl;
use super::tokens::Keeper;
use super::tokens::NoAccess;
use super::tokens::Unusable;
use crate::port::provider::Answer;
use crate::port::provider::Ask;
use crate::port::provider::BaseUrls;
use crate::port::provider::Provider;
use crate::port::provider::Request;
use crate::port::provider::Response;
use crate::port::provider::Trouble;
use crate::port::provider::Unsupported;

#[derive(Clone)]
pub struct System {
    provider: Arc<dyn Provider>,
    client: Client,
    /// Of a system that gives out access tokens.
    keeper: Option<Arc<Keeper>>,
}

/// Why a question has no answer.
#[derive(Debug, thiserror::Error)]
pub enum NotAnswered {
    #[error(transparent)]
    Unsupported(#[from] Unsupported),
    #[error(transparent)]
    NoAnswer(#[from] NoAnswer),
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

impl System {
    /// The process must have installed its TLS provider before.
    pub fn new(provider: Arc<dyn Provider>, base_urls: BaseUrls) -> Result<Self, NotABaseUrl> {
        Ok(Self { provider, client: Client::new(base_urls)?, keeper: None })
    }

    /// Keeps the system's access tokens in `file`. For a system that gives out none this changes nothing and
    /// the file is not looked at. `now_unix_ms` is the wall clock.
    pub fn with_tokens(self, file: &Path, now_unix_ms: fn() -> i64) -> Result<Self, Unusable> {
        let keeper = Keeper::open(Arc::clone(&self.provider), file, now_unix_ms)?;
        Ok(Self { keeper, ..self })
    }

    pub(super) fn keeper(&self) -> Option<&Arc<Keeper>> {
        self.keeper.as_ref()
    }

    #[must_use]
    pub fn provider(&self) -> &Arc<dyn Provider> {
        &self.provider
    }

    /// Sends once and reads the whole answer. Whether to ask again is the caller's decision, with one
    /// exception: a request that was refused for its access token goes out again with a newer one. Where
    /// there is no token to be had, nothing is sent, and the answer says so as the system would.
    pub async fn send(&self, request: &Request) -> Result<Response, NoAnswer> {
        let Some(keeper) = &self.keeper else {
            if self.provider.tokens().is_some() {
                let message = "no file is named in which its tokens could be kept".to_owned();
                return Ok(NoAccess::Disconnected(message).answer());
            }
            return self.client.send(request, &self.provider.credentials(None)).await;
        };
        let access = match keeper.access().await {
            Ok(access) => access,
            Err(no) => return Ok(no.answer()),
        };
        let response = self.client.send(request, &self.provider.credentials(Some(&access))).await?;
        if response.status != 401 {
            return Ok(response);
        }
        match keeper.instead_of(&access).await {
            Ok(Some(newer)) => self.client.send(request, &self.provider.credentials(Some(&newer))).await,
            Ok(None) => Ok(response),
            Err(no) => Ok(no.answer()),
        }
    }

    /// Asks a question, and the next one where one request was not enough.
    pub async fn ask(&self, mut ask: Ask) -> Result<Answer, NotAnswered> {
        loop {
            let response = self.send(&self.provider.request(&ask)?).await?;
            let answer = self.provider.read(&ask, &response)?;
            let Answer::Then(next) = answer else { return Ok(answer) };
            ask = *next;
        }
    }
}
