//! A secret value has no text form.

use outis_disclose::Secret;

fn main() {
    let value = Secret::new(String::from("anna"));
    let _ = format!("{value}");
}
