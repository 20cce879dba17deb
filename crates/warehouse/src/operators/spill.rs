//! Groups that do not fit memory: put aside on the disk, sealed, until the answer is put together.
//!
//! When memory is full, all groups go into a *run*, sorted by their keys, and counting begins anew; at the end the runs
//! are merged. A run is a file without a name, which the system removes with the process, sealed as all files are
//! (`docs/sealed-files.md`) under a key that is in memory only.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use outis_event::Term;
use outis_insight::{Currency, EvaluateError, Parts};
use outis_keys::DataKey;

use super::groups::{Codes, MAX_SLOTS};
use super::state::Sums;
use crate::files::{Damaged, put, take};
use crate::sealed::{CHUNK_BYTES, FileId, FileSeal, Sealer, Size};

/// Plain bytes that are read of a run at a time.
const READ_CHUNKS: u64 = 1;
/// More than a group takes.
const GROUP_BYTES: usize = 256;
/// Plain bytes that are sealed together.
const WRITE_BYTES: usize = 4 * CHUNK_BYTES;

/// Where groups may be put aside, and how many of them fit memory.
#[derive(Clone, Debug)]
pub(crate) struct SpillTo {
    pub(crate) folder: Arc<Path>,
    pub(crate) most_groups: usize,
}

/// What was put aside of one evaluation.
#[derive(Debug)]
pub(super) struct Spill {
    to: SpillTo,
    runs: Vec<Run>,
    /// The day in which the last run ended, if it may go on: the next run ends with it, so that no run has parts of two.
    divided: Option<i32>,
    has_failed: bool,
}

/// One group of a run.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) codes: Codes,
    /// All but the persons of the run's last day.
    pub(super) sums: Sums,
    /// The persons of the run's last day, which the next run may have more of.
    pub(super) last_persons: u32,
    pub(super) rest: Option<Parts>,
}

impl Spill {
    pub(super) fn new(to: SpillTo) -> Spill {
        Spill { to, runs: Vec::new(), divided: None, has_failed: false }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// True if the groups in memory must go before rows of this day are looked at, which may have so many more.
    pub(super) fn is_due(&self, groups: usize, more: usize, day: i32) -> bool {
        let has_ended = self.divided.is_some_and(|divided| divided != day);
        groups > 0 && !self.has_failed && (has_ended || groups.saturating_add(more) > self.most())
    }

    fn most(&self) -> usize {
        self.to.most_groups.min(MAX_SLOTS)
    }

    /// True if so many groups fit memory.
    pub(super) fn fits(&self, groups: usize) -> bool {
        groups <= self.most()
    }

    /// Puts groups aside, the last day of which is `day`; `goes_on` if further rows of this day may come. If that fails,
    /// there is no answer.
    pub(super) fn put(&mut self, mut entries: Vec<Entry>, day: i32, goes_on: bool) {
        entries.sort_unstable_by_key(|entry| entry.codes);
        match Run::write(&self.to.folder, &entries, day) {
            Ok(run) => self.runs.push(run),
            Err(_) => self.has_failed = true,
        }
        self.divided = goes_on.then_some(day);
    }

    /// Takes in what another evaluation put aside of other days.
    pub(super) fn merge(&mut self, other: Spill) {
        self.runs.extend(other.runs);
        self.has_failed |= other.has_failed;
        self.divided = None;
    }

    /// Gives each group once, in the order of its codes.
    ///
    /// # Errors
    /// When something could not be put aside, or cannot be read again.
    pub(super) fn each(self, mut tell: impl FnMut(Codes, Sums, Option<Parts>)) -> Result<(), EvaluateError> {
        if self.has_failed {
            return Err(EvaluateError::NoRoom);
        }
        merge(self.runs, &mut tell).map_err(|_| EvaluateError::Unavailable)
    }
}

/// A group that is put together from several runs.
struct Whole {
    codes: Codes,
    sums: Sums,
    day: i32,
    last_persons: u32,
    rest: Option<Parts>,
}

impl Whole {
    fn of(entry: Entry, day: i32) -> Whole {
        let Entry { codes, sums, last_persons, rest } = entry;
        Whole { codes, sums, day, last_persons, rest }
    }

    fn add(&mut self, entry: Entry, day: i32) {
        self.sums.merge(&entry.sums);
        if self.day == day {
            self.last_persons += entry.last_persons;
        } else {
            self.sums.see_persons(self.last_persons);
            (self.day, self.last_persons) = (day, entry.last_persons);
        }
        if let Some(rest) = entry.rest {
            self.rest.get_or_insert_default().add(&rest);
        }
    }

    fn finish(mut self, tell: &mut impl FnMut(Codes, Sums, Option<Parts>)) {
        self.sums.see_persons(self.last_persons);
        tell(self.codes, self.sums, self.rest);
    }
}

fn merge(runs: Vec<Run>, tell: &mut impl FnMut(Codes, Sums, Option<Parts>)) -> io::Result<()> {
    let mut readers: Vec<Reader> = runs.into_iter().map(Reader::new).collect();
    let mut heads: Vec<Option<Entry>> = readers.iter_mut().map(Reader::next).collect::<io::Result<_>>()?;
    // Of equal codes those of the earlier run first.
    let head = |(at, entry): (usize, &Option<Entry>)| entry.as_ref().map(|entry| Reverse((entry.codes, at)));
    let mut order: BinaryHeap<_> = heads.iter().enumerate().filter_map(head).collect();
    let mut whole: Option<Whole> = None;
    while let Some(Reverse((codes, at))) = order.pop() {
        let next = readers[at].next()?;
        order.extend(next.as_ref().map(|next| Reverse((next.codes, at))));
        let Some(entry) = std::mem::replace(&mut heads[at], next) else { continue };
        match &mut whole {
            Some(whole) if whole.codes == codes => whole.add(entry, readers[at].day),
            _ => {
                let before = whole.replace(Whole::of(entry, readers[at].day));
                before.into_iter().for_each(|before| before.finish(tell));
            }
        }
    }
    whole.into_iter().for_each(|whole| whole.finish(tell));
    Ok(())
}

/// Groups on the disk, in the order of their codes.
#[derive(Debug)]
struct Run {
    file: File,
    seal: FileSeal,
    size: Size,
    day: i32,
}

impl Run {
    fn write(folder: &Path, entries: &[Entry], day: i32) -> io::Result<Run> {
        let file = tempfile::tempfile_in(folder)?;
        let id = FileId::random().map_err(io::Error::other)?;
        let key = DataKey::random().map_err(io::Error::other)?;
        let (seal, header) = FileSeal::new(&key, id).map_err(io::Error::other)?;
        let mut sealer = Sealer::new(seal);
        let (mut plain, mut sealed, mut at) = (Vec::new(), header.to_vec(), 0);
        let mut write = |sealed: &mut Vec<u8>| {
            file.write_all_at(sealed, at)?;
            at += sealed.len() as u64;
            sealed.clear();
            io::Result::Ok(())
        };
        for entry in entries {
            entry.write(&mut plain);
            if plain.len() >= WRITE_BYTES {
                sealer.push(&plain, &mut sealed).map_err(io::Error::other)?;
                plain.clear();
                write(&mut sealed)?;
            }
        }
        sealer.push(&plain, &mut sealed).map_err(io::Error::other)?;
        sealer.finish(&mut sealed).map_err(io::Error::other)?;
        write(&mut sealed)?;
        let size = Size::of_sealed(at).ok_or(io::ErrorKind::InvalidData)?;
        let seal = FileSeal::open(&key, id, &header).map_err(io::Error::other)?;
        Ok(Run { file, seal, size, day })
    }
}

/// A run being read.
struct Reader {
    run: Run,
    day: i32,
    next_chunk: u64,
    plain: Vec<u8>,
    at: usize,
}

impl Reader {
    fn new(run: Run) -> Reader {
        Reader { day: run.day, run, next_chunk: 0, plain: Vec::new(), at: 0 }
    }

    fn next(&mut self) -> io::Result<Option<Entry>> {
        while self.plain.len() - self.at < GROUP_BYTES && self.next_chunk < self.run.size.chunks() {
            self.load()?;
        }
        let mut left = &self.plain[self.at..];
        if left.is_empty() {
            return Ok(None);
        }
        let entry = Entry::read(&mut left).map_err(io::Error::other)?;
        self.at = self.plain.len() - left.len();
        Ok(Some(entry))
    }

    fn load(&mut self) -> io::Result<()> {
        let chunks = self.next_chunk..(self.next_chunk + READ_CHUNKS).min(self.run.size.chunks());
        let place = self.run.size.place(chunks.clone());
        let mut sealed = vec![0; (place.end - place.start) as usize];
        self.run.file.read_exact_at(&mut sealed, place.start)?;
        self.plain.drain(..self.at);
        self.at = 0;
        let opened = self.run.seal.open_chunks(self.run.size, chunks.start, &sealed);
        self.plain.extend(opened.map_err(io::Error::other)?);
        self.next_chunk = chunks.end;
        Ok(())
    }
}

impl Entry {
    fn write(&self, out: &mut Vec<u8>) {
        let codes = self.codes.map(u64::from);
        let numbers = codes.into_iter().chain(self.sums.numbers()).chain([self.last_persons.into()]);
        numbers.for_each(|number| put(out, number));
        out.push(u8::from(self.rest.is_some()));
        self.rest.iter().flat_map(numbers_of).for_each(|number| put(out, number));
    }

    fn read(bytes: &mut &[u8]) -> Result<Entry, Damaged> {
        let mut codes = Codes::default();
        for code in &mut codes {
            *code = u32::try_from(take(bytes)?).map_err(|_| Damaged)?;
        }
        let mut sums = [0; 6];
        for number in &mut sums {
            *number = take(bytes)?;
        }
        let last_persons = u32::try_from(take(bytes)?).map_err(|_| Damaged)?;
        let rest = match take(bytes)? {
            0 => None,
            _ => {
                let mut numbers = [0; 10];
                for number in &mut numbers {
                    *number = take(bytes)?;
                }
                Some(parts_of(numbers))
            }
        };
        Ok(Entry { codes, sums: Sums::of_numbers(sums), last_persons, rest })
    }
}

/// The parts that sums do not have.
fn numbers_of(parts: &Parts) -> [u64; 10] {
    let currency = match parts.currency {
        Currency::None => 0,
        Currency::Several => 1,
        Currency::One(term) => u64::from(term.0) + 2,
    };
    [
        parts.entries,
        parts.bounces,
        parts.duration_s,
        parts.engaged_s,
        parts.scroll_sum,
        parts.scroll_pairs,
        parts.exits,
        parts.revenue_milli.cast_unsigned(),
        parts.revenue_events,
        currency,
    ]
}

fn parts_of(numbers: [u64; 10]) -> Parts {
    let [entries, bounces, duration_s, engaged_s, scroll_sum, scroll_pairs, exits, revenue, revenue_events, currency] =
        numbers;
    Parts {
        entries,
        bounces,
        duration_s,
        engaged_s,
        scroll_sum,
        scroll_pairs,
        exits,
        revenue_milli: revenue.cast_signed(),
        revenue_events,
        currency: match currency {
            0 => Currency::None,
            1 => Currency::Several,
            term => Currency::One(Term(u32::try_from(term - 2).unwrap_or(u32::MAX))),
        },
        ..Parts::default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entry() -> impl Strategy<Value = Entry> {
        let number = prop_oneof![Just(0u64), 0u64..1_000, any::<u64>()];
        let currency = prop_oneof![Just(0u64), Just(1), 2u64..1 << 32];
        let rest = (prop::array::uniform9(number.clone()), currency).prop_map(|(numbers, currency)| {
            let mut all = [currency; 10];
            all[..9].copy_from_slice(&numbers);
            parts_of(all)
        });
        let sums = (prop::array::uniform5(number), any::<u32>())
            .prop_map(|([a, b, c, d, e], persons)| Sums::of_numbers([a, b, c, d, e, persons.into()]));
        (prop::array::uniform4(any::<u32>()), sums, any::<u32>(), prop::option::of(rest))
            .prop_map(|(codes, sums, last_persons, rest)| Entry { codes, sums, last_persons, rest })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_was_put_aside_is_read_again(
            entries in prop::collection::vec(entry(), 0..40),
            times in 1usize..60,
        ) {
            // Often enough for several chunks.
            let entries: Vec<Entry> = entries.iter().cycle().take(entries.len() * times).cloned().collect();
            let folder = tempfile::tempdir().expect("a folder");
            let mut reader = Reader::new(Run::write(folder.path(), &entries, 7).expect("written"));
            for entry in entries {
                prop_assert_eq!(reader.next().expect("read"), Some(entry));
            }
            prop_assert_eq!(reader.next().expect("read"), None);
            prop_assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0);
        }
    }

    #[test]
    fn nothing_lies_on_the_disk_in_clear() {
        let folder = tempfile::tempdir().expect("a folder");
        let entry = |at: u32| Entry {
            codes: [at, u32::from_le_bytes(*b"open"), 0, 0],
            sums: Sums::default(),
            last_persons: 0,
            rest: None,
        };
        let entries: Vec<Entry> = (0..10_000).map(entry).collect();
        let run = Run::write(folder.path(), &entries, 0).expect("written");
        let mut plain = Vec::new();
        entries.iter().for_each(|entry| entry.write(&mut plain));
        let mut sealed = vec![0; run.file.metadata().expect("a size").len() as usize];
        run.file.read_exact_at(&mut sealed, 0).expect("read");
        let has = |of: &[u8], part: &[u8]| of.windows(part.len()).any(|window| window == part);
        let mut word = Vec::new();
        put(&mut word, u32::from_le_bytes(*b"open").into());
        assert!(has(&plain, &word), "the control finds what is not sealed");
        assert!(!has(&sealed, &word), "a code is readable");
    }

    #[test]
    fn without_room_there_is_no_answer() {
        let gone = tempfile::tempdir().expect("a folder").path().to_owned();
        let mut spill = Spill::new(SpillTo { folder: gone.into(), most_groups: 1 });
        spill.put(Vec::new(), 0, false);
        assert_eq!(spill.each(|_, _, _| {}), Err(EvaluateError::NoRoom));
    }
}
