//! Connections over TLS that are kept open.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use serde_json::Value;
use tokio_rustls::TlsConnector;

/// Makes connections to one server, and trusts its certificate and no other.
#[derive(Clone)]
pub(crate) struct Client {
    at: SocketAddr,
    tls: TlsConnector,
}

/// An answer, read whole.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Bytes,
}

/// One connection.
pub(crate) struct Connection {
    host: String,
    sender: SendRequest<Full<Bytes>>,
}

impl Client {
    pub(crate) fn trusting(certificate: &Path, at: SocketAddr) -> anyhow::Result<Client> {
        let mut roots = rustls::RootCertStore::empty();
        let file = CertificateDer::pem_file_iter(certificate).with_context(|| format!("{}", certificate.display()))?;
        for certificate in file {
            roots.add(certificate?)?;
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        let config = config.with_root_certificates(roots).with_no_client_auth();
        Ok(Client { at, tls: TlsConnector::from(Arc::new(config)) })
    }

    pub(crate) async fn connect(&self) -> anyhow::Result<Connection> {
        let stream = tokio::net::TcpStream::connect(self.at).await?;
        stream.set_nodelay(true)?;
        let stream = self.tls.connect(ServerName::from(self.at.ip()), stream).await?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Connection { host: self.at.to_string(), sender })
    }
}

impl Connection {
    pub(crate) async fn post(&mut self, path: &str, headers: &[(&str, &str)], body: Bytes) -> anyhow::Result<Answer> {
        self.send("POST", path, headers, body).await
    }

    /// Asks as whoever has the token, with a JSON body unless it is `null`.
    pub(crate) async fn call(&mut self, method: &str, path: &str, token: &str, body: Value) -> anyhow::Result<Answer> {
        let bearer = format!("Bearer {token}");
        let body = if body.is_null() { Bytes::new() } else { serde_json::to_vec(&body)?.into() };
        self.send(method, path, &[("authorization", &bearer)], body).await
    }

    async fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> anyhow::Result<Answer> {
        let mut request = Request::builder().method(method).uri(path).header("host", &self.host);
        if headers.iter().all(|(name, _)| *name != "content-type") {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.sender.ready().await?;
        let response = self.sender.send_request(request.body(Full::new(body))?).await?;
        let status = response.status().as_u16();
        Ok(Answer { status, body: response.into_body().collect().await?.to_bytes() })
    }

    /// Asks for totals.
    pub(crate) async fn ask(&mut self, question: &Value, token: &str) -> anyhow::Result<Value> {
        self.ask_for("totals", question, token).await
    }

    /// Asks a question of some kind.
    pub(crate) async fn ask_for(&mut self, kind: &str, question: &Value, token: &str) -> anyhow::Result<Value> {
        let bearer = format!("Bearer {token}");
        let body = serde_json::to_vec(question)?.into();
        let answer = self.post(&format!("/api/v1/insights/{kind}"), &[("authorization", &bearer)], body).await?;
        let text = || String::from_utf8_lossy(&answer.body).into_owned();
        anyhow::ensure!(answer.status == 200, "a question was answered {}: {}", answer.status, text());
        Ok(serde_json::from_slice(&answer.body)?)
    }
}
