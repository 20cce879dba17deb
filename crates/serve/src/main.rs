//! The `outis` binary.
fn main() {}
