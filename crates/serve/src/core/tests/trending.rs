//! What trends, from events to the list: released cells alone, and nothing of few.

use std::sync::Arc;

use axum::Router;
use outis_event::{ManualClock, Policy, Shields};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::history::call;
use super::town::{Town, at, domain, post};
use crate::core::Core;
use crate::core::models::stock;
use crate::suggest;

/// How many visitors look at what in the week, and how many did eleven days before. `rare` is below the floor; `small` is not, and
/// waits with it: alone, what is left of the day without the others would be the few of `rare`.
const LOOKS: [(&str, usize, usize); 6] =
    [("grown", 25, 0), ("usual", 30, 120), ("small", 12, 0), ("risen", 60, 0), ("rare", 9, 0), ("gone", 0, 40)];

struct Lists {
    core: Arc<Core>,
    clock: ManualClock,
    router: Router,
}

impl Lists {
    /// Somebody looks at an item, in an order that is not that of the list.
    async fn days_looks(&self, of: impl Fn(&(&str, usize, usize)) -> usize) {
        for looks in &LOOKS {
            for visitor in 0..of(looks) {
                let url = format!("https://{}/items/{}", domain(0), looks.0);
                post(&self.core, visitor, json!({ "name": "pageview", "url": url, "item": looks.0 })).await;
            }
        }
    }

    /// What is due by then is done, and lists are made anew as the jobs do it.
    async fn until(&self, time: &str) {
        self.clock.set(at(time));
        self.core.step().await.expect("step");
        self.core.roll().await;
        self.core.flush().await.expect("flush");
        self.core.maintain().await.expect("maintain");
        self.core.models.learn_all().await.expect("learnt");
    }

    async fn trending(&self) -> Value {
        let path = format!("/api/v1/trending?site={}", domain(0));
        let (status, list) = call(&self.router, "", "GET", &path, Value::Null).await;
        assert_eq!(status, 200, "{list}");
        list
    }
}

fn ids(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().expect("a list").iter();
    items.filter(|item| item["reasons"][0]["kind"] == "trending").filter_map(|item| item["id"].as_str()).collect()
}

/// A site of this floor with the items in its catalogue, eleven days after the visits of before.
async fn lists(floor: u32) -> (Option<TempDir>, Lists) {
    let town = Town::new(1).await;
    let site = town.sites[0].0;
    let policy = Policy { floor, ..Policy::default() };
    town.core.control.set_settings(site, &policy, &Shields::default(), &[]).await.expect("set");
    let items = LOOKS.map(|(id, _, _)| json!({ "id": id, "title": id, "tags": ["a"] }));
    stock(&town.core, site, items.into()).await;
    town.core.step().await.expect("step");
    let Town { core, clock, home, .. } = town;
    let core = Arc::new(core);
    let lists = Lists { router: suggest::router(core.clone()), core, clock };
    lists.days_looks(|(_, _, before)| *before).await;
    lists.until("2026-12-04T08:00:00Z").await;
    (home, lists)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_looked_at_more_than_usual_trends_once_its_day_is_released_and_not_below_the_floor() {
    let (_home, lists) = lists(10).await;
    let before = lists.trending().await;
    assert!(ids(&before).is_empty(), "{before}");
    assert!(before["computed"]["fallback"].as_str().is_some_and(|why| why.contains("nothing is more acted on")));

    lists.days_looks(|(_, now, _)| *now).await;
    lists.until("2026-12-04T20:00:00Z").await;
    assert!(ids(&lists.trending().await).is_empty(), "the day is not over: nothing is released");
    lists.until("2026-12-05T08:00:00Z").await;
    let trending = lists.trending().await;
    assert_eq!(ids(&trending), ["risen", "grown"], "{trending}");
    assert!(trending["computed"]["fallback"].is_null());
    // The week after, it is as usual.
    lists.until("2026-12-13T08:00:00Z").await;
    assert!(ids(&lists.trending().await).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_floor_what_few_looked_at_would_trend() {
    let (_home, lists) = lists(1).await;
    lists.days_looks(|(_, now, _)| *now).await;
    lists.until("2026-12-05T08:00:00Z").await;
    assert_eq!(ids(&lists.trending().await), ["risen", "grown", "small", "rare"]);
}
