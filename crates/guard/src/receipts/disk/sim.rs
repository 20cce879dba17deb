//! A simulated disk for tests: only what was synced survives, and it stops or fails at a chosen step.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use parking_lot::Mutex;

use super::Disk;

/// Folders, shared by everybody who has them open.
#[derive(Clone, Default)]
pub(crate) struct Machine(Arc<Mutex<State>>);

#[derive(Clone, Default)]
struct State {
    files: Vec<File>,
    seen: Names,
    durable: Names,
    steps: u64,
    stop_at: Option<u64>,
    stopped: bool,
    /// A folder in which every change fails for a while.
    broken: Option<&'static str>,
}

/// Folder and path, and which file has that name.
type Names = BTreeMap<(&'static str, String), usize>;

#[derive(Clone, Default)]
struct File {
    seen: Vec<u8>,
    durable: Vec<u8>,
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

impl Machine {
    pub(crate) fn folder(&self, name: &'static str) -> Arc<dyn Disk> {
        Arc::new(Simulated { machine: self.clone(), folder: name })
    }

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

    pub(crate) fn break_folder(&self, folder: Option<&'static str>) {
        self.0.lock().broken = folder;
    }

    /// The machine after its process was killed: everything that was seen is there.
    pub(crate) fn copy(&self) -> Machine {
        let state = self.0.lock();
        let kept = State { stop_at: None, stopped: false, broken: None, steps: 0, ..state.clone() };
        Machine(Arc::new(Mutex::new(kept)))
    }

    /// The machine after the power went and came back: of what was not synced some is there, some is half there.
    pub(crate) fn restarted(&self, chance: &mut Chance) -> Machine {
        let state = self.0.lock();
        let mut names = state.durable.clone();
        for (name, file) in &state.seen {
            if names.get(name) != Some(file) && chance.below(2) == 0 {
                names.insert(name.clone(), *file);
            }
        }
        names.retain(|name, _| state.seen.contains_key(name) || chance.below(2) == 0);
        let files = state.files.iter().map(|file| {
            let bytes = match chance.below(4) {
                0 => file.seen.clone(),
                1 => file.seen[..file.seen.len() / 2].to_vec(),
                _ => file.durable.clone(),
            };
            let bytes = if file.seen == file.durable { file.durable.clone() } else { bytes };
            File { seen: bytes.clone(), durable: bytes }
        });
        let files = files.collect();
        Machine(Arc::new(Mutex::new(State { files, seen: names.clone(), durable: names, ..State::default() })))
    }

    /// The files of a folder as they are seen now.
    pub(crate) fn files(&self, folder: &'static str) -> BTreeMap<String, Vec<u8>> {
        let state = self.0.lock();
        let of_folder = state.seen.iter().filter(|((within, _), _)| *within == folder);
        of_folder.map(|((_, path), file)| (path.clone(), state.files[*file].seen.clone())).collect()
    }

    /// Makes a folder hold these files, as if it always had.
    pub(crate) fn replace(&self, folder: &'static str, files: &BTreeMap<String, Vec<u8>>) {
        let mut state = self.0.lock();
        state.seen.retain(|(within, _), _| *within != folder);
        state.durable.retain(|(within, _), _| *within != folder);
        for (path, bytes) in files {
            let at = state.files.len();
            state.files.push(File { seen: bytes.clone(), durable: bytes.clone() });
            state.seen.insert((folder, path.clone()), at);
            state.durable.insert((folder, path.clone()), at);
        }
    }
}

struct Simulated {
    machine: Machine,
    folder: &'static str,
}

impl Simulated {
    fn name(&self, path: &str) -> (&'static str, String) {
        (self.folder, path.to_owned())
    }

    /// Counts a step. A change that is only seen is made at the stop too, since it may or may not survive anyway.
    fn step(&self, lasting: bool, change: impl FnOnce(&mut State) -> io::Result<()>) -> io::Result<()> {
        let mut state = self.machine.0.lock();
        if state.stopped || state.broken == Some(self.folder) {
            return Err(io::Error::other("stopped"));
        }
        state.steps += 1;
        if state.stop_at.is_some_and(|at| state.steps >= at) {
            state.stopped = true;
            if !lasting {
                change(&mut state)?;
            }
            return Err(io::Error::other("stopped"));
        }
        change(&mut state)
    }
}

impl Disk for Simulated {
    fn lock(&self) -> io::Result<()> {
        Ok(())
    }

    fn read(&self, path: &str, most: usize) -> io::Result<Option<Vec<u8>>> {
        let state = self.machine.0.lock();
        if state.stopped {
            return Err(io::Error::other("stopped"));
        }
        let bytes = state.seen.get(&self.name(path)).map(|file| state.files[*file].seen.clone());
        if bytes.as_ref().is_some_and(|bytes| bytes.len() > most) {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(bytes)
    }

    fn write(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let name = self.name(path);
        self.step(false, |state| {
            let next = state.files.len();
            let file = *state.seen.entry(name).or_insert(next);
            if file == next {
                state.files.push(File::default());
            }
            state.files[file].seen = bytes.to_vec();
            Ok(())
        })
    }

    fn sync(&self, path: &str) -> io::Result<()> {
        let name = self.name(path);
        self.step(true, |state| {
            let file = *state.seen.get(&name).ok_or(io::ErrorKind::NotFound)?;
            state.files[file].durable = state.files[file].seen.clone();
            Ok(())
        })
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let (from, to) = (self.name(from), self.name(to));
        self.step(false, |state| {
            let file = state.seen.remove(&from).ok_or(io::ErrorKind::NotFound)?;
            state.seen.insert(to, file);
            Ok(())
        })
    }

    fn sync_folder(&self, path: &str) -> io::Result<()> {
        let parent = |path: &str| path.rsplit_once('/').map(|(folder, _)| folder.to_owned());
        let (folder, wanted) = (self.folder, parent(path));
        self.step(true, |state| {
            let within = |name: &(&'static str, String)| name.0 == folder && parent(&name.1) == wanted;
            state.durable.retain(|name, _| !within(name));
            let seen: Names = state.seen.iter().filter(|(n, _)| within(n)).map(|(n, f)| (n.clone(), *f)).collect();
            state.durable.extend(seen);
            Ok(())
        })
    }
}
