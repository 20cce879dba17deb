//! A client for our own server, for the command line: it trusts the server's own certificate and no other.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use anyhow::{Context, bail};
use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use serde_json::Value;
use tokio::net::TcpStream;

use crate::config::Config;

/// Largest answer that is read.
const MAX_BYTES: usize = 64 << 20;

/// Sends a JSON body to the running server and reads its JSON answer.
///
/// # Errors
/// When the server cannot be reached or its answer is not JSON.
pub(crate) async fn post(
    config: &Config,
    path: &str,
    token: Option<&str>,
    body: &Value,
) -> anyhow::Result<(StatusCode, Value)> {
    let request = Request::post(path).header("content-type", "application/json");
    let request = match token {
        Some(token) => request.header("authorization", format!("Bearer {token}")),
        None => request,
    };
    let (parts, bytes) = send(config, request, Bytes::from(serde_json::to_vec(body)?)).await?;
    let answer = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
    Ok((parts.status, answer))
}

/// Sends a request to the running server.
///
/// # Errors
/// When the server cannot be reached.
pub(crate) async fn send(
    config: &Config,
    request: http::request::Builder,
    body: Bytes,
) -> anyhow::Result<(http::response::Parts, Bytes)> {
    let at = reachable(config.listen);
    let stream =
        TcpStream::connect(at).await.with_context(|| format!("no server at {at}: start it with `outis serve`"))?;
    let request = request.header("host", at.to_string()).body(Full::new(body))?;
    let response = if config.serves_tls() {
        let name = ServerName::from(at.ip());
        let stream = tokio_rustls::TlsConnector::from(Arc::new(trust(config)?)).connect(name, stream).await;
        exchange(stream.context("the server's certificate does not fit the configuration")?, request).await?
    } else {
        exchange(stream, request).await?
    };
    let (parts, body) = response.into_parts();
    match Limited::new(body, MAX_BYTES).collect().await {
        Ok(body) => Ok((parts, body.to_bytes())),
        Err(_) => bail!("the server's answer broke off"),
    }
}

/// Sends a request over plain HTTP: for the admin listener, which is on loopback.
///
/// # Errors
/// When the server cannot be reached.
pub(crate) async fn send_plain(
    config: &Config,
    request: http::request::Builder,
    body: Bytes,
) -> anyhow::Result<(http::response::Parts, Bytes)> {
    send(&Config { tls: crate::listen::TlsMode::Off, ..config.clone() }, request, body).await
}

/// Sends a request to the admin listener.
///
/// # Errors
/// When no server runs.
pub(crate) async fn send_admin(
    config: &Config,
    request: http::request::Builder,
) -> anyhow::Result<(http::response::Parts, Bytes)> {
    send_admin_with(config, request, Bytes::new()).await
}

/// The same with a body.
///
/// # Errors
/// When no server runs.
pub(crate) async fn send_admin_with(
    config: &Config,
    request: http::request::Builder,
    body: Bytes,
) -> anyhow::Result<(http::response::Parts, Bytes)> {
    let plain = Config { listen: config.admin_listen, ..config.clone() };
    send_plain(&plain, request, body).await
}

async fn exchange<S>(stream: S, request: Request<Full<Bytes>>) -> anyhow::Result<http::Response<Incoming>>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin + 'static,
{
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender.send_request(request).await?)
}

/// A server that listens on every address is reached on this machine.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(four) if four.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(six) if six.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

fn trust(config: &Config) -> anyhow::Result<rustls::ClientConfig> {
    let file = config.tls_certificate.clone().unwrap_or_else(|| config.data_dir.join("tls/cert.pem"));
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(&file).with_context(|| format!("{}", file.display()))? {
        roots.add(certificate?)?;
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}
