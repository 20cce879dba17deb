//! Where members are kept, as configured.

use anyhow::Context;
use outis_disclose::Secret;
use outis_people::{Server, Vault};
use zeroize::Zeroizing;

use crate::config::Config;

/// Where the password may be instead of in a file.
const PASSWORD_VARIABLE: &str = "OUTIS_PEOPLE_PASSWORD";

/// The vault of the configuration, with the password read.
///
/// # Errors
/// When the file of the password cannot be read.
pub(crate) fn vault(config: &Config) -> anyhow::Result<Vault> {
    let Some(address) = &config.people.database else {
        return Ok(Vault::Folder(config.data_dir.join("people")));
    };
    let password = match &config.people.password_file {
        Some(file) => Some(std::fs::read_to_string(file).context("the file of people.password_file cannot be read")?),
        None => std::env::var(PASSWORD_VARIABLE).ok(),
    };
    let password = password.map(Zeroizing::new);
    Ok(Vault::Server(Server {
        host: address.host.clone(),
        port: address.port,
        user: address.user.clone(),
        database: address.database.clone(),
        password: password.map(|text| Secret::new(text.trim_end_matches(['\r', '\n']).to_owned())),
        ca_file: config.people.ca_file.clone(),
    }))
}
