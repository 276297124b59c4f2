//! A refund as people and programs read it.

use serde::Serialize;

use crate::core::money::Money;
use crate::core::payment::RefundStatus;
use crate::port::provider::Payment;
use crate::port::provider::Refund;

/// What became of it.
pub struct Told<'a> {
    pub refund_id: &'a str,
    pub payment_id: &'a str,
    pub reference: Option<&'a str>,
    pub amount: Money,
    /// `None` where a person did it by hand.
    pub status: Option<&'a RefundStatus>,
    /// The system's reason where it failed.
    pub failure: Option<&'a str>,
    /// As the system was told.
    pub reason: Option<&'a str>,
    /// It was given back, or booked, by an earlier call with the same payment, amount and key.
    pub repeated: bool,
}

impl<'a> Told<'a> {
    /// Of the system's answer.
    #[must_use]
    pub fn of(payment: &'a Payment, refund: &'a Refund, reason: Option<&'a str>, repeated: bool) -> Self {
        Self {
            refund_id: &refund.id,
            payment_id: &payment.key.id,
            reference: payment.reference.as_deref(),
            amount: refund.amount,
            status: Some(&refund.status),
            failure: refund.reason.as_deref(),
            reason,
            repeated,
        }
    }
}

#[derive(Serialize)]
struct Json<'a> {
    refund_id: &'a str,
    payment_id: &'a str,
    reference: Option<&'a str>,
    amount: i64,
    currency: &'static str,
    status: &'a str,
    failure: Option<&'a str>,
    reason: Option<&'a str>,
    repeated: bool,
}

#[must_use]
pub fn told(told: &Told<'_>, json: bool) -> String {
    if json {
        let object = Json {
            refund_id: told.refund_id,
            payment_id: told.payment_id,
            reference: told.reference,
            amount: told.amount.minor,
            currency: told.amount.currency.code(),
            status: told.status.map_or("by_hand", word),
            failure: told.failure,
            reason: told.reason,
            repeated: told.repeated,
        };
        return serde_json::to_string(&object).expect("text keys and no floats") + "\n";
    }
    let status = told.status.map_or("booked as given back by hand", in_words);
    let mut text = format!("{} of {}: {status}", told.amount, told.payment_id);
    if let Some(failure) = told.failure {
        text += &format!(" ({failure})");
    }
    text += &format!("\nrefund {}", told.refund_id);
    if let Some(reason) = told.reason {
        text += &format!(", {reason}");
    }
    match (told.repeated, told.status) {
        (false, _) => {}
        (true, Some(_)) => {
            text += "\nit was given back before, and nothing more was now; --key WORD makes another refund";
        }
        (true, None) => {
            text += "\nit was booked before, and nothing more was now; --key WORD books another one";
        }
    }
    text + "\n"
}

fn word(status: &RefundStatus) -> &str {
    match status {
        RefundStatus::Pending => "pending",
        RefundStatus::RequiresAction => "requires_action",
        RefundStatus::Succeeded => "succeeded",
        RefundStatus::Failed => "failed",
        RefundStatus::Canceled => "canceled",
        RefundStatus::Unknown(word) => word,
    }
}

fn in_words(status: &RefundStatus) -> &str {
    match status {
        RefundStatus::Pending => "on its way, the bank is at work on it",
        RefundStatus::RequiresAction => "waits for somebody to act in the dashboard",
        RefundStatus::Succeeded => "given back",
        RefundStatus::Failed => "failed, nothing was given back",
        RefundStatus::Canceled => "cancelled, nothing was given back",
        RefundStatus::Unknown(word) => word,
    }
}
