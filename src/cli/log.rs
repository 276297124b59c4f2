//! Where log lines go: standard error, from `info` on, or as `QRTILL_LOG` says.

use std::io;
use std::sync::OnceLock;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::writer::MakeWriterExt as _;

use super::failure;
use super::failure::Failure;
use crate::host::lines::Lines;

const VARIABLE: &str = "QRTILL_LOG";
/// The sandbox's broker would tell of every connection.
const DEFAULT: &str = "info,mqtt5=warn";

/// Starts logging for the rest of this process.
pub fn start(json: bool) -> Result<(), Failure> {
    let lines = std::env::var(VARIABLE).unwrap_or_default();
    let builder = tracing_subscriber::fmt().with_env_filter(filter(&lines)?);
    let builder = builder.with_writer(io::stderr.and(self::lines));
    // A second start in one process, as in tests, keeps the first one's lines.
    let _kept = if json { builder.json().try_init() } else { builder.compact().try_init() };
    Ok(())
}

/// The last lines of this process.
pub fn lines() -> Lines {
    static LINES: OnceLock<Lines> = OnceLock::new();
    LINES.get_or_init(Lines::default).clone()
}

fn filter(lines: &str) -> Result<EnvFilter, Failure> {
    let lines = if lines.trim().is_empty() { DEFAULT } else { lines };
    EnvFilter::try_new(lines).map_err(|error| {
        let hint = "write a level such as debug, or qrtill::mqtt=trace,info";
        Failure::new(failure::CONFIG, format!("{VARIABLE}: `{lines}` is not a filter: {error}"), hint)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_a_level_or_levels_by_part() {
        for good in ["", " ", "debug", "qrtill::mqtt=trace,info"] {
            assert!(filter(good).is_ok(), "{good}");
        }
        let wrong = filter("qrtill=loud").expect_err("refused");
        assert_eq!(wrong.code, failure::CONFIG);
        assert!(wrong.to_string().contains("QRTILL_LOG"));
    }
}
