//! `qrtill fleet apply`: what one file says, to many terminals, one after the other. It stops at the first that does not
//! take it; run again it goes on, since those that have it are passed over.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use serde_json::Value;
use serde_json::json;

use super::Operator;
use super::config::case::BuildOn;
use super::config::case::Case;
use super::config::publish;
use super::config::publish::Report;
use super::config::send;
use super::note;
use super::say;
use crate::cli::failure;
use crate::cli::failure::Failure;
use crate::cli::setup::ask;
use crate::core::reference::TerminalId;
use crate::fleet::change;
use crate::fleet::groups::Groups;
use crate::fleet::groups::NotGroups;
use crate::fleet::proposal;
use crate::fleet::proposal::Weighed;
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

Examples:
  qrtill fleet apply -f shops.toml -n          what would change, at every terminal of the file
  qrtill fleet apply -f shops.toml counter-1   at one first
  qrtill fleet apply -f shops.toml old-town    at a site
  qrtill fleet apply -f shops.toml";

/// Send what a file says to many terminals, one after the other
///
/// The file says all that is sent: what it leaves out is the terminals' own again. Every change is shown first; where a
/// terminal would not take its part, nothing is sent to any. Stops at the first that does not have it in force.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The file with the settings of all, of sites and of single terminals
    #[arg(short, long, value_name = "FILE")]
    file: PathBuf,
    /// Ids of terminals, names of sites, or labels; all terminals of the file by default
    names: Vec<String>,
    /// Ask nothing before something is signed that money depends on
    #[arg(short, long)]
    yes: bool,
    /// Only tell what would change
    #[arg(short = 'n', long)]
    dry_run: bool,
    /// Seconds to wait for each terminal's answer; what it has to be back, and half a minute, by default
    #[arg(long, value_name = "SECONDS")]
    wait: Option<u64>,
}

/// What is to be done at one terminal.
struct Step {
    id: TerminalId,
    settings: BTreeMap<String, Value>,
    changes: Vec<Weighed>,
    role: Role,
}

pub async fn run(args: &Args, json: bool, operator: &Operator) -> Result<ExitCode, Failure> {
    let steps = plan(args, operator).await?;
    let count = steps.len();
    if args.dry_run || count == 0 {
        return tell_plan(&steps, json);
    }
    note(&text(&steps));
    let of_money = steps.iter().filter(|step| step.role == Role::Money).count();
    let question = format!("sign {of_money} documents for money, whole as the file says them");
    if of_money > 0 && !args.yes && !ask::agree(&question, false)? {
        return Err(Failure::new(failure::USAGE, "nothing was signed", "say yes, or --yes, to sign it"));
    }
    let mut done = Vec::new();
    for step in &steps {
        let report = send_one(step, args, operator).await?;
        let (failed, sentence) = (report.code != 0, report.sentence.clone());
        let code = report.code;
        done.push(report.value);
        if json {
            note(&sentence);
        }
        if failed {
            let applied = done.len() - 1;
            if json {
                say(&format!("{:#}\n", json!(done)))?;
                return Ok(ExitCode::from(code));
            }
            let what = format!("{sentence}\nstopped after {applied} of {count}");
            return Err(Failure::new(
                code,
                what,
                "mend it, and run it again: those that have it are passed over",
            ));
        }
        if !json {
            say(&format!("{sentence}\n"))?;
        }
    }
    say(&if json { format!("{:#}\n", json!(done)) } else { format!("{count} of {count} have it in force\n") })
}

/// What each terminal would change. All that is wrong is told at once, and nothing is done then.
async fn plan(args: &Args, operator: &Operator) -> Result<Vec<Step>, Failure> {
    let text = fs::read_to_string(&args.file).map_err(|error| {
        let code =
            if error.kind() == std::io::ErrorKind::NotFound { failure::NO_INPUT } else { failure::DATA };
        Failure::of_io(&error, code, "cannot read", &args.file)
    })?;
    let wrong = |error: NotGroups| {
        let code = if matches!(error, NotGroups::Nobody(_)) { failure::USAGE } else { failure::DATA };
        Failure::new(code, format!("{}: {error}", args.file.display()), "")
    };
    let groups = Groups::read(&text).map_err(wrong)?;
    let (mut steps, mut failures) = (Vec::new(), Vec::new());
    for id in groups.select(&args.names).map_err(wrong)? {
        match step(operator, &id, groups.settings(&id)).await {
            Ok(step) => steps.extend(step),
            Err(failure) => failures.push(failure),
        }
    }
    let Some(code) = failures.first().map(|failure| failure.code) else { return Ok(steps) };
    let all: Vec<String> = failures.iter().map(ToString::to_string).collect();
    Err(Failure::new(code, all.join("\n"), "nothing was sent to any terminal"))
}

/// None where the terminal has it all in force.
async fn step(
    operator: &Operator,
    id: &TerminalId,
    settings: BTreeMap<String, Value>,
) -> Result<Option<Step>, Failure> {
    let case = Case::open(operator, id, BuildOn::SentOrNothing).await?;
    send::judge(&case, &settings)?;
    let changes = proposal::weigh(&case.schema, &case.reported, &case.base, &settings);
    let role = send::role(operator, &changes);
    let has_all = changes.is_empty() && settings == case.base.settings;
    if !has_all {
        operator.key(&case.keys, role)?;
    }
    if !has_all && operator.missing(role, 1) > 0 {
        let what = format!("{id} needs {} for this, and you are one", send::needs(operator, role));
        let hint = "change it with `qrtill fleet config set --out`, for both to sign";
        return Err(Failure::new(failure::USAGE, what, hint));
    }
    case.desk.close().await;
    Ok((!has_all).then(|| Step { id: id.clone(), settings, changes, role }))
}

/// Sends what was shown, unless the terminal is no longer as it was then.
async fn send_one(step: &Step, args: &Args, operator: &Operator) -> Result<Report, Failure> {
    let mut case = Case::open(operator, &step.id, BuildOn::SentOrNothing).await?;
    let changes = proposal::weigh(&case.schema, &case.reported, &case.base, &step.settings);
    if changes != step.changes {
        let what =
            format!("{} is no longer as it was when its changes were shown; nothing was sent to it", step.id);
        return Err(Failure::new(failure::NOT_NOW, what, "run it again"));
    }
    let key = operator.key(&case.keys, step.role)?;
    let signed = send::seal(operator, &case, &step.settings, key)?;
    let report = publish::publish(operator, &mut case, &signed, args.wait).await?;
    case.desk.close().await;
    Ok(report)
}

fn text(steps: &[Step]) -> String {
    let one = |step: &Step| format!("{}:\n{}", step.id, send::changes(&step.changes));
    steps.iter().map(one).collect::<Vec<_>>().join("\n")
}

fn tell_plan(steps: &[Step], json: bool) -> Result<ExitCode, Failure> {
    if json {
        let change = |weighed: &Weighed| {
            json!({ "path": weighed.change.path, "before": weighed.change.before, "after": weighed.change.after,
                "role": super::open::name(weighed.role) })
        };
        let step = |step: &Step| {
            json!({ "terminal": step.id, "settings": change::tree(&step.settings),
                "changes": step.changes.iter().map(change).collect::<Value>() })
        };
        return say(&format!("{:#}\n", steps.iter().map(step).collect::<Value>()));
    }
    if steps.is_empty() {
        return say("every terminal has what the file says in force; nothing was sent\n");
    }
    say(&format!("{}\nnothing was sent\n", text(steps)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_in_the_help_is_a_file() {
        let lines: Vec<&str> = EXAMPLES.lines().skip(1).take_while(|line| !line.is_empty()).collect();
        let groups = Groups::read(&lines.join("\n")).expect("a file of groups");
        let id: TerminalId = "counter-1".parse().expect("an id");
        assert_eq!(groups.settings(&id)["light.bright"], json!(90));
        assert_eq!(groups.select(&["window".to_owned()]).expect("one").len(), 1);
    }
}
