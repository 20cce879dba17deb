//! Questions whose days have no rows any more are answered from what closes released, as it was released.

use std::sync::Arc;

use async_trait::async_trait;
use outis_event::{Day, Dimension, SiteId, Span as Marked, Term};
use outis_insight::behaviour::{About, Activity, Behaviour, Cell as Count, RawTable};
use outis_insight::history::{Cell, Family, HistoryAnswer, Past, PastTable, Place, SetDays, Span};
use outis_insight::{EvaluateError, Filter, Group, Life, Metric, Parts, Query, RawAnswer, Sensitive, ShownKey, Sight};

use super::world::{FIRST, now, policy, query};
use crate::{Gate, Rows};

const SET: Term = Term(70_000);

/// Nothing but cells.
struct Cells;

fn cell(family: Family, place: Place, visitors: u64) -> Cell {
    Cell { family, span: Span::Day, first: Day(FIRST), place, parts: Parts { visitors, ..Parts::default() } }
}

#[async_trait]
impl Rows for Cells {
    fn sensitive(&self, _: SiteId) -> Sensitive {
        Sensitive::default()
    }

    fn sight(&self, _: SiteId, _: u32) -> Sight {
        Sight::default()
    }

    async fn evaluate(&self, _: &Query, _: Sight) -> Result<RawAnswer, EvaluateError> {
        Err(EvaluateError::Unavailable)
    }

    async fn persons(&self, _: &Query, _: Sight, _: u64) -> Result<u64, EvaluateError> {
        Err(EvaluateError::Unavailable)
    }

    async fn behaviour(&self, _: &Behaviour, _: Sight) -> Result<RawTable, EvaluateError> {
        Err(EvaluateError::Unavailable)
    }

    fn is_past(&self, _: &Query) -> bool {
        true
    }

    async fn history(&self, _: &Query) -> Result<(HistoryAnswer, Day), EvaluateError> {
        Err(EvaluateError::Unavailable)
    }

    async fn kept(&self, query: &Query, id: Term) -> Result<(SetDays, Day), EvaluateError> {
        let mut days = SetDays::of(id, query);
        days.take(&cell(Family::SITE, Place::Values([Term::NONE; 2]), 90));
        days.take(&cell(Family::set(id), Place::Values([Term::NONE; 2]), 43));
        let by = Family::set_by(id, Dimension::Customer);
        days.take(&cell(by, Place::Values([Term(5), Term::NONE]), 27));
        days.take(&cell(by, Place::Other(2), 0));
        Ok((days, Day(FIRST)))
    }

    async fn past_order(&self, _: &Behaviour) -> Result<(PastTable, Day), EvaluateError> {
        let counts = [(Count::Active { span: Marked::Day, at: FIRST }, 13)].into();
        Ok((PastTable { counts, hidden: 2 }, Day(FIRST)))
    }

    fn live(&self, _: SiteId) -> u64 {
        0
    }
}

#[test]
fn a_set_is_told_by_customer_and_as_a_whole_and_by_nothing_else() {
    let gate = Gate::new(Arc::new(Cells));
    let ask = |group| Query { metrics: vec![Metric::Visitors], ..query(Filter::ALL, &[group]) };
    let by_customer = ask(Group::Dimension(Dimension::Customer));
    let shown = now(gate.answer_later(&policy(10), &by_customer, &Past::Set(SET))).expect("told");
    let rows: Vec<_> = shown.rows.iter().map(|row| (row.keys.clone(), row.values.clone())).collect();
    assert_eq!(rows, [(vec![ShownKey::Term(Term(5))], vec![Some(27.0)])]);
    assert_eq!(shown.total.map(|row| row.values), Some(vec![Some(43.0)]));
    assert_eq!((shown.hidden_groups, shown.rounded_to, shown.life), (2, 1, Life::History));
    let by_browser = ask(Group::Dimension(Dimension::Browser));
    assert!(now(gate.answer_later(&policy(10), &by_browser, &Past::Set(SET))).is_err());
}

#[test]
fn members_are_told_as_they_were_released() {
    let gate = Gate::new(Arc::new(Cells));
    let about = About::Lifecycle(Activity { weeks: None });
    let question = Behaviour { base: query(Filter::ALL, &[]), about, narrowed: Vec::new(), following: None };
    let shown = now(gate.behaviour_later(&policy(10), &question, None)).expect("told");
    assert_eq!(shown.of(&Count::Active { span: Marked::Day, at: FIRST }), Some(13));
    assert_eq!(shown.of(&Count::Active { span: Marked::Day, at: FIRST + 1 }), None, "not known, so not nobody");
    assert_eq!((shown.hidden_groups, shown.rounded_to, shown.life), (2, 1, Life::History));
}
