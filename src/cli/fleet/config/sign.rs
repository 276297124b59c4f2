//! `qrtill fleet config sign`: a document that somebody else has begun gets one more signature, and is sent when it has
//! enough of them.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use super::How;
use super::case::BuildOn;
use super::case::Case;
use super::publish;
use super::publish::Signed;
use super::send;
use crate::cli::failure;
use crate::cli::failure::Failure;
use crate::cli::fleet::Operator;
use crate::cli::fleet::say;
use crate::cli::fleet::shown;
use crate::core::reference::TerminalId;
use crate::fleet::change::leaves;
use crate::fleet::proposal;
use crate::host::file;
use crate::mqtt::document;
use crate::mqtt::document::Desired;
use crate::mqtt::document::Kind;
use crate::mqtt::document::Opened;
use crate::mqtt::document::Refusal;
use crate::mqtt::key::Role;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// What `--out` has written
    file: PathBuf,
    #[command(flatten)]
    how: How,
}

pub async fn run(args: &Args, json: bool, operator: &Operator) -> Result<ExitCode, Failure> {
    let bytes = fs::read(&args.file).map_err(|error| {
        let code =
            if error.kind() == std::io::ErrorKind::NotFound { failure::NO_INPUT } else { failure::DATA };
        Failure::of_io(&error, code, "cannot read", &args.file)
    })?;
    let bytes = bytes.trim_ascii_end();
    let id = audience(operator, args, bytes)?;
    let (desk, case) = Case::open(operator, &id, BuildOn::SentOrNothing).await?;
    let identity = &operator.fleet.identity;
    let aud = identity.topics.audience(&id);
    let opened =
        case.keys.open_half_signed(bytes, &aud, identity.mode).map_err(|refusal| refused(args, refusal))?;
    still_new(&case, args, &opened)?;
    let settings = leaves(&opened.content.settings);
    send::judge(&case, &settings)?;
    let changes = proposal::weigh(&case.schema, &case.reported, &case.base, &settings);
    send::tell(&changes, &args.how, json);
    if opened.role == Role::Operations && changes.iter().any(|weighed| weighed.role == Role::Money) {
        let what =
            format!("{} was signed for operations, and money depends on what it changes", shown(&args.file));
        return Err(Failure::new(failure::DATA, what, "make it anew, with a key of the money role"));
    }
    if args.how.dry_run {
        let who: Vec<_> = opened.signers.iter().map(|key| case.keys.name_of(key.as_str())).collect();
        return say(&format!("nothing was signed; it has the signature of {}\n", who.join(" and ")));
    }
    let (text, signed) = if operator.missing(opened.role, opened.signers.len()) == 0 {
        (String::from_utf8_lossy(bytes).into_owned(), opened.signers.len())
    } else {
        send::confirm(opened.role, &settings, &args.how)?;
        (add(operator, &case, args, bytes, opened.role)?, opened.signers.len() + 1)
    };
    let missing = operator.missing(opened.role, signed);
    if missing > 0 || args.how.out.is_some() {
        let out = args.how.out.as_ref().unwrap_or(&args.file);
        file::replace(out, format!("{text}\n").as_bytes())
            .map_err(|error| Failure::of_io(&error, failure::CANNOT_CREATE, "cannot write", out))?;
        return say(&format!("{} has {signed} signatures, and needs {missing} more\n", shown(out)));
    }
    let signed = Signed { text, txn: opened.id, version: opened.content.version };
    publish::publish(operator, (desk, case), &signed, args.how.wait).await?.tell(json)
}

/// For whom the document says that it is; nothing is believed yet.
fn audience(operator: &Operator, args: &Args, bytes: &[u8]) -> Result<TerminalId, Failure> {
    let carried = document::peek::<Desired>(bytes).map_err(|refusal| refused(args, refusal))?;
    let root = operator.fleet.identity.topics.root();
    let id = carried.aud.strip_prefix(root).and_then(|rest| rest.strip_prefix('/')?.parse().ok());
    id.ok_or_else(|| refused(args, Refusal::WrongAudience))
}

fn refused(args: &Args, refusal: Refusal) -> Failure {
    Failure::new(failure::DATA, format!("{} is not to be signed: {refusal}", shown(&args.file)), "")
}

/// A document that lay about while others were sent would be refused, or undo them.
fn still_new(case: &Case, args: &Args, opened: &Opened<Desired>) -> Result<(), Failure> {
    let (version, next) = (opened.content.version, case.next_version()?);
    if version >= next {
        return Ok(());
    }
    let what = format!(
        "{} is version {version}, and {} has had version {} since",
        shown(&args.file),
        case.id,
        next.saturating_sub(1)
    );
    Err(Failure::new(failure::NOT_NOW, what, "make it anew, on what is in force now"))
}

fn add(operator: &Operator, case: &Case, args: &Args, bytes: &[u8], role: Role) -> Result<String, Failure> {
    let key = operator.key(&case.keys, role)?;
    document::add_signature(Kind::Config, bytes, key).map_err(|refusal| {
        if refusal == Refusal::Signatures {
            let what = format!("{} has your signature already", shown(&args.file));
            return Failure::new(failure::USAGE, what, "the next one is somebody else's");
        }
        refused(args, refusal)
    })
}
