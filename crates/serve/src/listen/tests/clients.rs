//! Clients that behave, over real sockets.

use http_body_util::BodyExt;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;

/// A listener that runs.
struct Running {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    task: tokio::task::JoinHandle<Result<Drained, ListenError>>,
    dir: tempfile::TempDir,
}

async fn start(tls: bool, options: ListenOptions) -> Running {
    let dir = tempfile::tempdir().expect("folder");
    let tls = tls.then(|| own_tls(dir.path()));
    let listener = Listener::bind(SocketAddr::from(([127, 0, 0, 1], 0)), options).await.expect("bound");
    let address = listener.local_addr();
    let (stop, told) = watch::channel(false);
    let task = tokio::spawn(listener.run(router(), tls, told));
    Running { address, stop, task, dir }
}

fn request(path: &str) -> http::Request<Body> {
    let uri = format!("https://localhost{path}");
    http::Request::get(uri).header("host", "localhost").body(Body::empty()).expect("request")
}

async fn text(answer: http::Response<hyper::body::Incoming>) -> String {
    let body = answer.into_body().collect().await.expect("body").to_bytes();
    String::from_utf8(body.to_vec()).expect("text")
}

#[tokio::test]
async fn http1_and_http2_over_tls_with_the_address_of_the_peer() {
    let running = start(true, options()).await;
    let stream = TcpStream::connect(running.address).await.expect("connected");
    let peer = stream.local_addr().expect("address").to_string();
    let stream = shake_hands(running.dir.path(), b"http/1.1", stream).await;
    let (mut requests, connection) = http1::handshake(TokioIo::new(stream)).await.expect("HTTP/1.1");
    tokio::spawn(connection);
    assert_eq!(text(requests.send_request(request("/peer")).await.expect("answer")).await, peer);

    let stream = TcpStream::connect(running.address).await.expect("connected");
    let peer = stream.local_addr().expect("address").to_string();
    let stream = shake_hands(running.dir.path(), b"h2", stream).await;
    let (mut requests, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.expect("HTTP/2");
    tokio::spawn(connection);
    assert_eq!(text(requests.send_request(request("/peer")).await.expect("answer")).await, peer);
    let large = requests.send_request(request("/large")).await.expect("answer");
    assert_eq!(text(large).await.len(), 8 << 20);
    let post = http::Request::post("https://localhost/size").body(Body::from(vec![7; 1 << 20])).expect("request");
    assert_eq!(text(requests.send_request(post).await.expect("answer")).await, (1 << 20).to_string());
}

#[tokio::test]
async fn plain_http_speaks_no_http2_and_tls_no_plain_http() {
    let running = start(false, options()).await;
    let mut stream = TcpStream::connect(running.address).await.expect("connected");
    stream.write_all(b"GET /peer HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.expect("written");
    let (got, _) = until_closed(&mut stream).await;
    assert!(String::from_utf8_lossy(&got).ends_with(&stream.local_addr().expect("address").to_string()));
    let mut stream = TcpStream::connect(running.address).await.expect("connected");
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.expect("written");
    let (got, _) = until_closed(&mut stream).await;
    assert!(got.is_empty() || got.starts_with(b"HTTP/1.1 4") || got.starts_with(b"HTTP/1.1 5"), "{got:?}");

    let running = start(true, options()).await;
    let mut stream = TcpStream::connect(running.address).await.expect("connected");
    stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.expect("written");
    let (got, _) = until_closed(&mut stream).await;
    assert!(!got.starts_with(b"HTTP"));
}

#[tokio::test]
async fn plain_http_is_refused_off_loopback() {
    let listener = Listener::bind(SocketAddr::from(([0, 0, 0, 0], 0)), options()).await.expect("bound");
    let (_stop, told) = watch::channel(false);
    let refused = listener.run(router(), None, told).await.expect_err("refused");
    assert!(refused.to_string().starts_with("plain HTTP is only for loopback"), "{refused}");
}

#[tokio::test]
async fn whoever_comes_when_it_is_full_is_turned_away() {
    let running = start(false, ListenOptions { connections: 2, ..options() }).await;
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(running.address).await.expect("connected");
        stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.expect("written");
        stream.read_exact(&mut [0; 12]).await.expect("answered");
        held.push(stream);
    }
    let mut third = TcpStream::connect(running.address).await.expect("connected");
    let (got, _) = until_closed(&mut third).await;
    assert!(got.is_empty());
    drop(held);
    loop {
        // The places are free when the server has seen that the others left.
        let mut stream = TcpStream::connect(running.address).await.expect("connected");
        let _ = stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await;
        if until_closed(&mut stream).await.0.ends_with(b"hello") {
            break;
        }
    }
    running.stop.send_replace(true);
    assert_eq!(running.task.await.expect("no panic").expect("ran"), Drained::Whole);
}
