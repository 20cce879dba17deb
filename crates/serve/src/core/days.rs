//! The keys of open days: made before a day begins, destroyed after its grace.

use std::sync::Arc;

use outis_anonymise::{DayKey, DayKeys};
use outis_event::{Day, Site, SiteId, Timestamp};
use outis_keys::{KeyName, Keys, Purpose};

/// A day's key is there this long before its day, so that no event of its first seconds is without one.
const AHEAD_MS: i64 = 15 * 60_000;
const HOUR_MS: i64 = 3_600_000;

/// Makes and destroys day keys.
pub(crate) struct Days {
    keys: Arc<dyn Keys>,
    open: Arc<DayKeys>,
}

impl Days {
    pub(crate) fn new(keys: Arc<dyn Keys>) -> Days {
        Days { keys, open: Arc::new(DayKeys::new()) }
    }

    /// The keys in memory, for the anonymiser.
    pub(crate) fn open_days(&self) -> Arc<DayKeys> {
        self.open.clone()
    }

    /// Opens the days that have begun or soon begin, and destroys the keys of all others.
    ///
    /// # Errors
    /// When the key tree fails; it is tried again with the next call.
    pub(crate) async fn tick(&self, sites: &[Arc<Site>], now: Timestamp) -> anyhow::Result<()> {
        let wanted: Vec<(SiteId, Day)> =
            sites.iter().flat_map(|site| days(site, now).into_iter().map(|day| (site.id, day))).collect();
        for (site, day) in &wanted {
            if !self.open.holds(*site, *day) {
                let key = self.keys.get_or_create(name(*site, *day)).await?;
                self.open.insert(*site, *day, DayKey::new(key.bytes("visitor numbers of one day")));
            }
        }
        let mut over = self.keys.list(Purpose::VisitorDay).await?;
        over.retain(|known| !wanted.iter().any(|(site, day)| name(*site, *day) == *known));
        if over.is_empty() {
            return Ok(());
        }
        // From the memory first: nothing is numbered under a key that is being destroyed.
        for (site, day) in over.iter().filter_map(parse) {
            self.open.remove(site, day);
        }
        self.keys.remove(&over).await?;
        Ok(())
    }
}

/// The days whose key is alive: today, yesterday within its grace, tomorrow just before it begins.
fn days(site: &Site, now: Timestamp) -> Vec<Day> {
    let today = now.day(&site.zone);
    let mut days = vec![today];
    let grace_ms = i64::from(site.policy.grace_hours) * HOUR_MS;
    if now.0 < today.start(&site.zone).plus_ms(grace_ms).0 {
        days.push(today.plus(-1));
    }
    let soon = now.plus_ms(AHEAD_MS).day(&site.zone);
    if soon != today {
        days.push(soon);
    }
    days
}

fn name(site: SiteId, day: Day) -> KeyName {
    let mut label = [0; 16];
    label[..4].copy_from_slice(&site.0.to_be_bytes());
    label[4..8].copy_from_slice(&day.0.to_be_bytes());
    KeyName { purpose: Purpose::VisitorDay, label }
}

fn parse(name: &KeyName) -> Option<(SiteId, Day)> {
    let site = u32::from_be_bytes(name.label[..4].try_into().ok()?);
    let day = i32::from_be_bytes(name.label[4..8].try_into().ok()?);
    Some((SiteId(site), Day(day)))
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use outis_event::{Plan, Policy, Shields};
    use outis_keys::MemoryKeys;

    use super::*;

    fn site() -> Arc<Site> {
        Arc::new(Site {
            id: SiteId(3),
            domain: "example.org".to_owned(),
            zone: TimeZone::get("Europe/Vienna").expect("bundled zone"),
            policy: Policy::default(),
            shields: Shields::default(),
            plan: Plan::default(),
            origins: Vec::new(),
            debug_token_hash: None,
        })
    }

    fn at(text: &str) -> Timestamp {
        Timestamp(text.parse::<jiff::Timestamp>().expect("instant").as_millisecond())
    }

    #[tokio::test]
    async fn a_days_key_lives_from_just_before_it_until_its_grace_is_over() {
        let keys = Arc::new(MemoryKeys::default());
        let days = Days::new(keys.clone());
        let sites = [site()];
        let open = |text: &'static str| {
            let (days, sites, keys) = (&days, &sites, &keys);
            async move {
                days.tick(sites, at(text)).await.expect("keys");
                let names = keys.list(Purpose::VisitorDay).await.expect("list");
                let mut all: Vec<String> =
                    names.iter().map(|n| parse(n).expect("own name").1.date().to_string()).collect();
                all.sort();
                let mut held: Vec<String> =
                    days.open_days().days(SiteId(3)).iter().map(|d| d.date().to_string()).collect();
                held.sort();
                assert_eq!(all, held);
                all.join(" ")
            }
        };
        // Midnight in Vienna is 23:00 UTC in winter; the grace is two hours.
        assert_eq!(open("2026-11-23T12:00:00Z").await, "2026-11-23");
        assert_eq!(open("2026-11-23T22:50:00Z").await, "2026-11-23 2026-11-24");
        assert_eq!(open("2026-11-24T00:59:00Z").await, "2026-11-23 2026-11-24");
        assert_eq!(open("2026-11-24T01:00:00Z").await, "2026-11-24");
    }

    #[tokio::test]
    async fn a_day_that_comes_again_has_another_key() {
        let keys = Arc::new(MemoryKeys::default());
        let days = Days::new(keys.clone());
        let key = |keys: Arc<MemoryKeys>| async move {
            let name = name(SiteId(3), Timestamp(at("2026-11-23T12:00:00Z").0).day(&site().zone));
            keys.get(name).await.expect("read").map(|k| *k.bytes("a test"))
        };
        days.tick(&[site()], at("2026-11-23T12:00:00Z")).await.expect("keys");
        let first = key(keys.clone()).await;
        days.tick(&[site()], at("2026-11-25T12:00:00Z")).await.expect("keys");
        assert_eq!(key(keys.clone()).await, None);
        days.tick(&[site()], at("2026-11-23T12:00:00Z")).await.expect("keys");
        let again = key(keys).await;
        assert!(first.is_some() && again.is_some() && first != again);
    }
}
