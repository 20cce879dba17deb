//! A note takes no error as it is: error texts of libraries repeat what was sent.

use outis_disclose::note;

fn main() {
    let error = "anna".parse::<u8>().unwrap_err();
    note!(Warn, "not a number", error = error);
}
