//! `qrtill key set publish`: where there is a network, and no root key.

use std::path::PathBuf;
use std::process::ExitCode;

use super::read;
use super::say;
use crate::cli::failure;
use crate::cli::failure::Failure;
use crate::cli::fleet::Operator;
use crate::cli::fleet::of_not_taken;
use crate::cli::serve;
use crate::config::FLEET_FILE;
use crate::fleet::desk::Interest;
use crate::mqtt::document;
use crate::mqtt::document::KeySet;
use crate::mqtt::topics::Topic;

#[derive(Debug, clap::Args)]
pub struct Args {
    file: PathBuf,
    /// The operator's configuration file
    #[arg(long, value_name = "FILE", default_value = FLEET_FILE)]
    config: PathBuf,
}

pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    let operator = Operator::read(&args.config)?;
    let sealed = read(&args.file)?;
    serve::runtime(None)?.block_on(Box::pin(publish(args, &operator, sealed)))
}

async fn publish(args: &Args, operator: &Operator, sealed: Vec<u8>) -> Result<ExitCode, Failure> {
    let identity = &operator.fleet.identity;
    let file = args.file.display();
    let keys = identity.open_keys(&sealed).map_err(|refusal| {
        let what = format!("no terminal of this fleet would believe {file}: {refusal}");
        Failure::new(
            failure::DATA,
            what,
            "see `qrtill key set show`, and root_keys and mode of the fleet's file",
        )
    })?;
    let version = keys.set.version;
    let desk = operator.desk(Interest::Keys).await?;
    // What the root did not sign keeps nobody from putting the right one in its place.
    let kept = desk.picture.keys.as_ref().and_then(|kept| identity.open_keys(kept).ok());
    let same = desk.picture.keys.as_ref() == Some(&sealed);
    if let Some(kept) = kept.filter(|kept| kept.set.version >= version && !same) {
        let what = format!(
            "the broker keeps version {} of the set of keys, and {file} is version {version}: terminals never go back",
            kept.set.version
        );
        return Err(Failure::new(failure::DATA, what, "change the newest set, which is a version more"));
    }
    let text = String::from_utf8_lossy(&sealed).into_owned();
    desk.publish(&Topic::Keys, text).await.map_err(|error| of_not_taken(&error))?;
    desk.close().await;
    operator.note_keys(&sealed)?;
    let carried =
        document::peek::<KeySet>(&sealed).map(|carried| carried.content.holders().unwrap_or_default());
    let people = carried.map_or(0, |holders| holders.iter().filter(|(role, _)| role.is_some()).count());
    say(&format!(
        "the broker keeps version {version} of the set of keys for all terminals: {people} may sign\n"
    ))
}
