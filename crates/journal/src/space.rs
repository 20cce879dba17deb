//! Room on the disk: intake stops at a low-water mark, so that commits and erasure never run out.

use std::io;
use std::path::Path;

/// Bytes that an ordinary process may still write on the file system of `dir`.
pub(crate) fn free_bytes(dir: &Path) -> io::Result<u64> {
    let stat = rustix::fs::statvfs(dir)?;
    Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
}
