//! The bytes of a sealed file: header, chunks, lengths (`docs/sealed-files.md`).

use std::fmt;
use std::ops::Range;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::{hmac, rand};
use object_store::path::Path;
use outis_keys::{DataKey, KeyName, Purpose};

use super::error::SealedError;

const MAGIC: [u8; 8] = *b"OUTISF1\n";
/// What the commitment covers: magic, id, salt.
const COMMITTED_BYTES: usize = 8 + 16 + 16;
pub(crate) const HEADER_BYTES: usize = COMMITTED_BYTES + 32;
/// Plain bytes of every chunk but the last.
pub(crate) const CHUNK_BYTES: usize = 64 << 10;
const TAG_BYTES: usize = 16;
/// Bytes of a sealed chunk of full length.
pub(crate) const SEALED_CHUNK_BYTES: usize = CHUNK_BYTES + TAG_BYTES;
/// Most chunks of a file.
const MOST_CHUNKS: u64 = 1 << 32;

/// The id of a sealed file: 16 random bytes, the label of its key and the first 32 hex digits of its name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId([u8; 16]);

impl fmt::Debug for FileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileId(..)")
    }
}

impl fmt::Display for FileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FileId {
    /// The id of these bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> FileId {
        FileId(bytes)
    }

    /// A fresh id.
    ///
    /// # Errors
    /// [`SealedError::Random`].
    pub fn random() -> Result<FileId, SealedError> {
        random().map(FileId)
    }

    /// The id that a path names, if its last segment begins with 32 lower-case hex digits.
    ///
    /// # Errors
    /// [`SealedError::Name`].
    pub fn of(path: &Path) -> Result<FileId, SealedError> {
        let name = path.filename().unwrap_or_default().as_bytes();
        let digits = name.get(..32).ok_or(SealedError::Name)?;
        let mut id = [0; 16];
        for (byte, pair) in id.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = hex_digit(pair[0])? << 4 | hex_digit(pair[1])?;
        }
        Ok(FileId(id))
    }

    /// The name of the key that seals the file.
    pub fn key_name(self) -> KeyName {
        KeyName { purpose: Purpose::File, label: self.0 }
    }
}

fn hex_digit(digit: u8) -> Result<u8, SealedError> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        _ => Err(SealedError::Name),
    }
}

fn random() -> Result<[u8; 16], SealedError> {
    let mut bytes = [0; 16];
    rand::fill(&mut bytes).map_err(|_| SealedError::Random)?;
    Ok(bytes)
}

/// Seals and opens the chunks of one file.
pub(crate) struct FileSeal {
    id: FileId,
    cipher: LessSafeKey,
}

impl fmt::Debug for FileSeal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FileSeal(..)")
    }
}

impl FileSeal {
    /// The seal of a new file, and its header.
    pub(crate) fn new(key: &DataKey, id: FileId) -> Result<(FileSeal, [u8; HEADER_BYTES]), SealedError> {
        let salt = random()?;
        let mut header = [0; HEADER_BYTES];
        header[..8].copy_from_slice(&MAGIC);
        header[8..24].copy_from_slice(&id.0);
        header[24..40].copy_from_slice(&salt);
        let tag = hmac::sign(&commitment_key(key, id, &salt), &header[..COMMITTED_BYTES]);
        header[COMMITTED_BYTES..].copy_from_slice(tag.as_ref());
        Ok((FileSeal { id, cipher: cipher(key, id, &salt) }, header))
    }

    /// The seal of the file `id` that begins with `header`.
    pub(crate) fn open(key: &DataKey, id: FileId, header: &[u8]) -> Result<FileSeal, SealedError> {
        let header: &[u8; HEADER_BYTES] = header.try_into().map_err(|_| SealedError::NotSealed)?;
        if header[..8] != MAGIC {
            return Err(SealedError::NotSealed);
        }
        if header[8..24] != id.0 {
            return Err(SealedError::OtherFile);
        }
        let salt: [u8; 16] = header[24..40].try_into().expect("16 bytes");
        hmac::verify(&commitment_key(key, id, &salt), &header[..COMMITTED_BYTES], &header[COMMITTED_BYTES..])
            .map_err(|_| SealedError::OtherKey)?;
        Ok(FileSeal { id, cipher: cipher(key, id, &salt) })
    }

    /// Appends the sealed chunk to `out`. Each index is used once per seal, so each nonce is used once per key.
    pub(crate) fn seal_chunk(
        &self,
        index: u64,
        last: bool,
        plain: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), SealedError> {
        debug_assert!(plain.len() == CHUNK_BYTES || last && plain.len() <= CHUNK_BYTES);
        if index >= MOST_CHUNKS {
            return Err(SealedError::TooLong);
        }
        let start = out.len();
        out.extend_from_slice(plain);
        let tag = self
            .cipher
            .seal_in_place_separate_tag(nonce(index), self.aad(index, last), &mut out[start..])
            .map_err(|_| SealedError::TooLong)?;
        out.extend_from_slice(tag.as_ref());
        Ok(())
    }

    /// Opens consecutive sealed chunks from `first` on of a file of `size`; every chunk is verified before this returns.
    pub(crate) fn open_chunks(&self, size: Size, first: u64, sealed: &[u8]) -> Result<Vec<u8>, SealedError> {
        let count = sealed.len().div_ceil(SEALED_CHUNK_BYTES);
        let length = sealed.len().checked_sub(count * TAG_BYTES).ok_or(SealedError::Chunk)?;
        let mut plain = vec![0; length];
        let mut out = plain.as_mut_slice();
        for (index, chunk) in (first..).zip(sealed.chunks(SEALED_CHUNK_BYTES)) {
            let (text, tag) = chunk.split_at_checked(chunk.len().wrapping_sub(TAG_BYTES)).ok_or(SealedError::Chunk)?;
            let (here, rest) = out.split_at_mut(text.len());
            let aad = self.aad(index, index + 1 == size.chunks());
            self.cipher.open_separate_gather(nonce(index), aad, text, tag, here).map_err(|_| SealedError::Chunk)?;
            out = rest;
        }
        Ok(plain)
    }

    fn aad(&self, index: u64, last: bool) -> Aad<[u8; 25]> {
        let mut aad = [0; 25];
        aad[..16].copy_from_slice(&self.id.0);
        aad[16..24].copy_from_slice(&index.to_le_bytes());
        aad[24] = u8::from(last);
        Aad::from(aad)
    }
}

fn cipher(key: &DataKey, id: FileId, salt: &[u8; 16]) -> LessSafeKey {
    let key = key.derive(&info(b"outis file v1 chunks", id, salt));
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.bytes("seal the chunks of one file")).expect("32 bytes"))
}

fn commitment_key(key: &DataKey, id: FileId, salt: &[u8; 16]) -> hmac::Key {
    let key = key.derive(&info(b"outis file v1 header", id, salt));
    hmac::Key::new(hmac::HMAC_SHA256, key.bytes("commit a header to its key"))
}

fn info(label: &[u8; 20], id: FileId, salt: &[u8; 16]) -> [u8; 52] {
    let mut info = [0; 52];
    info[..20].copy_from_slice(label);
    info[20..36].copy_from_slice(&id.0);
    info[36..].copy_from_slice(salt);
    info
}

fn nonce(index: u64) -> Nonce {
    let mut bytes = [0; 12];
    bytes[4..].copy_from_slice(&index.to_le_bytes());
    Nonce::assume_unique_for_key(bytes)
}

/// The plain length of a file, from which all other lengths follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size(u64);

impl Size {
    /// The size of a file with this many plain bytes.
    #[cfg(test)]
    pub(crate) fn of_plain(bytes: u64) -> Size {
        Size(bytes)
    }

    /// The size of a file with this many bytes on the disk; `None` if no sealed file is that long.
    pub(crate) fn of_sealed(bytes: u64) -> Option<Size> {
        let body = bytes.checked_sub(HEADER_BYTES as u64)?;
        let full = body / SEALED_CHUNK_BYTES as u64;
        let rest = body % SEALED_CHUNK_BYTES as u64;
        let tail = match rest {
            0 if full > 0 => 0,
            16 if full == 0 => 0,
            17.. => rest - TAG_BYTES as u64,
            _ => return None,
        };
        let size = Size(full * CHUNK_BYTES as u64 + tail);
        (size.chunks() <= MOST_CHUNKS).then_some(size)
    }

    pub(crate) fn plain(self) -> u64 {
        self.0
    }

    /// Number of chunks; an empty file has one, so that its end is sealed too.
    pub(crate) fn chunks(self) -> u64 {
        self.0.div_ceil(CHUNK_BYTES as u64).max(1)
    }

    pub(crate) fn sealed(self) -> u64 {
        HEADER_BYTES as u64 + self.0 + self.chunks() * TAG_BYTES as u64
    }

    /// Where the sealed chunks `first..end` lie in the file.
    pub(crate) fn place(self, chunks: Range<u64>) -> Range<u64> {
        let at = |chunk: u64| HEADER_BYTES as u64 + chunk * SEALED_CHUNK_BYTES as u64;
        at(chunks.start)..at(chunks.end).min(self.sealed())
    }
}

/// The chunks that hold these plain bytes.
pub(crate) fn chunks_of(plain: &Range<u64>) -> Range<u64> {
    plain.start / CHUNK_BYTES as u64..plain.end.div_ceil(CHUNK_BYTES as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plain_length_follows_from_the_sealed_one() {
        let chunk = CHUNK_BYTES as u64;
        for plain in [0, 1, chunk - 1, chunk, chunk + 1, 2 * chunk - 1, 2 * chunk, 7 * chunk + 3] {
            assert_eq!(Size::of_sealed(Size::of_plain(plain).sealed()), Some(Size::of_plain(plain)));
        }
        let lengths: Vec<u64> =
            (0..=2 * SEALED_CHUNK_BYTES as u64).filter_map(Size::of_sealed).map(Size::plain).collect();
        assert!(lengths.is_sorted_by(|a, b| a < b), "no two sealed lengths mean the same plain length");
    }

    #[test]
    fn a_path_names_its_file() {
        let id = FileId::random().expect("randomness");
        assert_eq!(FileId::of(&Path::from(format!("a/b/{id}.parquet"))).expect("named"), id);
        for wrong in ["", "a/short", "a/0123456789ABCDEF0123456789abcdef", "0123456789abcdef0123456789abcdef/x"] {
            assert!(matches!(FileId::of(&Path::from(wrong)), Err(SealedError::Name)));
        }
    }
}
