//! What somebody on the network sees of canaries that are sent to a listener with TLS: nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::json;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::search::finds;
use super::{MARK, SITE, event};
use crate::http::{Answer, send, send_over};
use crate::server::{AGENT, Place, Server};

/// Writes every packet on loopback to a file, each after its length in four bytes, until it is killed.
const CAPTURE: &str = "
import socket, struct, sys
every = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
every.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 26)
every.bind(('lo', 3))
with open(sys.argv[1], 'wb', buffering=0) as out:
    out.write(struct.pack('>I', 0))
    while True:
        packet = every.recv(1 << 17)
        out.write(struct.pack('>I', len(packet)) + packet)
";

/// Somebody who listens on the network. Killed when dropped.
struct Listening {
    child: Child,
    file: PathBuf,
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Listening {
    /// `None` if this machine does not allow it.
    async fn start(folder: &Path) -> Option<Listening> {
        let file = folder.join("packets");
        let mut command = Command::new("python3");
        command.args(["-c", CAPTURE]).arg(&file).stderr(Stdio::null());
        let mut listening = Listening { child: command.spawn().ok()?, file };
        while std::fs::metadata(&listening.file).map_or(0, |file| file.len()) == 0 {
            if listening.child.try_wait().ok()?.is_some() {
                return None;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Some(listening)
    }

    /// What was sent from or to the port in each direction, put together; complete up to a packet that holds `last`.
    fn streams(&self, port: u16) -> Vec<Vec<u8>> {
        let bytes = std::fs::read(&self.file).expect("packets");
        let mut streams: BTreeMap<(u16, u16), BTreeMap<u32, Vec<u8>>> = BTreeMap::new();
        let mut rest = &bytes[..];
        while let Some((length, after)) = rest.split_first_chunk() {
            let Some((packet, after)) = after.split_at_checked(u32::from_be_bytes(*length) as usize) else { break };
            rest = after;
            let Some((ports, sequence, payload)) = tcp(packet) else { continue };
            if (ports.0 == port || ports.1 == port) && !payload.is_empty() {
                // Each packet is seen where it is sent and where it arrives.
                streams.entry(ports).or_default().insert(sequence, payload.to_vec());
            }
        }
        streams.into_values().map(|pieces| pieces.into_values().collect::<Vec<_>>().concat()).collect()
    }

    /// Waits until at least so many bytes were seen.
    async fn until(&self, port: u16, bytes: usize) -> Vec<Vec<u8>> {
        for _ in 0..500 {
            let streams = self.streams(port);
            if streams.iter().map(Vec::len).sum::<usize>() >= bytes {
                return streams;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("what was sent was not captured");
    }
}

/// Ports, sequence number and content of a TCP segment over IPv4.
fn tcp(packet: &[u8]) -> Option<((u16, u16), u32, &[u8])> {
    let (head, protocol) = (packet.first()?, packet.get(9)?);
    if head >> 4 != 4 || *protocol != 6 {
        return None;
    }
    let length = usize::from(u16::from_be_bytes(*packet.get(2..4)?.first_chunk()?));
    let segment = packet.get(usize::from(head & 15) * 4..length)?;
    let two = |at: usize| segment.get(at..at + 2)?.first_chunk().map(|two| u16::from_be_bytes(*two));
    let sequence = u32::from_be_bytes(*segment.get(4..8)?.first_chunk()?);
    Some(((two(0)?, two(2)?), sequence, segment.get(usize::from(segment.get(12)? >> 4) * 4..)?))
}

/// A server, and the certificate by which it is known.
async fn server(tls: &'static str) -> (Place, Server) {
    let place = Place::new().with("tls", tls);
    place.outis(&["site", "add", SITE, "--floor", "1"]);
    let server = place.start().await;
    (place, server)
}

fn body() -> String {
    json!({ "site": SITE, "events": (0..50).map(event).collect::<Vec<_>>() }).to_string()
}

const HEADERS: [(&str, &str); 4] =
    [("user-agent", AGENT), ("content-type", "application/json"), ("cookie", MARK), ("referer", MARK)];

async fn send_encrypted(place: &Place, server: &Server, path: &str, body: String) -> Answer {
    let certificate = CertificateDer::from_pem_file(place.data().join("tls/cert.pem")).expect("a certificate");
    let mut roots = RootCertStore::empty();
    roots.add(certificate).expect("a root");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("versions");
    let connector = TlsConnector::from(Arc::new(config.with_root_certificates(roots).with_no_client_auth()));
    let stream = TcpStream::connect(server.at).await.expect("a connection");
    let name = ServerName::try_from("localhost").expect("a name");
    let stream = connector.connect(name, stream).await.expect("TLS");
    send_over(stream, server.at, "POST", path, &HEADERS, body).await.expect("an answer")
}

#[tokio::test]
#[expect(clippy::print_stderr, reason = "says that the test could not run")]
async fn no_canary_is_in_captured_traffic() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(listening) = Listening::start(folder.path()).await else {
        eprintln!("skipped: no_canary_is_in_captured_traffic needs python3 and the right to listen on loopback");
        return;
    };
    let (place, over_tls) = server("on").await;
    let mut bytes = 0;
    for _ in 0..20 {
        let body = body();
        bytes += body.len();
        let answer = send_encrypted(&place, &over_tls, "/api/v1/events", body).await;
        assert_eq!(answer.status.as_u16(), 202, "{}", answer.text());
    }
    let wrong = send_encrypted(&place, &over_tls, &format!("/api/{MARK}?{MARK}=1"), MARK.to_owned()).await;
    assert!(wrong.status.is_client_error());
    let metrics = send(over_tls.admin, "GET", "/metrics", &[], "").await.expect("an answer").body.len();
    let mut streams = listening.until(over_tls.at.port(), bytes).await;
    streams.extend(listening.until(over_tls.admin.port(), metrics).await);
    for stream in &streams {
        assert_eq!(finds(stream), None, "in traffic");
    }
    // Without TLS, which loopback alone allows, the same listening finds what there is to find.
    let (_place, plain) = server("off").await;
    let body = body();
    let bytes = body.len();
    let answer = send(plain.at, "POST", "/api/v1/events", &HEADERS, body).await.expect("an answer");
    assert_eq!(answer.status.as_u16(), 202, "{}", answer.text());
    let streams = listening.until(plain.at.port(), bytes).await;
    assert!(streams.iter().any(|stream| finds(stream).is_some()), "the canaries are seen where nothing is encrypted");
}
