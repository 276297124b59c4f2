//! What would change at which terminals, against what is in force and signed there.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;
use serde_json::json;

use super::Wanted;
use crate::cli::failure;
use crate::cli::failure::Failure;
use crate::cli::fleet::Operator;
use crate::cli::fleet::config::case::BuildOn;
use crate::cli::fleet::config::case::Case;
use crate::cli::fleet::config::case::Schemas;
use crate::cli::fleet::config::send;
use crate::cli::fleet::note;
use crate::cli::fleet::open;
use crate::cli::fleet::say;
use crate::cli::table;
use crate::core::reference::TerminalId;
use crate::fleet::Keys;
use crate::fleet::change;
use crate::fleet::desk::Desk;
use crate::fleet::desk::Interest;
use crate::fleet::proposal;
use crate::fleet::proposal::Weighed;
use crate::fleet::record::Record;
use crate::fleet::record::Settings;
use crate::fleet::rollout::Fact;
use crate::mqtt::key::Role;

/// So many names are told; there may be a thousand.
const NAMES: usize = 8;

/// What is to be done at one terminal.
pub struct Step {
    pub settings: Settings,
    pub changes: Vec<Weighed>,
    pub role: Role,
    /// What was sent and is in force now.
    pub before: Settings,
    pub online: bool,
}

/// What a plan is made for. Looking needs no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Tell,
    Send,
}

pub struct Plan {
    pub desk: Desk,
    pub keys: Arc<Keys>,
    pub schemas: Schemas,
    /// Those where something changes.
    pub steps: BTreeMap<TerminalId, Step>,
    /// Those that have all of it in force.
    pub holding: Vec<TerminalId>,
    /// Those that the broker has never heard of.
    pub unseen: Vec<TerminalId>,
}

impl Plan {
    /// All that is wrong is told at once, and nothing can be done then. Nothing is planned for those of `begun`, which
    /// are listened to all the same.
    pub async fn make(
        operator: &Operator,
        wanted: &Wanted,
        begun: &[TerminalId],
        purpose: Purpose,
    ) -> Result<Self, Failure> {
        let all: BTreeSet<TerminalId> = wanted.keys().chain(begun).cloned().collect();
        let desk = operator.desk(Interest::Some(all)).await?;
        let keys = Arc::new(operator.keys(&desk)?);
        let mut plan = Self {
            desk,
            keys,
            schemas: Schemas::default(),
            steps: BTreeMap::new(),
            holding: Vec::new(),
            unseen: Vec::new(),
        };
        let mut failures = Vec::new();
        for (id, settings) in wanted.iter().filter(|(id, _)| !begun.contains(id)) {
            if let Err(failure) = plan.add(operator, id, settings, purpose) {
                failures.push(failure);
            }
        }
        let Some(code) = failures.first().map(|failure| failure.code) else { return Ok(plan) };
        let all: Vec<String> = failures.iter().map(ToString::to_string).collect();
        Err(Failure::new(code, all.join("\n"), "nothing was sent to any terminal"))
    }

    fn add(
        &mut self,
        operator: &Operator,
        id: &TerminalId,
        settings: &Settings,
        purpose: Purpose,
    ) -> Result<(), Failure> {
        let seen = self.desk.picture.of(id);
        if seen.presence.is_none() && seen.reported.is_none() {
            self.unseen.push(id.clone());
            return Ok(());
        }
        let online = seen.is_online();
        let case = self.case(operator, id)?;
        match step(operator, &case, settings, online)? {
            Some(step) => {
                if purpose == Purpose::Send {
                    may_sign(operator, &case, step.role)?;
                }
                self.steps.insert(id.clone(), step);
            }
            None => self.holding.push(id.clone()),
        }
        Ok(())
    }

    /// A terminal as it is now.
    pub fn case(&mut self, operator: &Operator, id: &TerminalId) -> Result<Case, Failure> {
        let seen = self.desk.picture.of(id);
        Case::of(operator, id, seen, &self.keys, &mut self.schemas, BuildOn::SentOrNothing)
    }

    pub fn tell(&self, json: bool) -> Result<(), Failure> {
        let text = if json { format!("{:#}\n", self.value()) } else { format!("{}\n", self.text()) };
        say(&text).map(drop)
    }

    /// The changes, those that are alike together.
    pub fn text(&self) -> String {
        let mut alike: Vec<(&[Weighed], Vec<TerminalId>)> = Vec::new();
        for (id, step) in &self.steps {
            match alike.iter_mut().find(|(changes, _)| *changes == step.changes) {
                Some((_, ids)) => ids.push(id.clone()),
                None => alike.push((&step.changes, vec![id.clone()])),
            }
        }
        let one = |(changes, ids): &(&[Weighed], Vec<TerminalId>)| {
            format!("{}:\n{}", names(ids), send::changes(changes))
        };
        let mut lines: Vec<String> = alike.iter().map(one).collect();
        if !self.unseen.is_empty() {
            lines.push(format!("never seen, and left until they appear: {}", names(&self.unseen)));
        }
        let (change, hold) = (self.steps.len(), self.holding.len());
        lines.push(match (change, hold) {
            (0, _) if self.unseen.is_empty() => "every terminal has it in force".to_owned(),
            _ => format!("{change} to change, {hold} have it in force"),
        });
        lines.join("\n")
    }

    /// Whoever signs for money answers for all that is sent, and is shown it.
    pub fn money(&self) -> String {
        let mut alike: Vec<(&Settings, Vec<TerminalId>)> = Vec::new();
        for (id, step) in self.steps.iter().filter(|(_, step)| step.role == Role::Money) {
            match alike.iter_mut().find(|(settings, _)| **settings == step.settings) {
                Some((_, ids)) => ids.push(id.clone()),
                None => alike.push((&step.settings, vec![id.clone()])),
            }
        }
        let one = |(settings, ids): &(&Settings, Vec<TerminalId>)| {
            let rows = settings.iter().map(|(path, value)| [format!("  {path}"), change::told(value)]);
            let rows = table::aligned(rows.collect(), [false; 2]);
            format!("your signature vouches for all that is sent to {}:\n{}", names(ids), rows.trim_end())
        };
        alike.iter().map(one).collect::<Vec<_>>().join("\n")
    }

    fn value(&self) -> Value {
        let change = |weighed: &Weighed| {
            json!({ "path": weighed.change.path, "before": weighed.change.before, "after": weighed.change.after,
                "role": open::name(weighed.role) })
        };
        let step = |(id, step): (&TerminalId, &Step)| {
            json!({ "terminal": id, "online": step.online, "settings": change::tree(&step.settings),
                "changes": step.changes.iter().map(change).collect::<Value>() })
        };
        json!({ "terminals": self.steps.iter().map(step).collect::<Value>(), "in_force": self.holding,
            "never_seen": self.unseen })
    }
}

/// None where the terminal has it all in force.
pub fn step(
    operator: &Operator,
    case: &Case,
    settings: &Settings,
    online: bool,
) -> Result<Option<Step>, Failure> {
    send::judge(case, settings)?;
    let changes = proposal::weigh(&case.schema, &case.reported, &case.base, settings);
    if changes.is_empty() && *settings == case.base.settings {
        return Ok(None);
    }
    let role = send::role(operator, &changes);
    let before = case.in_force(BuildOn::SentOrNothing).settings;
    Ok(Some(Step { settings: settings.clone(), changes, role, before, online }))
}

fn may_sign(operator: &Operator, case: &Case, role: Role) -> Result<(), Failure> {
    operator.key(&case.keys, role)?;
    if operator.missing(role, 1) > 0 {
        let what = format!("{} needs {} for this, and you are one", case.id, send::needs(operator, role));
        let hint = "change it with `qrtill fleet config set --out`, for both to sign";
        return Err(Failure::new(failure::USAGE, what, hint));
    }
    Ok(())
}

/// What those of a rollout are to have that have what it sent, or would take it: what they had before.
pub async fn to_go_back(operator: &Operator, last: &Record) -> Result<Wanted, Failure> {
    let mut sent: BTreeMap<&TerminalId, u64> = BTreeMap::new();
    for fact in &last.facts {
        if let Fact::Sent { terminal, version, .. } = fact {
            sent.insert(terminal, *version);
        }
    }
    let mut wanted = Wanted::new();
    let desk = operator.desk(Interest::Some(sent.keys().map(|id| (*id).clone()).collect())).await?;
    let keys = Arc::new(operator.keys(&desk)?);
    let mut schemas = Schemas::default();
    for (id, version) in sent {
        let seen = desk.picture.of(id);
        let case = Case::of(operator, id, seen, &keys, &mut schemas, BuildOn::SentOrNothing)?;
        let before = last.before.get(id).cloned();
        let waits = case.kept_version == Some(version) && case.reported.burned < version;
        match before {
            Some(before) if case.reported.version == Some(version) || waits => {
                wanted.insert(id.clone(), before);
            }
            Some(_) | None => note(&format!("{id} does not have what was sent then, and is left as it is")),
        }
    }
    desk.close().await;
    Ok(wanted)
}

/// The first of them, and how many more there are.
pub fn names(ids: &[TerminalId]) -> String {
    let first: Vec<_> = ids.iter().take(NAMES).map(TerminalId::as_str).collect();
    let more = ids.len() - first.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", first.join(", "))
}
