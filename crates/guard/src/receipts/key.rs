//! Names of logs and witnesses, and the keys by which their signatures are made and checked (C2SP signed-note).

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use outis_keys::DataKey;
use serde::{Deserialize, Serialize};

use super::text::{from_base64, to_base64};

/// Most characters of a name.
const MOST_NAME: usize = 200;

/// The name of a log, which is the first line of its checkpoints, or of a witness: an address without scheme, such as
/// `stats.example.org/transparency/log`. It need not lead anywhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin(String);

/// A name or a key that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyTextError {
    /// Not a name.
    #[error("a log's name has 1 to 200 printable ASCII characters without spaces and plus signs, and a dot or slash")]
    Name,
    /// Not a verifier key.
    #[error("not a verifier key of the form NAME+ID+KEY (C2SP signed-note)")]
    Form,
    /// A signature type that is not known here.
    #[error("a verifier key of a type other than Ed25519 (1) and Ed25519 cosignature (4)")]
    Kind,
    /// The id is not that of name and key: a typing error.
    #[error("the verifier key's id does not fit its name and key")]
    Id,
}

impl Origin {
    /// This name.
    ///
    /// # Errors
    /// [`KeyTextError::Name`].
    pub fn new(name: &str) -> Result<Origin, KeyTextError> {
        let plain = name.bytes().all(|b| b.is_ascii_graphic() && b != b'+');
        let fits = (1..=MOST_NAME).contains(&name.len()) && name.contains(['.', '/']);
        if plain && fits { Ok(Origin(name.to_owned())) } else { Err(KeyTextError::Name) }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a key signs. The number is part of its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum KeyKind {
    /// A log's: Ed25519 over the text of a note.
    Log = 1,
    /// A witness's: Ed25519 over time and text of a checkpoint (C2SP tlog-cosignature).
    Witness = 4,
}

/// A public key with the name of whose it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct VerifierKey {
    name: Origin,
    kind: KeyKind,
    key: [u8; 32],
}

impl VerifierKey {
    /// A key of these parts.
    pub fn new(name: Origin, kind: KeyKind, key: [u8; 32]) -> VerifierKey {
        VerifierKey { name, kind, key }
    }

    /// Whose it is.
    pub fn name(&self) -> &Origin {
        &self.name
    }

    /// What it signs.
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The first four bytes of SHA-256 of name, line feed, kind and key: tells keys of one name apart.
    pub fn id(&self) -> u32 {
        let all = [self.name.0.as_bytes(), b"\n", &[self.kind as u8], &self.key].concat();
        let hash = digest(&SHA256, &all);
        u32::from_be_bytes(hash.as_ref()[..4].try_into().expect("four bytes"))
    }

    /// The same key as one of another kind.
    #[cfg(test)]
    pub(crate) fn of_kind(self, kind: KeyKind) -> VerifierKey {
        VerifierKey { kind, ..self }
    }

    /// Whether this is the key's signature of these bytes.
    pub(crate) fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.key).verify(message, signature).is_ok()
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let typed = [&[self.kind as u8], self.key.as_slice()].concat();
        write!(f, "{}+{:08x}+{}", self.name.0, self.id(), to_base64(&typed))
    }
}

impl FromStr for VerifierKey {
    type Err = KeyTextError;

    fn from_str(text: &str) -> Result<VerifierKey, KeyTextError> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(KeyTextError::Form);
        };
        let typed = from_base64(key).ok_or(KeyTextError::Form)?;
        let (kind, key) = typed.split_first().ok_or(KeyTextError::Form)?;
        let kind = match kind {
            1 => KeyKind::Log,
            4 => KeyKind::Witness,
            _ => return Err(KeyTextError::Kind),
        };
        let key = key.try_into().map_err(|_| KeyTextError::Form)?;
        let parsed = VerifierKey { name: Origin::new(name)?, kind, key };
        if format!("{:08x}", parsed.id()) == id { Ok(parsed) } else { Err(KeyTextError::Id) }
    }
}

impl TryFrom<String> for VerifierKey {
    type Error = KeyTextError;

    fn try_from(text: String) -> Result<VerifierKey, KeyTextError> {
        text.parse()
    }
}

impl From<VerifierKey> for String {
    fn from(key: VerifierKey) -> String {
        key.to_string()
    }
}

/// A log's key pair, made anew from its seed.
pub(crate) struct SigningKey {
    pair: Ed25519KeyPair,
    verifier: VerifierKey,
}

impl SigningKey {
    /// The key of this seed and name; `None` if the library refuses the seed.
    pub(crate) fn of(seed: &DataKey, name: Origin) -> Option<SigningKey> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed.bytes("sign receipts and checkpoints")).ok()?;
        let key = pair.public_key().as_ref().try_into().ok()?;
        Some(SigningKey { pair, verifier: VerifierKey::new(name, KeyKind::Log, key) })
    }

    /// The public half.
    pub(crate) fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// Signs; the same bytes always get the same signature (RFC 8032).
    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.pair.sign(message).as_ref().try_into().expect("an Ed25519 signature has 64 bytes")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of C2SP signed-note.
    const EXAMPLE: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

    #[test]
    fn a_verifier_key_is_read_and_written() {
        let key: VerifierKey = EXAMPLE.parse().expect("key");
        assert_eq!(key.to_string(), EXAMPLE);
        assert_eq!((key.name().as_str(), key.id(), key.kind()), ("example.com/foo", 0x530d_903a, KeyKind::Log));
        for (bad, why) in [
            ("", KeyTextError::Form),
            ("example.com/foo+530d903a", KeyTextError::Form),
            ("example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", KeyTextError::Id),
            ("example.com/fop+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", KeyTextError::Id),
            ("example.com/foo+530d903a+BukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", KeyTextError::Kind),
            ("exa mple/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", KeyTextError::Name),
        ] {
            assert_eq!(bad.parse::<VerifierKey>(), Err(why));
        }
    }
}
