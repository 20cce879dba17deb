//! One attempt: to the address that was checked, without following anywhere, within bounds of time and length.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode, header};
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::destination::Destination;
use crate::outbox::Headers;
use crate::resolve::{NoAddress, Resolve, checked};
use crate::sign::signature;

/// How long an attempt takes at most, from looking up the name to the first line of the answer.
const ATTEMPT: Duration = Duration::from_secs(10);
/// Largest head of an answer. Its body is not read.
const MOST_HEAD_BYTES: usize = 16 * 1024;

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The receiver took it (2xx).
    Delivered,
    /// The receiver answered with another status; 3xx too: nothing is followed.
    Refused,
    /// The receiver wants no more of it (410).
    Gone,
    /// Nobody answered in time, or not with HTTP, or TLS failed.
    Unreachable,
    /// Its name has an address that nothing may go to.
    Blocked,
}

/// What is sent.
pub(crate) struct Parcel<'a> {
    pub(crate) id: &'a str,
    /// When, in seconds since 1970.
    pub(crate) seconds: i64,
    pub(crate) body: &'a Bytes,
    pub(crate) headers: &'a Headers,
}

/// Sends a message once.
pub(crate) async fn send(resolver: &dyn Resolve, to: &Destination, parcel: &Parcel<'_>) -> Outcome {
    match tokio::time::timeout(ATTEMPT, attempt(resolver, to, parcel)).await {
        Ok(outcome) => outcome,
        Err(_) => Outcome::Unreachable,
    }
}

async fn attempt(resolver: &dyn Resolve, to: &Destination, parcel: &Parcel<'_>) -> Outcome {
    let at = match checked(resolver, &to.host, to.port, to.reach).await {
        Ok(at) => at,
        Err(NoAddress::Blocked) => return Outcome::Blocked,
        Err(NoAddress::Unknown) => return Outcome::Unreachable,
    };
    // To the address that was looked at: the name is not looked up again.
    let Ok(stream) = TcpStream::connect(at).await else { return Outcome::Unreachable };
    let Some(request) = request(to, parcel) else { return Outcome::Unreachable };
    let status = match &to.tls {
        None => exchange(stream, request).await,
        Some(tls) => match secured(tls, &to.host, stream).await {
            Some(stream) => exchange(stream, request).await,
            None => None,
        },
    };
    match status {
        Some(status) if status.is_success() => Outcome::Delivered,
        Some(StatusCode::GONE) => Outcome::Gone,
        Some(_) => Outcome::Refused,
        None => Outcome::Unreachable,
    }
}

async fn secured(
    tls: &Arc<rustls::ClientConfig>,
    host: &str,
    stream: TcpStream,
) -> Option<tokio_rustls::client::TlsStream<TcpStream>> {
    let name = ServerName::try_from(host.to_owned()).ok()?;
    TlsConnector::from(tls.clone()).connect(name, stream).await.ok()
}

fn request(to: &Destination, parcel: &Parcel<'_>) -> Option<Request<Full<Bytes>>> {
    let default = if to.tls.is_some() { 443 } else { 80 };
    let host = if to.host.contains(':') { format!("[{}]", to.host) } else { to.host.clone() };
    let host = if to.port == default { host } else { format!("{host}:{}", to.port) };
    let signed = signature(&to.secret, parcel.id, parcel.seconds, parcel.body);
    let mut request = Request::post(&to.target)
        .header(header::HOST, host)
        .header(header::USER_AGENT, "outis")
        .header(header::CONTENT_TYPE, "application/json")
        .header("webhook-id", parcel.id)
        .header("webhook-timestamp", parcel.seconds.to_string())
        .header("webhook-signature", signed)
        .body(Full::new(parcel.body.clone()))
        .ok()?;
    for (name, value) in &parcel.headers.0 {
        // Those above stay as they are.
        request.headers_mut().entry(name).or_insert_with(|| value.clone());
    }
    Some(request)
}

/// The status that is answered. Nothing else of the answer is looked at.
async fn exchange<S>(stream: S, request: Request<Full<Bytes>>) -> Option<StatusCode>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let mut builder = http1::Builder::new();
    builder.max_buf_size(MOST_HEAD_BYTES);
    let (mut sender, connection) = builder.handshake(TokioIo::new(stream)).await.ok()?;
    // Ends with this attempt: whoever goes on talking talks to nobody.
    let connection = Cut(tokio::spawn(async move { drop(connection.await) }));
    let answer = sender.send_request(request).await.ok()?;
    drop(connection);
    Some(answer.status())
}

/// A task that ends with whoever waits for it.
struct Cut(tokio::task::JoinHandle<()>);

impl Drop for Cut {
    fn drop(&mut self) {
        self.0.abort();
    }
}
