//! A secret value cannot be compared, so that no list of them is searched by accident.

use outis_disclose::Secret;

fn main() {
    let _ = Secret::new(String::from("anna")) == Secret::new(String::from("anna"));
}
