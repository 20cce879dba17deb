//! Finds what is embedded: the dashboard and the tracker as their own tools built them, or empty folders.

use std::path::{Path, PathBuf};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    embed(&root.join("dashboard"), "EMBEDDED_DASHBOARD");
    embed(&root.join("clients/web"), "EMBEDDED_TRACKER");
}

/// Names the `dist` folder of a project to the compiler, or an empty folder if it was not built.
fn embed(project: &Path, variable: &str) {
    let built = project.join("dist");
    let folder = if built.is_dir() {
        println!("cargo:rerun-if-changed={}", built.display());
        built
    } else {
        // A path that does not exist would run this again with every build.
        if project.is_dir() {
            println!("cargo:rerun-if-changed={}", project.display());
        }
        let empty = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo names it")).join(variable.to_lowercase());
        std::fs::create_dir_all(&empty).expect("cargo's own folder can be written");
        empty
    };
    println!("cargo:rustc-env={variable}={}", folder.display());
}
