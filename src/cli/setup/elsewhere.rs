//! What a terminal is asked whose relay and broker are elsewhere: where they are, how each knows the other, and the
//! files that are copied for it.

use std::fs;

use super::ask::ask;
use super::ask::not_empty;
use super::ask::secret;
use crate::cli::edit;
use crate::cli::failure::Failure;
use crate::cli::folder::Folder;
use crate::config::broker::is_here;
use crate::core::secret::Secret;
use crate::mqtt::key::PublicKey;
use crate::mqtt::tls::Authorities;
use crate::mqtt::tls::Own;

const AUTHORITY: &str = "ca.pem";
const PASSWORD: &str = "terminal/terminal.password";
const CERTIFICATE: &str = "terminal/terminal.pem";
const KEY: &str = "terminal/terminal.pem.key";

pub struct RelaySide {
    host: String,
    /// The certificate of whoever signed the broker's; none where the broker is on this machine.
    authority: Option<String>,
    access: Access,
    key: String,
    hosts: Vec<String>,
}

/// What the broker knows this terminal by.
enum Access {
    Password(Secret),
    Certificate { certificate: String, key: Secret },
}

impl RelaySide {
    pub fn ask() -> Result<Self, Failure> {
        let host = ask("host of the MQTT broker", "127.0.0.1", not_empty)?;
        let question = "file with the certificate of the authority that signed the broker's";
        let authority = if is_here(&host) { None } else { Some(ask(question, "", authority)?) };
        Ok(Self {
            access: Access::ask(authority.is_some())?,
            host,
            authority,
            key: ask("the relay's public key, as `qrtill key show` prints it there", "", |text| {
                text.parse::<PublicKey>().map(|_| text.to_owned()).map_err(|error| error.to_string())
            })?,
            hosts: ask("host of the payment links, such as buy.stripe.com", "", |text| {
                not_empty(text).map(|host| vec![host])
            })?,
        })
    }

    /// Copies what the configuration will name.
    pub fn write(&self, folder: &Folder) -> Result<(), Failure> {
        if let Some(authority) = &self.authority {
            folder.text(AUTHORITY, authority)?;
        }
        match &self.access {
            Access::Password(password) => folder.secret(PASSWORD, password),
            Access::Certificate { certificate, key } => {
                folder.text(CERTIFICATE, certificate)?;
                folder.secret(KEY, key)
            }
        }
    }

    pub fn put_into(&self, text: &str) -> String {
        let hosts: Vec<_> = self.hosts.iter().map(|host| edit::quoted(host)).collect();
        let mut values = vec![
            ("link", "hosts", format!("[{}]", hosts.join(", "))),
            ("broker", "host", edit::quoted(&self.host)),
            ("relay", "keys", format!("[{}]", edit::quoted(&self.key))),
        ];
        values.extend(self.authority.as_ref().map(|_| ("broker", "ca_file", edit::quoted(AUTHORITY))));
        let text = match &self.access {
            Access::Password(_) => text.to_owned(),
            Access::Certificate { .. } => {
                values.push(("broker", "cert_file", edit::quoted(CERTIFICATE)));
                values.push(("broker", "key_file", edit::quoted(KEY)));
                edit::leave_out(text, "broker", "password_file")
            }
        };
        values.iter().fold(text, |text, (table, key, value)| edit::set(&text, table, key, value))
    }
}

impl Access {
    fn ask(encrypted: bool) -> Result<Self, Failure> {
        let question = "file with this terminal's own certificate (empty: it has a password)";
        let certificate = if encrypted { ask(question, "", certificate)? } else { None };
        let Some(certificate) = certificate else {
            let question = "this terminal's password at the broker";
            return secret(question, |text| not_empty(text).map(drop)).map(Self::Password);
        };
        let key = ask("file with the private key of that certificate", "", |file| {
            let key = Secret::new(read(file)?);
            let own = Own::parse(certificate.as_bytes(), &key);
            own.map(|_| key).map_err(|bad| format!("{file}: {bad}"))
        })?;
        Ok(Self::Certificate { certificate, key })
    }
}

fn authority(file: &str) -> Result<String, String> {
    let pem = read(&not_empty(file)?)?;
    Authorities::parse(pem.as_bytes()).map(|_| pem.clone()).map_err(|bad| format!("{file}: {bad}"))
}

/// Judged with its key, which is asked for next.
fn certificate(file: &str) -> Result<Option<String>, String> {
    if file.is_empty() { Ok(None) } else { read(file).map(Some) }
}

fn read(file: &str) -> Result<String, String> {
    fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))
}
