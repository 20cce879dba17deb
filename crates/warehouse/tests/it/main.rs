//! The warehouse as its users see it.

mod sealed;
