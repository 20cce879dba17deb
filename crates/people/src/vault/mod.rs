//! Where records of members lie: sealed bytes under names that say nothing.
//!
//! A record's name and key are derived from its member's key. So a copy of the database, or of a page of it, does not
//! tell whose a record is or which records are of one member, and once the key is destroyed neither name nor content
//! can be made again. Nothing relies on the database erasing what it deletes.

mod database;
mod record;

pub(crate) use database::{Change, Database, Sealed};
pub(crate) use record::{Field, Place, open, seal};
