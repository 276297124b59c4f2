//! Where below its base URL each thing stands. All of it is our reading of storekit's guide, so all of it
//! can be configured.

use serde::Deserialize;

use crate::provider::BadOptions;

const LINK: &str = "{id}";
const PAYMENT: &str = "{paymentId}";

/// Paths with `{id}` for a link's id and `{paymentId}` for a payment's.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Paths {
    /// Lists links, and makes one.
    pub links: String,
    pub link: String,
    pub deactivate: String,
    /// A link's payments.
    pub payments: String,
    /// Gives money of one payment back.
    pub refunds: String,
}

impl Default for Paths {
    fn default() -> Self {
        Self {
            links: "/v1/payment-links".to_owned(),
            link: "/v1/payment-links/{id}".to_owned(),
            deactivate: "/v1/payment-links/{id}/deactivate".to_owned(),
            payments: "/v1/payment-links/{id}/transactions".to_owned(),
            refunds: "/v1/payment-links/{id}/transactions/{paymentId}/refunds".to_owned(),
        }
    }
}

impl Paths {
    /// Whether each path is one, and has room for exactly the ids that it needs.
    pub fn check(&self) -> Result<(), BadOptions> {
        for (name, path, needs) in [
            ("links", &self.links, &[] as &[&str]),
            ("link", &self.link, &[LINK]),
            ("deactivate", &self.deactivate, &[LINK]),
            ("payments", &self.payments, &[LINK]),
            ("refunds", &self.refunds, &[LINK, PAYMENT]),
        ] {
            if !is_path(path, needs) {
                let needs =
                    if needs.is_empty() { String::new() } else { format!(" with {}", needs.join(", ")) };
                return Err(BadOptions {
                    field: format!("paths.{name}"),
                    reason: format!("write a path that begins with /{needs}, without a query"),
                });
            }
        }
        Ok(())
    }
}

fn is_path(path: &str, needs: &[&str]) -> bool {
    let mut rest = path.to_owned();
    for need in needs {
        if rest.matches(need).count() != 1 {
            return false;
        }
        rest = rest.replace(need, "x");
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte);
    rest.starts_with('/') && !rest.contains("//") && !rest.contains("..") && rest.bytes().all(plain)
}

/// The path of something of one link. Ids have been found to be safe before.
pub fn of_link(path: &str, link: &str) -> String {
    path.replace(LINK, link)
}

/// The path of something of one payment.
pub fn of_payment(path: &str, link: &str, payment: &str) -> String {
    of_link(path, link).replace(PAYMENT, payment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_paths_of_our_reading_are_good() {
        assert_eq!(Paths::default().check(), Ok(()));
        let refunds = of_payment(&Paths::default().refunds, "plink_1", "pay_1");
        assert_eq!(refunds, "/v1/payment-links/plink_1/transactions/pay_1/refunds");
    }

    #[test]
    fn a_path_without_room_for_its_id_is_named() {
        for path in
            ["", "v1/{id}", "/v1", "/v1/{id}/{id}", "/v1/{link}", "/v1/{id}?a=b", "//x/{id}", "/../{id}"]
        {
            let paths = Paths { link: path.to_owned(), ..Paths::default() };
            assert_eq!(paths.check().map_err(|bad| bad.field), Err("paths.link".to_owned()), "{path}");
        }
        let paths = Paths { link: "/api/links/{id}.json".to_owned(), ..Paths::default() };
        assert_eq!(paths.check(), Ok(()));
    }
}
