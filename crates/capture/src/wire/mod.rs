//! The wire formats: bytes in, what was told out.

mod json;
pub(crate) mod native;
pub(crate) mod plausible;
mod properties;
mod report;
pub(crate) mod told;

pub(crate) use report::{Errors, Place, Report};
