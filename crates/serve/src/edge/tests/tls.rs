//! Health over TLS, against servers with certificates of an authority that the operator named, and of others.

use std::path::Path;
use std::sync::Arc;

use outis_anonymise::Whereabouts;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::super::{Centres, Health};
use crate::config::EdgeConfig;

/// Signs certificates of servers.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new() -> Authority {
        let mut params = CertificateParams::new(Vec::new()).expect("good");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let pem = params.self_signed(&key).expect("signed").pem();
        Authority { issuer: Issuer::new(params, key), pem }
    }

    /// A server on this machine with a certificate for this name, which is well.
    async fn server(&self, name: &str) -> u16 {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec![name.to_owned()]).expect("good");
        let certificate = params.signed_by(&key, &self.issuer).expect("signed");
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("good");
        let config = config.with_no_client_auth().with_single_cert(vec![certificate.der().clone()], key).expect("good");
        let acceptor = TlsAcceptor::from(Arc::new(config));
        serve(move |stream| well_over_tls(acceptor.clone(), stream)).await
    }
}

/// Answers the one question. Whoever does not trust the certificate ends the handshake.
async fn well_over_tls(acceptor: TlsAcceptor, stream: TcpStream) {
    let Ok(mut stream) = acceptor.accept(stream).await else { return };
    let mut asked = [0; 1024];
    let read = stream.read(&mut asked).await.unwrap_or(0);
    let good = asked[..read].starts_with(b"GET /v1/healthz HTTP/1.1\r\n");
    let status = if good { "204 No Content" } else { "404 Not Found" };
    let _ = stream.write_all(format!("HTTP/1.1 {status}\r\nconnection: close\r\n\r\n").as_bytes()).await;
    let _ = stream.shutdown().await;
}

async fn serve<F>(answer: impl Fn(TcpStream) -> F + Send + Sync + 'static) -> u16
where
    F: Future<Output = ()> + Send,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            answer(stream).await;
        }
    });
    port
}

/// Two data centres: the one at this port, which is for callers whose place is not known, and one that is never asked.
fn config(port: u16, ca_file: Option<&Path>) -> EdgeConfig {
    let ca_file = ca_file.map(|file| format!("ca_file = {file:?}\n")).unwrap_or_default();
    let text = format!(
        "default = \"vie\"\n{ca_file}\
         [[centres]]\nname = \"nyc\"\nurl = \"https://nyc.example\"\ncountries = [\"US\"]\n\
         [[centres]]\nname = \"vie\"\nurl = \"https://localhost:{port}/v1\"\ncountries = [\"AT\"]\nhealth = \"/healthz\"\n"
    );
    toml::from_str(&text).expect("a good configuration")
}

/// Who is named to somebody whose place is not known, once health was asked for often enough.
async fn named(config: &EdgeConfig) -> String {
    let centres = Arc::new(Centres::new(config));
    let health = Health::new(config, centres.clone()).expect("made");
    health.ask_all().await;
    health.ask_all().await;
    centres.choose(&Whereabouts::default()).expect("one").centre.name.clone()
}

#[tokio::test]
async fn only_who_shows_a_certificate_of_a_named_authority_for_its_own_name_is_well() {
    let dir = tempfile::tempdir().expect("a folder");
    let (ours, other) = (Authority::new(), Authority::new());
    let file = |name: &str, pem: &str| {
        let file = dir.path().join(name);
        std::fs::write(&file, pem).expect("written");
        file
    };
    let (trusted, both) = (file("ours.pem", &ours.pem), file("both.pem", &format!("{}{}", other.pem, ours.pem)));
    let (good, strange) = (ours.server("localhost").await, other.server("localhost").await);
    assert_eq!(named(&config(good, Some(&trusted))).await, "vie");
    assert_eq!(named(&config(good, None)).await, "nyc", "only the public authorities are trusted");
    assert_eq!(named(&config(strange, Some(&trusted))).await, "nyc", "of an authority that is not named");
    assert_eq!(named(&config(strange, Some(&both))).await, "vie", "a file may have several");
    let elsewhere = ours.server("vie.example").await;
    assert_eq!(named(&config(elsewhere, Some(&trusted))).await, "nyc", "of another name");
    let plain = serve(|mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await;
    })
    .await;
    assert_eq!(named(&config(plain, Some(&trusted))).await, "nyc", "without TLS");
    let gone = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address").port();
    assert_eq!(named(&config(gone, Some(&trusted))).await, "nyc", "not there");
}

/// Time stands still, and goes on when nothing else can.
#[tokio::test(start_paused = true)]
async fn who_takes_a_connection_and_says_nothing_is_dead() {
    let silent = serve(|stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    assert_eq!(named(&config(silent, None)).await, "nyc");
}

#[test]
fn a_file_of_authorities_that_is_none_ends_the_start() {
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("ca.pem");
    let health = || {
        let config = config(1, Some(&file));
        Health::new(&config, Arc::new(Centres::new(&config))).err().map(|error| format!("{error:#}"))
    };
    assert!(health().is_some_and(|error| error.contains("edge.ca_file")), "not there");
    std::fs::write(&file, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").expect("written");
    assert!(health().is_some_and(|error| error.contains("edge.ca_file")), "no certificate");
}
