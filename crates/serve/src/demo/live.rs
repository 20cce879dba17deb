//! Visitors that go on coming while the demo runs.

use std::sync::Arc;
use std::time::Duration;

use outis_disclose::note;

use super::members::Application;
use super::people::Town;
use super::send::send;
use super::visit::Visit;
use crate::core::Core;

/// Fewest visits a minute, so that somebody is always there to be seen.
const LEAST_A_MINUTE: f64 = 6.0;
const MINUTES_A_DAY: f64 = 1440.0;
/// Visits at once.
const MOST_AT_ONCE: usize = 2_000;

/// Lets visits begin at random moments, each with its events in real time, until it is dropped.
pub(super) async fn keep_coming(core: Arc<Core>, application: Arc<Application>, mut town: Town) {
    let a_minute = (f64::from(town.visitors) / MINUTES_A_DAY).max(LEAST_A_MINUTE);
    let mut visits = tokio::task::JoinSet::new();
    loop {
        let pause_s = -town.dice.f64().max(1e-9).ln() * 60.0 / a_minute;
        tokio::time::sleep(Duration::from_secs_f64(pause_s.clamp(0.02, 30.0))).await;
        while visits.try_join_next().is_some() {}
        if visits.len() < MOST_AT_ONCE {
            visits.spawn(unfold(core.clone(), application.clone(), town.visit()));
        }
    }
}

/// Sends each event of a visit when it happens.
async fn unfold(core: Arc<Core>, application: Arc<Application>, visit: Visit) {
    let mut now_s = 0;
    for (number, (at_s, event)) in visit.events.into_iter().enumerate() {
        tokio::time::sleep(Duration::from_secs(u64::from(at_s.saturating_sub(now_s)))).await;
        now_s = at_s;
        let event = Visit {
            person: visit.person.clone(),
            events: vec![(0, event)],
            signed_in_from: usize::from(number < visit.signed_in_from),
            joins: visit.joins && number == visit.signed_in_from,
        };
        if send(&core, &application, event, 0).await.is_err() {
            note!(Debug, "a made-up event was not accepted");
        }
    }
}
