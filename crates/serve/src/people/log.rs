//! The public log of receipts: whoever has a receipt can check it, and whoever keeps a copy can check the log.

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use outis_guard::receipts::{Leaf, Progress};
use tokio::sync::Semaphore;

use super::Shared;
use crate::api::error::ApiError;
use crate::extract::Path;

/// Looking a leaf up reads the log from its end: one at a time.
static LOOKING: Semaphore = Semaphore::const_new(1);

fn nothing() -> ApiError {
    ApiError::new(
        StatusCode::NOT_FOUND,
        "no_such_file",
        "the log has `checkpoint` and `tile/..`, as C2SP tlog-tiles says",
    )
}

/// A file of the log.
pub(super) async fn file(State(core): State<Shared>, Path(path): Path<String>) -> Result<Response, ApiError> {
    let served = core.receipts.log.served(&path).await.map_err(anyhow::Error::from)?.ok_or_else(nothing)?;
    let cache = if served.immutable { "public, max-age=31536000, immutable" } else { "public, max-age=60" };
    Ok(([(CONTENT_TYPE, served.content_type), (CACHE_CONTROL, cache)], Body::from(served.bytes)).into_response())
}

/// The key that the log's checkpoints and receipts are checked with.
pub(super) async fn key(State(core): State<Shared>) -> String {
    format!("{}\n", core.receipts.log.verifier_key())
}

/// How far the receipt of a leaf is: its proof once it is in the log.
pub(super) async fn proof(State(core): State<Shared>, Path(leaf): Path<String>) -> Result<Response, ApiError> {
    let bytes = bytes_of(&leaf).ok_or_else(|| ApiError::bad("leaf_malformed", "a leaf has 64 hexadecimal digits"))?;
    let Ok(_alone) = LOOKING.try_acquire() else {
        return Ok((StatusCode::TOO_MANY_REQUESTS, [(RETRY_AFTER, "1")]).into_response());
    };
    match core.receipts.log.progress(Leaf(bytes)).await.map_err(anyhow::Error::from)? {
        Progress::InLog(proof) => {
            Ok(([(CONTENT_TYPE, "text/plain; charset=utf-8")], proof.to_string()).into_response())
        }
        Progress::Signed => {
            let message = "signed, and not yet in the log: batches are appended at fixed hours";
            Err(ApiError::new(StatusCode::NOT_FOUND, "not_yet", message))
        }
        Progress::Unknown => Err(ApiError::new(StatusCode::NOT_FOUND, "no_leaf", "the log has no such leaf")),
    }
}

fn bytes_of(hex: &str) -> Option<[u8; 32]> {
    let digit = |at: usize| char::from(*hex.as_bytes().get(at)?).to_digit(16);
    let mut bytes = [0; 32];
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::try_from(digit(2 * at)? * 16 + digit(2 * at + 1)?).ok()?;
    }
    (hex.len() == 64).then_some(bytes)
}
