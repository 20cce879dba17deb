//! Keeps the process's memory out of core files and away from debuggers.

use std::fmt;

use outis_disclose::LogSafe;
use rustix::process::{DumpableBehavior, Resource, Rlimit};

/// A way in which memory can still leave the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exposure {
    /// Other processes of the same user may read the memory.
    Dumpable,
    /// A crash may write the memory to a core file.
    CoreFile,
}

impl fmt::Display for Exposure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Exposure::Dumpable => "memory can be read by processes of the same user",
            Exposure::CoreFile => "a crash may write memory to a core file",
        })
    }
}

impl LogSafe for Exposure {
    fn write(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        write!(out, "{self}")
    }
}

/// Makes the process not dumpable and forbids core files; returns what could not be done. Root, and whoever can change
/// the binary, can read the memory all the same.
#[must_use]
pub fn harden_process() -> Vec<Exposure> {
    let mut left = Vec::new();
    if rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable).is_err() {
        left.push(Exposure::Dumpable);
    }
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    if rustix::process::setrlimit(Resource::Core, none).is_err() {
        left.push(Exposure::CoreFile);
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_process_leaves_no_core_file() {
        assert_eq!(harden_process(), []);
        assert_eq!(rustix::process::getrlimit(Resource::Core).maximum, Some(0));
        assert_eq!(rustix::process::dumpable_behavior().expect("prctl"), DumpableBehavior::NotDumpable);
    }
}
