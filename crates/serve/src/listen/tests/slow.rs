//! Clients that hold a connection for nothing.

use std::future::pending;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::sleep;

use super::*;

#[tokio::test(start_paused = true)]
async fn silence() {
    let (_pipe, mut client) = Pipe::plain();
    let (got, took) = until_closed(&mut client).await;
    assert!(got.is_empty());
    about(took, Limits::default().first_byte);
}

#[tokio::test(start_paused = true)]
async fn silence_instead_of_a_handshake() {
    let (_pipe, mut client) = Pipe::tls();
    about(until_closed(&mut client).await.1, Limits::default().handshake);
}

#[tokio::test(start_paused = true)]
async fn half_a_client_hello() {
    let (_pipe, mut client) = Pipe::tls();
    // A record of 512 bytes with a ClientHello, of which little comes.
    client.write_all(&[22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3, 7, 7, 7]).await.expect("written");
    about(until_closed(&mut client).await.1, Limits::default().handshake);
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_drips() {
    let (_pipe, client) = Pipe::tls();
    let (mut reads, mut writes) = tokio::io::split(client);
    let dripping = tokio::spawn(async move {
        for byte in [22u8, 3, 1, 2, 0, 1, 0, 1, 252].into_iter().chain([3; 400]) {
            sleep(Duration::from_secs(1)).await;
            if writes.write_all(&[byte]).await.is_err() {
                return;
            }
        }
    });
    about(until_closed(&mut reads).await.1, Limits::default().handshake);
    dripping.await.expect("dripped");
}

#[tokio::test(start_paused = true)]
async fn silence_after_the_handshake() {
    for protocol in [&b"h2"[..], b"http/1.1"] {
        let (pipe, client) = Pipe::tls();
        let mut client = pipe.shake_hands(protocol, client).await;
        about(until_closed(&mut client).await.1, Limits::default().first_byte);
    }
}

#[tokio::test(start_paused = true)]
async fn half_of_the_headers() {
    let (_pipe, mut client) = Pipe::plain();
    sleep(Duration::from_secs(4)).await;
    client.write_all(b"GET / HTTP/1.1\r\nhost: a.test\r\nx-").await.expect("written");
    about(until_closed(&mut client).await.1, Limits::default().headers);
}

#[tokio::test(start_paused = true)]
async fn headers_that_drip() {
    let (pipe, client) = Pipe::tls();
    let client = pipe.shake_hands(b"http/1.1", client).await;
    let (mut reads, mut writes) = tokio::io::split(client);
    tokio::spawn(async move {
        writes.write_all(b"GET / HTTP/1.1\r\nhost: a.test\r\n").await.expect("written");
        while writes.write_all(b"x: y\r\n").await.is_ok() {
            sleep(Duration::from_secs(1)).await;
        }
    });
    about(until_closed(&mut reads).await.1, Limits::default().headers);
}

#[tokio::test(start_paused = true)]
async fn half_of_the_second_headers() {
    let (_pipe, mut client) = Pipe::plain();
    client.write_all(b"GET / HTTP/1.1\r\nhost: a.test\r\n\r\n").await.expect("written");
    let mut answer = [0; 16];
    client.read_exact(&mut answer).await.expect("answer");
    sleep(Duration::from_secs(30)).await;
    client.write_all(b"GET / HT").await.expect("still open");
    about(until_closed(&mut client).await.1, Limits::default().headers);
}

#[tokio::test(start_paused = true)]
async fn silence_after_an_answer() {
    let (_pipe, mut client) = Pipe::plain();
    client.write_all(b"GET / HTTP/1.1\r\nhost: a.test\r\n\r\n").await.expect("written");
    let (got, took) = until_closed(&mut client).await;
    assert!(String::from_utf8_lossy(&got).ends_with("\r\n\r\nhello"));
    about(took, Limits::default().idle);
}

#[tokio::test(start_paused = true)]
async fn half_of_a_body() {
    let (_pipe, mut client) = Pipe::plain();
    client.write_all(b"POST /size HTTP/1.1\r\nhost: a.test\r\ncontent-length: 9\r\n\r\n1234").await.expect("written");
    let (got, took) = until_closed(&mut client).await;
    assert!(String::from_utf8_lossy(&got).starts_with("HTTP/1.1 400 "));
    about(took, Limits::default().body_idle);
}

#[tokio::test(start_paused = true)]
async fn a_body_that_drips() {
    let (_pipe, client) = Pipe::plain();
    let (mut reads, mut writes) = tokio::io::split(client);
    tokio::spawn(async move {
        let head = b"POST /size HTTP/1.1\r\nhost: a.test\r\ncontent-length: 99999\r\n\r\n";
        writes.write_all(head).await.expect("written");
        while writes.write_all(b"x").await.is_ok() {
            sleep(Duration::from_secs(1)).await;
        }
    });
    let (got, took) = until_closed(&mut reads).await;
    assert!(String::from_utf8_lossy(&got).starts_with("HTTP/1.1 400 "));
    assert!(took < Duration::from_secs(60), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_nobody_takes() {
    let (_pipe, mut client) = Pipe::plain();
    client.write_all(b"GET /large HTTP/1.1\r\nhost: a.test\r\n\r\n").await.expect("written");
    // The server gives up while nothing is read; what is read afterwards ends early.
    sleep(LONG).await;
    let (got, took) = until_closed(&mut client).await;
    assert!(got.len() < 1 << 20, "{}", got.len());
    assert!(took < Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_taken_slowly_but_steadily_arrives() {
    let (_pipe, mut client) = Pipe::plain();
    client.write_all(b"GET /large HTTP/1.1\r\nhost: a.test\r\nconnection: close\r\n\r\n").await.expect("written");
    let mut all = 0;
    let mut piece = vec![0; 64 * 1024];
    loop {
        match client.read(&mut piece).await.expect("not cut") {
            0 => break,
            bytes => all += bytes,
        }
        sleep(Duration::from_millis(500)).await;
    }
    assert!(all > 8 << 20);
}

#[tokio::test(start_paused = true)]
async fn too_many_headers_and_too_long_ones() {
    for header in [format!("x-a: {}\r\n", "y".repeat(100_000)), "x-a: y\r\n".repeat(70)] {
        let (_pipe, mut client) = Pipe::plain();
        let head = format!("GET / HTTP/1.1\r\nhost: a.test\r\n{header}\r\n");
        let (mut reads, mut writes) = tokio::io::split(&mut client);
        let (_, (got, _)) = tokio::join!(writes.write_all(head.as_bytes()), until_closed(&mut reads));
        assert!(String::from_utf8_lossy(&got).starts_with("HTTP/1.1 431 "), "{}", String::from_utf8_lossy(&got));
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_is_cut_from_outside_is_gone_at_once() {
    let (pipe, mut client) = Pipe::tls();
    drop(pipe);
    assert_eq!(until_closed(&mut client).await.1, Duration::ZERO);
    let _ = timeout(Duration::from_secs(1), pending::<()>()).await;
}
