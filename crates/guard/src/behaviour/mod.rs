//! Answers about the order of events, as far as they may be said.

mod followed;
mod funnel;
mod members;
mod parts;
mod told;

use outis_event::{Policy, Term};
use outis_insight::behaviour::{About, Behaviour, Funnel, RawTable, ShownTable};
use outis_insight::history::Spread;
use outis_insight::{EvaluateError, Filter, Interval, Life, Metric, Query, Sight};

use crate::asking::{Asking, MOST_FILTERS};
use crate::cache::{Answer, AnswerKey, Question};
use crate::filters::conditions;
use crate::gate::{Gate, Guarded};
use crate::refusal::Refusal;
use crate::removal::removals;
use crate::round;
use told::Told;

/// Most things a question may narrow by conditions of their own: each is looked at like a question.
const MOST_NARROWED: usize = 3;

impl Gate {
    /// Answers a question about the order of events as far as the site's policy allows.
    ///
    /// At floor 1 everything is exact. Else counts of fewer people than the floor are not told, nor others from which
    /// they could be worked back; all counts are rounded.
    ///
    /// # Errors
    /// When something sensitive is crossed with place or device, when a filter sets too few people apart, when there are too many filters or questions, or when rows cannot be
    /// read.
    pub async fn behaviour(&self, policy: &Policy, question: &Behaviour) -> Result<ShownTable, Refusal> {
        self.may_ask(question.base.site, || question.attributes())?;
        let _admitted = self.admitted.try_acquire().map_err(|_| Refusal::Busy)?;
        let _working = self.working.acquire().await.map_err(|_| Refusal::Busy)?;
        let (site, floor) = (question.base.site, policy.floor);
        let sight = self.rows.sight(site, floor);
        let key = question.key().map(Question::Order);
        let hidden = self.hidden();
        let key = key.map(|question| AnswerKey { hidden, question, life: Life::Recent, sight, floor });
        if let Some(table) = self.found(site, key.as_ref()).and_then(Answer::order) {
            return Ok(table);
        }
        let table = self.table(policy, question, sight).await?;
        self.keep(site, key, || Answer::Order(table.clone()));
        Ok(table)
    }

    async fn table(&self, policy: &Policy, question: &Behaviour, sight: Sight) -> Result<ShownTable, Refusal> {
        if policy.floor <= 1 {
            return Ok(exact(self.rows.behaviour(question, sight).await?, policy.floor));
        }
        let enough = self.may_be_asked(policy.floor, question, sight).await?;
        let raw = self.rows.behaviour(question, sight).await?;
        let mut told = Told::new(&raw, policy.floor);
        if enough {
            match &question.about {
                About::Funnel(funnel) => told.funnel(funnel, self.looks_at_drops()),
                About::Journeys(journeys) => told.journeys(journeys.depth),
                About::Visits => told.visits(),
                About::Frequency(_) => told.frequency(),
                About::Retention(_) => told.retention(),
                About::Attribution(_) => told.attribution(),
                About::Followed(followed) => told.followed(followed),
                About::Lifecycle(_) => told.lifecycle(),
                // Only the guard asks this.
                About::Present(_) => {}
            }
        }
        Ok(told.shown())
    }

    /// The same, where closes may have kept a question under a number: once its days have no rows any more, that is
    /// told.
    ///
    /// # Errors
    /// As [`Gate::behaviour`].
    pub async fn behaviour_later(
        &self,
        policy: &Policy,
        question: &Behaviour,
        kept: Option<Term>,
    ) -> Result<ShownTable, Refusal> {
        match (&question.about, kept) {
            (About::Funnel(funnel), Some(id)) if self.rows.is_past(&question.base) => {
                self.may_ask(question.base.site, || question.attributes())?;
                let _admitted = self.admitted.try_acquire().map_err(|_| Refusal::Busy)?;
                let _working = self.working.acquire().await.map_err(|_| Refusal::Busy)?;
                self.kept_funnel(policy, &question.base, funnel, id).await
            }
            (About::Retention(_) | About::Lifecycle(_) | About::Journeys(_), _)
                if self.rows.is_past(&question.base) =>
            {
                let _admitted = self.admitted.try_acquire().map_err(|_| Refusal::Busy)?;
                let _working = self.working.acquire().await.map_err(|_| Refusal::Busy)?;
                self.past_order(policy, question).await
            }
            _ => self.behaviour(policy, question).await,
        }
    }

    /// What released cells tell: it was protected when it was released.
    async fn past_order(&self, policy: &Policy, question: &Behaviour) -> Result<ShownTable, Refusal> {
        let (table, last) = self.rows.past_order(question).await?;
        Ok(ShownTable {
            cells: table.counts,
            complete: false,
            hidden_groups: table.hidden,
            floor: policy.floor,
            rounded_to: 1,
            life: Life::History,
            fresh_as_of: last.plus(1).start(&question.base.zone),
            // What has noise tells no order.
            noise: Default::default(),
        })
    }

    async fn kept_funnel(
        &self,
        policy: &Policy,
        base: &Query,
        funnel: &Funnel,
        id: Term,
    ) -> Result<ShownTable, Refusal> {
        if funnel.over_time == Some(Interval::Hour) {
            return Err(EvaluateError::NotKept { kept_from: None }.into());
        }
        let (days, last) = self.rows.kept(base, id).await?;
        let (cells, left_out) = days.funnel(funnel.steps.len(), funnel.over_time, base);
        Ok(ShownTable {
            cells,
            complete: false,
            hidden_groups: left_out,
            floor: policy.floor,
            rounded_to: 1,
            noise: days.noise(funnel.over_time, base),
            life: Life::History,
            fresh_as_of: last.plus(1).start(&base.zone),
        })
    }

    /// Looks at the filters of a question: false if fewer people than the floor are behind it.
    async fn may_be_asked(&self, floor: u32, question: &Behaviour, sight: Sight) -> Result<bool, Refusal> {
        if question.narrowed.len() > MOST_NARROWED {
            return Err(Refusal::TooManyFilters { most: MOST_FILTERS });
        }
        let base = &question.base.filter;
        let mut enough = true;
        if !base.is_all() {
            enough = self.check(floor, &question.base, base.clone(), conditions(base), sight).await?;
            if enough && question.following.is_some() {
                let first = match &question.about {
                    About::Funnel(funnel) => funnel.steps.first().cloned(),
                    About::Attribution(attribution) => Some(attribution.goal.clone()),
                    _ => None,
                };
                self.check_followed(floor, question, base, first.unwrap_or(Filter::ALL), conditions(base), sight)
                    .await?;
            }
        }
        for narrowed in &question.narrowed {
            // What may be taken away comes first. Too few of a single step are seen in the table.
            let filter = Filter::And(vec![narrowed.by.clone(), base.clone(), narrowed.named.clone()]);
            let removable = conditions(&narrowed.by) + conditions(base);
            let enough = self.check(floor, &question.base, filter.clone(), removable, sight).await?;
            if enough && question.following.is_some() {
                self.check_followed(floor, question, &filter, Filter::ALL, removable, sight).await?;
            }
        }
        Ok(enough)
    }

    /// Looks at one filter as at that of a total of visitors.
    async fn check(
        &self,
        floor: u32,
        base: &Query,
        filter: Filter,
        removable: usize,
        sight: Sight,
    ) -> Result<bool, Refusal> {
        if removable > MOST_FILTERS {
            return Err(Refusal::TooManyFilters { most: MOST_FILTERS });
        }
        let query = Query { filter, metrics: vec![Metric::Visitors], groups: Vec::new(), ..base.clone() };
        let measured = Guarded { query: &query, floor }.measured();
        let mut asking = Asking::new(&*self.rows, sight);
        let main = asking.evaluate(&measured).await?;
        if main.total.persons < u64::from(floor) {
            return Ok(false);
        }
        if self.looks_at_removals() {
            removals(&mut asking, &measured, removable, &main, u64::from(floor)).await?;
        }
        Ok(true)
    }

    fn looks_at_drops(&self) -> bool {
        #[cfg(test)]
        return !self.off.drops;
        #[cfg(not(test))]
        true
    }
}

/// A table as it is.
fn exact(raw: RawTable, floor: u32) -> ShownTable {
    ShownTable {
        cells: raw.cells.into_iter().map(|(cell, tally)| (cell, tally.count)).collect(),
        complete: true,
        hidden_groups: 0,
        floor,
        rounded_to: 1,
        noise: Spread::default(),
        life: Life::Recent,
        fresh_as_of: raw.fresh_as_of,
    }
}

impl Told<'_> {
    fn shown(self) -> ShownTable {
        ShownTable {
            cells: self.cells,
            complete: false,
            hidden_groups: self.hidden_groups,
            floor: self.floor,
            rounded_to: round::STEP as u32,
            noise: Spread::default(),
            life: Life::Recent,
            fresh_as_of: self.raw.fresh_as_of,
        }
    }
}
