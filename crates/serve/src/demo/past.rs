//! The days before today, made in order by a clock that stands where the visitors are.

use futures::StreamExt;
use jiff::tz::TimeZone;
use outis_event::{Clock, Day, SystemClock, Timestamp};

use super::clock::DemoClock;
use super::members::Application;
use super::people::{Town, weighted};
use super::progress;
use super::send::send;
use super::visit::Visit;
use crate::core::Core;
use crate::output;

/// Width of a step: visits that end in it are sent at its end.
const STEP_MS: i64 = 15 * 60_000;
/// Requests at once.
const AT_ONCE: usize = 64;
/// Shares of the hours of a day.
const HOURS: [u32; 24] = [8, 5, 3, 2, 2, 3, 8, 20, 38, 52, 58, 56, 50, 52, 56, 54, 50, 46, 44, 48, 52, 46, 32, 18];
/// Percent of an ordinary day, from Monday.
const WEEKDAYS: [u32; 7] = [112, 116, 114, 110, 98, 70, 80];

/// Makes every day from `first` to now.
///
/// # Errors
/// When events are not accepted or cannot be stored.
pub(super) async fn fill(
    core: &Core,
    clock: &DemoClock,
    application: &Application,
    town: &mut Town,
    first: Day,
    zone: &TimeZone,
) -> anyhow::Result<()> {
    let today = SystemClock.now().day(zone);
    let days = i64::from(today.0) - i64::from(first.0) + 1;
    let bar = progress(u64::try_from(days).unwrap_or(0));
    let mut events = 0;
    for number in 0..days {
        let day = first.plus(i32::try_from(number).unwrap_or(0));
        bar.set_message(format!("{} · {events} events", day.date()));
        events += fill_day(core, clock, application, town, day, zone, number as f64 / days as f64).await?;
        bar.inc(1);
        if bar.is_hidden() && (number % 5 == 4 || number + 1 == days) {
            output::remark(format!("{} of {days} days, {events} events", number + 1));
        }
    }
    bar.finish_with_message(format!("{events} events of {days} days"));
    core.roll().await;
    core.flush().await?;
    core.maintain().await
}

async fn fill_day(
    core: &Core,
    clock: &DemoClock,
    application: &Application,
    town: &mut Town,
    day: Day,
    zone: &TimeZone,
    grown: f64,
) -> anyhow::Result<usize> {
    let start = day.start(zone);
    let end = day.plus(1).start(zone).min(SystemClock.now());
    let mut visits = visits_of(town, day, start, grown);
    visits.reverse();
    let mut events = 0;
    let mut at = start;
    while at < end {
        at = Timestamp((at.0 + STEP_MS).min(end.0));
        clock.set(at);
        core.step().await?;
        let mut due = Vec::new();
        while let Some((ended, visit)) = visits.pop_if(|(ended, _)| *ended <= at) {
            due.push((ended, visit));
        }
        let sends = due
            .into_iter()
            .map(|(ended, visit)| send(core, application, visit, u64::try_from(at.0 - ended.0).unwrap_or(0)));
        let mut sent = futures::stream::iter(sends).buffer_unordered(AT_ONCE);
        while let Some(count) = sent.next().await {
            events += count?;
        }
        core.members.flush().await?;
        if core.warehouse.flush_due() {
            core.flush().await?;
        }
    }
    core.roll().await;
    core.flush().await?;
    core.maintain().await?;
    Ok(events)
}

/// The visits of a day in the order of their end; the site grows a little from day to day.
fn visits_of(town: &mut Town, day: Day, start: Timestamp, grown: f64) -> Vec<(Timestamp, Visit)> {
    let weekday = usize::try_from((day.0 + 3).rem_euclid(7)).unwrap_or(0);
    let usual = f64::from(town.visitors) * f64::from(WEEKDAYS[weekday]) / 100.0;
    let count = (usual * (0.9 + 0.3 * grown) * (0.95 + 0.1 * town.dice.f64())) as usize;
    let mut visits: Vec<(Timestamp, Visit)> = (0..count)
        .map(|_| {
            let hour = weighted(&mut town.dice, HOURS.iter().copied());
            let began_ms = (hour as i64) * 3_600_000 + i64::from(town.dice.u32(..3_600_000));
            let visit = town.visit();
            let length_s = visit.events.last().map_or(0, |(at_s, _)| *at_s);
            (start.plus_ms(began_ms + i64::from(length_s) * 1000), visit)
        })
        .collect();
    visits.sort_by_key(|(ended, _)| *ended);
    visits
}
