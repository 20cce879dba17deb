//! Certificate files of the operator's: reading them, and seeing that they changed.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use zeroize::Zeroizing;

use super::TlsError;

/// What tells a changed pair of files from the one that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp([Option<Version>; 2]);

/// Time and length of a file, and which file it is: one that took another's place may be as old and as long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Version {
    modified: (i64, i64),
    bytes: u64,
    inode: u64,
}

impl Stamp {
    pub(super) fn of(certificate: &Path, key: &Path) -> Stamp {
        Stamp([certificate, key].map(|path| {
            // Follows links: renewal tools often point a link to the new file.
            let file = std::fs::metadata(path).ok()?;
            Some(Version { modified: (file.mtime(), file.mtime_nsec()), bytes: file.len(), inode: file.ino() })
        }))
    }
}

/// Reads a chain and its key and checks that they belong together.
///
/// # Errors
/// If a file is missing or broken, or the key is not the certificate's.
pub(super) fn read(certificate: &Path, key: &Path) -> Result<CertifiedKey, TlsError> {
    let chain = std::fs::read(certificate).map_err(TlsError::CertificateFile)?;
    let key = Zeroizing::new(std::fs::read(key).map_err(TlsError::KeyFile)?);
    let chain = CertificateDer::pem_slice_iter(&chain).collect::<Result<Vec<_>, _>>();
    let chain = chain.ok().filter(|chain| !chain.is_empty()).ok_or(TlsError::NoCertificate)?;
    let key = PrivateKeyDer::from_pem_slice(&key).map_err(|_| TlsError::NoKey)?;
    CertifiedKey::from_der(chain, key, &default_provider()).map_err(TlsError::Unusable)
}
