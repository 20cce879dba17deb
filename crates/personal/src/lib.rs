//! What people say, turned into something useful to them.

pub mod intent;
