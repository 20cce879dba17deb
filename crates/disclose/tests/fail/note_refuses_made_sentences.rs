//! The sentence of a note is written in the program, not put together.

use outis_disclose::note;

fn main() {
    let sentence = String::from("anna came");
    note!(Info, sentence);
}
