//! The making of a list.

use std::collections::BTreeSet;

use jiff::ToSpan;

use super::eligible::eligible;
use super::vary::{Candidate, varied};
use super::{
    List, Logic, MOST_RECOMMENDED, NEW_DAYS, Placement, Reason, RecommendationId, Recommended, Request, Sources,
};
use crate::model::Profile;
use crate::tune::{Draw, best};

/// Candidates that diversity chooses among, per place of the list.
const CANDIDATES: usize = 5;
/// Reasons that are told of an item.
const MOST_REASONS: usize = 3;
/// New items that are looked at, with a date and without.
const MOST_NEW: usize = 500;

/// Makes a list. The same sources, placement and request give the same list.
#[must_use]
pub fn recommend(sources: &Sources<'_>, placement: &Placement, request: &Request<'_>) -> List {
    let maker = Maker { sources, placement, request, liked: union(request.liked, request.bookmarked) };
    let length = request.length.min(MOST_RECOMMENDED);
    let (scores, fallback_used) = maker.scores();
    let candidates = maker.candidates(scores, length);
    let diversity = placement.diversity.clamp(0.0, 1.0);
    let mut items: Vec<(u32, Option<Reason>)> =
        varied(sources.model, &candidates, diversity, length).into_iter().map(|c| (c.item, None)).collect();
    maker.explore(&mut items, length);
    maker.pin(&mut items, length);
    let told = items.into_iter().zip(0_u8..).map(|((item, why), rank)| Recommended {
        item,
        reasons: maker.reasons(item, why, fallback_used),
        recommendation_id: RecommendationId { placement: placement.number, variant: placement.variant, rank },
    });
    List { items: told.collect(), fallback_used }
}

/// Everything that the profile said that speaks for an item, the weightiest first, at most so many.
#[must_use]
pub fn explain(
    sources: &Sources<'_>,
    placement: &Placement,
    request: &Request<'_>,
    item: u32,
    most: usize,
) -> Vec<Reason> {
    let maker = Maker { sources, placement, request, liked: union(request.liked, request.bookmarked) };
    maker.stated(item, most)
}

fn union(a: &[u32], b: &[u32]) -> Vec<u32> {
    a.iter().chain(b).copied().collect::<BTreeSet<u32>>().into_iter().collect()
}

struct Maker<'a> {
    sources: &'a Sources<'a>,
    placement: &'a Placement,
    request: &'a Request<'a>,
    /// Liked and bookmarked.
    liked: Vec<u32>,
}

impl Maker<'_> {
    fn eligible(&self, item: u32) -> bool {
        eligible(self.sources, self.placement, self.request, item)
    }

    /// Scores of all items, and whether popularity had to do.
    fn scores(&self) -> (Vec<f32>, bool) {
        let (model, request) = (self.sources.model, self.request);
        let popular = || (0..model.items() as u32).map(|item| model.popularity(item)).collect();
        let only_scored = |mut scores: Vec<f32>| {
            scores.iter_mut().filter(|score| **score <= 0.0).for_each(|score| *score = f32::NEG_INFINITY);
            scores
        };
        let scores = match (self.placement.logic, request.context) {
            (Logic::ForYou, _) if !(self.liked.is_empty() && request.tags.is_empty()) => {
                model.scores(&Profile { liked: &self.liked, tags: request.tags })
            }
            (Logic::Similar, Some(item)) => only_scored(self.similar(item)),
            (Logic::Trending, _) if !self.sources.trending.is_empty() => {
                only_scored(self.by_rank(self.sources.trending))
            }
            (Logic::Latest, _) => only_scored(self.latest()),
            (Logic::Popular, _) => return (popular(), false),
            _ => return (popular(), true),
        };
        if scores.iter().any(|score| *score > 0.0) { (scores, false) } else { (popular(), true) }
    }

    /// Published neighbours first, then others, each by tags.
    fn similar(&self, item: u32) -> Vec<f32> {
        let mut scores = self.sources.model.like_by_tags(item);
        scores.iter_mut().for_each(|score| *score *= 0.5);
        for other in self.sources.similar.of(item) {
            if let Some(score) = scores.get_mut(*other as usize) {
                *score += 0.5;
            }
        }
        scores
    }

    fn by_rank(&self, ranked: &[u32]) -> Vec<f32> {
        let mut scores = vec![0.0; self.sources.model.items()];
        for (rank, item) in ranked.iter().enumerate().rev() {
            if let Some(score) = scores.get_mut(*item as usize) {
                *score = 1.0 - rank as f32 / ranked.len() as f32;
            }
        }
        scores
    }

    fn latest(&self) -> Vec<f32> {
        self.by_rank(&self.sources.index.latest().collect::<Vec<u32>>())
    }

    /// The best eligible items with boosted scores of 0 to 1.
    fn candidates(&self, mut scores: Vec<f32>, length: usize) -> Vec<Candidate> {
        let tags = |item| self.sources.model.tagging().tags_of(item);
        if !self.placement.rules.all().is_empty() {
            let least = scores.iter().copied().filter(|score| score.is_finite()).fold(0.0, f32::min);
            for (score, item) in scores.iter_mut().zip(0_u32..) {
                // From 0 up, so that a factor above 1 always raises.
                *score = (*score - least) * self.placement.rules.boost(item, tags(item)).0;
            }
        }
        let wanted = (length * CANDIDATES).max(1);
        let mut asked = wanted * 2;
        let items = loop {
            let ranked = best(&scores, &[], asked);
            let all = ranked.len() < asked;
            let items: Vec<u32> = ranked.into_iter().filter(|item| self.eligible(*item)).take(wanted).collect();
            if all || items.len() == wanted {
                break items;
            }
            asked *= 8;
        };
        let score = |item: &u32| scores.get(*item as usize).copied().unwrap_or(0.0);
        let (most, least) = (items.first().map_or(0.0, score), items.last().map_or(0.0, score).min(0.0));
        let scale = if most > least { 1.0 / (most - least) } else { 1.0 };
        items.iter().map(|item| Candidate { item: *item, score: (score(item) - least) * scale }).collect()
    }

    /// Gives a share of the places to new items, spread over the list, the first of them never at its head.
    fn explore(&self, items: &mut Vec<(u32, Option<Reason>)>, length: usize) {
        let places = (length as f32 * self.placement.explore.clamp(0.0, 0.5)) as usize;
        if places == 0 {
            return;
        }
        let taken: BTreeSet<u32> = items.iter().map(|entry| entry.0).collect();
        let mut fresh = self.fresh(&taken);
        let mut draw = Draw(self.request.chance);
        let mut chosen = Vec::new();
        while chosen.len() < places && !fresh.is_empty() {
            chosen.push(fresh.swap_remove(draw.below(fresh.len())));
        }
        let step = length / places.max(1);
        for (n, item) in chosen.into_iter().enumerate() {
            let at = (n * step + step - 1).max(1).min(items.len());
            items.insert(at, (item, Some(Reason::New)));
        }
        items.truncate(length);
    }

    /// New items that may be shown; those with a followed tag or a tag of what is liked, where there are any.
    fn fresh(&self, taken: &BTreeSet<u32>) -> Vec<u32> {
        let model = self.sources.model;
        let since = self.request.now.checked_sub((NEW_DAYS * 24).hours()).unwrap_or(self.request.now);
        let span = (since, self.request.now);
        let all: Vec<u32> = (self.sources.index.fresh(span, self.request.chance, MOST_NEW))
            .filter(|item| !taken.contains(item) && self.eligible(*item))
            .collect();
        let wanted: BTreeSet<u32> = self
            .liked
            .iter()
            .flat_map(|item| model.tagging().tags_of(*item))
            .chain(self.request.tags)
            .copied()
            .collect();
        let fits = |item: &u32| model.tagging().tags_of(*item).iter().any(|tag| wanted.contains(tag));
        let fitting: Vec<u32> = all.iter().copied().filter(|item| fits(item)).collect();
        if fitting.is_empty() { all } else { fitting }
    }

    /// Puts pinned items where they belong, if they may be shown.
    fn pin(&self, items: &mut Vec<(u32, Option<Reason>)>, length: usize) {
        let pins = self.placement.rules.pins();
        items.retain(|(item, _)| pins.iter().all(|(_, pinned, _)| pinned != item));
        for (rank, item, rule) in pins {
            if self.eligible(item) {
                let at = usize::from(rank).min(items.len());
                items.insert(at, (item, Some(Reason::Editorial { rule })));
            }
        }
        items.truncate(length);
    }

    fn reasons(&self, item: u32, why: Option<Reason>, fallback_used: bool) -> Vec<Reason> {
        let mut reasons: Vec<Reason> = why.into_iter().collect();
        let tags = self.sources.model.tagging().tags_of(item);
        if let (_, Some(rule)) = self.placement.rules.boost(item, tags) {
            reasons.push(Reason::Editorial { rule });
        }
        if !fallback_used {
            match (self.placement.logic, self.request.context) {
                (Logic::ForYou, _) => reasons.extend(self.stated(item, MOST_REASONS)),
                (Logic::Similar, Some(item)) => reasons.push(Reason::SimilarTo { item }),
                (Logic::Trending, _) => reasons.push(Reason::Trending),
                (Logic::Latest, _) => reasons.push(Reason::New),
                (Logic::Popular | Logic::Similar, _) => {}
            }
        }
        if reasons.is_empty() {
            reasons.push(Reason::Popular);
        }
        reasons.dedup();
        reasons.truncate(MOST_REASONS);
        reasons
    }

    /// Which of the profile's own statements speak for an item, the weightiest first.
    fn stated(&self, item: u32, most: usize) -> Vec<Reason> {
        let model = self.sources.model;
        let mut weighed = Vec::new();
        for (liked, weight) in model.liked_for(&self.liked, item) {
            let bookmarked = self.request.liked.binary_search(&liked).is_err();
            let reason = if bookmarked { Reason::Bookmarked { item: liked } } else { Reason::Liked { item: liked } };
            weighed.push((weight, reason));
        }
        for (tag, weight) in model.tags_for(self.request.tags, self.liked.len(), item) {
            weighed.push((weight, Reason::TagFollowed { tag }));
        }
        weighed.sort_by(|a, b| b.0.total_cmp(&a.0));
        weighed.into_iter().map(|entry| entry.1).take(most).collect()
    }
}
