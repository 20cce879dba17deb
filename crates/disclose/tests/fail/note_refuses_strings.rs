//! A note takes no text that was made at run time.

use outis_disclose::note;

fn main() {
    note!(Info, "something happened", name = String::from("anna"));
}
