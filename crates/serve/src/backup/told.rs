//! What is told of backups: sizes and counts, nothing of what is in them.

use serde::{Deserialize, Serialize};

/// A backup that was made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Made {
    /// What it is called.
    pub(crate) id: String,
    /// Files of the warehouse in it.
    pub(crate) files: usize,
    /// Those of them that were not in the folder before.
    pub(crate) new_files: usize,
    /// Bytes that were written for it.
    pub(crate) new_bytes: u64,
    /// Why it may not open when it is needed.
    pub(crate) doubts: Vec<String>,
}

/// A backup in a folder.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Listed {
    pub(crate) id: String,
    /// When it was made, in seconds since 1970; null if it does not open.
    pub(crate) made_s: Option<i64>,
    /// The program that made it.
    pub(crate) version: Option<String>,
    /// Files of the warehouse in it.
    pub(crate) files: usize,
    /// Bytes that the backup sealed: databases and small files.
    pub(crate) bytes: u64,
}

/// What a look at every byte found.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Checked {
    pub(crate) backups: Vec<CheckedBackup>,
    /// Why none of them may open when it is needed.
    pub(crate) doubts: Vec<String>,
}

/// A backup of which every byte was opened.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct CheckedBackup {
    pub(crate) id: String,
    pub(crate) made_s: Option<i64>,
    /// Files that open.
    pub(crate) open: usize,
    /// Files of which the key was destroyed since, because they were replaced or their time was over.
    pub(crate) replaced: usize,
    /// Files and pieces that are missing or do not open, although their key is there.
    pub(crate) damaged: usize,
}

/// What was removed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Pruned {
    pub(crate) removed: Vec<String>,
    pub(crate) kept: Vec<String>,
}

/// What was put back, and what could not be.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Restored {
    pub(crate) id: String,
    pub(crate) made_s: i64,
    /// Files of the warehouse that were put back.
    pub(crate) files: usize,
    /// Members of whom something was put back, in steps of ten.
    pub(crate) members: usize,
    /// What is not there any more, in sentences.
    pub(crate) remarks: Vec<String>,
    /// What should be there and is not: the backup is damaged.
    pub(crate) damaged: usize,
}
