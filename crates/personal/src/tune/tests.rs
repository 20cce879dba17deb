//! What is learnt is the same for the same members, and is refused where it does not help.

use std::sync::Arc;

use super::{Draw, Input, LearnError, Limits, MOST_SIZE, hold_back, inverse_bytes, learn};
use crate::matrix::{Contribution, Matrix};
use crate::model::head::{Form, Head, Plan};
use crate::model::linear::{Evidence, solve};
use crate::model::{LinearParameters, Model, Profile, Shelf, Stale, Tier};
use crate::tagging::Tagging;

/// Members of eight topics; with `sense` 0 they like whatever is popular.
fn members(count: usize, items: u32, sense: f64, seed: u64) -> Vec<Contribution> {
    let mut draw = Draw(seed);
    let mut member = || {
        let topic = draw.below(8) as u32;
        let mut liked = Vec::new();
        for _ in 0..5 + draw.below(15) {
            let rank = (f64::from(items) * draw.unit() * draw.unit()) as u32;
            let item = if draw.unit() < sense { rank / 8 * 8 + topic } else { rank };
            liked.push(item.min(items - 1));
        }
        Contribution::new(&liked)
    };
    (0..count).map(|_| member()).collect()
}

fn tagging(items: u32) -> Arc<Tagging> {
    let mut draw = Draw(5);
    let tags = |item: u32| vec![item % 8, 8 + draw.below(30) as u32];
    let lists: Vec<Vec<u32>> = (0..items).map(tags).collect();
    Arc::new(Tagging::new(&lists, 38))
}

fn learnt(members: &[Contribution], tagging: &Arc<Tagging>, limits: &Limits) -> Result<Model, LearnError> {
    let matrix = Matrix::of(members).expect("few");
    learn(&Input { matrix: &matrix, members, tagging, counts: &[] }, limits, 1)
}

fn scores(model: &Model) -> Vec<f32> {
    model.scores(&Profile { liked: &[1, 9, 17], tags: &[3] })
}

#[test]
fn the_same_members_in_any_order_give_the_same_model() {
    let mut members = members(300, 120, 0.8, 1);
    let tagging = tagging(120);
    let one = learnt(&members, &tagging, &Limits::default()).expect("better than popularity");
    assert_ne!(one.report().tier, Tier::Content);
    members.reverse();
    members.rotate_left(70);
    let other = learnt(&members, &tagging, &Limits::default()).expect("better than popularity");
    assert_eq!(one.report(), other.report());
    assert_eq!(scores(&one), scores(&other));
}

#[test]
fn who_was_forgotten_left_nothing_in_the_model() {
    let members = members(300, 120, 0.8, 2);
    let tagging = tagging(120);
    let mut matrix = Matrix::of(&members).expect("few");
    matrix.remove(&members[17]).expect("held");
    let others: Vec<Contribution> =
        members.iter().enumerate().filter(|(at, _)| *at != 17).map(|(_, m)| m.clone()).collect();
    let input = Input { matrix: &matrix, members: &others, tagging: &tagging, counts: &[] };
    let after = learn(&input, &Limits::default(), 1).expect("better than popularity");
    let never = learnt(&others, &tagging, &Limits::default()).expect("better than popularity");
    assert_eq!(scores(&after), scores(&never));
    // And with the member among those to learn from nothing is learnt.
    let input = Input { members: &members, ..input };
    assert_eq!(learn(&input, &Limits::default(), 1).expect_err("mismatch"), LearnError::Mismatch);
}

#[test]
fn primal_and_dual_form_agree() {
    let members = members(90, 400, 0.9, 3);
    let tagging = Arc::new(Tagging::new(&vec![Vec::new(); 400], 0));
    let matrix = Matrix::of(&members).expect("few");
    let evidence = Evidence { matrix: &matrix, members: &members, tagging: &tagging };
    let parameters = LinearParameters { ridge: 20.0, dropout: 0.3, tag_weight: 0.0 };
    for most in [400, 60] {
        let head = Head::new(&matrix, &tagging, 400, most);
        let solved = |form| {
            let plan = Plan { head: head.clone(), tags: Vec::new(), form };
            solve(&evidence, &plan, &parameters, 1).expect("solved")
        };
        let (primal, dual) = (solved(Form::Primal), solved(Form::Dual));
        // Members in another order are solved to the same bits.
        let turned: Vec<Contribution> = members.iter().rev().cloned().collect();
        let plan = Plan { head: head.clone(), tags: Vec::new(), form: Form::Dual };
        let other = solve(&Evidence { members: &turned, ..evidence }, &plan, &parameters, 1).expect("solved");
        let (mut a, mut b) = (vec![0.0; head.len()], vec![0.0; head.len()]);
        for place in 0..head.len() as u32 {
            other.scores(&[place, (place + 7) % head.len() as u32], &mut a);
            dual.scores(&[place, (place + 7) % head.len() as u32], &mut b);
            assert_eq!(a, b);
            primal.scores(&[place, (place + 7) % head.len() as u32], &mut a);
            for (at, (a, b)) in a.iter().zip(&b).enumerate() {
                assert!((a - b).abs() < 2e-3, "{place} {at}: {a} {b}");
            }
        }
    }
}

#[test]
fn a_model_that_does_not_help_is_refused() {
    // Everybody likes by popularity alone: there is nothing to learn but that.
    let members = members(400, 120, 0.0, 4);
    let tagging = Arc::new(Tagging::new(&vec![Vec::new(); 120], 0));
    match learnt(&members, &tagging, &Limits::default()) {
        Err(error) => assert_eq!(error, LearnError::WorseThanPopularity),
        Ok(model) => {
            let report = model.report();
            let (measured, popular) = (report.measured.expect("measured"), report.popularity.expect("measured"));
            assert!(measured.ndcg_100 > popular.ndcg_100);
        }
    }
}

#[test]
fn counts_decide_the_kind_of_model() {
    let tagging = tagging(120);
    let few = learnt(&members(30, 120, 0.8, 5), &tagging, &Limits::default()).expect("tags do");
    assert_eq!(few.report().tier, Tier::Content);
    assert!(scores(&few).iter().any(|score| *score > 0.0));
    let small = Limits { most_size: 50, ..Limits::default() };
    let split = learnt(&members(400, 120, 0.8, 6), &tagging, &small).expect("better than popularity");
    assert!(matches!(split.report().tier, Tier::HeadAndTail | Tier::Neighbours), "{:?}", split.report());
    assert!(split.report().size <= 50);
}

#[test]
fn only_a_later_model_takes_the_place() {
    let tagging = tagging(40);
    let model = |version| {
        let (members, matrix) = (Vec::new(), Matrix::default());
        learn(
            &Input { matrix: &matrix, members: &members, tagging: &tagging, counts: &[] },
            &Limits::default(),
            version,
        )
        .expect("tags do")
    };
    let shelf = Shelf::default();
    assert!(shelf.current().is_none());
    shelf.publish(model(2)).expect("later");
    assert_eq!(shelf.publish(model(2)), Err(Stale));
    shelf.publish(model(3)).expect("later");
    assert_eq!(shelf.current().expect("published").report().version, 3);
    shelf.clear();
    assert!(shelf.current().is_none());
}

#[test]
fn members_are_held_back_whatever_their_order() {
    let mut members = members(200, 120, 0.5, 7);
    let split = hold_back(&members, 0.2, 1_000, 42);
    members.reverse();
    assert_eq!(hold_back(&members, 0.2, 1_000, 42), split);
    assert_eq!(split.learn.len() + split.measure.len(), 200);
    assert!((20..60).contains(&split.measure.len()));
    for held in &split.measure {
        assert_eq!(held.held_back.len(), (held.given.len() + held.held_back.len()) / 5);
    }
}

#[test]
fn memory_gives_rows_and_no_more() {
    for mib in [16_u64, 100, 256, 1_000, 1_545] {
        let Limits { most_size, search_size, .. } = Limits::within(mib << 20);
        assert!(
            inverse_bytes(most_size) <= mib << 20 && inverse_bytes(most_size + 1) > mib << 20,
            "{mib}: {most_size}"
        );
        assert!(inverse_bytes(most_size.min(search_size)) <= mib << 20);
    }
    assert_eq!(Limits::within(u64::MAX).most_size, MOST_SIZE);
    assert_eq!(Limits::within(1_600 << 20).most_size, MOST_SIZE);
    assert_eq!(Limits::within(0).most_size, 500);
}
