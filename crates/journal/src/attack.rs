//! What somebody reads who has a journal's files and some keys, for tests. Nothing is changed or left out.

use std::path::Path;
use std::sync::Arc;

use outis_event::Sequence;
use outis_keys::Keys;

use crate::JournalError;
use crate::frame::Frame;
use crate::recovery::{Kept, frames_of};
use crate::segment::{self, Header};

/// Every frame that opens.
///
/// # Errors
/// When a segment cannot be read.
pub async fn frames(dir: &Path, keys: &Arc<dyn Keys>) -> Result<Vec<Frame>, JournalError> {
    let mut frames = Vec::new();
    for number in segment::list(dir)? {
        let Some(header) = Header::parse(&segment::read(dir, number)?) else { continue };
        let kept = Kept { header, last: Sequence(0), void_from: None };
        frames.extend(frames_of(dir, keys, &kept).await?);
    }
    Ok(frames)
}
