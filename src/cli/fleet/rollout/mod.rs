//! `qrtill fleet plan`, `apply`, `rollout`: what a file or a folder says, to many terminals. They share one engine, which
//! is `fleet::rollout`'s: `apply` is one wave, one terminal after the other.

mod drive;
mod plan;
mod progress;
mod report;
pub mod source;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use self::drive::Drive;
use self::plan::Plan;
use self::plan::Purpose;
use self::source::Source;
use super::Operator;
use super::config::publish::WAY;
use super::note;
use super::open::of_not_kept;
use super::say;
use crate::cli::failure;
use crate::cli::failure::Failure;
use crate::cli::setup::ask;
use crate::core::reference::TerminalId;
use crate::core::remote::IDLE_WAIT;
use crate::fleet::record::Begun;
use crate::fleet::record::Kind;
use crate::fleet::record::Record;
use crate::fleet::record::Settings;
use crate::fleet::rollout;
use crate::fleet::rollout::Fact;
use crate::fleet::rollout::Member;
use crate::fleet::rollout::Part;
use crate::fleet::rollout::Step;
use crate::fleet::rollout::Terms;
use crate::host;
use crate::mqtt::key::Role;

const EXAMPLES: &str = "\
A file has what is sent to all terminals in it, to a site, and to one; the nearer word wins, key by key:
  [settings]
  lang = \"de\"
  sale.ttl_s = 90
  [site.old-town]
  terminals = [\"counter-1\", \"counter-2\"]
  settings.light.bright = 60
  [terminal.counter-1]
  labels = [\"window\"]
  settings.light.bright = 90

A folder has the same in files of their own: all.toml with [settings], sites/old-town.toml with what is below
[site.old-town], and terminals/counter-1.toml with what is below [terminal.counter-1], where site = \"old-town\" may stand
in place of the site's list.

Examples:
  qrtill fleet plan shops                      what would change, at every terminal of the folder
  qrtill fleet apply shops counter-1           at one, and wait for its word
  qrtill fleet apply shops.toml old-town       at a site, one after the other
  qrtill fleet rollout shops                   at all, in waves
  qrtill fleet rollout --back                  what the last one changed, as it was before";

/// Show what a file or a folder would change, at every terminal in it
///
/// Nothing is signed or sent. Exit code 0: every terminal has it in force; 2: something would change.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct PlanArgs {
    #[command(flatten)]
    what: What,
}

/// Send what a file or a folder says to many terminals, one after the other
///
/// It says all that is sent: what it leaves out is the terminals' own again. Every change is shown first; where a
/// terminal would not take its part, nothing is sent to any. Stops at the first that fails. Run again, it goes on: those
/// that have it in force are passed over, and those that were off have their turn.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct ApplyArgs {
    #[command(flatten)]
    what: What,
    #[command(flatten)]
    how: How,
}

/// Send what a file or a folder says to many terminals, in waves
///
/// First a few, then shares of all. After each wave its terminals must stay with what they took for a while before the
/// next begins. It stops by itself where more of a wave than is tolerated reject it, go back from it or fall silent.
/// Terminals that are off are left until they appear. Killed or interrupted, and run again, it goes on where it was.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct RolloutArgs {
    /// File or folder with the settings of all, of sites and of single terminals
    #[arg(value_name = "PATH", required_unless_present = "back")]
    path: Option<PathBuf>,
    /// Ids of terminals, names of sites, or labels; all terminals in it by default
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// How many go first, or which: ids, sites or labels with commas between
    #[arg(long, value_name = "N|NAME,…", default_value = "1")]
    canaries: String,
    /// How many have it after each further wave, those before counted in; the rest follows last
    #[arg(long, value_name = "SHARE,…", value_delimiter = ',', default_value = "10%,50%,100%")]
    shares: Vec<Part>,
    /// How long each wave must stand before the next begins
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = super::span)]
    soak: Duration,
    /// How many of a wave may fail before it stops
    #[arg(long, value_name = "N|N%", default_value = "5%")]
    tolerate: Part,
    /// How many are sent to at a time, 1 to 200
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u8).range(1..=200))]
    at_once: u8,
    #[command(flatten)]
    how: How,
    /// Only tell what would change, and in which waves
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Send what the last rollout or apply changed as it was before, to all that have it, at once
    #[arg(long, conflicts_with_all = ["path", "names", "canaries", "shares"])]
    back: bool,
}

#[derive(Debug, clap::Args)]
struct What {
    /// File or folder with the settings of all, of sites and of single terminals
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// Ids of terminals, names of sites, or labels; all terminals in it by default
    #[arg(value_name = "NAME")]
    names: Vec<String>,
}

#[derive(Clone, Copy, Debug, clap::Args)]
pub struct How {
    /// Ask nothing before it is signed and sent
    #[arg(short, long)]
    yes: bool,
    /// Seconds after which a terminal that is away or does not answer counts as failed; by default what it has to be
    /// back and half a minute, and five minutes more for one that is there and may be busy
    #[arg(long, value_name = "SECONDS")]
    wait: Option<u64>,
}

/// What is wanted of each terminal, by path.
pub type Wanted = BTreeMap<TerminalId, Settings>;

/// How it is cut into waves.
enum Cut {
    /// One wave; one terminal after the other, or all at once.
    One(Kind),
    Waves {
        canaries: usize,
        shares: Vec<Part>,
    },
}

pub async fn plan(args: &PlanArgs, json: bool, operator: &Operator) -> Result<ExitCode, Failure> {
    let source = Source::read(&args.what.path)?;
    let plan = Plan::make(operator, &source.wanted(&args.what.names)?, &[], Purpose::Tell).await?;
    plan.tell(json)?;
    plan.desk.close().await;
    Ok(ExitCode::from(if plan.steps.is_empty() && plan.unseen.is_empty() { 0 } else { CHANGES }))
}

/// Of `plan`, as the tools of this kind have it.
const CHANGES: u8 = 2;

pub async fn apply(args: &ApplyArgs, json: bool, operator: &Operator) -> Result<ExitCode, Failure> {
    let source = Source::read(&args.what.path)?;
    let wanted = source.wanted(&args.what.names)?;
    let terms = terms(operator, &args.how, Duration::ZERO, Part::Count(0), 1);
    let job = Job {
        source: Some(&source),
        wanted,
        cut: Cut::One(Kind::Apply),
        canaries: Vec::new(),
        terms,
        how: args.how,
    };
    job.run(json, operator).await
}

pub async fn rollout(args: &RolloutArgs, json: bool, operator: &Operator) -> Result<ExitCode, Failure> {
    let at_once = usize::from(args.at_once);
    let Some(path) = &args.path else {
        let terms = terms(operator, &args.how, args.soak, Part::Share(100), at_once);
        return back(args, terms, json, operator).await;
    };
    let source = Source::read(path)?;
    let wanted = source.wanted(&args.names)?;
    let (canaries, named) = match args.canaries.parse() {
        Ok(count) => (count, Vec::new()),
        Err(_) => {
            let names: Vec<_> = args.canaries.split(',').map(|name| name.trim().to_owned()).collect();
            (0, source.wanted(&names)?.into_keys().collect())
        }
    };
    let cut = Cut::Waves { canaries, shares: args.shares.clone() };
    let terms = terms(operator, &args.how, args.soak, args.tolerate, at_once);
    let job = Job { source: Some(&source), wanted, cut, canaries: named, terms, how: args.how };
    if args.dry_run {
        return job.tell(json, operator).await;
    }
    job.run(json, operator).await
}

/// Everything that the last one sent and that is still there, as it was before.
async fn back(
    args: &RolloutArgs,
    terms: Terms,
    json: bool,
    operator: &Operator,
) -> Result<ExitCode, Failure> {
    let last = Record::last(&operator.fleet.history).map_err(|error| of_not_kept(&error))?;
    let Some(last) = last else {
        return Err(Failure::new(failure::USAGE, "there was no rollout from here", ""));
    };
    let wanted = match last.begun.kind {
        Kind::Apply | Kind::Rollout => plan::to_go_back(operator, &last).await?,
        Kind::Back if is_open(&last) => last.begun.terminals,
        Kind::Back => {
            return Err(Failure::new(failure::USAGE, "the last rollout was one that went back already", ""));
        }
    };
    let job =
        Job { source: None, wanted, cut: Cut::One(Kind::Back), canaries: Vec::new(), terms, how: args.how };
    if args.dry_run {
        return job.tell(json, operator).await;
    }
    job.run(json, operator).await
}

fn terms(operator: &Operator, how: &How, soak: Duration, tolerate: Part, at_once: usize) -> Terms {
    let back = Duration::from_secs(u64::from(operator.fleet.confirm_s) + WAY);
    let wait = how.wait.map(Duration::from_secs);
    let (away, answer) = (wait.unwrap_or(back), wait.unwrap_or(back + IDLE_WAIT));
    Terms { soak, away, answer, at_once, tolerate }
}

struct Job<'a> {
    /// None where it goes back.
    source: Option<&'a Source>,
    wanted: Wanted,
    cut: Cut,
    canaries: Vec<TerminalId>,
    terms: Terms,
    how: How,
}

impl Job<'_> {
    async fn tell(&self, json: bool, operator: &Operator) -> Result<ExitCode, Failure> {
        let plan = Plan::make(operator, &self.wanted, &[], Purpose::Tell).await?;
        plan.tell(json)?;
        if !json {
            for (number, wave) in self.waves(&plan).iter().enumerate() {
                say(&format!("wave {}: {}\n", number + 1, plan::names(wave)))?;
            }
        }
        plan.desk.close().await;
        Ok(ExitCode::SUCCESS)
    }

    async fn run(self, json: bool, operator: &Operator) -> Result<ExitCode, Failure> {
        let folder = &operator.fleet.history;
        let held = Record::hold(folder).map_err(|error| of_not_kept(&error))?;
        if held.is_none() {
            let what = format!("another rollout goes on from {}", super::shown(folder));
            return Err(Failure::new(failure::NOT_NOW, what, "wait for it, or stop it"));
        }
        let record = self.to_go_on(operator)?;
        let begun = record.as_ref().map(begun_already).unwrap_or_default();
        let plan = Plan::make(operator, &self.wanted, &begun, Purpose::Send).await?;
        if record.is_none() && plan.steps.is_empty() && plan.unseen.is_empty() {
            plan.desk.close().await;
            return report::nothing(json);
        }
        self.ask(&plan)?;
        let record = match record {
            Some(record) => record,
            None => self.begin(&plan, operator)?,
        };
        Drive::new(operator, plan, record, self.terms)?.run(json).await
    }

    /// One question for all of it.
    fn ask(&self, plan: &Plan) -> Result<(), Failure> {
        if plan.steps.is_empty() {
            return Ok(());
        }
        note(&plan.text());
        let of_money = plan.steps.values().filter(|step| step.role == Role::Money).count();
        if of_money > 0 {
            note(&plan.money());
        }
        let all = plan.steps.len();
        let question = match of_money {
            0 => format!("send this to {all} terminals"),
            _ => format!("send this to {all} terminals, and sign {of_money} documents for money"),
        };
        if self.how.yes || ask::agree(&question, false)? {
            return Ok(());
        }
        Err(Failure::new(failure::USAGE, "nothing was signed", "say yes, or --yes, to send it"))
    }

    /// The last one, where it was not finished and is about the same.
    fn to_go_on(&self, operator: &Operator) -> Result<Option<Record>, Failure> {
        let last = Record::last(&operator.fleet.history).map_err(|error| of_not_kept(&error))?;
        let Some(last) = last.filter(is_open) else { return Ok(None) };
        let same = |(id, after): (&TerminalId, &Settings)| self.wanted.get(id) == Some(after);
        if last.begun.kind == self.kind() && last.begun.terminals.iter().all(same) {
            note(&format!("this goes on with what was begun at {}", last.begun.begun_at));
            return Ok(Some(last));
        }
        note(&format!(
            "what was begun at {} was not finished, and was something else: this is a new one",
            last.begun.begun_at
        ));
        Ok(None)
    }

    fn kind(&self) -> Kind {
        match self.cut {
            Cut::One(kind) => kind,
            Cut::Waves { .. } => Kind::Rollout,
        }
    }

    fn begin(&self, plan: &Plan, operator: &Operator) -> Result<Record, Failure> {
        let after = |id: &TerminalId| (id.clone(), self.wanted.get(id).cloned().unwrap_or_default());
        let begun_at = jiff::Timestamp::from_millisecond(host::unix_ms()).unwrap_or_default().to_string();
        let begun = Begun {
            begun_at,
            name: host::random_name(),
            kind: self.kind(),
            waves: self.waves(plan),
            terminals: plan.steps.keys().chain(&plan.unseen).map(after).collect(),
        };
        Record::begin(&operator.fleet.history, begun).map_err(|error| of_not_kept(&error))
    }

    fn waves(&self, plan: &Plan) -> Vec<Vec<TerminalId>> {
        let all = plan.steps.keys().chain(&plan.unseen);
        match &self.cut {
            Cut::One(_) => vec![all.cloned().collect()],
            Cut::Waves { canaries, shares } => {
                let member = |id: &TerminalId| Member {
                    id: id.clone(),
                    site: self.source.and_then(|source| source.site_of(id)),
                    online: plan.steps.get(id).is_some_and(|step| step.online),
                    canary: self.canaries.contains(id),
                };
                rollout::waves(&all.map(member).collect::<Vec<_>>(), *canaries, shares)
            }
        }
    }
}

/// Those that were sent it, or are done.
fn begun_already(record: &Record) -> Vec<TerminalId> {
    let ids = record.facts.iter().filter_map(|fact| match fact {
        Fact::Sent { terminal, .. } | Fact::Ended { terminal, .. } => Some(terminal.clone()),
        Fact::Passed { .. } | Fact::Stopped { .. } => None,
    });
    ids.collect()
}

/// Whether there is something left to do for it. One that has stopped is over: what comes then is a new one.
fn is_open(record: &Record) -> bool {
    let stopped = record.facts.iter().any(|fact| matches!(fact, Fact::Stopped { .. }));
    let waves = &record.begun.waves;
    let state = rollout::Rollout::resume(waves, &record.facts, no_terms(), Duration::ZERO);
    !stopped && !state.ones().values().all(|one| matches!(one.step, Step::Ended { .. }))
}

/// Where only the facts matter.
fn no_terms() -> Terms {
    let zero = Duration::ZERO;
    Terms { soak: zero, away: zero, answer: zero, at_once: 1, tolerate: Part::Share(100) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::fleet::groups::Groups;

    #[test]
    fn the_example_in_the_help_is_a_file() {
        let lines: Vec<&str> = EXAMPLES.lines().skip(1).take_while(|line| !line.is_empty()).collect();
        let groups = Groups::read(&lines.join("\n")).expect("a file of groups");
        let id: TerminalId = "counter-1".parse().expect("an id");
        assert_eq!(groups.settings(&id)["light.bright"], json!(90));
        assert_eq!(groups.select(&["window".to_owned()]).expect("one").len(), 1);
    }
}
