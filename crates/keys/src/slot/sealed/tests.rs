//! The order of steps, with a holder that stops at each of them.

use std::collections::BTreeMap;

use parking_lot::Mutex;

use super::*;
use crate::disk::sim::{Chance, Machine};
use crate::key::{KeyName, Keys, Purpose};
use crate::seal::{open_record, seal_record};
use crate::tree::{TreeKeys, TreeOptions};

/// Keys in memory that outlive the machine, as a device's do.
#[derive(Clone, Default)]
struct Device(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    keys: BTreeMap<Vec<u8>, ([u8; 16], DataKey)>,
    made: u64,
    steps: u64,
    stop_at: Option<u64>,
    /// Cannot tell which keys it has, as a service cannot.
    blind: bool,
}

impl Device {
    /// Counts a step. At the stop it is made or not, and the machine is not told.
    fn step<T>(&self, change: impl FnOnce(&mut State) -> T) -> Result<T, KeyError> {
        let mut state = self.0.lock();
        state.steps += 1;
        match state.stop_at {
            Some(at) if state.steps > at => Err(SlotFault::Unreachable.into()),
            Some(at) if state.steps == at => {
                if at % 2 == 0 {
                    change(&mut state);
                }
                Err(SlotFault::Unreachable.into())
            }
            _ => Ok(change(&mut state)),
        }
    }

    /// Keys of the tree to which the file belongs, and of trees whose making was interrupted.
    fn keys(&self, machine: &Machine) -> (usize, usize) {
        let file = decode(Provider::Pkcs11, &machine.files("slot")["root"]).expect("the file");
        let state = self.0.lock();
        let ours = state.keys.values().filter(|(tree, _)| *tree == file[0].place.tree).count();
        (ours, state.keys.len() - ours)
    }
}

#[async_trait]
impl Holder for Device {
    fn provider(&self) -> Provider {
        Provider::Pkcs11
    }

    async fn make(&self, tree: [u8; 16], _: u64) -> Result<Vec<u8>, KeyError> {
        let key = DataKey::random()?;
        self.step(|state| {
            state.made += 1;
            let id = state.made.to_le_bytes().to_vec();
            state.keys.insert(id.clone(), (tree, key));
            id
        })
    }

    async fn seal(&self, id: &[u8], place: &Place, root: &DataKey) -> Result<Vec<u8>, KeyError> {
        self.step(|state| {
            let (_, key) = state.keys.get(id).ok_or(SlotFault::NoKey)?;
            seal_record(key, &place.bytes(), root.bytes("test")).map_err(|_| KeyError::Random)
        })?
    }

    async fn open(&self, id: &[u8], place: &Place, sealed: &[u8]) -> Result<Option<DataKey>, KeyError> {
        let state = self.0.lock();
        let Some((_, key)) = state.keys.get(id) else { return Ok(None) };
        let plain = open_record(key, &place.bytes(), sealed).map_err(|_| KeyError::Damaged("sealed root"))?;
        Ok(Some(DataKey::from_bytes(plain.try_into().expect("32 bytes"))))
    }

    async fn destroy(&self, id: &[u8]) -> Result<(), KeyError> {
        self.step(|state| drop(state.keys.remove(id)))
    }

    async fn of(&self, tree: [u8; 16]) -> Result<Vec<Vec<u8>>, KeyError> {
        let state = self.0.lock();
        let ours = state.keys.iter().filter(|(_, (of, _))| *of == tree && !state.blind);
        Ok(ours.map(|(id, _)| id.clone()).collect())
    }
}

fn open(machine: &Machine, device: &Device) -> Result<TreeKeys, KeyError> {
    let slot = SealedSlot::on(machine.folder("slot"), "root", device.clone())?;
    TreeKeys::on(machine.folder("tree"), Arc::new(slot), TreeOptions { young_keys: 3, ..TreeOptions::default() })
}

fn name(number: u8) -> KeyName {
    KeyName { purpose: Purpose::Member, label: [number; 16] }
}

/// Names that are surely there and surely gone, and how many roots were made.
async fn script(machine: &Machine, device: &Device) -> (Vec<u8>, Vec<u8>) {
    let (mut there, mut gone) = (Vec::new(), Vec::new());
    let Ok(tree) = open(machine, device) else { return (there, gone) };
    for number in 0..6 {
        if tree.create(name(number)).await.is_ok() {
            there.push(number);
        }
    }
    for number in [1, 4] {
        // Unanswered it may be there or not.
        let made = there.contains(&number);
        there.retain(|n| *n != number);
        if tree.remove(&[name(number)]).await.is_ok() && made {
            gone.push(number);
        }
    }
    (there, gone)
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().expect("runtime")
}

#[test]
fn whatever_step_of_disk_or_device_is_the_last_one_root_is_left() {
    let runtime = runtime();
    for blind in [false, true] {
        let (whole, device) = (Machine::default(), Device::default());
        runtime.block_on(script(&whole, &device));
        let (disk_steps, device_steps) = (whole.steps(), device.0.lock().steps);
        assert!(disk_steps > 40 && device_steps >= 8);
        let stops = (1..=disk_steps).map(|at| (Some(at), None)).chain((1..=device_steps).map(|at| (None, Some(at))));
        for (disk_stop, device_stop) in stops {
            let (machine, device) = (Machine::default(), Device::default());
            (device.0.lock().stop_at, device.0.lock().blind) = (device_stop, blind);
            disk_stop.into_iter().for_each(|at| machine.stop_after(at));
            let (there, gone) = runtime.block_on(script(&machine, &device));
            device.0.lock().stop_at = None;
            let mut chance = Chance(disk_stop.or(device_stop).unwrap_or_default());
            let machine = machine.restarted(&mut chance);
            let tree = open(&machine, &device).unwrap_or_else(|e| panic!("{disk_stop:?} {device_stop:?}: {e:?}"));
            runtime.block_on(async {
                for number in there {
                    assert!(tree.get(name(number)).await.expect("read").is_some(), "a key was lost");
                }
                for number in gone {
                    assert!(tree.get(name(number)).await.expect("read").is_none(), "a removed key came back");
                }
                tree.create(name(9)).await.expect("created");
                tree.remove(&[name(9)]).await.expect("removed");
            });
            // What the device made and no file names is found by asking it; a service can only be left with it. No root
            // was ever in force under it.
            let (ours, others) = device.keys(&machine);
            assert!(ours + others <= 2 && (ours == 1 || blind), "{ours} and {others} keys are left");
        }
    }
}

#[test]
fn every_old_copy_of_the_file_is_dead_and_a_damaged_one_is_told() {
    let (machine, device) = (Machine::default(), Device::default());
    let runtime = runtime();
    let tree = open(&machine, &device).expect("fresh tree");
    runtime.block_on(tree.create(name(1))).expect("created");
    runtime.block_on(tree.create(name(2))).expect("created");
    let old = machine.copy();
    drop(tree);
    assert!(
        runtime.block_on(open(&old.copy(), &device).expect("the copy opens").get(name(1))).expect("read").is_some()
    );
    let tree = open(&machine, &device).expect("opened");
    runtime.block_on(tree.remove(&[name(1)])).expect("removed");
    assert!(matches!(open(&old, &device), Err(KeyError::Slot(SlotFault::NoKey))));

    let content = machine.files("slot")["root"].clone();
    for at in 0..content.len() {
        let mut damaged = content.clone();
        damaged[at] ^= 1;
        let copy = machine.copy();
        copy.put("slot", "root", damaged);
        assert!(matches!(open(&copy, &device), Err(KeyError::Damaged(_))), "byte {at}");
    }
    for length in 0..content.len() {
        assert!(decode(Provider::Pkcs11, &content[..length]).is_err());
    }
    assert!(matches!(decode(Provider::Kms, &content), Err(KeyError::Damaged(_))));
}
