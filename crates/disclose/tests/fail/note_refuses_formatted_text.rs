//! A note takes no arguments of a format.

use outis_disclose::note;

fn main() {
    let name = String::from("anna");
    note!(Info, "something happened", name = format_args!("{name}"));
}
