//! What is asked of whoever has the keys: the running server, or this process if none runs.

use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use outis_keys::{Keys, Mirrored, TreeState};
use serde::{Deserialize, Serialize};

use super::check::{check, list, prune};
use super::copy::{make_folder, or_full};
use super::folder::{Folder, hex, tree_in};
use super::make::{copy_tree, make};
use super::told::{Checked, Listed, Made, Pruned};
use crate::config::{Config, KeysProvider};
use crate::core::{Core, open_tree};

/// How the file begins that whoever asks leaves in the folder.
pub(super) const ASKED: &str = ".asked-";

/// What is to be done with which folder.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Order {
    pub(crate) task: Task,
    pub(crate) dir: PathBuf,
    /// Names the file that whoever asks left in the folder.
    pub(crate) asked: String,
}

/// What is to be done.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Task {
    /// A backup.
    Make,
    /// Say which there are.
    List,
    /// Open every byte.
    Check,
    /// Remove all but the newest.
    Prune {
        /// How many stay.
        keep: usize,
    },
}

/// What became of it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answer {
    Made(Made),
    Listed(Vec<Listed>),
    Checked(Checked),
    Pruned(Pruned),
    Failed(String),
}

/// A file in the folder that shows that whoever asks may write there. A server writes as its own user: without it anyone
/// on the machine could have it write to folders that are not theirs. It goes with this value.
pub(crate) struct Proof {
    file: PathBuf,
    pub(crate) asked: String,
}

impl Proof {
    pub(crate) fn leave(dir: &Path) -> anyhow::Result<Proof> {
        make_folder(dir).with_context(|| format!("the folder {}", dir.display()))?;
        let mut bytes = [0; 16];
        aws_lc_rs::rand::fill(&mut bytes).map_err(|_| anyhow::anyhow!("the system has no randomness"))?;
        let asked = hex(&bytes);
        let file = dir.join(format!("{ASKED}{asked}"));
        let mut options = std::fs::OpenOptions::new();
        let made = options.write(true).create_new(true).mode(0o600).open(&file);
        made.with_context(|| format!("{} cannot be written to", dir.display()))?;
        Ok(Proof { file, asked })
    }
}

impl Drop for Proof {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.file);
    }
}

impl Order {
    /// Refuses whoever is not the server's own user, or root.
    fn check(&self) -> anyhow::Result<()> {
        let is_hex = self.asked.len() == 32 && self.asked.bytes().all(|digit| digit.is_ascii_hexdigit());
        let own = rustix::process::geteuid().as_raw();
        let about = self.dir.join(format!("{ASKED}{}", self.asked)).symlink_metadata();
        let is_own = |about: std::fs::Metadata| about.is_file() && (about.uid() == own || about.uid() == 0);
        if !is_hex || !self.dir.is_absolute() || !about.is_ok_and(is_own) {
            bail!("use `outis backup`, as the user that the server runs as");
        }
        Ok(())
    }
}

/// Does what is asked in the running server.
pub(crate) async fn answer(core: &Core, order: &Order) -> Answer {
    let done = async {
        order.check()?;
        match order.task {
            Task::Make => Ok(Answer::Made(make(core, &order.dir).await?)),
            task => {
                let folder = Folder::open(&order.dir, core.keys.clone())?;
                let told = look(&folder, &core.keys, &core.config, &core.tree.state(), task).await?;
                if let Task::Prune { .. } = task {
                    // Keys were removed, and with them the root that the copy opens under.
                    copy_tree(core, &folder).await?;
                }
                Ok(told)
            }
        }
    };
    done.await.unwrap_or_else(failed)
}

/// The same where no server runs.
pub(crate) async fn answer_without(config: &Config, dir: &Path, task: Task) -> anyhow::Result<Answer> {
    if !config.data_dir.join("keys").exists() {
        bail!("there is no key tree in {}: see `outis restore`", config.data_dir.display());
    }
    if let Task::Make = task {
        let core = Core::open(config, Arc::new(outis_event::SystemClock)).await?;
        let made = make(&core, dir).await;
        core.settle().await?;
        return Ok(Answer::Made(made?));
    }
    let tree = Arc::new(open_tree(config).context("the key tree")?);
    let keys: Arc<dyn Keys> = tree.clone();
    let folder = Folder::open(dir, keys.clone())?;
    let told = or_full(look(&folder, &keys, config, &tree.state(), task).await, dir)?;
    if let Task::Prune { .. } = task {
        tree.copy_to(&folder.tree()).await.context("the copy of the key tree")?;
    }
    Ok(told)
}

async fn look(
    folder: &Folder,
    keys: &Arc<dyn Keys>,
    config: &Config,
    state: &TreeState,
    task: Task,
) -> anyhow::Result<Answer> {
    Ok(match task {
        Task::Make => bail!("a backup is made, not looked at"),
        Task::List => Answer::Listed(list(folder).await?),
        Task::Check => {
            Answer::Checked(Checked { backups: check(folder, &**keys).await?, doubts: doubts(config, state) })
        }
        Task::Prune { keep } => Answer::Pruned(prune(folder, keep).await?),
    })
}

#[expect(clippy::needless_pass_by_value, reason = "an error ends here")]
fn failed(error: anyhow::Error) -> Answer {
    Answer::Failed(format!("{error:#}"))
}

/// Why a backup may not open when it is needed: what it hangs on is lost together with the data.
pub(super) fn doubts(config: &Config, state: &TreeState) -> Vec<String> {
    let mut doubts = Vec::new();
    let (what, root, key) = match config.keys.provider {
        KeysProvider::File => ("the slot", config.slot(), "slot_file"),
        KeysProvider::Pkcs11 | KeysProvider::Kms => {
            ("the file with the sealed root", config.root_file(), "keys.root_file")
        }
    };
    let data = |path: &Path| {
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
        real(path).starts_with(real(&config.data_dir))
    };
    if data(&root) {
        doubts.push(format!(
            "{what} lies in the data folder: if that is lost, no backup opens; put it elsewhere with {key}"
        ));
    }
    match (state.mirror, &config.keys.mirror_dir) {
        (Mirrored::Current, Some(mirror)) if data(mirror) => doubts.push(
            "the mirror of the key tree lies in the data folder and is lost with it: set keys.mirror_dir to another volume"
                .to_owned(),
        ),
        (Mirrored::Current, _) => {}
        (Mirrored::Behind, _) => doubts.push(
            "the mirror of the key tree cannot be written: until it can, no backup opens once the data folder is lost"
                .to_owned(),
        ),
        (Mirrored::No, _) => doubts.push(
            "the key tree has no mirror: if the data folder is lost, this backup opens only until the next key is \
             removed, some minutes as a rule; set keys.mirror_dir to another volume"
                .to_owned(),
        ),
    }
    doubts
}

/// The copy of the tree in a folder of backups.
pub(super) fn tree_of(dir: &Path) -> PathBuf {
    tree_in(dir)
}
