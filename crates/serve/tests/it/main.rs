//! The real binary on a real disk: what is acknowledged is there, what is personal is not.

mod backup;
mod canary;
mod evidence;
mod flow;
mod full;
mod http;
mod intents;
mod items;
mod keys;
mod kill;
mod members;
mod mounted;
mod nobody;
mod postgres;
#[path = "../../../../tests/postgres/server.rs"]
mod postgres_server;
mod purge;
mod questions;
mod server;
mod team;
