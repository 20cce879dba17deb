//! How much memory a batch may take: what the configuration says, or a part of what there is.

use std::path::Path;

use outis_personal::tune::Limits;

/// The inverse of the most rows that are ever inverted takes this; more would not be used.
const MOST_MIB: u32 = 1_600;
/// Without a setting a batch takes this part of the memory.
const SHARE: u64 = 4;

/// Memory for one batch, and what it allows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allowance {
    pub(crate) mib: u32,
    pub(crate) limits: Limits,
}

impl Allowance {
    /// `wanted` of the configuration, else a quarter of the machine's memory, at most 1,600 MiB.
    ///
    /// # Errors
    /// When more is wanted than the machine, or the control group that the server runs in, has.
    pub(crate) fn new(wanted: Option<u32>, machine: Option<u64>) -> anyhow::Result<Allowance> {
        let there = machine.map(|bytes| bytes >> 20);
        let mib = match (wanted, there) {
            (Some(wanted), Some(there)) if u64::from(wanted) > there => {
                anyhow::bail!(
                    "learning_memory_mib is {wanted}, and there are {there} MiB of memory: set less, or leave it out to take a \
                     quarter of what there is"
                );
            }
            (Some(wanted), _) => wanted,
            (None, Some(there)) => u32::try_from(there / SHARE).unwrap_or(MOST_MIB).min(MOST_MIB),
            (None, None) => MOST_MIB,
        };
        Ok(Allowance { mib, limits: Limits::within(u64::from(mib) << 20) })
    }

    /// The same on this machine.
    ///
    /// # Errors
    /// As [`Allowance::new`].
    pub(crate) fn of_machine(wanted: Option<u32>) -> anyhow::Result<Allowance> {
        Allowance::new(wanted, memory_of(Path::new("/")))
    }
}

/// Bytes that the machine has, or that the control group (version 2) may use if that is less. `None`: the system does not say.
fn memory_of(root: &Path) -> Option<u64> {
    let read = |path: &str| std::fs::read_to_string(root.join(path)).ok();
    let machine = read("proc/meminfo").and_then(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
        line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
    });
    // `max` is no limit.
    let group = read("sys/fs/cgroup/memory.max").and_then(|text| text.trim().parse::<u64>().ok());
    machine.into_iter().chain(group).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_takes_what_is_said_or_a_quarter_and_never_more_than_there_is() {
        let mib =
            |wanted, machine: Option<u64>| Allowance::new(wanted, machine.map(|mib| mib << 20)).map(|a| a.mib).ok();
        assert_eq!(mib(None, Some(2_000)), Some(500));
        assert_eq!(mib(None, Some(64_000)), Some(1_600));
        assert_eq!(mib(None, None), Some(1_600));
        assert_eq!(mib(Some(300), Some(512)), Some(300));
        assert_eq!(mib(Some(600), Some(512)), None);
        assert_eq!(mib(Some(600), None), Some(600));
        let small = Allowance::new(Some(100), None).expect("good");
        assert!(small.limits.most_size < 6_000 && small.limits.most_size > 4_000);
    }

    #[test]
    fn a_control_group_has_less_than_the_machine() {
        let root = tempfile::tempdir().expect("a folder");
        assert_eq!(memory_of(root.path()), None);
        std::fs::create_dir_all(root.path().join("proc")).expect("made");
        std::fs::create_dir_all(root.path().join("sys/fs/cgroup")).expect("made");
        std::fs::write(root.path().join("proc/meminfo"), "MemTotal:       2048 kB\nMemFree: 1 kB\n").expect("written");
        assert_eq!(memory_of(root.path()), Some(2 << 20));
        let group = root.path().join("sys/fs/cgroup/memory.max");
        std::fs::write(&group, "max\n").expect("written");
        assert_eq!(memory_of(root.path()), Some(2 << 20));
        std::fs::write(&group, "1048576\n").expect("written");
        assert_eq!(memory_of(root.path()), Some(1 << 20));
    }
}
