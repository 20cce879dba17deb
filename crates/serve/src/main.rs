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
mod digest;
mod disk;
mod edge;
mod extract;
mod intents;
mod items;
mod listen;
mod my_data;
mod output;
mod people;
mod persons;
mod routes;
mod rows;
mod server;
mod snippet;
mod suggest;
mod told;

use std::alloc::System;
use std::process::ExitCode;

use zeroizing_alloc::ZeroAlloc;

/// Wipes memory when it is given back: what came in a request is in buffers of many crates, none of which wipes its own.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

#[tokio::main]
async fn main() -> ExitCode {
    cli::run().await
}
