//! Takes the public lists that `scripts/fetch-lists` brought into `data/lists` along with the build.

use std::path::Path;
use std::{env, fs};

const LISTS: [&str; 4] = ["agents.json", "crawlers.txt", "country.mmdb", "countries.tsv"];

fn main() {
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo tells the folder of the manifest");
    let out = env::var("OUT_DIR").expect("cargo tells the folder of outputs");
    let lists = Path::new(&root).join("../../data/lists");
    for name in LISTS {
        let from = lists.join(name);
        println!("cargo::rerun-if-changed={}", from.display());
        if fs::copy(&from, Path::new(&out).join(name)).is_err() {
            println!("cargo::error=data/lists/{name} is missing: run scripts/fetch-lists once, then build again");
        }
    }
    println!("cargo::rerun-if-changed=build.rs");
}
