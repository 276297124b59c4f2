//! Qonto's answers about the merchant: the connection to whoever moves the money, and the methods of payment.

use crate::port::provider::Connection;
use crate::port::provider::PaymentMethod;
use crate::port::provider::Trouble;
use crate::provider::qonto::wire;
use crate::provider::rest::parse;
use crate::provider::rest::unsure;

pub fn connection(body: &[u8]) -> Result<Connection, Trouble> {
    let found: wire::Connection = parse(body)?;
    if found.status.is_empty() {
        return Err(unsure("a connection without a state".to_owned()));
    }
    let (enabled, location) = (found.status == "enabled", found.connection_location);
    let location = location.filter(|url| !url.is_empty());
    Ok(Connection { status: found.status, enabled, location })
}

pub fn methods(body: &[u8]) -> Result<Vec<PaymentMethod>, Trouble> {
    let list: wire::PaymentMethods = parse(body)?;
    let method = |found: wire::PaymentMethod| PaymentMethod { name: found.name, enabled: found.enabled };
    Ok(list.payment_link_payment_methods.into_iter().map(method).collect())
}
