//! Everything goes in time, and what does not is found.

use outis_event::{Day, Policy, Shields};
use outis_people::ExternalId;

use super::town::{Town, at};
use crate::core::retention::Aged;

async fn overdue(town: &Town) -> Vec<String> {
    let aged = town.core.aged(Some(town.sites[0].0)).await.expect("told");
    aged.into_iter().filter(|aged| aged.overdue).map(|aged| aged.store).collect()
}

fn of<'a>(aged: &'a [Aged], store: &str) -> &'a Aged {
    aged.iter().find(|aged| aged.store == store).expect("a store")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_that_outlive_their_window_are_found_until_they_are_gone() {
    let town = Town::new(1).await;
    town.wave(0).await;
    town.until("2026-11-25T08:00:00Z").await;
    let aged = town.core.aged(Some(town.sites[0].0)).await.expect("told");
    assert_eq!((of(&aged, "recent rows").oldest_days, of(&aged, "recent rows").limit_days), (Some(2), 36));
    assert!(of(&aged, "day counts").oldest_days.is_some());
    let is_known = |name: &str| outis_disclose::inventory::STORES.iter().any(|store| store.name == name);
    assert!(aged.iter().all(|aged| is_known(&aged.store)), "stores are called as in the inventory");
    assert_eq!(overdue(&town).await, [""; 0]);
    // Time passes and nothing is maintained.
    town.clock.set(at("2027-01-10T08:00:00Z"));
    town.core.step().await.expect("step");
    let found = overdue(&town).await;
    assert!(found.contains(&"recent rows".to_owned()) && found.contains(&"day counts".to_owned()), "{found:?}");
    assert!(found.contains(&"history".to_owned()), "what waits outlived its period: {found:?}");
    town.core.maintain().await.expect("maintain");
    assert_eq!(overdue(&town).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_there_for_months_is_forgotten_and_others_stay() {
    let town = Town::new(1).await;
    let site = town.sites[0].0;
    let policy = Policy { idle_months: 2, ..Policy::default() };
    town.core.control.set_settings(site, &policy, &Shields::default(), &[]).await.expect("set");
    town.core.step().await.expect("step");
    let people = &town.core.members.people;
    let settings = town.core.registry.settings()[0].clone();
    let day = |text: &str| at(text).day(&settings.zone);
    let come = async |who: &str, day: Day| {
        let id = ExternalId::new(who.to_owned()).expect("an id");
        let active = people.find_or_make(site, &id).await.expect("made");
        people.see(&active, &settings, day, None).expect("marks");
    };
    for number in 0..60 {
        come(&format!("early {number}"), day("2026-11-23T08:00:00Z")).await;
    }
    come("late", day("2026-11-23T08:00:00Z")).await;
    people.flush().await.expect("written");
    town.until("2026-12-24T08:00:00Z").await;
    come("late", day("2026-12-24T08:00:00Z")).await;
    people.flush().await.expect("written");
    assert_eq!(people.count(site).await.expect("counted"), 61);
    let aged = town.core.aged(Some(site)).await.expect("told");
    assert_eq!(of(&aged, "members").oldest_days, Some(31));
    // Two months and a day after they were last there, in steps of fifty.
    town.until("2027-01-24T08:00:00Z").await;
    assert_eq!(people.count(site).await.expect("counted"), 11);
    town.core.maintain().await.expect("maintain");
    assert_eq!(people.count(site).await.expect("counted"), 1);
    let left = people.find(site, &ExternalId::new("late".to_owned()).expect("an id")).await.expect("read");
    assert!(left.is_some());
    assert_eq!(overdue(&town).await, [""; 0]);
}
