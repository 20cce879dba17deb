//! Clients that misuse HTTP/2, frame by frame.

use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::sleep;

use super::*;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// `GET /` of `https://a`, as HPACK writes it.
const GET: &[u8] = &[0x82, 0x87, 0x84, 0x41, 0x01, b'a'];

const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const ENHANCE_YOUR_CALM: u8 = 11;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a small frame").to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// Kind, flags and payload of each whole frame.
fn frames(mut bytes: &[u8]) -> Vec<(u8, u8, Vec<u8>)> {
    let mut all = Vec::new();
    while bytes.len() >= 9 {
        let length = u32::from_be_bytes([0, bytes[0], bytes[1], bytes[2]]) as usize;
        let Some(payload) = bytes.get(9..9 + length) else { break };
        all.push((bytes[3], bytes[4], payload.to_vec()));
        bytes = &bytes[9 + length..];
    }
    all
}

async fn begun() -> (Pipe, TlsStream<DuplexStream>) {
    let (pipe, client) = Pipe::tls();
    let mut client = pipe.shake_hands(b"h2", client).await;
    client.write_all(PREFACE).await.expect("written");
    client.flush().await.expect("sent");
    (pipe, client)
}

async fn send(client: &mut TlsStream<DuplexStream>, frames: &[Vec<u8>]) {
    client.write_all(&frames.concat()).await.expect("written");
    client.flush().await.expect("sent");
}

#[tokio::test(start_paused = true)]
async fn the_preface_only() {
    let (_pipe, mut client) = begun().await;
    about(until_closed(&mut client).await.1, Limits::default().headers);
}

#[tokio::test(start_paused = true)]
async fn half_of_the_preface() {
    let (pipe, client) = Pipe::tls();
    let mut client = pipe.shake_hands(b"h2", client).await;
    client.write_all(&PREFACE[..9]).await.expect("written");
    client.flush().await.expect("sent");
    about(until_closed(&mut client).await.1, Limits::default().headers);
}

#[tokio::test(start_paused = true)]
async fn pings_without_a_request() {
    let (_pipe, client) = begun().await;
    let (mut reads, mut writes) = tokio::io::split(client);
    tokio::spawn(async move {
        let mut next = frame(SETTINGS, 0, 0, &[]);
        while writes.write_all(&next).await.is_ok() && writes.flush().await.is_ok() {
            sleep(Duration::from_secs(1)).await;
            next = frame(PING, 0, 0, &[7; 8]);
        }
    });
    let (got, took) = until_closed(&mut reads).await;
    about(took, Limits::default().headers);
    assert!(frames(&got).iter().any(|(kind, ..)| *kind == GOAWAY), "it is told");
}

#[tokio::test(start_paused = true)]
async fn headers_without_end() {
    let (_pipe, mut client) = begun().await;
    send(&mut client, &[frame(SETTINGS, 0, 0, &[]), frame(HEADERS, END_STREAM, 1, GET)]).await;
    about(until_closed(&mut client).await.1, Limits::default().headers);
}

#[tokio::test(start_paused = true)]
async fn headers_without_end_after_a_request() {
    let (_pipe, mut client) = begun().await;
    let request = frame(HEADERS, END_STREAM | END_HEADERS, 1, GET);
    send(&mut client, &[frame(SETTINGS, 0, 0, &[]), request, frame(HEADERS, END_STREAM, 3, GET)]).await;
    let (got, took) = until_closed(&mut client).await;
    assert!(frames(&got).iter().any(|(kind, ..)| *kind == HEADERS), "the first is answered");
    // The ping that cannot be answered within the headers ends it, before the idle time does.
    assert!(took <= Limits::default().idle + Limits::default().farewell, "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn headers_that_are_continued_for_ever() {
    let (_pipe, client) = begun().await;
    let (mut reads, mut writes) = tokio::io::split(client);
    let flood = async move {
        let begin = [frame(SETTINGS, 0, 0, &[]), frame(HEADERS, END_STREAM, 1, GET)].concat();
        // A header of one letter, not to be indexed.
        let more = frame(CONTINUATION, 0, 1, &[0, 1, b'x', 1, b'y'].repeat(200));
        let mut sent = writes.write_all(&begin).await;
        while sent.is_ok() {
            sent = writes.write_all(&more).await;
        }
    };
    let ((), (_, took)) = tokio::join!(flood, until_closed(&mut reads));
    assert!(took < Limits::default().headers, "it is closed for its size, not its time: {took:?}");
}

#[tokio::test(start_paused = true)]
async fn requests_taken_back_at_once() {
    let (_pipe, client) = begun().await;
    let (mut reads, mut writes) = tokio::io::split(client);
    let flood = async move {
        let mut sent = writes.write_all(&frame(SETTINGS, 0, 0, &[])).await;
        for stream in (1..20_000).step_by(2) {
            if sent.is_err() {
                return;
            }
            let request = frame(HEADERS, END_STREAM | END_HEADERS, stream, GET);
            let reset = frame(RST_STREAM, 0, stream, &[0, 0, 0, 8]);
            sent = writes.write_all(&[request, reset].concat()).await;
        }
        let _ = writes.flush().await;
        std::future::pending::<()>().await;
    };
    let (got, took) = tokio::select! {
        closed = until_closed(&mut reads) => closed,
        () = flood => until_closed(&mut reads).await,
    };
    assert!(took < Limits::default().first_byte, "{took:?}");
    let away = frames(&got).into_iter().find(|(kind, ..)| *kind == GOAWAY).expect("it is told");
    assert_eq!(away.2[7], ENHANCE_YOUR_CALM);
}

#[tokio::test(start_paused = true)]
async fn an_answer_for_which_there_is_never_a_window() {
    let (_pipe, mut client) = begun().await;
    // SETTINGS_INITIAL_WINDOW_SIZE = 0, and pings are answered.
    send(&mut client, &[frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 0, 0]), frame(HEADERS, 5, 1, GET)]).await;
    let (mut reads, mut writes) = tokio::io::split(client);
    let start = Instant::now();
    let mut got = Vec::new();
    let mut seen = 0;
    let mut piece = [0; 4096];
    while let Ok(bytes) = timeout(LONG, reads.read(&mut piece)).await.expect("the server closes") {
        if bytes == 0 {
            break;
        }
        got.extend_from_slice(&piece[..bytes]);
        let all = frames(&got);
        for (kind, flags, payload) in &all[seen..] {
            if (*kind, *flags) == (PING, 0) {
                let _ = writes.write_all(&frame(PING, 1, 0, payload)).await;
                let _ = writes.flush().await;
            }
        }
        seen = all.len();
    }
    let most = Limits::default().stalled + Limits::default().idle + Limits::default().farewell;
    assert!(start.elapsed() <= most, "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_good_client_is_closed_when_idle_and_told() {
    let (pipe, client) = Pipe::tls();
    let client = pipe.shake_hands(b"h2", client).await;
    let (mut requests, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(client)).await.expect("HTTP/2");
    let closed = tokio::spawn(connection);
    let request = http::Request::get("https://localhost/").body(Body::empty()).expect("request");
    let answer = requests.send_request(request).await.expect("answer");
    assert_eq!(answer.status(), StatusCode::OK);
    drop(answer);
    let start = Instant::now();
    timeout(LONG, closed).await.expect("the server closes").expect("no panic").expect("closed in order");
    about(start.elapsed(), Limits::default().idle);
}
