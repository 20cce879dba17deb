//! Followed members: what filters set apart of them, and what is told of those who come back.
//!
//! A filter that sets many visitors of a day apart may set few members apart, because the others fulfil it on another
//! day. So where members are followed, filters are taken away from the persons too.

use std::collections::BTreeSet;

use outis_insight::behaviour::{About, Behaviour, Cell, Followed, RawTable, Returns};
use outis_insight::{Filter, Query, Sight};

use super::told::Told;
use crate::filters::{is_plain, without};
use crate::gate::Gate;
use crate::refusal::Refusal;

impl Gate {
    /// Takes each of the first `removable` conditions of the filter away in turn, and those together that change
    /// nothing by themselves, and looks at who else is there then. Taking one condition away only adds people or only
    /// takes people away, so differences of counts are people.
    ///
    /// # Errors
    /// If some condition sets too few people apart, or may do so together with others.
    pub(super) async fn check_followed(
        &self,
        floor: u32,
        question: &Behaviour,
        filter: &Filter,
        first: Filter,
        removable: usize,
        sight: Sight,
    ) -> Result<(), Refusal> {
        if !self.looks_at_removals() {
            return Ok(());
        }
        let main = self.present(question, filter.clone(), &first, sight).await?;
        let mut idle = Vec::new();
        for at in 0..removable {
            let other = self.present(question, without(filter, at), &first, sight).await?;
            match apart(&main, &other, floor) {
                Apart::Nobody => idle.push(at),
                Apart::Few => return Err(Refusal::TooFewPeople { filter: at }),
                Apart::Enough => {}
            }
        }
        let Some(last) = idle.last().copied() else { return Ok(()) };
        if !is_plain(filter) {
            return Err(Refusal::TooFewPeople { filter: last });
        }
        if idle.len() > 1 {
            // From the last to the first, so that places stay what they are.
            let reduced = idle.iter().rev().fold(filter.clone(), |left, at| without(&left, *at));
            let other = self.present(question, reduced, &first, sight).await?;
            // With three, two of them may set somebody apart that the third brings back.
            let is_safe = match apart(&main, &other, floor) {
                Apart::Nobody => true,
                Apart::Few => false,
                Apart::Enough => idle.len() == 2,
            };
            if !is_safe {
                return Err(Refusal::TooFewPeople { filter: last });
            }
        }
        Ok(())
    }

    async fn present(
        &self,
        question: &Behaviour,
        filter: Filter,
        first: &Filter,
        sight: Sight,
    ) -> Result<RawTable, Refusal> {
        let present = Behaviour {
            base: Query { filter, ..question.base.clone() },
            about: About::Present(first.clone()),
            narrowed: Vec::new(),
            following: question.following,
        };
        Ok(self.rows.behaviour(&present, sight).await?)
    }
}

/// How many people are in one of two tables and not in the other.
enum Apart {
    Nobody,
    Few,
    Enough,
}

fn apart(a: &RawTable, b: &RawTable, floor: u32) -> Apart {
    let cells: BTreeSet<&Cell> = a.cells.keys().chain(b.cells.keys()).collect();
    let differs = cells.iter().any(|cell| a.of(cell).count != b.of(cell).count);
    let persons = cells.iter().map(|cell| a.of(cell).persons.abs_diff(b.of(cell).persons)).max();
    match persons.unwrap_or(0) {
        _ if !differs => Apart::Nobody,
        persons if persons < u64::from(floor) => Apart::Few,
        _ => Apart::Enough,
    }
}

impl Told<'_> {
    /// Tells cohorts of enough members. Where all but a few of a cohort came back, all are told to have; where few of
    /// those who came back later than some interval came back in it only, none are told to have.
    pub(super) fn followed(&mut self, followed: &Followed) {
        let is_cohort = |cell: &Cell| match cell {
            Cell::Cohort(cohort) => Some(*cohort),
            _ => None,
        };
        let cohorts: Vec<u32> = self.raw.cells.keys().filter_map(is_cohort).collect();
        let mut columns: Vec<(u8, Returns)> = (0u8..).zip(followed.columns.iter().copied()).collect();
        columns.sort_by_key(|(_, returns)| match returns {
            Returns::Since(from) => *from,
            Returns::Within(..) => 0,
        });
        for cohort in cohorts {
            let whole = self.raw.of(&Cell::Cohort(cohort));
            if !self.enough(whole) {
                continue;
            }
            self.tell(Cell::Cohort(cohort), whole.count);
            let mut since = whole.count;
            for (column, returns) in &columns {
                let cell = Cell::Returned { cohort, column: *column };
                let tally = self.raw.of(&cell);
                if !self.enough(tally) {
                    continue;
                }
                let before = if matches!(returns, Returns::Since(_)) { since } else { whole.count };
                let is_few = before.saturating_sub(tally.count) < u64::from(self.floor);
                let told = if is_few { before } else { tally.count };
                if matches!(returns, Returns::Since(_)) {
                    since = told;
                }
                self.tell(cell, told);
            }
        }
    }
}
