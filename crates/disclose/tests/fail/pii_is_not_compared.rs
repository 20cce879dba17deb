//! A pii value cannot be compared, so that no list of them is searched by accident.

use outis_disclose::Pii;

fn main() {
    let _ = Pii::new(String::from("anna")) == Pii::new(String::from("anna"));
}
