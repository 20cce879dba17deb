//! A pii value has no text form.

use outis_disclose::Pii;

fn main() {
    let value = Pii::new(String::from("anna"));
    let _ = format!("{value}");
}
