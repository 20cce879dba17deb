//! A simulated computer for tests: files of which only what was synced survives, and which stops at a chosen step.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::disk::Disk;

const SECTOR_BYTES: usize = 512;

/// What two folders hold, shared by everybody who has them open.
#[derive(Clone, Default)]
pub(crate) struct Machine(Arc<Mutex<State>>);

#[derive(Clone, Default)]
struct State {
    files: Vec<File>,
    folders: BTreeMap<&'static str, Entries>,
    steps: u64,
    stop_at: Option<u64>,
    stopped: bool,
    /// Steps that fail, without a stop: the disk is full or broken for a while.
    failing: bool,
}

#[derive(Clone, Default)]
struct Entries {
    durable: BTreeMap<String, usize>,
    seen: BTreeMap<String, usize>,
}

#[derive(Clone, Default)]
struct File {
    durable: Vec<u8>,
    pending: Vec<Change>,
}

#[derive(Clone)]
enum Change {
    Cut,
    Write(usize, Vec<u8>),
}

/// A generator of which the seed decides everything: SplitMix64.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % limit
    }
}

impl File {
    fn seen(&self) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        self.pending.iter().for_each(|change| change.apply(&mut bytes));
        bytes
    }

    /// What is left after the power went: of each unsynced write any of its sectors.
    fn survivor(&self, chance: &mut Chance) -> File {
        let mut bytes = self.durable.clone();
        for change in &self.pending {
            match (chance.below(3), change) {
                (0, _) => {}
                (1, Change::Write(offset, written)) => {
                    for (i, sector) in written.chunks(SECTOR_BYTES).enumerate() {
                        if chance.below(2) == 0 {
                            Change::Write(offset + i * SECTOR_BYTES, sector.to_vec()).apply(&mut bytes);
                        }
                    }
                }
                _ => change.apply(&mut bytes),
            }
        }
        File { durable: bytes, pending: Vec::new() }
    }
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Change::Cut => bytes.clear(),
            Change::Write(offset, written) => {
                let end = offset + written.len();
                bytes.resize(bytes.len().max(end), 0);
                bytes[*offset..end].copy_from_slice(written);
            }
        }
    }
}

impl Machine {
    pub(crate) fn folder(&self, name: &'static str) -> Arc<dyn Disk> {
        self.0.lock().folders.entry(name).or_default();
        Arc::new(Simulated { machine: self.clone(), folder: name })
    }

    /// How many changes were made.
    pub(crate) fn steps(&self) -> u64 {
        self.0.lock().steps
    }

    /// Stops at this step, counted from now.
    pub(crate) fn stop_after(&self, steps: u64) {
        let mut state = self.0.lock();
        state.stop_at = Some(state.steps + steps);
    }

    pub(crate) fn stopped(&self) -> bool {
        self.0.lock().stopped
    }

    pub(crate) fn fail(&self, failing: bool) {
        self.0.lock().failing = failing;
    }

    /// The machine after the power went and came back.
    pub(crate) fn restarted(&self, chance: &mut Chance) -> Machine {
        let state = self.0.lock();
        let mut folders = BTreeMap::new();
        for (name, entries) in &state.folders {
            let mut durable = entries.durable.clone();
            for (file, inode) in &entries.seen {
                if durable.get(file) != Some(inode) && chance.below(2) == 0 {
                    durable.insert(file.clone(), *inode);
                }
            }
            durable.retain(|file, _| entries.seen.contains_key(file) || chance.below(2) == 0);
            folders.insert(*name, Entries { seen: durable.clone(), durable });
        }
        let files = state.files.iter().map(|file| file.survivor(chance)).collect();
        Machine(Arc::new(Mutex::new(State { files, folders, ..State::default() })))
    }

    /// An independent copy of everything as it is seen now.
    pub(crate) fn copy(&self) -> Machine {
        let mut state = self.0.lock().clone();
        (state.steps, state.stop_at, state.stopped, state.failing) = (0, None, false, false);
        Machine(Arc::new(Mutex::new(state)))
    }

    /// The files of a folder as they are seen now.
    pub(crate) fn files(&self, folder: &'static str) -> BTreeMap<String, Vec<u8>> {
        let state = self.0.lock();
        let Some(entries) = state.folders.get(folder) else { return BTreeMap::new() };
        entries.seen.iter().map(|(name, inode)| (name.clone(), state.files[*inode].seen())).collect()
    }

    /// Puts a file there as if it had always been.
    pub(crate) fn put(&self, folder: &'static str, name: &str, bytes: Vec<u8>) {
        let mut state = self.0.lock();
        let inode = state.files.len();
        state.files.push(File { durable: bytes, pending: Vec::new() });
        let entries = state.folders.entry(folder).or_default();
        entries.seen.insert(name.to_owned(), inode);
        entries.durable.insert(name.to_owned(), inode);
    }
}

struct Simulated {
    machine: Machine,
    folder: &'static str,
}

impl Simulated {
    fn file<'a>(&self, state: &'a mut State, name: &str) -> io::Result<&'a mut File> {
        let inode = state.folders[self.folder].seen.get(name).copied();
        inode.map(|inode| &mut state.files[inode]).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn read_only<T>(&self, look: impl FnOnce(&mut State) -> io::Result<T>) -> io::Result<T> {
        let mut state = self.machine.0.lock();
        if state.stopped { Err(io::Error::other("stopped")) } else { look(&mut state) }
    }

    /// Counts a step. A change that is only pending is made at the stop too, since it may or may not survive anyway.
    fn step(&self, pending: bool, change: impl FnOnce(&mut State) -> io::Result<()>) -> io::Result<()> {
        let mut state = self.machine.0.lock();
        if state.stopped || state.failing {
            if state.failing && pending && !state.stopped {
                change(&mut state)?;
            }
            return Err(io::Error::other("stopped"));
        }
        state.steps += 1;
        if state.stop_at.is_some_and(|at| state.steps >= at) {
            state.stopped = true;
            if pending {
                change(&mut state)?;
            }
            return Err(io::Error::other("stopped"));
        }
        change(&mut state)
    }
}

impl Disk for Simulated {
    fn lock(&self, name: &str) -> io::Result<()> {
        self.read_only(|state| if name == "." { Ok(()) } else { self.file(state, name).map(|_| ()) })
    }

    fn list(&self) -> io::Result<Vec<String>> {
        self.read_only(|state| Ok(state.folders[self.folder].seen.keys().cloned().collect()))
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        self.read_only(|state| Ok(self.file(state, name)?.seen()))
    }

    fn create(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.step(true, |state| {
            let next = state.files.len();
            let entries = state.folders.get_mut(self.folder).expect("the folder was opened");
            let inode = *entries.seen.entry(name.to_owned()).or_insert(next);
            if inode == next {
                state.files.push(File::default());
            }
            state.files[inode].pending.extend([Change::Cut, Change::Write(0, bytes.to_vec())]);
            Ok(())
        })
    }

    fn write_at(&self, name: &str, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.step(true, |state| {
            self.file(state, name)?.pending.push(Change::Write(offset as usize, bytes.to_vec()));
            Ok(())
        })
    }

    fn sync(&self, name: &str) -> io::Result<()> {
        self.step(false, |state| {
            let file = self.file(state, name)?;
            *file = File { durable: file.seen(), pending: Vec::new() };
            Ok(())
        })
    }

    fn sync_all(&self, names: &[String]) -> io::Result<()> {
        names.iter().try_for_each(|name| self.sync(name))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.step(true, |state| {
            let entries = state.folders.get_mut(self.folder).expect("the folder was opened");
            let inode = entries.seen.remove(from).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
            entries.seen.insert(to.to_owned(), inode);
            Ok(())
        })
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.step(true, |state| {
            let entries = state.folders.get_mut(self.folder).expect("the folder was opened");
            entries.seen.remove(name).map(|_| ()).ok_or_else(|| io::ErrorKind::NotFound.into())
        })
    }

    fn sync_dir(&self) -> io::Result<()> {
        self.step(false, |state| {
            let entries = state.folders.get_mut(self.folder).expect("the folder was opened");
            entries.durable = entries.seen.clone();
            Ok(())
        })
    }
}
