//! `qrtill fleet command`, `screenshot`, `logs`: has a terminal do something now, and says what came of it.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use serde_json::json;
use tokio::time::Instant;

use super::open::Operator;
use super::open::of_not_taken;
use super::say;
use super::shown;
use crate::cli::failure;
use crate::cli::failure::Failure;
use crate::core::reference::TerminalId;
use crate::fleet::desk::Desk;
use crate::fleet::desk::Interest;
use crate::host;
use crate::mqtt::document;
use crate::mqtt::document::Command;
use crate::mqtt::document::Kind;
use crate::mqtt::document::Ordered;
use crate::mqtt::key::Role;
use crate::mqtt::key::SecretKey;
use crate::mqtt::topics::Leaf;
use crate::mqtt::topics::Topic;

/// A terminal that is there answers within a second.
pub const WAIT: Duration = Duration::from_secs(10);

/// Have a terminal do something now
///
/// It is signed with the key of the operations role, and good for this one time: a terminal that is off does nothing
/// when it comes back.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(value_name = "ID")]
    terminal: TerminalId,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Beep, and show its name for 20 seconds
    Identify,
    /// Show words while nothing is sold, until a key is pressed
    Message {
        /// At most 200 characters
        text: String,
        /// For so many seconds at most
        #[arg(long = "for", value_name = "SECONDS", default_value_t = 3600)]
        seconds: u32,
    },
    /// End the program, which its supervisor starts again; only while nothing is sold
    Restart,
    /// Start anew with the terminal's own file as it is now, if nothing is wrong in it; only while nothing is sold
    Reread,
    /// Take no payments until told to resume; a sale that was begun goes on to its end
    Pause,
    /// Take payments again
    Resume,
    /// Tell how terminal and machine are
    Diagnose,
}

/// Save what is on a terminal's panels as PNG
#[derive(Debug, clap::Args)]
pub struct Screenshot {
    #[arg(value_name = "ID")]
    terminal: TerminalId,
    /// Where to; a cashier's panel goes beside it, with `-cashier` in its name
    #[arg(short, long, value_name = "FILE")]
    out: PathBuf,
}

/// Show the last lines of a terminal's log
#[derive(Debug, clap::Args)]
pub struct Logs {
    #[arg(value_name = "ID")]
    terminal: TerminalId,
    /// So many at most, 1 to 200
    #[arg(short = 'n', long, default_value_t = 50)]
    lines: u16,
}

pub async fn run(args: Args, as_json: bool, operator: &Operator) -> Result<ExitCode, Failure> {
    let command = match args.what {
        What::Identify => Command::Identify {},
        What::Message { text, seconds } => Command::Message { text, for_s: seconds },
        What::Restart => Command::Restart {},
        What::Reread => Command::Reread {},
        What::Pause => Command::Pause {},
        What::Resume => Command::Resume {},
        What::Diagnose => Command::Diagnose {},
    };
    let name = command.name();
    let told = order(operator, &args.terminal, command).await?;
    let data = &told.done()["data"];
    if as_json {
        say(&format!("{:#}\n", json!({ "terminal": args.terminal, "command": name, "data": data })))
    } else if data.is_null() {
        say(&format!("{}: {name} done\n", args.terminal))
    } else {
        say(&format!("{data:#}\n"))
    }
}

pub async fn logs(args: &Logs, as_json: bool, operator: &Operator) -> Result<ExitCode, Failure> {
    let told = order(operator, &args.terminal, Command::Logs { lines: args.lines }).await?;
    let data = &told.done()["data"];
    if as_json {
        return say(&format!("{data:#}\n"));
    }
    let lines = data.as_array().into_iter().flatten().filter_map(Value::as_str);
    say(&lines.map(|line| format!("{line}\n")).collect::<String>())
}

pub async fn screenshot(args: &Screenshot, as_json: bool, operator: &Operator) -> Result<ExitCode, Failure> {
    let told = order(operator, &args.terminal, Command::Screenshot {}).await?;
    let mut files = Vec::new();
    for side in ["customer", "cashier"] {
        let Some(count) = told.done()["data"]["parts"][side].as_u64() else { continue };
        let png = told.picture(side, count).ok_or_else(|| {
            let what = format!("the picture of the {side}'s panel did not come whole");
            Failure::new(failure::NOT_NOW, what, "try again")
        })?;
        let file = if side == "customer" { args.out.clone() } else { beside(&args.out) };
        std::fs::write(&file, png)
            .map_err(|error| Failure::of_io(&error, failure::CANNOT_CREATE, "cannot write", &file))?;
        files.push(shown(&file));
    }
    if as_json { say(&format!("{:#}\n", json!(files))) } else { say(&format!("{}\n", files.join("\n"))) }
}

fn beside(file: &std::path::Path) -> PathBuf {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let name = match file.extension() {
        Some(extension) => format!("{stem}-cashier.{}", extension.to_string_lossy()),
        None => format!("{stem}-cashier"),
    };
    file.with_file_name(name)
}

/// All that came for one command.
struct Answers(Vec<Value>);

impl Answers {
    fn done(&self) -> &Value {
        self.0.last().unwrap_or(&Value::Null)
    }

    fn picture(&self, side: &str, count: u64) -> Option<Vec<u8>> {
        let part = |number: u64| {
            let is_it = |answer: &&Value| answer["side"] == side && answer["part"] == number;
            let png = self.0.iter().find(is_it)?["png"].as_str()?;
            STANDARD.decode(png).ok()
        };
        (0..count).map(part).collect::<Option<Vec<_>>>().map(|parts| parts.concat())
    }
}

/// Asks for the terminal's own word, and has it done with it.
async fn order(operator: &Operator, id: &TerminalId, command: Command) -> Result<Answers, Failure> {
    if let Some(fault) = command.fault() {
        return Err(Failure::new(failure::USAGE, fault, ""));
    }
    let mut desk = operator.desk(Interest::Commands(id.clone())).await?;
    let keys = operator.keys(&desk)?;
    let key = operator.key(&keys, Role::Operations)?;
    if !desk.picture.of(id).is_online() {
        let what = format!("{id} is not online; a command is for now, and none was sent");
        return Err(Failure::new(failure::NOT_NOW, what, ""));
    }
    let mut challenge = None;
    // Once for the word, and once with it; another time where it ran out on the way.
    for _ in 0..3 {
        let ordered = Ordered { challenge: challenge.take(), command: command.clone() };
        let answers = send(operator, &mut desk, (id, key), &ordered).await?;
        let last = answers.done();
        match last["outcome"].as_str() {
            Some("done") => return Ok(answers),
            Some("challenge") => challenge = last["challenge"].as_str().map(str::to_owned),
            _ => {
                let why = last["why"].as_str().unwrap_or("it does not say why");
                return Err(Failure::new(failure::DATA, format!("{id} refuses: {why}"), ""));
            }
        }
    }
    Err(Failure::new(failure::NOT_NOW, format!("{id} asks for its word again and again"), "try again"))
}

/// A signed command: its id, and what is published where.
pub fn seal(
    operator: &Operator,
    (id, key): (&TerminalId, &SecretKey),
    ordered: &Ordered,
) -> (String, Topic, String) {
    let identity = &operator.fleet.identity;
    let txn = host::random_name();
    let payload = document::payload(&identity.topics.audience(id), identity.mode, &txn, ordered);
    let topic = Topic::Terminal(id.clone(), Leaf::Command(ordered.command.topic()));
    (txn, topic, document::seal(Kind::Command, &payload, key))
}

/// All answers up to the last one.
async fn send(
    operator: &Operator,
    desk: &mut Desk,
    (id, key): (&TerminalId, &SecretKey),
    ordered: &Ordered,
) -> Result<Answers, Failure> {
    let (txn, topic, sealed) = seal(operator, (id, key), ordered);
    desk.publish(&topic, sealed).await.map_err(|error| of_not_taken(&error))?;
    let end = Instant::now() + WAIT;
    loop {
        let told = desk.picture.of(id).told;
        let of_txn = told.into_iter().filter(|told| told.txn.as_deref() == Some(&txn)).map(|told| told.body);
        let answers = Answers(of_txn.collect());
        if answers.0.last().is_some_and(|last| last["outcome"] != "part") {
            return Ok(answers);
        }
        if desk.next_before(end).await.is_none() {
            let what = format!("{id} has not answered in {} s", WAIT.as_secs());
            let hint = "it may have been away, or it does not believe your key: see `refused` in its health";
            return Err(Failure::new(failure::NOT_NOW, what, hint));
        }
    }
}
