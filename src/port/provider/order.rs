//! What a link is to be: what is ordered, and what is changed later.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::Serialize;

use crate::core::payment::AmountKind;
use crate::core::payment::LinkKind;
use crate::core::reference::Reference;

/// What link to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkOrder {
    pub kind: LinkKind,
    pub amount: AmountKind,
    /// What the customer reads on the hosted page.
    pub title: String,
    /// The sale, for a one-off link.
    pub reference: Option<Reference>,
    /// Sent as the idempotency key, `<reference>.<generation>` for a sale.
    pub key: String,
    pub terms: Terms,
}

/// What a link may have besides its amount and title. What a system does not have is `Unsupported`, never
/// left away in silence, except `ends` of a sale, which the relay keeps as well.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Terms {
    pub purpose: Purpose,
    pub description: Option<String>,
    pub ends: Option<Ends>,
    /// The items; empty for one item of the whole amount. Their gross sum is the link's fixed amount.
    pub lines: Vec<Line>,
    /// Amounts in minor units that the page proposes, on an open amount.
    pub suggestions: Vec<i64>,
    pub metadata: BTreeMap<String, String>,
    pub customer: BTreeMap<CustomerField, Need>,
    pub after: Option<After>,
    /// In the system's own words.
    pub options: BTreeMap<String, String>,
}

/// One moment said in two ways. The relative one does not depend on our clock; systems take one or the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ends {
    pub at_unix_ms: i64,
    pub after_s: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub title: String,
    pub quantity: u32,
    /// Minor units of one, without tax.
    pub unit: i64,
    /// Tax in hundredths of a percent, on top.
    pub vat_bp: u32,
}

/// What a link is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    #[default]
    Payment,
    Product,
    Subscription,
    Invoice,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CustomerField {
    BusinessName,
    Name,
    Email,
    Phone,
    BillingAddress,
    ShippingAddress,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    Optional,
    Required,
}

/// What follows a payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum After {
    Thanks(String),
    Redirect(String),
}

/// What to change on a link; what is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Change {
    pub title: Option<String>,
    pub description: Option<String>,
    pub amount: Option<AmountKind>,
    pub max_payments: Option<u32>,
    pub ends_unix_ms: Option<i64>,
    pub metadata: BTreeMap<String, String>,
    pub after: Option<After>,
    pub options: BTreeMap<String, String>,
}

/// What the merchant tells whoever is to move the money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectOrder {
    /// Where the merchant's browser is sent back to.
    pub return_url: String,
    pub bank_account: String,
    /// E.164.
    pub phone: String,
    pub business: String,
    pub website: Option<String>,
}
