//! Carries out a provider's request: deadline, size limit, credentials, redaction. No retries of its own,
//! since whether to ask again is the core's decision.

use std::time::Duration;

use futures_util::StreamExt as _;

use crate::core::secret::Secret;
use crate::port::provider::BaseUrls;
use crate::port::provider::Method;
use crate::port::provider::Request;
use crate::port::provider::Response;

/// A provider's answer is a few KiB; a list of 100 payments with their charges stays far below this.
const BODY_MOST: usize = 4 * 1024 * 1024;
const CONNECT_WAIT: Duration = Duration::from_secs(5);
/// Shorter than the time a customer waits at the counter for a code.
const ANSWER_WAIT: Duration = Duration::from_secs(15);
/// A connection that nobody used for so long is closed by us, before the other side does so under a question.
const IDLE_WAIT: Duration = Duration::from_secs(20);

/// Why there is no answer. Whether the provider has acted on the request is not known in any of these.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    #[error("no connection to {host}: check the network and the base URL")]
    Connect { host: String },
    #[error(
        "{host} is not who it says: {why}; check the base URL, this machine's clock and who answers there"
    )]
    Certificate { host: String, why: String },
    #[error("{host} did not answer in time")]
    Late { host: String },
    #[error("the answer of {host} broke off")]
    Broken { host: String },
    #[error("the answer of {host} is larger than {BODY_MOST} bytes")]
    TooLarge { host: String },
}

#[derive(Clone, Debug)]
pub struct Client {
    inner: reqwest::Client,
    base_urls: BaseUrls,
}

/// The base URL cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is not a base URL; write one such as https://api.example.com")]
pub struct NotABaseUrl(String);

impl Client {
    /// A client for one system's hosts. The process must have installed its TLS provider before.
    pub fn new(base_urls: BaseUrls) -> Result<Self, NotABaseUrl> {
        for base_url in [Some(&base_urls.main), base_urls.payments.as_ref()].into_iter().flatten() {
            if host(base_url).is_none() {
                return Err(NotABaseUrl(base_url.clone()));
            }
        }
        let inner = reqwest::Client::builder()
            .connect_timeout(CONNECT_WAIT)
            .timeout(ANSWER_WAIT)
            .pool_idle_timeout(IDLE_WAIT)
            // A payment request must never follow a redirect to somewhere else with our key.
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("qrtill/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|_| NotABaseUrl(base_urls.main.clone()))?;
        Ok(Self { inner, base_urls })
    }

    /// Sends once and reads the whole answer.
    pub async fn send(
        &self,
        request: &Request,
        credentials: &[(&'static str, Secret)],
    ) -> Result<Response, NoAnswer> {
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Patch => reqwest::Method::PATCH,
        };
        let base_url = self.base_urls.of(request.base);
        let host = host(base_url).unwrap_or_default();
        let mut builder = self.inner.request(method, format!("{base_url}{}", request.path));
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        for (name, secret) in credentials {
            builder = builder.header(*name, secret.reveal());
        }
        if let Some(body) = &request.body {
            builder = builder.header("content-type", &body.content_type).body(body.text.clone());
        }
        let answer = builder.send().await.map_err(|error| no_answer(&host, &error))?;
        let status = answer.status().as_u16();
        let headers = answer
            .headers()
            .iter()
            .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
            .collect();
        let body = read(&host, answer).await?;
        tracing::debug!(host, method = ?request.method, status, "the provider answered");
        Ok(Response { status, headers, body })
    }
}

async fn read(host: &str, answer: reqwest::Response) -> Result<Vec<u8>, NoAnswer> {
    let mut body = Vec::new();
    let mut chunks = answer.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|error| no_answer(host, &error))?;
        if body.len() + chunk.len() > BODY_MOST {
            return Err(NoAnswer::TooLarge { host: host.to_owned() });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The library's own error text may hold the URL; only the host is repeated.
fn no_answer(host: &str, error: &reqwest::Error) -> NoAnswer {
    let host = host.to_owned();
    if let Some(why) = certificate(error) {
        NoAnswer::Certificate { host, why }
    } else if error.is_connect() {
        NoAnswer::Connect { host }
    } else if error.is_timeout() {
        NoAnswer::Late { host }
    } else {
        NoAnswer::Broken { host }
    }
}

/// Why the other side's certificate was not believed, if that is what happened.
fn certificate(error: &reqwest::Error) -> Option<String> {
    let first = std::error::Error::source(error);
    let mut causes = std::iter::successors(first, |cause| match cause.downcast_ref::<std::io::Error>() {
        // What an I/O error wraps is not its source but the error itself.
        Some(io) => io.get_ref().map(|inner| inner as &(dyn std::error::Error + 'static)),
        None => cause.source(),
    });
    let found = causes.find_map(|cause| cause.downcast_ref::<rustls::Error>())?;
    matches!(found, rustls::Error::InvalidCertificate(_)).then(|| found.to_string())
}

fn host(base_url: &str) -> Option<String> {
    reqwest::Url::parse(base_url).ok()?.host_str().map(str::to_owned)
}
