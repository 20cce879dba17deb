//! Everything that runs behind the listeners, put together in the order data flows.

pub(crate) mod catalogue;
mod days;
pub(crate) mod intents;
mod jobs;
mod journalling;
mod keeping;
mod kept;
pub(crate) mod learning;
mod leaving;
pub(crate) mod members;
pub(crate) mod models;
pub(crate) mod purges;
pub(crate) mod receipts;
mod registry;
mod requests;
mod reserve;
pub(crate) mod retention;
mod slot;
mod snapshots;
#[cfg(test)]
mod tests;
mod vault;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::Context;
use outis_anonymise::{Anonymiser, Persons, Tables, WaitingRoom};
use outis_capture::{Callers, Capture, CaptureOptions, Limits, Rate, RateLimits, UnknownSites};
use outis_disclose::{Secret, note};
use outis_distribute::{Distribute, SystemResolver};
use outis_event::{Clock, InsertHash, NodeId, Record};
use outis_guard::{Gate, LaplaceNoise};
use outis_journal::{Frame, Journal, JournalOptions};
use outis_keys::{KeyName, Keys, Purpose, TreeKeys};
use outis_people::People;
use outis_personal::intent::Embedding;
use outis_warehouse::{LocalFiles, SealedStore, Warehouse, WarehouseOptions};
use tokio::sync::mpsc;

use crate::config::{Config, webhooks};
use crate::control::{Control, IdentityStore, ItemStore, Records, StaffStore};
use crate::edge::Centres;
use crate::listen::{Tls, scripts};
use crate::persons::KnownPersons;
use crate::rows::WarehouseRows;

pub(crate) use catalogue::Catalogues;
pub(crate) use days::Days;
pub(crate) use jobs::Jobs;
pub(crate) use leaving::owner;
pub(crate) use members::Membership;
pub(crate) use models::Models;
pub(crate) use receipts::Receipts;
pub(crate) use registry::Registry;
pub(crate) use requests::RequestError;
pub(crate) use slot::open_tree;
pub(crate) use vault::vault;

/// This process among the journal's writers.
const NODE: NodeId = NodeId(1);
/// Frames that may wait for the warehouse: each holds up to 20,000 events.
const FRAMES: usize = 2;
/// How long a start waits for the process before it to let go of the keys.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);
const LOCK_STEP: Duration = Duration::from_millis(50);
/// How many times a second's events may come at once.
const BURST: u32 = 10;

/// Everything that runs.
pub(crate) struct Core {
    pub(crate) config: Config,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) control: Control,
    pub(crate) staff: StaffStore,
    pub(crate) keys: Arc<dyn Keys>,
    /// The same keys, for what is told of the tree and for its rotation.
    pub(crate) tree: Arc<TreeKeys>,
    pub(crate) warehouse: Arc<Warehouse>,
    pub(crate) journal: Arc<Journal>,
    pub(crate) gate: Arc<Gate>,
    pub(crate) members: Arc<Membership>,
    pub(crate) models: Arc<Models>,
    pub(crate) identity: IdentityStore,
    pub(crate) intents: Arc<intents::Intents>,
    /// The only door out.
    pub(crate) distribute: Arc<Distribute>,
    pub(crate) receipts: Receipts,
    pub(crate) records: Records,
    /// What the public listener shows who it is with; it signs what must be signed. Set when it listens.
    pub(crate) tls: OnceLock<Arc<Tls>>,
    pub(crate) registry: Arc<Registry>,
    pub(crate) catalogues: Arc<Catalogues>,
    pub(crate) purges: purges::PurgeJobs,
    pub(crate) retention: retention::Retention,
    reserve: reserve::Reserve,
    pub(crate) days: Days,
    pub(crate) room: Arc<WaitingRoom>,
    pub(crate) persons: Arc<Persons>,
    pub(crate) capture: Capture,
    /// Whoever asks for lists that are open to everybody.
    pub(crate) callers: Callers,
    /// Data centres that assets are fetched from.
    pub(crate) edge: Arc<Centres>,
    /// Held while a backup is made.
    pub(crate) backing_up: tokio::sync::Mutex<()>,
}

impl Core {
    /// Opens the data directory and takes over what an earlier run left in the journal.
    ///
    /// # Errors
    /// When something in the data directory does not open, or another process uses it.
    pub(crate) async fn open(config: &Config, clock: Arc<dyn Clock>) -> anyhow::Result<Core> {
        if config.data_dir.join(crate::backup::UNFINISHED).exists() {
            anyhow::bail!("a backup was being put back here and is not whole: empty the folder and do it again");
        }
        let reserve = reserve::Reserve::new(&config.data_dir, config.low_water_mib << 20);
        // A start writes too, and may have somebody to forget.
        reserve.make_room();
        let control = Control::open(&config.data_dir).await.context("the control database")?;
        let tree = open_keys(config).await?;
        let keys: Arc<dyn Keys> = tree.clone();
        let staff = StaffStore::open(control.clone(), keys.as_ref()).await?;
        let warehouse = open_warehouse(config, &control, &keys, &clock).await?;
        let (journal, inserts) = open_journal(config, &keys, &warehouse).await?;
        let days = Days::new(keys.clone());
        let items = ItemStore::new(control.clone(), keys.clone());
        let catalogues = Arc::new(Catalogues::open(items).await.context("the catalogues of items")?);
        let registry = Registry::new(control.clone(), warehouse.clone(), days.open_days(), catalogues.clone());
        let registry = Arc::new(registry);
        registry.reload().await?;
        days.tick(&registry.settings(), clock.now()).await?;
        let room = Arc::new(WaitingRoom::default());
        let tables = Arc::new(tables(config)?);
        let anonymiser = Arc::new(Anonymiser::new(tables, room.clone()));
        let persons = anonymiser.persons().clone();
        warehouse.tell_persons_by(Arc::new(KnownPersons(persons.clone())));
        warehouse.add_noise_by(Arc::new(LaplaceNoise));
        warehouse.keep_by(Arc::new(keeping::Saved {
            registry: Arc::downgrade(&registry),
            warehouse: Arc::downgrade(&warehouse),
            clock: clock.clone(),
        }));
        let gate = Arc::new(Gate::new(Arc::new(WarehouseRows(warehouse.clone(), registry.clone()))));
        let people = Arc::new(People::open(&vault(config)?, keys.clone()).await.context("members")?);
        let models = Arc::new(Models::new(
            catalogues.clone(),
            people.clone(),
            registry.clone(),
            (gate.clone(), warehouse.clone()),
            keys.clone(),
            (clock.clone(), config.data_dir.join("models")),
            models::Allowance::of_machine(config.learning_memory_mib)?,
        ));
        let destinations = webhooks::destinations(&config.webhooks)?;
        let resolver = Arc::new(SystemResolver);
        let distribute = Distribute::open(destinations, control.pool(), keys.clone(), resolver, clock.clone()).await;
        let distribute = Arc::new(distribute.context("messages that wait to go out")?);
        // Before anything is said or anybody forgotten.
        people.learn_by(Arc::new(leaving::Leaving { learner: models.learner(), distribute: distribute.clone() }));
        let behind = (registry.clone(), warehouse.clone(), gate.clone(), distribute.clone());
        let members = Arc::new(Membership::new(people, behind));
        // Before anybody is let in: who was being forgotten must not be found again.
        members.people.resume(&*members).await.context("forgetting that was not finished")?;
        models.restore().await.context("what was learnt from members")?;
        for (site, placements) in control.placements(keys.as_ref()).await? {
            models.declare(site, placements).await?;
        }
        let receipts = Receipts::open(config, keys.clone(), clock.now()).await?;
        let records = Records::new(control.clone(), keys.clone());
        let counted = intents::Counted::new(anonymiser.clone());
        let embedding = embedding(config)?;
        let intents = intents::Intents::open(
            control.clone(),
            keys.as_ref(),
            counted,
            catalogues.clone(),
            embedding,
            clock.clone(),
        );
        let intents = Arc::new(intents.await?);
        intents.learn_all();
        let identity = IdentityStore::open(control.clone(), keys.as_ref()).await?;
        identity.load(&registry, &members).await?;
        let name = KeyName { purpose: Purpose::Dedup, label: *b"insert-id-hashes" };
        let dedup_key = Secret::new(*keys.get_or_create(name).await?.bytes("hashes of insert ids"));
        let capture = Capture::new(
            capture_options(config),
            anonymiser,
            registry.clone(),
            Arc::new(journalling::JournalSink(journal.clone())),
            members.clone(),
            clock.clone(),
            &dedup_key,
            scripts(),
        );
        let purges = purges::PurgeJobs::new(control.clone(), keys.clone());
        let core = Core {
            config: config.clone(),
            clock,
            control,
            staff,
            keys,
            tree,
            warehouse,
            journal,
            gate,
            members,
            models,
            identity,
            intents,
            distribute,
            receipts,
            records,
            tls: OnceLock::new(),
            registry,
            catalogues,
            purges,
            retention: retention::Retention::default(),
            reserve,
            days,
            room,
            persons,
            capture,
            callers: Callers::new(list_rates(config), &capture_options(config)),
            edge: Arc::new(Centres::new(&config.edge)),
            backing_up: tokio::sync::Mutex::default(),
        };
        core.restore_snapshots().await?;
        // Before anybody is let in: what is being purged must not be used again.
        core.strike_unfinished().await.context("a purge that was not finished")?;
        core.capture.dedup_recall(inserts);
        core.reserve.lay_by();
        Ok(core)
    }
}

/// Opens the key tree. Another process that is just ending still holds it for a moment.
async fn open_keys(config: &Config) -> anyhow::Result<Arc<TreeKeys>> {
    let give_up = tokio::time::Instant::now() + LOCK_PATIENCE;
    loop {
        match slot::open_tree(config) {
            Err(error) if slot::is_in_use(&error) && tokio::time::Instant::now() < give_up => {
                tokio::time::sleep(LOCK_STEP).await;
            }
            opened => return Ok(Arc::new(opened.context("the key tree")?)),
        }
    }
}

async fn open_warehouse(
    config: &Config,
    control: &Control,
    keys: &Arc<dyn Keys>,
    clock: &Arc<dyn Clock>,
) -> anyhow::Result<Arc<Warehouse>> {
    let files = LocalFiles::open(&config.data_dir.join("warehouse")).context("the warehouse's folder")?;
    let store = Arc::new(SealedStore::new(Arc::new(files), keys.clone()));
    let options = WarehouseOptions::default();
    let warehouse = Warehouse::open(store, control.pool(), keys.clone(), clock.clone(), options).await;
    let warehouse = warehouse.context("the warehouse")?;
    warehouse.spill_to(&config.data_dir.join("spill")).context("the folder for large answers")?;
    Ok(Arc::new(warehouse))
}

/// Opens the journal, gives the warehouse what it has not committed yet, and keeps giving. The insert ids of all frames
/// that are still there come back: the last snapshot may not have them.
async fn open_journal(
    config: &Config,
    keys: &Arc<dyn Keys>,
    warehouse: &Arc<Warehouse>,
) -> anyhow::Result<(Arc<Journal>, Vec<InsertHash>)> {
    let (live, frames) = mpsc::channel(FRAMES);
    let options = JournalOptions { low_water_bytes: config.low_water_mib << 20, ..JournalOptions::default() };
    let words = Arc::new(journalling::Words(warehouse.clone()));
    let after = warehouse.consumed(NODE);
    let dir = config.data_dir.join("journal");
    let opened = Journal::open(&dir, keys.clone(), NODE, after, words, live, options).await;
    let (journal, recovery) = opened.context("the journal")?;
    if !recovery.quarantined.is_empty() || !recovery.gaps.is_empty() {
        let (quarantined, gaps) = (recovery.quarantined.len(), recovery.gaps.len());
        note!(Error, "journal frames were damaged or are missing", quarantined = quarantined, gaps = gaps);
    }
    let mut inserts = Vec::new();
    journal
        .replay(|frame| {
            inserts.extend(frame.records.iter().filter_map(|record| match record {
                Record::Insert(hash) => Some(*hash),
                _ => None,
            }));
            let warehouse = warehouse.clone();
            async move { take(&warehouse, frame).await }
        })
        .await?;
    tokio::spawn(follow(warehouse.clone(), frames));
    Ok((Arc::new(journal), inserts))
}

/// Gives the warehouse every frame that is acknowledged from now on.
async fn follow(warehouse: Arc<Warehouse>, mut frames: mpsc::Receiver<Frame>) {
    while let Some(frame) = frames.recv().await {
        take(&warehouse, frame).await;
    }
}

/// A tail that is full is flushed before more is taken, so that memory stays bounded: senders wait meanwhile.
async fn take(warehouse: &Warehouse, frame: Frame) {
    while warehouse.is_full() {
        if warehouse.flush().await.is_err() {
            note!(Error, "the warehouse could not be written, trying again");
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
    warehouse.take(frame);
}

fn tables(config: &Config) -> anyhow::Result<Tables> {
    let tables = Tables::embedded().context("the public lists")?;
    match &config.geo_file {
        Some(path) => tables.with_places(std::fs::read(path).context("geo_file")?).context("geo_file"),
        None => Ok(tables),
    }
}

fn rate(per_second: u32) -> Rate {
    Rate { per_second, burst: per_second.saturating_mul(BURST) }
}

fn list_rates(config: &Config) -> RateLimits {
    let network = rate(config.lists_per_second_per_network);
    RateLimits { network, site: rate(config.lists_per_second_per_site), ..RateLimits::default() }
}

fn embedding(config: &Config) -> anyhow::Result<Option<Embedding>> {
    config.embeddings_dir.as_deref().map(Embedding::open).transpose().context("embeddings_dir")
}

fn capture_options(config: &Config) -> CaptureOptions {
    let network = rate(config.events_per_second_per_network);
    CaptureOptions {
        limits: Limits::default(),
        rates: RateLimits { network, ..RateLimits::default() },
        trusted_proxies: config.trusted_proxies.clone(),
        unknown_sites: if config.hide_unknown_sites { UnknownSites::Constant } else { UnknownSites::Tell },
        ..CaptureOptions::default()
    }
}
