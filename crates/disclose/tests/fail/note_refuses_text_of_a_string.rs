//! A note takes no text that a string lends.

use outis_disclose::note;

fn main() {
    let name = String::from("anna");
    note!(Info, "something happened", name = name.as_str());
}
