//! The `outis` binary: HTTP, dashboard, configuration, command line, wiring.

mod admin;
mod api;
mod backup;
mod cli;
mod client;
mod config;
mod control;
mod core;
mod demo;
mod disk;
mod listen;
mod my_data;
mod output;
mod people;
mod persons;
mod routes;
mod rows;
mod server;
mod snippet;
mod told;

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    cli::run().await
}
