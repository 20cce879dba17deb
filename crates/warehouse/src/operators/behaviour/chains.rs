//! The longest chain of steps in order, found in one pass.
//!
//! For each step the chain is kept that has come so far and begins last: any later event that continues some chain
//! continues that one, because its window ends last. (The idea is that of ClickHouse's `windowFunnel` and PostHog's
//! funnels; the definition is [`outis_insight::behaviour::Funnel`].)

use outis_insight::behaviour::{Funnel, MAX_STEPS, Order, Path};

use super::funnel::{Chain, Moment};

/// What the search keeps for its memory: the events of chains, each with the one before it.
#[derive(Debug, Default)]
pub(super) struct Links(Vec<Link>);

#[derive(Clone, Copy, Debug)]
struct Link {
    place: u32,
    before: u32,
}

/// The best chain; `None` if none begins.
pub(super) fn in_order(funnel: &Funnel, path: &Path, moments: &[Moment], links: &mut Links) -> Option<Chain> {
    links.0.clear();
    let mut search = Search { funnel, path, links, open: [None; MAX_STEPS], best: None, has_begun: false };
    for (place, moment) in moments.iter().enumerate() {
        search.moment(place, moment);
    }
    let best = search.best?;
    Some(search.chain(&best, moments))
}

struct Search<'a> {
    funnel: &'a Funnel,
    path: &'a Path,
    links: &'a mut Links,
    /// Per place of the path, the chain that has come so far and begins last.
    open: [Option<Open>; MAX_STEPS],
    best: Option<Open>,
    /// The first event that can begin a chain has been seen.
    has_begun: bool,
}

/// A chain by its first and last event.
#[derive(Clone, Copy)]
struct Open {
    reached: usize,
    first: usize,
    first_s: u64,
    last: u32,
}

impl Search<'_> {
    fn moment(&mut self, place: usize, moment: &Moment) {
        let is_alien = self.funnel.order == Order::Strict && !moment.is_engagement;
        if moment.excludes == 0 && !is_alien && moment.serves == 0 {
            return;
        }
        // From the last step to the first, so that one event continues only chains that were there before it.
        for at in (0..self.path.steps.len()).rev() {
            let chain = self.candidate(at, place, moment);
            let (ends, blocks) = if moment.excludes == 0 { (false, false) } else { self.excluded(at, moment) };
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
    fn candidate(&mut self, at: usize, place: usize, moment: &Moment) -> Option<Open> {
        if moment.serves & 1 << self.path.steps[at] == 0 {
            return None;
        }
        if at == 0 {
            let begins = moment.enters && !(self.has_begun && self.funnel.order == Order::FirstTouch);
            self.has_begun |= moment.enters;
            let last = begins.then(|| self.link(place, u32::MAX))?;
            return Some(Open { reached: 1, first: place, first_s: moment.at_s, last });
        }
        let before = self.open[at - 1]?;
        let fits = moment.at_s - before.first_s <= u64::from(self.funnel.window_s);
        fits.then(|| Open { reached: before.reached + 1, last: self.link(place, before.last), ..before })
    }

    fn link(&mut self, place: usize, before: u32) -> u32 {
        self.links.0.push(Link { place: place as u32, before });
        self.links.0.len() as u32 - 1
    }

    /// The chain with the times of all its events.
    fn chain(&self, open: &Open, moments: &[Moment]) -> Chain {
        let mut chain = Chain::begin(open.first, open.first_s);
        chain.reached = open.reached;
        chain.last = self.links.0[open.last as usize].place as usize;
        let mut link = open.last;
        for time in chain.times[..open.reached].iter_mut().rev() {
            let Link { place, before } = self.links.0[link as usize];
            *time = moments[place as usize].at_s;
            link = before;
        }
        chain
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
