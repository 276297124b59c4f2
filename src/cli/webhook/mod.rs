//! `qrtill webhook verify`: judges one webhook by hand, to find out why a relay refuses it. It needs the
//! endpoint's secret and what was sent, and no account. `listen` does the same to what arrives.

mod listen;

use std::fmt;
use std::io;
use std::io::Read;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::cli::failure;
use crate::cli::failure::Failure;
use crate::config::private;
use crate::core::secret::Secret;
use crate::host;
use crate::port::provider::News;
use crate::port::provider::RawWebhook;
use crate::provider;
use crate::provider::Entry;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Check the signature of a webhook whose body comes on standard input
    ///
    /// Exits with 0 and one line about the event if the webhook is genuine, and with 1 and the reason if not.
    Verify(Verify),
    /// Take webhooks in and print what arrives, verified and explained; answers as a relay would
    Listen(listen::Args),
}

#[derive(Debug, clap::Args)]
struct Verify {
    /// The payment-link system that sent it, such as stripe
    #[arg(long, value_name = "NAME")]
    provider: String,
    /// File with the endpoint's secret; one per line while a secret is being replaced
    #[arg(long, value_name = "FILE")]
    secret_file: PathBuf,
    /// The receiver's clock in seconds since 1970, if not this machine's
    #[arg(long, value_name = "UNIX", allow_negative_numbers = true)]
    now: Option<i64>,
    /// A header as it was received; repeat for each
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = parse_header)]
    headers: Vec<Header>,
}

/// Runs the command.
pub fn run(args: Args) -> Result<ExitCode, Failure> {
    match args.command {
        Command::Verify(args) => verify(args),
        Command::Listen(args) => listen::run(&args),
    }
}

fn verify(verify: Verify) -> Result<ExitCode, Failure> {
    let failed = |what| move |error| Failure::new(failure::IO, format!("{what}: {error}"), "");
    let now_unix_s = verify.now.unwrap_or_else(|| host::unix_ms() / 1000);
    let mut body = Vec::new();
    io::stdin().lock().read_to_end(&mut body).map_err(failed("cannot read the body from standard input"))?;
    let (good, line) = judge(verify, body, now_unix_s)?;
    writeln!(io::stdout().lock(), "{line}").map_err(failed("cannot print"))?;
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The system of that name, or the nearest there is.
pub fn find(name: &str) -> Result<&'static Entry, Failure> {
    let no = |hint| Failure::new(failure::USAGE, format!("`{name}` is no payment-link system"), hint);
    match (provider::find(name), provider::nearest(name)) {
        (Some(entry), _) => Ok(entry),
        (None, Some(near)) => Err(no(format!("did you mean `{near}`?"))),
        (None, None) => Err(no(format!("there are: {}", known()))),
    }
}

fn judge(verify: Verify, body: Vec<u8>, now_unix_s: i64) -> Result<(bool, String), Failure> {
    let entry = find(&verify.provider)?;
    let secrets = read_secrets(&verify.secret_file)?;
    let headers = verify.headers.into_iter().map(|header| (header.name, header.value)).collect();
    let hook = RawWebhook { headers, body };
    Ok(match (entry.verify)(&hook, &secrets, now_unix_s) {
        Ok(news) => (true, Line(&news).to_string()),
        Err(refusal) => (false, format!("refused: {refusal}").replace(['\n', '\r'], " ")),
    })
}

fn known() -> String {
    let names: Vec<_> = provider::PROVIDERS.iter().map(|entry| entry.name).collect();
    names.join(", ")
}

fn read_secrets(path: &Path) -> Result<Vec<Secret>, Failure> {
    let text = private::read(path).map_err(|error| Failure::of_private(&error))?;
    let lines = text.reveal().lines().filter(|line| !line.is_empty());
    let secrets: Vec<_> = lines.map(Secret::new).collect();
    if secrets.is_empty() {
        let what = format!("{} holds no secret", path.display());
        return Err(Failure::new(failure::DATA, what, "write one per line"));
    }
    Ok(secrets)
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Header {
    name: String,
    value: Vec<u8>,
}

/// Spaces around the value belong to the line, not to the value.
fn parse_header(line: &str) -> Result<Header, String> {
    match line.split_once(':') {
        Some((name, value)) if !name.is_empty() && !name.contains(' ') => {
            Ok(Header { name: name.to_owned(), value: value.trim().as_bytes().to_vec() })
        }
        Some(_) | None => Err("write -H 'Name: value'".to_owned()),
    }
}

/// What a genuine webhook tells, on one line.
struct Line<'a>(&'a News);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let news = self.0;
        write!(f, "{} {}", one_word(&news.raw_kind), one_word(&news.event))?;
        if let Some(payment) = &news.payment {
            let reference = payment.reference.as_deref().map_or("-".to_owned(), one_word);
            write!(f, " {:?} {} {reference}", payment.status, payment.amount)?;
        }
        if let Some(refund) = &news.refund {
            write!(f, " refund {} {:?} {}", one_word(&refund.id), refund.status, refund.amount)?;
        }
        Ok(())
    }
}

/// What came from outside may hold line ends or control characters; the line may not.
fn one_word(text: &str) -> String {
    // Quotes are harmless, and people read this.
    text.chars()
        .map(|c| if "'\"".contains(c) { c.to_string() } else { c.escape_debug().to_string() })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    const VECTORS: &str = include_str!("../../../tests/fixtures/stripe/vectors.json");

    fn vector() -> (String, String, String) {
        let vectors: Value = serde_json::from_str(VECTORS).expect("JSON");
        let text = |key: &str| vectors["cases"][0][key].as_str().expect("text").to_owned();
        (text("secret"), text("header"), text("body_utf8"))
    }

    fn verify(provider: &str, secrets: &str, header: &str) -> (tempfile::NamedTempFile, Verify) {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(secrets.as_bytes()).expect("written");
        let line = format!("stripe-signature:  {header} ");
        let headers = vec![parse_header(&line).expect("a header")];
        let secret_file = file.path().to_owned();
        (file, Verify { provider: provider.to_owned(), secret_file, now: None, headers })
    }

    #[test]
    fn a_genuine_webhook_is_told_on_one_line() {
        let (secret, header, body) = vector();
        for secrets in [secret.clone(), format!("{secret}\n"), format!("whsec_older\r\n{secret}\r\n\n")] {
            let (_file, args) = verify("stripe", &secrets, &header);
            let said = judge(args, body.clone().into(), 1_760_000_000).expect("a verdict");
            let line = "checkout.session.completed evt_1TestA Succeeded 12.50 EUR sale-000123";
            assert_eq!(said, (true, line.to_owned()));
        }
    }

    #[test]
    fn a_refusal_says_why_on_one_line() {
        let (secret, header, body) = vector();
        for (body, now, why) in [
            (format!("{body}\n"), 1_760_000_000, "no signature matches"),
            (body, 1_760_000_301, "signed 301 s ago"),
        ] {
            let (_file, args) = verify("stripe", &secret, &header);
            let (good, line) = judge(args, body.into(), now).expect("a verdict");
            assert!(!good && line.contains(why) && !line.contains('\n'), "{line}");
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let (secret, header, _) = vector();
        let said = |args| judge(args, Vec::new(), 0).expect_err("an error").to_string();
        let (_file, args) = verify("stirpe", &secret, &header);
        assert_eq!(said(args), "`stirpe` is no payment-link system; did you mean `stripe`?");
        let (_file, args) = verify("stripe", "\n", &header);
        assert!(said(args).contains("holds no secret"));
        let (file, args) = verify("stripe", &secret, &header);
        file.close().expect("removed");
        assert!(said(args).contains("does not exist"));
    }

    #[test]
    fn the_arguments_are_as_documented() {
        let command = <Args as clap::Args>::augment_args(clap::Command::new("webhook"));
        command.clone().debug_assert();
        let said = |tail: &str| {
            let line = format!("webhook verify --provider stripe --secret-file f {tail}");
            command.clone().try_get_matches_from(line.split(' ').filter(|word| !word.is_empty())).is_ok()
        };
        assert!(said(""));
        assert!(said("--now 1760000000 -H A:b --header C:d"));
        assert!(!said("-H A"));
        assert!(!said("--now soon"));
    }

    #[test]
    fn a_header_is_a_name_a_colon_and_a_value() {
        let header = |name: &str, value: &str| Ok(Header { name: name.into(), value: value.into() });
        assert_eq!(parse_header("A: b: c"), header("A", "b: c"));
        assert_eq!(parse_header("A:"), header("A", ""));
        for bad in ["A", ": b", "A b: c"] {
            assert!(parse_header(bad).is_err(), "{bad}");
        }
    }
}
