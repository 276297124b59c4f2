//! `qrtill link connect`: the merchant's consent for a system that gives out access tokens, and the connection
//! to whoever moves the money.

use std::io;
use std::io::Write;
use std::net::SocketAddr;

use axum::Router;
use axum::extract::OriginalUri;
use axum::extract::State;
use tokio::io::AsyncBufReadExt as _;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::wrong_use;
use crate::cli::failure;
use crate::cli::failure::Failure;
use crate::cli::shop::Shop;
use crate::cli::table::aligned;
use crate::config::private;
use crate::host;
use crate::port::provider::Answer;
use crate::port::provider::Ask;
use crate::port::provider::ConnectOrder;

/// Where the browser comes back to, on this machine.
const REDIRECT: &str = "http://127.0.0.1:8463/connected";

/// Connect the merchant's account, and show how it stands (Qonto)
///
/// Without options: prints an address to open in a browser, waits until the merchant has consented there, and
/// keeps the tokens where the relay finds them. With --bank-account and the rest it then asks for the
/// connection that lets links be paid.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only show how the account stands, and which payment methods it has
    #[arg(long)]
    status: bool,
    /// Where the browser comes back to, as it is registered at the system. On a loopback address it is waited
    /// for there; from anywhere else the address the browser shows at the end is pasted here
    #[arg(long, value_name = "URL", default_value = REDIRECT)]
    redirect: String,
    /// The bank account that the money goes to, by its id at the system
    #[arg(long, value_name = "ID", requires_all = ["phone", "business"])]
    bank_account: Option<String>,
    /// The merchant's telephone number, such as +4915112345678
    #[arg(long, value_name = "NUMBER")]
    phone: Option<String>,
    /// What the business does, in a few sentences
    #[arg(long, value_name = "TEXT")]
    business: Option<String>,
    #[arg(long, value_name = "URL")]
    website: Option<String>,
}

pub async fn run(wanted: Args, json: bool, shop: &Shop) -> Result<String, Failure> {
    if let Some(order) = order(&wanted) {
        let Answer::Connection(_) = shop.ask(Ask::Connect(order)).await? else { return Err(Failure::odd()) };
    } else if !wanted.status {
        consent(shop, &wanted.redirect).await?;
    }
    status(shop, json).await
}

fn order(wanted: &Args) -> Option<ConnectOrder> {
    Some(ConnectOrder {
        return_url: wanted.redirect.clone(),
        bank_account: wanted.bank_account.clone()?,
        phone: wanted.phone.clone()?,
        business: wanted.business.clone()?,
        website: wanted.website.clone(),
    })
}

async fn consent(shop: &Shop, redirect: &str) -> Result<(), Failure> {
    let system = &shop.system;
    let Some(consent) = system.consent(redirect, &host::random_name()) else {
        let what = format!("{} has nothing to connect: its key is enough", system.provider().name());
        return Err(Failure::new(failure::UNAVAILABLE, what, "use --status to see how the account stands"));
    };
    // A code is good once: before the merchant goes for one, there is a place for what comes of it.
    if let Some(folder) = shop.tokens_file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        private::create_folder(folder).map_err(|error| {
            Failure::of_io(&error, failure::CANNOT_CREATE, "cannot make the folder of the tokens", folder)
        })?;
    }
    let listener = match loopback(redirect) {
        Some(address) => TcpListener::bind(address).await.ok(),
        None => None,
    };
    tell(&format!(
        "Open this address, consent there, and come back:\n\n  {}\n\nIf nothing happens then, paste the \
         address that the browser shows at the end here, and press Enter.",
        consent.url()
    ));
    let came_back = came_back(listener, redirect).await?;
    system.connect(&consent, &came_back).await.map_err(|error| {
        Failure::new(failure::NO_PERMISSION, error.to_string(), "run `qrtill link connect` again")
    })?;
    tell("Connected; the tokens are kept.");
    Ok(())
}

/// The listener's address, where the browser comes back to this machine.
fn loopback(redirect: &str) -> Option<SocketAddr> {
    let url = reqwest::Url::parse(redirect).ok().filter(|url| url.scheme() == "http")?;
    let host = if url.host_str()? == "localhost" { "127.0.0.1" } else { url.host_str()? };
    let address = SocketAddr::new(host.trim_matches(['[', ']']).parse().ok()?, url.port_or_known_default()?);
    address.ip().is_loopback().then_some(address)
}

/// The address with which the browser came back: heard by the listener, or pasted.
async fn came_back(listener: Option<TcpListener>, redirect: &str) -> Result<String, Failure> {
    let (heard, mut came) = mpsc::channel(1);
    let origin = reqwest::Url::parse(redirect).map(|url| url.origin().ascii_serialization());
    let origin = origin.map_err(|_| wrong_use(format!("`{redirect}` is no address"), ""))?;
    let listens = listener.is_some();
    let listening = async move {
        match listener {
            Some(listener) => {
                let routes = Router::new().fallback(back).with_state((origin, heard));
                axum::serve(listener, routes).await
            }
            None => std::future::pending().await,
        }
    };
    let mut lines = tokio::io::BufReader::new(tokio::io::stdin()).lines();
    let pasted = async {
        match lines.next_line().await {
            Ok(Some(line)) => line.trim().to_owned(),
            // Nobody can paste; the browser can still come.
            Ok(None) | Err(_) if listens => std::future::pending().await,
            Ok(None) | Err(_) => String::new(),
        }
    };
    tokio::select! {
        ended = listening => {
            let why = ended.err().map(|error| error.to_string()).unwrap_or_default();
            Err(Failure::new(failure::UNAVAILABLE, format!("the listener ended: {why}"), ""))
        }
        Some(url) = came.recv() => Ok(url),
        line = pasted => {
            if line.is_empty() {
                return Err(wrong_use("no address came back", "run it where you can paste one"));
            }
            Ok(line)
        }
    }
}

async fn back(
    State((origin, heard)): State<(String, mpsc::Sender<String>)>,
    OriginalUri(uri): OriginalUri,
) -> &'static str {
    // The browser may ask for an icon as well.
    if uri.query().is_some() {
        let _full = heard.try_send(format!("{origin}{uri}"));
    }
    "You can close this window and go back to the shell."
}

async fn status(shop: &Shop, json: bool) -> Result<String, Failure> {
    let Answer::Connection(connection) = shop.ask(Ask::Connection).await? else { return Err(Failure::odd()) };
    let methods = shop.ask(Ask::PaymentMethods).await?;
    let Answer::PaymentMethods(methods) = methods else { return Err(Failure::odd()) };
    if json {
        let whole = serde_json::json!({ "connection": connection, "payment_methods": methods });
        return Ok(serde_json::to_string_pretty(&whole).expect("words and flags") + "\n");
    }
    let can = if connection.enabled { "links can be paid" } else { "links cannot be paid yet" };
    let mut rows = vec![["connection".to_owned(), format!("{} ({can})", connection.status)]];
    rows.extend(connection.location.map(|location| ["go on at".to_owned(), location]));
    rows.extend(methods.into_iter().map(|method| {
        let word = if method.enabled { "can be used" } else { "not enabled" };
        [method.name, word.to_owned()]
    }));
    Ok(aligned(rows, [false, false]))
}

/// For the person who waits; what scripts read comes at the end.
fn tell(text: &str) {
    let _gone = writeln!(io::stderr(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_listened_on() {
        assert_eq!(loopback(REDIRECT), "127.0.0.1:8463".parse().ok());
        assert_eq!(loopback("http://localhost:9000/x"), "127.0.0.1:9000".parse().ok());
        assert_eq!(loopback("http://[::1]:9000/x"), "[::1]:9000".parse().ok());
        for elsewhere in ["https://shop.example/connected", "http://192.0.2.1:80/", "connected", ""] {
            assert_eq!(loopback(elsewhere), None, "{elsewhere}");
        }
    }
}
