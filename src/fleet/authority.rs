//! The operator's own authority: signs certificates that a broker knows terminals by, and the list of those that count
//! no longer. What `openssl` made is read as it is.

mod create;

use jiff::Span;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rcgen::CertificateParams;
use rcgen::CertificateRevocationListParams;
use rcgen::CertificateSigningRequestParams;
use rcgen::DistinguishedName;
use rcgen::DnType;
use rcgen::Issuer;
use rcgen::KeyIdMethod;
use rcgen::KeyPair;
use rcgen::KeyUsagePurpose;
use rcgen::RevokedCertParams;
use rcgen::SerialNumber;
use rcgen::date_time_ymd;
use x509_parser::pem::Pem;
use x509_parser::prelude::FromDer;
use x509_parser::prelude::ParsedExtension;
use x509_parser::prelude::X509Certificate;
use x509_parser::revocation_list::CertificateRevocationList;

pub use self::create::Pair;
pub use self::create::Use;
pub use self::create::create;
use crate::core::reference::TerminalId;
use crate::core::secret::Secret;

/// For so long a list of revoked ones is good: a broker with none that is good lets nobody in.
const LIST_DAYS: i32 = 3650;

#[derive(Debug, thiserror::Error)]
pub enum Bad {
    #[error("there is no certificate of an authority in it")]
    Certificate,
    #[error("the certificate in it may not sign others")]
    NoAuthority,
    #[error("there is no private key in it, as PEM and without a passphrase")]
    Key,
    #[error("the key in it is not that of the authority's certificate")]
    OtherKey,
    #[error("the request for a certificate is broken: {0}")]
    Request(String),
    #[error("the list of revoked certificates in it is broken, or another authority's")]
    List,
    #[error("it cannot be signed: {0}")]
    Sign(String),
}

/// What was signed for a terminal.
#[derive(Clone, Debug)]
pub struct Signed {
    /// With those of the authorities above it but the last, as PEM.
    pub chain: String,
    /// Hexadecimal.
    pub serial: String,
    /// Days as `2026-11-27`; it is good from the day before the first to the end of the second.
    pub issued: String,
    pub until: String,
}

pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its subject, and how its key is named in what it signs.
    subject: Vec<u8>,
    key_id: KeyIdMethod,
    /// Its own certificate where another authority signed it: the broker may know that one alone.
    between: String,
}

impl Authority {
    /// # Errors
    /// Where either is not what it should be.
    pub fn parse(certificate: &str, key: &Secret) -> Result<Self, Bad> {
        let pem = Pem::iter_from_buffer(certificate.as_bytes())
            .filter_map(Result::ok)
            .find(|pem| pem.label == "CERTIFICATE")
            .ok_or(Bad::Certificate)?;
        let read = pem.parse_x509().map_err(|_| Bad::Certificate)?;
        if !read.is_ca() {
            return Err(Bad::NoAuthority);
        }
        let key = KeyPair::from_pem(key.reveal()).map_err(|_| Bad::Key)?;
        if read.public_key().subject_public_key.data.as_ref() != key.public_key_raw() {
            return Err(Bad::OtherKey);
        }
        let is_root = read.subject().as_raw() == read.issuer().as_raw();
        let subject = read.subject().as_raw().to_vec();
        let key_id = key_id(&read);
        let issuer = Issuer::from_ca_cert_der(&pem.contents.clone().into(), key);
        let issuer = issuer.map_err(|error| Bad::Sign(error.to_string()))?;
        let between = if is_root { String::new() } else { certificate.to_owned() };
        Ok(Self { issuer, subject, key_id, between })
    }

    /// Signs a terminal's request for `days`. Nothing is taken over from the request but the key, which has signed it.
    ///
    /// # Errors
    /// Where the request is broken.
    pub fn sign(
        &self,
        csr: &str,
        id: &TerminalId,
        days: u16,
        serial: [u8; 16],
        unix_ms: i64,
    ) -> Result<Signed, Bad> {
        let mut request = CertificateSigningRequestParams::from_pem(csr)
            .map_err(|error| Bad::Request(error.to_string()))?;
        let serial = positive(serial);
        let names = vec![id.to_string()];
        let (params, today, until) = params(id.as_str(), names, Use::Client, days, serial, unix_ms)?;
        request.params = params;
        let signed = request.signed_by(&self.issuer).map_err(|error| Bad::Sign(error.to_string()))?;
        Ok(Signed {
            chain: format!("{}{}", signed.pem(), self.between),
            serial: hex(&serial),
            issued: today.to_string(),
            until: until.to_string(),
        })
    }

    /// A list of all certificates that count no longer: those in `before`, the list that there is, whoever put them in,
    /// and `serials`.
    ///
    /// # Errors
    /// Where the list that there is cannot be read, or is another authority's: what it revokes would come back.
    pub fn revoke(&self, before: Option<&str>, serials: &[String], unix_ms: i64) -> Result<String, Bad> {
        let today = day(unix_ms);
        let (mut revoked, number) = match before {
            Some(before) => self.read_list(before)?,
            None => (Vec::new(), 0),
        };
        for serial in serials {
            let serial_number = SerialNumber::from_slice(&unhex(serial).ok_or(Bad::List)?);
            if revoked.iter().all(|one: &RevokedCertParams| one.serial_number != serial_number) {
                revoked.push(RevokedCertParams {
                    serial_number,
                    revocation_time: midnight(today, date_time_ymd),
                    reason_code: None,
                    invalidity_date: None,
                });
            }
        }
        let list = CertificateRevocationListParams {
            this_update: midnight(today, date_time_ymd),
            next_update: midnight(today.saturating_add(Span::new().days(LIST_DAYS)), date_time_ymd),
            crl_number: SerialNumber::from(number + 1),
            issuing_distribution_point: None,
            revoked_certs: revoked,
            key_identifier_method: self.key_id.clone(),
        };
        let signed = list.signed_by(&self.issuer).and_then(|list| list.pem());
        signed.map_err(|error| Bad::Sign(error.to_string()))
    }

    /// Those in a list, and the list's number.
    fn read_list(&self, text: &str) -> Result<(Vec<RevokedCertParams>, u64), Bad> {
        let pem = Pem::iter_from_buffer(text.as_bytes()).next();
        let pem = pem.and_then(Result::ok).filter(|pem| pem.label == "X509 CRL").ok_or(Bad::List)?;
        let (_, list) = CertificateRevocationList::from_der(&pem.contents).map_err(|_| Bad::List)?;
        if list.issuer().as_raw() != self.subject {
            return Err(Bad::List);
        }
        let number = list.crl_number().and_then(|number| number.to_u64_digits().first().copied());
        let revoked = list.iter_revoked_certificates().map(|one| {
            let bare = one.raw_serial().iter().skip_while(|byte| **byte == 0).copied();
            RevokedCertParams {
                serial_number: SerialNumber::from_slice(&bare.collect::<Vec<_>>()),
                revocation_time: one.revocation_date.to_datetime(),
                reason_code: None,
                invalidity_date: None,
            }
        });
        Ok((revoked.collect(), number.unwrap_or(0)))
    }
}

/// What is signed for somebody called `common`, with the days on which it begins and ends to count.
fn params(
    common: &str,
    names: Vec<String>,
    what_for: Use,
    days: u16,
    serial: [u8; 16],
    unix_ms: i64,
) -> Result<(CertificateParams, Date, Date), Bad> {
    let mut params = CertificateParams::new(names).map_err(|error| Bad::Sign(error.to_string()))?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common);
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![what_for.purpose()];
    let (today, until) = limit(&mut params, days, unix_ms);
    Ok((params, today, until))
}

/// Lets it count for `days` from today on; gives back the first and the last.
fn limit(params: &mut CertificateParams, days: u16, unix_ms: i64) -> (Date, Date) {
    let today = day(unix_ms);
    let until = today.saturating_add(Span::new().days(i32::from(days)));
    // A day more on either side, since it counts from midnight and not every clock is right.
    let (from, to) = (today.saturating_sub(Span::new().days(1)), until.saturating_add(Span::new().days(1)));
    (params.not_before, params.not_after) = (midnight(from, date_time_ymd), midnight(to, date_time_ymd));
    (today, until)
}

/// A positive number of always the same length.
fn positive(mut serial: [u8; 16]) -> [u8; 16] {
    serial[0] = serial[0] & 0x3f | 0x40;
    serial
}

fn key_id(certificate: &X509Certificate) -> KeyIdMethod {
    let named = certificate.extensions().iter().find_map(|extension| {
        let parsed = extension.parsed_extension();
        if let ParsedExtension::SubjectKeyIdentifier(id) = parsed { Some(id.0.to_vec()) } else { None }
    });
    named.map_or(KeyIdMethod::Sha256, KeyIdMethod::PreSpecified)
}

fn day(unix_ms: i64) -> Date {
    Timestamp::from_millisecond(unix_ms).unwrap_or_default().to_zoned(TimeZone::UTC).date()
}

/// As the maker of certificates writes it.
fn midnight<T>(day: Date, at: impl Fn(i32, u8, u8) -> T) -> T {
    let part = |number: i8| u8::try_from(number).unwrap_or(1);
    at(day.year().into(), part(day.month()), part(day.day()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let pair = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
    (0..text.len()).step_by(2).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mqtt::authority;
    use crate::mqtt::tls::Authorities;
    use crate::mqtt::tls::Own;
    use crate::mqtt::tls::Tls;

    /// 2026-11-27.
    const NOW_MS: i64 = 1_795_780_800_000;
    const DAY_S: u64 = 24 * 60 * 60;

    fn id() -> TerminalId {
        "counter-1".parse().expect("an id")
    }

    fn made() -> (authority::Authority, Authority) {
        let made = authority::Authority::new("Corner Bakery");
        let read = Authority::parse(&made.pem, &Secret::new(made.key_pem())).expect("an authority");
        (made, read)
    }

    fn request() -> (KeyPair, String) {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(vec!["operator".to_owned()]).expect("names");
        params.distinguished_name.push(DnType::CommonName, "operator");
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let csr = params.serialize_request(&key).and_then(|csr| csr.pem()).expect("a request");
        (key, csr)
    }

    #[test]
    fn a_certificate_is_for_the_terminal_alone_whatever_was_asked_for() {
        let (made, authority) = made();
        let (key, csr) = request();
        let signed = authority.sign(&csr, &id(), 90, [0xff; 16], NOW_MS).expect("signed");
        assert_eq!((signed.issued.as_str(), signed.until.as_str()), ("2026-11-27", "2027-02-25"));
        let own =
            Own::parse(signed.chain.as_bytes(), &Secret::new(key.serialize_pem())).expect("its own key");
        let tls = Tls::new(Authorities::parse(made.pem.as_bytes()).expect("an authority"), Some(own));
        let now_s = u64::try_from(NOW_MS / 1000).expect("since 1970");
        assert_eq!(tls.doubts("counter-1", now_s), [], "a broker takes it now");
        assert_eq!(tls.doubts("counter-1", now_s + 90 * DAY_S), []);
        assert_eq!(tls.doubts("counter-1", now_s + 92 * DAY_S).len(), 1, "and not for ever");
        assert!(!tls.doubts("operator", now_s).is_empty(), "it is not for the name that was asked for");
        let pem = Pem::iter_from_buffer(signed.chain.as_bytes()).next().expect("one").expect("PEM");
        let read = pem.parse_x509().expect("a certificate");
        assert!(!read.is_ca());
        assert_eq!(read.subject().to_string(), "CN=counter-1");
        assert_eq!(hex(read.raw_serial()), signed.serial);
    }

    #[test]
    fn a_broken_request_is_not_signed() {
        let (_, authority) = made();
        let (_, csr) = request();
        let at = csr.len() / 2;
        let other = if &csr[at..=at] == "A" { "B" } else { "A" };
        for bad in [String::new(), format!("{}{other}{}", &csr[..at], &csr[at + 1..])] {
            assert!(matches!(authority.sign(&bad, &id(), 90, [1; 16], NOW_MS), Err(Bad::Request(_))));
        }
    }

    #[test]
    fn a_list_keeps_what_was_revoked_before_whoever_did_it() {
        let (made, authority) = made();
        let pair = made.client("counter-9");
        let before = made.revoked(&[&pair]);
        let serials = ["4a00".to_owned(), "4b01".to_owned()];
        let list = authority.revoke(Some(&before), &serials[..1], NOW_MS).expect("signed");
        let list = authority.revoke(Some(&list), &serials, NOW_MS).expect("signed again");
        let (revoked, number) = authority.read_list(&list).expect("a list");
        assert_eq!((revoked.len(), number), (3, 3));
        let other = authority::Authority::new("Another Bakery");
        let foreign = other.revoked(&[]);
        assert!(matches!(authority.revoke(Some(&foreign), &[], NOW_MS), Err(Bad::List)));
        assert!(matches!(authority.revoke(Some("no list"), &[], NOW_MS), Err(Bad::List)));
    }

    #[test]
    fn only_an_authority_with_its_own_key_signs() {
        let (made, _) = made();
        let (pair, other) = (made.client("counter-1"), authority::Authority::new("Another Bakery"));
        let parse = |certificate: &str, key: String| Authority::parse(certificate, &Secret::new(key)).err();
        assert!(matches!(parse(&pair.certificate, pair.key.clone()), Some(Bad::NoAuthority)));
        assert!(matches!(parse(&made.pem, other.key_pem()), Some(Bad::OtherKey)));
        assert!(matches!(parse(&made.pem, "nothing".into()), Some(Bad::Key)));
        assert!(matches!(parse("nothing", made.key_pem()), Some(Bad::Certificate)));
    }
}
