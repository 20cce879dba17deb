//! The log of receipts as one piece: many small files that are all there or none.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::copy::{below, files_below, make_folder};

/// Largest log that is packed: that of some hundred years.
const MOST_BYTES: u64 = 256 << 20;

/// All files below a folder: their paths, and their contents in base64.
pub(super) fn pack(dir: &Path) -> anyhow::Result<Vec<u8>> {
    let files = files_below(dir)?;
    if files.iter().map(|(_, bytes)| bytes).sum::<u64>() > MOST_BYTES {
        bail!("the log of receipts is larger than a log can be");
    }
    let mut packed = BTreeMap::new();
    for (path, _) in files {
        let content = std::fs::read(dir.join(&path))?;
        packed.insert(path, BASE64.encode(content));
    }
    Ok(serde_json::to_vec(&packed)?)
}

/// Writes packed files below a folder.
pub(super) fn unpack(bytes: &[u8], dir: &Path) -> anyhow::Result<()> {
    let packed: BTreeMap<String, String> = serde_json::from_slice(bytes).context("the log of receipts")?;
    for (path, content) in packed {
        let to = below(dir, &path)?;
        make_folder(to.parent().context("a file lies in a folder")?)?;
        std::fs::write(&to, BASE64.decode(content).context("the log of receipts")?)?;
        std::fs::File::open(&to)?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_back_and_nothing_leads_out() {
        let dir = tempfile::tempdir().expect("a folder");
        let (from, to) = (dir.path().join("from"), dir.path().join("to"));
        std::fs::create_dir_all(from.join("log/tile/0")).expect("made");
        std::fs::write(from.join("log/checkpoint"), "a note").expect("written");
        std::fs::write(from.join("log/tile/0/000"), [0, 255, 7]).expect("written");
        let packed = pack(&from).expect("packed");
        unpack(&packed, &to).expect("unpacked");
        assert_eq!(pack(&to).expect("packed"), packed);
        assert!(unpack(br#"{"../out": "AAAA"}"#, &to).is_err());
        assert!(!dir.path().join("out").exists());
    }
}
