//! Hashes of a Merkle tree (RFC 6962, section 2.1).

use std::fmt;

use aws_lc_rs::digest::{Context, SHA256, digest};

use super::text::{from_base64, to_base64};

/// Bytes of a hash.
pub(crate) const HASH_BYTES: usize = 32;

/// A SHA-256 hash of a leaf, of a node, or of a whole tree.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; HASH_BYTES]);

impl Hash {
    /// Of a tree without leaves.
    pub fn empty() -> Hash {
        Hash::of(digest(&SHA256, &[]).as_ref())
    }

    /// Of a leaf that holds this entry.
    pub fn leaf(entry: &[u8]) -> Hash {
        Hash::prefixed(0, &[entry])
    }

    /// Of the node above two others.
    pub fn node(left: Hash, right: Hash) -> Hash {
        Hash::prefixed(1, &[&left.0, &right.0])
    }

    /// As it stands in checkpoints and proofs.
    pub fn to_base64(self) -> String {
        to_base64(&self.0)
    }

    /// From a line of a checkpoint or proof.
    pub fn from_base64(text: &str) -> Option<Hash> {
        Some(Hash(from_base64(text)?.try_into().ok()?))
    }

    fn prefixed(prefix: u8, parts: &[&[u8]]) -> Hash {
        let mut context = Context::new(&SHA256);
        context.update(&[prefix]);
        parts.iter().for_each(|part| context.update(part));
        Hash::of(context.finish().as_ref())
    }

    fn of(digest: &[u8]) -> Hash {
        Hash(digest.try_into().expect("SHA-256 has 32 bytes"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_base64())
    }
}
