//! `outis inventory`: every store that can hold a personal value, a pseudonym or a key.

use clap::{Args, ValueEnum};
use outis_disclose::inventory::{STORES, Store, markdown};
use serde_json::json;

use crate::output;

#[derive(Debug, Args)]
pub(crate) struct Inventory {
    /// How it is printed.
    #[arg(long, value_enum, default_value_t)]
    format: Form,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Form {
    #[default]
    Table,
    Json,
    /// As in the document for data-protection officers.
    Md,
}

pub(super) fn run(inventory: &Inventory) -> anyhow::Result<()> {
    match inventory.format {
        Form::Md => output::data(markdown().trim_end()),
        Form::Json => output::data(serde_json::to_string_pretty(&STORES.iter().map(told).collect::<Vec<_>>())?),
        Form::Table => {
            let row = |store: &Store| {
                let cells =
                    [store.name, &store.place.text().replace('`', ""), &store.kinds(), store.lives, store.forget];
                cells.map(str::to_owned).to_vec()
            };
            let header = ["store", "where", "may hold", "how long", "forgetting somebody"];
            output::table(&header, &STORES.iter().map(row).collect::<Vec<_>>());
        }
    }
    Ok(())
}

fn told(store: &Store) -> serde_json::Value {
    json!({
        "name": store.name,
        "where": store.place.text().replace('`', ""),
        "holds": store.holds.iter().map(|holds| holds.word()).collect::<Vec<_>>(),
        "what": store.what,
        "key": store.key,
        "lives": store.lives,
        "forget": store.forget,
    })
}
