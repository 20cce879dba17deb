//! Bodies that are small as sent and huge when decompressed are refused without being decompressed whole.

use std::io::Write;
use std::sync::Arc;

use http::{Request, StatusCode};

use crate::{AGENT, Stored, ask, capture};

const MEBIBYTE: usize = 1 << 20;
/// Smaller than any limit on bodies as sent.
const MOST_SENT: usize = 200 * 1024;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    out.write_all(bytes).and_then(|()| out.finish()).expect("memory")
}

fn zst(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 19).expect("memory")
}

/// As many members, one behind the other, as fit.
fn repeated(member: &[u8]) -> Vec<u8> {
    member.repeat(MOST_SENT / member.len())
}

/// The beginning of an event with a name that does not end.
fn endless() -> Vec<u8> {
    let mut text = br#"{"site":"example.org","n":""#.to_vec();
    text.resize(32 * MEBIBYTE, b'a');
    text
}

#[tokio::test]
async fn bombs_are_refused_at_the_limit() {
    let zeros = vec![0; MEBIBYTE];
    let (large, nothing) = (StatusCode::PAYLOAD_TOO_LARGE, StatusCode::BAD_REQUEST);
    for (coding, bomb, expected) in [
        ("gzip", gzip(&endless()), large),
        ("gzip", repeated(&gzip(&zeros)), large),
        ("gzip", repeated(&gzip(b"")), nothing),
        ("zstd", zst(&endless()), large),
        ("zstd", repeated(&zst(&zeros)), large),
        ("zstd", repeated(&zst(b"")), nothing),
    ] {
        assert!(bomb.len() <= MOST_SENT);
        for path in ["/api/v1/events", "/api/event"] {
            let stored = Arc::new(Stored::default());
            let (capture, _) = capture(stored.clone());
            let request = Request::post(path).header("user-agent", AGENT).header("content-encoding", coding);
            let (status, headers, body) = ask(&capture, request.body(bomb.clone().into()).expect("request")).await;
            assert_eq!(status, expected, "{coding} {path} {body}");
            assert_eq!(headers.contains_key("connection"), status == large, "the connection ends with it");
            assert!(stored.0.lock().is_empty());
        }
    }
}

#[tokio::test]
async fn compressed_events_are_taken_and_a_second_layer_is_not() {
    let body = r#"{"n":"pageview","d":"example.org","u":"https://example.org/"}"#.as_bytes();
    for (coding, bytes, expected) in [
        ("gzip", gzip(body), StatusCode::ACCEPTED),
        ("zstd", zst(body), StatusCode::ACCEPTED),
        ("gzip", gzip(&gzip(body)), StatusCode::BAD_REQUEST),
        ("gzip, zstd", zst(&gzip(body)), StatusCode::UNSUPPORTED_MEDIA_TYPE),
        ("br", body.to_vec(), StatusCode::UNSUPPORTED_MEDIA_TYPE),
        ("zstd", gzip(body), StatusCode::BAD_REQUEST),
    ] {
        let stored = Arc::new(Stored::default());
        let (capture, _) = capture(stored.clone());
        let request = Request::post("/api/event").header("user-agent", AGENT).header("content-encoding", coding);
        let (status, ..) = ask(&capture, request.body(bytes.into()).expect("request")).await;
        assert_eq!(status, expected, "{coding}");
        assert_eq!(stored.0.lock().len(), usize::from(status == StatusCode::ACCEPTED));
    }
}
