//! Sums of money tell of enough people, and of no amount that stands out.

use outis_event::{AnonymousEvent, Dimension, Money, Term};
use outis_insight::{Group, Metric, Query, ShownKey};

use super::world::{all, ask, gate, is, query, view};
use crate::Gate;

const EUR: Term = Term(4);

/// Visitors of a page and country, of whom the first ones paid these amounts.
fn buyers(of_each: &[(u64, u32, u32, &[i64])]) -> Vec<AnonymousEvent> {
    let mut visitor = 0;
    let mut events = Vec::new();
    for (count, page, country, amounts) in of_each {
        for at in 0..*count {
            visitor += 1;
            events.push(view(0, visitor, 10, *page, *country));
            if let Some(milli) = amounts.get(at as usize) {
                let mut paid = view(0, visitor, 60, *page, *country);
                paid.revenue = Some(Money { currency: EUR, milli: *milli });
                events.push(paid);
            }
        }
    }
    events
}

fn money(filter: outis_insight::Filter, groups: &[Group]) -> Query {
    let metrics = vec![Metric::Visitors, Metric::TotalRevenue, Metric::AverageRevenue];
    Query { metrics, ..query(filter, groups) }
}

/// What is told of page 10, on which 24 of 60 people paid, the last of them so much.
fn told(outlier: i64, is_off: bool) -> Vec<Option<f64>> {
    let mut amounts: Vec<i64> = (0..23).map(|at| 5_000 + at * 1_000).collect();
    amounts.push(outlier);
    let (mut gate, _): (Gate, _) = gate(&buyers(&[(60, 10, 10, &amounts), (60, 11, 10, &[])]));
    gate.off.caps = is_off;
    let shown = ask(&gate, 10, &money(is(Dimension::Page, 10), &[])).expect("an answer");
    shown.total.expect("a total").values
}

#[test]
fn one_large_amount_does_not_show() {
    let usual = told(30_000, false);
    // More than ten paid 10.00 or more, fewer 20.00 or more... so each counts at most that much.
    assert_eq!(usual[0], Some(60.0));
    assert!(usual[1].is_some() && usual[2].is_some());
    assert_eq!(told(1_000_000_000, false), usual);
    // The control: without caps the amount can be read off.
    let with = told(1_000_000_000, true)[1].expect("told");
    let without = told(30_000, true)[1].expect("told");
    assert!(with - without > 900_000_000.0);
}

#[test]
fn few_who_paid_are_not_told_by_any_difference() {
    let many: Vec<i64> = (0..20).map(|at| 5_000 + at * 100).collect();
    let world = buyers(&[(60, 10, 10, &many), (60, 10, 11, &[9_000, 9_000, 9_000]), (60, 10, 12, &many)]);
    let (gate, _) = gate(&world);
    let shown = ask(&gate, 10, &money(all(&[]), &[Group::Dimension(Dimension::Country)])).expect("an answer");
    let of = |country: u32| {
        let row = shown.rows.iter().find(|row| row.keys == [ShownKey::Term(Term(country))]).expect("a row");
        (row.values[0], row.values[1].is_some())
    };
    assert_eq!(of(11), (Some(60.0), false));
    // All of them less the two larger countries would be those three, so one of these is not told either.
    assert_eq!([of(10).1, of(12).1].iter().filter(|told| **told).count(), 1);
    // Nor can they be asked for by a filter, or by leaving them out.
    let total = |filter| {
        let total = ask(&gate, 10, &money(filter, &[])).expect("an answer").total.expect("a total");
        total.values[1]
    };
    assert_eq!(total(is(Dimension::Country, 11)), None);
    assert_eq!(total(super::world::not(is(Dimension::Country, 11))), None);
    assert!(total(is(Dimension::Page, 10)).is_some());
}

#[test]
fn nothing_is_told_where_few_pay() {
    let (gate, _) = gate(&buyers(&[(60, 10, 10, &[5_000; 9])]));
    let shown = ask(&gate, 10, &money(is(Dimension::Page, 10), &[])).expect("an answer");
    assert_eq!(shown.total.expect("a total").values, [Some(60.0), None, None]);
}
