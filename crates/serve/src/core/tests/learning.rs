//! A site learns for two weeks, keeps what it learnt, and takes nothing new then.

use outis_event::{Day, Mode};

use super::town::{Town, domain};

#[tokio::test]
async fn a_site_learns_for_two_weeks_and_keeps_what_it_learnt() {
    let town = Town::new(1).await;
    let plan = || {
        let site = town.core.registry.settings()[0].clone();
        (site.plan.mode, site.plan.events.keys().cloned().collect::<Vec<_>>())
    };
    town.core.maintain().await.expect("maintain");
    assert_eq!(town.core.control.learning(town.sites[0].0).await.expect("read"), None, "nothing came yet");
    for visitor in 0..20 {
        town.act(visitor, "signup", "plan").await;
        town.act(visitor, "pageview", "layout").await;
    }
    town.act(21, "once", "plan").await;
    town.write().await;
    town.core.maintain().await.expect("maintain");
    let since = town.core.control.learning(town.sites[0].0).await.expect("read");
    assert!(since > Some(Day(0)));
    assert_eq!(plan(), (Mode::Learn, Vec::new()));

    town.until("2026-12-06T12:00:00Z").await;
    assert_eq!(plan().0, Mode::Learn, "thirteen days");
    town.until("2026-12-07T12:00:00Z").await;
    let learnt = vec!["pageview".to_owned(), "signup".to_owned()];
    assert_eq!(plan(), (Mode::Strict, learnt), "what one visitor did was not admitted");
    let site = town.core.registry.settings()[0].clone();
    // So few visitors do not tell which event has which property: then all have both.
    let has = |event: &str| site.plan.events[event].properties.keys().cloned().collect::<Vec<_>>();
    assert_eq!([has("signup"), has("pageview")], [["layout", "plan"]; 2]);

    // Who turns it back to learning has two weeks more.
    let again = outis_event::Plan { mode: Mode::Learn, ..town.core.registry.settings()[0].plan.clone() };
    town.core.control.set_plan(town.sites[0].0, &again).await.expect("set");
    town.until("2026-12-08T12:00:00Z").await;
    assert_eq!(plan().0, Mode::Learn, "{}", domain(0));
}
