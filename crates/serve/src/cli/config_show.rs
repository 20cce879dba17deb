//! `outis config show`: every value, and where it comes from.

use crate::config::{self, Loaded};
use crate::output;

/// Prints the configuration.
pub(super) fn run(loaded: &Loaded, origin: bool) -> anyhow::Result<()> {
    let table = toml::Table::try_from(loaded.config.clone())?;
    let mut rows = Vec::new();
    for (key, from) in &loaded.origins {
        let value = config::value(&table, key).map_or_else(|| "(not set)".to_owned(), ToString::to_string);
        let mut row = vec![key.clone(), value];
        if origin {
            row.push(from.to_string());
        }
        rows.push(row);
    }
    output::table(if origin { &["key", "value", "origin"] } else { &["key", "value"] }, &rows);
    Ok(())
}
