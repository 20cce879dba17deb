//! A pii value cannot be serialised.

use outis_disclose::Pii;

fn serialised<T: serde::Serialize>(_: &T) {}

fn main() {
    serialised(&Pii::new(String::from("anna")));
}
