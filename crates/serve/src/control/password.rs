//! Passwords: their bounds, and their hashes.

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Argon2, PasswordHash};

use super::StaffError;

/// Least characters of a password.
const PASSWORD_CHARACTERS: usize = 12;
/// Most bytes of a password: hashing is not to be a lever for load.
const PASSWORD_BYTES: usize = 256;

/// Within bounds.
pub(super) fn check_password(password: &str) -> Result<(), StaffError> {
    let good = password.chars().count() >= PASSWORD_CHARACTERS && password.len() <= PASSWORD_BYTES;
    if good { Ok(()) } else { Err(StaffError::Password) }
}

/// The hash of a password nobody has, so that an unknown address takes as long as a wrong password.
pub(super) const DUMMY_HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$VNnuuQ5SDU6ZYyYYcmUqv0VEcNjBjeZQ0nXDIR8fJnU";

/// Argon2id with the crate's defaults (19 MiB, 2 passes), off the event loop.
pub(super) async fn hash_password(password: String) -> anyhow::Result<String> {
    check_password(&password)?;
    let hash = tokio::task::spawn_blocking(move || {
        Argon2::default().hash_password(password.as_bytes()).map(|h| h.to_string())
    });
    hash.await?.map_err(|_| anyhow::anyhow!("the password could not be hashed"))
}

/// True if it is the password; takes the same time if it is not.
pub(super) async fn verify_password(password: String, hash: String) -> bool {
    if password.len() > PASSWORD_BYTES {
        return false;
    }
    let check = tokio::task::spawn_blocking(move || {
        let Ok(parsed) = PasswordHash::new(&hash) else { return false };
        Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok()
    });
    check.await.unwrap_or(false)
}
