//! Where the members' database is, if it is not the file of SQLite in the data folder.

use std::path::PathBuf;

use outis_people::Host;
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use url::Url;

/// The port of PostgreSQL.
const PORT: u16 = 5432;

/// The database of members. Its password is in `password_file`, or in the variable `OUTIS_PEOPLE_PASSWORD`, which is no part
/// of the configuration.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct PeopleConfig {
    /// A database of a PostgreSQL server: `postgres://USER@HOST:PORT/DATABASE`. Default: SQLite in `data_dir/people`.
    pub(crate) database: Option<Address>,
    /// A file with the user's password.
    pub(crate) password_file: Option<PathBuf>,
    /// Certificates of authorities (PEM) that are trusted besides the public ones.
    pub(crate) ca_file: Option<PathBuf>,
}

/// The address of a database, without any secret.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Address {
    text: String,
    pub(crate) host: Host,
    pub(crate) port: u16,
    pub(crate) user: String,
    pub(crate) database: String,
}

const FORM: &str = "people.database is postgres://USER@HOST:PORT/DATABASE, such as postgres://outis@db.example/members, or \
                    postgres://outis@%2Frun%2Fpostgresql/members for a Unix socket in /run/postgresql";
const PASSWORD: &str = "people.database must not hold a password: put it into the file of people.password_file, or into the \
                        variable OUTIS_PEOPLE_PASSWORD";
const PARAMETERS: &str = "people.database takes no parameters: TLS is used wherever the server is not on this machine, and \
                          people.ca_file names an authority of your own";

impl TryFrom<String> for Address {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Address, &'static str> {
        let url = Url::parse(&text).map_err(|_| FORM)?;
        if !["postgres", "postgresql"].contains(&url.scheme()) {
            return Err(FORM);
        }
        if url.password().is_some() {
            return Err(PASSWORD);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(PARAMETERS);
        }
        let host = match url.host().ok_or(FORM)? {
            url::Host::Domain(name) => decoded(name)?,
            url::Host::Ipv4(ip) => ip.to_string(),
            url::Host::Ipv6(ip) => ip.to_string(),
        };
        let host = if host.starts_with('/') { Host::Socket(host.into()) } else { Host::Name(host) };
        let (user, database) = (decoded(url.username())?, decoded(url.path().trim_start_matches('/'))?);
        Ok(Address { text, host, port: url.port().unwrap_or(PORT), user, database })
    }
}

/// A part that must be there.
fn decoded(part: &str) -> Result<String, &'static str> {
    let text = percent_decode_str(part).decode_utf8().map_err(|_| FORM)?;
    if text.is_empty() || text.contains('\0') { Err(FORM) } else { Ok(text.into_owned()) }
}

impl From<Address> for String {
    fn from(address: Address) -> String {
        address.text
    }
}

/// What does not go together.
pub(super) fn check(config: &PeopleConfig) -> anyhow::Result<()> {
    let is_server = config.database.is_some();
    if !is_server && (config.password_file.is_some() || config.ca_file.is_some()) {
        anyhow::bail!("people.password_file and people.ca_file go with people.database");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Address, &'static str> {
        Address::try_from(text.to_owned())
    }

    #[test]
    fn an_address_names_server_user_and_database() {
        for (text, host, port) in [
            ("postgres://outis@db.example/members", Host::Name("db.example".into()), 5432),
            ("postgresql://outis@127.0.0.1:6000/members", Host::Name("127.0.0.1".into()), 6000),
            ("postgres://outis@[2001:db8::1]/members", Host::Name("2001:db8::1".into()), 5432),
            ("postgres://outis@%2Frun%2Fpostgresql:6000/members", Host::Socket("/run/postgresql".into()), 6000),
        ] {
            let address = read(text).expect(text);
            assert_eq!((&address.host, address.port), (&host, port), "{text}");
            assert_eq!((address.user.as_str(), address.database.as_str()), ("outis", "members"));
            assert_eq!(String::from(address), text);
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_what_would_work_and_without_what_was_given() {
        for (text, told) in [
            ("postgres://outis:80808@db.example/members", "people.password_file"),
            ("postgres://outis@db.example/members?sslmode=disable", "no parameters"),
            ("postgres://outis@db.example", "USER@HOST"),
            ("postgres://db.example/members", "USER@HOST"),
            ("postgres:///members", "USER@HOST"),
            ("mysql://outis@db.example/members", "USER@HOST"),
            ("80808", "USER@HOST"),
        ] {
            let error = read(text).expect_err(text);
            assert!(error.contains(told) && !error.contains("80808"), "{text}: {error}");
        }
    }
}
