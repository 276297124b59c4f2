//! The payment-link system that `link` and `refund` ask, with the relay's key; no relay needs to run.

use std::ops::ControlFlow;
use std::path::Path;
use std::path::PathBuf;

use super::failure;
use super::failure::Failure;
use super::progress::Progress;
use super::serve;
use crate::config;
use crate::http::client::NoAnswer;
use crate::http::system::NotAnswered;
use crate::http::system::System;
use crate::port::provider::Answer;
use crate::port::provider::Ask;
use crate::port::provider::LinkState;
use crate::port::provider::Page;
use crate::port::provider::Payment;
use crate::port::provider::Refund;
use crate::port::provider::Trouble;

/// One payment-link system of a relay's configuration.
pub struct Shop {
    pub system: System,
    /// What customers read where nothing else is said; absent in a file that is not complete yet.
    pub title: Option<String>,
    /// Where the system's access tokens are kept, if it gives out those.
    pub tokens_file: PathBuf,
    /// The key of the system's table in the file.
    at: String,
}

impl Shop {
    /// The system of this name in the relay's file, or the file's first.
    pub fn open(file: &Path, system: Option<&str>) -> Result<Self, Failure> {
        serve::install_tls();
        let judge = |file: &Path, text: &str, variables: &[_]| config::shop(file, text, variables, system);
        let shop = serve::values(file, judge)?.map_err(|none| {
            let what = format!("{}: `{}` is not among the relay's systems", file.display(), none.name);
            let hint = format!("give --provider one of these: {}", none.known.join(", "));
            Failure::new(failure::USAGE, what, hint)
        })?;
        Ok(Self {
            system: serve::system(&shop.system)?,
            title: shop.title,
            tokens_file: shop.system.tokens_file,
            at: shop.system.at,
        })
    }

    /// Asks once, and says what to do where there is no good answer.
    pub async fn ask(&self, question: Ask) -> Result<Answer, Failure> {
        self.system.ask(question).await.map_err(|error| self.not_answered(&error))
    }

    /// The link as it stands.
    pub async fn link(&self, link: &str) -> Result<LinkState, Failure> {
        let answer = self.ask(Ask::GetLink { link: link.to_owned() }).await?;
        let Answer::Link(link) = answer else { return Err(Failure::odd()) };
        Ok(link)
    }

    /// Every link in the system's order, as far as `take` goes on. `active` is the system's own filter.
    pub async fn each_link(
        &self,
        active: Option<bool>,
        take: impl FnMut(LinkState) -> ControlFlow<()>,
    ) -> Result<(), Failure> {
        let question = |cursor| Ask::ListLinks { active, cursor };
        let page = |answer| if let Answer::Links(page) = answer { Some(page) } else { None };
        self.each("links", question, page, take).await
    }

    /// All of a link's payments, paid or not, newest first.
    pub async fn payments(&self, link: &str) -> Result<Vec<Payment>, Failure> {
        let question = |cursor| Ask::ListPayments { link: link.to_owned(), cursor };
        let page = |answer| if let Answer::Payments(page) = answer { Some(page) } else { None };
        self.all("payments", question, page).await
    }

    /// The ids of the checkouts that customers have open on a link.
    pub async fn open_checkouts(&self, link: &str) -> Result<Vec<String>, Failure> {
        let question = |cursor| Ask::OpenCheckouts { link: link.to_owned(), cursor };
        let page = |answer| if let Answer::Checkouts(page) = answer { Some(page) } else { None };
        self.all("checkouts", question, page).await
    }

    /// A payment's refunds; none where the system does not list them.
    pub async fn refunds(&self, payment: &str) -> Result<Vec<Refund>, Failure> {
        let question = |cursor| Ask::ListRefunds { payment: payment.to_owned(), cursor };
        if self.system.provider().request(&question(None)).is_err() {
            return Ok(Vec::new());
        }
        let page = |answer| if let Answer::Refunds(page) = answer { Some(page) } else { None };
        self.all("refunds", question, page).await
    }

    async fn all<T>(
        &self,
        what: &str,
        question: impl Fn(Option<String>) -> Ask,
        page: impl Fn(Answer) -> Option<Page<T>>,
    ) -> Result<Vec<T>, Failure> {
        let mut all = Vec::new();
        let take = |item| {
            all.push(item);
            ControlFlow::Continue(())
        };
        self.each(what, question, page, take).await?;
        Ok(all)
    }

    /// Asks page after page, until the last or until `take` has enough. Whoever waits sees how many of `what`
    /// there are by now.
    async fn each<T>(
        &self,
        what: &str,
        question: impl Fn(Option<String>) -> Ask,
        page: impl Fn(Answer) -> Option<Page<T>>,
        mut take: impl FnMut(T) -> ControlFlow<()>,
    ) -> Result<(), Failure> {
        let (mut progress, mut count, mut cursor) = (Progress::new(), 0, None);
        loop {
            let answer = self.ask(question(cursor)).await?;
            let Page { items, next } = page(answer).ok_or_else(Failure::odd)?;
            count += items.len();
            for item in items {
                if take(item).is_break() {
                    return Ok(());
                }
            }
            let Some(next) = next else { return Ok(()) };
            progress.tell(count, what);
            cursor = Some(next);
        }
    }

    /// Why there is no answer, and what to do about it.
    pub fn not_answered(&self, error: &NotAnswered) -> Failure {
        let (code, hint) = match error {
            NotAnswered::Unsupported(_) => {
                (failure::UNAVAILABLE, "see `qrtill link capabilities`".to_owned())
            }
            NotAnswered::NoAnswer(
                NoAnswer::Connect { .. } | NoAnswer::Late { .. } | NoAnswer::Certificate { .. },
            ) => (failure::UNAVAILABLE, String::new()),
            NotAnswered::NoAnswer(NoAnswer::Broken { .. } | NoAnswer::TooLarge { .. }) => {
                (failure::DATA, String::new())
            }
            NotAnswered::Trouble(Trouble::Denied { .. }) if self.system.provider().tokens().is_some() => {
                (failure::NO_PERMISSION, "run `qrtill link connect`".to_owned())
            }
            NotAnswered::Trouble(Trouble::Denied { .. }) => {
                (failure::NO_PERMISSION, format!("check {}.api_key_file and what its key may do", self.at))
            }
            NotAnswered::Trouble(Trouble::Busy { .. }) => {
                (failure::UNAVAILABLE, "try again later".to_owned())
            }
            NotAnswered::Trouble(Trouble::Unsure { .. }) => {
                (failure::UNAVAILABLE, "it may have happened; look before you try again".to_owned())
            }
            NotAnswered::Trouble(Trouble::Refused { .. } | Trouble::Missing { .. }) => {
                (failure::DATA, String::new())
            }
        };
        Failure::new(code, error.to_string(), hint)
    }
}
