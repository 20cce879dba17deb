//! What each fuzzer does with its bytes, and what must hold then.

mod anonymise;
mod intents;
mod personal;
mod questions;
mod sealed_file;

pub use anonymise::anonymise;
pub use intents::intents;
pub use outis_capture::fuzzing::{dedup, forwarded, inflate, native_body, plausible_body};
pub use outis_guard::receipts::fuzz as receipts;
pub use outis_journal::fuzzing::segment;
pub use personal::{items, matrix, model};
pub use questions::{native_insights, plausible_query};
pub use sealed_file::sealed_file;

use outis_anonymise::WaitingRoom;
use outis_event::{Record, SiteId, Space};

/// A record that is read is written again as one that reads the same.
pub fn record(mut bytes: &[u8]) {
    while let Ok(record) = Record::decode(&mut bytes) {
        let mut written = Vec::new();
        record.encode(&mut written);
        let mut rest = &written[..];
        assert_eq!(Record::decode(&mut rest).as_ref(), Ok(&record));
        assert!(rest.is_empty());
    }
}

/// A snapshot of a waiting room that is read is written again as one that reads, and counts no more than its bits.
pub fn waiting(bytes: &[u8]) {
    let room = WaitingRoom::new(64);
    if room.restore(bytes).is_err() {
        assert_eq!(room.week(), None, "what cannot be read changes nothing");
        return;
    }
    assert!(room.persons(SiteId(1), Space(1), "word") <= 256);
    assert!(room.waiting_words(SiteId(1)) <= 64);
    WaitingRoom::new(64).restore(&room.snapshot()).expect("its own snapshot");
}
