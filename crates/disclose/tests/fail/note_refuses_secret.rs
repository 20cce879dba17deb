//! A note takes no secret value, whatever is in it.

use outis_disclose::{Secret, note};

fn main() {
    note!(Info, "something happened", count = Secret::new(7u32));
}
