//! Which payment is meant: by its id at the system, or by a sale's reference. Not every system gives a reference
//! back with a payment, or finds a payment by its id alone; the relay's journal knows both, and is read beside
//! the running relay.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::PathBuf;

use crate::cli::failure;
use crate::cli::failure::Failure;
use crate::cli::link::payments::word;
use crate::cli::serve;
use crate::cli::shop::Shop;
use crate::core::reference::Reference;
use crate::http::system::NotAnswered;
use crate::port::provider::Answer;
use crate::port::provider::Ask;
use crate::port::provider::LinkState;
use crate::port::provider::Payment;
use crate::relay;
use crate::relay::decide::fact::Fact;
use crate::store::Reader;
use crate::store::StoreError;

/// The relay's journal, if there is one that this user may read.
pub struct Journal {
    path: PathBuf,
    reader: Result<Reader<Fact>, StoreError>,
}

/// Where a sale's money is.
#[derive(Debug, Default)]
struct Known {
    /// The payment-link system it was opened at, where the journal has it.
    system: Option<String>,
    /// Made for this sale alone: all that is paid there is its money.
    links: BTreeSet<String>,
    /// Its payments, with the link they came over.
    paid: BTreeMap<String, Option<String>>,
}

impl Journal {
    /// What cannot be read is as good as none: the system may know the payment without it.
    #[must_use]
    pub fn open(path: PathBuf) -> Self {
        let reader = Reader::open(&path).and_then(|reader: Reader<Fact>| reader.name().map(|_| reader));
        Self { reader, path }
    }

    fn of_sale(&self, reference: &Reference) -> Result<Known, StoreError> {
        let Ok(reader) = &self.reader else { return Ok(Known::default()) };
        let mut known = Known::default();
        for fact in reader.about(Some(reference.as_str()), None)? {
            if let Fact::Opened { system, .. } = fact {
                known.system = Some(system);
            } else if let Fact::Linked { link, rides: false, .. } = fact {
                known.links.insert(link);
            } else if let Fact::Paid { payment, .. } = fact
                && payment.status.is_money()
            {
                known.paid.insert(payment.key.id, payment.link);
            }
        }
        Ok(known)
    }

    /// The links that a payment of this id came over.
    fn links_of_payment(&self, id: &str) -> Result<BTreeSet<String>, StoreError> {
        let Ok(reader) = &self.reader else { return Ok(BTreeSet::new()) };
        let mut links = BTreeSet::new();
        for name in reader.names_ending(&relay::payment_ending(id))? {
            for fact in reader.about(None, Some(&name))? {
                if let Fact::Paid { payment, .. } = fact
                    && payment.key.id == id
                {
                    links.extend(payment.link);
                }
            }
        }
        Ok(links)
    }

    /// What to do where nothing was found; `mend` is what helps without the journal.
    fn hint(&self, mend: &str) -> String {
        let path = self.path.display();
        match &self.reader {
            Ok(_) => format!("the relay's journal does not know it either; {mend}"),
            Err(error) if self.path.exists() => {
                format!(
                    "the relay's journal {path} could not be asked ({error}); run it as the relay's user, or {mend}"
                )
            }
            Err(_) => {
                format!(
                    "there is no relay's journal to look in at {path}; name its folder with --data DIR, or {mend}"
                )
            }
        }
    }
}

/// The one payment of this name.
pub async fn payment(
    shop: &Shop,
    name: &str,
    link: Option<&str>,
    journal: &Journal,
) -> Result<Payment, Failure> {
    if let Some(link) = link {
        return paid(over_link(shop, name, link).await?);
    }
    match name.parse::<Reference>() {
        Ok(reference) => of_sale(shop, &reference, journal).await,
        Err(_) => of_id(shop, name, journal).await,
    }
}

async fn of_id(shop: &Shop, id: &str, journal: &Journal) -> Result<Payment, Failure> {
    let payment = match shop.system.ask(Ask::GetPayment { payment: id.to_owned() }).await {
        Ok(answer) => {
            let Answer::Payment(payment) = answer else { return Err(Failure::odd()) };
            payment
        }
        Err(NotAnswered::Unsupported(_)) => over_links(shop, id, journal).await?,
        Err(error) => return Err(shop.not_answered(&error)),
    };
    paid(payment)
}

/// The payment of this id, or of this sale, among those of the link.
async fn over_link(shop: &Shop, name: &str, link: &str) -> Result<Payment, Failure> {
    let named = |payment: &Payment| payment.key.id == name || payment.reference.as_deref() == Some(name);
    let mut found: Vec<_> = shop.payments(link).await?.into_iter().filter(named).collect();
    match found.len() {
        1 => {
            let payment = found.remove(0);
            Ok(Payment { link: payment.link.or_else(|| Some(link.to_owned())), ..payment })
        }
        0 => {
            let what = format!("{} has no payment {name} over {link}", shop.system.provider().name());
            let hint = format!("`qrtill link payments {link}` tells which there are");
            Err(Failure::new(failure::DATA, what, hint))
        }
        _ => Err(Failure::name_one(name, found.iter().map(|payment| payment.key.id.as_str()))),
    }
}

fn paid(payment: Payment) -> Result<Payment, Failure> {
    if payment.status.is_money() {
        return Ok(payment);
    }
    let what = format!("{} is not paid: its status is {}", payment.key.id, word(&payment.status));
    let link = payment.link.as_deref().unwrap_or("LINK");
    let hint = format!("`qrtill link payments {link}` tells what came over its link");
    Err(Failure::new(failure::DATA, what, hint))
}

/// A payment that the system finds by its link alone, which the journal knows.
async fn over_links(shop: &Shop, id: &str, journal: &Journal) -> Result<Payment, Failure> {
    let name = shop.system.provider().name();
    let links = journal.links_of_payment(id).map_err(|error| serve::of_store(&error))?;
    for link in &links {
        if let Some(found) = shop.payments(link).await?.into_iter().find(|payment| payment.key.id == id) {
            return Ok(Payment { link: found.link.or_else(|| Some(link.clone())), ..found });
        }
    }
    let Some(link) = links.first() else {
        let what = format!("{name} finds a payment only by its link");
        return Err(Failure::new(failure::DATA, what, journal.hint("name its link with --link LINK")));
    };
    let what = format!("{name} has no payment {id} over {link}, where the relay's journal has it");
    Err(Failure::new(failure::DATA, what, format!("`qrtill link payments {link}` tells which there are")))
}

async fn of_sale(shop: &Shop, reference: &Reference, journal: &Journal) -> Result<Payment, Failure> {
    let known = journal.of_sale(reference).map_err(|error| serve::of_store(&error))?;
    let name = shop.system.provider().name();
    if let Some(other) = known.system.as_deref().filter(|other| *other != name) {
        let what = format!("{reference} was sold over {other}, and this asks {name}");
        return Err(Failure::new(failure::USAGE, what, format!("add --provider {other}")));
    }
    let mut paid = of_known(shop, known, reference).await?;
    if paid.is_empty() {
        for link in links_of(shop, reference).await? {
            let named = |payment: &Payment| payment.reference.as_deref() == Some(reference.as_str());
            paid.extend(paid_over(shop, &link).await?.into_iter().filter(named));
        }
    }
    match paid.len() {
        1 => Ok(paid.remove(0)),
        0 => {
            let what = format!("the system has no payment of {reference}");
            Err(Failure::new(
                failure::DATA,
                what,
                journal.hint("give the payment's id, which `qrtill sales` tells"),
            ))
        }
        _ => Err(Failure::name_one(reference.as_str(), paid.iter().map(|payment| payment.key.id.as_str()))),
    }
}

/// The sale's payments as they stand at the system now.
async fn of_known(shop: &Shop, mut known: Known, reference: &Reference) -> Result<Vec<Payment>, Failure> {
    let mut found = Vec::new();
    let links: BTreeSet<String> = known.links.iter().chain(known.paid.values().flatten()).cloned().collect();
    for link in links {
        for mut payment in paid_over(shop, &link).await? {
            let ours = known.paid.remove(&payment.key.id).is_some() || known.links.contains(&link);
            if ours {
                payment.reference = Some(reference.to_string());
                payment.link.get_or_insert_with(|| link.clone());
                found.push(payment);
            }
        }
    }
    for id in known.paid.into_keys() {
        let answer = shop.ask(Ask::GetPayment { payment: id }).await?;
        let Answer::Payment(payment) = answer else { return Err(Failure::odd()) };
        found.push(Payment { reference: Some(reference.to_string()), ..payment });
    }
    Ok(found)
}

/// The links that may have a sale's payment: its own, else all that take many.
async fn links_of(shop: &Shop, reference: &Reference) -> Result<Vec<String>, Failure> {
    let (mut own, mut reusable) = (None, Vec::new());
    let look = |link: LinkState| match link.reference.as_deref() {
        Some(named) if named == reference.as_str() => {
            own = Some(link.id);
            ControlFlow::Break(())
        }
        Some(_) => ControlFlow::Continue(()),
        None => {
            reusable.push(link.id);
            ControlFlow::Continue(())
        }
    };
    shop.each_link(None, look).await?;
    Ok(own.map_or(reusable, |own| vec![own]))
}

/// What was paid over a link.
async fn paid_over(shop: &Shop, link: &str) -> Result<Vec<Payment>, Failure> {
    let mut paid = shop.payments(link).await?;
    paid.retain(|payment| payment.status.is_money());
    Ok(paid)
}
