//! Carries a rollout out: tells `fleet::rollout` what the broker says, and does what it answers.

use std::collections::BTreeMap;
use std::process::ExitCode;

use tokio::signal::unix::Signal;
use tokio::signal::unix::SignalKind;
use tokio::signal::unix::signal;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::plan;
use super::plan::Plan;
use super::progress::Progress;
use super::report;
use crate::cli::failure;
use crate::cli::failure::Failure;
use crate::cli::fleet::Operator;
use crate::cli::fleet::answer;
use crate::cli::fleet::config::case::Case;
use crate::cli::fleet::config::publish;
use crate::cli::fleet::config::publish::Signed;
use crate::cli::fleet::config::send;
use crate::cli::fleet::open::of_not_kept;
use crate::core::reference::TerminalId;
use crate::fleet::desk::News;
use crate::fleet::history::Entry;
use crate::fleet::record::Record;
use crate::fleet::rollout::Effect;
use crate::fleet::rollout::End;
use crate::fleet::rollout::Event;
use crate::fleet::rollout::Fact;
use crate::fleet::rollout::How;
use crate::fleet::rollout::Rollout;
use crate::fleet::rollout::Step;
use crate::fleet::rollout::Terms;
use crate::mqtt::client::NotAcknowledged;
use crate::mqtt::client::NotSent;
use crate::mqtt::topics::Leaf;
use crate::mqtt::topics::Topic;

/// A document on its way.
struct Sealed {
    /// The terminal when it was made.
    case: Case,
    entry: Entry,
}

type Acknowledged = (TerminalId, Result<(), NotAcknowledged>);

pub struct Drive<'a> {
    operator: &'a Operator,
    plan: Plan,
    record: Record,
    core: Rollout,
    began: Instant,
    sealed: BTreeMap<TerminalId, Sealed>,
    receipts: JoinSet<Acknowledged>,
    progress: Progress,
    interrupted: Signal,
    terminated: Signal,
}

/// What the loop waited for.
enum Woken {
    News(Option<News>),
    Receipt(Acknowledged),
    Due,
    Interrupted,
}

impl<'a> Drive<'a> {
    /// From here on an interruption is a word, and no end in the middle of things.
    pub fn new(operator: &'a Operator, plan: Plan, record: Record, terms: Terms) -> Result<Self, Failure> {
        let began = Instant::now();
        let core = Rollout::resume(&record.begun.waves, &record.facts, terms, began.elapsed());
        let listen = |kind| {
            signal(kind).map_err(|error| {
                Failure::new(failure::UNAVAILABLE, format!("signals cannot be heard: {error}"), "")
            })
        };
        Ok(Self {
            operator,
            plan,
            record,
            core,
            began,
            sealed: BTreeMap::new(),
            receipts: JoinSet::new(),
            progress: Progress::new(),
            interrupted: listen(SignalKind::interrupt())?,
            terminated: listen(SignalKind::terminate())?,
        })
    }

    pub async fn run(mut self, json: bool) -> Result<ExitCode, Failure> {
        self.recall();
        self.look_at_all();
        self.tell(Event::Begin);
        let end = loop {
            if let Some(end) = self.drain()? {
                break Some(end);
            }
            self.progress.show(&self.core, self.began.elapsed());
            match self.wait().await {
                Woken::News(news) => self.hear(news).await?,
                Woken::Receipt(acknowledged) => self.take_receipt(acknowledged),
                Woken::Due => self.core.handle_timeout(self.began.elapsed()),
                Woken::Interrupted => break None,
            }
        };
        self.progress.end();
        self.plan.desk.close().await;
        report::tell(&self.core, end.as_ref(), json)
    }

    fn tell(&mut self, event: Event) {
        self.core.handle(event, self.began.elapsed());
    }

    async fn wait(&mut self) -> Woken {
        let due = self.core.poll_timeout().map(|at| self.began + at);
        let soaks = self.core.soaks_for(self.began.elapsed()).is_some();
        let due = [due, self.progress.next(soaks)].into_iter().flatten().min();
        let sleep = async {
            match due {
                Some(at) => tokio::time::sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            news = self.plan.desk.next() => Woken::News(news),
            Some(Ok(acknowledged)) = self.receipts.join_next() => Woken::Receipt(acknowledged),
            () = sleep => Woken::Due,
            Some(()) = self.interrupted.recv() => Woken::Interrupted,
            Some(()) = self.terminated.recv() => Woken::Interrupted,
        }
    }

    async fn hear(&mut self, news: Option<News>) -> Result<(), Failure> {
        match news {
            Some(News::Changed(Topic::Terminal(id, _))) => self.look(&id),
            Some(News::Changed(Topic::Keys | Topic::RelayState(_))) => {}
            Some(News::Lost(why)) => {
                self.progress.line(&format!("the connection to the broker is gone: {why}; trying again"));
                self.tell(Event::Broker(false));
            }
            Some(News::Back) => {
                if self.plan.desk.settle().await {
                    self.progress.line("the connection to the broker is back");
                    self.look_at_all();
                    self.tell(Event::Broker(true));
                }
            }
            None => {
                let what = "the connection to the broker has ended";
                return Err(Failure::new(failure::UNAVAILABLE, what, "run it again: it goes on"));
            }
        }
        Ok(())
    }

    fn look_at_all(&mut self) {
        let ids: Vec<TerminalId> = self.core.ones().keys().cloned().collect();
        for id in &ids {
            if self.plan.holding.contains(id) {
                self.tell(Event::Holds(id.clone()));
            }
            self.look(id);
        }
    }

    /// What the broker says of a terminal by now.
    fn look(&mut self, id: &TerminalId) {
        // Nobody was shown what would change there.
        if self.plan.unseen.contains(id) {
            return;
        }
        let seen = self.plan.desk.picture.of(id);
        self.tell(Event::Online { terminal: id.clone(), online: seen.is_online() });
        let Some((_, txn)) = self.core.ones().get(id).and_then(|one| one.sent.clone()) else { return };
        if let Some(answer) = seen.answer_to(&txn) {
            let open = self
                .core
                .ones()
                .get(id)
                .is_some_and(|one| matches!(one.step, Step::Sent { put_off: false, .. }));
            if open && !answer::is_final(answer.outcome) {
                self.progress.line(&answer::sentence(id, answer));
            }
            let (outcome, why) = (answer.outcome, report::why(answer));
            self.tell(Event::Answered { terminal: id.clone(), outcome, why });
        }
        if let Some(why) = self.overtaken(id) {
            self.tell(Event::Failed { terminal: id.clone(), how: How::Overtaken, why });
        }
    }

    fn overtaken(&self, id: &TerminalId) -> Option<String> {
        let sealed = self.sealed.get(id)?;
        let now = self.plan.desk.picture.of(id).desired;
        publish::overtaken(self.operator, &sealed.case, now, Some(&sealed.entry.document))
    }

    /// The documents that were on their way when the last process ended.
    fn recall(&mut self) {
        let open = self.core.ones().iter().filter(|(_, one)| !one.holds());
        let sent: Vec<_> = open.filter_map(|(id, one)| Some((id.clone(), one.sent.clone()?))).collect();
        for (id, (version, txn)) in sent {
            let case = self.plan.case(self.operator, &id);
            let found = case.map_err(|failure| failure.to_string()).and_then(|case| {
                let entry = case.sent.iter().find(|entry| entry.txn == txn).cloned();
                let entry = entry.ok_or("the history does not have its document any more")?;
                let own = case.kept.as_deref() == Some(entry.document.as_bytes());
                let newer = case.kept_version.is_some_and(|kept| kept >= version) && !own;
                if newer {
                    Err("somebody else has sent another meanwhile".into())
                } else {
                    Ok(Sealed { case, entry })
                }
            });
            match found {
                Ok(sealed) => drop(self.sealed.insert(id, sealed)),
                Err(why) => self.tell(Event::Failed { terminal: id, how: How::Overtaken, why }),
            }
        }
    }

    fn drain(&mut self) -> Result<Option<End>, Failure> {
        while let Some(effect) = self.core.poll_effect() {
            match effect {
                Effect::Seal(id) => match self.seal(&id) {
                    Ok(Some(event)) => self.tell(event),
                    Ok(None) => self.tell(Event::Holds(id)),
                    Err(failure) => {
                        let why = failure.to_string();
                        self.tell(Event::Failed { terminal: id, how: How::NotSent, why });
                    }
                },
                Effect::Keep(fact) => {
                    self.record.keep(&fact).map_err(|error| of_not_kept(&error))?;
                    self.note(&fact)?;
                }
                Effect::Publish(id) => self.publish(&id),
                Effect::Ended(end) => return Ok(Some(end)),
            }
        }
        Ok(None)
    }

    /// Signs what was shown, unless the terminal is no longer as it was then; none where it has it all.
    fn seal(&mut self, id: &TerminalId) -> Result<Option<Event>, Failure> {
        let case = self.plan.case(self.operator, id)?;
        let Some(shown) = self.plan.steps.get(id) else { return Ok(None) };
        let step = plan::step(self.operator, &case, &shown.settings, true)?;
        let Some(step) = step else { return Ok(None) };
        if step.changes != shown.changes {
            let what = "it is no longer as it was when its changes were shown";
            return Err(Failure::new(failure::NOT_NOW, what, ""));
        }
        let key = self.operator.key(&case.keys, step.role)?;
        let signed: Signed = send::seal(self.operator, &case, &step.settings, key)?;
        self.record.keep_before(id, &step.before).map_err(|error| of_not_kept(&error))?;
        let entry = publish::note_sent(self.operator, id, &signed)?;
        self.sealed.insert(id.clone(), Sealed { case, entry });
        Ok(Some(Event::Sealed { terminal: id.clone(), version: signed.version, txn: signed.txn }))
    }

    fn publish(&mut self, id: &TerminalId) {
        let is_sent = self.core.ones().get(id).is_some_and(|one| matches!(one.step, Step::Sent { .. }));
        let Some(sealed) = self.sealed.get(id).filter(|_| is_sent) else { return };
        let kept = self.plan.desk.picture.of(id).desired;
        if kept.as_deref() == Some(sealed.entry.document.as_bytes()) {
            return self.tell(Event::Published(id.clone()));
        }
        if let Some(why) = self.overtaken(id) {
            return self.tell(Event::Failed { terminal: id.clone(), how: How::Overtaken, why });
        }
        let topic = Topic::Terminal(id.clone(), Leaf::ConfigDesired);
        match self.plan.desk.send(&topic, sealed.entry.document.clone()) {
            Ok(receipt) => {
                let id = id.clone();
                drop(self.receipts.spawn(async move { (id, receipt.acknowledged().await) }));
            }
            // It is asked for again when the connection is back.
            Err(NotSent::Offline) => {}
            Err(error @ (NotSent::Full | NotSent::TooLarge { .. } | NotSent::BadTopic(_))) => {
                let why = error.to_string();
                self.tell(Event::Failed { terminal: id.clone(), how: How::NotSent, why });
            }
        }
    }

    fn take_receipt(&mut self, (terminal, acknowledged): Acknowledged) {
        match acknowledged {
            Ok(()) => self.tell(Event::Published(terminal)),
            Err(NotAcknowledged::Lost) => {}
            Err(error @ NotAcknowledged::Refused(_)) => {
                let why = error.to_string();
                self.tell(Event::Failed { terminal, how: How::NotSent, why });
            }
        }
    }

    /// Tells it, and writes an answer into the history too.
    fn note(&mut self, fact: &Fact) -> Result<(), Failure> {
        self.progress.tell(fact, &self.core);
        let Fact::Ended { terminal, .. } = fact else { return Ok(()) };
        let Some(sealed) = self.sealed.get_mut(terminal) else { return Ok(()) };
        let answer = self.plan.desk.picture.of(terminal).answer_to(&sealed.entry.txn).cloned();
        if answer.is_some() && answer != sealed.entry.answer {
            sealed.entry.answer = answer;
            self.operator.history.note(terminal, &sealed.entry).map_err(|error| of_not_kept(&error))?;
        }
        Ok(())
    }
}
