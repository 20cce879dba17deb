//! The forward-secure key tree and its effaceable slot.
//!
//! Everything that is kept sealed hangs on this tree: to forget, the leaf goes, its path is wrapped again and the old
//! root is destroyed, so that every older copy of the tree, and every backup of anything under it, is dead.

mod disk;
mod harden;
mod key;
mod memory;
mod seal;
mod slot;
mod tree;
mod vault;

pub use harden::{Exposure, harden_process};
pub use key::{DataKey, KeyError, KeyName, Keys, Purpose, Retired, SlotFault};
pub use memory::MemoryKeys;
pub use seal::{SealError, open_record, seal_record};
pub use slot::{FileSlot, Pkcs11Options, Pkcs11Slot, Provider, Root, Slot, SlotAbout, SlotDoubt};
#[cfg(feature = "kms")]
pub use slot::{KmsOptions, KmsSlot, KmsWrappedSlot};
#[cfg(any(test, feature = "attack"))]
pub use tree::attack;
pub use tree::{Mirrored, Now, PurposeState, TreeKeys, TreeOptions, TreeState};
