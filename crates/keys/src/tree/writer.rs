//! The one thread that changes the tree: collects, writes, syncs, answers.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use parking_lot::RwLock;
use tokio::runtime::Runtime;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::disk::Disk;
use crate::key::{DataKey, KeyError, KeyName, Purpose};
use crate::slot::{Root, Slot};
use crate::tree::commit::{Change, Draft};
use crate::tree::format::{self, Body, Entries, FileName, INNERS, LEAVES, RootKeys};
use crate::tree::held::Held;
use crate::tree::mirror::{Mirror, MirrorState, copy_tree};
use crate::tree::open::{self, Found, Opened};
use crate::tree::{TreeOptions, batch};

/// The most requests that share one write.
pub(crate) const GROUP_MOST: usize = 1024;
/// So many retired keys do not wait any longer.
const RETIRED_MOST: usize = 4096;
/// Zeros behind the batches of a tree file: writing into space that is there spares the file system its own journal.
const SPARE_BYTES: usize = 32 << 10;

/// What the writer is asked to do.
pub(crate) enum Request {
    /// A fresh key; `reuse` takes the one that is there.
    Create {
        name: KeyName,
        reuse: bool,
        done: oneshot::Sender<Result<DataKey, KeyError>>,
    },
    Remove {
        names: Vec<KeyName>,
        done: oneshot::Sender<Result<(), KeyError>>,
    },
    /// To remove with the next group; nobody can get them any more.
    Retire {
        names: Vec<KeyName>,
        done: oneshot::Sender<Result<(), KeyError>>,
    },
    /// Everything under fresh keys.
    Rotate {
        done: oneshot::Sender<Result<(), KeyError>>,
    },
    /// The tree as it is now, into another folder.
    Copy {
        to: Arc<dyn Disk>,
        done: oneshot::Sender<Result<(), KeyError>>,
    },
}

struct Asked {
    name: KeyName,
    reuse: bool,
    done: oneshot::Sender<Result<DataKey, KeyError>>,
}

type Done = oneshot::Sender<Result<(), KeyError>>;
type Removal = (Vec<KeyName>, Done);

/// What came together.
#[derive(Default)]
struct Group {
    asked: Vec<Asked>,
    removals: Vec<Removal>,
    retired: Vec<Removal>,
    rotations: Vec<Done>,
    copies: Vec<(Arc<dyn Disk>, Done)>,
}

impl Group {
    fn add(&mut self, request: Request) {
        match request {
            Request::Create { name, reuse, done } => self.asked.push(Asked { name, reuse, done }),
            Request::Remove { names, done } => self.removals.push((names, done)),
            Request::Retire { names, done } => self.retired.push((names, done)),
            Request::Rotate { done } => self.rotations.push(done),
            Request::Copy { to, done } => self.copies.push((to, done)),
        }
    }

    fn size(&self) -> usize {
        self.asked.len() + self.removals.len() + self.retired.len() + self.rotations.len() + self.copies.len()
    }
}

/// Whether the tree may be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Health {
    Good,
    /// Nothing may be appended to the tree file, since its end is in doubt or its version is an older one: the next
    /// change writes a new one.
    Full,
    /// Which root is in the slot is in doubt.
    Unsettled,
}

pub(crate) struct Writer {
    pub(super) disk: Arc<dyn Disk>,
    mirror: Option<Mirror>,
    slot: Arc<dyn Slot>,
    runtime: Runtime,
    pub(super) options: TreeOptions,
    pub(super) held: Arc<RwLock<Held>>,
    batches: u32,
    end: usize,
    file_bytes: usize,
    health: Health,
    queue: mpsc::Receiver<Request>,
    /// Files of the next epoch are being written: keys can only be appended to the present tree file.
    writing: bool,
    /// What came while files were written and waits until they are.
    later: VecDeque<Request>,
    /// Who waits for retired keys to be destroyed.
    waiting: Vec<Removal>,
    /// When they must be at the latest.
    due: Option<Instant>,
}

impl Writer {
    /// Opens or makes the tree; writes only when everything has been read.
    pub(crate) fn open(
        disk: Arc<dyn Disk>,
        mirror: Option<Arc<dyn Disk>>,
        slot: Arc<dyn Slot>,
        options: TreeOptions,
        queue: mpsc::Receiver<Request>,
    ) -> Result<Writer, KeyError> {
        // A slot may be a device or a remote service.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let roots = runtime.block_on(slot.read())?;
        let opened = match open::open(&*disk, &roots)? {
            Found::Tree(opened) => *opened,
            Found::Fresh => make(&*disk, &*slot, &runtime, &options)?,
        };
        if roots.len() > 1 {
            runtime.block_on(slot.replace(&opened.root))?;
        }
        let mut writer = Writer::with(disk, slot, runtime, options, opened, queue);
        writer.sweep();
        if let Some(mirror) = mirror {
            let tree = writer.held.read().tree;
            writer.mirror = Some(Mirror::begin(mirror, &*writer.disk, tree, &writer.live())?);
        }
        Ok(writer)
    }

    fn with(
        disk: Arc<dyn Disk>,
        slot: Arc<dyn Slot>,
        runtime: Runtime,
        options: TreeOptions,
        opened: Opened,
        queue: mpsc::Receiver<Request>,
    ) -> Writer {
        let mut held = Held::under(&opened.root, opened.replaced_s);
        held.turn(&opened.root, opened.replaced_s, &opened.inners, &opened.leaves);
        for (leaf, entries) in opened.settled.iter().enumerate() {
            held.add_leaf(leaf, entries);
        }
        held.add_young(&opened.young);
        Writer {
            disk,
            mirror: None,
            slot,
            runtime,
            options,
            held: Arc::new(RwLock::new(held)),
            batches: opened.batches,
            end: opened.end,
            file_bytes: opened.file_bytes,
            health: if opened.full { Health::Full } else { Health::Good },
            queue,
            writing: false,
            later: VecDeque::new(),
            waiting: Vec::new(),
            due: None,
        }
    }

    pub(crate) fn held(&self) -> Arc<RwLock<Held>> {
        self.held.clone()
    }

    pub(crate) fn mirror_state(&self) -> MirrorState {
        self.mirror.as_ref().map(Mirror::state).unwrap_or_default()
    }

    /// The files that the tree is made of now.
    fn live(&self) -> BTreeSet<FileName> {
        self.held.read().files().collect()
    }

    /// Runs until the tree is dropped.
    pub(crate) fn run(mut self) {
        while let Some(first) = self.next() {
            let mut group = Group::default();
            let mut next = first;
            while let Some(request) = next {
                group.add(request);
                next = if group.size() < GROUP_MOST { self.at_hand() } else { None };
            }
            self.serve(group);
        }
        let retired = !self.held.read().retired.is_empty();
        if retired {
            self.destroy(Vec::new(), Vec::new());
        }
    }

    /// The next request; `Some(None)` when retired keys are due, `None` at the end.
    fn next(&mut self) -> Option<Option<Request>> {
        if let Some(request) = self.later.pop_front() {
            return Some(Some(request));
        }
        let Some(due) = self.due else { return self.queue.blocking_recv().map(Some) };
        match self.runtime.block_on(async { tokio::time::timeout_at(due, self.queue.recv()).await }) {
            Ok(request) => request.map(Some),
            Err(_) => Some(None),
        }
    }

    fn at_hand(&mut self) -> Option<Request> {
        self.later.pop_front().or_else(|| self.queue.try_recv().ok())
    }

    fn serve(&mut self, group: Group) {
        // Creating is one sync, removing several: who creates does not wait for who removes.
        self.create(group.asked);
        for (to, done) in group.copies {
            let tree = self.held.read().tree;
            let _ = done.send(copy_tree(&*self.disk, &*to, tree, &self.live()));
        }
        if !group.retired.is_empty() {
            self.waiting.extend(group.retired);
            self.answer_destroyed();
            self.due =
                self.due.or_else(|| (!self.waiting.is_empty()).then(|| Instant::now() + self.options.retire_within));
        }
        let full = self.held.read().retired.len() >= RETIRED_MOST;
        let due = self.due.is_some_and(|due| full || due <= Instant::now());
        if due || !group.removals.is_empty() || !group.rotations.is_empty() {
            self.destroy(group.removals, group.rotations);
        }
    }

    /// Removes what is asked and everything that was retired.
    fn destroy(&mut self, removals: Vec<Removal>, rotations: Vec<Done>) {
        let mut removed: BTreeSet<KeyName> = removals.iter().flat_map(|(names, _)| names).copied().collect();
        let (nothing, touched) = {
            let held = self.held.read();
            // Of a member who is not there as much is written as of one who is: the bucket of some other key.
            let absent = removed.iter().filter(|name| name.purpose == Purpose::Member && !held.knows(**name));
            let touched: BTreeSet<usize> = absent.filter_map(|_| held.some_leaf()).collect();
            removed.retain(|name| held.knows(*name));
            let nothing = removed.is_empty() && held.retired.is_empty() && rotations.is_empty() && touched.is_empty();
            (nothing, touched)
        };
        let outcome = match self.health {
            Health::Unsettled => Err(KeyError::Unsettled),
            _ if nothing => Ok(()),
            _ => self.commit(Change { removed, fresh: Entries::new(), touched, all: !rotations.is_empty() }),
        };
        for done in removals.into_iter().map(|(_, done)| done).chain(rotations) {
            let _ = done.send(outcome.as_ref().copied().map_err(KeyError::again));
        }
        self.due = None;
        if let Err(error) = outcome {
            // They stay out of reach and are tried again, unless only opening the tree anew helps.
            for (_, done) in self.waiting.drain(..) {
                let _ = done.send(Err(error.again()));
            }
            let again = self.health != Health::Unsettled && !self.held.read().retired.is_empty();
            self.due = again.then(|| Instant::now() + self.options.retire_within);
        } else if !self.waiting.is_empty() {
            self.due = Some(Instant::now() + self.options.retire_within);
        }
    }

    /// Answers those whose keys are in no file any more.
    fn answer_destroyed(&mut self) {
        let held = self.held.read();
        for (_, done) in self.waiting.extract_if(.., |(names, _)| !names.iter().any(|n| held.retired.contains(n))) {
            let _ = done.send(Ok(()));
        }
    }

    fn create(&mut self, asked: Vec<Asked>) {
        let again = {
            let held = self.held.read();
            asked.iter().any(|asked| held.retired.contains(&asked.name))
        };
        if again && !self.writing {
            // Two keys of one name would be in files; the old one goes first.
            self.destroy(Vec::new(), Vec::new());
        }
        let (mut fresh, mut waiting) = (BTreeMap::new(), Vec::new());
        for Asked { name, reuse, done } in asked {
            let found = self.held.read().key(name);
            if let Some(key) = found {
                let _ = done.send(if reuse { Ok(key) } else { Err(KeyError::AlreadyExists) });
                continue;
            }
            if self.held.read().knows(name) {
                // It was retired and could not be destroyed, or was retired this moment.
                drop(done.send(Err(KeyError::Retiring)));
                continue;
            }
            match fresh.entry(name) {
                Entry::Occupied(_) if !reuse => drop(done.send(Err(KeyError::AlreadyExists))),
                Entry::Occupied(_) => waiting.push((name, done)),
                Entry::Vacant(place) => match DataKey::random() {
                    Ok(key) => {
                        place.insert(key);
                        waiting.push((name, done));
                    }
                    Err(error) => drop(done.send(Err(error))),
                },
            }
        }
        if fresh.is_empty() {
            return;
        }
        let outcome = self.add(fresh);
        for (name, done) in waiting {
            let _ = done.send(match &outcome {
                Ok(()) => self.held.read().key(name).ok_or(KeyError::Retiring),
                Err(error) => Err(error.again()),
            });
        }
    }

    /// Makes keys durable, then visible.
    fn add(&mut self, fresh: BTreeMap<KeyName, DataKey>) -> Result<(), KeyError> {
        let day = self.options.now.day();
        let fresh: Entries = fresh.into_iter().map(|(name, key)| format::Entry { name, key, day }).collect();
        let young = self.held.read().young.len() + fresh.len();
        if self.health == Health::Good && (young <= self.options.young_keys || self.writing) {
            self.append(&fresh)?;
            self.held.write().add_young(&fresh);
            return Ok(());
        }
        self.commit(Change { fresh, ..Change::default() })
    }

    fn append(&mut self, fresh: &Entries) -> Result<(), KeyError> {
        let seal = self.held.read().batches();
        let mut bytes = batch::seal(&seal, self.batches, fresh)?;
        let end = self.end + bytes.len();
        if end > self.file_bytes {
            bytes.resize(bytes.len() + SPARE_BYTES, 0);
        }
        let name = FileName::Tree { epoch: seal.epoch }.to_string();
        let written = self.disk.write_at(&name, self.end as u64, &bytes).and_then(|()| self.disk.sync(&name));
        if let Err(error) = written {
            // What of it reached the disk is unknown, so nothing may follow it.
            self.health = Health::Full;
            return Err(error.into());
        }
        if let Some(mirror) = &self.mirror {
            mirror.append(&*self.disk, &self.live(), &name, self.end, &bytes);
        }
        self.file_bytes = self.file_bytes.max(self.end + bytes.len());
        self.end = end;
        self.batches += 1;
        Ok(())
    }

    /// Writes the tree of the next epoch beside the present one, replaces the root, and only then changes what is held.
    fn commit(&mut self, change: Change) -> Result<(), KeyError> {
        if self.health == Health::Unsettled {
            return Err(KeyError::Unsettled);
        }
        let mut draft = self.draft(&change)?;
        let files = std::mem::take(&mut draft.files);
        let names = files.iter().map(|(name, _)| *name).collect();
        let busy = change.fresh.iter().map(|entry| entry.name).chain(change.removed.iter().copied()).collect();
        self.writing = true;
        let written = self.write(files, &busy);
        self.writing = false;
        let written = written.and_then(|late| self.add_late(&draft, &late));
        let late_bytes = match written {
            Ok(late_bytes) => late_bytes,
            Err(error) => {
                self.sweep();
                return Err(error);
            }
        };
        if let Some(mirror) = &self.mirror {
            mirror.prepare(&*self.disk, &draft.live(), &names);
        }
        // From here on either epoch may be found after a crash.
        if let Err(error) = self.runtime.block_on(self.slot.replace(&draft.root)) {
            self.health = Health::Unsettled;
            return Err(error);
        }
        self.end = draft.end + late_bytes;
        self.file_bytes = self.end.max(draft.end + SPARE_BYTES);
        self.batches = u32::from(late_bytes > 0);
        self.health = Health::Good;
        self.adopt(&draft, &change.fresh);
        self.sweep();
        self.answer_destroyed();
        Ok(())
    }

    /// Writes files on a thread of their own. Who creates meanwhile does not wait: keys are appended to the present tree
    /// file; their names are given back.
    fn write(
        &mut self,
        files: Vec<(FileName, Vec<u8>)>,
        busy: &BTreeSet<KeyName>,
    ) -> Result<BTreeSet<KeyName>, KeyError> {
        let disk = self.disk.clone();
        let (done, mut written) = oneshot::channel();
        std::thread::Builder::new().name("key files".into()).spawn(move || {
            let _ = done.send(write_files(&*disk, &files));
        })?;
        let mut late = BTreeSet::new();
        loop {
            let room = self.later.len() < GROUP_MOST && !self.queue.is_closed();
            let next = self.runtime.block_on(async {
                tokio::select! {
                    biased;
                    written = &mut written => Err(written),
                    request = self.queue.recv(), if room => Ok(request),
                }
            });
            match next {
                Ok(Some(first)) => self.create_late(first, busy, &mut late),
                // Nobody is left who asks; what waits is served.
                Ok(None) => {}
                Err(written) => return written.map_err(|_| KeyError::Closed)?.map(|()| late),
            }
        }
    }

    fn create_late(&mut self, first: Request, busy: &BTreeSet<KeyName>, late: &mut BTreeSet<KeyName>) {
        let mut asked = Vec::new();
        let mut next = Some(first);
        while let Some(request) = next {
            match request {
                Request::Create { name, reuse, done } if self.may_create(name, busy, asked.len()) => {
                    // A key that is there is in the draft, or was late before.
                    late.extend((!self.held.read().knows(name)).then_some(name));
                    asked.push(Asked { name, reuse, done });
                }
                request => self.later.push_back(request),
            }
            let more = asked.len() < GROUP_MOST && self.later.len() < GROUP_MOST;
            next = if more { self.queue.try_recv().ok() } else { None };
        }
        self.create(asked);
    }

    /// Whether a key of this name can be appended although the tree of the next epoch is being written.
    fn may_create(&self, name: KeyName, busy: &BTreeSet<KeyName>, before: usize) -> bool {
        let held = self.held.read();
        let room = held.young.len() + before < self.options.young_keys;
        self.health == Health::Good && room && !held.retired.contains(&name) && !busy.contains(&name)
    }

    /// Takes keys that were created since the draft into its tree file, as a first batch; gives its length.
    fn add_late(&self, draft: &Draft, late: &BTreeSet<KeyName>) -> Result<usize, KeyError> {
        let entries: Entries = {
            let held = self.held.read();
            let young = late.intersection(&held.young).copied().collect();
            // Those that were retired since are left out.
            held.entries(&young).collect()
        };
        if entries.is_empty() {
            return Ok(0);
        }
        let bytes = batch::seal(&RootKeys::of(&draft.root).batches(format::VERSION), 0, &entries)?;
        let name = FileName::Tree { epoch: draft.root.epoch }.to_string();
        self.disk.write_at(&name, draft.end as u64, &bytes)?;
        self.disk.sync(&name)?;
        Ok(bytes.len())
    }

    /// Removes files of other epochs: their keys are gone. What cannot be removed now is found again at the next time.
    fn sweep(&self) {
        let live = self.live();
        if let Some(mirror) = &self.mirror {
            mirror.sweep(&*self.disk, &live);
        }
        for name in open::files(&*self.disk).unwrap_or_default().difference(&live) {
            let _ = self.disk.remove(&name.to_string());
        }
    }
}

/// Writes all files first and syncs them afterwards, so that the file system can bring them to the disk together.
fn write_files(disk: &dyn Disk, files: &[(FileName, Vec<u8>)]) -> Result<(), KeyError> {
    for (name, bytes) in files {
        disk.create(&name.to_string(), bytes)?;
    }
    disk.sync_all(&files.iter().map(|(name, _)| name.to_string()).collect::<Vec<String>>())?;
    Ok(disk.sync_dir()?)
}

/// A tree file with the zeros into which batches are written.
pub(super) fn with_spare(mut file: Vec<u8>) -> (Vec<u8>, usize) {
    let end = file.len();
    file.resize(end + SPARE_BYTES, 0);
    (file, end)
}

/// Makes an empty tree: first its file, then its root.
fn make(disk: &dyn Disk, slot: &dyn Slot, runtime: &Runtime, options: &TreeOptions) -> Result<Opened, KeyError> {
    let mut tree = [0; 16];
    aws_lc_rs::rand::fill(&mut tree).map_err(|_| KeyError::Random)?;
    let root = Root { tree, epoch: 1, key: DataKey::random()? };
    let keys = RootKeys::of(&root);
    let replaced_s = options.now.minute_s();
    let body = Body { replaced_s, inners: vec![None; INNERS], young: Entries::new() };
    let (file, end) = with_spare(keys.seal_tree(&body)?);
    let file_bytes = file.len();
    write_files(disk, &[(FileName::Tree { epoch: 1 }, file)])?;
    runtime.block_on(slot.replace(&root))?;
    Ok(Opened {
        root,
        replaced_s,
        inners: body.inners,
        leaves: vec![None; LEAVES],
        young: Entries::new(),
        settled: Vec::new(),
        batches: 0,
        end,
        file_bytes,
        full: false,
    })
}
