//! The vault in a database of a PostgreSQL server.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use outis_disclose::Secret;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions, PgSslMode};
use sqlx::{ConnectOptions, Connection, PgPool};

use super::database::within;
use crate::DatabaseError;

pub(super) const TABLES: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS people_version (version BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS people_owner (id BYTEA PRIMARY KEY)",
    "CREATE TABLE IF NOT EXISTS records (id BYTEA PRIMARY KEY, sealed BYTEA NOT NULL)",
    "CREATE TABLE IF NOT EXISTS jobs (id BYTEA PRIMARY KEY, sealed BYTEA NOT NULL)",
];
/// Reads of a transaction that begins so are of one moment.
pub(super) const ONE_MOMENT: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
pub(super) const BYTES: &str = "SELECT pg_total_relation_size('records')";

/// Open connections at a time.
const MOST_CONNECTIONS: u32 = 8;
/// How long a call waits for a connection: also for a server that is just starting again.
const ACQUIRE: Duration = Duration::from_secs(5);
/// How long a connection that is not used stays open.
const IDLE: Duration = Duration::from_secs(300);

/// A database of a PostgreSQL server, and who we are there.
#[derive(Debug)]
pub struct Server {
    /// Where the server is.
    pub host: Host,
    /// Its port, also of a socket.
    pub port: u16,
    /// The role, which must own the database.
    pub user: String,
    /// The database, which holds nothing else.
    pub database: String,
    /// The role's password, if it has one.
    pub password: Option<Secret<String>>,
    /// Certificates of authorities (PEM) that are trusted besides the public ones.
    pub ca_file: Option<PathBuf>,
}

/// Where a server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// The folder of its Unix socket.
    Socket(PathBuf),
    /// Its name or address.
    Name(String),
}

impl Host {
    /// True if nothing that is sent there leaves this machine. `localhost` never does (RFC 6761, section 6.3).
    fn is_here(&self) -> bool {
        match self {
            Host::Socket(_) => true,
            Host::Name(name) => name == "localhost" || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()),
        }
    }
}

impl Server {
    /// TLS with a certificate for this name, wherever it is not this machine; there it is as the server offers.
    fn tls(&self) -> PgSslMode {
        match &self.host {
            Host::Socket(_) => PgSslMode::Disable,
            Host::Name(_) if self.ca_file.is_some() || !self.host.is_here() => PgSslMode::VerifyFull,
            Host::Name(_) => PgSslMode::Prefer,
        }
    }

    fn options(&self) -> PgConnectOptions {
        let password = self.password.as_ref().map_or("", |password| password.expose("told to the server"));
        // What the driver would take from variables such as PGHOST is said here. Certificates of a client it may have from
        // PGSSLCERT and PGSSLKEY.
        let options = PgConnectOptions::new_without_pgpass()
            .port(self.port)
            .username(&self.user)
            .password(password)
            .database(&self.database)
            .application_name("outis")
            .ssl_mode(self.tls())
            // What is acknowledged is durable, whatever role or database have as their defaults; nothing waits for ever.
            .options([
                ("synchronous_commit", "on"),
                ("statement_timeout", "20s"),
                ("idle_in_transaction_session_timeout", "60s"),
            ])
            .disable_statement_logging();
        let options = match &self.ca_file {
            Some(file) => options.ssl_root_cert(file),
            None => options,
        };
        match &self.host {
            Host::Socket(dir) => options.socket(dir),
            Host::Name(name) => options.host(name),
        }
    }
}

/// Whether the server lets us in.
pub(super) async fn reach(server: &Server) -> Result<(), DatabaseError> {
    let connection = tokio::time::timeout(ACQUIRE, PgConnection::connect_with(&server.options())).await;
    let connection = connection.map_err(|_| DatabaseError::Away(sqlx::Error::PoolTimedOut))??;
    within(connection.close()).await
}

/// Opens connections to the server.
pub(super) async fn open(server: &Server) -> Result<PgPool, DatabaseError> {
    let options = server.options();
    // Once without the pool, which hides why it does not get a connection.
    reach(server).await?;
    let pool = PgPoolOptions::new().max_connections(MOST_CONNECTIONS).acquire_timeout(ACQUIRE).idle_timeout(IDLE);
    Ok(pool.connect_lazy_with(options))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(host: Host) -> Server {
        let (user, database) = ("outis".to_owned(), "members".to_owned());
        Server { host, port: 5432, user, database, password: None, ca_file: None }
    }

    fn mode(name: &str) -> String {
        format!("{:?}", server(Host::Name(name.to_owned())).options().get_ssl_mode())
    }

    #[test]
    fn whatever_leaves_this_machine_is_encrypted_for_a_server_that_shows_who_it_is() {
        for elsewhere in ["db.example", "192.0.2.1", "2001:db8::1", "10.0.0.5", "localhost.example", "0.0.0.0"] {
            assert_eq!(mode(elsewhere), "VerifyFull", "{elsewhere}");
        }
        for here in ["127.0.0.1", "::1", "localhost"] {
            assert_eq!(mode(here), "Prefer", "{here}");
            let with_ca = Server { ca_file: Some("/ca.pem".into()), ..server(Host::Name(here.to_owned())) };
            assert!(matches!(with_ca.tls(), PgSslMode::VerifyFull));
        }
        assert!(matches!(server(Host::Socket("/run/postgresql".into())).tls(), PgSslMode::Disable));
    }

    #[test]
    fn a_password_is_in_no_text() {
        let secret = Some(Secret::new("80808".to_owned()));
        let server = Server { password: secret, ..server(Host::Name("db.example".to_owned())) };
        assert!(!format!("{server:?}").contains("80808"));
    }
}
