//! A secret value cannot be cloned.

use outis_disclose::Secret;

fn cloned<T: Clone>(value: &T) -> T {
    value.clone()
}

fn main() {
    let _ = cloned(&Secret::new(String::from("anna")));
}
