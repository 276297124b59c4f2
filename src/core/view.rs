//! Screen, book and ear to what is shown. Decides words' order of importance, not words; changes nothing.

use std::cmp::Ordering;
use std::time::Duration;

use super::book::Book;
use super::book::Entry;
use super::entry::Entry as Typed;
use super::message::CloseReason;
use super::message::RefundSaid;
use super::money::Money;
use super::sale::Sale;
use super::scene::Deaf;
use super::scene::EntryRefusal;
use super::scene::Hint;
use super::scene::PaymentRow;
use super::scene::SaleResult;
use super::scene::Scene;
use super::settings::Settings;
use super::till::Screen;
use super::till::refund::judge;
use super::till::row;
use super::till::rows;

/// From here on the remaining time is on the screen.
pub const COUNTDOWN: Duration = Duration::from_secs(30);

/// What a scene depends on besides the screen itself.
pub struct Surroundings<'a> {
    pub book: &'a Book,
    pub settings: &'a Settings,
    pub deaf: Option<Deaf>,
    /// The standing link whose payments could be heard of.
    pub watched: Option<&'a str>,
    /// Whether a code would be in front of a customer.
    pub show_codes: bool,
    /// Nothing has been heard of the broker since the start.
    pub starting: bool,
    /// How long the code of the sale on the screen may still be shown; `None` until the relay has said,
    /// on this connection, that the sale is open.
    pub code_left: Option<Duration>,
}

/// The scene for a screen.
#[must_use]
pub fn scene(screen: &Screen, around: &Surroundings<'_>) -> Scene {
    if around.deaf == Some(Deaf::Journal) {
        // What is in memory may not be on the disk: nothing of it may be said.
        return Scene::Unavailable { why: Deaf::Journal, amount: None, shown: false };
    }
    match screen {
        Screen::Idle => idle(around),
        Screen::Entering { entry, blocked } => match around.deaf {
            Some(why) if *blocked => Scene::Unavailable { why, amount: Some(entry.amount), shown: false },
            Some(_) | None => Scene::Entering { amount: entry.amount, refused: entry.refused },
        },
        Screen::Confirm { entry } => Scene::Confirm { amount: entry.amount },
        Screen::Sale { reference, extra, .. } => match around.book.sale(reference) {
            Some(sale) => sale_scene(sale, *extra, around),
            None => idle(around),
        },
        Screen::Counter { amount, .. } => Scene::Paid { amount: *amount, reference: None },
        Screen::Ask { amount, .. } => Scene::Ask { amount: *amount },
        Screen::List { picked } => Scene::LastPayments { rows: rows(around.book), picked: *picked },
        Screen::Pin { typed, tries, act, .. } => {
            Scene::Pin { typed: u8::try_from(typed.len()).unwrap_or(u8::MAX), wrong: *tries > 0, act: *act }
        }
        Screen::Picked { line } => picked_scene(line, around),
        Screen::Refund { line, entry, blocked, .. } => match around.deaf {
            Some(why) if *blocked => Scene::Unavailable { why, amount: Some(entry.amount), shown: false },
            Some(_) | None => refund_scene(line, entry, around),
        },
        Screen::Refunding { refund, late, .. } => refunding_scene(refund, *late, around),
    }
}

fn picked_scene(line: &Entry, around: &Surroundings<'_>) -> Scene {
    let Some(row) = row(around.book, line) else { return idle(around) };
    let left = around.book.payment_of_line(line).map_or(0, |payment| around.book.left(payment));
    let left = Money::new(left, row.amount.currency);
    Scene::Payment { row, left }
}

fn refund_scene(line: &Entry, typed: &Typed, around: &Surroundings<'_>) -> Scene {
    let amount = typed.amount;
    let payment = around.book.payment_of_line(line);
    let paid = payment.and_then(|payment| around.book.payment(payment));
    let left = Money::new(payment.map_or(0, |payment| around.book.left(payment)), amount.currency);
    let number = typed.refused.filter(|why| matches!(why, EntryRefusal::Decimals { .. }));
    let refused = number.or(judge(amount, left).err());
    Scene::Refund { paid: paid.map_or(left, |paid| paid.amount), left, amount, refused }
}

fn refunding_scene(refund: &str, late: bool, around: &Surroundings<'_>) -> Scene {
    let Some(refund) = around.book.refund(refund) else { return idle(around) };
    let amount = refund.amount;
    match refund.said {
        None if !late => Scene::Refunding { amount },
        None | Some(RefundSaid::Unsure) => Scene::RefundUnknown { amount },
        Some(RefundSaid::Pending) => Scene::Refunded { amount, pending: true },
        Some(RefundSaid::Done) => Scene::Refunded { amount, pending: false },
        Some(RefundSaid::Refused) => Scene::RefundRefused { amount, reason: refund.reason.clone() },
        Some(RefundSaid::Unsupported) if refund.by_hand.is_some() => {
            Scene::Refunded { amount, pending: false }
        }
        Some(RefundSaid::Unsupported) => {
            Scene::RefundByHand { amount, system: refund.payment.provider.clone() }
        }
    }
}

fn idle(around: &Surroundings<'_>) -> Scene {
    match around.deaf {
        Some(_) if around.starting => Scene::Starting,
        Some(why) => Scene::Unavailable { why, amount: None, shown: false },
        None => {
            let own = around.settings.standing.clone();
            // Two files name the link, and they may differ: nobody would hear of what is paid over another one.
            let unheard = |url: &String| around.watched != Some(url) || around.book.is_closed(url);
            let closed = own.as_ref().is_some_and(unheard);
            Scene::Idle { standing: own.filter(|_| !closed && around.show_codes), closed }
        }
    }
}

fn sale_scene(sale: &Sale, extra: Option<Money>, around: &Surroundings<'_>) -> Scene {
    let amount = sale.amount;
    let received = sale.money.as_ref().map_or(amount, |first| first.received);
    match (sale.result(), extra) {
        (SaleResult::Open, _) => open_scene(sale, around),
        (SaleResult::Short, Some(_)) => after_rest(sale, around),
        (SaleResult::Paid | SaleResult::Over | SaleResult::Late, Some(extra)) => {
            Scene::Duplicate { amount, extra }
        }
        (SaleResult::Paid, None) => Scene::Paid { amount, reference: Some(sale.reference.clone()) },
        (SaleResult::Short, None) => Scene::Short { due: amount, received },
        (SaleResult::Over, None) => Scene::Over { due: amount, received },
        (SaleResult::Late, None) => Scene::Late { amount: received, opened_unix_ms: sale.opened_unix_ms },
        (SaleResult::Expired, _) => Scene::Expired { amount },
        (SaleResult::Failed, _) => Scene::Failed { amount, shown: sale.shown },
        (SaleResult::Cancelled, _) => Scene::Cancelled { amount },
        (SaleResult::Unknown, _) => Scene::Unknown { amount, in_progress: sale.processing },
    }
}

/// Too little came first, and then more of it: what all of it comes to is said, and nothing is called too much
/// that was asked for. The result stays the first payment's.
fn after_rest(sale: &Sale, around: &Surroundings<'_>) -> Scene {
    let (due, received) = (sale.amount, around.book.received(&sale.reference, sale.amount.currency));
    match received.minor.cmp(&due.minor) {
        Ordering::Less => Scene::Short { due, received },
        Ordering::Equal => Scene::Paid { amount: due, reference: Some(sale.reference.clone()) },
        Ordering::Greater => Scene::Over { due, received },
    }
}

fn open_scene(sale: &Sale, around: &Surroundings<'_>) -> Scene {
    let amount = sale.amount;
    if let Some(why) = sale.closing {
        return Scene::Closing { amount, why };
    }
    if sale.closed.is_some() {
        return Scene::Closing { amount, why: CloseReason::Expired };
    }
    if let Some(why) = around.deaf {
        return Scene::Unavailable { why, amount: Some(amount), shown: sale.shown };
    }
    if sale.processing {
        return Scene::Processing { amount };
    }
    match (&sale.link, around.code_left) {
        (Some((_, url)), Some(left)) if !left.is_zero() && around.show_codes => Scene::Scan {
            amount,
            url: url.clone(),
            left_s: (left <= COUNTDOWN).then(|| whole_seconds_up(left)),
            declined: sale.declined,
        },
        (Some(_) | None, _) => Scene::Preparing { amount },
    }
}

fn whole_seconds_up(left: Duration) -> u32 {
    u32::try_from(left.as_millis().div_ceil(1000)).unwrap_or(u32::MAX)
}

/// The keys that do something on this scene, in the order to print them. Without a PIN no money is given
/// back and nothing settled; without an amount of before there is nothing to repeat.
#[must_use]
pub fn hints(scene: &Scene, has_pin: bool, repeats: bool) -> Vec<Hint> {
    match scene {
        Scene::Starting | Scene::Pairing { .. } | Scene::Paused => vec![],
        Scene::Idle { .. } if repeats => vec![Hint::DigitsNew, Hint::PlusRepeat, Hint::ListLast],
        Scene::Idle { .. } => vec![Hint::DigitsNew, Hint::ListLast],
        Scene::Unavailable { amount: None, .. } => vec![Hint::DigitsNew, Hint::ListLast],
        Scene::Unavailable { amount: Some(_), .. } => vec![Hint::CancelSale],
        Scene::Entering { .. } => {
            vec![Hint::EnterPay, Hint::BackDigit, Hint::ClearAll, Hint::CancelLeave]
        }
        Scene::Confirm { .. } => vec![Hint::EnterYes, Hint::CancelNo],
        Scene::Preparing { .. } | Scene::Scan { .. } | Scene::Processing { .. } => vec![Hint::CancelSale],
        Scene::Closing { .. } => vec![],
        Scene::Paid { .. }
        | Scene::Short { .. }
        | Scene::Over { .. }
        | Scene::Late { .. }
        | Scene::Duplicate { .. }
        | Scene::Expired { .. }
        | Scene::Failed { .. }
        | Scene::Cancelled { .. }
        | Scene::Refunded { .. }
        | Scene::RefundRefused { .. }
        | Scene::RefundUnknown { .. }
        | Scene::Message { .. } => vec![Hint::EnterDone, Hint::DigitsNew],
        Scene::Unknown { .. } => vec![Hint::EnterDone, Hint::DigitsNew, Hint::ListLast],
        Scene::Ask { .. } => vec![Hint::EnterYes, Hint::CancelNo],
        Scene::Pin { .. } => vec![Hint::EnterPin, Hint::BackDigit, Hint::CancelLeave],
        Scene::Refund { refused: None, .. } => {
            vec![Hint::EnterRefund, Hint::DigitsPart, Hint::BackDigit, Hint::ClearAll, Hint::CancelLeave]
        }
        Scene::Refund { refused: Some(_), .. } => {
            vec![Hint::DigitsPart, Hint::BackDigit, Hint::ClearAll, Hint::CancelLeave]
        }
        Scene::Refunding { .. } => vec![Hint::CancelLeave],
        Scene::RefundByHand { .. } => vec![Hint::EnterByHand, Hint::CancelLeave],
        Scene::Payment { row, left } => payment_hints(row, *left, has_pin),
        Scene::LastPayments { rows, picked } => {
            let moves = [
                (Hint::EnterPick, !rows.is_empty()),
                (Hint::PlusDown, picked + 1 < rows.len()),
                (Hint::BackUp, *picked > 0),
            ];
            let moves = moves.into_iter().filter_map(|(hint, does)| does.then_some(hint));
            moves.chain([Hint::CancelLeave, Hint::DigitsNew]).collect()
        }
    }
}

fn payment_hints(row: &PaymentRow, left: Money, has_pin: bool) -> Vec<Hint> {
    let unknown = row.result == SaleResult::Unknown && row.reference.is_some();
    let acts = [(Hint::PlusRefund, left.minor > 0), (Hint::ClearSettle, unknown)];
    let acts = acts.into_iter().filter_map(|(hint, does)| (does && has_pin).then_some(hint));
    acts.chain([Hint::BackList, Hint::CancelLeave]).collect()
}
