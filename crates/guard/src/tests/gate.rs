//! Refusals, limits and the live number.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use outis_event::{Day, Dimension, SiteId, Term};
use outis_insight::behaviour::{About, Behaviour, RawTable};
use outis_insight::history::{HistoryAnswer, PastTable, SetDays};
use outis_insight::{EvaluateError, Filter, Group, Query, RawAnswer, Sensitive, Sight, naive};
use tokio::sync::Semaphore;

use super::world::{SITE, all, ask, gate, is, not, now, policy, query, view};
use crate::{Gate, Limits, Refusal, Rows};

fn site(of_each: &[(u64, u32, u32)]) -> Vec<outis_event::AnonymousEvent> {
    let mut visitor = 0;
    let mut events = Vec::new();
    for (count, page, country) in of_each {
        for _ in 0..*count {
            visitor += 1;
            events.push(view(0, visitor, 10, *page, *country));
        }
    }
    events
}

#[test]
fn a_filter_that_sets_few_people_apart_is_named() {
    let (gate, _) = gate(&site(&[(60, 10, 10), (3, 10, 11), (30, 11, 10)]));
    let country = is(Dimension::Country, 10);
    let page = is(Dimension::Page, 10);
    assert_eq!(ask(&gate, 10, &query(country.clone(), &[])).expect_err("refused"), Refusal::TooFewPeople { filter: 0 });
    assert!(ask(&gate, 10, &query(page.clone(), &[])).is_ok());
    let both = query(all(&[page, country]), &[]);
    assert_eq!(ask(&gate, 10, &both).expect_err("refused"), Refusal::TooFewPeople { filter: 1 });
}

#[test]
fn a_filter_told_twice_is_no_way_around() {
    let (gate, _) = gate(&site(&[(60, 10, 10), (3, 10, 11)]));
    let country = is(Dimension::Country, 10);
    let again = not(is(Dimension::Country, 11));
    let twice = query(all(&[country, again]), &[]);
    assert_eq!(ask(&gate, 10, &twice).expect_err("refused"), Refusal::TooFewPeople { filter: 1 });
}

#[test]
fn few_people_who_only_missed_a_page_are_few_people_too() {
    // All of them saw page 10 except three, who with everybody else saw page 11.
    let mut events = site(&[(60, 10, 10), (3, 11, 10)]);
    events.extend((1..=60).map(|visitor| view(0, visitor, 20, 11, 10)));
    let refused = ask(&gate(&events).0, 10, &query(is(Dimension::Page, 10), &[])).expect_err("refused");
    assert_eq!(refused, Refusal::TooFewPeople { filter: 0 });
    // As a row it is told as everybody's.
    let by_page = ask(&gate(&events).0, 10, &query(all(&[]), &[Group::Dimension(Dimension::Page)])).expect("answered");
    assert!(by_page.rows.iter().all(|row| row.values[0] == Some(65.0)));
}

#[test]
fn more_than_three_filters_are_refused_unasked() {
    let (gate, rows) = gate(&site(&[(60, 10, 10)]));
    let four: Vec<_> = (10..14).map(|page| not(is(Dimension::Page, page))).collect();
    assert_eq!(ask(&gate, 10, &query(all(&four), &[])).expect_err("refused"), Refusal::TooManyFilters { most: 3 });
    assert_eq!(rows.evaluations.load(Ordering::Relaxed), 0);
}

#[test]
fn a_question_asked_again_is_not_evaluated_again() {
    let (gate, rows) = gate(&site(&[(60, 10, 10), (30, 11, 10)]));
    let by_page = query(all(&[]), &[Group::Dimension(Dimension::Page)]);
    let first = ask(&gate, 10, &by_page).expect("answered");
    let evaluated = rows.evaluations.load(Ordering::Relaxed);
    let again = ask(&gate, 10, &by_page).expect("answered");
    assert_eq!((first.rows, evaluated), (again.rows, rows.evaluations.load(Ordering::Relaxed)));
    let at_floor_one = ask(&gate, 1, &by_page).expect("answered");
    assert_eq!(at_floor_one.rounded_to, 1);
}

#[test]
fn a_question_about_order_asked_again_is_not_evaluated_again() {
    let (gate, rows) = gate(&site(&[(62, 10, 10), (30, 11, 10)]));
    let asked = |about| Behaviour { base: query(all(&[]), &[]), about, narrowed: Vec::new(), following: None };
    let ask = |about, floor| now(gate.behaviour(&policy(floor), &asked(about))).expect("answered").cells;
    let evaluated = || rows.evaluations.load(Ordering::Relaxed);
    let visits = ask(About::Visits, 10);
    assert_eq!(evaluated(), 1);
    assert_eq!((ask(About::Visits, 10), evaluated()), (visits.clone(), 1));
    // Another question, and the same at another floor, are others.
    ask(About::Frequency(Filter::ALL), 10);
    assert_ne!(ask(About::Visits, 1), visits);
    assert_eq!(evaluated(), 3);
}

#[test]
fn the_live_number_is_rounded_or_absent() {
    let live = |people: u64, floor: u32| {
        let (gate, _) = gate(&site(&[(people, 10, 10)]));
        gate.live(&policy(floor), SITE).about
    };
    assert_eq!([live(9, 10), live(10, 10), live(13, 10)], [None, Some(10), Some(15)]);
    assert_eq!([live(0, 1), live(3, 1)], [Some(0), Some(3)]);
}

/// Rows that are read only when they are let.
struct Slow(Semaphore);

#[async_trait]
impl Rows for Slow {
    fn sight(&self, _: SiteId, _: u32) -> Sight {
        Sight::default()
    }

    async fn evaluate(&self, query: &Query, _: Sight) -> Result<RawAnswer, EvaluateError> {
        let _let = self.0.acquire().await.map_err(|_| EvaluateError::Unavailable)?;
        Ok(naive::evaluate(query, &[]))
    }

    async fn persons(&self, query: &Query, sight: Sight, _: u64) -> Result<u64, EvaluateError> {
        Ok(self.evaluate(query, sight).await?.total.persons)
    }

    async fn behaviour(&self, _: &Behaviour, _: Sight) -> Result<RawTable, EvaluateError> {
        Err(EvaluateError::Unavailable)
    }

    fn is_past(&self, _: &Query) -> bool {
        false
    }

    async fn history(&self, _: &Query) -> Result<(HistoryAnswer, Day), EvaluateError> {
        Err(EvaluateError::Unavailable)
    }

    async fn kept(&self, _: &Query, _: Term) -> Result<(SetDays, Day), EvaluateError> {
        Err(EvaluateError::Unavailable)
    }

    fn sensitive(&self, _: SiteId) -> Sensitive {
        Sensitive::default()
    }

    async fn past_order(&self, _: &Behaviour) -> Result<(PastTable, Day), EvaluateError> {
        Err(EvaluateError::Unavailable)
    }

    fn live(&self, _: SiteId) -> u64 {
        0
    }
}

#[test]
fn one_question_too_many_is_refused_and_the_others_are_answered() {
    let rows = Arc::new(Slow(Semaphore::new(0)));
    let gate = Gate::with_limits(rows.clone(), Limits { working: 1, waiting: 1 });
    let (policy, query) = (policy(10), query(all(&[]), &[]));
    let (first, second, third) = now(async {
        let late = async {
            let third = gate.answer(&policy, &query).await;
            rows.0.add_permits(1);
            third
        };
        let (first, second) = (gate.answer(&policy, &query), gate.answer(&policy, &query));
        let mut both = std::pin::pin!(async { tokio::join!(first, second) });
        tokio::select! {
            biased;
            _ = &mut both => panic!("nothing was let"),
            third = late => {
                let (first, second) = both.await;
                (first, second, third)
            }
        }
    });
    assert!(first.is_ok() && second.is_ok());
    assert_eq!(third.expect_err("refused"), Refusal::Busy);
}
