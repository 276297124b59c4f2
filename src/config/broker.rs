//! `[broker]`: how to reach the broker, for all programs alike. Encrypted unless the broker is on this machine, or the
//! file says otherwise, which is told each time.

use std::net::IpAddr;
use std::path::Path;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use super::class::Local;
use super::class::Monetary;
use super::draft::Draft;
use super::fault::Place;
use crate::host;
use crate::mqtt::client;
use crate::mqtt::tls::Authorities;
use crate::mqtt::tls::BadPem;
use crate::mqtt::tls::Doubt;
use crate::mqtt::tls::Own;
use crate::mqtt::tls::Tls;
use crate::mqtt::topics::Topics;

/// The ports that brokers have as a rule.
const ENCRYPTED_PORT: u16 = 8883;
const PLAIN_PORT: u16 = 1883;
/// So long before its end a certificate is worth a word: a third of the 90 days that one is usually good for.
const RENEW_S: u64 = 30 * 24 * 60 * 60;

#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Table {
    /// The broker's name or address
    pub host: Monetary<String>,
    /// The broker's port
    #[schemars(range(min = 1))]
    pub port: Monetary<u16>,
    pub tls: Local<bool>,
    pub ca_file: Local<PathBuf>,
    pub cert_file: Local<PathBuf>,
    pub key_file: Local<PathBuf>,
    pub username: Local<String>,
    pub password_file: Local<PathBuf>,
    pub root: Local<String>,
}

/// `user` is the account where none is named, and the client id.
pub fn build(draft: &mut Draft, table: Table, user: &str) -> Option<(client::Options, Topics)> {
    let host = table.host.0.unwrap_or_else(|| "127.0.0.1".to_owned());
    let is_named = judge_host(draft, &host);
    let encrypted = table.tls.0.unwrap_or_else(|| is_named && !is_here(&host));
    let port = table.port.0.unwrap_or(if encrypted { ENCRYPTED_PORT } else { PLAIN_PORT });
    if port == 0 {
        let mend = format!(
            "brokers listen on {ENCRYPTED_PORT} as a rule, and on {PLAIN_PORT} for who is on their machine"
        );
        draft.fault("broker.port", "no broker listens on port 0", mend);
    }
    let username = table.username.0.unwrap_or_else(|| user.to_owned());
    let files = Files { ca: table.ca_file.0, cert: table.cert_file.0, key: table.key_file.0 };
    let mut options = client::Options::new(&host, port, user);
    if encrypted {
        options.tls = build_tls(draft, &files, &username);
    } else {
        judge_plain(draft, &host, is_named, &files);
    }
    options.username = Some(username);
    options.password = table.password_file.0.and_then(|path| draft.secret("broker.password_file", &path));
    let root = table.root.0.as_deref().unwrap_or(Topics::DEFAULT_ROOT);
    let topics = Topics::new(root).map_err(|error| draft.fault("broker.root", error, "")).ok()?;
    // What should be encrypted and cannot be is a fault by now; it must not be used as if it were plain.
    (options.tls.is_some() || !encrypted).then_some((options, topics))
}

fn judge_host(draft: &mut Draft, host: &str) -> bool {
    if host.trim().is_empty() {
        let mend = "write a name or an address, such as 127.0.0.1, or leave the key out";
        draft.fault("broker.host", "no host is named", mend);
        return false;
    }
    if host.contains(['/', ' ', '@']) {
        let mend = "write a name or an address alone, such as 127.0.0.1";
        draft.fault("broker.host", format_args!("`{host}` is not a host's name"), mend);
        return false;
    }
    true
}

/// Whether whoever is there is on this machine, so that nothing crosses a network.
#[must_use]
pub fn is_here(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// A connection that stays on this machine is nobody's business. Any other is allowed by this machine's own file alone.
fn judge_plain(draft: &mut Draft, host: &str, is_named: bool, files: &Files) {
    if let Some((key, _)) = files.named().next() {
        let mend = "set tls = true, or leave the key out";
        draft.warn(key, "this is for an encrypted connection, and this one is not", mend);
    }
    if !is_named || is_here(host) {
        return;
    }
    if matches!(draft.origins.place("broker.host"), Place::Document(_)) {
        let what =
            format!("the connection to {host} would not be encrypted, as this machine has it by tls = false");
        draft.fault("broker.host", what, "only who is at the machine may lead a plain connection elsewhere");
        return;
    }
    let what = format!(
        "the connection to {host} is not encrypted: whoever listens reads the password and every amount, and cannot \
         forge a payment"
    );
    let mend = "leave the key out and name the authority that signed the broker's certificate as ca_file; keep it only \
                where a tunnel such as WireGuard encrypts the way";
    draft.warn("broker.tls", what, mend);
}

/// What an encrypted connection is made of.
struct Files {
    ca: Option<PathBuf>,
    cert: Option<PathBuf>,
    key: Option<PathBuf>,
}

impl Files {
    fn named(&self) -> impl Iterator<Item = (&'static str, &Path)> {
        let files =
            [("broker.ca_file", &self.ca), ("broker.cert_file", &self.cert), ("broker.key_file", &self.key)];
        files.into_iter().filter_map(|(key, file)| Some((key, file.as_deref()?)))
    }
}

fn build_tls(draft: &mut Draft, files: &Files, user: &str) -> Option<Tls> {
    let own = build_own(draft, files);
    let mend = "name the file with the certificate of the authority that signed the broker's, or \
                /etc/ssl/certs/ca-certificates.crt for a broker that every browser would believe";
    let ca = draft.need("broker.ca_file", files.ca.as_deref(), mend)?;
    let pem = draft.public_file("broker.ca_file", ca)?;
    let authorities = Authorities::parse(&pem);
    let authorities = authorities.map_err(|bad| tell_bad(draft, "broker.ca_file", ca, &bad)).ok()?;
    let tls = Tls::new(authorities, own?);
    warn_of_certificate(draft, &tls, user);
    Some(tls)
}

/// Our own certificate, if there is to be one; the outer none where that cannot be told.
fn build_own(draft: &mut Draft, files: &Files) -> Option<Option<Own>> {
    let (cert, key) = match (&files.cert, &files.key) {
        (None, None) => return Some(None),
        (Some(cert), Some(key)) => (cert, key),
        (Some(_), None) => {
            let mend = "name the file with the private key that the certificate was made for";
            draft.fault("broker.key_file", "a certificate is of no use without its key", mend);
            return None;
        }
        (None, Some(_)) => {
            let mend = "name the file with the certificate that was made for this key";
            draft.fault("broker.cert_file", "a key is of no use without its certificate", mend);
            return None;
        }
    };
    let pem = draft.public_file("broker.cert_file", cert);
    let secret = draft.secret("broker.key_file", key);
    match Own::parse(&pem?, &secret?) {
        Ok(own) => Some(Some(own)),
        Err(bad) => {
            let of_key = matches!(bad, BadPem::NoKey | BadPem::Key(_) | BadPem::OtherKey);
            let (name, file) = if of_key { ("broker.key_file", key) } else { ("broker.cert_file", cert) };
            tell_bad(draft, name, file, &bad);
            None
        }
    }
}

fn tell_bad(draft: &mut Draft, key: &str, file: &Path, bad: &BadPem) {
    let mend = match bad {
        BadPem::NoCertificate | BadPem::Certificate(_) => "name a PEM file, as the authority gave it out",
        BadPem::NoKey | BadPem::Key(_) => {
            "name a PEM file with an ECDSA, Ed25519 or RSA key and without a passphrase"
        }
        BadPem::OtherKey => {
            "put the key there that the certificate was made for, or have a new certificate made"
        }
    };
    draft.fault(key, format_args!("{}: {bad}", draft.path(file).display()), mend);
}

/// A certificate that a broker will not take is no fault: what is wrong may be this machine's clock, and a counter that
/// does not even start never finds out.
fn warn_of_certificate(draft: &mut Draft, tls: &Tls, user: &str) {
    let now_s = u64::try_from(host::unix_ms() / 1000).unwrap_or_default();
    let mut doubts = tls.doubts(user, now_s);
    let ends = tls.ends().filter(|ends| doubts.is_empty() && *ends < now_s + RENEW_S);
    doubts.extend(ends.map(Doubt::Ends));
    for doubt in doubts {
        let mend = match &doubt {
            Doubt::Ends(_) => "have a new one made before".to_owned(),
            Doubt::Ended(_) => "have a new one made, or set the clock".to_owned(),
            Doubt::NotBegun(_) => "set the clock".to_owned(),
            Doubt::OtherAuthority => {
                "right only where the broker has another authority for those who come to it".to_owned()
            }
            Doubt::OtherName(_) => {
                format!("brokers take that for the user name, which is {user} here; have one made for it")
            }
            Doubt::Other(_) => "have one made for TLS client authentication".to_owned(),
        };
        draft.warn("broker.cert_file", doubt, mend);
    }
}
