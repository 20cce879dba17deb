//! The end of learning: a site that nobody wrote a plan for keeps what it learnt, and takes nothing new after that.

use std::collections::BTreeSet;

use outis_disclose::note;
use outis_event::{Day, Dimension, Plan, Site, Space, Term};
use outis_insight::{DayRange, Filter, Group, Key, Metric, Query};

use super::Core;

/// How long a site learns, from its first event on.
pub(crate) const LEARNING_DAYS: i32 = 14;

impl Core {
    /// Turns sites strict that have learnt long enough.
    ///
    /// # Errors
    /// When rows or the control database cannot be read or written; the next call tries again.
    pub(crate) async fn end_learning(&self) -> anyhow::Result<()> {
        for site in self.registry.settings() {
            if site.plan.mode != outis_event::Mode::Learn || self.warehouse.first_day(site.id).is_none() {
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

    /// The plan with everything that was admitted: events, and their properties as far as enough people sent them.
    async fn learnt(&self, site: &Site, today: Day) -> anyhow::Result<Plan> {
        let words = self.warehouse.vocabulary(site.id);
        let mut plan = Plan { mode: outis_event::Mode::Strict, ..site.plan.clone() };
        for (_, name) in words.words(Dimension::Event) {
            if !plan.has_event(&name) {
                plan.events.insert(name.to_string(), outis_event::PlannedEvent::default());
            }
        }
        for (key, property) in words.words(Space::PROPERTY) {
            for event in self.events_with(site, key, today).await? {
                let Some(name) = words.text(Dimension::Event, event) else { continue };
                if let Some(planned) = plan.events.get_mut(name.as_ref()) {
                    planned.properties.entry(property.to_string()).or_default();
                }
            }
        }
        Ok(plan)
    }

    /// The events that as many people as a word needs sent with a property, in the rows that there are.
    async fn events_with(&self, site: &Site, key: Term, today: Day) -> anyhow::Result<BTreeSet<Term>> {
        let words = self.warehouse.vocabulary(site.id);
        let event = |name| words.lookup(Dimension::Event, name).unwrap_or(Term(u32::MAX));
        let keeps = i32::try_from(site.policy.recent_days).unwrap_or(i32::MAX);
        let query = Query {
            site: site.id,
            zone: site.zone.clone(),
            range: DayRange { from: today.plus(-keeps), to: today, slots: None },
            filter: Filter::ALL,
            metrics: vec![Metric::Visitors],
            groups: vec![Group::Dimension(Dimension::Event), Group::Property(key)],
            pageview: event("pageview"),
            engagement: event("engagement"),
            cap_milli: None,
        };
        if self.warehouse.is_past(&query) {
            return Ok(BTreeSet::new());
        }
        // Only names leave this function, and these were admitted.
        let sight = self.warehouse.sight(site.id, site.policy.floor);
        let answer = self.warehouse.evaluate(&query, sight).await?;
        let enough = answer.rows.iter().filter(|row| row.persons >= u64::from(site.policy.admission));
        let event = |keys: &[Key]| match keys {
            [Key::Term(event), Key::Term(value)] if *value != Term::NONE => Some(*event),
            _ => None,
        };
        Ok(enough.filter_map(|row| event(&row.keys)).collect())
    }
}
