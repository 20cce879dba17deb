//! Where records of members lie: sealed bytes under names that say nothing.
//!
//! A record's name and key are derived from its member's key. So a copy of the database, or of a page of it, does not
//! tell whose a record is or which records are of one member, and once the key is destroyed neither name nor content
//! can be made again. Nothing relies on the database erasing what it deletes: SQLite may leave it in a page, PostgreSQL
//! keeps it in its heap and log.

mod copy;
mod database;
mod error;
mod postgres;
mod record;
mod sqlite;

pub use copy::{check_empty, put_back};
pub use database::{Vault, reach};
pub use error::DatabaseError;
pub use postgres::{Host, Server};

pub(crate) use database::{Change, Database, Sealed};
pub(crate) use record::{Field, Place, open, seal};
