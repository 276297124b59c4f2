//! TLS to a broker: whose word about the broker is taken, and what we show of ourselves. The authorities that the
//! system believes do not count: a broker is believed for those that are named for it, and for no other.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::AlertDescription;
use rustls::CertificateError;
use rustls::ClientConfig;
use rustls::RootCertStore;
use rustls::client::Resumption;
use rustls::client::verify_server_name;
use rustls::crypto::CryptoProvider;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::ServerName;
use rustls::pki_types::UnixTime;
use rustls::pki_types::pem::PemObject;
use rustls::server::ParsedCertificate;
use rustls::server::WebPkiClientVerifier;
use rustls::sign::CertifiedKey;
use rustls::sign::SingleCertAndKey;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::core::secret::Secret;
use crate::mqtt::client::Why;

/// The last second that a certificate can name.
const END_OF_TIME_S: u64 = 253_402_300_799;

/// How to reach a broker encrypted. Clones share everything.
#[derive(Clone)]
pub struct Tls {
    config: Arc<ClientConfig>,
    authorities: Authorities,
    own: Option<Own>,
}

/// Whose signature makes a broker's certificate believed.
#[derive(Clone, Debug)]
pub struct Authorities(Arc<RootCertStore>);

/// What we show a broker that asks who we are: a certificate, those that lead from it to its authority, and its key.
#[derive(Clone)]
pub struct Own(Arc<CertifiedKey>);

/// Why a file's text is not what it is named for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPem {
    #[error("there is no certificate in it (-----BEGIN CERTIFICATE-----)")]
    NoCertificate,
    #[error("a certificate in it cannot be read: {0}")]
    Certificate(String),
    #[error("there is no private key in it (-----BEGIN PRIVATE KEY-----)")]
    NoKey,
    #[error("the private key in it cannot be used: {0}")]
    Key(String),
    #[error("this is the key of another certificate")]
    OtherKey,
}

/// What is wrong, or soon will be, with our own certificate although it can be shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    #[error("the certificate ended on {}", day(*.0))]
    Ended(u64),
    #[error("the certificate ends on {}", day(*.0))]
    Ends(u64),
    #[error("the certificate begins on {}, after what this machine's clock says", day(*.0))]
    NotBegun(u64),
    #[error("the certificate is signed by none of the authorities")]
    OtherAuthority,
    #[error("the certificate is for {0}")]
    OtherName(String),
    #[error("the certificate is not one to show to a broker: {0}")]
    Other(String),
}

impl Authorities {
    /// From a PEM file with one certificate or many, such as a system's own bundle.
    pub fn parse(pem: &[u8]) -> Result<Self, BadPem> {
        let mut store = RootCertStore::empty();
        let certificates = certificates(pem)?;
        let only = certificates.len() == 1;
        // Large bundles have ancient ones among them, which nothing depends on.
        let (taken, _) = store.add_parsable_certificates(certificates);
        match taken {
            0 if only => Err(BadPem::Certificate("it is no authority's".to_owned())),
            0 => Err(BadPem::NoCertificate),
            _ => Ok(Self(Arc::new(store))),
        }
    }
}

impl Own {
    /// From two PEM files. Our certificate comes first in its file.
    pub fn parse(certificates_pem: &[u8], key_pem: &Secret) -> Result<Self, BadPem> {
        let chain = certificates(certificates_pem)?;
        let key = PrivateKeyDer::from_pem_slice(key_pem.reveal().as_bytes()).map_err(|_| BadPem::NoKey)?;
        let made = CertifiedKey::from_der(chain, key, &ring::default_provider());
        made.map(|own| Self(Arc::new(own))).map_err(|error| {
            if matches!(error, rustls::Error::InconsistentKeys(_)) {
                BadPem::OtherKey
            } else if matches!(error, rustls::Error::InvalidCertificate(_)) {
                BadPem::Certificate(error.to_string())
            } else {
                BadPem::Key(error.to_string())
            }
        })
    }
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, BadPem> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let found = found.map_err(|error| BadPem::Certificate(error.to_string()))?;
    if found.is_empty() { Err(BadPem::NoCertificate) } else { Ok(found) }
}

impl Tls {
    #[must_use]
    pub fn new(authorities: Authorities, own: Option<Own>) -> Self {
        let versions = ClientConfig::builder_with_provider(provider()).with_safe_default_protocol_versions();
        let config = versions.expect("ring has ciphers for TLS 1.2 and 1.3");
        let config = config.with_root_certificates(Arc::clone(&authorities.0));
        let mut config = match &own {
            Some(own) => {
                config.with_client_cert_resolver(Arc::new(SingleCertAndKey::from(Arc::clone(&own.0))))
            }
            None => config.with_no_client_auth(),
        };
        // A connection lasts for days, so this saves nothing; and a broker would not look again at a certificate that was
        // revoked since.
        config.resumption = Resumption::disabled();
        Self { config: Arc::new(config), authorities, own }
    }

    /// What a broker would hold against our own certificate now, as far as it can be told from here: `user` is the name
    /// that it should have.
    #[must_use]
    pub fn doubts(&self, user: &str, now_unix_s: u64) -> Vec<Doubt> {
        let named = self.own.as_ref().and_then(|own| other_name(own, user)).map(Doubt::OtherName);
        let judged = self.judge(now_unix_s).err().map(|error| {
            if let rustls::Error::InvalidCertificate(wrong) = &error {
                doubt(wrong)
            } else {
                Doubt::Other(error.to_string())
            }
        });
        judged.into_iter().chain(named).collect()
    }

    /// The second, since 1970, at which our own certificate ends; none without one, and for one without an end.
    #[must_use]
    pub fn ends(&self) -> Option<u64> {
        // Asked as if that were now, the answer has the end in it.
        let Err(rustls::Error::InvalidCertificate(CertificateError::ExpiredContext { not_after, .. })) =
            self.judge(END_OF_TIME_S)
        else {
            return None;
        };
        Some(not_after.as_secs())
    }

    /// As a broker with the same authorities would judge us.
    fn judge(&self, unix_s: u64) -> Result<(), rustls::Error> {
        let Some((first, rest)) = self.own.as_ref().and_then(|own| own.0.cert.split_first()) else {
            return Ok(());
        };
        let broker = WebPkiClientVerifier::builder_with_provider(Arc::clone(&self.authorities.0), provider());
        let broker = broker.build().map_err(|error| rustls::Error::General(error.to_string()))?;
        let at = UnixTime::since_unix_epoch(Duration::from_secs(unix_s));
        broker.verify_client_cert(first, rest, at).map(drop)
    }

    /// Encrypts a connection that was just made to `host`.
    pub(super) async fn encrypt(&self, host: &str, socket: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let name = ServerName::try_from(host.to_owned())
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        let connected = TlsConnector::from(Arc::clone(&self.config)).connect(name, socket).await;
        connected.map_err(|error| {
            if matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset)
                || matches!(of_rustls(&error), Some(rustls::Error::InvalidMessage(_)))
            {
                let what = "what answers there does not speak TLS; is this the broker's port for it?";
                return io::Error::new(error.kind(), what);
            }
            error
        })
    }
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// The name that our certificate is for, where it is another. One without a name of this kind says nothing.
fn other_name(own: &Own, user: &str) -> Option<String> {
    let parsed = ParsedCertificate::try_from(own.0.cert.first()?).ok()?;
    let Err(rustls::Error::InvalidCertificate(CertificateError::NotValidForNameContext {
        presented, ..
    })) = verify_server_name(&parsed, &ServerName::try_from(user).ok()?)
    else {
        return None;
    };
    Some(bare(&presented)).filter(|names| !names.is_empty())
}

/// Names out of the library's print of them: `DnsName("counter-1")`.
fn bare(presented: &[String]) -> String {
    let inner = |name: &String| name.split('"').nth(1).unwrap_or(name).to_owned();
    presented.iter().map(inner).collect::<Vec<_>>().join(", ")
}

fn doubt(wrong: &CertificateError) -> Doubt {
    if let CertificateError::ExpiredContext { not_after, .. } = wrong {
        Doubt::Ended(not_after.as_secs())
    } else if let CertificateError::NotValidYetContext { not_before, .. } = wrong {
        Doubt::NotBegun(not_before.as_secs())
    } else if *wrong == CertificateError::UnknownIssuer {
        Doubt::OtherAuthority
    } else {
        Doubt::Other(wrong.to_string())
    }
}

/// What an error of an encrypted connection says about certificates, if it does.
pub(super) fn why(error: &io::Error) -> Option<Why> {
    let error = of_rustls(error)?;
    if let rustls::Error::InvalidCertificate(wrong) = error {
        Some(Why::NotBelieved(disbelief(wrong)))
    } else if let rustls::Error::AlertReceived(alert) = error {
        refusal(*alert).map(|what| Why::Unwelcome(what.to_owned()))
    } else {
        None
    }
}

fn of_rustls(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

/// Why the broker's certificate is not believed, and what mends it.
fn disbelief(wrong: &CertificateError) -> String {
    if let CertificateError::ExpiredContext { time, not_after } = wrong {
        let (end, now) = (day(not_after.as_secs()), day(time.as_secs()));
        format!("it ended on {end}, and this machine's clock says {now}; renew it, or set the clock")
    } else if let CertificateError::NotValidYetContext { time, not_before } = wrong {
        let (begin, now) = (day(not_before.as_secs()), day(time.as_secs()));
        format!("it begins on {begin}, and this machine's clock says {now}; set the clock")
    } else if *wrong == CertificateError::UnknownIssuer {
        "none of the authorities in `ca_file` signed it; put the certificate of the one that did in there"
            .to_owned()
    } else if let CertificateError::NotValidForNameContext { expected, presented } = wrong {
        let (host, names) = (expected.to_str(), bare(presented));
        let names = if names.is_empty() { "no name".to_owned() } else { names };
        format!("it is for {names} and not for {host}; reach the broker by a name that is in it")
    } else {
        wrong.to_string()
    }
}

/// What the broker holds against the certificate that we show.
fn refusal(alert: AlertDescription) -> Option<&'static str> {
    const REFUSALS: [(AlertDescription, &str); 9] = [
        (AlertDescription::CertificateRequired, "it wants one, and `cert_file` names none"),
        (AlertDescription::HandshakeFailure, "it wants one, or other ciphers than ours"),
        (AlertDescription::CertificateExpired, "it has ended, by the broker's clock"),
        (AlertDescription::CertificateRevoked, "it was revoked"),
        (AlertDescription::UnknownCA, "its authority is none of the broker's"),
        (AlertDescription::BadCertificate, "it is broken, or its authority is none of the broker's"),
        (AlertDescription::UnsupportedCertificate, "it is not one for clients"),
        (AlertDescription::CertificateUnknown, "it is not known there"),
        (AlertDescription::AccessDenied, "it gives no access"),
    ];
    REFUSALS.iter().find(|(known, _)| *known == alert).map(|(_, what)| *what)
}

fn day(unix_s: u64) -> String {
    let at = i64::try_from(unix_s).ok().and_then(|unix_s| jiff::Timestamp::from_second(unix_s).ok());
    at.map_or_else(|| "no day".to_owned(), |at| at.strftime("%Y-%m-%d %H:%M UTC").to_string())
}

/// Nothing of the key, and the same for the same files.
impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let own = self.own.as_ref().map_or(0, |own| own.0.cert.len());
        write!(f, "Tls({} authorities, {own} certificates)", self.authorities.0.len())
    }
}

impl fmt::Debug for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Own({} certificates)", self.0.cert.len())
    }
}

#[cfg(test)]
#[path = "tls_tests.rs"]
mod tests;
