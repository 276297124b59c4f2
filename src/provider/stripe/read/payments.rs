//! Stripe's answers about one payment. A link's payments are those of its checkouts.

use super::same_mode;
use crate::port::provider::Payment;
use crate::port::provider::Trouble;
use crate::provider::judge::same;
use crate::provider::owner::Owner;
use crate::provider::rest::unsure;
use crate::provider::stripe::page::object;
use crate::provider::stripe::payment;
use crate::provider::stripe::wire::PaymentIntent;
use crate::provider::stripe::wire::Session;

pub fn one(asked: &str, body: &[u8], owner: Owner<'_>) -> Result<Payment, Trouble> {
    let found = if asked.starts_with("cs_") {
        let session: Session = object(body)?;
        same(asked, &session.id)?;
        same_mode(session.livemode, owner)?;
        payment::session(&session, None, owner).map_err(unsure)?
    } else {
        let intent: PaymentIntent = object(body)?;
        same(asked, &intent.id)?;
        same_mode(intent.livemode, owner)?;
        Some(payment::intent(&intent, None, owner).map_err(unsure)?)
    };
    found.ok_or_else(|| unsure(format!("{asked} has no amount yet")))
}
