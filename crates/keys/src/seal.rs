//! Sealing of small records: AES-256-GCM-SIV (RFC 8452), which survives a repeated nonce.

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, Nonce, RandomizedNonceKey};

use crate::key::DataKey;

const VERSION: u8 = 1;
const NONCE_BYTES: usize = 12;
const TAG_BYTES: usize = 16;

/// Bytes that do not open: wrong key, wrong place, damaged, or not sealed by us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("sealed record does not open")]
pub struct SealError;

/// Seals a record and binds it to its place: version byte, nonce, ciphertext, tag.
///
/// # Errors
/// When the system has no randomness.
pub fn seal_record(key: &DataKey, place: &[u8], plain: &[u8]) -> Result<Vec<u8>, SealError> {
    let cipher = RandomizedNonceKey::new(&AES_256_GCM_SIV, key.bytes("seal a record")).map_err(|_| SealError)?;
    let mut body = plain.to_vec();
    let nonce = cipher.seal_in_place_append_tag(Aad::from(place), &mut body).map_err(|_| SealError)?;
    let mut out = Vec::with_capacity(1 + NONCE_BYTES + body.len());
    out.push(VERSION);
    out.extend_from_slice(nonce.as_ref());
    out.append(&mut body);
    Ok(out)
}

/// Opens a record sealed for the same place.
///
/// # Errors
/// When it does not open.
pub fn open_record(key: &DataKey, place: &[u8], sealed: &[u8]) -> Result<Vec<u8>, SealError> {
    if sealed.len() < 1 + NONCE_BYTES + TAG_BYTES || sealed[0] != VERSION {
        return Err(SealError);
    }
    let cipher = RandomizedNonceKey::new(&AES_256_GCM_SIV, key.bytes("open a record")).map_err(|_| SealError)?;
    let nonce = Nonce::try_assume_unique_for_key(&sealed[1..=NONCE_BYTES]).map_err(|_| SealError)?;
    let mut body = sealed[1 + NONCE_BYTES..].to_vec();
    let length = cipher.open_in_place(nonce, Aad::from(place), &mut body).map_err(|_| SealError)?.len();
    body.truncate(length);
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_opens_only_in_its_place_under_its_key() {
        let key = DataKey::random().expect("randomness");
        let sealed = seal_record(&key, b"table/1", b"content").expect("sealed");
        assert_eq!(open_record(&key, b"table/1", &sealed), Ok(b"content".to_vec()));
        assert_eq!(open_record(&key, b"table/2", &sealed), Err(SealError));
        assert_eq!(open_record(&DataKey::random().expect("randomness"), b"table/1", &sealed), Err(SealError));
        for i in 0..sealed.len() {
            let mut bad = sealed.clone();
            bad[i] ^= 1;
            assert_eq!(open_record(&key, b"table/1", &bad), Err(SealError));
        }
    }
}
