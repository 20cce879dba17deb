//! Backups that can bring nobody back, and putting them back.
//!
//! A folder of backups holds files of the warehouse as they are, sealed under keys of their own; everything else sealed by
//! the backup; a copy of the key tree; never the slot. So whatever was destroyed in the tree since a backup was made is
//! destroyed in the backup too. `docs/operating.md` says how backups are used, `docs/decisions/0011` why the tree is what
//! must be kept current.

mod check;
mod copy;
mod folder;
mod make;
mod manifest;
mod order;
mod pack;
mod restore;
mod told;

#[cfg(test)]
pub(crate) use make::make;
pub(crate) use order::{Answer, Order, Proof, Task, answer, answer_without};
pub(crate) use restore::{Restore, UNFINISHED, restore};
pub(crate) use told::{Checked, Listed, Made, Restored};
