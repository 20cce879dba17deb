//! The one thread that writes: collects, shuffles, seals, writes, syncs, answers.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;

use outis_event::{AnonymousEvent, InsertHash, NodeId, Record, Sequence};
use outis_keys::Keys;
use tokio::sync::{mpsc, oneshot};

use crate::frame::{Frame, FrameSeal};
use crate::journal::{AppendError, JournalOptions, PendingWords, Shared};
use crate::recovery::Kept;
use crate::segment::{self, HEADER_BYTES, Header};
use crate::space;

/// What the writer is asked to do.
pub(crate) enum Request {
    Append(Append),
    /// Close the present segment, so that it can be trimmed.
    Roll(oneshot::Sender<()>),
}

/// Events to be journalled and where to answer.
pub(crate) struct Append {
    pub(crate) events: Vec<AnonymousEvent>,
    pub(crate) inserts: Vec<InsertHash>,
    pub(crate) done: oneshot::Sender<Result<Sequence, AppendError>>,
}

/// What becomes one frame.
#[derive(Default)]
struct Group {
    events: Vec<AnonymousEvent>,
    inserts: Vec<InsertHash>,
}

struct Open {
    file: File,
    seal: FrameSeal,
    header: Header,
    length: u64,
}

pub(crate) struct Writer {
    pub(crate) dir: PathBuf,
    pub(crate) node: NodeId,
    pub(crate) keys: Arc<dyn Keys>,
    pub(crate) words: Arc<dyn PendingWords>,
    pub(crate) options: JournalOptions,
    pub(crate) shared: Arc<Shared>,
    pub(crate) live: mpsc::Sender<Frame>,
    pub(crate) runtime: tokio::runtime::Handle,
    pub(crate) next_segment: u64,
    pub(crate) last: Sequence,
}

impl Writer {
    /// Runs until every sender is gone.
    pub(crate) fn run(mut self, mut queue: mpsc::Receiver<Request>) {
        let mut open: Option<Open> = None;
        // Words of a frame that failed go into the next one: their numbers are in use already.
        let mut words: Vec<Record> = Vec::new();
        let mut buffer = Vec::new();
        while let Some(request) = queue.blocking_recv() {
            let (mut group, waiting, rolls) = self.collect(request, &mut queue);
            self.write(&mut open, &mut words, &mut buffer, &mut group, waiting);
            for roll in rolls {
                self.close(&mut open);
                let _ = roll.send(());
            }
        }
    }

    fn write(
        &mut self,
        open: &mut Option<Open>,
        words: &mut Vec<Record>,
        buffer: &mut Vec<u8>,
        group: &mut Group,
        waiting: Vec<Waiting>,
    ) {
        if group.events.is_empty() {
            return answer(waiting, Ok(self.last));
        }
        words.extend(self.words.drain().into_iter().map(|(site, word)| Record::Word(site, word)));
        shuffle(&mut group.events);
        // So that their order tells nothing either.
        group.inserts.sort_unstable();
        match self.commit(open, words, group, buffer) {
            Ok(sequence) => {
                let mut records = std::mem::take(words);
                records.extend(group.events.drain(..).map(Record::Event));
                // Readers see the frame before the sender is answered: acknowledged means visible.
                let _ = self.live.blocking_send(Frame { node: self.node, sequence, records });
                answer(waiting, Ok(sequence));
            }
            Err(error) => answer(waiting, Err(error)),
        }
    }

    fn close(&self, open: &mut Option<Open>) {
        *open = None;
        self.shared.note_open(0);
    }

    /// Takes what has queued up while the last frame was being synced.
    fn collect(&self, first: Request, queue: &mut mpsc::Receiver<Request>) -> Collected {
        let (mut group, mut waiting, mut rolls) = (Group::default(), Vec::new(), Vec::new());
        let mut next = Some(first);
        while let Some(request) = next {
            match request {
                Request::Append(append) => {
                    group.events.extend(append.events);
                    group.inserts.extend(append.inserts);
                    waiting.push(append.done);
                }
                Request::Roll(done) => rolls.push(done),
            }
            next = if group.events.len() < self.options.frame_events { queue.try_recv().ok() } else { None };
        }
        self.shared.queued_events.fetch_sub(group.events.len() as u64, std::sync::atomic::Ordering::Relaxed);
        (group, waiting, rolls)
    }

    fn commit(
        &mut self,
        open: &mut Option<Open>,
        words: &[Record],
        group: &Group,
        buffer: &mut Vec<u8>,
    ) -> Result<Sequence, AppendError> {
        let sequence = Sequence(self.last.0 + 1);
        self.check_space()?;
        if open.as_ref().is_some_and(|o| o.length >= self.options.segment_bytes) {
            self.close(open);
        }
        if open.is_none() {
            *open = Some(self.create_segment(sequence)?);
        }
        let segment = open.as_mut().expect("just opened");
        buffer.clear();
        segment.seal.seal(sequence, words, &group.events, &group.inserts, buffer);
        let written = segment.file.write_all_at(buffer, segment.length).and_then(|()| segment.file.sync_data());
        if let Err(error) = written {
            // The state of these bytes on disk is unknown: cut them off as well as possible and never use the
            // descriptor again. The next segment's header says that they are void.
            let _ = segment.file.set_len(segment.length).and_then(|()| segment.file.sync_data());
            self.close(open);
            return Err(self.failure(&error));
        }
        segment.length += buffer.len() as u64;
        self.last = sequence;
        self.shared.note_frame(segment.header.number, sequence);
        Ok(sequence)
    }

    fn check_space(&self) -> Result<(), AppendError> {
        match space::free_bytes(&self.dir) {
            Ok(free) if free < self.options.low_water_bytes => Err(self.full()),
            _ => Ok(()),
        }
    }

    fn create_segment(&mut self, first: Sequence) -> Result<Open, AppendError> {
        let number = self.next_segment;
        let mut label = [0u8; 16];
        aws_lc_rs::rand::fill(&mut label).map_err(|_| AppendError::Broken)?;
        let header = Header { node: self.node, number, first, label };
        // A number is never tried twice, so that a half-made file of a failed try is not in the way.
        self.next_segment += 1;
        let key = self.runtime.block_on(self.keys.create(header.key_name())).map_err(|_| AppendError::Broken)?;
        let file = segment::create(&self.dir, header).map_err(|e| self.failure(&e))?;
        self.shared.note_open(number);
        self.shared.note_segment(Kept { header, last: Sequence(0), void_from: None });
        let seal = FrameSeal::new(&key, self.node, number);
        Ok(Open { file, seal, header, length: HEADER_BYTES as u64 })
    }

    fn failure(&self, error: &io::Error) -> AppendError {
        if error.kind() == io::ErrorKind::StorageFull { self.full() } else { AppendError::Broken }
    }

    fn full(&self) -> AppendError {
        AppendError::Full { retry_after_s: self.options.retry_after_s }
    }
}

type Waiting = oneshot::Sender<Result<Sequence, AppendError>>;
type Collected = (Group, Vec<Waiting>, Vec<oneshot::Sender<()>>);

fn answer(waiting: Vec<Waiting>, outcome: Result<Sequence, AppendError>) {
    for done in waiting {
        let _ = done.send(outcome);
    }
}

/// Order of arrival is a time stamp too: Fisher-Yates with a generator seeded from the system for each frame.
fn shuffle(events: &mut [AnonymousEvent]) {
    let mut seed = [0u8; 8];
    if events.len() < 2 || aws_lc_rs::rand::fill(&mut seed).is_err() {
        return;
    }
    let mut state = u64::from_le_bytes(seed);
    for i in (1..events.len()).rev() {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let below = (u128::from(mixed ^ (mixed >> 31)) * (i as u128 + 1)) >> 64;
        events.swap(i, below as usize);
    }
}
