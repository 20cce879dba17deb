//! A pii value cannot be cloned.

use outis_disclose::Pii;

fn cloned<T: Clone>(value: &T) -> T {
    value.clone()
}

fn main() {
    let _ = cloned(&Pii::new(String::from("anna")));
}
