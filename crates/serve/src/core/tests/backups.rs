//! With every earlier copy of the machine, every backup, and all keys that exist afterwards, nothing of who was forgotten
//! opens, and nothing tells that they ever were a member.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use outis_event::{Day, Space};
use outis_keys::Purpose;
use outis_people::{ExternalId, Mode, Order, People, Vault};
use outis_warehouse::SealedFiles;
use tempfile::TempDir;

use super::loot::{Loot, files_of};
use super::members::{ANNA, Life, Person, ZOE, rows};
use super::town::{Town, copy_folder};
use crate::backup::{self, Restore};
use crate::config::Config;
use crate::core::Core;

/// A page that only she sees.
const HERS: &str = "/only/hers";
const TODAY: Day = Day(20_781);

/// What an attacker kept, and what they find in it.
struct Machine {
    life: Life,
    /// Copies of everything but the slot.
    copies: Vec<PathBuf>,
    backups: TempDir,
    /// Folders of copies of backups.
    kept: Vec<TempDir>,
    /// Numbers that her rows came with.
    numbers: BTreeSet<u64>,
}

/// What was found of her.
#[derive(Debug, Default, PartialEq, Eq)]
struct Found {
    /// Her rows.
    rows: usize,
    /// Her numbers among those of rows and frames.
    numbers: usize,
    /// Databases of members in which somebody is found under her id.
    databases: usize,
    /// Files, opened or not, in which something that only she said or is stands in clear.
    said: usize,
}

impl Machine {
    async fn after(mode: Option<Mode>) -> Machine {
        let life = Life::begin().await;
        let backups = tempfile::tempdir().expect("a folder");
        let mut machine = Machine { life, copies: Vec::new(), backups, kept: Vec::new(), numbers: BTreeSet::new() };
        machine.life.town.wave(0).await;
        for who in [&ANNA, &ZOE] {
            machine.life.view(who, "/articles/1").await;
        }
        machine.life.view(&ANNA, HERS).await;
        machine.prefer(&ANNA).await;
        machine.prefer(&ZOE).await;
        machine.keep().await;
        // The first day is closed and compacted; the second is open.
        machine.life.town.until("2026-11-24T08:00:00Z").await;
        machine.life.view(&ANNA, HERS).await;
        machine.keep().await;
        let site = machine.life.town.sites[0].0;
        let core = &machine.life.town.core;
        let active = core.members.people.find(site, &id(&ANNA)).await.expect("read").expect("a member");
        let member = active.member().expect("there");
        machine.numbers = [TODAY.plus(-1), TODAY].map(|day| member.day(day).visitor.0).into();
        if let Some(mode) = mode {
            let order = Order { mode, today: TODAY, recent_days: 35 };
            let people = &core.members.people;
            let (_, forgotten) = people.forget(site, &id(&ANNA), order, &*core.members).await.expect("forgotten");
            people.unlink(forgotten).await.expect("unlinked");
            core.warehouse.purge_soon(site);
        }
        machine.life.town.until("2026-11-25T08:00:00Z").await;
        machine.life.town.core.settle().await.expect("settled");
        machine
    }

    async fn prefer(&self, who: &Person) {
        let people = &self.life.town.core.members.people;
        let active = people.find(self.life.town.sites[0].0, &id(who)).await.expect("read").expect("a member");
        people.prefer(&active, outis_people::Preference::Bookmark, who.interest, true).await.expect("kept");
    }

    /// A copy of the machine, and a backup, and a copy of the machine after that.
    async fn keep(&mut self) {
        self.life.town.core.members.flush().await.expect("flush");
        self.copies.push(self.life.town.copy(false));
        self.life.town.write().await;
        self.copies.push(self.life.town.copy(false));
        backup::make(&self.life.town.core, self.backups.path()).await.expect("a backup");
        // As it is now: the next one replaces the copy of the tree.
        let copy = as_machine(self.backups.path());
        self.copies.push(copy.path().to_owned());
        self.kept.push(copy);
    }

    /// Everything that opens with the slot as it is now.
    async fn attacked(&mut self) -> Found {
        let now = self.life.town.copy(true);
        self.copies.push(now.clone());
        let loot = Loot::of(&self.copies, &[&now]).await;
        let words = self.life.town.core.warehouse.vocabulary(self.life.town.sites[0].0);
        let rows = rows(&loot, &words).iter().filter(|rows| rows.contains(HERS)).count();
        let numbers = self.numbers.intersection(&loot.numbers()).count();
        let mut found = Found { rows, numbers, ..Found::default() };
        for copy in self.copies.clone() {
            let pieces = tempfile::tempdir().expect("a folder");
            unseal_all(&copy, &loot, pieces.path()).await;
            for place in [copy.as_path(), pieces.path()] {
                found.look(place, &loot, self.life.town.sites[0].0).await;
            }
        }
        found
    }
}

impl Found {
    async fn look(&mut self, place: &Path, loot: &Loot, site: outis_event::SiteId) {
        let said = |content: &[u8]| [ANNA.id, ANNA.interest].iter().any(|text| holds(content, text.as_bytes()));
        self.said += files_of(place).iter().filter(|(_, content)| said(content)).count();
        for (database, _) in files_of(place).iter().filter(|(path, _)| path.ends_with("people.db")) {
            let dir = database.parent().expect("a folder");
            let people =
                People::open(&Vault::Folder(dir.to_owned()), loot.known()).await.expect("the living's keys are there");
            assert!(people.find(site, &id(&ZOE)).await.expect("read").is_some(), "the living are found in every copy");
            self.databases += usize::from(people.find(site, &id(&ANNA)).await.is_ok_and(|found| found.is_some()));
        }
    }
}

fn id(who: &Person) -> ExternalId {
    ExternalId::new(who.id.to_owned()).expect("an id")
}

fn holds(content: &[u8], wanted: &[u8]) -> bool {
    memchr::memmem::find(content, wanted).is_some()
}

/// A folder of backups in the form of a copy of the machine: its tree as keys, its files as the warehouse.
fn as_machine(backups: &Path) -> TempDir {
    let copy = tempfile::tempdir().expect("a folder");
    for (from, to) in [("tree", "keys"), ("files", "warehouse"), ("sealed", "sealed")] {
        copy_folder(&backups.join(from), &copy.path().join(to));
    }
    std::fs::create_dir(copy.path().join("journal")).expect("a folder");
    copy
}

/// Opens what backups sealed, with every key that was reached.
async fn unseal_all(copy: &Path, loot: &Loot, into: &Path) {
    let sealed = copy.join("sealed");
    if !sealed.exists() {
        return;
    }
    let sealed = SealedFiles::open(&sealed, loot.known(), Purpose::Backup).expect("opened");
    for name in sealed.names().await.expect("listed") {
        let plain = into.join(&name);
        // What has no key is none of the attacker's.
        if sealed.unseal(&name, &plain).await.is_ok()
            && holds(&std::fs::read(&plain).expect("read"), b"CREATE TABLE people_version")
        {
            let dir = into.join(format!("{name}.people"));
            std::fs::create_dir(&dir).expect("a folder");
            std::fs::rename(&plain, dir.join("people.db")).expect("renamed");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_copy_of_the_machine_and_no_backup_brings_back_who_was_forgotten() {
    for mode in [Mode::Fold, Mode::Delete] {
        let mut machine = Machine::after(Some(mode)).await;
        let words = machine.life.town.core.warehouse.vocabulary(machine.life.town.sites[0].0);
        assert!(words.words(Space::from(outis_event::Dimension::Page)).iter().any(|(_, word)| &**word == HERS));
        assert_eq!(machine.attacked().await, Found::default());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_forgotten_is_found_in_copies_and_in_backups() {
    let mut machine = Machine::after(None).await;
    let found = machine.attacked().await;
    assert!(found.rows > 0, "{found:?}");
    // Four copies of the machine, and the last, have a database; of the two backups the second has both.
    assert_eq!(found.databases, 5 + 3, "{found:?}");
}

/// The newest backup in a data folder of its own, with the slot and the tree as they are now.
async fn put_back(town: &mut Town, backups: &Path, to: &Path) -> (Config, backup::Restored) {
    let now = town.copy(true);
    std::fs::copy(now.join("slot"), to.join("slot")).expect("copied");
    let config = Config { data_dir: to.to_owned(), ..town.core.config.clone() };
    let tree = now.join("keys");
    let order = Restore { dir: backups, id: None, tree: Some(&tree) };
    let told = backup::restore(&config, &order).await.expect("put back");
    (config, told)
}

/// Rows, history and members of a server, as lines.
async fn everything(core: &Core, town: &Town) -> Vec<String> {
    let site = town.sites[0].0;
    let zoe = core.members.people.find(site, &id(&ZOE)).await.expect("read").expect("a member");
    let mut all = core.warehouse.told_and_waiting().await.expect("read");
    all.push(serde_json::to_string(&zoe.held().expect("there")).expect("json"));
    let mut words: Vec<String> = core
        .warehouse
        .vocabulary(site)
        .words(Space::from(outis_event::Dimension::Page))
        .iter()
        .map(|(term, word)| format!("{} {word}", term.0))
        .collect();
    words.sort();
    all.extend(words);
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_put_back_is_what_was_there_and_a_log_that_grew_since_is_not_continued() {
    let life = Life::begin().await;
    life.town.wave(0).await;
    life.view(&ZOE, "/articles/1").await;
    life.town.until("2026-11-24T08:00:00Z").await;
    life.town.core.settle().await.expect("settled");
    let backups = tempfile::tempdir().expect("a folder");
    backup::make(&life.town.core, backups.path()).await.expect("a backup");
    let mut town = life.town;
    let before = everything(&town.core, &town).await;

    // At once, the log goes on as it was.
    let first = tempfile::tempdir().expect("a folder");
    let (config, told) = put_back(&mut town, backups.path(), first.path()).await;
    assert!(!told.remarks.iter().any(|remark| remark.contains("receipts-earlier")), "{told:?}");
    let key = town.core.receipts.log.verifier_key().to_string();
    let core = Core::open(&config, Arc::new(town.clock.clone())).await.expect("opened");
    assert_eq!(everything(&core, &town).await, before);
    assert_eq!(core.receipts.log.verifier_key().to_string(), key);
    // A day is compacted: its visitors have rows in the server that was put back too.
    let copy = tempfile::tempdir().expect("a folder");
    copy_folder(first.path(), copy.path());
    let loot = Loot::of(&[copy.path().to_owned()], &[copy.path()]).await;
    assert!(loot.rows.iter().any(|found| found.closed));

    // After the next batch of receipts it would fork.
    town.until("2026-11-25T08:00:00Z").await;
    let second = tempfile::tempdir().expect("a folder");
    let (config, told) = put_back(&mut town, backups.path(), second.path()).await;
    assert!(told.remarks.iter().any(|remark| remark.contains("receipts-earlier")), "{told:?}");
    assert!(second.path().join("receipts-earlier/checkpoint").exists());
    let config = Config { receipt_log_name: "other/receipts".to_owned(), ..config };
    let core = Core::open(&config, Arc::new(town.clock.clone())).await.expect("opened");
    assert_ne!(core.receipts.log.verifier_key().to_string(), key);
    assert_eq!(everything(&core, &town).await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_server_starts_on_what_was_put_back_in_part() {
    let town = Town::new(1).await;
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::write(dir.path().join(backup::UNFINISHED), []).expect("written");
    let config = Config { data_dir: dir.path().to_owned(), ..town.core.config.clone() };
    let error = Core::open(&config, Arc::new(town.clock.clone())).await.err().expect("refused");
    assert!(error.to_string().contains("is not whole"));
    assert!(!dir.path().join("slot").exists() && !dir.path().join("keys").exists());
}
