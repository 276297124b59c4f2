//! The hosted checkout over HTTP: what a customer's browser, or a script in its place, asks and sends.
//! What is allowed is `pay`'s to decide, how it looks `page`'s.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::extract::Path;
use axum::extract::RawQuery;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header;
use axum::response::IntoResponse;
use axum::response::Response;
use axum::routing::get;

use crate::core::money::Money;
use crate::sandbox::bank::Bank;
use crate::sandbox::bank::State as BankState;
use crate::sandbox::bank::api::broken;
use crate::sandbox::bank::face::Choice;
use crate::sandbox::bank::form::Form;
use crate::sandbox::bank::model::AfterPayment;
use crate::sandbox::bank::model::Checkout;
use crate::sandbox::bank::model::CheckoutStatus;
use crate::sandbox::bank::model::Link;
use crate::sandbox::bank::model::Metadata;
use crate::sandbox::bank::model::PaymentStatus;
use crate::sandbox::bank::model::Pricing;
use crate::sandbox::bank::model::Question;
use crate::sandbox::bank::outcome::Outcome;
use crate::sandbox::bank::page::CLOSED;
use crate::sandbox::bank::page::Page;
use crate::sandbox::bank::page::Result as ResultPage;
use crate::sandbox::bank::pay::NotPaid;
use crate::sandbox::bank::qr;

const LARGEST_FORM: usize = 16 * 1024;
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

pub fn router() -> Router<Bank> {
    Router::new()
        .route("/bank/pay/{code}", get(open).post(send))
        .route("/bank/pay/{code}/qr.png", get(picture))
        .route("/bank/pay/{code}/{checkout}", get(result))
        .layer(DefaultBodyLimit::max(LARGEST_FORM))
}

/// What the browser gets.
enum Shown {
    Page(StatusCode, String),
    /// 303, so that reloading does not send the form again.
    Elsewhere(String),
}

impl IntoResponse for Shown {
    fn into_response(self) -> Response {
        match self {
            Self::Page(status, html) => {
                let headers = [
                    (header::CONTENT_TYPE, "text/html; charset=utf-8"),
                    (header::CACHE_CONTROL, "no-store"),
                    (header::CONTENT_SECURITY_POLICY, POLICY),
                    (header::REFERRER_POLICY, "no-referrer"),
                    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
                ];
                (status, headers, html).into_response()
            }
            Self::Elsewhere(url) => (StatusCode::SEE_OTHER, [(header::LOCATION, url)]).into_response(),
        }
    }
}

async fn open(State(bank): State<Bank>, Path(code): Path<String>, RawQuery(query): RawQuery) -> Response {
    let inner = bank.clone();
    let query = Form::parse(query.as_deref().unwrap_or_default());
    answered(bank.commit(move |state, now_ms| Visit::new(&inner, state, now_ms, &code).open(query)).await)
}

async fn send(
    State(bank): State<Bank>,
    Path(code): Path<String>,
    RawQuery(query): RawQuery,
    body: String,
) -> Response {
    let inner = bank.clone();
    let query = Form::parse(query.as_deref().unwrap_or_default());
    let form = Form::parse(&body);
    answered(
        bank.commit(move |state, now_ms| Visit::new(&inner, state, now_ms, &code).send(query, form)).await,
    )
}

async fn result(State(bank): State<Bank>, Path((code, checkout)): Path<(String, String)>) -> Response {
    let inner = bank.clone();
    answered(
        bank.commit(move |state, now_ms| Visit::new(&inner, state, now_ms, &code).result(&checkout)).await,
    )
}

/// The link's code to print. No visit: nobody has come yet.
async fn picture(State(bank): State<Bank>, Path(code): Path<String>) -> Response {
    let url = {
        let state = bank.lock();
        state.world.link_by_code(&code).map(|link| link.url(&state.public_url))
    };
    match url.and_then(|url| qr::png(&url)) {
        Some(png) => ([(header::CONTENT_TYPE, "image/png")], png).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn answered(shown: anyhow::Result<Shown>) -> Response {
    match shown {
        Ok(shown) => shown.into_response(),
        Err(error) => broken(&error),
    }
}

/// One request to the page of one link.
struct Visit<'a> {
    state: &'a mut BankState,
    now_ms: i64,
    link: Option<Link>,
    page: Page<'a>,
}

impl<'a> Visit<'a> {
    fn new(bank: &'a Bank, state: &'a mut BankState, now_ms: i64, code: &str) -> Self {
        let link = state.world.link_by_code(code).cloned();
        Self { state, now_ms, link, page: Page { merchant: &bank.0.options.merchant } }
    }

    fn open(mut self, mut query: Form) -> Shown {
        let Some(link) = self.link.clone() else { return self.nowhere() };
        match self.checkout(&link, query.take("session"), &mut query) {
            Ok(checkout) if checkout.status == CheckoutStatus::Open => {
                let amount = checkout.prefill.map(|minor| Money::new(minor, link.currency).decimal());
                let page = self.page.form(&link, &checkout, amount.as_deref(), None);
                Shown::Page(StatusCode::OK, page)
            }
            Ok(checkout) => Shown::Elsewhere(place(&link, &checkout)),
            Err(why) => self.refused(&link, why),
        }
    }

    fn send(mut self, mut query: Form, mut form: Form) -> Shown {
        let Some(link) = self.link.clone() else { return self.nowhere() };
        let session = form.take("session").or_else(|| query.take("session"));
        let mut checkout = match self.checkout(&link, session, &mut query) {
            Ok(checkout) => checkout,
            Err(why) => return self.refused(&link, why),
        };
        let typed = form.take("amount");
        let choices = link.face.dialect().choices();
        let chosen = form.take("outcome");
        let chosen = choices.iter().find(|choice| chosen.as_deref() == Some(choice.value));
        let Some(Choice { outcome, .. }) = chosen else {
            return self.again(&link, &checkout, typed.as_deref(), &ways_to_pay(choices));
        };
        let Some(outcome) = *outcome else { return Shown::Elsewhere(place(&link, &checkout)) };
        let amount = match amount(&link, typed.as_deref()) {
            Ok(amount) => amount,
            Err(why) => return self.again(&link, &checkout, typed.as_deref(), &why),
        };
        checkout.details = details(&link, &mut form);
        self.state.world.introduce(&checkout.id, checkout.details.clone());
        if let Some(open) = unanswered(&link, &checkout) {
            return self.again(&link, &checkout, typed.as_deref(), &format!("fill in “{open}”"));
        }
        if outcome == Outcome::Canceled && amount.is_none() && checkout.amount.is_none() {
            // Whoever leaves before saying an amount has begun no payment.
            return Shown::Elsewhere(place(&link, &checkout));
        }
        match self.state.world.attempt(&checkout.id, outcome, amount, self.now_ms) {
            Ok(after) => Shown::Elsewhere(onward(&link, &after)),
            Err(
                why @ (NotPaid::NoAmount
                | NotPaid::TooLittle(_)
                | NotPaid::TooMuch(_)
                | NotPaid::NotInSteps(_)),
            ) => self.again(&link, &checkout, typed.as_deref(), &why.to_string()),
            Err(why @ (NotPaid::Unknown | NotPaid::Closed | NotPaid::Expired)) => self.refused(&link, why),
        }
    }

    fn result(self, checkout: &str) -> Shown {
        let Some(link) = &self.link else { return self.nowhere() };
        let found = self.state.world.checkouts.get(checkout).filter(|one| one.link == link.id);
        let Some(checkout) = found else { return self.nowhere() };
        let payment = checkout.payment.as_ref().and_then(|id| self.state.world.payments.get(id));
        let declined = payment.is_some_and(|payment| payment.declined());
        let result = match (checkout.status, checkout.paid, declined) {
            (CheckoutStatus::Complete, true, _) => ResultPage::Paid,
            (CheckoutStatus::Complete, false, false) => ResultPage::Pending,
            (CheckoutStatus::Complete, false, true) => ResultPage::Failed,
            (CheckoutStatus::Open, _, true) => ResultPage::Declined,
            (CheckoutStatus::Open, _, false) => ResultPage::NotPaid,
            (CheckoutStatus::Expired, _, _) if link.active => ResultPage::Expired,
            (CheckoutStatus::Expired, _, _) => ResultPage::Closed,
            (CheckoutStatus::Ended, _, _) => ended(payment.map(|payment| payment.status)),
        };
        Shown::Page(StatusCode::OK, self.page.result(link, checkout, result))
    }

    /// The visit that the form belongs to, or a new one.
    fn checkout(&mut self, link: &Link, id: Option<String>, query: &mut Form) -> Result<Checkout, NotPaid> {
        if let Some(id) = id {
            let known = self.state.world.checkouts.get(&id).filter(|one| one.link == link.id);
            let known = known.ok_or(NotPaid::Unknown)?.clone();
            // Closing a link ends the visits that are open on it.
            return match known.status {
                CheckoutStatus::Expired if link.active => Err(NotPaid::Expired),
                CheckoutStatus::Expired => Err(NotPaid::Closed),
                CheckoutStatus::Open | CheckoutStatus::Complete | CheckoutStatus::Ended => Ok(known),
            };
        }
        let visitor = link.face.dialect().visitor(query, link.currency);
        self.state.world.visit(&link.id, visitor, self.now_ms)
    }

    fn again(&self, link: &Link, checkout: &Checkout, typed: Option<&str>, why: &str) -> Shown {
        let html = self.page.form(link, checkout, typed, Some(why));
        Shown::Page(StatusCode::UNPROCESSABLE_ENTITY, html)
    }

    fn refused(&self, link: &Link, why: NotPaid) -> Shown {
        let message = link.inactive_message.as_deref().filter(|_| why == NotPaid::Closed);
        match why {
            NotPaid::Unknown => self.nowhere(),
            NotPaid::Closed => self.gone(CLOSED.0, message.unwrap_or(CLOSED.1)),
            NotPaid::Expired => {
                self.gone("Time has run out", "Nothing was charged. Please ask for a new code.")
            }
            NotPaid::NoAmount | NotPaid::TooLittle(_) | NotPaid::TooMuch(_) | NotPaid::NotInSteps(_) => {
                let html = self.page.notice("Not paid", &why.to_string());
                Shown::Page(StatusCode::UNPROCESSABLE_ENTITY, html)
            }
        }
    }

    fn gone(&self, title: &str, message: &str) -> Shown {
        Shown::Page(StatusCode::GONE, self.page.notice(title, message))
    }

    fn nowhere(&self) -> Shown {
        let html = self.page.notice("No such page", "Please scan the code again.");
        Shown::Page(StatusCode::NOT_FOUND, html)
    }
}

fn ways_to_pay(choices: &[Choice]) -> String {
    let values: Vec<&str> = choices.iter().map(|choice| choice.value).collect();
    format!("choose how to pay: {}", values.join(", "))
}

/// What to say of a payment that is over.
fn ended(payment: Option<PaymentStatus>) -> ResultPage {
    match payment {
        Some(PaymentStatus::Canceled) => ResultPage::Canceled,
        Some(PaymentStatus::Expired) => ResultPage::Expired,
        Some(
            PaymentStatus::Waiting
            | PaymentStatus::Processing
            | PaymentStatus::Authorized
            | PaymentStatus::Succeeded
            | PaymentStatus::Failed,
        )
        | None => ResultPage::Failed,
    }
}

/// Minor units from what the customer typed; a fixed amount needs none.
fn amount(link: &Link, typed: Option<&str>) -> Result<Option<i64>, String> {
    match (link.pricing(), typed.map(str::trim).filter(|text| !text.is_empty())) {
        (Pricing::Fixed(_), _) | (Pricing::Open { .. }, None) => Ok(None),
        (Pricing::Open { .. }, Some(text)) => {
            Money::parse(text, link.currency).map(|money| Some(money.minor)).map_err(|why| why.to_string())
        }
    }
}

/// What the customer answered to the link's questions.
fn details(link: &Link, form: &mut Form) -> Metadata {
    let mut details = Metadata::new();
    for Question { name, .. } in &link.questions {
        let answer = form.take(name).filter(|text| !text.trim().is_empty());
        details.extend(answer.map(|answer| (name.clone(), answer)));
    }
    details
}

/// The first question that has to be answered before anything is paid.
fn unanswered<'a>(link: &'a Link, checkout: &Checkout) -> Option<&'a str> {
    let open = |question: &&Question| question.required && !checkout.details.contains_key(&question.name);
    link.questions.iter().find(open).map(|question| question.label.as_str())
}

/// The page that says how a checkout stands.
fn place(link: &Link, checkout: &Checkout) -> String {
    format!("/bank/pay/{}/{}", link.code, checkout.id)
}

/// Where the customer goes once the form was sent.
fn onward(link: &Link, checkout: &Checkout) -> String {
    match (&link.after, checkout.status) {
        (AfterPayment::Redirect { url }, CheckoutStatus::Complete) => {
            url.replace("{CHECKOUT_SESSION_ID}", &checkout.id)
        }
        (_, _) => place(link, checkout),
    }
}
