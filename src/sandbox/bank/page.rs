//! The pages that customers see, as HTML for a phone, without scripts and without anything from
//! elsewhere. All text from outside is escaped here.

use crate::core::money::Money;
use crate::sandbox::bank::face::Choice;
use crate::sandbox::bank::model::AfterPayment;
use crate::sandbox::bank::model::Checkout;
use crate::sandbox::bank::model::CheckoutStatus;
use crate::sandbox::bank::model::Line;
use crate::sandbox::bank::model::Link;
use crate::sandbox::bank::model::Pricing;
use crate::sandbox::bank::model::Question;
use crate::sandbox::bank::outcome::Outcome;

const STYLE: &str = include_str!("page.css");

/// How a visit ended, or stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Result {
    Paid,
    Pending,
    /// The payment is over without money.
    Failed,
    /// The attempt was declined and another is possible.
    Declined,
    NotPaid,
    /// The customer left, and the payment is over.
    Canceled,
    Expired,
    /// The shop has closed the link while the customer was on it.
    Closed,
}

/// Title and words of a page about a link that was closed.
pub const CLOSED: (&str, &str) = ("This link is closed", "Nothing can be paid here any more.");

pub struct Page<'a> {
    pub merchant: &'a str,
}

impl Page<'_> {
    /// The form. `amount` fills the box of an open amount; `why` says what was wrong with the last try.
    pub fn form(&self, link: &Link, checkout: &Checkout, amount: Option<&str>, why: Option<&str>) -> String {
        let currency = link.currency.code();
        let sum = match link.pricing() {
            Pricing::Fixed(minor) => amount_line(Money::new(minor, link.currency)),
            Pricing::Open { .. } => {
                let bounds = bounds(link);
                let value = escaped(amount.unwrap_or_default());
                format!(
                    "<label class=\"open\" for=\"amount\">Amount in {currency}</label>\
                     <div class=\"box\"><input id=\"amount\" name=\"amount\" inputmode=\"decimal\" \
                     autocomplete=\"off\" value=\"{value}\" placeholder=\"0\"><span>{currency}</span></div>\
                     <p class=\"hint\">{bounds}</p>"
                )
            }
        };
        let why = why.map(|why| format!("<p class=\"wrong\" role=\"alert\">{}</p>", sentence(why)));
        let body = format!(
            "<form method=\"post\" action=\"\">\
             <input type=\"hidden\" name=\"session\" value=\"{session}\">\
             {lines}{sum}{questions}{why}{buttons}</form>",
            session = escaped(&checkout.id),
            lines = self.lines(link),
            questions = questions(link, checkout),
            buttons = buttons(link.face.dialect().choices()),
            why = why.unwrap_or_default(),
        );
        self.whole(link.title(), &body)
    }

    pub fn result(&self, link: &Link, checkout: &Checkout, result: Result) -> String {
        let thanks = match &link.after {
            AfterPayment::Thanks { message: Some(message) } => message.as_str(),
            AfterPayment::Thanks { message: None } | AfterPayment::Redirect { .. } => "Thank you.",
        };
        let (class, title, message) = match result {
            Result::Paid => ("good", "Paid", thanks),
            Result::Pending => ("wait", "On its way", "The payment is being processed. You need do nothing."),
            Result::Failed => ("bad", "Payment failed", "The bank did not send the money."),
            Result::Declined => ("bad", "Declined", "The card was declined. Nothing was charged."),
            Result::NotPaid | Result::Canceled => ("wait", "Not paid", "Nothing was charged."),
            Result::Expired => ("bad", "Time has run out", "Nothing was charged. Please ask for a new code."),
            Result::Closed => ("bad", CLOSED.0, link.inactive_message.as_deref().unwrap_or(CLOSED.1)),
        };
        let sum = checkout.amount.map(|minor| amount_line(Money::new(minor, link.currency)));
        let again = match checkout.status {
            CheckoutStatus::Open => Some(format!("?session={}", escaped(&checkout.id))),
            CheckoutStatus::Ended if link.active => Some(String::new()),
            CheckoutStatus::Ended | CheckoutStatus::Complete | CheckoutStatus::Expired => None,
        };
        let again = again.map(|query| {
            let code = escaped(&link.code);
            format!("<a class=\"pay\" href=\"/bank/pay/{code}{query}\">Try again</a>")
        });
        let body = format!(
            "<div class=\"mark {class}\" aria-hidden=\"true\"></div>\
             <h2>{title}</h2>{sum}<p>{message}</p>{again}",
            sum = sum.unwrap_or_default(),
            message = escaped(message),
            again = again.unwrap_or_default(),
        );
        self.whole(title, &body)
    }

    /// A page that only says something.
    pub fn notice(&self, title: &str, message: &str) -> String {
        let (heading, message) = (escaped(title), escaped(message));
        self.whole(
            title,
            &format!("<div class=\"mark bad\" aria-hidden=\"true\"></div><h2>{heading}</h2><p>{message}</p>"),
        )
    }

    /// What is bought. A counter's sale is called after the shop, whose name is on the page already.
    fn lines(&self, link: &Link) -> String {
        let told = |line: &&Line| {
            line.quantity != 1 || line.price.description.is_some() || line.price.name != self.merchant
        };
        link.lines.iter().filter(told).map(line_text).collect()
    }

    fn whole(&self, title: &str, body: &str) -> String {
        let tab =
            if title == self.merchant { title.to_owned() } else { format!("{title} · {}", self.merchant) };
        let (merchant, tab) = (escaped(self.merchant), escaped(&tab));
        format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
             <meta name=\"color-scheme\" content=\"light dark\">\
             <title>{tab}</title><style>{STYLE}</style></head><body>\
             <p class=\"sandbox\">sandbox — no real money</p>\
             <main><h1>{merchant}</h1>{body}</main></body></html>"
        )
    }
}

/// The likeliest way stands out, and what leaves the page stands back.
fn buttons(choices: &[Choice]) -> String {
    let one = |(at, choice): (usize, &Choice)| {
        let class = match choice.outcome {
            None | Some(Outcome::Canceled) => " class=\"quiet\"",
            Some(_) if at == 0 => " class=\"pay\"",
            Some(_) => "",
        };
        let (value, label) = (escaped(choice.value), escaped(choice.label));
        format!("<button{class} name=\"outcome\" value=\"{value}\">{label}</button>")
    };
    choices.iter().enumerate().map(one).collect()
}

fn amount_line(money: Money) -> String {
    format!("<p class=\"sum\">{} <span>{}</span></p>", money.decimal(), money.currency)
}

fn line_text(line: &Line) -> String {
    let times = if line.quantity == 1 { String::new() } else { format!("{} × ", line.quantity) };
    let note = line.price.description.as_deref().map(|text| format!("<small>{}</small>", escaped(text)));
    format!("<p class=\"item\">{times}{}{}</p>", escaped(&line.price.name), note.unwrap_or_default())
}

/// A box for each thing that the link asks of the customer.
fn questions(link: &Link, checkout: &Checkout) -> String {
    let one = |question: &Question| {
        let (name, label) = (escaped(&question.name), escaped(&question.label));
        let value = escaped(checkout.details.get(&question.name).map_or("", String::as_str));
        let note = if question.required { "" } else { " (optional)" };
        format!(
            "<label class=\"open\" for=\"{name}\">{label}{note}</label>\
             <div class=\"box\"><input id=\"{name}\" name=\"{name}\" value=\"{value}\"></div>"
        )
    };
    link.questions.iter().map(one).collect()
}

fn bounds(link: &Link) -> String {
    let (least, most) = link.bounds().into_inner();
    format!("From {} to {}", Money::new(least, link.currency), Money::new(most, link.currency))
}

/// `why` as a sentence of its own.
fn sentence(why: &str) -> String {
    let mut letters = why.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    escaped(&format!("{first}{}.", letters.as_str()))
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_cannot_become_markup() {
        let page = Page { merchant: "<b>&\"Co'" }.notice("</title><script>", "<img src=x>");
        assert!(page.contains("&lt;b&gt;&amp;&quot;Co&#39;"));
        assert!(!page.contains("<script"));
        assert!(!page.contains("<img"));
    }
}
