//! Texts signed by one or more keys (C2SP signed-note), and cosignatures of witnesses (C2SP tlog-cosignature).

use std::fmt;

use super::key::{KeyKind, SigningKey, VerifierKey};
use super::text::{from_base64, to_base64};

/// Most bytes of a note.
pub const MOST_NOTE_BYTES: usize = 64 << 10;
/// Most signatures of a note.
const MOST_SIGNATURES: usize = 64;

/// A text that ends with a line feed, and signatures under it of which nothing is known yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<Signature>,
}

/// A line under a note.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Signature {
    name: String,
    id: u32,
    bytes: Vec<u8>,
}

/// Not a note, or more than 64 KiB or 64 signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a signed note (C2SP signed-note)")]
pub struct NoteError;

/// Why a note is not trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The key has not signed it.
    #[error("no signature of this key")]
    Missing,
    /// A signature says it is of the key, and is not.
    #[error("the signature does not fit")]
    Wrong,
}

impl Note {
    /// Reads a note.
    ///
    /// # Errors
    /// [`NoteError`].
    pub fn parse(bytes: &[u8]) -> Result<Note, NoteError> {
        let all = std::str::from_utf8(bytes).map_err(|_| NoteError)?;
        let controls = all.bytes().any(|b| b < 0x20 && b != b'\n');
        if bytes.len() > MOST_NOTE_BYTES || controls {
            return Err(NoteError);
        }
        let end = all.rfind("\n\n").ok_or(NoteError)?;
        let (text, lines) = (&all[..=end], &all[end + 2..]);
        let signatures = Signature::parse_all(lines).ok_or(NoteError)?;
        Ok(Note { text: text.to_owned(), signatures })
    }

    /// The text under the log's signature.
    pub(crate) fn sign(text: String, key: &SigningKey) -> Note {
        let bytes = key.sign(text.as_bytes()).to_vec();
        let by = key.verifier();
        let signature = Signature { name: by.name().as_str().to_owned(), id: by.id(), bytes };
        Note { text, signatures: vec![signature] }
    }

    /// The text, with its last line feed. Not to be trusted before [`Note::verify`].
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the key has signed this text. For a witness's key: when, in seconds since 1970.
    ///
    /// # Errors
    /// [`SignatureError`].
    pub fn verify(&self, key: &VerifierKey) -> Result<Option<u64>, SignatureError> {
        let of_key = |signature: &&Signature| signature.name == key.name().as_str() && signature.id == key.id();
        let signature = self.signatures.iter().find(of_key).ok_or(SignatureError::Missing)?;
        signature.verify(key, &self.text).ok_or(SignatureError::Wrong)
    }

    /// Puts the signature of this key under the note, instead of an earlier one of the same key, if `lines` (signature
    /// lines as a witness answers them) has one that fits. Others are left out.
    ///
    /// # Errors
    /// [`SignatureError::Missing`] also if the lines cannot be read.
    pub fn cosign(&mut self, key: &VerifierKey, lines: &[u8]) -> Result<u64, SignatureError> {
        let lines = std::str::from_utf8(lines).map_err(|_| SignatureError::Missing)?;
        let offered =
            Note { text: self.text.clone(), signatures: Signature::parse_all(lines).ok_or(SignatureError::Missing)? };
        let at = offered.verify(key)?.ok_or(SignatureError::Wrong)?;
        let same = |s: &Signature| s.name == key.name().as_str() && s.id == key.id();
        self.signatures.retain(|signature| !same(signature));
        self.signatures.extend(offered.signatures.into_iter().find(same));
        Ok(at)
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| writeln!(f, "{signature}"))
    }
}

impl Signature {
    fn parse_all(lines: &str) -> Option<Vec<Signature>> {
        let body = lines.strip_suffix('\n')?;
        let parsed: Option<Vec<Signature>> = body.split('\n').take(MOST_SIGNATURES + 1).map(Signature::parse).collect();
        parsed.filter(|all| all.len() <= MOST_SIGNATURES)
    }

    fn parse(line: &str) -> Option<Signature> {
        let (name, encoded) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
        let bytes = from_base64(encoded)?;
        let (id, bytes) = bytes.split_first_chunk::<4>()?;
        let named = !name.is_empty() && !name.contains('+') && !name.contains(char::is_whitespace);
        let id = u32::from_be_bytes(*id);
        (named && !bytes.is_empty()).then(|| Signature { name: name.to_owned(), id, bytes: bytes.to_vec() })
    }

    /// Inner: the time, if the key is a witness's.
    fn verify(&self, key: &VerifierKey, text: &str) -> Option<Option<u64>> {
        match key.kind() {
            KeyKind::Log => key.signed(text.as_bytes(), &self.bytes).then_some(None),
            KeyKind::Witness => {
                let (time, signature) = self.bytes.split_first_chunk::<8>()?;
                let time = u64::from_be_bytes(*time);
                let possible = time > 0 && i64::try_from(time).is_ok();
                (possible && key.signed(cosigned(time, text).as_bytes(), signature)).then_some(Some(time))
            }
        }
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [self.id.to_be_bytes().as_slice(), &self.bytes].concat();
        write!(f, "\u{2014} {} {}", self.name, to_base64(&bytes))
    }
}

/// What a witness signs.
fn cosigned(time: u64, text: &str) -> String {
    format!("cosignature/v1\ntime {time}\n{text}")
}

/// A witness's signature line, for tests of both sides of the protocol.
#[cfg(test)]
pub(crate) fn cosignature_line(key: &SigningKey, time: u64, text: &str) -> String {
    let by = witness_key(key);
    let signature = key.sign(cosigned(time, text).as_bytes());
    let bytes = [time.to_be_bytes().as_slice(), &signature].concat();
    format!("{}\n", Signature { name: by.name().as_str().to_owned(), id: by.id(), bytes })
}

/// The same key as that of a witness.
#[cfg(test)]
pub(crate) fn witness_key(key: &SigningKey) -> VerifierKey {
    key.verifier().clone().of_kind(KeyKind::Witness)
}

#[cfg(test)]
mod tests {
    use outis_keys::DataKey;
    use proptest::prelude::*;

    use super::*;
    use crate::receipts::key::Origin;

    /// Key, note: the example of C2SP signed-note.
    const KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    const NOTE: &str = "This is an example message.\n\n\u{2014} example.com/foo \
        Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

    fn key(name: &str) -> SigningKey {
        SigningKey::of(&DataKey::from_bytes([7; 32]), Origin::new(name).expect("name")).expect("key")
    }

    #[test]
    fn the_specifications_example_verifies_and_a_changed_one_does_not() {
        let signer: VerifierKey = KEY.parse().expect("key");
        let note = Note::parse(NOTE.as_bytes()).expect("note");
        assert_eq!(note.verify(&signer), Ok(None));
        assert_eq!(note.to_string(), NOTE);
        let changed = Note::parse(NOTE.replace("example message", "other message").as_bytes()).expect("note");
        assert_eq!(changed.verify(&signer), Err(SignatureError::Wrong));
        assert_eq!(note.verify(key("example.com/foo").verifier()), Err(SignatureError::Missing));
    }

    #[test]
    fn a_cosignature_is_of_one_text_and_one_time() {
        let (log, witness) = (key("example.org/log"), key("witness.example/w1"));
        let mut note = Note::sign("example.org/log\n1\nx\n".to_owned(), &log);
        let by = witness_key(&witness);
        let line = cosignature_line(&witness, 1_700_000_000, note.text());
        assert_eq!(
            note.clone().cosign(&by, cosignature_line(&witness, 5, "other\n").as_bytes()),
            Err(SignatureError::Wrong)
        );
        assert_eq!(note.clone().cosign(log.verifier(), line.as_bytes()), Err(SignatureError::Missing));
        let late = line.as_bytes()[..line.len() - 1].to_vec();
        assert_eq!(note.clone().cosign(&by, &late), Err(SignatureError::Missing));
        assert_eq!(note.cosign(&by, line.as_bytes()), Ok(1_700_000_000));
        assert_eq!(note.cosign(&by, line.as_bytes()), Ok(1_700_000_000));
        let again = Note::parse(note.to_string().as_bytes()).expect("note");
        assert_eq!(again, note);
        assert_eq!((again.verify(log.verifier()), again.verify(&by)), (Ok(None), Ok(Some(1_700_000_000))));
        assert_eq!(again.to_string().lines().count(), 6);
    }

    proptest! {
        #[test]
        fn what_is_read_is_written_the_same(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "[ -~\n\u{2014}]{0,80}") {
            let _ = Note::parse(&bytes);
            if let Ok(note) = Note::parse(text.as_bytes()) {
                prop_assert_eq!(note.to_string(), text);
            }
        }
    }
}
