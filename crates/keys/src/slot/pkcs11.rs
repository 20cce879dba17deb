//! The slot in a token that speaks PKCS#11: an HSM, a smart card, a TPM behind a PKCS#11 module.

use std::fmt;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::aead::GcmParams;
use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::types::AuthPin;
use outis_disclose::Secret;
use zeroize::Zeroizing;

use crate::key::{DataKey, KeyError, SlotFault};
use crate::slot::sealed::{Holder, Place, SealedSlot};
use crate::slot::{Provider, Root, Slot, SlotAbout};

const NONCE_BYTES: usize = 12;
const TAG_BITS: u64 = 128;
const KEY_BYTES: u64 = 32;
const CHANCE_BYTES: usize = 8;

/// Which token, and how to log in.
#[derive(Debug)]
pub struct Pkcs11Options {
    /// The token's library.
    pub module: PathBuf,
    /// The token's label.
    pub token: String,
    /// The user's PIN.
    pub pin: Secret<String>,
}

/// A slot whose root is sealed under a key that the token made and never gives away: AES-256, sensitive, not
/// extractable, one for each epoch, named by tree and epoch. The file with the sealed root may be copied freely; with
/// the replacement of the root the token's old key is destroyed, and every older copy of the file is dead.
///
/// Calls block the thread that makes them, as the interface of the token does.
///
/// Not promised: that a token which itself is backed up or cloned forgets what its copies hold.
pub struct Pkcs11Slot(SealedSlot<Token>);

impl fmt::Debug for Pkcs11Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pkcs11Slot").finish_non_exhaustive()
    }
}

impl Pkcs11Slot {
    /// The slot in this token, with the sealed root in this file; the file's folder must exist.
    ///
    /// # Errors
    /// [`SlotFault::Module`], or [`KeyError::InUse`] if another process has it. Token and PIN are looked at when the
    /// root is read.
    pub fn open(file: &Path, options: Pkcs11Options) -> Result<Pkcs11Slot, KeyError> {
        Ok(Pkcs11Slot(SealedSlot::open(file, Token::load(options)?)?))
    }
}

#[async_trait]
impl Slot for Pkcs11Slot {
    fn about(&self) -> SlotAbout {
        self.0.about()
    }

    async fn read(&self) -> Result<Vec<Root>, KeyError> {
        // Asked even if there is no file yet, so that a wrong PIN is told before a tree is made.
        drop(self.0.holder.session()?);
        self.0.read().await
    }

    async fn replace(&self, root: &Root) -> Result<(), KeyError> {
        self.0.replace(root).await
    }
}

struct Token {
    context: Pkcs11,
    label: String,
    pin: AuthPin,
}

impl Token {
    fn load(options: Pkcs11Options) -> Result<Token, KeyError> {
        let context = Pkcs11::new(&options.module).map_err(|_| SlotFault::Module)?;
        match context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
            // Somebody else in this process has it; it is never finalized, since they may still need it.
            Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
            Err(_) => return Err(SlotFault::Module.into()),
        }
        let pin = AuthPin::from(options.pin.expose("log in to the token").clone());
        Ok(Token { context, label: options.token, pin })
    }

    /// A session that is logged in; it is closed, and with the last one the token locked, when it is dropped.
    fn session(&self) -> Result<Session, KeyError> {
        let mut found = Vec::new();
        for slot in self.context.get_slots_with_initialized_token().map_err(fault)? {
            let is_it = self.context.get_token_info(slot).is_ok_and(|token| token.label().trim_end() == self.label);
            found.extend(is_it.then_some(slot));
        }
        let [slot] = found[..] else { return Err(SlotFault::Token.into()) };
        let session = self.context.open_rw_session(slot).map_err(fault)?;
        match session.login(UserType::User, Some(&self.pin)) {
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(session),
            Err(error) => Err(fault(error)),
        }
    }
}

/// Keys of a tree have this label, and ids that begin with tree and epoch.
fn label(tree: [u8; 16]) -> Vec<u8> {
    let hex: String = tree.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("outis {hex}").into_bytes()
}

fn find(session: &Session, id: &[u8]) -> Result<Option<ObjectHandle>, KeyError> {
    let template = [Attribute::Class(ObjectClass::SECRET_KEY), Attribute::Id(id.to_vec())];
    Ok(session.find_objects(&template).map_err(fault)?.first().copied())
}

#[async_trait]
impl Holder for Token {
    fn provider(&self) -> Provider {
        Provider::Pkcs11
    }

    async fn make(&self, tree: [u8; 16], epoch: u64) -> Result<Vec<u8>, KeyError> {
        let mut id = [&tree[..], &epoch.to_le_bytes(), &[0; CHANCE_BYTES]].concat();
        // Of two attempts at one epoch each has its own key.
        aws_lc_rs::rand::fill(&mut id[24..]).map_err(|_| KeyError::Random)?;
        let template = [
            Attribute::Class(ObjectClass::SECRET_KEY),
            Attribute::Token(true),
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Encrypt(true),
            Attribute::Decrypt(true),
            Attribute::ValueLen(KEY_BYTES.into()),
            Attribute::Label(label(tree)),
            Attribute::Id(id.clone()),
        ];
        self.session()?.generate_key(&Mechanism::AesKeyGen, &template).map_err(fault)?;
        Ok(id)
    }

    async fn seal(&self, id: &[u8], place: &Place, root: &DataKey) -> Result<Vec<u8>, KeyError> {
        let session = self.session()?;
        let key = find(&session, id)?.ok_or(SlotFault::NoKey)?;
        let bound = place.bytes();
        // The key seals this once, so that any nonce does. Some tokens choose it themselves and want zeros here.
        let mut nonce = [0; NONCE_BYTES];
        let params = GcmParams::new(&mut nonce, &bound, TAG_BITS.into()).map_err(fault)?;
        let plain = root.bytes("seal under the token's key");
        let sealed = session.encrypt(&Mechanism::AesGcm(params), key, plain).map_err(fault)?;
        Ok([&nonce[..], &sealed].concat())
    }

    async fn open(&self, id: &[u8], place: &Place, sealed: &[u8]) -> Result<Option<DataKey>, KeyError> {
        const DAMAGED: KeyError = KeyError::Damaged("the sealed root");
        let session = self.session()?;
        let Some(key) = find(&session, id)? else { return Ok(None) };
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(DAMAGED)?;
        let (mut nonce, bound) = (*nonce, place.bytes());
        let params = GcmParams::new(&mut nonce, &bound, TAG_BITS.into()).map_err(fault)?;
        let plain = session.decrypt(&Mechanism::AesGcm(params), key, sealed).map(Zeroizing::new);
        let plain = plain.map_err(|error| match error {
            Error::Pkcs11(RvError::EncryptedDataInvalid | RvError::EncryptedDataLenRange, _) => DAMAGED,
            other => fault(other),
        })?;
        Ok(Some(DataKey::from_bytes(plain[..].try_into().map_err(|_| DAMAGED)?)))
    }

    async fn destroy(&self, id: &[u8]) -> Result<(), KeyError> {
        let session = self.session()?;
        while let Some(key) = find(&session, id)? {
            session.destroy_object(key).map_err(fault)?;
        }
        Ok(())
    }

    async fn of(&self, tree: [u8; 16]) -> Result<Vec<Vec<u8>>, KeyError> {
        let session = self.session()?;
        let template = [Attribute::Class(ObjectClass::SECRET_KEY), Attribute::Label(label(tree))];
        let mut ids = Vec::new();
        for key in session.find_objects(&template).map_err(fault)? {
            let attributes = session.get_attributes(key, &[AttributeType::Id]).map_err(fault)?;
            ids.extend(attributes.into_iter().filter_map(|a| if let Attribute::Id(id) = a { Some(id) } else { None }));
        }
        Ok(ids)
    }
}

/// What the token said, in a text of ours.
fn fault(error: Error) -> KeyError {
    use SlotFault::{Module, Pin, PinLocked, Refused, Token};
    let Error::Pkcs11(code, _) = error else { return Module.into() };
    KeyError::Slot(match code {
        RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange => Pin,
        RvError::PinLocked | RvError::PinExpired => PinLocked,
        RvError::TokenNotPresent | RvError::TokenNotRecognized | RvError::SlotIdInvalid => Token,
        RvError::DeviceRemoved | RvError::DeviceError => Refused("the device failed or was removed"),
        RvError::MechanismInvalid | RvError::MechanismParamInvalid => Refused("the token has no AES-GCM"),
        RvError::TokenWriteProtected | RvError::SessionReadOnly => Refused("the token is write-protected"),
        RvError::UserPinNotInitialized => Refused("the token has no user PIN yet"),
        RvError::DeviceMemory => Refused("the token is full"),
        RvError::TemplateInconsistent | RvError::AttributeValueInvalid => Refused("the token makes no such AES key"),
        _ => Refused("the token does not do what is needed"),
    })
}
