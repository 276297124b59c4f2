//! Which payment is meant: by its id at the system, or by a sale's reference. Not every system gives a reference
//! back with a payment, or finds a payment by its id alone; the relay's journal knows both, and is read beside
//! the running relay.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::PathBuf;

use super::odd;
use crate::cli::failure;
use crate::cli::failure::Failure;
use crate::cli::link::ask;
use crate::cli::link::of_not_answered;
use crate::cli::progress::Progress;
use crate::cli::serve;
use crate::core::reference::Reference;
use crate::http::system::NotAnswered;
use crate::http::system::System;
use crate::port::provider::Answer;
use crate::port::provider::Ask;
use crate::port::provider::Payment;
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
        for name in reader.names_ending(&format!(":{id}"))? {
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

    /// What to do where nothing was found.
    fn hint(&self) -> String {
        let (path, mend) = (self.path.display(), "give the payment's id, which `qrtill sales` tells");
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
pub async fn payment(system: &System, name: &str, journal: &Journal) -> Result<Payment, Failure> {
    match name.parse::<Reference>() {
        Ok(reference) => of_sale(system, &reference, journal).await,
        Err(_) => of_id(system, name, journal).await,
    }
}

async fn of_id(system: &System, id: &str, journal: &Journal) -> Result<Payment, Failure> {
    let found = match system.ask(Ask::GetPayment { payment: id.to_owned() }).await {
        Ok(Answer::Payment(payment)) => Some(payment),
        Ok(answer) => return Err(odd(&answer)),
        Err(NotAnswered::Unsupported(_)) => {
            let mut found = None;
            for link in journal.links_of_payment(id).map_err(|error| serve::of_store(&error))? {
                let listed = payments(system, &link).await?;
                found = found.or(listed.into_iter().find(|payment| payment.key.id == id));
            }
            found
        }
        Err(error) => return Err(of_not_answered(&error)),
    };
    let Some(payment) = found else {
        let what = format!("{} finds a payment only by its link", system.provider().name());
        let hint = "give the sale's reference, or the folder of the relay's journal with --data DIR";
        return Err(Failure::new(failure::DATA, what, hint));
    };
    let not_paid = || Failure::new(failure::DATA, format!("{id} is not paid"), "");
    payment.status.is_money().then_some(payment).ok_or_else(not_paid)
}

async fn of_sale(system: &System, reference: &Reference, journal: &Journal) -> Result<Payment, Failure> {
    let known = journal.of_sale(reference).map_err(|error| serve::of_store(&error))?;
    let name = system.provider().name();
    if let Some(other) = known.system.as_deref().filter(|other| *other != name) {
        let what = format!("{reference} was sold over {other}, and this asks {name}");
        return Err(Failure::new(failure::USAGE, what, format!("add --provider {other}")));
    }
    let mut paid = of_known(system, known, reference).await?;
    if paid.is_empty() {
        for link in links_of(system, reference).await? {
            let named = |payment: &Payment| payment.reference.as_deref() == Some(reference.as_str());
            paid.extend(payments(system, &link).await?.into_iter().filter(named));
        }
    }
    match paid.len() {
        1 => Ok(paid.remove(0)),
        0 => {
            let what = format!("the system has no payment of {reference}");
            Err(Failure::new(failure::DATA, what, journal.hint()))
        }
        count => {
            let ids: Vec<_> = paid.into_iter().map(|payment| payment.key.id).collect();
            let what = format!("{reference} has {count} payments");
            Err(Failure::new(failure::DATA, what, format!("name one: {}", ids.join(", "))))
        }
    }
}

/// The sale's payments as they stand at the system now.
async fn of_known(system: &System, mut known: Known, reference: &Reference) -> Result<Vec<Payment>, Failure> {
    let mut found = Vec::new();
    let links: BTreeSet<String> = known.links.iter().chain(known.paid.values().flatten()).cloned().collect();
    for link in links {
        for mut payment in payments(system, &link).await? {
            let ours = known.paid.remove(&payment.key.id).is_some() || known.links.contains(&link);
            if ours {
                payment.reference = Some(reference.to_string());
                payment.link.get_or_insert_with(|| link.clone());
                found.push(payment);
            }
        }
    }
    for id in known.paid.into_keys() {
        let answer = ask(system, Ask::GetPayment { payment: id }).await?;
        let Answer::Payment(payment) = answer else { return Err(odd(&answer)) };
        found.push(Payment { reference: Some(reference.to_string()), ..payment });
    }
    Ok(found)
}

/// The links that may have a sale's payment: its own, else all that take many.
async fn links_of(system: &System, reference: &Reference) -> Result<Vec<String>, Failure> {
    let (mut reusable, mut cursor) = (Vec::new(), None);
    let (mut progress, mut looked_at) = (Progress::new(), 0);
    loop {
        let answer = ask(system, Ask::ListLinks { active: None, cursor }).await?;
        let Answer::Links(page) = answer else { return Err(odd(&answer)) };
        looked_at += page.items.len();
        for link in page.items {
            match link.reference.as_deref() {
                Some(named) if named == reference.as_str() => return Ok(vec![link.id]),
                Some(_) => {}
                None => reusable.push(link.id),
            }
        }
        let Some(next) = page.next else { return Ok(reusable) };
        progress.tell(looked_at, "links");
        cursor = Some(next);
    }
}

/// What was paid over a link.
async fn payments(system: &System, link: &str) -> Result<Vec<Payment>, Failure> {
    let mut paid = crate::cli::link::payments::all(system, link).await?;
    paid.retain(|payment| payment.status.is_money());
    Ok(paid)
}
