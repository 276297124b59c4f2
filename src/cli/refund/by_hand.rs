//! `qrtill refund --by-hand`: books what a person gave back in the system's dashboard, as the terminal's keypad
//! does. Only the terminal's own process writes its journal while it runs, so it has to be stopped; the journal's
//! lock says whether it is. What the system tells of the same refund later takes the booked one's place: the
//! facts are the keypad's, and the book judges them alike.

use super::Wanted;
use super::print;
use super::print::Told;
use crate::cli::failure;
use crate::cli::failure::Failure;
use crate::cli::journal;
use crate::cli::serve;
use crate::core::book::Book;
use crate::core::fact::Fact;
use crate::core::message::RefundSaid;
use crate::core::money::Money;
use crate::core::payment::PaymentKey;
use crate::core::reference::Reference;
use crate::host;
use crate::port::provider::Refunds;
use crate::provider;
use crate::store::Journal;
use crate::store::Reader;
use crate::store::Row;
use crate::store::StoreError;
use crate::terminal;

/// Where the facts of one come from: not from the relay.
const SAID_BY: &str = "booked by hand with `qrtill refund`";

/// Books it, and what is to be printed of that.
pub fn book(wanted: &Wanted, json: bool) -> Result<String, Failure> {
    let path = journal::of_terminal(wanted.data.as_deref(), None)?;
    let reader = Reader::open(&path).map_err(|error| serve::of_store(&error))?;
    // Whoever need not book at all is not sent to the keypad.
    told_by_nobody(&find(&reader, &wanted.payment)?.1)?;
    let (journal, _) =
        Journal::<Fact>::open(&path, &host::random_name()).map_err(|error| not_open(&error))?;
    let runtime = serve::runtime(None)?;
    // Read again, now that nobody writes.
    let booked = find(&reader, &wanted.payment)
        .and_then(|(book, payment)| runtime.block_on(write(wanted, json, &journal, book, &payment)));
    runtime.block_on(journal.close());
    booked
}

fn not_open(error: &StoreError) -> Failure {
    if matches!(error, StoreError::Busy(_)) {
        let what = "the terminal runs, and only it writes its journal";
        let hint = "book it at its keypad: l, pick the payment, +, the PIN, the amount, and Enter when the screen \
                    says that it is done by hand; or stop the terminal and run this again";
        return Failure::new(failure::UNAVAILABLE, what, hint);
    }
    serve::of_store(error)
}

async fn write(
    wanted: &Wanted,
    json: bool,
    journal: &Journal<Fact>,
    mut book: Book,
    payment: &PaymentKey,
) -> Result<String, Failure> {
    let Some(paid) = book.payment(payment).cloned() else { return Err(unknown(&payment.id)) };
    let left = Money::new(book.left(payment), paid.amount.currency);
    let amount = wanted.amount(left)?;
    let id = wanted.id("by-hand", &payment.id, book.given_back(payment), amount);
    let repeated = book.refund(&id).is_some();
    if !repeated {
        if amount.minor > left.minor {
            let what = format!("{amount} is more than the {left} that is left of {}", payment.id);
            return Err(Failure::new(failure::DATA, what, "book no more than was given back"));
        }
        let now_unix_ms = host::unix_ms();
        let reference = paid.reference.clone();
        let facts = facts(&id, payment, reference, amount, paid.refunded, now_unix_ms);
        let row = |fact: Fact| {
            book.apply(&fact);
            let of_sale = fact.reference().is_some();
            let row = terminal::row(fact, &book, now_unix_ms);
            // The terminal tells the shop's systems of the sale at its next start.
            if of_sale { Row { live: Some(true), ..row } } else { row }
        };
        let rows = facts.into_iter().map(row).collect();
        journal.append(rows).await.map_err(|error| serve::of_store(&error))?;
    }
    let reference = paid.reference.as_ref().map(Reference::as_str);
    let told = Told {
        refund_id: &id,
        payment_id: &payment.id,
        reference,
        amount,
        status: None,
        failure: None,
        reason: None,
        repeated,
    };
    Ok(print::told(&told, json))
}

/// A system that gives back itself tells of it, wherever it was done: booked by hand it would count twice.
fn told_by_nobody(payment: &PaymentKey) -> Result<(), Failure> {
    let Some(system) = provider::find(&payment.provider) else { return Ok(()) };
    match system.capabilities.refunds {
        Refunds::Manual { .. } => Ok(()),
        Refunds::Api { .. } => {
            let what = format!("{} tells of what is given back in its dashboard by itself", system.name);
            let hint = format!("book nothing by hand; `qrtill refund {}` gives it back", payment.id);
            Err(Failure::new(failure::UNAVAILABLE, what, hint))
        }
    }
}

/// What the terminal writes when its keypad does this: asked for, not to be had, done by hand. The answer among
/// them keeps the terminal from asking its relay.
fn facts(
    id: &str,
    payment: &PaymentKey,
    reference: Option<Reference>,
    amount: Money,
    refunded: i64,
    at_unix_ms: i64,
) -> [Fact; 3] {
    let (refund, payment) = (id.to_owned(), payment.clone());
    [
        Fact::RefundIntended {
            refund: refund.clone(),
            payment: payment.clone(),
            reference: reference.clone(),
            amount,
            at_unix_ms,
        },
        Fact::RefundAnswered {
            refund: refund.clone(),
            payment: payment.clone(),
            reference: reference.clone(),
            said: RefundSaid::Unsupported,
            reason: SAID_BY.to_owned(),
            at_unix_ms,
        },
        Fact::RefundedByHand { refund, payment, reference, refunded, at_unix_ms },
    ]
}

/// The one payment of this name, and a book with all that was written about it and its sale.
fn find(reader: &Reader<Fact>, name: &str) -> Result<(Book, PaymentKey), Failure> {
    let of_store = |error: StoreError| serve::of_store(&error);
    let mut keys: Vec<PaymentKey> = Vec::new();
    let mut take = |facts: Vec<Fact>| {
        for key in facts.iter().filter_map(Fact::payment) {
            if !keys.contains(key) {
                keys.push(key.clone());
            }
        }
    };
    if name.parse::<Reference>().is_ok() {
        take(reader.about(Some(name), None).map_err(of_store)?);
    } else {
        for text in reader.names_ending(&terminal::payment_ending(name)).map_err(of_store)? {
            take(reader.about(None, Some(&text)).map_err(of_store)?);
        }
    }
    let key = match keys.as_slice() {
        [key] => key.clone(),
        [] => return Err(unknown(name)),
        several => return Err(Failure::name_one(name, several.iter().map(|key| key.id.as_str()))),
    };
    let mut book = Book::default();
    book.recall(&terminal::about_payment(reader, &key).map_err(of_store)?);
    Ok((book, key))
}

fn unknown(name: &str) -> Failure {
    let what = format!("the terminal's journal has no payment of {name}");
    Failure::new(failure::DATA, what, "`qrtill sales --all` tells which there are")
}
