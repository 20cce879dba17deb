//! Every file, table, kind of key and cache that code makes is named in the inventory of stores, and the document that is
//! made from it is current.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Context;
use outis_disclose::inventory::{STORES, markdown};
use walkdir::WalkDir;

const DOCUMENT: &str = "docs/privacy-engineering.md";
const BEGIN: &str = "<!-- stores: made from crates/disclose/src/inventory.rs by `outis inventory --format md` -->\n";
const END: &str = "<!-- /stores -->";
const PURPOSES: &str = "crates/keys/src/key.rs";

/// Calls that make files.
const FILES: &[&str] = &[
    "File::create(",
    "File::options(",
    "OpenOptions::new(",
    "fs::write(",
    "LocalFiles::open(",
    "SealedStore::new_path(",
    "SqliteConnectOptions::new(",
    "PgConnectOptions::new_without_pgpass(",
    "Kept::new(",
];
/// And calls that keep some of something in memory.
const CACHES: &[&str] = &["LruCache::new"];
const TABLE: &str = "CREATE TABLE IF NOT EXISTS ";

/// What is in no store, what stores name that is not there any more, and a document that is not current.
pub(crate) fn findings(root: &Path) -> anyhow::Result<Vec<String>> {
    let mut made = BTreeSet::new();
    for file in WalkDir::new(root.join("crates")).into_iter().filter_map(Result::ok) {
        let path = file.path().strip_prefix(root)?.display().to_string();
        if path.ends_with(".rs") && path.contains("/src/") && !is_test(&path) {
            made.extend(makes(&path, &std::fs::read_to_string(file.path())?));
        }
    }
    made.extend(purposes(&std::fs::read_to_string(root.join(PURPOSES)).context(PURPOSES)?));
    let named: BTreeSet<String> = STORES.iter().flat_map(|store| store.made_by).map(|by| (*by).to_owned()).collect();
    let mut found = compare(&made, &named);
    let text = std::fs::read_to_string(root.join(DOCUMENT)).context(DOCUMENT)?;
    found.extend(document(&text, &markdown()));
    Ok(found)
}

fn is_test(path: &str) -> bool {
    path.contains("/tests") || path.ends_with("tests.rs") || path.ends_with("/sim.rs") || path.ends_with("/attack.rs")
}

/// What a source makes, outside its tests.
fn makes(path: &str, text: &str) -> BTreeSet<String> {
    // A file of tests that is only named here goes on behind that.
    let is_module = |at: &usize| text[*at..].lines().nth(1).is_some_and(|line| line.contains('{'));
    let tests = text.match_indices("#[cfg(test)]\nmod ").map(|(at, _)| at).find(is_module);
    let code = tests.map_or(text, |at| &text[..at]);
    let lines = || code.lines().map(str::trim_start).filter(|line| !line.starts_with("//"));
    let mut made = BTreeSet::new();
    for line in lines() {
        if FILES.iter().any(|call| line.contains(call)) {
            made.insert(format!("file {path}"));
        }
        if CACHES.iter().any(|call| line.contains(call)) {
            made.insert(format!("cache {path}"));
        }
        if let Some((_, rest)) = line.split_once(TABLE) {
            let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            made.insert(format!("table {name}"));
        }
    }
    made
}

/// The variants of the purposes of keys.
fn purposes(text: &str) -> BTreeSet<String> {
    let body =
        text.split_once("pub enum Purpose {").and_then(|(_, rest)| rest.split_once('}')).map_or("", |(body, _)| body);
    let variants = body.lines().filter_map(|line| line.trim().split_once(" = "));
    variants.map(|(name, _)| format!("purpose {name}")).collect()
}

fn compare(made: &BTreeSet<String>, named: &BTreeSet<String>) -> Vec<String> {
    let place = "crates/disclose/src/inventory.rs";
    let missing = made.difference(named).map(|what| format!("{place}: no store names {what}, which code makes"));
    let stale = named.difference(made).map(|what| format!("{place}: nothing makes {what} any more"));
    missing.chain(stale).collect()
}

fn document(text: &str, table: &str) -> Option<String> {
    let told = text.split_once(BEGIN).and_then(|(_, rest)| rest.split_once(END)).map(|(told, _)| told);
    (told != Some(table))
        .then(|| format!("{DOCUMENT}: the table of stores is not current; outis inventory --format md makes it"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn what_makes_a_store_is_found_outside_tests() {
        let text = "//! X.\nconst T: &str = \"CREATE TABLE IF NOT EXISTS new_table (a)\";\n// File::create(\n\
                    fn a() { LruCache::new(3); }\n#[cfg(test)]\nmod tests { fn b() { std::fs::write(a, b); } }\n";
        assert_eq!(makes("crates/x/src/a.rs", text), set(&["table new_table", "cache crates/x/src/a.rs"]));
        let text = "//! X.\n#[cfg(test)]\nmod tests;\nfn a() { fs::write(a, b); }\n";
        assert_eq!(makes("crates/x/src/a.rs", text), set(&["file crates/x/src/a.rs"]));
        let text = "//! X.\nfn a() { OpenOptions::new().write(true); }\n";
        assert_eq!(makes("crates/x/src/a.rs", text), set(&["file crates/x/src/a.rs"]));
        assert_eq!(
            purposes("pub enum Purpose {\n    /// A.\n    Segment = 1,\n    File = 2,\n}"),
            set(&["purpose Segment", "purpose File"])
        );
    }

    #[test]
    fn a_new_table_without_a_store_is_a_finding_and_so_is_a_store_without_a_table() {
        let found = compare(&set(&["table a", "table new_table"]), &set(&["table a", "table gone"]));
        assert_eq!(found.len(), 2);
        assert!(found[0].contains("table new_table") && found[1].contains("table gone"));
    }

    #[test]
    fn a_document_that_is_not_current_is_a_finding() {
        let text = format!("before\n{BEGIN}| a |\n{END}\nafter");
        assert_eq!(document(&text, "| a |\n"), None);
        assert!(document(&text, "| b |\n").is_some() && document("without", "| a |\n").is_some());
    }
}
