//! The largest set of steps taken within the window in any order.
//!
//! Which event serves which step is a matching in a bipartite graph. Events are added in order, and each is matched
//! by an augmenting path if there is one (Kuhn's algorithm), which never leaves an event out that was matched before:
//! so the first event stays the chain's first.

use outis_insight::behaviour::{Funnel, MAX_STEPS};

use super::funnel::{Chain, Moment};

/// The best chain; `None` if none begins. Of its times only the first and the last are of meaning.
pub(super) fn in_any_order(funnel: &Funnel, moments: &[Moment]) -> Option<Chain> {
    let mut best: Option<Chain> = None;
    for first in 0..moments.len() {
        // Nothing longer than everything can come, and nothing that begins behind the end ends earlier.
        if best.is_some_and(|best| best.reached == funnel.steps.len() && first > best.last) {
            break;
        }
        if moments[first].enters && moments[first].serves != 0 && !(best.is_some() && is_repeated(moments, first)) {
            from(funnel, moments, first, &mut best);
        }
    }
    best
}

/// True if the next event that serves a step serves the same single one and may begin a chain too: whatever begins
/// here and goes on then also begins there, later.
fn is_repeated(moments: &[Moment], first: usize) -> bool {
    let serves = moments[first].serves;
    let next = moments[first + 1..].iter().find(|m| m.serves != 0);
    serves.count_ones() == 1 && next.is_some_and(|next| next.enters && next.serves == serves)
}

/// Looks at the chains that begin with this event.
fn from(funnel: &Funnel, moments: &[Moment], first: usize, best: &mut Option<Chain>) {
    let mut matching = Matching::default();
    let mut chain = Chain::begin(first, moments[first].at_s);
    matching.add(moments[first].serves);
    consider(chain, best);
    for (place, moment) in moments.iter().enumerate().skip(first + 1) {
        let fits = moment.at_s - chain.times[0] <= u64::from(funnel.window_s);
        if !fits || chain.reached == funnel.steps.len() {
            return;
        }
        if moment.serves != 0 && matching.add(moment.serves) {
            chain = chain.and(place, moment.at_s);
            consider(chain, best);
        }
        if moment.excludes != 0 {
            return;
        }
    }
}

/// Chains come in the order of their first events.
fn consider(chain: Chain, best: &mut Option<Chain>) {
    let is_better = |best: &Chain| (chain.reached, best.last) >= (best.reached, chain.last);
    if best.as_ref().is_none_or(is_better) {
        *best = Some(chain);
    }
}

/// Which event serves each step.
#[derive(Default)]
struct Matching {
    /// Per step, what the event that serves it could serve.
    by: [Option<u16>; MAX_STEPS],
}

impl Matching {
    /// Adds an event that could serve these steps; false if the others leave it none.
    fn add(&mut self, serves: u16) -> bool {
        self.augment(serves, &mut 0)
    }

    fn augment(&mut self, serves: u16, seen: &mut u16) -> bool {
        for step in (0..MAX_STEPS).filter(|step| serves >> step & 1 == 1) {
            if *seen >> step & 1 == 1 {
                continue;
            }
            *seen |= 1 << step;
            let is_free = match self.by[step] {
                Some(other) => self.augment(other, seen),
                None => true,
            };
            if is_free {
                self.by[step] = Some(serves);
                return true;
            }
        }
        false
    }
}
