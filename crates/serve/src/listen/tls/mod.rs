//! TLS: versions and ciphers, tickets, and a certificate that can change while connections come in.

mod files;
mod own;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use base64::Engine;
use outis_disclose::note;
use parking_lot::Mutex;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::{Ticketer, default_provider};
use rustls::pki_types::UnixTime;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::{TLS12, TLS13};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use crate::config::Config;
use files::Stamp;

/// HTTP/2 as the handshake names it.
pub(super) const HTTP2: &[u8] = b"h2";
const HTTP1: &[u8] = b"http/1.1";

/// How often the certificate files are looked at.
const EVERY: Duration = Duration::from_secs(5);
/// How often it is checked that our own certificate does not near its end.
const BETWEEN_CHECKS: Duration = Duration::from_secs(60 * 60);

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    /// The certificate file.
    #[error("certificate file cannot be read")]
    CertificateFile(#[source] std::io::Error),
    /// The key file.
    #[error("key file cannot be read")]
    KeyFile(#[source] std::io::Error),
    /// The certificate file is not PEM or holds no certificate.
    #[error("certificate file holds no certificate in PEM")]
    NoCertificate,
    /// The key file is not PEM or holds no private key.
    #[error("key file holds no private key in PEM")]
    NoKey,
    /// Certificate and key are broken or not of each other.
    #[error("certificate and key do not work together")]
    Unusable(#[source] rustls::Error),
    /// Our own certificate could not be made.
    #[error("own certificate cannot be made")]
    Make(#[source] rcgen::Error),
    /// Our own certificate could not be written.
    #[error("own certificate cannot be written")]
    Write(#[source] std::io::Error),
}

impl TlsError {
    /// In words that may be logged.
    fn means(&self) -> &'static str {
        match self {
            TlsError::CertificateFile(_) => "the certificate file cannot be read",
            TlsError::KeyFile(_) => "the key file cannot be read",
            TlsError::NoCertificate => "the certificate file holds no certificate in PEM",
            TlsError::NoKey => "the key file holds no private key in PEM",
            TlsError::Unusable(_) => "certificate and key do not work together",
            TlsError::Make(_) => "our own certificate cannot be made",
            TlsError::Write(_) => "our own certificate cannot be written",
        }
    }
}

/// Where the certificate comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// Files of the operator's, read again when they change.
    Files {
        /// The chain, the server's own certificate first.
        certificate: PathBuf,
        /// Its key.
        key: PathBuf,
    },
    /// A certificate that we make and renew ourselves. Browsers ask before they trust it.
    Own {
        /// Where it is kept.
        dir: PathBuf,
        /// The names and addresses it is for.
        names: Vec<String>,
    },
}

impl From<&Config> for Source {
    fn from(config: &Config) -> Source {
        match (&config.tls_certificate, &config.tls_key) {
            (Some(certificate), Some(key)) => Source::Files { certificate: certificate.clone(), key: key.clone() },
            _ => Source::Own { dir: config.data_dir.join("tls"), names: own::names(config) },
        }
    }
}

impl Source {
    /// The certificate and the state of the files that it was read from.
    fn load(&self, now: UnixTime) -> Result<(CertifiedKey, Stamp), TlsError> {
        match self {
            Source::Files { certificate, key } => {
                // The stamp first: a change while the files are read is seen the next time.
                let stamp = Stamp::of(certificate, key);
                Ok((files::read(certificate, key)?, stamp))
            }
            Source::Own { dir, names } => {
                let certified = own::open(dir, names, now)?;
                Ok((certified, own::stamp(dir)))
            }
        }
    }

    fn stamp(&self) -> Stamp {
        match self {
            Source::Files { certificate, key } => Stamp::of(certificate, key),
            Source::Own { dir, .. } => own::stamp(dir),
        }
    }
}

/// The TLS side of a listener.
pub(crate) struct Tls {
    acceptor: TlsAcceptor,
    current: Arc<Current>,
    source: Source,
    seen: Mutex<Seen>,
}

/// What is known of the files and of the certificate from them.
struct Seen {
    loaded: Stamp,
    failed: Option<Stamp>,
    checked: UnixTime,
}

/// The certificate of the moment. Whoever shakes hands gets the newest; nobody waits for a change.
#[derive(Debug)]
struct Current(ArcSwap<CertifiedKey>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

/// What came of looking for a new certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reloaded {
    /// Nothing changed.
    Same,
    /// A new certificate is in use.
    New,
    /// The new files cannot be used; the old certificate stays.
    Kept,
}

impl Tls {
    /// Reads or makes the certificate.
    ///
    /// TLS 1.3, and 1.2 with ephemeral keys and authenticated encryption, which is all that the library has. Session
    /// tickets are sealed with a key that changes every six hours; there is no early data.
    ///
    /// # Errors
    /// If there is no usable certificate.
    pub(crate) fn open(source: Source) -> Result<Arc<Tls>, TlsError> {
        let now = UnixTime::now();
        let (certified, loaded) = source.load(now)?;
        let seen = Seen { loaded, failed: None, checked: now };
        let current = Arc::new(Current(ArcSwap::from_pointee(certified)));
        let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_protocol_versions(&[&TLS13, &TLS12])
            .map_err(TlsError::Unusable)?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&current) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![HTTP2.to_vec(), HTTP1.to_vec()];
        config.ticketer = Ticketer::new().map_err(TlsError::Unusable)?;
        // A resumed session needs one ticket; two is the default for clients that open several connections at once.
        config.send_tls13_tickets = 1;
        let acceptor = TlsAcceptor::from(Arc::new(config));
        Ok(Arc::new(Tls { acceptor, current, source, seen: Mutex::new(seen) }))
    }

    pub(super) fn acceptor(&self) -> &TlsAcceptor {
        &self.acceptor
    }

    /// Signs with the certificate's key: RSA (PKCS #1 v1.5) or ECDSA with SHA-256 or what the curve goes with, or Ed25519.
    /// `None` if the key does none of these.
    pub(crate) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        use rustls::SignatureScheme::{ECDSA_NISTP256_SHA256, ECDSA_NISTP384_SHA384, ED25519, RSA_PKCS1_SHA256};
        let schemes = [RSA_PKCS1_SHA256, ECDSA_NISTP256_SHA256, ECDSA_NISTP384_SHA384, ED25519];
        self.current.0.load().key.choose_scheme(&schemes)?.sign(message).ok()
    }

    /// The certificate and what it is issued by, in PEM (RFC 7468).
    pub(crate) fn certificates(&self) -> String {
        let pem = |der: &rustls::pki_types::CertificateDer<'_>| {
            let text = base64::engine::general_purpose::STANDARD.encode(der);
            let lines: Vec<&str> = (0..text.len()).step_by(64).map(|at| &text[at..text.len().min(at + 64)]).collect();
            format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
        };
        self.current.0.load().cert.iter().map(pem).collect()
    }

    /// Looks once for changed files, and for an own certificate that nears its end.
    pub(crate) fn reload(&self) -> Reloaded {
        self.reload_at(UnixTime::now())
    }

    fn reload_at(&self, now: UnixTime) -> Reloaded {
        let mut seen = self.seen.lock();
        let stamp = self.source.stamp();
        if stamp == seen.loaded && !self.must_renew(&mut seen, now) {
            return Reloaded::Same;
        }
        match self.source.load(now) {
            Ok((certified, stamp)) => {
                *seen = Seen { loaded: stamp, failed: None, checked: now };
                self.current.0.store(Arc::new(certified));
                note!(Info, "a new certificate is in use");
                Reloaded::New
            }
            Err(error) => {
                // Tried again the next time, in case the files were not complete yet, but said once.
                if seen.failed != Some(stamp) {
                    note!(Warn, "the new certificate cannot be used and the old one stays", why = error.means());
                }
                seen.failed = Some(stamp);
                Reloaded::Kept
            }
        }
    }

    /// True if our own certificate nears its end. Looked at once an hour.
    fn must_renew(&self, seen: &mut Seen, now: UnixTime) -> bool {
        let Source::Own { names, .. } = &self.source else { return false };
        if seen.failed.is_none() && now.as_secs().abs_diff(seen.checked.as_secs()) < BETWEEN_CHECKS.as_secs() {
            return false;
        }
        seen.checked = now;
        let current = self.current.0.load();
        !current.end_entity_cert().is_ok_and(|certificate| own::is_good(certificate, names, now))
    }

    /// Looks for a new certificate every few seconds and on SIGHUP, until `stop` says true.
    pub(crate) async fn watch(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        use tokio::signal::unix::{SignalKind, signal};
        let mut hangup = signal(SignalKind::hangup()).ok();
        let mut every = tokio::time::interval(EVERY);
        every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let asked = async {
                match &mut hangup {
                    Some(hangup) => hangup.recv().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = super::told(&mut stop) => return,
                _ = every.tick() => {}
                _ = asked => {}
            }
            let this = Arc::clone(&self);
            // Reading files may block; a panic there is none of ours to repeat.
            let _ = tokio::task::spawn_blocking(move || this.reload()).await;
        }
    }
}

#[cfg(test)]
mod tests;
