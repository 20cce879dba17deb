//! What somebody who has the disk finds of link files.

use std::path::Path;
use std::sync::Arc;

use jiff::tz::TimeZone;
use outis_event::{Day, Link, ManualClock, Plan, Policy, Pseudonym, Shields, Site, SiteId, Visitor};
use outis_keys::{FileSlot, KeyName, Keys, Purpose, TreeKeys, TreeOptions};
use outis_warehouse::{LocalFiles, SealedStore, Warehouse, WarehouseOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

/// A Monday that begins a period.
const MONDAY: Day = Day(20_752);
const PSEUDONYM: u64 = 0x7a5c_91e3_40b8_d26f;

fn site() -> Arc<Site> {
    Arc::new(Site {
        id: SiteId(1),
        domain: "example.org".to_owned(),
        zone: TimeZone::UTC,
        policy: Policy { link: Link::Period, ..Policy::default() },
        shields: Shields::default(),
        plan: Plan::default(),
        origins: Vec::new(),
        debug_token_hash: None,
    })
}

/// The forms in which a number could be written.
fn forms(number: u64) -> Vec<Vec<u8>> {
    vec![
        number.to_le_bytes().to_vec(),
        number.to_be_bytes().to_vec(),
        number.to_string().into_bytes(),
        number.cast_signed().to_string().into_bytes(),
        format!("{number:x}").into_bytes(),
        format!("{number:X}").into_bytes(),
    ]
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push((path.clone(), std::fs::read(&path).expect("a file"))),
        }
    }
    found
}

fn holds(folder: &Path, number: u64) -> bool {
    let files = files(folder);
    let has = |form: &Vec<u8>| files.iter().any(|(_, bytes)| bytes.windows(form.len()).any(|part| part == form));
    forms(number).iter().any(has)
}

#[tokio::test]
async fn no_pseudonym_is_in_clear_and_nothing_is_left_of_a_period_that_is_over() {
    let folder = tempfile::tempdir().expect("folder");
    let data = folder.path().join("data");
    std::fs::create_dir(&data).expect("folder");
    let slot = Arc::new(FileSlot::open(&data.join("slot")).expect("slot"));
    let keys: Arc<dyn Keys> =
        Arc::new(TreeKeys::open(&data.join("keys"), slot, TreeOptions::default()).expect("a key tree"));
    let store = || {
        let local = Arc::new(LocalFiles::open(&data.join("warehouse")).expect("folder"));
        Arc::new(SealedStore::new(local, keys.clone()))
    };
    let database = SqliteConnectOptions::new().filename(data.join("control.db")).create_if_missing(true);
    let pool = SqlitePoolOptions::new().max_connections(1).connect_with(database).await.expect("database");
    let clock = ManualClock::new(MONDAY.plus(3).start(&TimeZone::UTC));
    let options = WarehouseOptions::default();
    let open = Warehouse::open(store(), pool.clone(), keys.clone(), Arc::new(clock.clone()), options);
    let warehouse = open.await.expect("open");
    let entries = vec![(Visitor(5), Pseudonym(PSEUDONYM))];
    warehouse.link(&site(), MONDAY.plus(3), entries).await.expect("linked");

    assert!(!holds(&data, PSEUDONYM));
    let is_link = |path: &Path| path.extension().is_some_and(|extension| extension == "links");
    let sealed: Vec<_> = files(&data).into_iter().filter(|(path, _)| is_link(path)).collect();
    let names = keys.list(Purpose::File).await.expect("keys");
    assert_eq!((sealed.len(), names.len()), (1, 1));
    // The control: in clear it would have been found.
    std::fs::write(data.join("clear"), PSEUDONYM.to_le_bytes()).expect("written");
    assert!(holds(&data, PSEUDONYM));
    std::fs::remove_file(data.join("clear")).expect("removed");

    clock.set(MONDAY.plus(35).start(&TimeZone::UTC).plus_ms(3 * 3_600_000));
    warehouse.maintain(&[site()]).await.expect("maintain");
    assert!(files(&data).iter().all(|(path, _)| !is_link(path)));
    assert_eq!(keys.list(Purpose::File).await.expect("keys"), Vec::<KeyName>::new());
    // Who has a copy of the file has nothing that opens it.
    let (path, copy) = &sealed[0];
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("folder");
    std::fs::write(path, copy).expect("written");
    let name = path.strip_prefix(data.join("warehouse")).expect("below").to_str().expect("text");
    let location = object_store::path::Path::from(name);
    assert!(object_store::ObjectStoreExt::get(&*store(), &location).await.is_err());
}
