//! A note takes only text that the program was built with.

use outis_disclose::note;

fn say(name: &str) {
    note!(Info, "something happened", name = name);
}

fn main() {
    say("anna");
}
