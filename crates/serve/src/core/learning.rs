//! The end of learning: a site that nobody wrote a plan for keeps what it learnt, and takes nothing new after that.

use std::collections::BTreeSet;

use outis_disclose::note;
use outis_event::{Day, Dimension, Mode, Plan, PlannedEvent, Site, Space, Term};
use outis_guard::Refusal;
use outis_insight::{DayRange, EvaluateError, Filter, Group, Metric, Query, ShownKey};

use super::Core;

/// How long a site learns, from its first event on.
pub(crate) const LEARNING_DAYS: i32 = 14;

const PAGEVIEW: &str = Plan::BUILT_IN[0];

impl Core {
    /// Turns sites strict that have learnt long enough.
    ///
    /// # Errors
    /// When rows or the control database cannot be read or written; the next call tries again.
    pub(crate) async fn end_learning(&self) -> anyhow::Result<()> {
        for site in self.registry.settings() {
            if site.plan.mode != Mode::Learn || self.warehouse.first_day(site.id).is_none() {
                continue;
            }
            let today = self.clock.now().day(&site.zone);
            let since = self.control.learning_since(site.id, today).await?;
            if today >= since.plus(LEARNING_DAYS) {
                let plan = self.learnt(&site, today).await?;
                self.control.set_plan(site.id, &plan).await?;
                note!(Info, "a site has learnt for 14 days: its plan is strict from now on");
            }
        }
        self.registry.reload().await?;
        Ok(())
    }

    /// The plan with everything that was admitted: events, and their properties as far as it may be told which event
    /// has which. A property of which that may not be told belongs to all events, so that none is lost.
    async fn learnt(&self, site: &Site, today: Day) -> anyhow::Result<Plan> {
        let words = self.warehouse.vocabulary(site.id);
        let mut plan = Plan { mode: Mode::Strict, ..site.plan.clone() };
        let planned = |name: &str| plan.events.values().any(|event| event.properties.contains_key(name));
        let properties: Vec<_> = words.words(Space::PROPERTY).into_iter().filter(|(_, name)| !planned(name)).collect();
        for (_, name) in words.words(Dimension::Event) {
            // Page views are planned anyway; here they are for their properties.
            if !plan.has_event(&name) || *name == *PAGEVIEW {
                plan.events.entry(name.to_string()).or_default();
            }
        }
        for (key, property) in properties {
            let with = self.events_with(site, key, today).await?;
            let has = |name: &str| words.lookup(Dimension::Event, name).is_some_and(|event| with.contains(&event));
            for (name, event) in &mut plan.events {
                if with.is_empty() || has(name) {
                    event.properties.entry(property.to_string()).or_default();
                }
            }
        }
        if plan.events.get(PAGEVIEW).is_some_and(|event| *event == PlannedEvent::default()) {
            plan.events.remove(PAGEVIEW);
        }
        Ok(plan)
    }

    /// The events of which it may be told that they have a property.
    async fn events_with(&self, site: &Site, key: Term, today: Day) -> anyhow::Result<BTreeSet<Term>> {
        let words = self.warehouse.vocabulary(site.id);
        let event = |name| words.lookup(Dimension::Event, name).unwrap_or(Term(u32::MAX));
        let query = Query {
            site: site.id,
            zone: site.zone.clone(),
            range: DayRange { from: today.plus(-LEARNING_DAYS), to: today, slots: None },
            filter: Filter::ALL,
            metrics: vec![Metric::Visitors],
            groups: vec![Group::Dimension(Dimension::Event), Group::Property(key)],
            pageview: event("pageview"),
            engagement: event("engagement"),
            cap_milli: None,
        };
        let shown = match self.gate.answer(&site.policy, &query).await {
            Ok(shown) => shown,
            Err(Refusal::Busy | Refusal::Evaluate(EvaluateError::Unavailable)) => anyhow::bail!("rows cannot be read"),
            Err(_) => return Ok(BTreeSet::new()),
        };
        let event = |keys: &[ShownKey]| match keys {
            [ShownKey::Term(event), ShownKey::Term(value)] if *value != Term::NONE => Some(*event),
            _ => None,
        };
        Ok(shown.rows.iter().filter_map(|row| event(&row.keys)).collect())
    }
}
