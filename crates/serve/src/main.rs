//! The `outis` binary: what can be configured and registered so far.

mod cli;
mod config;
mod control;
mod listen;
mod output;

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    cli::run().await
}
