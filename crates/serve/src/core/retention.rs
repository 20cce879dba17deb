//! Everything goes in time: members who are not there any more are forgotten, and what is oldest in each store is held
//! against its limit.

use std::collections::HashMap;

use jiff::ToSpan;
use outis_disclose::note;
use outis_event::{Day, Site, SiteId};
use outis_keys::Purpose;
use outis_people::{LookedAt, Mode, Order};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Core;
use crate::core::receipts::Done;

/// Members that one step looks at, and forgets, at most.
const MOST_LOOKED_AT: usize = 2_000;
const MOST_FORGOTTEN: usize = 50;
/// What is to go on a day may still be there on the next: the work is done within half a minute, but not at midnight.
const SLACK_DAYS: u32 = 1;
const PERIOD_DAYS: u32 = 35;

/// Where the daily work stands. In memory only: after a restart it begins anew.
#[derive(Default)]
pub(crate) struct Retention {
    looks: Mutex<HashMap<SiteId, Look>>,
    checked: Mutex<Option<Day>>,
}

/// A look through the members of a site.
#[derive(Clone, Copy)]
struct Look {
    day: Day,
    /// Where it goes on; `None`: it is over.
    next: Option<LookedAt>,
    longest_days: u32,
    /// Of the last look that was finished.
    told_days: Option<u32>,
}

/// The oldest of what a store has, and how old it may be.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
pub(crate) struct Aged {
    /// The store, as `outis inventory` calls it.
    pub(crate) store: String,
    /// Days since the oldest thing in it, or since it was last used; null: there is none, or it is not known yet.
    pub(crate) oldest_days: Option<u32>,
    /// How many days that may be.
    pub(crate) limit_days: u32,
    /// It is older.
    pub(crate) overdue: bool,
}

fn aged(store: &str, oldest_days: Option<u32>, limit_days: u32) -> Aged {
    Aged {
        store: store.to_owned(),
        oldest_days,
        limit_days,
        overdue: oldest_days.is_some_and(|days| days > limit_days),
    }
}

impl Core {
    /// Forgets members who were last there longer ago than their site keeps them: a few in each step, of each site once a
    /// day. No list of them is kept.
    ///
    /// # Errors
    /// When members cannot be read or forgotten; the next step goes on.
    pub(super) async fn forget_idle(&self) -> anyhow::Result<()> {
        for site in self.registry.settings() {
            let today = self.clock.now().day(&site.zone);
            let before = self.retention.looks.lock().get(&site.id).copied();
            let look = match before {
                Some(look) if look.day == today => look,
                before => Look {
                    day: today,
                    next: Some(LookedAt::default()),
                    longest_days: 0,
                    told_days: before.and_then(|look| look.told_days),
                },
            };
            let Some(from) = look.next else { continue };
            let look = self.look_at_members(&site, today, from, look).await?;
            self.retention.looks.lock().insert(site.id, look);
        }
        Ok(())
    }

    async fn look_at_members(&self, site: &Site, today: Day, from: LookedAt, look: Look) -> anyhow::Result<Look> {
        let since = idle_since(site, today);
        let people = &self.members.people;
        let idle = people.look_for_idle(site.id, from, since, today, (MOST_LOOKED_AT, MOST_FORGOTTEN)).await?;
        for active in &idle.members {
            let order = Order { mode: Mode::Delete, today, recent_days: site.policy.recent_days };
            let before = self.tree.state().epoch;
            let forgotten = match people.forget_active(active, order, &*self.members).await {
                Ok((_, forgotten)) => forgotten,
                // They asked for it themselves meanwhile.
                Err(outis_people::PeopleError::Gone) => continue,
                Err(error) => return Err(error.into()),
            };
            people.unlink(forgotten).await?;
            let now = self.clock.now();
            let recoverable_until = self.config.keys.escrow_window.until(now);
            let done = Done { mode: Mode::Delete, epochs: [before, self.tree.state().epoch], recoverable_until };
            // Nobody is there to be given it; the log has a leaf all the same.
            if self.receipts.issue(&done, now).await.is_err() {
                note!(Error, "somebody was forgotten and no receipt could be made");
            }
        }
        let longest_days = look.longest_days.max(idle.longest_days);
        let told_days = if idle.next.is_none() { Some(longest_days) } else { look.told_days };
        Ok(Look { next: idle.next, longest_days, told_days, ..look })
    }

    /// Once a day: removes what has run out, and says if something is there that should be gone.
    ///
    /// # Errors
    /// When the control database cannot be read or written.
    pub(super) async fn check_retention(&self) -> anyhow::Result<()> {
        let now = self.clock.now();
        let today = now.day(&jiff::tz::TimeZone::UTC);
        if *self.retention.checked.lock() == Some(today) {
            return Ok(());
        }
        self.control.forget_expired(today, now).await?;
        let overdue = self.aged(None).await?.iter().filter(|aged| aged.overdue).count();
        if overdue > 0 {
            note!(Error, "stores hold what should be gone: `outis doctor` tells which", stores = overdue);
        }
        *self.retention.checked.lock() = Some(today);
        Ok(())
    }

    /// What is oldest in each store: of a site and of what all share, or of all sites.
    ///
    /// # Errors
    /// When the control database cannot be read.
    pub(crate) async fn aged(&self, of: Option<SiteId>) -> anyhow::Result<Vec<Aged>> {
        let sites = self.registry.settings();
        let mut all: Vec<Aged> = Vec::new();
        for site in sites.iter().filter(|site| of.is_none_or(|only| only == site.id)) {
            for aged in self.aged_of(site) {
                join(&mut all, aged);
            }
        }
        all.extend(self.aged_of_all(&sites).await?);
        Ok(all)
    }

    /// What is oldest of a site.
    fn aged_of(&self, site: &Site) -> Vec<Aged> {
        let today = self.clock.now().day(&site.zone);
        let days = |day: Option<Day>| day.map(|day| u32::try_from(today.0 - day.0).unwrap_or(0));
        let oldest = self.warehouse.oldest(site.id);
        let (rows, period) = (site.policy.recent_days + SLACK_DAYS, PERIOD_DAYS + 1 + SLACK_DAYS);
        let idle = u32::try_from(today.0 - idle_since(site, today).0).unwrap_or(u32::MAX);
        let longest = self.retention.looks.lock().get(&site.id).and_then(|look| look.told_days);
        vec![
            aged("recent rows", days(oldest.rows), rows),
            aged("day counts", days(oldest.counts), rows),
            aged("rosters", days(oldest.rosters), rows),
            aged("tombstones", days(oldest.hidden), rows),
            aged("link files", days(oldest.links), period),
            aged("history", days(oldest.waiting), period),
            aged("members", longest, idle + SLACK_DAYS),
            // Begun days: a day after somebody was forgotten it is overdue.
            aged("what was learnt from members", self.models.owed_days(site.id), 1),
        ]
    }

    /// What is oldest of what all sites share: told by the age of its keys.
    async fn aged_of_all(&self, sites: &[std::sync::Arc<Site>]) -> anyhow::Result<Vec<Aged>> {
        let purposes = self.tree.state().purposes;
        let of = |purpose: Purpose| {
            purposes.iter().find(|state| state.purpose == purpose).and_then(|state| state.oldest_days).map(u32::from)
        };
        let grace = sites.iter().map(|site| site.policy.grace_hours.div_ceil(24)).max().unwrap_or(0);
        let today = self.clock.now().day(&jiff::tz::TimeZone::UTC);
        let days = |day: Option<Day>| day.map(|day| u32::try_from(today.0 - day.0).unwrap_or(0));
        Ok(vec![
            aged("journal", of(Purpose::Segment), 1 + SLACK_DAYS),
            aged("keys of visitors' numbers", of(Purpose::VisitorDay), 2 + grace + SLACK_DAYS),
            aged("waiting room", of(Purpose::Waiting), 7 + SLACK_DAYS),
            aged("forgetting that goes on", of(Purpose::Job), SLACK_DAYS),
            aged("purges", days(self.purges.oldest_unfinished().await?), SLACK_DAYS),
            aged("sessions and tokens", days(self.control.oldest_expired(today).await?), SLACK_DAYS),
        ])
    }
}

/// The older of two ages of a store counts, and the limit that it is over, if it is over one.
fn join(all: &mut Vec<Aged>, new: Aged) {
    match all.iter_mut().find(|known| known.store == new.store) {
        Some(known) if (new.overdue, new.oldest_days) > (known.overdue, known.oldest_days) => *known = new,
        Some(_) => {}
        None => all.push(new),
    }
}

/// Members who were last there before this day are forgotten.
fn idle_since(site: &Site, today: Day) -> Day {
    let months = i64::from(site.policy.idle_months);
    today.date().checked_sub(months.months()).map_or(Day(i32::MIN / 2), Day::from_date)
}
