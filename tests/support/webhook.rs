//! A sender of webhooks, written apart from the relay's reader and from the bank's own sender: what it
//! signs, and what it sends unsigned, is the test's to say. And an eye on what the relay counts.
#![allow(dead_code, reason = "every test binary uses its own part")]

use std::net::SocketAddr;
use std::time::Duration;
use std::time::SystemTime;
use std::time::UNIX_EPOCH;

use hmac::Hmac;
use hmac::KeyInit;
use hmac::Mac;
use reqwest::Method;
use sha2::Sha256;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

pub const HEADER: &str = "Stripe-Signature";
const PATIENCE: Duration = Duration::from_secs(30);

/// The header's value for a body signed for this time under each of the secrets.
pub fn signature(secrets: &[&str], at_unix_s: i64, body: &[u8]) -> String {
    let mut header = format!("t={at_unix_s}");
    for secret in secrets {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key");
        mac.update(format!("{at_unix_s}.").as_bytes());
        mac.update(body);
        let hex: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        header.push_str(",v1=");
        header.push_str(&hex);
    }
    header
}

#[expect(clippy::disallowed_methods, reason = "webhooks are signed for the time by this machine's clock")]
pub fn now_unix_s() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    i64::try_from(since.as_secs()).expect("before the end of time")
}

/// A relay's door.
#[derive(Clone)]
pub struct Door {
    pub relay: SocketAddr,
    pub secret: String,
    client: reqwest::Client,
}

impl Door {
    pub fn of(relay: SocketAddr, secret: &str) -> Self {
        let client = reqwest::Client::builder().timeout(PATIENCE).build().expect("a client");
        Self { relay, secret: secret.to_owned(), client }
    }

    /// Status and text of any request.
    pub async fn ask(&self, method: Method, path: &str, signatures: &[&str], body: Vec<u8>) -> (u16, String) {
        let mut request = self.client.request(method, format!("http://{}{path}", self.relay)).body(body);
        for signature in signatures {
            request = request.header(HEADER, *signature);
        }
        let answer = request.send().await.expect("an answer");
        (answer.status().as_u16(), answer.text().await.expect("text"))
    }

    /// A webhook with these signature headers.
    pub async fn post(&self, signatures: &[&str], body: &[u8]) -> u16 {
        self.ask(Method::POST, "/webhook/stripe", signatures, body.to_vec()).await.0
    }

    /// A webhook signed as it should be.
    pub async fn signed(&self, body: &[u8]) -> u16 {
        let signature = signature(&[&self.secret], now_unix_s(), body);
        self.post(&[&signature], body).await
    }

    /// Signed as it should be, by a sender that is gone so soon after the last byte.
    pub async fn signed_and_gone(&self, body: &[u8], after: Duration) {
        let signature = signature(&[&self.secret], now_unix_s(), body);
        let mut line = TcpStream::connect(self.relay).await.expect("connected");
        let length = body.len();
        let head = format!(
            "POST /webhook/stripe HTTP/1.1\r\nHost: relay\r\n{HEADER}: {signature}\r\nContent-Length: {length}\r\n\r\n"
        );
        line.write_all(&[head.as_bytes(), body].concat()).await.expect("sent");
        tokio::time::sleep(after).await;
    }

    pub async fn get(&self, path: &str) -> (u16, String) {
        self.ask(Method::GET, path, &[], Vec::new()).await
    }

    /// The present value of a counter or gauge, named as in the text, labels and all. 0 if it is not there.
    pub async fn count(&self, name: &str) -> u64 {
        let (status, text) = self.get("/metrics").await;
        assert_eq!(status, 200);
        let of = |line: &str| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok();
        text.lines().find_map(of).unwrap_or(0)
    }

    pub async fn refused(&self, reason: &str) -> u64 {
        self.count(&format!("qrtill_webhooks_refused_total{{reason=\"{reason}\"}}")).await
    }

    pub async fn disbelieved(&self, reason: &str) -> u64 {
        self.count(&format!("qrtill_documents_refused_total{{reason=\"{reason}\"}}")).await
    }

    pub async fn accepted(&self) -> u64 {
        self.count("qrtill_webhooks_accepted_total").await
    }
}
