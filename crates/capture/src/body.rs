//! Reading a body: within its size, its time and the room there is for all bodies.

use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH};
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};
use zeroize::Zeroizing;

use crate::Limits;
use crate::answer::Refusal;
use crate::inflate::{Coding, InflateError, inflate, push};

/// The unit in which room is given out.
const UNIT_BYTES: usize = 1024;
/// What a body takes besides its bytes.
const OVERHEAD_BYTES: usize = 4 * UNIT_BYTES;
/// Seconds until trying again makes sense when there is no room.
const RETRY_AFTER_S: u32 = 1;

/// The room for all bodies that are being read or worked on.
pub(crate) struct Room {
    units: Arc<Semaphore>,
    limits: Limits,
}

/// A body with the room it takes. Wiped when it is dropped.
pub(crate) struct Held {
    bytes: Zeroizing<Vec<u8>>,
    _room: OwnedSemaphorePermit,
}

impl Held {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl Room {
    pub(crate) fn new(limits: Limits) -> Room {
        let units = (limits.bodies_bytes / UNIT_BYTES).clamp(1, Semaphore::MAX_PERMITS);
        Room { units: Arc::new(Semaphore::new(units)), limits }
    }

    /// Reads a body of at most `most` bytes, as sent and decompressed.
    ///
    /// # Errors
    /// 400 for broken, 413 for large, 415 for unknown codings, 408 for slow bodies; 503 when there is no room.
    pub(crate) async fn read(&self, headers: &HeaderMap, body: Body, most: usize) -> Result<Held, Refusal> {
        let coding = coding_of(headers)?;
        let length = length_of(headers)?;
        if length.is_some_and(|length| length > most) {
            return Err(too_large(most));
        }
        let sent = length.unwrap_or(most);
        let whole = OVERHEAD_BYTES + if coding.is_some() { sent + most } else { sent };
        let room = self.take(whole)?;
        let bytes = self.collect(body, length.unwrap_or(0), most).await?;
        let bytes = match coding {
            None => bytes,
            Some(coding) => inflate(coding, &bytes, most).map_err(|error| match error {
                InflateError::TooLarge => too_large(most),
                InflateError::Broken => {
                    Refusal::new(StatusCode::BAD_REQUEST, "is not compressed as Content-Encoding says, or ends early")
                }
            })?,
        };
        Ok(Held { bytes, _room: room })
    }

    fn take(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Refusal> {
        let units = u32::try_from(bytes.div_ceil(UNIT_BYTES)).unwrap_or(u32::MAX);
        self.units.clone().try_acquire_many_owned(units).map_err(|_| Refusal::overloaded(RETRY_AFTER_S))
    }

    async fn collect(&self, mut body: Body, expected: usize, most: usize) -> Result<Zeroizing<Vec<u8>>, Refusal> {
        let mut out = Zeroizing::new(Vec::with_capacity(expected));
        let end = Instant::now() + self.limits.body_total;
        loop {
            let next = (Instant::now() + self.limits.body_idle).min(end);
            let frame = timeout_at(next, body.frame()).await.map_err(|_| self.too_slow())?;
            let Some(frame) = frame else { return Ok(out) };
            let frame = frame.map_err(|_| Refusal::new(StatusCode::BAD_REQUEST, "ended early"))?;
            let piece: Bytes = frame.into_data().unwrap_or_default();
            if out.len() + piece.len() > most {
                return Err(too_large(most));
            }
            push(&mut out, &piece);
        }
    }

    fn too_slow(&self) -> Refusal {
        let (idle, total) = (self.limits.body_idle.as_secs(), self.limits.body_total.as_secs());
        let message = format!("took too long: send something every {idle} seconds and all within {total}");
        Refusal::new(StatusCode::REQUEST_TIMEOUT, message)
    }
}

fn too_large(most: usize) -> Refusal {
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, format!("must have at most {most} bytes, also when decompressed"))
}

fn length_of(headers: &HeaderMap) -> Result<Option<usize>, Refusal> {
    let Some(length) = headers.get(CONTENT_LENGTH) else { return Ok(None) };
    let length = length.to_str().ok().and_then(|length| length.parse().ok());
    length.map(Some).ok_or_else(|| Refusal::new(StatusCode::BAD_REQUEST, "has a Content-Length that is no number"))
}

fn coding_of(headers: &HeaderMap) -> Result<Option<Coding>, Refusal> {
    let mut told = headers.get_all(CONTENT_ENCODING).iter();
    let (Some(one), None) = (told.next(), told.next()) else {
        return if headers.contains_key(CONTENT_ENCODING) { Err(unknown_coding()) } else { Ok(None) };
    };
    match one.to_str().unwrap_or("?").trim().to_ascii_lowercase().as_str() {
        "" | "identity" => Ok(None),
        "gzip" | "x-gzip" => Ok(Some(Coding::Gzip)),
        "zstd" => Ok(Some(Coding::Zstd)),
        _ => Err(unknown_coding()),
    }
}

fn unknown_coding() -> Refusal {
    Refusal::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "must be sent plain or with Content-Encoding gzip or zstd, once")
}

/// Says which codings are understood, with a 415.
pub(crate) fn tell_codings(headers: &mut HeaderMap) {
    headers.insert(ACCEPT_ENCODING, http::HeaderValue::from_static("gzip, zstd, identity"));
}
