//! Why a database refuses, said by what would work.

use std::io::ErrorKind;

/// Why the database of members refuses. What it is about is in no text: databases are given names and sealed bytes alone.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// It may work when it is tried again.
    #[error(
        "it cannot be reached or does not answer in time; where it is PostgreSQL: does the server run, and is the \
         address in people.database right?"
    )]
    Away(#[source] sqlx::Error),
    /// Nothing is sent in the clear over a network.
    #[error(
        "the server offers no TLS, which is needed unless it is on loopback or a Unix socket: set ssl = on in its \
         postgresql.conf, or name its socket in people.database"
    )]
    NoTls,
    /// It is not known to be the server that is meant.
    #[error(
        "the server's certificate is not accepted: it must be for the name in people.database, and of a public authority \
         or one in people.ca_file"
    )]
    Certificate(#[source] sqlx::Error),
    /// Wrong user or password, or not from here.
    #[error(
        "the server does not let us in: check the user in people.database, the password in people.password_file or \
         OUTIS_PEOPLE_PASSWORD, and the server's pg_hba.conf"
    )]
    NotLetIn,
    /// It must be made by whoever runs the server.
    #[error("the server has no such database: make it with CREATE DATABASE, owned by the user in people.database")]
    NoDatabase,
    /// Not the rights it takes.
    #[error("the user in people.database may not do this: it must own the database")]
    NotAllowed,
    /// A standby.
    #[error("the server only lets us read: people.database must name the primary")]
    ReadOnly,
    /// Anything else.
    #[error("it refused")]
    Refused(#[source] sqlx::Error),
}

impl From<sqlx::Error> for DatabaseError {
    fn from(error: sqlx::Error) -> DatabaseError {
        match &error {
            // What rustls does not accept ends the handshake as invalid data.
            sqlx::Error::Io(io) if io.kind() == ErrorKind::InvalidData => DatabaseError::Certificate(error),
            sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::Protocol(_) => DatabaseError::Away(error),
            sqlx::Error::Tls(why) if why.to_string().contains("does not support TLS") => DatabaseError::NoTls,
            sqlx::Error::Tls(_) => DatabaseError::Certificate(error),
            sqlx::Error::Database(told) => match told.code().as_deref() {
                Some("28000" | "28P01") => DatabaseError::NotLetIn,
                Some("3D000") => DatabaseError::NoDatabase,
                Some("42501") => DatabaseError::NotAllowed,
                Some("25006") => DatabaseError::ReadOnly,
                // Shutting down, starting, out of connections, or over the time limit.
                Some("57P01" | "57P02" | "57P03" | "53300" | "57014") => DatabaseError::Away(error),
                _ => DatabaseError::Refused(error),
            },
            _ => DatabaseError::Refused(error),
        }
    }
}
