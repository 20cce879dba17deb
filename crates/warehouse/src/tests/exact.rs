//! Whatever happens to rows on their way, questions are answered as the naive evaluator answers them.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::tz::TimeZone;
use outis_event::{AnonymousEvent, Day, Dimension, Flags, Link, Policy, Pseudonym, Site, Visitor};
use outis_insight::behaviour::{self, Behaviour, Links};
use outis_insight::{Query, naive};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use super::{World, block_on, noon, site};
use crate::operators::behaviour::tests::{links, question};
use crate::operators::tests::{FIRST, SITE, event, query, same, zones};
use crate::{Warehouse, WarehouseOptions};

/// What may happen.
#[derive(Clone, Debug)]
enum Step {
    /// This many events come in a frame.
    Take(usize),
    /// This many links come, if their days are open.
    Link(usize),
    /// A member who came (of all of them the one at this place) is forgotten.
    Forget(usize),
    Flush,
    Maintain,
    Reopen,
    /// Days go by.
    Pass(i32),
    Ask(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1usize..9).prop_map(Step::Take),
        2 => (1usize..5).prop_map(Step::Link),
        2 => (0usize..20).prop_map(Step::Forget),
        3 => Just(Step::Flush),
        2 => Just(Step::Maintain),
        1 => Just(Step::Reopen),
        1 => (1i32..3).prop_map(Step::Pass),
        2 => (0usize..3).prop_map(Step::Ask),
    ]
}

fn options() -> WarehouseOptions {
    WarehouseOptions { tail_rows: 10, merge_files: 2, pass_rows: 7, purge_after_ms: 0, ..WarehouseOptions::default() }
}

/// Closed days keep the answer as long as no visitor of theirs comes again; the generator's may, so only days that
/// are over get no further events.
fn fits(event: &AnonymousEvent, now: Day) -> bool {
    event.day >= now || event.visitor.is_nobody()
}

async fn ask(warehouse: &Warehouse, query: &Query, events: &[AnonymousEvent]) -> Result<(), TestCaseError> {
    let expected = naive::evaluate(query, events);
    let sight = warehouse.sight(SITE, 1);
    let ours = warehouse.evaluate(query, sight).await.expect("an answer");
    same(query, ours, &expected)
}

async fn trace(
    warehouse: &Warehouse,
    question: &Behaviour,
    events: &[AnonymousEvent],
    links: &[(Day, Visitor, Pseudonym)],
) -> Result<(), TestCaseError> {
    let sight = warehouse.sight(SITE, 1);
    let ours = warehouse.behaviour(question, sight).await.expect("an answer");
    let links = Links::of(links.iter().copied());
    prop_assert_eq!(ours.cells, behaviour::naive::evaluate_linked(question, events, &links).cells);
    Ok(())
}

async fn run(
    zone: &TimeZone,
    steps: &[Step],
    mut events: Vec<AnonymousEvent>,
    mut links: Vec<(Day, Visitor, Pseudonym)>,
    queries: &[Query],
    question: &Behaviour,
) -> Result<(), TestCaseError> {
    let mut world = World::new(options()).await;
    let mut today = Day(FIRST);
    world.clock.set(noon(today));
    let mut warehouse = world.open().await;
    let mut taken: Vec<AnonymousEvent> = Vec::new();
    let site = Site::clone(&site(SITE, zone));
    let sites = [Arc::new(Site { policy: Policy { link: Link::Period, ..site.policy.clone() }, ..site })];
    let mut linked: Vec<(Day, Visitor, Pseudonym)> = Vec::new();
    let mut gone: Vec<(Day, Visitor)> = Vec::new();
    // Whoever has an even number is a member, in all rows.
    for event in &mut events {
        let others = Flags(event.flags.0 & !Flags::MEMBER.0);
        let is_member = event.visitor.0 % 2 == 0 && !event.visitor.is_nobody();
        event.flags = if is_member { others.with(Flags::MEMBER) } else { others };
    }
    for step in steps {
        match step {
            Step::Take(count) => {
                let count = (*count).min(events.len());
                let mut some: Vec<_> = events.drain(..count).collect();
                some.retain(|e| fits(e, today) && !gone.contains(&(e.day, e.visitor)));
                warehouse.take(world.frame(&some));
                taken.extend(some);
            }
            Step::Link(count) => {
                let count = (*count).min(links.len());
                for (day, visitor, pseudonym) in links.drain(..count) {
                    let open = warehouse.link(&sites[0], day, vec![(visitor, pseudonym)]).await;
                    if open.is_ok() {
                        linked.push((day, visitor, pseudonym));
                    }
                }
            }
            Step::Forget(which) => {
                let members = taken.iter().filter(|e| e.flags.has(Flags::MEMBER)).map(|e| (e.day, e.visitor));
                let members: Vec<(Day, Visitor)> = members.collect::<BTreeSet<_>>().into_iter().collect();
                let Some(member) = members.get(*which % members.len().max(1)).copied() else { continue };
                gone.push(member);
                warehouse.hide(SITE, &[member], *which % 3 > 0).await.expect("hidden");
                taken.retain(|e| (e.day, e.visitor) != member);
                let of = |(day, visitor, _): &&(Day, Visitor, Pseudonym)| (*day, *visitor) == member;
                let pseudonyms: Vec<Pseudonym> = linked.iter().filter(of).map(|(_, _, pseudonym)| *pseudonym).collect();
                warehouse.unlink(SITE, &pseudonyms).await.expect("unlinked");
                linked.retain(|(_, _, pseudonym)| !pseudonyms.contains(pseudonym));
            }
            Step::Flush => {
                warehouse.flush().await.expect("flush");
            }
            Step::Maintain => {
                warehouse.maintain(&sites).await.expect("maintain");
            }
            Step::Reopen => warehouse = world.open().await,
            Step::Pass(days) => {
                today = today.plus(*days);
                world.clock.set(noon(today));
            }
            Step::Ask(which) => {
                ask(&warehouse, &queries[*which], &taken).await?;
                trace(&warehouse, question, &taken, &linked).await?;
            }
        }
    }
    for query in queries {
        ask(&warehouse, query, &taken).await?;
    }
    warehouse.flush().await.expect("flush");
    world.clock.set(noon(Day(FIRST + 10)));
    let warehouse = world.open().await;
    warehouse.sight(SITE, 1);
    warehouse.maintain(&sites).await.expect("maintain");
    prop_assert_eq!(warehouse.hidden(SITE), 0, "all days are compacted: nothing is left to hide");
    for query in queries {
        ask(&warehouse, query, &taken).await?;
    }
    trace(&warehouse, question, &taken, &linked).await
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn answers_are_exact_however_rows_are_stored(
        (zone, events, queries, question) in zones().prop_flat_map(|zone| (
            Just(zone.clone()),
            prop::collection::vec(event(zone.clone()), 0..80),
            prop::collection::vec(query(zone.clone()), 3),
            question(zone),
        )),
        links in links(),
        steps in prop::collection::vec(step(), 1..24),
    ) {
        let mut events = events;
        for (event, tie) in events.iter_mut().zip(0..) {
            event.clock.tie = tie;
            event.set(Dimension::Device, outis_event::Term(u32::from(tie) % 3));
        }
        block_on(run(&zone, &steps, events, links, &queries, &question))?;
    }
}
