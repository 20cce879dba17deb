//! The journal on a real disk: what was acknowledged is there after reopening, in order, once.

use std::path::Path;
use std::sync::Arc;

use outis_event::{AnonymousEvent, Day, NodeId, Record, Sequence, SiteId, Slot, Visitor};
use outis_journal::{AppendError, Frame, Journal, JournalOptions, NoWords, Recovery};
use outis_keys::{Keys, MemoryKeys, Purpose};
use tokio::sync::mpsc;

async fn open(
    dir: &Path,
    keys: &Arc<MemoryKeys>,
    after: u64,
    options: JournalOptions,
) -> (Journal, Recovery, mpsc::Receiver<Frame>) {
    let (live, frames) = mpsc::channel(1024);
    let keys: Arc<dyn Keys> = keys.clone();
    let opened = Journal::open(dir, keys, NodeId(7), Sequence(after), Arc::new(NoWords), live, options).await;
    let (journal, recovery) = opened.expect("opened");
    (journal, recovery, frames)
}

fn event(visitor: u64) -> AnonymousEvent {
    let mut event = AnonymousEvent::blank(SiteId(1), Day(20_000), Slot(1_920_000));
    event.visitor = Visitor(visitor);
    event
}

async fn visitors(journal: &Journal, after: u64) -> Vec<u64> {
    let mut found = Vec::new();
    let all = std::sync::Mutex::new(&mut found);
    let take = |frame: Frame| {
        for record in frame.records {
            if let Record::Event(event) = record
                && frame.sequence.0 > after
            {
                all.lock().expect("one reader").push(event.visitor.0);
            }
        }
        std::future::ready(())
    };
    journal.replay(take).await.expect("replayed");
    found.sort_unstable();
    found
}

fn segments(dir: &Path) -> Vec<std::path::PathBuf> {
    let files = std::fs::read_dir(dir).expect("folder").map(|f| f.expect("entry").path());
    let mut files: Vec<_> = files.filter(|p| p.extension().is_some_and(|e| e == "segment")).collect();
    files.sort();
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_events_are_there_after_reopening() {
    let dir = tempfile::tempdir().expect("folder");
    let keys = Arc::new(MemoryKeys::default());
    let (journal, _, _frames) = open(dir.path(), &keys, 0, JournalOptions::default()).await;
    for i in 1..=20 {
        journal.append(vec![event(i), event(100 + i)], Vec::new()).await.expect("acknowledged");
    }
    let last = journal.last();
    drop(journal);
    let (journal, recovery, _frames) = open(dir.path(), &keys, 0, JournalOptions::default()).await;
    assert_eq!((recovery.last, recovery.gaps.len(), recovery.torn_bytes), (last, 0, 0));
    let expected: Vec<u64> = (1..=20).chain(101..=120).collect();
    assert_eq!(visitors(&journal, 0).await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_torn_tail_is_cut_and_nothing_before_it_is_lost() {
    let dir = tempfile::tempdir().expect("folder");
    let keys = Arc::new(MemoryKeys::default());
    let (journal, _, _frames) = open(dir.path(), &keys, 0, JournalOptions::default()).await;
    journal.append(vec![event(1)], Vec::new()).await.expect("acknowledged");
    let whole = std::fs::read(&segments(dir.path())[0]).expect("segment").len();
    journal.append(vec![event(2)], Vec::new()).await.expect("acknowledged");
    drop(journal);
    let path = segments(dir.path())[0].clone();
    let bytes = std::fs::read(&path).expect("segment");
    for cut in whole..bytes.len() {
        std::fs::write(&path, &bytes[..cut]).expect("cut");
        let (journal, recovery, _frames) = open(dir.path(), &keys, 0, JournalOptions::default()).await;
        assert_eq!(recovery.torn_bytes, (cut - whole) as u64);
        assert_eq!(visitors(&journal, 0).await, vec![1]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_frame_is_put_aside_and_the_rest_is_read() {
    let dir = tempfile::tempdir().expect("folder");
    let keys = Arc::new(MemoryKeys::default());
    let (journal, _, _frames) = open(dir.path(), &keys, 0, JournalOptions::default()).await;
    let mut ends = Vec::new();
    for i in 1..=3 {
        journal.append(vec![event(i)], Vec::new()).await.expect("acknowledged");
        ends.push(std::fs::read(&segments(dir.path())[0]).expect("segment").len());
    }
    drop(journal);
    let path = segments(dir.path())[0].clone();
    let bytes = std::fs::read(&path).expect("segment");
    for at in ends[0]..ends[1] {
        let mut bad = bytes.clone();
        bad[at] ^= 0x40;
        std::fs::write(&path, &bad).expect("damaged");
        let (journal, recovery, _frames) = open(dir.path(), &keys, 0, JournalOptions::default()).await;
        assert_eq!(recovery.quarantined.len(), 1, "byte {at}");
        assert_eq!(recovery.gaps.len(), 1, "the loss is told");
        assert_eq!(visitors(&journal, 0).await, vec![1, 3]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn trimming_destroys_keys_and_files_and_numbering_goes_on() {
    let dir = tempfile::tempdir().expect("folder");
    let keys = Arc::new(MemoryKeys::default());
    let (journal, _, _frames) = open(dir.path(), &keys, 0, JournalOptions::default()).await;
    let through = journal.append(vec![event(1)], Vec::new()).await.expect("acknowledged");
    assert_eq!(journal.trim(through).await.expect("trimmed"), 0, "the open segment stays");
    journal.roll().await;
    assert_eq!(journal.trim(through).await.expect("trimmed"), 1);
    assert!(segments(dir.path()).is_empty());
    assert!(keys.list(Purpose::Segment).await.expect("listed").is_empty());
    drop(journal);
    let (journal, _, _frames) = open(dir.path(), &keys, through.0, JournalOptions::default()).await;
    assert!(journal.append(vec![event(2)], Vec::new()).await.expect("acknowledged") > through);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_segment_whose_key_is_gone_opens_for_nobody() {
    let dir = tempfile::tempdir().expect("folder");
    let keys = Arc::new(MemoryKeys::default());
    let (journal, _, _frames) = open(dir.path(), &keys, 0, JournalOptions::default()).await;
    journal.append(vec![event(1)], Vec::new()).await.expect("acknowledged");
    let copy = std::fs::read(&segments(dir.path())[0]).expect("segment");
    drop(journal);
    let (journal, _, _frames) = open(dir.path(), &keys, 0, JournalOptions::default()).await;
    assert_eq!(visitors(&journal, 0).await, vec![1], "the copy would open while the key lives");
    drop(journal);
    let names = keys.list(Purpose::Segment).await.expect("listed");
    keys.remove(&names).await.expect("removed");
    std::fs::write(dir.path().join("0000000000000001.segment"), copy).expect("restored");
    let (journal, _, _frames) = open(dir.path(), &keys, 0, JournalOptions::default()).await;
    assert!(visitors(&journal, 0).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_with_a_time_to_wait_and_recovers() {
    let dir = tempfile::tempdir().expect("folder");
    let keys = Arc::new(MemoryKeys::default());
    let full = JournalOptions { low_water_bytes: u64::MAX, ..JournalOptions::default() };
    let (journal, _, _frames) = open(dir.path(), &keys, 0, full).await;
    assert_eq!(journal.append(vec![event(1)], Vec::new()).await, Err(AppendError::Full { retry_after_s: 10 }));
    drop(journal);
    let (journal, _, _frames) = open(dir.path(), &keys, 0, JournalOptions::default()).await;
    journal.append(vec![event(2)], Vec::new()).await.expect("acknowledged");
    assert!(visitors(&journal, 0).await.is_empty(), "nothing of the refused one is there");
}

#[tokio::test(flavor = "multi_thread")]
async fn senders_that_wait_together_share_a_frame_and_readers_see_it_first() {
    let dir = tempfile::tempdir().expect("folder");
    let keys = Arc::new(MemoryKeys::default());
    let (journal, _, mut frames) = open(dir.path(), &keys, 0, JournalOptions::default()).await;
    let journal = Arc::new(journal);
    let tasks = (0..200).map(|i| {
        let journal = journal.clone();
        tokio::spawn(async move { journal.append(vec![event(i + 1)], Vec::new()).await })
    });
    let mut last = Sequence(0);
    for task in tasks.collect::<Vec<_>>() {
        last = last.max(task.await.expect("no panic").expect("acknowledged"));
    }
    assert!(last.0 < 200, "200 appends took {} frames", last.0);
    let mut seen = 0;
    while let Ok(frame) = frames.try_recv() {
        seen += frame.records.len();
    }
    assert_eq!(seen, 200);
}
