//! Answers a question about the order of events in one pass over batches in visitor order.
//!
//! A visitor's rows are contiguous and their visits follow each other, so each visitor's day is looked at once, as a
//! slice, and puts counts into a table. Nothing is kept of a visitor afterwards. The rows of members who are followed
//! through several days are gathered, up to a limit, and looked at when all days were seen.

mod any_order;
mod attribution;
mod chains;
mod followed;
mod funnel;
mod journeys;
mod matcher;
mod members;
mod row_bits;
mod sets;
mod table;
#[cfg(test)]
pub(crate) mod tests;
mod visits;

use std::ops::Range;
use std::sync::Arc;

use outis_event::{Dimension, Flags, Marks, Term, Timestamp, Visitor};
use outis_insight::behaviour::{About, Among, Behaviour, Following, Linked, Links, RawTable};
use outis_insight::{EvaluateError, Group, Query};

use super::filter::{Facts, in_slots, property, term};
use super::{columns_of_filter, columns_of_group};
use crate::batch::Run;
use crate::evaluate::Pass;
use crate::{Batch, Columns};
use attribution::Credits;
use followed::Gathered;
use funnel::{Funnels, Glance};
use journeys::Ways;
use matcher::Matcher;
use members::Members;
pub(crate) use sets::{Sets, SetsOfDay};
use table::Table;
use visits::{Frequency, Visits};

/// The running answer to one question about order. Batches hold whole visitors, as they come from storage.
#[derive(Debug)]
pub struct Tracing {
    base: Query,
    columns: Columns,
    asked: Matcher,
    operator: Operator,
    table: Table,
    visits: Vec<Facts>,
    following: Option<(Following, Arc<Links>)>,
    gathered: Gathered,
}

#[derive(Debug)]
enum Operator {
    Funnel(Box<Funnels>),
    Journeys(Ways),
    Visits(Visits),
    Credits(Credits),
    Frequency(Frequency),
    Members(Members),
}

impl Tracing {
    /// Nothing seen yet. Links matter only to a question that follows members.
    pub fn new(question: &Behaviour, links: &Arc<Links>) -> Tracing {
        let mut columns = Columns::default();
        columns.add(Dimension::Event);
        columns.slot |= question.base.range.slots.is_some();
        columns_of_filter(&question.base.filter, &mut columns);
        let operator = match &question.about {
            About::Funnel(funnel) => Operator::Funnel(Box::new(Funnels::new(funnel, &mut columns))),
            About::Journeys(journeys) => Operator::Journeys(Ways::new(journeys, &mut columns)),
            About::Attribution(attribution) => Operator::Credits(Credits::new(attribution, &mut columns)),
            About::Visits => Operator::Visits(Visits::new(&mut columns)),
            About::Frequency(filter) => Operator::Frequency(Frequency::new(filter, false, &mut columns)),
            About::Present(filter) => Operator::Frequency(Frequency::new(filter, true, &mut columns)),
            About::Retention(_) | About::Followed(_) | About::Lifecycle(_) => {
                Operator::Members(Members::new(&question.about, &mut columns))
            }
        };
        if question.following.is_none() && matches!(operator, Operator::Members(_)) {
            (columns.marks, columns.marked) = (false, true);
        }
        Tracing {
            base: question.base.clone(),
            columns,
            asked: Matcher::new(&question.base.filter),
            operator,
            table: Table::default(),
            visits: Vec::new(),
            following: question.following.map(|following| (following, links.clone())),
            gathered: Gathered::default(),
        }
    }

    /// The table of everything seen. Where many members are followed, this is most of the work.
    ///
    /// # Errors
    /// When it has too many cells, or when the rows of followed members are too many to be gathered.
    pub fn finish(mut self, fresh_as_of: Timestamp) -> Result<RawTable, EvaluateError> {
        for chunk in std::mem::take(&mut self.gathered).chunks()? {
            self.begin(&chunk.batch);
            for (member, run) in chunk.members.iter().zip(chunk.batch.runs()) {
                self.unit(&chunk.batch, run, Some(*member));
            }
        }
        self.table.finish(fresh_as_of)
    }

    /// The rows that follow are of this batch.
    fn begin(&mut self, batch: &Batch) {
        self.asked.begin(batch);
        match &mut self.operator {
            Operator::Funnel(funnels) => funnels.begin(batch),
            Operator::Journeys(ways) => ways.begin(batch),
            Operator::Visits(_) | Operator::Members(_) => {}
            Operator::Credits(credits) => credits.begin(batch),
            Operator::Frequency(frequency) => frequency.begin(batch),
        }
    }

    /// The member that a visitor of the batch's day is, if they are followed.
    fn member(&self, batch: &Batch, visitor: u64) -> Option<Linked> {
        let (following, links) = self.following.as_ref()?;
        if batch.day < following.from {
            return None;
        }
        links.member(batch.day, Visitor(visitor))
    }

    /// Looks at visitors who have marks: of others nothing is told of members.
    fn marked(&mut self, batch: &Batch) {
        let Operator::Members(members) = &self.operator else { return };
        let (mut left, mut visit) = (batch.marked.as_slice(), 0);
        while let Some((row, _)) = left.first() {
            while batch.visits[visit].end <= *row {
                visit += 1;
            }
            let run = batch.run_of_visit(visit);
            let of_run;
            let count = left.iter().take_while(|(row, _)| (*row as usize) < run.rows.end).count();
            (of_run, left) = left.split_at(count);
            visit = run.visits.end;
            if run.visitor != 0 {
                let marks = of_run.iter().fold(Marks::NONE, |all, (_, marks)| all.with(*marks));
                self.table.next(Among::Day(batch.day), counts_for_floor(batch, run.rows, self.base.engagement));
                members.day(batch.day, marks, &mut self.table);
            }
        }
    }

    /// Looks at a visitor's day. Most visitors of a funnel come to its first step only, or to none: they are told of by
    /// a look at a column.
    fn visitor(&mut self, batch: &Batch, run: Run) {
        let asks_all = asks_all(&self.base, &self.asked) && self.following.is_none();
        if let Operator::Funnel(funnels) = &mut self.operator {
            match funnels.glance(&run.rows, asks_all) {
                Glance::Nothing => return,
                Glance::Begins(row) => {
                    let counts_for_floor = counts_for_floor(batch, run.rows, self.base.engagement);
                    self.table.next(Among::Day(batch.day), counts_for_floor);
                    return funnels.begins(&self.base, batch, row, &mut self.table);
                }
                Glance::More => {}
            }
        }
        self.unit(batch, run, None);
    }

    fn unit(&mut self, batch: &Batch, run: Run, member: Option<Linked>) {
        self.visits.clear();
        for visit in run.visits {
            let rows = batch.rows_of(visit);
            self.visits.push(match self.columns.ends {
                true => Facts::of(batch, rows, self.base.pageview, self.base.engagement),
                false => Facts { rows, ..Facts::default() },
            });
        }
        let following = self.following.as_ref().map(|(following, _)| following);
        let unit = Unit {
            base: &self.base,
            batch,
            asked: &self.asked,
            visits: &self.visits,
            among: member.map_or(Among::Day(batch.day), |member| Among::Period(member.period)),
            follows: following.is_some(),
            asks_all: asks_all(&self.base, &self.asked),
            end_s: member.zip(following).map(|(member, following)| following.end_s(member, &self.base.zone)),
        };
        self.table.next(unit.among, counts_for_floor(batch, run.rows, self.base.engagement));
        match &mut self.operator {
            Operator::Funnel(funnels) => funnels.unit(&unit, &mut self.table),
            Operator::Journeys(ways) => ways.unit(&unit, &mut self.table),
            Operator::Credits(credits) => credits.unit(&unit, &mut self.table),
            Operator::Visits(visits) => visits.unit(&unit, &mut self.table),
            Operator::Frequency(frequency) => frequency.unit(&unit, &mut self.table),
            Operator::Members(members) => members.unit(&unit, &mut self.table),
        }
    }
}

impl Pass for Tracing {
    fn columns(&self) -> Columns {
        self.columns
    }

    fn batch(&mut self, batch: &Batch) {
        let range = &self.base.range;
        if batch.day < range.from || range.to < batch.day {
            return;
        }
        self.begin(batch);
        if self.following.is_none() && matches!(self.operator, Operator::Members(_)) {
            self.marked(batch);
            return;
        }
        let mut followed = Vec::new();
        // Nobody has no order.
        for run in batch.runs().filter(|run| run.visitor != 0) {
            match self.member(batch, run.visitor) {
                Some(member) => followed.push((member, run)),
                None => self.visitor(batch, run),
            }
        }
        match &self.operator {
            Operator::Members(_) => self.gathered.add_days(batch, &followed, self.base.engagement),
            _ => self.gathered.add(batch, &followed),
        }
    }

    fn merge(mut self, other: Tracing) -> Tracing {
        self.table.merge(other.table);
        self.gathered.merge(other.gathered);
        self
    }
}

/// What one visitor did on one day, or one followed member on several.
struct Unit<'a> {
    base: &'a Query,
    batch: &'a Batch,
    asked: &'a Matcher,
    visits: &'a [Facts],
    among: Among,
    follows: bool,
    /// The question has no filter and no slots.
    asks_all: bool,
    /// Up to when it is known what a followed member does.
    end_s: Option<u64>,
}

impl Unit<'_> {
    fn is_member(&self) -> bool {
        matches!(self.among, Among::Period(_))
    }

    /// True if the row lies in the time asked about and fulfils the question's filter.
    fn is_asked(&self, row: usize, visit: &Facts) -> bool {
        self.asks_all || in_slots(self.base.range.slots, self.batch, row) && self.asked.matches(self.batch, row, visit)
    }

    fn is_engagement(&self, row: usize) -> bool {
        term(self.batch, Dimension::Event, row) == self.base.engagement
    }

    /// True if some row of the visit besides engagements is asked about.
    fn is_visit_asked(&self, visit: &Facts) -> bool {
        visit.rows.clone().any(|row| !self.is_engagement(row) && self.is_asked(row, visit))
    }

    /// The value of a group that has one value for each event; NONE for lists and times.
    fn value(&self, group: Group, row: usize, visit: &Facts) -> Term {
        match group {
            Group::Dimension(dimension) => term(self.batch, dimension, row),
            Group::Visit(field) => visit.field(self.batch, field),
            Group::Property(key) => property(self.batch, key, row),
            Group::Language | Group::Tag | Group::Time(_) => Term::NONE,
        }
    }
}

/// The question has no filter and no slots.
fn asks_all(base: &Query, asked: &Matcher) -> bool {
    base.range.slots.is_none() && asked.is_all()
}

/// True if something besides engagements counts for floors.
fn counts_for_floor(batch: &Batch, rows: Range<usize>, engagement: Term) -> bool {
    let names = &batch.terms[Dimension::Event.index()][rows.clone()];
    let mut of_rows = batch.flags[rows].iter().zip(names);
    of_rows.any(|(flags, name)| flags.has(Flags::COUNTS_FOR_FLOOR) && *name != engagement)
}

/// A matcher for the filter, whose columns are asked for.
fn matcher(filter: &outis_insight::Filter, columns: &mut Columns) -> Matcher {
    columns_of_filter(filter, columns);
    Matcher::new(filter)
}

/// Asks for what a group's value is read from.
fn ask_for(group: Option<Group>, columns: &mut Columns) {
    if let Some(group) = group {
        columns_of_group(group, columns);
    }
}
