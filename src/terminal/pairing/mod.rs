//! A terminal that nobody has given a name yet: what it makes for itself, what it keeps of the operator's answer, and
//! the way between. Its private keys are made here and never leave.

mod ask;
mod keep;

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::path::PathBuf;

use rcgen::CertificateParams;
use rcgen::DistinguishedName;
use rcgen::DnType;
use rcgen::KeyPair;
use serde::Deserialize;
use serde::Serialize;

use crate::host;
use crate::host::file;
use crate::mqtt::key::SecretKey;
use crate::mqtt::pair;
use crate::mqtt::pair::Code;
use crate::mqtt::pair::Request;
use crate::mqtt::pair::Sealed;
use crate::mqtt::topics::Fingerprint;

pub use self::ask::Ended;
pub use self::ask::Failed;
pub use self::ask::Parts;
pub use self::ask::Way;
pub use self::ask::run;
pub use self::keep::Judge;
pub use self::keep::NotTaken;
pub use self::keep::Taken;

/// The folder below the journal's.
const FOLDER: &str = "pairing";
/// Names of their own: one that an operator made by hand and systemd hands over is never taken for one of these.
const KEY: &str = "paired.key";
const CERTIFICATE_KEY: &str = "paired.pem.key";
const CERTIFICATE: &str = "paired.pem";
const SETTINGS: &str = "paired.toml";
/// Written last: with it there is a code, and before it nobody has seen any of the rest.
const CODE: &str = "code.json";

/// Where everything of a terminal's pairing is kept, below the folder of its journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    folder: PathBuf,
}

impl Files {
    #[must_use]
    pub fn of(data: &Path) -> Self {
        Self { folder: data.join(FOLDER) }
    }

    /// The key that requests to the relay are signed with.
    #[must_use]
    pub fn key(&self) -> PathBuf {
        self.folder.join(KEY)
    }

    /// The key of the certificate.
    #[must_use]
    pub fn certificate_key(&self) -> PathBuf {
        self.folder.join(CERTIFICATE_KEY)
    }

    #[must_use]
    pub fn certificate(&self) -> PathBuf {
        self.folder.join(CERTIFICATE)
    }

    /// What the operator answered, in the form of the terminal's own file. With it the terminal is paired.
    #[must_use]
    pub fn settings(&self) -> PathBuf {
        self.folder.join(SETTINGS)
    }

    /// # Errors
    /// Of the file system.
    pub fn is_paired(&self) -> Result<bool, NotMade> {
        let path = self.settings();
        path.try_exists().map_err(|source| NotMade { path, source })
    }

    /// Forgets the pairing and the keys: the next start makes others, and shows another code.
    ///
    /// # Errors
    /// Of the file system. What was taken away first is what makes it paired.
    pub fn forget(&self) -> Result<(), NotMade> {
        for path in [self.settings(), self.folder.join(CODE), self.certificate()] {
            match fs::remove_file(&path) {
                Err(source) if source.kind() != io::ErrorKind::NotFound => {
                    return Err(NotMade { path, source });
                }
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }
}

/// A file of the pairing cannot be made, read or replaced.
#[derive(Debug, thiserror::Error)]
#[error("{path} cannot be used: {source}")]
pub struct NotMade {
    path: PathBuf,
    source: io::Error,
}

/// What is said to the operator beside the keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    pub version: String,
    pub panel: String,
}

/// A terminal that has its keys and its code, and waits to be admitted.
#[derive(Debug)]
pub struct Device {
    files: Files,
    pub code: Code,
    pub fingerprint: Fingerprint,
    /// The same after every start, as long as `About` is.
    pub request: Sealed,
}

/// The code and the request for a certificate, whose signature would be another each time.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    code: String,
    csr: String,
}

impl Device {
    /// Takes up what an earlier start has made, or makes it.
    ///
    /// # Errors
    /// Of the file system. A later try begins where this one ended.
    pub fn open(files: Files, about: &About) -> Result<Self, NotMade> {
        let failed = |path: PathBuf| move |source| NotMade { path, source };
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&files.folder)
            .map_err(failed(files.folder.clone()))?;
        // `qrtill pair` may be run beside a terminal that starts: only one of them makes, and the other finds it made.
        let lock = files.folder.join("lock");
        let _held = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&lock)
            .and_then(|file| file.lock().map(|()| file))
            .map_err(failed(lock))?;
        let (key, kept) = match files.made() {
            Some(made) => made,
            None => files.make()?,
        };
        let broken = || io::Error::new(io::ErrorKind::InvalidData, "it holds no pairing code");
        let code: Code = kept.code.parse().map_err(|_| failed(files.folder.join(CODE))(broken()))?;
        let About { version, panel } = about.clone();
        let request = Request { key: key.public().to_string(), csr: kept.csr, version, panel };
        let request = pair::seal_request(&code, &request);
        Ok(Self { files, code, fingerprint: Fingerprint::of(&key.public()), request })
    }

    #[must_use]
    pub fn files(&self) -> &Files {
        &self.files
    }
}

impl Files {
    /// What is there, as a whole. A part of it, such as after a power cut before the last step, is nothing: nobody has
    /// been shown any of it.
    fn made(&self) -> Option<(SecretKey, Kept)> {
        let text = fs::read_to_string(self.key()).ok()?;
        let key = SecretKey::parse(&text).ok()?;
        KeyPair::from_pem(&fs::read_to_string(self.certificate_key()).ok()?).ok()?;
        let kept: Kept = serde_json::from_slice(&fs::read(self.folder.join(CODE)).ok()?).ok()?;
        kept.code.parse::<Code>().ok()?;
        Some((key, kept))
    }

    fn make(&self) -> Result<(SecretKey, Kept), NotMade> {
        let code = self.folder.join(CODE);
        let put = |path: &Path, bytes: &[u8]| {
            file::replace(path, bytes).map_err(|source| NotMade { path: path.to_owned(), source })
        };
        // What is made anew is not what an earlier code stands for.
        match fs::remove_file(&code) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(NotMade { path: code, source });
            }
            Ok(()) | Err(_) => {}
        }
        let key = SecretKey::from_random(host::random());
        put(&self.key(), key.to_text().reveal().as_bytes())?;
        let (pem, csr) = certificate_request()
            .map_err(|error| NotMade { path: self.certificate_key(), source: io::Error::other(error) })?;
        put(&self.certificate_key(), pem.as_bytes())?;
        let kept = Kept { code: Code::from_random(host::random_80()).grouped(), csr };
        let text = serde_json::to_vec_pretty(&kept)
            .map_err(|error| NotMade { path: code.clone(), source: error.into() })?;
        put(&code, &text)?;
        Ok((key, kept))
    }
}

/// A new P-256 key and a request for its certificate. The name in it is nobody's: the operator gives one.
fn certificate_request() -> Result<(String, String), rcgen::Error> {
    let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "unpaired");
    let csr = params.serialize_request(&key)?.pem()?;
    Ok((key.serialize_pem(), csr))
}

#[cfg(test)]
mod tests;
