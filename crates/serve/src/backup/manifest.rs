//! What a backup is made of.

use serde::{Deserialize, Serialize};

/// The form of the manifest, of the folder and of what is in it.
pub(super) const FORMAT: u32 = 1;
/// The log of receipts, all its files in one.
pub(super) const RECEIPTS: &str = "receipts";
/// The database of members: a file of SQLite, whichever kind it is of.
pub(super) const PEOPLE: &str = "people/people.db";

/// The list of everything in a backup. It is sealed, and written last: without it there is no backup.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    pub(super) format: u32,
    /// When it was made, in milliseconds since 1970.
    pub(super) made_ms: i64,
    /// The program that made it.
    pub(super) version: String,
    /// What the backup sealed.
    pub(super) pieces: Vec<Piece>,
    /// Files of the warehouse, by their path there, which is the one in the folder's `files` too.
    pub(super) files: Vec<String>,
}

impl Manifest {
    /// When it was made, in seconds since 1970.
    pub(super) fn made_s(&self) -> i64 {
        self.made_ms.div_euclid(1000)
    }
}

/// A file that the backup sealed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Piece {
    /// Its path in the data folder.
    pub(super) path: String,
    /// Its name in the folder's `sealed`.
    pub(super) name: String,
    /// Its length in clear.
    pub(super) bytes: u64,
}
