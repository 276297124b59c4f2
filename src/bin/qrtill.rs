//! One call into the commands.

use std::process::ExitCode;

fn main() -> ExitCode {
    qrtill::cli::run()
}
