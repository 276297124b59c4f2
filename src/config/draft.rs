//! A configuration on its way from texts to values: collects what is wrong and goes on, so that a person
//! hears of everything at once.

use std::fmt::Display;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use super::fault::Fault;
use super::fault::Kind;
use super::layer::Origins;
use super::private;
use super::private::NotPrivate;
use super::within::Within;
use crate::core::link::AllowList;
use crate::core::payment::Mode;
use crate::core::reference::TerminalId;
use crate::core::secret::Secret;
use crate::mqtt::access::is_taken;
use crate::mqtt::key::PublicKey;
use crate::mqtt::key::Role;
use crate::mqtt::key::SecretKey;
use crate::mqtt::key::TrustSet;

/// What the shipped units call the folder of secrets they hand over: its files are credentials of this name, an
/// underscore and their own.
const CREDENTIALS_ID: &str = "secret";

/// Longer than a system's own bundle of authorities.
const PUBLIC_MOST: u64 = 1024 * 1024;

#[derive(Debug)]
pub struct Draft {
    /// Relative paths begin here: the file's folder.
    pub base: PathBuf,
    /// Where systemd keeps this program's secrets, if it was asked to (`LoadCredential=`).
    pub credentials: Option<PathBuf>,
    pub origins: Origins,
    pub faults: Vec<Fault>,
    /// What works and is unwise.
    pub warnings: Vec<Fault>,
}

impl Draft {
    #[must_use]
    pub fn new(file: &Path, origins: Origins, faults: Vec<Fault>) -> Self {
        let base = file.parent().unwrap_or(Path::new("")).to_owned();
        let credentials = std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from);
        Self { base, credentials, origins, faults, warnings: Vec::new() }
    }

    pub fn fault(&mut self, key: &str, what: impl Display, mend: impl Display) {
        let place = self.origins.place(key);
        self.faults.push(Fault::new(place, key, what.to_string(), mend.to_string()));
    }

    pub fn warn(&mut self, key: &str, what: impl Display, mend: impl Display) {
        let place = self.origins.place(key);
        self.warnings.push(Fault::new(place, key, what.to_string(), mend.to_string()));
    }

    /// The value, or a fault unless this very key has one already.
    pub fn need<T>(&mut self, key: &str, value: Option<T>, mend: &str) -> Option<T> {
        let told = self.faults.iter().any(|fault| fault.key == key || fault.key.is_empty());
        if value.is_none() && !told {
            self.fault(key, "this key is missing", mend);
        }
        value
    }

    pub fn parse<T: FromStr<Err: Display>>(&mut self, key: &str, text: &str) -> Option<T> {
        text.parse().map_err(|error: T::Err| self.fault(key, error, "")).ok()
    }

    pub fn terminal_id(&mut self, key: &str, text: &str) -> Option<TerminalId> {
        if is_taken(text) {
            let mend = "give the terminal another name, such as counter-1";
            self.fault(key, format_args!("`{text}` is another account's name at the broker"), mend);
            return None;
        }
        self.parse(key, text)
    }

    pub fn seconds<const LEAST: u64, const MOST: u64>(
        &mut self,
        key: &str,
        value: Option<Within<LEAST, MOST>>,
        default: Duration,
    ) -> Duration {
        let Some(Within(seconds)) = value else { return default };
        let range = Within::<LEAST, MOST>::RANGE;
        if !range.contains(&seconds) {
            let mend = format!("use {} to {} seconds", range.start(), range.end());
            self.fault(key, format_args!("{seconds} s is outside of what works"), mend);
        }
        Duration::from_secs(seconds)
    }

    #[must_use]
    pub fn path(&self, path: &Path) -> PathBuf {
        self.base.join(path)
    }

    fn credential(&self, path: &Path) -> Option<PathBuf> {
        let (folder, name) = (self.credentials.as_ref()?, path.file_name()?.to_string_lossy());
        let names = [name.to_string(), format!("{CREDENTIALS_ID}_{name}")];
        names.iter().map(|name| folder.join(name)).find(|path| path.exists())
    }

    /// A private file's text. Where there is a credential of the file's name, by itself or from a folder that was
    /// handed over as `secret`, that is read instead: the file itself may be root's.
    fn read_private(&self, path: &Path) -> Result<Secret, NotPrivate> {
        match self.credential(path) {
            Some(credential) => private::read_credential(&credential),
            None => private::read(&self.path(path)),
        }
    }

    /// What a file holds that anybody may read, such as a certificate; out of the credentials where it is there.
    pub fn public_file(&mut self, key: &str, path: &Path) -> Option<Vec<u8>> {
        let file = self.credential(path).unwrap_or_else(|| self.path(path));
        let too_long = || io::Error::new(io::ErrorKind::FileTooLarge, "it is longer than 1 MiB");
        let read = fs::metadata(&file)
            .and_then(|found| if found.len() > PUBLIC_MOST { Err(too_long()) } else { fs::read(&file) });
        let error = match read {
            Ok(bytes) => return Some(bytes),
            Err(error) => error,
        };
        let name = file.display();
        if error.kind() == io::ErrorKind::NotFound {
            self.fault(key, format_args!("{name} does not exist"), "put it there, or name the right file");
        } else {
            let mend = format!("run: chmod 644 {name}");
            let mend = if error.kind() == io::ErrorKind::PermissionDenied { mend } else { String::new() };
            self.fault(key, format_args!("{name} cannot be read: {error}"), mend);
        }
        None
    }

    /// What a private file holds, without the line end.
    pub fn secret(&mut self, key: &str, path: &Path) -> Option<Secret> {
        match self.read_private(path) {
            Ok(text) if text.reveal().trim().is_empty() => {
                self.fault(key, format_args!("{} is empty", self.path(path).display()), "put the secret in");
                None
            }
            Ok(text) => Some(Secret::new(text.reveal().trim_end_matches(['\r', '\n']))),
            Err(error) => {
                let mut fault = Fault::new(self.origins.place(key), key, error.to_string(), error.mend());
                if matches!(error, NotPrivate::Denied(_)) {
                    fault.kind = Kind::Denied;
                }
                self.faults.push(fault);
                None
            }
        }
    }

    pub fn private_key(&mut self, key: &str, path: &Path) -> Option<SecretKey> {
        let text = match self.read_private(path) {
            Err(NotPrivate::Missing(path)) => {
                let mend = format!("make one: qrtill key new {}", path.display());
                self.fault(key, format_args!("{} does not exist", path.display()), mend);
                return None;
            }
            Ok(_) | Err(_) => self.secret(key, path)?,
        };
        let parsed = SecretKey::parse(text.reveal());
        parsed.map_err(|error| self.fault(key, error, "make one: qrtill key new FILE")).ok()
    }

    /// The keys of one other program. `example` is the key that the shipped file has in this place.
    pub fn trust(&mut self, key: &str, keys: &[String], role: Role, example: &str) -> Option<TrustSet> {
        let mut trust = TrustSet::new();
        for (index, text) in keys.iter().enumerate() {
            let at = format!("{key}[{index}]");
            if text == example {
                let mend = "put in what `qrtill key show FILE` prints where that key is";
                self.warn(&at, "this is the example's key, which nobody has", mend);
            }
            let public: Option<PublicKey> = self.parse(&at, text);
            if let Some(Err(error)) = public.map(|public| trust.trust(public, role)) {
                self.fault(&at, error, "");
            }
        }
        if keys.is_empty() {
            self.fault(key, "nobody is trusted", "put in what `qrtill key show FILE` prints there");
        }
        (!keys.is_empty()).then_some(trust)
    }

    /// `hosts` and `sandbox_origin` of `[link]`.
    pub fn allow_list(
        &mut self,
        hosts: Option<Vec<String>>,
        sandbox_origin: Option<String>,
        mode: Mode,
    ) -> AllowList {
        let key = "link.hosts";
        let mend = "name the hosts that payable links lead to, such as [\"buy.stripe.com\"]";
        let hosts = self.need(key, hosts, mend).unwrap_or_default();
        self.hosts(key, &hosts);
        let sandbox_origin = sandbox_origin.and_then(|origin| self.sandbox_origin(origin, mode));
        AllowList { hosts, sandbox_origin }
    }

    /// Names that links are compared with whole.
    pub fn hosts(&mut self, key: &str, hosts: &[String]) {
        for (index, host) in hosts.iter().enumerate() {
            let legal = |label: &str| {
                !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            };
            if !host.split('.').all(legal) {
                let what = format!("`{host}` is not a host's name");
                let mend = "write the name alone, without https://, port, path or *";
                self.fault(&format!("{key}[{index}]"), what, mend);
            }
        }
    }

    /// Plain http, so for pretended money and this machine alone. An address, since a name could be made to
    /// lead elsewhere; spelled as links spell it, since links are compared with it as text.
    fn sandbox_origin(&mut self, origin: String, mode: Mode) -> Option<String> {
        let key = "link.sandbox_origin";
        if mode == Mode::Live {
            let mend = "leave the key out: no sandbox moves real money";
            self.fault(key, "a sandbox's links are not encrypted and the mode is live", mend);
            return None;
        }
        let address = origin.strip_prefix("http://").and_then(|rest| rest.parse::<SocketAddr>().ok());
        let here = address.filter(|address| address.ip().is_loopback() && address.port() != 0);
        if here.is_none_or(|address| origin != format!("http://{address}")) {
            let mend = "write what `qrtill sandbox` prints, without the last slash: http://127.0.0.1:8460";
            self.fault(key, format_args!("`{origin}` is not a sandbox on this machine"), mend);
            return None;
        }
        let what = format!("links to {origin} are shown although they are not encrypted");
        self.warn(key, what, "this is for developing against a sandbox; leave the key out in a shop");
        Some(origin)
    }

    /// A link that will be shown as it is.
    pub fn link(&mut self, key: &str, url: &str, allowed: &AllowList) {
        if let Err(error) = allowed.judge(url) {
            self.fault(key, error, "phones would be sent there; give an https link to an allowed host");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_secret_that_systemd_hands_over_is_read_in_place_of_its_file() {
        let (here, handed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mut draft = Draft::new(&here.path().join("relay.toml"), Origins::default(), Vec::new());
        draft.credentials = Some(handed.path().to_owned());
        let give = |name: &str, text: &str| {
            let path = handed.path().join(name);
            fs::write(&path, text).unwrap();
            // As systemd shows it to a user that is not root.
            fs::set_permissions(path, fs::Permissions::from_mode(0o440)).unwrap();
        };
        give("relay.key", "by its name\n");
        give("secret_stripe.key", "of the folder\n");
        private::create(&here.path().join("stripe.webhook"), &Secret::new("beside\n")).unwrap();
        let mut read = |path: &str| draft.secret("key", Path::new(path)).map(|text| text.reveal().to_owned());
        assert_eq!(read("relay.key").as_deref(), Some("by its name"));
        assert_eq!(read("relay/stripe.key").as_deref(), Some("of the folder"));
        assert_eq!(
            read("stripe.webhook").as_deref(),
            Some("beside"),
            "what is not handed over is read as ever"
        );
        assert_eq!(read("relay/none.key"), None);
        assert_eq!(draft.faults.len(), 1);
        assert!(draft.faults[0].to_string().contains("relay/none.key"), "{}", draft.faults[0]);
    }
}
