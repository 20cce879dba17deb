//! Wipes what a piece of work left on the stack.

use std::hint::black_box;

/// As deep as the work's own frames may go to be wiped whole. Code that is not optimised needs several times as much.
const BYTES: usize = if cfg!(debug_assertions) { 64 * 1024 } else { 16 * 1024 };

/// Does the work, then overwrites the stack below the caller, where the work's own frames were. They hold addresses, and the
/// last bytes of what was hashed, until something else needs as much stack.
///
/// Not promised: frames deeper than 16 KiB, registers, and what the compiler puts into the caller's frame.
pub fn leaving_no_trace<T>(work: impl FnOnce() -> T) -> T {
    let done = apart(work);
    overwrite();
    done
}

/// Keeps the work's frames out of the caller's.
#[inline(never)]
fn apart<T>(work: impl FnOnce() -> T) -> T {
    work()
}

#[inline(never)]
fn overwrite() {
    black_box(&mut [0_u8; BYTES]);
}
