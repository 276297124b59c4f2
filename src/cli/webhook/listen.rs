//! `qrtill webhook listen`: takes webhooks in like a relay, and prints what arrives, verified and explained.
//! Nothing is kept, and no terminal hears of it.

use std::io;
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::extract::OriginalUri;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use tokio::net::TcpListener;

use super::Line;
use super::find;
use super::one_word;
use super::read_secrets;
use crate::cli::failure::Failure;
use crate::cli::serve;
use crate::core::secret::Secret;
use crate::host;
use crate::http;
use crate::port::provider::EventKind;
use crate::port::provider::News;
use crate::port::provider::RawWebhook;
use crate::port::pulse::Pulse;
use crate::provider::Entry;

/// Far above what any of the systems sends.
const BODY_MOST: usize = 256 * 1024;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The payment-link system that sends, such as stripe
    #[arg(long, value_name = "NAME")]
    provider: String,
    /// File with the endpoint's secret; one per line while a secret is being replaced
    #[arg(long, value_name = "FILE")]
    secret_file: PathBuf,
    /// Where to listen; port 0 takes a free one. Any path is taken
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8462", value_parser = serve::address)]
    listen: SocketAddr,
    /// Print each webhook as one line of JSON
    #[arg(long)]
    json: bool,
}

struct Listener {
    entry: &'static Entry,
    secrets: Vec<Secret>,
    json: bool,
}

/// Runs until told to stop.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    let entry = find(&args.provider)?;
    let secrets = read_secrets(&args.secret_file)?;
    let listener = Listener { entry, secrets, json: args.json };
    let ended = serve::runtime(None)?.block_on(Box::pin(listen(args.listen, listener)));
    ended.map(|()| ExitCode::SUCCESS)
}

async fn listen(address: SocketAddr, listener: Listener) -> Result<(), Failure> {
    let shutdown = serve::until_told()?;
    let bound = TcpListener::bind(address).await.map_err(|error| serve::not_bound(address, &error))?;
    let address = bound.local_addr().unwrap_or(address);
    let name = listener.entry.name;
    say(&format!("listening on http://{address}/ for webhooks of {name}; they are told and not kept"));
    let routes =
        Router::new().fallback(take).layer(DefaultBodyLimit::max(BODY_MOST)).with_state(Arc::new(listener));
    http::listen::serve(bound, routes, Pulse::default(), shutdown).await;
    Ok(())
}

/// Answers as a relay would, so that the system's own list of deliveries tells the truth.
async fn take(
    State(listener): State<Arc<Listener>>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let headers = headers.iter().map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()));
    let hook = RawWebhook { headers: headers.collect(), body: body.to_vec() };
    let now_unix_ms = host::unix_ms();
    let verdict = (listener.entry.verify)(&hook, &listener.secrets, now_unix_ms / 1000);
    let at = jiff::Timestamp::from_millisecond(now_unix_ms).unwrap_or_default();
    let (status, text) = match verdict {
        Ok(news) if listener.json => {
            (StatusCode::OK, serde_json::to_string(&news).expect("news has text keys and no floats"))
        }
        Ok(news) => (StatusCode::OK, explained(&news)),
        Err(refusal) if listener.json => {
            let refused = serde_json::json!({ "refused": refusal.to_string() });
            (StatusCode::UNAUTHORIZED, refused.to_string())
        }
        Err(refusal) => (StatusCode::UNAUTHORIZED, format!("  refused: {}", one_word(&refusal.to_string()))),
    };
    if listener.json {
        say(&text);
    } else {
        let path = one_word(uri.path());
        say(&format!("{at:.0} {path}, {} bytes, answered {}\n{text}", hook.body.len(), status.as_u16()));
    }
    status
}

/// The line of `verify`, what a relay makes of it, and the ids to look for elsewhere.
fn explained(news: &News) -> String {
    let mut text = format!("  genuine: {}\n  means: {}", Line(news), meaning(news));
    if let Some(payment) = &news.payment {
        text += &format!("\n  payment: {}", one_word(&payment.key.id));
        if payment.refunded > 0 {
            text += &format!(", {} of it given back", payment.refunded);
        }
    }
    let link = news.link.as_ref().or(news.payment.as_ref().and_then(|payment| payment.link.as_ref()));
    if let Some(link) = link {
        text += &format!("\n  link: {}", one_word(link));
    }
    text
}

fn meaning(news: &News) -> &'static str {
    match news.kind {
        EventKind::LinkCreated => "a link was made; nothing to do",
        EventKind::LinkChanged => "a link changed; a relay asks what of its own that concerns",
        EventKind::PaymentSucceeded => "money came; a relay books it once, however often it is told",
        EventKind::PaymentPending => "a payment is under way; not money yet",
        EventKind::PaymentFailed if news.payment.as_ref().is_some_and(|payment| payment.declined) => {
            "an attempt was declined; the customer may try again"
        }
        EventKind::PaymentFailed => "a payment failed for good",
        EventKind::PaymentExpired => "a customer's time on the page ran out",
        EventKind::RefundCreated => "a refund began",
        EventKind::RefundSucceeded => "money was given back",
        EventKind::RefundFailed => "a refund failed",
        EventKind::DisputeOpened => "a customer disputes a payment; see the system's dashboard",
        EventKind::ConnectionChanged => "the merchant's connection changed; see `qrtill link connect`",
        EventKind::Other => "nothing that concerns a counter",
    }
}

fn say(text: &str) {
    let mut out = io::stdout();
    // Nobody may be reading.
    let _gone = writeln!(out, "{text}").and_then(|()| out.flush());
}
