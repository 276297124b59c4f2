//! A new authority, and key pairs for a fleet's own servers. Terminals make their own, which never leave them.

use rcgen::BasicConstraints;
use rcgen::CertificateParams;
use rcgen::DistinguishedName;
use rcgen::DnType;
use rcgen::ExtendedKeyUsagePurpose;
use rcgen::IsCa;
use rcgen::KeyPair;
use rcgen::KeyUsagePurpose;

use super::Authority;
use super::Bad;
use super::limit;
use super::params;
use super::positive;
use crate::core::secret::Secret;

/// Every terminal has the authority's certificate on its card, so it outlasts cards.
const AUTHORITY_DAYS: u16 = 3650;

/// A certificate with the private key of it, both as PEM.
#[derive(Clone, Debug)]
pub struct Pair {
    pub certificate: String,
    pub key: Secret,
}

/// What a certificate is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// To be connected to.
    Server,
    /// To connect.
    Client,
}

impl Use {
    pub(super) fn purpose(self) -> ExtendedKeyUsagePurpose {
        match self {
            Self::Server => ExtendedKeyUsagePurpose::ServerAuth,
            Self::Client => ExtendedKeyUsagePurpose::ClientAuth,
        }
    }
}

/// Makes an authority that is good for ten years, and for signing alone.
///
/// # Errors
/// Where no key can be made.
pub fn create(name: &str, unix_ms: i64) -> Result<Pair, Bad> {
    let key = KeyPair::generate().map_err(|error| Bad::Sign(error.to_string()))?;
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    limit(&mut params, AUTHORITY_DAYS, unix_ms);
    let signed = params.self_signed(&key).map_err(|error| Bad::Sign(error.to_string()))?;
    Ok(Pair { certificate: signed.pem(), key: Secret::new(key.serialize_pem()) })
}

impl Authority {
    /// Makes a key pair and signs it: for somebody called `common` who goes by `names`, for `days`.
    ///
    /// # Errors
    /// Where a name is neither a host's nor an address.
    pub fn equip(
        &self,
        (common, names): (&str, Vec<String>),
        what_for: Use,
        days: u16,
        serial: [u8; 16],
        unix_ms: i64,
    ) -> Result<Pair, Bad> {
        let key = KeyPair::generate().map_err(|error| Bad::Sign(error.to_string()))?;
        let (params, ..) = params(common, names, what_for, days, positive(serial), unix_ms)?;
        let signed = params.signed_by(&key, &self.issuer).map_err(|error| Bad::Sign(error.to_string()))?;
        let certificate = format!("{}{}", signed.pem(), self.between);
        Ok(Pair { certificate, key: Secret::new(key.serialize_pem()) })
    }
}

#[cfg(test)]
mod tests {
    use x509_parser::pem::parse_x509_pem;

    use super::*;
    use crate::mqtt::tls::Authorities;
    use crate::mqtt::tls::Own;
    use crate::mqtt::tls::Tls;

    /// 2026-11-27.
    const NOW_MS: i64 = 1_795_780_800_000;
    const DAY_S: u64 = 24 * 60 * 60;

    #[test]
    fn a_new_authority_signs_for_servers_and_for_those_who_come_to_them() {
        let made = create("Corner Bakery", NOW_MS).expect("made");
        let authority = Authority::parse(&made.certificate, &made.key).expect("an authority");
        let equip = |common: &str, what_for| {
            authority
                .equip((common, vec![common.to_owned()]), what_for, 825, [7; 16], NOW_MS)
                .expect("signed")
        };
        let relay = equip("relay-main", Use::Client);
        let own = Own::parse(relay.certificate.as_bytes(), &relay.key).expect("its own key");
        let known = Authorities::parse(made.certificate.as_bytes()).expect("an authority");
        let tls = Tls::new(known, Some(own));
        let now_s = u64::try_from(NOW_MS / 1000).expect("since 1970");
        assert_eq!(tls.doubts("relay-main", now_s), []);
        assert_eq!(tls.doubts("relay-main", now_s + 827 * DAY_S).len(), 1);
        let broker = equip("broker.example", Use::Server).certificate;
        let (_, pem) = parse_x509_pem(broker.as_bytes()).expect("PEM");
        let read = pem.parse_x509().expect("a certificate");
        let usage = read.extended_key_usage().expect("readable").expect("there").value;
        assert!(usage.server_auth && !usage.client_auth && !read.is_ca());
    }
}
