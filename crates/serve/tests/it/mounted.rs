//! A file system of its own in a file, which is small and can be looked at raw.

use std::fs::File;
use std::path::Path;
use std::process::Command;

fn run(program: &str, arguments: &[&Path]) -> bool {
    Command::new(program).args(arguments).output().is_ok_and(|done| done.status.success())
}

/// Unmounts when dropped, which writes everything.
pub(crate) struct Mounted<'a>(pub(crate) &'a Path);

impl<'a> Mounted<'a> {
    /// Makes a file system of this size in a file and mounts it on a folder; `None` where that cannot be done.
    pub(crate) fn make(image: &Path, bytes: u64, folder: &'a Path) -> Option<Mounted<'a>> {
        std::fs::create_dir(folder).expect("a folder");
        File::create(image).and_then(|file| file.set_len(bytes)).expect("an image");
        let arguments = ["-q", "-F", "-m", "0"].map(Path::new);
        let made = run("mkfs.ext4", &[&arguments[..], &[image]].concat());
        let mounted = made.then(|| Mounted::again(image, folder)).flatten()?;
        std::fs::remove_dir(folder.join("lost+found")).expect("an empty folder");
        Some(mounted)
    }

    /// Mounts it again.
    pub(crate) fn again(image: &Path, folder: &'a Path) -> Option<Mounted<'a>> {
        run("mount", &[Path::new("-o"), Path::new("loop"), image, folder]).then_some(Mounted(folder))
    }
}

impl Drop for Mounted<'_> {
    fn drop(&mut self) {
        run("umount", &[self.0]);
    }
}
