//! What a stop does to connections and requests.

use http_body_util::BodyExt;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use super::*;

/// A listener with `/slow`, which says when it was entered and answers when it may.
struct Running {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    task: tokio::task::JoinHandle<Result<Drained, ListenError>>,
    entered: Arc<Semaphore>,
    may_leave: Arc<Semaphore>,
    dir: tempfile::TempDir,
}

async fn start(drain: Duration) -> Running {
    let dir = tempfile::tempdir().expect("folder");
    let tls = own_tls(dir.path());
    let (entered, may_leave) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let slow = {
        let (entered, may_leave) = (Arc::clone(&entered), Arc::clone(&may_leave));
        move || async move {
            entered.add_permits(1);
            may_leave.acquire().await.expect("open").forget();
            "done"
        }
    };
    let router = router().route("/slow", get(slow));
    let options = ListenOptions { limits: Limits { drain, ..Limits::default() }, ..options() };
    let listener = Listener::bind(SocketAddr::from(([127, 0, 0, 1], 0)), options).await.expect("bound");
    let address = listener.local_addr();
    let (stop, told) = watch::channel(false);
    let task = tokio::spawn(listener.run(router, Some(tls), told));
    Running { address, stop, task, entered, may_leave, dir }
}

impl Running {
    async fn connect(&self, protocol: &[u8]) -> TlsStream<TcpStream> {
        let stream = TcpStream::connect(self.address).await.expect("connected");
        shake_hands(self.dir.path(), protocol, stream).await
    }

    async fn stopped(self) -> Drained {
        timeout(LONG, self.task).await.expect("it ends").expect("no panic").expect("ran")
    }
}

fn slow() -> http::Request<Body> {
    http::Request::get("https://localhost/slow").header("host", "localhost").body(Body::empty()).expect("request")
}

async fn text(answer: http::Response<hyper::body::Incoming>) -> Vec<u8> {
    answer.into_body().collect().await.expect("body").to_bytes().to_vec()
}

#[tokio::test]
async fn what_was_begun_is_finished_and_nobody_new_comes_in() {
    let running = start(Duration::from_secs(30)).await;
    let (mut one, connection) =
        http1::handshake(TokioIo::new(running.connect(b"http/1.1").await)).await.expect("HTTP/1.1");
    tokio::spawn(connection);
    let (mut two, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(running.connect(b"h2").await)).await.expect("HTTP/2");
    tokio::spawn(connection);
    let answers: Vec<_> = vec![
        tokio::spawn(one.send_request(slow())),
        tokio::spawn(two.send_request(slow())),
        tokio::spawn(two.send_request(slow())),
    ];
    running.entered.acquire_many(3).await.expect("open").forget();
    running.stop.send_replace(true);
    while TcpStream::connect(running.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    running.may_leave.add_permits(3);
    for answer in answers {
        let answer = answer.await.expect("no panic").expect("answered");
        assert_eq!(text(answer).await, b"done");
    }
    assert_eq!(running.stopped().await, Drained::Whole);
}

#[tokio::test]
async fn idle_connections_are_closed_at_once() {
    let running = start(Duration::from_secs(30)).await;
    let mut one = running.connect(b"http/1.1").await;
    one.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.expect("written");
    one.read_exact(&mut [0; 12]).await.expect("answered");
    let (mut two, connection) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(running.connect(b"h2").await)).await.expect("HTTP/2");
    let closed = tokio::spawn(connection);
    running.may_leave.add_permits(1);
    text(two.send_request(slow()).await.expect("answered")).await;
    running.stop.send_replace(true);
    until_closed(&mut one).await;
    closed.await.expect("no panic").expect("closed in order");
    assert_eq!(running.stopped().await, Drained::Whole);
}

#[tokio::test]
async fn whoever_has_just_come_may_still_ask_once() {
    let running = start(Duration::from_secs(30)).await;
    let mut early = running.connect(b"http/1.1").await;
    running.stop.send_replace(true);
    while TcpStream::connect(running.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    early.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.expect("written");
    let (got, _) = until_closed(&mut early).await;
    let got = String::from_utf8_lossy(&got);
    assert!(got.contains("connection: close") && got.ends_with("hello"), "{got}");
    assert_eq!(running.stopped().await, Drained::Whole);
}

#[tokio::test]
async fn what_takes_too_long_is_cut() {
    let running = start(Duration::from_millis(50)).await;
    let mut client = running.connect(b"http/1.1").await;
    client.write_all(b"GET /slow HTTP/1.1\r\nhost: a\r\n\r\n").await.expect("written");
    running.entered.acquire().await.expect("open").forget();
    running.stop.send_replace(true);
    let (got, _) = until_closed(&mut client).await;
    assert!(got.is_empty());
    assert_eq!(running.stopped().await, Drained::Cut(1));
}

#[tokio::test]
async fn a_sender_that_is_gone_is_a_stop() {
    let running = start(Duration::from_secs(30)).await;
    let (gone, _) = watch::channel(false);
    drop(std::mem::replace(&mut { running.stop }, gone));
    let end = timeout(LONG, running.task).await.expect("it ends").expect("no panic").expect("ran");
    assert_eq!(end, Drained::Whole);
}

#[tokio::test(start_paused = true)]
async fn a_pipe_drains_after_its_first_answer() {
    let (pipe, mut client) = Pipe::plain();
    pipe.draining.send_replace(true);
    client.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.expect("written");
    let (got, took) = until_closed(&mut client).await;
    assert!(got.ends_with(b"hello"));
    assert_eq!(took, Duration::ZERO);
}
