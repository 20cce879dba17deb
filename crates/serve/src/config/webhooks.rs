//! Applications that are told what somebody wants: none by default.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Context;
use outis_disclose::Secret;
use outis_distribute::{Declared, Destination};
use serde::{Deserialize, Serialize};

/// Largest file with a secret or certificates, in bytes.
const MOST_FILE_BYTES: u64 = 1 << 20;

/// All of them, by name.
pub(crate) type Webhooks = BTreeMap<String, WebhookConfig>;

/// Where a webhook goes, such as
/// ```toml
/// [webhooks.tickets]
/// url = "https://app.example/hooks/outis"
/// secret_file = "/etc/outis/tickets.secret"
/// ```
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebhookConfig {
    /// `https://`, on port 443 or 8443, not on a network that is not public.
    pub(crate) url: String,
    /// A file with the secret that requests are signed with: `whsec_` and 24 to 64 bytes in base64.
    pub(crate) secret_file: PathBuf,
    /// Certificates of authorities (PEM); without it the public ones are trusted.
    #[serde(default)]
    pub(crate) ca_file: Option<PathBuf>,
    /// For development: the receiver is on this machine.
    #[serde(default)]
    pub(crate) loopback: bool,
}

/// True of keys below `webhooks`.
pub(super) fn has(key: &str) -> bool {
    match key.split('.').collect::<Vec<_>>().as_slice() {
        ["webhooks", _, field] => ["url", "secret_file", "ca_file", "loopback"].contains(field),
        _ => false,
    }
}

/// Reads the files and looks at every address.
///
/// # Errors
/// What is wrong, with the webhook's name and never with what is in its files.
pub(crate) fn destinations(webhooks: &Webhooks) -> anyhow::Result<Vec<Destination>> {
    let destination = |(name, config): (&String, &WebhookConfig)| {
        let place = || format!("webhooks.{name}");
        let secret = Secret::new(String::from_utf8(file(&config.secret_file)?).with_context(place)?);
        let authorities = config.ca_file.as_ref().map(file).transpose().with_context(place)?;
        let (name, url, loopback) = (name.clone(), config.url.clone(), config.loopback);
        Destination::new(&Declared { name, url, secret, authorities, loopback }).with_context(place)
    };
    webhooks.iter().map(destination).collect()
}

fn file(path: &PathBuf) -> anyhow::Result<Vec<u8>> {
    use std::io::Read;
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).with_context(|| format!("{}", path.display()))?;
    file.take(MOST_FILE_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_webhook_is_an_address_with_a_secret_from_a_file_and_mistakes_are_told_by_name() {
        let dir = tempfile::tempdir().expect("a folder");
        let secret_file = dir.path().join("secret");
        std::fs::write(&secret_file, "whsec_CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=\n").expect("written");
        let webhook = |url: &str| WebhookConfig {
            url: url.to_owned(),
            secret_file: secret_file.clone(),
            ca_file: None,
            loopback: false,
        };
        let read = |url: &str| destinations(&[("tickets".to_owned(), webhook(url))].into());
        let taken = read("https://app.example/hooks").expect("taken");
        assert_eq!((taken[0].name(), taken[0].host()), ("tickets", "app.example"));
        let error = format!("{:#}", read("https://10.0.0.1/").expect_err("refused"));
        assert!(error.contains("webhooks.tickets") && error.contains("public") && !error.contains("10.0"), "{error}");
        std::fs::write(&secret_file, "hunter2").expect("written");
        let error = format!("{:#}", read("https://app.example/").expect_err("refused"));
        assert!(error.contains("whsec_") && !error.contains("hunter2"), "{error}");
    }
}
