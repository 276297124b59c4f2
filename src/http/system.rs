//! A payment-link system as it is reached: the pure adapter together with the client and the credentials
//! that its requests leave with.

use std::sync::Arc;

use super::client::Client;
use super::client::NoAnswer;
use super::client::NotABaseUrl;
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
        Ok(Self { provider, client: Client::new(base_urls)? })
    }

    #[must_use]
    pub fn provider(&self) -> &Arc<dyn Provider> {
        &self.provider
    }

    /// Sends once and reads the whole answer. Whether to ask again is the caller's decision.
    pub async fn send(&self, request: &Request) -> Result<Response, NoAnswer> {
        self.client.send(request, &self.provider.credentials(None)).await
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
