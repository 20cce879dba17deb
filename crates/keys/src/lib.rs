//! The forward-secure key tree and its effaceable slot.
