//! The program `scriptscope`.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(scriptscope_cli::main(wild::args_os().collect::<Vec<_>>()))
}
