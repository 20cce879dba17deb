//! Where one visit ends and the next begins.

use outis_event::ShiftedClock;

/// Longest silence within a visit, in seconds. More than that between two events of a visitor begins a new visit.
pub const VISIT_SILENCE_S: u32 = 30 * 60;

/// True if `next` still belongs to the visit of `previous`; both are clocks of one visitor and day, in order.
pub fn same_visit(previous: ShiftedClock, next: ShiftedClock) -> bool {
    next.seconds.saturating_sub(previous.seconds) <= VISIT_SILENCE_S
}
