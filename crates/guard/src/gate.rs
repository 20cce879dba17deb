//! The gate itself.

use std::sync::Arc;

use outis_event::{Policy, SiteId, Term};
use outis_insight::history::{HistoryRow, Past, Spread};
use outis_insight::{
    Currency, EvaluateError, Group, Interval, Key, Life, Metric, Parts, Query, RawAnswer, RawRow, Shown, ShownKey,
    ShownRow, Sight, TermSet,
};
use tokio::sync::Semaphore;

use crate::asking::{Asking, MOST_FILTERS, measured};
use crate::cache::{Answer, AnswerKey, Cache, Question};
use crate::filters::{any_of, conditions};
use crate::fold::Fold;
use crate::money::{Caps, is_money};
use crate::refusal::Refusal;
use crate::removal::{Removals, removals};
use crate::round;
use crate::rows::Rows;

/// How much is done at once.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Answers in the making.
    pub working: usize,
    /// Questions that wait for one of them to be done; further ones are refused.
    pub waiting: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { working: 4, waiting: 128 }
    }
}

/// About how many people are there at present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Live {
    /// A multiple of 5 (exact at floor 1); `None`: fewer than the floor.
    pub about: Option<u64>,
    /// Least number of people that is told.
    pub floor: u32,
}

/// The one gate between exact answers and what is said.
pub struct Gate {
    pub(crate) rows: Arc<dyn Rows>,
    cache: Cache,
    pub(crate) caps: Caps,
    pub(crate) working: Semaphore,
    pub(crate) admitted: Semaphore,
    #[cfg(test)]
    pub(crate) off: crate::tests::Off,
}

impl Gate {
    /// A gate before these rows, with the usual limits.
    pub fn new(rows: Arc<dyn Rows>) -> Gate {
        Gate::with_limits(rows, Limits::default())
    }

    /// A gate with other limits.
    pub fn with_limits(rows: Arc<dyn Rows>, limits: Limits) -> Gate {
        Gate {
            rows,
            cache: Cache::default(),
            caps: Caps::default(),
            working: Semaphore::new(limits.working),
            admitted: Semaphore::new(limits.working.saturating_add(limits.waiting)),
            #[cfg(test)]
            off: crate::tests::Off::default(),
        }
    }

    /// Answers a question as far as the site's policy allows.
    ///
    /// Site-wide totals and their time series without any filter are exact; so is everything at floor 1. Everything
    /// else is folded and rounded; a filtered answer of fewer people than the floor has no total and no rows.
    ///
    /// # Errors
    /// When something sensitive is crossed with place or device, when a filter sets too few people apart, when there
    /// are too many filters or questions, or when rows cannot be read.
    pub async fn answer(&self, policy: &Policy, query: &Query) -> Result<Shown, Refusal> {
        self.may_ask(query.site, || query.attributes())?;
        let _admitted = self.admitted.try_acquire().map_err(|_| Refusal::Busy)?;
        let _working = self.working.acquire().await.map_err(|_| Refusal::Busy)?;
        let life = if self.rows.is_past(query) { Life::History } else { Life::Recent };
        let (sight, floor) = (self.rows.sight(query.site, policy.floor), policy.floor);
        let hidden = self.cache.hidden();
        let key = query.key().map(|key| AnswerKey { hidden, question: Question::Counts(key), life, sight, floor });
        if let Some(shown) = self.found(query.site, key.as_ref()).and_then(Answer::counts) {
            return Ok(shown);
        }
        let shown = match life {
            Life::History => self.past(policy, query).await?,
            Life::Recent => self.ask(policy.floor, query, sight).await?,
        };
        self.keep(query.site, key, || Answer::Counts(shown.clone()));
        Ok(shown)
    }

    /// Rows of the site are hidden from now on: no answer that was given or begun before is given again.
    pub fn forget(&self, site: SiteId) {
        self.cache.forget(site);
    }

    /// The number that goes into the keys of remembered answers.
    pub(crate) fn hidden(&self) -> u64 {
        self.cache.hidden()
    }

    /// The same, where something else takes the place of the query once its days have no rows any more.
    ///
    /// # Errors
    /// As [`Gate::answer`].
    pub async fn answer_later(&self, policy: &Policy, query: &Query, past: &Past) -> Result<Shown, Refusal> {
        match past {
            _ if !self.rows.is_past(query) => self.answer(policy, query).await,
            Past::AsAsked => self.answer(policy, query).await,
            Past::Instead(query) => self.answer(policy, query).await,
            Past::Never => Err(EvaluateError::NotKept { kept_from: None }.into()),
            Past::Set(id) => {
                self.may_ask(query.site, || query.attributes())?;
                let _admitted = self.admitted.try_acquire().map_err(|_| Refusal::Busy)?;
                let _working = self.working.acquire().await.map_err(|_| Refusal::Busy)?;
                self.set(policy, query, *id).await
            }
        }
    }

    /// Answers from released cells only, also where there are rows: what is told to everybody is not to change with them.
    ///
    /// # Errors
    /// As [`Gate::answer`]; where cells cannot tell it too.
    pub async fn answer_released(&self, policy: &Policy, query: &Query) -> Result<Shown, Refusal> {
        self.may_ask(query.site, || query.attributes())?;
        let _admitted = self.admitted.try_acquire().map_err(|_| Refusal::Busy)?;
        let _working = self.working.acquire().await.map_err(|_| Refusal::Busy)?;
        self.past(policy, query).await
    }

    /// Refuses what crosses something sensitive with place or device, in whichever part of the question they are.
    pub(crate) fn may_ask(&self, site: SiteId, asked: impl FnOnce() -> Vec<Group>) -> Result<(), Refusal> {
        #[cfg(test)]
        if self.off.crossing {
            return Ok(());
        }
        let sensitive = self.rows.sensitive(site);
        if sensitive.is_empty() {
            return Ok(());
        }
        sensitive.crossing(&asked()).map_or(Ok(()), |crossing| Err(Refusal::SensitiveCrossed(crossing)))
    }

    /// How many visitors of each bucket were in a set that closes kept.
    async fn set(&self, policy: &Policy, query: &Query, id: Term) -> Result<Shown, Refusal> {
        let interval = match (Past::interval(query), Past::dimension(query)) {
            (Some(interval), _) => interval,
            (None, Some(_)) => None,
            (None, None) => return Err(EvaluateError::NotKept { kept_from: None }.into()),
        };
        let (days, last) = self.rows.kept(query, id).await?;
        let answer = days.answer(0, interval, query);
        let row = |keys: Vec<ShownKey>, visitors: Option<u64>| ShownRow {
            keys,
            values: query.metrics.iter().map(|metric| Past::value(*metric, visitors)).collect(),
            parts: Parts { visitors: visitors.unwrap_or(0), ..Parts::default() },
        };
        let over_time = answer.by_bucket.iter().filter(|_| interval.is_some());
        let over_time = over_time.map(|(start, visitors)| row(vec![ShownKey::Time(*start)], Some(*visitors)));
        let by_value =
            answer.by_value.iter().map(|(value, visitors)| row(vec![ShownKey::Term(*value)], Some(*visitors)));
        let by_dimension = Past::dimension(query).is_some();
        let of_values = answer.whole_by_value.iter().map(|(value, whole)| (vec![ShownKey::Term(*value)], *whole));
        let whole = [(Vec::new(), answer.whole)].into_iter().chain(of_values).collect();
        Ok(Shown {
            rows: over_time.chain(by_value).collect(),
            total: Some(row(Vec::new(), answer.total)),
            hidden_groups: if by_dimension { answer.hidden_values } else { answer.hidden_days },
            whole,
            floor: policy.floor,
            rounded_to: 1,
            noise: answer.noise,
            life: Life::History,
            fresh_as_of: last.plus(1).start(&query.zone),
        })
    }

    /// The answer that was given to the same a short while ago.
    pub(crate) fn found(&self, site: SiteId, key: Option<&AnswerKey>) -> Option<Answer> {
        self.cache.find(site, key?)
    }

    /// Keeps an answer for a short while.
    pub(crate) fn keep(&self, site: SiteId, key: Option<AnswerKey>, answer: impl FnOnce() -> Answer) {
        if let Some(key) = key {
            self.cache.keep(site, key, answer());
        }
    }

    /// Answers wholly from released cells, also where there are rows: what cells and rows tell of one day must not be
    /// subtracted from each other within an answer.
    async fn past(&self, policy: &Policy, query: &Query) -> Result<Shown, Refusal> {
        let (answer, last) = self.rows.history(query).await?;
        let shown = |row: HistoryRow| {
            let values = query.metrics.iter().zip(row.values);
            let values =
                values.map(|(metric, value)| value.filter(|_| is_of_enough(*metric, &row.parts, policy.floor)));
            ShownRow { keys: row.keys, values: values.collect(), parts: row.parts }
        };
        let whole = query.filter.is_all();
        let total = match whole {
            true => ShownRow { keys: Vec::new(), values: answer.total.values, parts: answer.total.parts },
            false => shown(answer.total),
        };
        Ok(Shown {
            rows: answer.rows.into_iter().map(shown).collect(),
            total: Some(total),
            hidden_groups: answer.hidden_groups,
            whole: Default::default(),
            floor: policy.floor,
            rounded_to: 1,
            noise: answer.noise,
            life: Life::History,
            fresh_as_of: last.plus(1).start(&query.zone),
        })
    }

    /// About how many people acted in the last five minutes.
    pub fn live(&self, policy: &Policy, site: SiteId) -> Live {
        let exact = self.rows.live(site);
        let about = match policy.floor {
            0 | 1 => Some(exact),
            floor => (exact >= u64::from(floor)).then(|| round::rounded(exact)),
        };
        Live { about, floor: policy.floor }
    }

    async fn ask(&self, floor: u32, query: &Query, sight: Sight) -> Result<Shown, Refusal> {
        let over_time = query.groups.iter().all(|group| matches!(group, Group::Time(_)));
        if floor <= 1 || query.filter.is_all() && over_time {
            return Ok(exact(Asking::new(&*self.rows, sight).evaluate(query).await?, floor));
        }
        let mut shown = self.guarded(floor, query, sight).await?;
        if query.metrics.iter().any(|metric| is_money(*metric)) {
            self.add_money(floor, query, sight, &mut shown).await?;
        }
        Ok(shown)
    }

    /// The answer, folded and rounded. Sums of money are told if the query caps them.
    pub(crate) async fn guarded(&self, floor: u32, query: &Query, sight: Sight) -> Result<Shown, Refusal> {
        let mut asking = Asking::new(&*self.rows, sight);
        if conditions(&query.filter) > MOST_FILTERS {
            return Err(Refusal::TooManyFilters { most: MOST_FILTERS });
        }
        let guarded = Guarded { query, floor };
        let measured = guarded.measured();
        let main = asking.evaluate(&measured).await?;
        if guarded.is_filtered() && main.total.persons < u64::from(floor) {
            return Ok(guarded.nothing(&main));
        }
        let removals = match self.looks_at_removals() {
            true => {
                let all = conditions(&query.filter);
                removals(&mut asking, &measured, all, &main, u64::from(floor)).await?
            }
            false => Removals::default(),
        };
        #[cfg(test)]
        if self.off.folding && !query.groups.is_empty() {
            return Ok(guarded.unfolded(&main));
        }
        guarded.show(&mut asking, &main, &removals).await
    }

    pub(crate) fn looks_at_removals(&self) -> bool {
        #[cfg(test)]
        return !self.off.removals;
        #[cfg(not(test))]
        true
    }
}

/// A mean or rate of visits is told of enough visits only; a cell may have few of those that entered in it.
fn is_of_enough(metric: Metric, parts: &Parts, floor: u32) -> bool {
    let count = match metric {
        Metric::BounceRate | Metric::VisitDuration => parts.entries,
        Metric::ScrollDepth => parts.scroll_pairs,
        _ => return true,
    };
    count >= u64::from(floor)
}

/// An answer as it is.
fn exact(answer: RawAnswer, floor: u32) -> Shown {
    Shown {
        rows: answer.rows.into_iter().map(as_it_is).collect(),
        total: Some(as_it_is(answer.total)),
        hidden_groups: 0,
        whole: Default::default(),
        floor,
        rounded_to: 1,
        noise: Spread::default(),
        life: Life::Recent,
        fresh_as_of: answer.fresh_as_of,
    }
}

fn as_it_is(row: RawRow) -> ShownRow {
    ShownRow { keys: keys(&row.keys), values: row.values, parts: row.parts }
}

fn keys(keys: &[Key]) -> Vec<ShownKey> {
    let shown = |key: &Key| match key {
        Key::Term(term) => ShownKey::Term(*term),
        Key::Time(start) => ShownKey::Time(*start),
    };
    keys.iter().map(shown).collect()
}

/// A question whose answer needs care.
pub(crate) struct Guarded<'a> {
    pub(crate) query: &'a Query,
    pub(crate) floor: u32,
}

impl Guarded<'_> {
    fn is_filtered(&self) -> bool {
        !self.query.filter.is_all()
    }

    /// The query as it is evaluated. A total is asked for day by day: so the largest difference of a day is known.
    pub(crate) fn measured(&self) -> Query {
        let mut query = measured(self.query);
        if query.groups.is_empty() {
            query.groups.push(Group::Time(Interval::Day));
        }
        query
    }

    async fn show(&self, asking: &mut Asking<'_>, main: &RawAnswer, removals: &Removals) -> Result<Shown, Refusal> {
        let mut shown = Shown { total: self.total(main), hidden_groups: 0, ..self.nothing(main) };
        if self.query.groups.is_empty() {
            return Ok(shown);
        }
        let floor = u64::from(self.floor);
        let fold = Fold::new(&main.rows, removals, self.query.groups.len(), floor);
        let together = self.together(asking, &fold).await?;
        let folded = fold.finish(together);
        shown.hidden_groups = folded.hidden.len() as u64;
        shown.rows = folded.shown.iter().map(|row| self.row(keys(&row.keys), row, main)).collect();
        if !folded.hidden.is_empty() && (!folded.shown.is_empty() || main.total.persons >= floor) {
            shown.rows.push(self.other(&folded.hidden, main));
        }
        Ok(shown)
    }

    /// What would be shown without folding: the control of the tests.
    #[cfg(test)]
    fn unfolded(&self, main: &RawAnswer) -> Shown {
        let rows = main.rows.iter().map(|row| self.row(keys(&row.keys), row, main)).collect();
        Shown { total: self.total(main), rows, hidden_groups: 0, ..self.nothing(main) }
    }

    /// How many persons are behind the hidden rows together: counted if it matters and can be asked, else as many as
    /// behind the largest of them.
    async fn together(&self, asking: &mut Asking<'_>, fold: &Fold<'_>) -> Result<u64, Refusal> {
        let (hidden, least) = fold.hidden();
        let &[group] = self.query.groups.as_slice() else { return Ok(least) };
        if hidden.is_empty() || least >= u64::from(self.floor) || asking.left() == 0 {
            return Ok(least);
        }
        let Some(any) = any_of(group, TermSet::of(hidden.iter().filter_map(|keys| term(keys)))) else {
            return Ok(least);
        };
        let filter = outis_insight::Filter::And(vec![self.query.filter.clone(), any]);
        let query = Query { groups: Vec::new(), metrics: vec![Metric::Visitors], ..self.query.clone() };
        // Whether they are enough is all that matters.
        Ok(asking.persons(&query, filter, self.floor.into()).await?.max(least))
    }

    /// Exact if nothing is filtered.
    fn total(&self, main: &RawAnswer) -> Option<ShownRow> {
        if self.is_filtered() {
            return Some(self.row(Vec::new(), &main.total, main));
        }
        let values = main.total.values.iter().take(self.query.metrics.len()).copied().collect();
        Some(ShownRow { keys: Vec::new(), values, parts: main.total.parts })
    }

    fn row(&self, keys: Vec<ShownKey>, row: &RawRow, main: &RawAnswer) -> ShownRow {
        self.told(keys, row.parts, row.persons, main)
    }

    fn other(&self, hidden: &[&RawRow], main: &RawAnswer) -> ShownRow {
        let mut parts = Parts::default();
        hidden.iter().for_each(|row| parts.add(&row.parts));
        // At most: the same people may be in several.
        let persons = hidden.iter().map(|row| row.persons).sum();
        self.told(vec![ShownKey::Other; self.query.groups.len()], parts, persons, main)
    }

    /// True if fewer people than the floor may be in the answer but not among these: then the row is told as
    /// everybody's, for the difference would tell of those few. Visitors live a day, so what differs between days is
    /// other people.
    fn are_everybody(&self, persons: u64, main: &RawAnswer) -> bool {
        let by_time = self.query.groups.iter().any(|group| matches!(group, Group::Time(_)));
        !by_time && main.total.persons.saturating_sub(persons) < u64::from(self.floor)
    }

    fn told(&self, keys: Vec<ShownKey>, mut parts: Parts, persons: u64, main: &RawAnswer) -> ShownRow {
        if self.are_everybody(persons, main) {
            parts.visitors = main.total.parts.visitors;
            parts.visits = main.total.parts.visits;
            parts.revenue_milli = main.total.parts.revenue_milli;
            parts.revenue_events = main.total.parts.revenue_events;
            parts.currency = main.total.parts.currency;
        }
        let all = main.total.parts.visitors;
        let value = |metric: &Metric| match self.query.cap_milli {
            Some(_) if is_money(*metric) => round::money(*metric, &parts, u64::from(self.floor)),
            _ => round::value(*metric, &parts, all, u64::from(self.floor)),
        };
        let values = self.query.metrics.iter().map(value).collect();
        let currency = if self.query.cap_milli.is_some() { parts.currency } else { Currency::None };
        ShownRow { keys, values, parts: Parts { currency, ..round::parts(&parts) } }
    }

    /// The answer of which nothing is told.
    fn nothing(&self, main: &RawAnswer) -> Shown {
        Shown {
            rows: Vec::new(),
            total: None,
            hidden_groups: if self.query.groups.is_empty() { 0 } else { main.rows.len() as u64 },
            whole: Default::default(),
            floor: self.floor,
            rounded_to: round::STEP as u32,
            noise: Spread::default(),
            life: Life::Recent,
            fresh_as_of: main.fresh_as_of,
        }
    }
}

fn term(keys: &[Key]) -> Option<Term> {
    match keys {
        [Key::Term(term)] => Some(*term),
        _ => None,
    }
}
