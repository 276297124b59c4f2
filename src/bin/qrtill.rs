//! One call into the commands.

use std::process::ExitCode;

fn main() -> anyhow::Result<ExitCode> {
    qrtill::cli::run()
}
