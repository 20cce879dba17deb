//! The longest chain of steps in order, found in one pass.
//!
//! For each step the chain is kept that has come so far and begins last: any later event that continues some chain
//! continues that one, because its window ends last. (The idea is that of ClickHouse's `windowFunnel` and PostHog's
//! funnels; the definition is [`outis_insight::behaviour::Funnel`].)

use outis_insight::behaviour::{Funnel, MAX_STEPS, Order, Path};

use super::funnel::{Chain, Moment};

/// The best chain; `None` if none begins.
pub(super) fn in_order(funnel: &Funnel, path: &Path, moments: &[Moment]) -> Option<Chain> {
    let mut search = Search { funnel, path, open: [None; MAX_STEPS], best: None, has_begun: false };
    for (place, moment) in moments.iter().enumerate() {
        search.moment(place, moment);
    }
    search.best
}

struct Search<'a> {
    funnel: &'a Funnel,
    path: &'a Path,
    /// Per place of the path, the chain that has come so far and begins last.
    open: [Option<Chain>; MAX_STEPS],
    best: Option<Chain>,
    /// The first event that can begin a chain has been seen.
    has_begun: bool,
}

impl Search<'_> {
    fn moment(&mut self, place: usize, moment: &Moment) {
        let is_alien = self.funnel.order == Order::Strict && !moment.is_engagement;
        // From the last step to the first, so that one event continues only chains that were there before it.
        for at in (0..self.path.steps.len()).rev() {
            let chain = self.candidate(at, place, moment);
            let (ends, blocks) = self.excluded(at, moment);
            if ends || is_alien {
                self.open[at] = None;
            }
            let Some(chain) = chain else { continue };
            if self.best.is_none_or(|best| chain.reached > best.reached) {
                self.best = Some(chain);
            }
            if !blocks && self.open[at].is_none_or(|open| chain.first > open.first) {
                self.open[at] = Some(chain);
            }
        }
    }

    /// The chain that this event completes up to a place of the path.
    fn candidate(&mut self, at: usize, place: usize, moment: &Moment) -> Option<Chain> {
        if moment.serves & 1 << self.path.steps[at] == 0 {
            return None;
        }
        if at == 0 {
            let begins = moment.enters && !(self.has_begun && self.funnel.order == Order::FirstTouch);
            self.has_begun |= moment.enters;
            return begins.then(|| Chain::begin(place, moment.at_s));
        }
        let before = self.open[at - 1].as_ref()?;
        let fits = moment.at_s - before.times[0] <= u64::from(self.funnel.window_s);
        fits.then(|| before.and(place, moment.at_s))
    }

    /// Whether an event ends the chains that have come to a place of the path, and whether it blocks the one that it
    /// completes there itself.
    fn excluded(&self, at: usize, moment: &Moment) -> (bool, bool) {
        let (mut ends, mut blocks) = (false, false);
        for (exclusion, (after, before)) in self.path.exclusions.iter().enumerate() {
            if moment.excludes >> exclusion & 1 == 1 {
                ends |= (*after..*before).contains(&at);
                blocks |= *after < at && at < *before;
            }
        }
        (ends, blocks)
    }
}
