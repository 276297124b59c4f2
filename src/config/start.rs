//! What one start of a terminal is made with: this machine's file, and what was sent to it from far away. Also the
//! judgement of what is sent, since only whoever reads configurations can compare two.

use std::path::Path;
use std::path::PathBuf;

use super::Checked;
use super::fault::Fault;
use super::fault::Kind;
use super::layer;
use super::layer::Sent;
use super::pairing;
use super::pairing::Fresh;
use super::remote;
use super::remote::Base;
use super::terminal::Mirror;
use super::terminal::Terminal;
use crate::core::remote::Document;
use crate::core::remote::FieldFault;
use crate::core::remote::Judged;
use crate::core::remote::Reach;
use crate::core::remote::Slots;
use crate::mqtt::key::Role;
use crate::mqtt::pair::Admission;
use crate::terminal::remote::Judge;
use crate::terminal::remote::NotKept;
use crate::terminal::remote::Parts;
use crate::terminal::remote::SlotsFile;

/// The configuration of this machine.
#[derive(Clone, Debug)]
pub struct Own {
    file: PathBuf,
    text: String,
    variables: Vec<(String, String)>,
}

/// What one start is made with.
pub struct Start {
    pub terminal: Checked<Terminal>,
    /// None where nobody is believed about settings.
    pub remote: Option<Parts>,
}

impl Own {
    /// # Errors
    /// Where `file` cannot be read.
    pub fn read(file: &Path) -> Result<Self, Vec<Fault>> {
        Ok(Self { file: file.to_owned(), text: super::text(file)?, variables: super::variables() })
    }

    fn base(&self) -> Base<'_> {
        Base { file: &self.file, text: &self.text, variables: &self.variables }
    }

    /// The configuration of a terminal that has no name yet, where this is one.
    #[must_use]
    pub fn awaits_pairing(&self) -> Option<Checked<Fresh>> {
        let awaited = pairing::is_awaited(&self.file, &self.text, &self.variables);
        awaited.then(|| super::fresh(&self.file, &self.text, &self.variables))
    }

    /// As [`Self::awaits_pairing`], for pairing by files that are carried.
    #[must_use]
    pub fn awaits_by_hand(&self) -> Option<Checked<Fresh>> {
        let awaited = pairing::is_awaited(&self.file, &self.text, &self.variables);
        awaited.then(|| super::fresh_by_hand(&self.file, &self.text, &self.variables))
    }

    /// Judges this machine's file as it would be with an operator's answer. Its own file goes over the answer, but not so
    /// far that it sells for another kind of money than the operator meant. What this user may not read and the terminal
    /// may is no fault of the answer.
    ///
    /// # Errors
    /// What does not go together, in words.
    pub fn judge_answer(&self, said: &str, admission: &Admission) -> Result<(), Vec<String>> {
        let checked = super::terminal_if_answered(&self.file, &self.text, said, &self.variables);
        let wrong = checked.faults.iter().filter(|fault| fault.kind != Kind::Denied);
        let mut faults: Vec<String> = wrong.map(ToString::to_string).collect();
        let (own, ..) = layer::read::<Mirror>(&self.file, &self.text, None, None, &self.variables);
        if let Some(mode) = own.mode.0.filter(|mode| *mode != admission.mode) {
            faults.push(format!("mode: this terminal's own file says {} already", mode.name()));
        }
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    /// The folder of the journal, whatever else is wrong in the configuration.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        super::terminal_data(&self.file, &self.text, &self.variables)
    }

    /// Settles what to start with, on the disk first: a start that ends the machine counts as one. Where nobody is
    /// believed about settings any more, what was sent is not in force either.
    ///
    /// # Errors
    /// Where what was sent cannot be read, or cannot be kept.
    pub fn start(&self) -> Result<Start, NotKept> {
        let plain = self.base().with(None);
        if plain.value.as_ref().is_some_and(|value| !value.remote.is_configured()) {
            return Ok(Start { terminal: plain, remote: None });
        }
        let file = SlotsFile::of(&self.data());
        let kept = file.read()?;
        let mut slots = kept.clone().start();
        let terminal = self.settle(&mut slots, plain);
        if slots != kept {
            file.write(&slots)?;
        }
        let remote = terminal.value.as_ref().map(|value| Parts {
            slots,
            file,
            judge: Box::new(self.clone()),
            root: value.remote.trust.clone(),
            money_signatures: value.remote.money_signatures,
            settings: remote::effective(&terminal),
            schema: remote::schema(),
        });
        Ok(Start { terminal, remote })
    }

    /// The settings with what was sent, as far as it can be read. What was in force and no longer goes with this
    /// machine's file is left out and answered for, since a counter that sells with its own settings is worth more
    /// than one that does not start.
    fn settle(&self, slots: &mut Slots, plain: Checked<Terminal>) -> Checked<Terminal> {
        while let Some(document) = slots.in_force() {
            let terminal = self.base().with(Some(&sent(document)));
            // Where the file itself is wrong, nothing is known of what was sent.
            if terminal.value.is_some() || plain.value.is_none() {
                return terminal;
            }
            let why = terminal.faults.first().map(ToString::to_string).unwrap_or_default();
            if slots.trial.is_none() {
                tracing::error!(why, "the settings that were sent no longer go with this machine's file");
            }
            slots.leave_out(&why);
        }
        plain
    }

    /// A start has failed. Whether it was one on trial, which is over with this: the next is made with the settings
    /// of before.
    ///
    /// # Errors
    /// Where that cannot be kept.
    pub fn give_up(&self, why: &str) -> Result<bool, NotKept> {
        let file = SlotsFile::of(&self.data());
        let mut slots = file.read()?;
        if slots.trial.is_none() {
            return Ok(false);
        }
        slots.roll_back(why);
        file.write(&slots)?;
        Ok(true)
    }
}

impl Judge for Own {
    fn judge(&self, in_force: Option<&Document>, document: &Document) -> Judged {
        let role = if document.by_money { Role::Money } else { Role::Operations };
        match self.base().judge(in_force.map(sent).as_ref(), &sent(document), role) {
            Ok(changes) if changes.is_empty() => Judged::Unchanged,
            Ok(changes) => Judged::Good(Reach { way: changes.touch_the_way(), money: changes.touch_money() }),
            Err(faults) => Judged::Wrong(faults.into_iter().map(of_fault).collect()),
        }
    }

    fn judge_file(&self) -> Result<(), Vec<String>> {
        let words = |faults: &[Fault]| faults.iter().map(ToString::to_string).collect::<Vec<_>>();
        let new = Self::read(&self.file).map_err(|faults| words(&faults))?;
        let checked = new.base().with(None);
        if checked.value.is_some() { Ok(()) } else { Err(words(&checked.faults)) }
    }
}

fn sent(document: &Document) -> Sent {
    Sent { version: document.version, settings: document.settings.clone() }
}

fn of_fault(fault: Fault) -> FieldFault {
    FieldFault { path: fault.key, what: fault.what, mend: fault.mend }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::json;

    use super::*;
    use crate::core::remote::Outcome;
    use crate::mqtt::key::SecretKey;
    use crate::ui::lang::Lang;

    struct Machine {
        folder: tempfile::TempDir,
        file: PathBuf,
    }

    impl Machine {
        /// `more` is of `[sale]`.
        fn new(more: &str) -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            let file = folder.path().join("terminal.toml");
            let public = SecretKey::from_random([1; 32]).public();
            crate::host::file::replace(
                &folder.path().join("key"),
                SecretKey::from_random([2; 32]).to_text().reveal().as_bytes(),
            )
            .expect("written");
            let text = format!(
                "id = \"counter-1\"\ndata = \".\"\n[sale]\ncurrency = \"EUR\"\n{more}\n[link]\nhosts = [\"a.example\"]\n\
                 [relay]\nkeys = [\"{public}\"]\n[key]\nfile = \"key\"\n[remote]\nroot_keys = [\"{public}\"]\n"
            );
            fs::write(&file, text).expect("written");
            Self { folder, file }
        }

        fn keep(&self, slots: &Slots) {
            SlotsFile::of(self.folder.path()).write(slots).expect("written");
        }

        fn start(&self) -> (Terminal, Slots) {
            let start = Own::read(&self.file).expect("a file").start().expect("kept");
            let terminal = start.terminal.value.unwrap_or_else(|| panic!("{:?}", start.terminal.faults));
            let slots = SlotsFile::of(self.folder.path()).read().expect("readable");
            assert!(
                start.remote.is_none_or(|remote| remote.slots == slots),
                "it goes on with what is on the disk"
            );
            (terminal, slots)
        }
    }

    fn document(settings: serde_json::Value) -> Document {
        Document { version: 3, txn: "t".into(), confirm_s: 60, by_money: true, settings }
    }

    fn trial(document: Document) -> crate::core::remote::Trial {
        crate::core::remote::Trial { document, reach: Reach::default(), starts: 0, left_s: 60, attempt: 1 }
    }

    #[test]
    fn what_no_longer_goes_with_the_file_is_left_out_and_said() {
        let machine = Machine::new("minimum = \"200.00\"");
        let good = document(json!({ "lang": "de", "sale": { "limit": "100.00" } }));
        machine.keep(&Slots { burned: 3, good: Some(good), ..Slots::default() });
        let (terminal, slots) = machine.start();
        assert_eq!((terminal.lang, slots.good, slots.burned), (Lang::En, None, 3), "none of it is in force");
        let last = slots.last.expect("an answer");
        assert_eq!((last.outcome, last.attempt, last.told), (Outcome::RolledBack, 2, false));
        assert!(last.why.contains("sale."), "{}", last.why);
    }

    #[test]
    fn a_trial_that_cannot_be_read_is_over_and_what_was_good_stays() {
        let machine = Machine::new("");
        let good = document(json!({ "lang": "de" }));
        let bad = document(json!({ "lang": "xx" }));
        machine.keep(&Slots { good: Some(good.clone()), trial: Some(trial(bad)), ..Slots::default() });
        let (terminal, slots) = machine.start();
        assert_eq!((terminal.lang, slots.good, slots.trial), (Lang::De, Some(good), None));
    }

    #[test]
    fn each_start_of_a_trial_counts_before_it_is_made() {
        let machine = Machine::new("");
        machine.keep(&Slots { trial: Some(trial(document(json!({ "lang": "de" })))), ..Slots::default() });
        for starts in 1..=crate::core::remote::STARTS {
            let (terminal, slots) = machine.start();
            assert_eq!((terminal.lang, slots.trial.map(|trial| trial.starts)), (Lang::De, Some(starts)));
        }
        let (terminal, slots) = machine.start();
        assert_eq!((terminal.lang, slots.trial), (Lang::En, None));
    }

    #[test]
    fn with_a_fault_in_the_file_itself_nothing_that_was_sent_is_given_up() {
        let machine = Machine::new("ttl_s = 1");
        let slots = Slots { good: Some(document(json!({ "lang": "de" }))), ..Slots::default() };
        machine.keep(&slots);
        let start = Own::read(&machine.file).expect("a file").start().expect("kept");
        assert!(start.terminal.value.is_none());
        assert_eq!(SlotsFile::of(machine.folder.path()).read().expect("readable"), slots);
    }

    #[test]
    fn a_start_that_fails_ends_a_trial_and_nothing_else() {
        let machine = Machine::new("");
        let own = Own::read(&machine.file).expect("a file");
        machine.keep(&Slots { trial: Some(trial(document(json!({ "lang": "de" })))), ..Slots::default() });
        assert!(own.give_up("no CA").expect("kept"));
        assert!(!own.give_up("no CA").expect("kept"));
        let last = SlotsFile::of(machine.folder.path()).read().expect("readable").last.expect("an answer");
        assert_eq!((last.outcome, last.why.as_str()), (Outcome::RolledBack, "no CA"));
    }
}
