//! Whether days can be reached from one another.

/// Two of so many days that share something, without wide steps from the first to the second: steps on which the days
/// share at least the floor of persons. `sharing` tells how many persons of the first day are in what it shares with the
/// second; `None` if they share nothing.
pub(super) fn apart(days: usize, floor: u64, sharing: impl Fn(usize, usize) -> Option<u64>) -> Option<(usize, usize)> {
    (0..days).find_map(|day| {
        let reached = reached(day, days, floor, &sharing);
        let other = (0..days).find(|other| !reached[*other] && sharing(day, *other).is_some())?;
        Some((day, other))
    })
}

/// The days to which wide steps lead from one.
fn reached(day: usize, days: usize, floor: u64, sharing: impl Fn(usize, usize) -> Option<u64>) -> Vec<bool> {
    let mut reached = vec![false; days];
    let mut next = vec![day];
    reached[day] = true;
    while let Some(from) = next.pop() {
        let is_wide = |to: usize| sharing(from, to).is_some_and(|persons| persons >= floor);
        for (to, reached) in reached.iter_mut().enumerate().filter(|(_, reached)| !**reached) {
            if is_wide(to) {
                *reached = true;
                next.push(to);
            }
        }
    }
    reached
}
