//! A note takes no pii value, whatever is in it.

use outis_disclose::{Pii, note};

fn main() {
    note!(Info, "something happened", count = Pii::new(7u32));
}
