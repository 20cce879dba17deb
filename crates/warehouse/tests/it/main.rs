//! The warehouse as its users see it.

mod links;
mod sealed;
