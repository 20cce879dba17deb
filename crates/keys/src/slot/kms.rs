//! AWS KMS: as a slot, with imported material that can be deleted, and as a second lock on a file slot.

mod client;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};
use aws_sdk_kms::Client;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{AlgorithmSpec, DataKeySpec, ExpirationModelType, KeyState, OriginType, WrappingKeySpec};
use outis_disclose::note;
use zeroize::Zeroizing;

use crate::disk::{Disk, Folder};
use crate::key::{DataKey, KeyError, SlotFault};
use crate::slot::file::FileSlot;
use crate::slot::sealed::{Holder, Place, SealedSlot};
use crate::slot::{Provider, Root, Slot, SlotAbout};
use client::{Fault, fault};

/// What AWS asks for at least before it deletes a key for good. Its material is gone at once.
const PENDING_DAYS: i32 = 7;
const WAITS_MS: [u64; 6] = [250, 500, 1000, 2000, 4000, 8000];

/// Where the service is, and who we are.
#[derive(Clone, Debug)]
pub struct KmsOptions {
    /// Such as `eu-central-1`.
    pub region: String,
    /// Another address than AWS's own for the region.
    pub endpoint: Option<String>,
    /// A file in the format of AWS's shared credentials; it is read again when credentials have aged, so that
    /// temporary ones can be renewed in place.
    pub credentials_file: PathBuf,
}

/// A slot whose root is encrypted under a KMS key with imported material, one for each epoch. The ciphertext lies in a
/// file that may be copied freely. With the replacement of the root, the old key's imported material is deleted, which
/// AWS says takes effect at once but for delays of up to minutes, and the empty key is scheduled for deletion.
///
/// The material is made here, encrypted to the service (RSA-OAEP) and wiped; nobody else has it.
///
/// Not promised: more than AWS promises of `DeleteImportedKeyMaterial`; and a process that is stopped between making a
/// key and noting it leaves an unused key in the account.
pub struct KmsSlot(SealedSlot<Service>);

impl fmt::Debug for KmsSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KmsSlot").finish_non_exhaustive()
    }
}

impl KmsSlot {
    /// The slot in this account and region, with the encrypted root in this file; the file's folder must exist.
    ///
    /// # Errors
    /// [`KeyError::InUse`] if another process has it. The service is asked when the root is read.
    pub fn open(file: &Path, options: &KmsOptions) -> Result<KmsSlot, KeyError> {
        Ok(KmsSlot(SealedSlot::open(file, Service(client::client(options)))?))
    }
}

#[async_trait]
impl Slot for KmsSlot {
    fn about(&self) -> SlotAbout {
        self.0.about()
    }

    async fn read(&self) -> Result<Vec<Root>, KeyError> {
        self.0.read().await
    }

    async fn replace(&self, root: &Root) -> Result<(), KeyError> {
        self.0.replace(root).await
    }
}

struct Service(Client);

impl Service {
    async fn import(&self, id: &str) -> Result<(), KeyError> {
        let asked = self.0.get_parameters_for_import().key_id(id);
        let asked =
            asked.wrapping_algorithm(AlgorithmSpec::RsaesOaepSha256).wrapping_key_spec(WrappingKeySpec::Rsa4096);
        let mut patience = Patience::default();
        let given = loop {
            match asked.clone().send().await.map_err(fault) {
                Ok(given) => break given,
                Err(fault) => patience.wait(fault).await?,
            }
        };
        let (Some(public), Some(token)) = (given.public_key, given.import_token) else { return Err(unclear()) };
        let material = DataKey::random()?;
        let sealed = encrypt_to(public.as_ref(), &material).ok_or_else(unclear)?;
        let sent =
            self.0.import_key_material().key_id(id).import_token(token).encrypted_key_material(Blob::new(sealed));
        let sent = sent.expiration_model(ExpirationModelType::KeyMaterialDoesNotExpire);
        sent.send().await.map(|_| ()).map_err(|error| fault(error).into())
    }

    /// Whether a key has no material any more, or is not there.
    async fn is_gone(&self, id: &str) -> Result<bool, KeyError> {
        match self.0.describe_key().key_id(id).send().await.map_err(fault) {
            Ok(told) => {
                let state = told.key_metadata.and_then(|key| key.key_state);
                Ok(matches!(state, Some(KeyState::PendingImport | KeyState::PendingDeletion)))
            }
            Err(Fault::Gone) => Ok(true),
            Err(other) => Err(other.into()),
        }
    }

    async fn schedule_deletion(&self, id: &str) {
        let asked = self.0.schedule_key_deletion().key_id(id).pending_window_in_days(PENDING_DAYS);
        match asked.send().await.map_err(fault) {
            Ok(_) | Err(Fault::Gone | Fault::State) => {}
            // It holds no material any more, so nothing but its price is left.
            Err(_) => note!(Warn, "an empty KMS key could not be scheduled for deletion"),
        }
    }
}

/// How long to ask again while the service does not know yet everywhere what was done a moment ago: its answers follow
/// with a delay of seconds (AWS's guide, "eventual consistency").
#[derive(Default)]
struct Patience(usize);

impl Patience {
    /// Waits before the next try.
    ///
    /// # Errors
    /// What the service said, when it was asked often enough or waiting does not help.
    async fn wait(&mut self, fault: Fault) -> Result<(), KeyError> {
        let wait = WAITS_MS.get(self.0).filter(|_| matches!(fault, Fault::Gone | Fault::State));
        let Some(wait) = wait else { return Err(fault.into()) };
        self.0 += 1;
        tokio::time::sleep(Duration::from_millis(*wait)).await;
        Ok(())
    }
}

/// RSA-OAEP with SHA-256 (RFC 8017) to a public key in DER.
fn encrypt_to(public: &[u8], material: &DataKey) -> Option<Vec<u8>> {
    let key = OaepPublicEncryptingKey::new(PublicEncryptingKey::from_der(public).ok()?).ok()?;
    let mut sealed = vec![0; key.ciphertext_size()];
    let plain = material.bytes("import into the key service");
    let length = key.encrypt(&OAEP_SHA256_MGF1SHA256, plain, &mut sealed, None).ok()?.len();
    sealed.truncate(length);
    Some(sealed)
}

fn unclear() -> KeyError {
    SlotFault::Refused("the key service answered with something else").into()
}

fn text(id: &[u8]) -> Result<&str, KeyError> {
    std::str::from_utf8(id).map_err(|_| KeyError::Damaged("the name of a key"))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[async_trait]
impl Holder for Service {
    fn provider(&self) -> Provider {
        Provider::Kms
    }

    async fn make(&self, tree: [u8; 16], epoch: u64) -> Result<Vec<u8>, KeyError> {
        let description = format!("outis root of tree {}, epoch {epoch}", hex(&tree));
        let made = self.0.create_key().origin(OriginType::External).description(description).send().await;
        let id = made.map_err(fault)?.key_metadata.map(|key| key.key_id).ok_or_else(unclear)?;
        if let Err(error) = self.import(&id).await {
            self.schedule_deletion(&id).await;
            return Err(error);
        }
        Ok(id.into_bytes())
    }

    async fn seal(&self, id: &[u8], place: &Place, root: &DataKey) -> Result<Vec<u8>, KeyError> {
        let asked = self.0.encrypt().key_id(text(id)?).encryption_context("outis-root", hex(&place.bytes()));
        let mut patience = Patience::default();
        loop {
            let plain = Blob::new(root.bytes("encrypt under the service's key").to_vec());
            match asked.clone().plaintext(plain).send().await.map_err(fault) {
                Ok(given) => return Ok(given.ciphertext_blob.ok_or_else(unclear)?.into_inner()),
                Err(fault) => patience.wait(fault).await?,
            }
        }
    }

    async fn open(&self, id: &[u8], place: &Place, sealed: &[u8]) -> Result<Option<DataKey>, KeyError> {
        let asked = self.0.decrypt().key_id(text(id)?).ciphertext_blob(Blob::new(sealed));
        match asked.encryption_context("outis-root", hex(&place.bytes())).send().await.map_err(fault) {
            Ok(opened) => data_key(opened.plaintext).map(Some),
            Err(Fault::Gone) => Ok(None),
            Err(Fault::State) if self.is_gone(text(id)?).await? => Ok(None),
            Err(other) => Err(other.into()),
        }
    }

    async fn destroy(&self, id: &[u8]) -> Result<(), KeyError> {
        let id = text(id)?;
        match self.0.delete_imported_key_material().key_id(id).send().await.map_err(fault) {
            Ok(_) => {}
            Err(Fault::Gone) => return Ok(()),
            Err(Fault::State) if self.is_gone(id).await? => {}
            Err(other) => return Err(other.into()),
        }
        self.schedule_deletion(id).await;
        Ok(())
    }

    async fn of(&self, _: [u8; 16]) -> Result<Vec<Vec<u8>>, KeyError> {
        // To ask for every key of an account takes long and needs rights that a server should not have.
        Ok(Vec::new())
    }
}

fn data_key(plain: Option<Blob>) -> Result<DataKey, KeyError> {
    let plain = Zeroizing::new(plain.ok_or_else(unclear)?.into_inner());
    Ok(DataKey::from_bytes(plain[..].try_into().map_err(|_| unclear())?))
}

/// A file slot whose roots are sealed besides under a key that an ordinary KMS key wraps: whoever takes the disk alone
/// has nothing. The file stays the slot. What makes old roots unreadable is that it is overwritten: the KMS key outlives
/// every root, so it must never be taken for what destroys them.
pub struct KmsWrappedSlot {
    file: FileSlot,
    client: Client,
    key: String,
    disk: Arc<dyn Disk>,
    name: String,
}

impl fmt::Debug for KmsWrappedSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KmsWrappedSlot").finish_non_exhaustive()
    }
}

impl KmsWrappedSlot {
    /// The slot in this file, wrapped by this KMS key (id, ARN or alias). What it wraps lies beside the slot, in a file
    /// with the ending `.wrap`.
    ///
    /// # Errors
    /// As [`FileSlot::open`]. The service is asked when the root is read.
    pub fn open(path: &Path, options: &KmsOptions, key: &str) -> Result<KmsWrappedSlot, KeyError> {
        let file = FileSlot::open(path)?;
        let name = path.file_name().and_then(|n| n.to_str()).ok_or(KeyError::Damaged("the slot's path"))?;
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let disk = Arc::new(Folder::at(folder));
        Ok(KmsWrappedSlot {
            file,
            client: client::client(options),
            key: key.to_owned(),
            disk,
            name: format!("{name}.wrap"),
        })
    }

    /// The wrapping key; made if there is none yet.
    async fn wrap(&self) -> Result<DataKey, KeyError> {
        match self.disk.read(&self.name) {
            Ok(blob) => {
                let asked = self.client.decrypt().key_id(&self.key).ciphertext_blob(Blob::new(blob));
                match asked.encryption_context("outis", "slot wrap").send().await.map_err(fault) {
                    Ok(opened) => data_key(opened.plaintext),
                    Err(Fault::Gone | Fault::State) => Err(SlotFault::NoKey.into()),
                    Err(other) => Err(other.into()),
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.make().await,
            Err(error) => Err(error.into()),
        }
    }

    async fn make(&self) -> Result<DataKey, KeyError> {
        let asked = self.client.generate_data_key().key_id(&self.key).key_spec(DataKeySpec::Aes256);
        let made = asked.encryption_context("outis", "slot wrap").send().await.map_err(fault)?;
        let blob = made.ciphertext_blob.ok_or_else(unclear)?;
        let draft = format!("{}.new", self.name);
        self.disk.create(&draft, blob.as_ref())?;
        self.disk.sync(&draft)?;
        self.disk.rename(&draft, &self.name)?;
        self.disk.sync_dir()?;
        data_key(made.plaintext)
    }
}

#[async_trait]
impl Slot for KmsWrappedSlot {
    fn about(&self) -> SlotAbout {
        SlotAbout { provider: Provider::WrappedFile, ..self.file.about() }
    }

    async fn read(&self) -> Result<Vec<Root>, KeyError> {
        self.file.wrap_under(self.wrap().await?);
        self.file.read().await
    }

    async fn replace(&self, root: &Root) -> Result<(), KeyError> {
        self.file.replace(root).await
    }
}
