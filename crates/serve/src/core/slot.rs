//! What holds the root of the key tree, as configured.

use std::sync::Arc;

use anyhow::Context;
use outis_disclose::{Secret, note};
use outis_keys::{FileSlot, KeyError, Pkcs11Options, Pkcs11Slot, Slot, TreeKeys, TreeOptions};
use zeroize::Zeroizing;

use crate::config::{Config, KeysProvider, Pkcs11Config};

/// Where a PIN may be instead of in a file.
const PIN_VARIABLE: &str = "OUTIS_KEYS_PIN";

/// Opens the key tree, which only one process can do at a time.
///
/// # Errors
/// Whatever keeps the root from being read; then nothing is opened and nothing is made.
pub(crate) fn open_tree(config: &Config) -> anyhow::Result<TreeKeys> {
    let slot = open(config)?;
    if let Some(doubt) = slot.about().doubt {
        note!(Warn, "what the slot forgets may be kept by its volume", why = doubt);
    }
    let options = TreeOptions {
        escrow_window: config.keys.escrow_window.duration(),
        mirror: config.keys.mirror_dir.clone(),
        ..TreeOptions::default()
    };
    Ok(TreeKeys::open(&config.data_dir.join("keys"), slot, options)?)
}

/// True if another process has the tree.
pub(super) fn is_in_use(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref::<KeyError>(), Some(KeyError::InUse))
}

fn open(config: &Config) -> anyhow::Result<Arc<dyn Slot>> {
    match config.keys.provider {
        KeysProvider::File if config.keys.kms.wrap_key.is_some() => service(config),
        KeysProvider::File => Ok(Arc::new(FileSlot::open(&config.slot())?)),
        KeysProvider::Pkcs11 => token(config),
        KeysProvider::Kms => service(config),
    }
}

fn token(config: &Config) -> anyhow::Result<Arc<dyn Slot>> {
    let settings = &config.keys.pkcs11;
    let options = Pkcs11Options {
        module: settings.module.clone().context("keys.pkcs11.module is not set")?,
        token: settings.token.clone().context("keys.pkcs11.token is not set")?,
        pin: pin(settings)?,
    };
    Ok(Arc::new(Pkcs11Slot::open(&config.root_file(), options)?))
}

fn pin(settings: &Pkcs11Config) -> anyhow::Result<Secret<String>> {
    let text = match &settings.pin_file {
        Some(file) => std::fs::read_to_string(file).context("the file of keys.pkcs11.pin_file cannot be read")?,
        None => std::env::var(PIN_VARIABLE)
            .ok()
            .context("the token's PIN is missing: set keys.pkcs11.pin_file, or the variable OUTIS_KEYS_PIN")?,
    };
    let text = Zeroizing::new(text);
    Ok(Secret::new(text.trim_end_matches(['\r', '\n']).to_owned()))
}

#[cfg(feature = "kms")]
fn service(config: &Config) -> anyhow::Result<Arc<dyn Slot>> {
    use outis_keys::{KmsOptions, KmsSlot, KmsWrappedSlot};
    let settings = &config.keys.kms;
    let options = KmsOptions {
        region: settings.region.clone().context("keys.kms.region is not set")?,
        endpoint: settings.endpoint.clone(),
        credentials_file: settings.credentials_file.clone().context("keys.kms.credentials_file is not set")?,
    };
    Ok(match &settings.wrap_key {
        Some(key) => Arc::new(KmsWrappedSlot::open(&config.slot(), &options, key)?),
        None => Arc::new(KmsSlot::open(&config.root_file(), &options)?),
    })
}

#[cfg(not(feature = "kms"))]
fn service(_: &Config) -> anyhow::Result<Arc<dyn Slot>> {
    anyhow::bail!("this program was built without AWS KMS: use a release, or build with `--features kms`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::KmsConfig;

    fn config(data_dir: &std::path::Path) -> Config {
        let mut config = Config { data_dir: data_dir.to_owned(), ..Config::default() };
        config.keys.provider = KeysProvider::Pkcs11;
        config.keys.pkcs11.module = Some(data_dir.join("none.so"));
        config.keys.pkcs11.token = Some("outis".to_owned());
        config
    }

    fn said(config: &Config) -> String {
        format!("{:#}", open_tree(config).expect_err("refused"))
    }

    #[test]
    fn what_keeps_a_root_from_being_read_is_said_with_what_to_do_and_nothing_is_made() {
        let dir = tempfile::tempdir().expect("folder");
        let mut config = config(dir.path());
        assert!(said(&config).contains("OUTIS_KEYS_PIN"));
        config.keys.pkcs11.pin_file = Some(dir.path().join("pin"));
        assert!(said(&config).contains("keys.pkcs11.pin_file"));
        std::fs::write(dir.path().join("pin"), "80808\n").expect("written");
        let error = said(&config);
        assert!(error.contains("keys.pkcs11.module") && !error.contains("80808"), "{error}");
        assert!(!dir.path().join("keys").exists(), "a tree was made");

        config.keys.provider = KeysProvider::Kms;
        let closed = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port");
        let credentials_file = dir.path().join("credentials");
        std::fs::write(&credentials_file, "aws_access_key_id = test\naws_secret_access_key = test\n").expect("written");
        config.keys.kms = KmsConfig {
            region: Some("eu-central-1".to_owned()),
            endpoint: Some(format!("http://{closed}")),
            credentials_file: Some(credentials_file),
            wrap_key: None,
        };
        let error = said(&config);
        let expected = if cfg!(feature = "kms") { "cannot be reached" } else { "--features kms" };
        assert!(error.contains(expected), "{error}");
        assert!(!dir.path().join("root").exists());
        let made = std::fs::read_dir(dir.path().join("keys")).map(|entries| entries.count()).unwrap_or_default();
        assert_eq!(made, 0, "a tree was made");
    }
}
