//! Attribution, conversion by conversion.

use super::{Unit, Visit};
use crate::Group;
use crate::behaviour::{Attribution, Cell, Slice};
use crate::naive::fulfils;

/// What a unit counts in.
pub(super) fn cells(attribution: &Attribution, unit: &Unit<'_>) -> Vec<(Cell, u64)> {
    let mut cells = Vec::new();
    for (place, visit) in unit.visits.iter().enumerate() {
        let converts = |visit: &Visit| {
            let mut asked = visit.events.iter().filter(|event| unit.is_asked(event, visit));
            asked.any(|event| fulfils(&attribution.goal, event, Some(visit)))
        };
        if !converts(visit) {
            continue;
        }
        cells.push((Cell::All, 1));
        let touches = &unit.visits[..=place];
        for (at, touch) in touches.iter().enumerate() {
            let credit = attribution.model.credit(at, touches.len());
            if credit > 0 {
                cells.push((Cell::Credit(Slice::Group(value(attribution.group, touch))), credit));
            }
        }
    }
    cells
}

/// What a touch is credited to.
fn value(group: Group, visit: &Visit) -> outis_event::Term {
    match group {
        Group::Dimension(dimension) => visit.events[0].term(dimension),
        Group::Visit(field) => visit.field(field),
        _ => outis_event::Term::NONE,
    }
}
