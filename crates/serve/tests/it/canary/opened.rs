//! The data directory of a server that has ended, with every key that there is.

use std::path::Path;
use std::sync::Arc;

use outis_keys::{FileSlot, Keys, Purpose, TreeKeys, TreeOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

/// Everything of visitors that opens, as text: rows, frames of the journal, and the vocabulary.
pub(super) async fn opened(data: &Path) -> String {
    let slot = Arc::new(FileSlot::open(&data.join("slot")).expect("a slot"));
    let keys = TreeKeys::open(&data.join("keys"), slot, TreeOptions::default()).expect("a tree");
    let mut control = Vec::new();
    for name in keys.list(Purpose::Control).await.expect("listed") {
        control.extend(keys.get(name).await.expect("read"));
    }
    let keys: Arc<dyn Keys> = Arc::new(keys);
    let rows = outis_warehouse::attack::rows(&data.join("warehouse"), keys.clone()).await.expect("listed");
    let frames = outis_journal::attack::frames(&data.join("journal"), &keys).await.expect("listed");
    let options = SqliteConnectOptions::new().filename(data.join("control.db"));
    let pool = SqlitePoolOptions::new().connect_with(options).await.expect("opens");
    let words = outis_warehouse::attack::words(&pool, &control).await;
    pool.close().await;
    assert!(!words.is_empty() && rows.len() + frames.len() > 0, "it opens");
    format!("{rows:?}\n{frames:?}\n{words:?}")
}
