//! Room on the disk.

use std::path::Path;

/// Mebibytes that may still be written on the file system of `dir`; `None` if that cannot be told.
pub(crate) fn free_mib(dir: &Path) -> Option<u64> {
    let stat = rustix::fs::statvfs(dir).ok()?;
    Some(stat.f_bavail.saturating_mul(stat.f_frsize) >> 20)
}
