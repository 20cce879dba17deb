//! What is left on the disk itself: the bytes of an ext4 image, under the file system.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use outis_keys::{Keys, TreeKeys, TreeOptions};

use crate::{ToldSlot, name, patiently};

fn run(program: &str, arguments: &[&str]) -> bool {
    Command::new(program).args(arguments).output().is_ok_and(|done| done.status.success())
}

struct Mounted<'a>(&'a Path);

impl Drop for Mounted<'_> {
    fn drop(&mut self) {
        run("umount", &[self.0.to_str().expect("a path")]);
    }
}

/// Which of the secrets lie anywhere in the image.
fn found(image: &[u8], secrets: &[[u8; 32]]) -> Vec<[u8; 32]> {
    let mut first = [false; 256];
    secrets.iter().for_each(|s| first[usize::from(s[0])] = true);
    let starts = image.iter().enumerate().filter(|(_, byte)| first[usize::from(**byte)]);
    let windows = starts.filter_map(|(at, _)| image.get(at..at + 32));
    windows.filter_map(|w| secrets.iter().find(|s| w == *s)).copied().collect()
}

#[test]
#[expect(clippy::print_stderr, reason = "says that the test could not run")]
fn no_old_root_is_left_in_the_raw_image() {
    let base = tempfile::tempdir().expect("folder");
    let (image, mount) = (base.path().join("image"), base.path().join("mount"));
    std::fs::create_dir(&mount).expect("folder");
    std::fs::File::create(&image).and_then(|f| f.set_len(24 << 20)).expect("image file");
    let (image_path, mount_path) = (image.to_str().expect("a path"), mount.to_str().expect("a path"));
    let made = run("mkfs.ext4", &["-q", "-F", image_path]) && run("mount", &["-o", "loop", image_path, mount_path]);
    if !made {
        eprintln!("skipped: no_old_root_is_left_in_the_raw_image needs mkfs.ext4 and the right to mount a loop device");
        return;
    }
    let mounted = Mounted(&mount);
    let mut roots = Vec::new();
    let mut removed = Vec::new();
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("runtime");
    // Tree and slot lie in one image, so that neither can hide anything from the scan.
    for round in 0..4u8 {
        let slot = Arc::new(ToldSlot::open(&mount.join("slot")));
        let options = || TreeOptions { young_keys: 4, ..TreeOptions::default() };
        let open = || TreeKeys::open(&mount.join("tree"), slot.clone(), options());
        let keys = patiently(open).expect("opened");
        runtime.block_on(async {
            for number in round * 10..round * 10 + 10 {
                let key = keys.create(name(number)).await.expect("created");
                if number % 3 == 0 {
                    keys.remove(&[name(number)]).await.expect("removed");
                    removed.push(*key.bytes("test"));
                }
            }
        });
        drop(keys);
        roots.append(&mut slot.roots.lock());
    }
    drop(mounted);
    let bytes = std::fs::read(&image).expect("the image");
    let current = roots.pop().expect("a root");
    assert!(!found(&bytes, &[current]).is_empty(), "the present root is found");
    assert!(roots.len() > 12);
    assert_eq!(found(&bytes, &[roots, removed].concat()), [[0; 32]; 0], "an old root or key is left on the disk");
}
