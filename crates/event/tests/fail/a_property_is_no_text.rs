//! Neither key nor value of a property is text.

use outis_event::Property;

fn main() {
    let _ = Property { key: "name".into(), value: "anna".into() };
}
