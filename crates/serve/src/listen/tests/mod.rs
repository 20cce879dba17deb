//! The listener against clients of every kind.

mod clients;
mod drain;
mod http2;
mod slow;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum::routing::{get, post};
use http::StatusCode;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, duplex};
use tokio::sync::watch;
use tokio::time::{Instant, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::connection::Front;
use super::*;

/// Longer than any limit. With paused time nobody waits for it.
const LONG: Duration = Duration::from_secs(3_600);

fn peer() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], 4711))
}

/// `/` says hello, `/peer` the address, `/size` takes a body, `/large` gives one that no buffer holds.
fn router() -> Router {
    Router::new()
        .route("/", get(|| async { "hello" }))
        .route("/peer", get(|ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.to_string() }))
        .route(
            "/size",
            post(|body: Result<Bytes, axum::extract::rejection::BytesRejection>| async move {
                body.map(|body| body.len().to_string()).map_err(|_| StatusCode::BAD_REQUEST)
            }),
        )
        .route("/large", get(|| async { Body::from(vec![b'x'; 8 << 20]) }))
}

fn own_tls(dir: &std::path::Path) -> Arc<Tls> {
    Tls::open(Source::Own { dir: dir.to_owned(), names: vec!["localhost".to_owned()] }).expect("TLS")
}

fn connector(dir: &std::path::Path, protocol: &[u8]) -> TlsConnector {
    use rustls::pki_types::pem::PemObject;
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(dir.join("cert.pem")).expect("certificate")).expect("root");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.to_vec()];
    TlsConnector::from(Arc::new(config))
}

async fn shake_hands<T: AsyncRead + AsyncWrite + Unpin>(
    dir: &std::path::Path,
    protocol: &[u8],
    stream: T,
) -> TlsStream<T> {
    let name = ServerName::try_from("localhost").expect("name");
    connector(dir, protocol).connect(name, stream).await.expect("handshake")
}

/// One connection in memory, so that paused time can run ahead.
struct Pipe {
    /// Says when the listener drains.
    draining: watch::Sender<bool>,
    dir: tempfile::TempDir,
}

impl Pipe {
    fn plain() -> (Pipe, DuplexStream) {
        Pipe::open(false)
    }

    fn tls() -> (Pipe, DuplexStream) {
        Pipe::open(true)
    }

    fn open(tls: bool) -> (Pipe, DuplexStream) {
        let dir = tempfile::tempdir().expect("folder");
        let tls = tls.then(|| own_tls(dir.path()));
        let (draining, told) = watch::channel(false);
        let front = Front::new(router(), tls, Limits::default(), told);
        let (client, server) = duplex(16 * 1024);
        tokio::spawn(async move { front.serve(server, peer()).await });
        (Pipe { draining, dir }, client)
    }

    async fn shake_hands(&self, protocol: &[u8], client: DuplexStream) -> TlsStream<DuplexStream> {
        shake_hands(self.dir.path(), protocol, client).await
    }
}

/// Reads until the server closes: what came, and after which time.
async fn until_closed(client: &mut (impl AsyncRead + Unpin)) -> (Vec<u8>, Duration) {
    use tokio::io::AsyncReadExt;
    let start = Instant::now();
    let mut got = Vec::new();
    // A cut connection ends with an error, which is an end too.
    let _ = timeout(LONG, client.read_to_end(&mut got)).await.expect("the server closes");
    (got, start.elapsed())
}

fn about(took: Duration, limit: Duration) {
    let most = limit + Limits::default().farewell + Duration::from_millis(10);
    assert!(limit <= took && took <= most, "closed after {took:?}, not after {limit:?}");
}

fn options() -> ListenOptions {
    ListenOptions {
        connections: 64,
        connections_per_network: 8,
        trusted_proxies: Vec::new(),
        limits: Limits::default(),
    }
}
