//! Certificates: our own, the operator's, and their change under load.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsConnector;

use super::*;

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn own(dir: &Path, names: &[String], now: UnixTime) -> CertificateDer<'static> {
    let certified = own::open(dir, names, now).expect("a certificate");
    certified.end_entity_cert().expect("a certificate").clone().into_owned()
}

fn in_days(days: u64) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(UnixTime::now().as_secs() + days * 24 * 60 * 60))
}

/// A client that trusts these certificates.
fn client(trusted: &[CertificateDer<'static>]) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    for certificate in trusted {
        roots.add(certificate.clone()).expect("a root");
    }
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&[&TLS13, &TLS12])
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config))
}

#[test]
fn only_ephemeral_keys_and_authenticated_encryption() {
    for suite in default_provider().cipher_suites {
        let name = format!("{:?}", suite.suite());
        let modern = name.starts_with("TLS13_") || name.starts_with("TLS_ECDHE_");
        assert!(modern && (name.contains("GCM") || name.contains("CHACHA20_POLY1305")), "{name}");
    }
}

#[test]
fn our_own_certificate_is_made_once_and_its_key_is_ours_alone() {
    let dir = tempfile::tempdir().expect("folder");
    let tls = dir.path().join("deep/tls");
    let names = names(&["localhost", "127.0.0.1", "::1", "stats.example.org"]);
    let first = own(&tls, &names, UnixTime::now());
    let mode = |name: &str| std::fs::metadata(tls.join(name)).expect("file").permissions().mode() & 0o777;
    assert_eq!((mode("key.pem"), mode("cert.pem")), (0o600, 0o644));
    assert_eq!(std::fs::metadata(&tls).expect("folder").permissions().mode() & 0o777, 0o700);
    std::fs::set_permissions(tls.join("key.pem"), std::fs::Permissions::from_mode(0o644)).expect("mode");
    assert_eq!(own(&tls, &names, in_days(300)), first, "good for a while");
    assert_eq!(mode("key.pem"), 0o600);
}

#[test]
fn our_own_certificate_is_made_anew_for_other_names_before_its_end_and_when_broken() {
    let dir = tempfile::tempdir().expect("folder");
    let first = own(dir.path(), &names(&["localhost"]), UnixTime::now());
    let second = own(dir.path(), &names(&["localhost", "stats.example.org"]), UnixTime::now());
    assert_ne!(first, second);
    let third = own(dir.path(), &names(&["localhost"]), in_days(370));
    assert_ne!(second, third);
    std::fs::write(dir.path().join("key.pem"), "no key").expect("written");
    assert_ne!(own(dir.path(), &names(&["localhost"]), in_days(370)), third);
}

#[test]
fn a_certificate_that_nears_its_end_is_renewed_while_running() {
    let dir = tempfile::tempdir().expect("folder");
    let tls = Tls::open(Source::Own { dir: dir.path().to_owned(), names: names(&["localhost"]) }).expect("opened");
    assert_eq!(tls.reload_at(in_days(300)), Reloaded::Same);
    assert_eq!(tls.reload_at(in_days(370)), Reloaded::New);
    assert_eq!(tls.reload_at(in_days(370)), Reloaded::Same);
}

#[test]
fn names_are_those_of_the_address_and_of_the_public_url() {
    let config = |listen: &str, public_url: Option<&str>| Config {
        listen: listen.parse().expect("address"),
        public_url: public_url.map(str::to_owned),
        ..Config::default()
    };
    let loopback = ["127.0.0.1", "::1", "localhost"];
    assert_eq!(own::names(&config("0.0.0.0:1", None)), loopback);
    let with_url = own::names(&config("192.0.2.1:1", Some("https://stats.example.org:8400/x")));
    assert_eq!(with_url, ["127.0.0.1", "192.0.2.1", "::1", "localhost", "stats.example.org"]);
    let six = own::names(&config("[::]:1", Some("https://[2001:db8::1]:8400")));
    assert_eq!(six, ["127.0.0.1", "2001:db8::1", "::1", "localhost"]);
}

/// A folder with two pairs of files and the place that the server reads one of them from.
struct Pairs {
    dir: tempfile::TempDir,
    certificates: [CertificateDer<'static>; 2],
}

impl Pairs {
    fn new() -> Pairs {
        let dir = tempfile::tempdir().expect("folder");
        let certificates = ["a", "b"].map(|pair| own(&dir.path().join(pair), &names(&["localhost"]), UnixTime::now()));
        let pairs = Pairs { dir, certificates };
        pairs.put("a", "cert.pem");
        pairs.put("a", "key.pem");
        pairs
    }

    /// Puts a file of a pair in the place, as renewal tools do.
    fn put(&self, pair: &str, name: &str) {
        let new = self.dir.path().join("new");
        std::fs::copy(self.dir.path().join(pair).join(name), &new).expect("copied");
        std::fs::rename(new, self.dir.path().join(name)).expect("renamed");
    }

    fn source(&self) -> Source {
        Source::Files { certificate: self.dir.path().join("cert.pem"), key: self.dir.path().join("key.pem") }
    }

    fn shown(&self, tls: &Tls) -> CertificateDer<'static> {
        tls.current.0.load().end_entity_cert().expect("a certificate").clone().into_owned()
    }
}

#[test]
fn files_that_cannot_be_used_leave_the_old_certificate() {
    let pairs = Pairs::new();
    let tls = Tls::open(pairs.source()).expect("opened");
    assert_eq!(tls.reload(), Reloaded::Same);
    for broken in ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        std::fs::write(pairs.dir.path().join("cert.pem"), broken).expect("written");
        assert_eq!(tls.reload(), Reloaded::Kept, "{broken:?}");
        assert_eq!(pairs.shown(&tls), pairs.certificates[0]);
    }
    pairs.put("b", "cert.pem");
    assert_eq!(tls.reload(), Reloaded::Kept, "the key is still the old one");
    pairs.put("b", "key.pem");
    assert_eq!(tls.reload(), Reloaded::New);
    assert_eq!(pairs.shown(&tls), pairs.certificates[1]);
    std::fs::remove_file(pairs.dir.path().join("key.pem")).expect("removed");
    assert_eq!(tls.reload(), Reloaded::Kept);
}

#[test]
fn at_the_start_files_must_be_usable() {
    let pairs = Pairs::new();
    pairs.put("b", "key.pem");
    assert!(matches!(Tls::open(pairs.source()), Err(TlsError::Unusable(_))));
    std::fs::remove_file(pairs.dir.path().join("cert.pem")).expect("removed");
    assert!(matches!(Tls::open(pairs.source()), Err(TlsError::CertificateFile(_))));
}

#[tokio::test(start_paused = true)]
async fn a_change_is_seen_without_being_told() {
    let pairs = Pairs::new();
    let tls = Tls::open(pairs.source()).expect("opened");
    let (stop, told) = watch::channel(false);
    let watching = tokio::spawn(Arc::clone(&tls).watch(told));
    pairs.put("b", "cert.pem");
    pairs.put("b", "key.pem");
    let seen = async {
        while pairs.shown(&tls) != pairs.certificates[1] {
            tokio::time::sleep(EVERY).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(3_600), seen).await.expect("seen");
    stop.send_replace(true);
    watching.await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_handshake_fails_while_certificates_change() {
    const SWAPS: usize = 40;
    let pairs = Pairs::new();
    let tls = Tls::open(pairs.source()).expect("opened");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("bound");
    let address = listener.local_addr().expect("address");
    let serving = tokio::spawn({
        let tls = Arc::clone(&tls);
        async move {
            loop {
                let (stream, _) = listener.accept().await.expect("accepted");
                let tls = Arc::clone(&tls);
                tokio::spawn(async move {
                    let mut stream = tls.acceptor().accept(stream).await.expect("server's handshake");
                    stream.write_all(b"hello").await.expect("written");
                    stream.shutdown().await.expect("closed");
                });
            }
        }
    });
    let over = Arc::new(AtomicBool::new(false));
    let shaken = Arc::new(AtomicUsize::new(0));
    let clients: Vec<_> = (0..4)
        .map(|_| {
            let (over, shaken) = (Arc::clone(&over), Arc::clone(&shaken));
            // No resumption: each handshake sees a certificate.
            let trusted = pairs.certificates.clone();
            tokio::spawn(async move {
                let mut seen = [0; 2];
                while !over.load(Ordering::Relaxed) {
                    let stream = TcpStream::connect(address).await.expect("connected");
                    let name = ServerName::try_from("localhost").expect("name");
                    let mut stream = client(&trusted).connect(name, stream).await.expect("client's handshake");
                    let shown = stream.get_ref().1.peer_certificates().expect("certificates")[0].clone();
                    seen[usize::from(shown == trusted[1])] += 1;
                    let mut hello = Vec::new();
                    stream.read_to_end(&mut hello).await.expect("read");
                    assert_eq!(hello, b"hello");
                    shaken.fetch_add(1, Ordering::Relaxed);
                }
                seen
            })
        })
        .collect();
    for swap in 1..=SWAPS {
        let pair = if swap % 2 == 0 { "a" } else { "b" };
        pairs.put(pair, "cert.pem");
        assert_eq!(tls.reload(), Reloaded::Kept);
        pairs.put(pair, "key.pem");
        assert_eq!(tls.reload(), Reloaded::New);
        let before = shaken.load(Ordering::Relaxed);
        while shaken.load(Ordering::Relaxed) < before + 5 {
            assert!(clients.iter().all(|client| !client.is_finished()), "a handshake failed");
            tokio::task::yield_now().await;
        }
    }
    over.store(true, Ordering::Relaxed);
    let mut seen = [0; 2];
    for client in clients {
        let of_one = client.await.expect("no handshake failed");
        seen = [seen[0] + of_one[0], seen[1] + of_one[1]];
    }
    assert!(seen[0] > 0 && seen[1] > 0, "{seen:?}");
    assert!(!serving.is_finished());
    serving.abort();
}
