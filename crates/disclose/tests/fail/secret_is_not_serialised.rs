//! A secret value cannot be serialised.

use outis_disclose::Secret;

fn serialised<T: serde::Serialize>(_: &T) {}

fn main() {
    serialised(&Secret::new(String::from("anna")));
}
