//! From a shown table to journeys in words.

use outis_event::{Dimension, Term, Vocabulary};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::super::present::{Hidden, Kind, in_words};
use super::super::Asked;
use super::super::common::{HowTraced, hidden, how};
use super::prefix;
use crate::ShownKey;
use crate::attribute::{Attribute, OTHER};
use crate::behaviour::{Cell, ShownTable, Stop};

/// What is needed to put journeys into words.
#[derive(Clone, Debug)]
pub(in super::super) struct Words {
    pub(super) depth: usize,
    pub(super) top: usize,
    pub(super) groups: Vec<String>,
    /// Only ways that begin like this are told.
    pub(super) prefix: Vec<Stop>,
    pub(super) direction: &'static str,
}

/// Journeys.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct JourneysAnswer {
    /// Per column the stops, most visits first. Columns go the way that was asked for, so backwards from `to`.
    pub columns: Vec<Vec<JourneyStop>>,
    /// From a stop of a column to one of the next.
    pub flows: Vec<JourneyFlow>,
    /// Whole ways as far as they are looked at, most visits first.
    pub paths: Vec<JourneyPath>,
    /// All visits that have a way.
    pub visits: Option<u64>,
    /// What is not shown.
    pub hidden: Hidden,
    /// How the answer came about.
    pub how: HowTraced,
}

/// A stop of a column.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct JourneyStop {
    /// The page, event or group.
    pub key: String,
    /// What kind of key.
    pub kind: Kind,
    /// Visits that are there.
    pub visits: Option<u64>,
    /// Visits whose way goes no further.
    pub dropped: Option<u64>,
    /// It is a group of pages.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub group: bool,
}

/// Visits that go from one stop to another.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct JourneyFlow {
    /// The first one's column.
    pub column: usize,
    /// Its place in this column.
    pub from: usize,
    /// The other one's place in the next column.
    pub to: usize,
    /// How many.
    pub visits: u64,
}

/// A way.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct JourneyPath {
    /// Its stops.
    pub steps: Vec<String>,
    /// How many visits took it.
    pub visits: u64,
}

impl Words {
    pub(in super::super) fn present(&self, asked: &Asked, words: &Vocabulary, shown: &ShownTable) -> JourneysAnswer {
        let narrowed = (!self.prefix.is_empty()).then(|| prefix::narrowed(shown, &self.prefix, self.depth));
        let shown = narrowed.as_ref().unwrap_or(shown);
        let columns: Vec<Vec<Stop>> = (0..self.depth).map(|column| self.column(shown, column as u8)).collect();
        let columns: Vec<Vec<Stop>> = columns.into_iter().take_while(|column| !column.is_empty()).collect();
        let mut how = how(&asked.behaviour, &asked.frame, shown, None, None);
        how.mode = Some(self.direction);
        let paths = self.paths(words, shown);
        if paths.is_empty() && shown.of(&Cell::All).is_some_and(|visits| visits > 0) {
            how.notes.push("no single path can be told: too few visits took each, or there are too many".to_owned());
        }
        if !self.prefix.is_empty() {
            let note =
                "behind the first stop that follows the chosen ones, only ways that may be told singly are counted";
            how.notes.push(note.to_owned());
        }
        JourneysAnswer {
            flows: flows(&columns, shown),
            columns: columns
                .iter()
                .enumerate()
                .map(|(at, stops)| stops.iter().map(|stop| self.stop(words, shown, at as u8, stops, *stop)).collect())
                .collect(),
            paths,
            visits: shown.of(&Cell::All),
            hidden: hidden(shown),
            how,
        }
    }

    /// The stops that are told singly, most visits first, and behind them the others together if there are any.
    fn column(&self, shown: &ShownTable, column: u8) -> Vec<Stop> {
        let mut stops: Vec<(Stop, u64)> = stops(shown, column).filter(|(stop, _)| *stop != Stop::Other).collect();
        stops.sort_by_key(|(stop, visits)| (std::cmp::Reverse(*visits), *stop));
        let told: u64 = stops.iter().take(self.top).map(|(_, visits)| visits).sum();
        let has_others =
            stops.len() > self.top || all(shown, column) > told && shown.cells.contains_key(&other(column));
        let singly = stops.into_iter().take(self.top).map(|(stop, _)| stop);
        singly.chain(has_others.then_some(Stop::Other)).collect()
    }

    fn stop(&self, words: &Vocabulary, shown: &ShownTable, column: u8, all_stops: &[Stop], stop: Stop) -> JourneyStop {
        let (key, kind) = self.say(words, stop);
        let of = |stop: Stop| shown.of(&Cell::Stop { column, stop });
        let ends = |stop: Stop| shown.of(&Cell::Flow { column, from: stop, to: None });
        let others = || {
            stops(shown, column).map(|(stop, _)| stop).filter(|stop| *stop == Stop::Other || !all_stops.contains(stop))
        };
        let (visits, dropped) = match stop {
            Stop::Other => {
                (Some(others().filter_map(of).sum()), others().map(ends).try_fold(0, |all, ends| Some(all + ends?)))
            }
            stop => (of(stop), ends(stop)),
        };
        let is_last = usize::from(column) + 1 == self.depth;
        JourneyStop { key, kind, visits, dropped: dropped.filter(|_| !is_last), group: matches!(stop, Stop::Group(_)) }
    }

    fn paths(&self, words: &Vocabulary, shown: &ShownTable) -> Vec<JourneyPath> {
        let mut ways: Vec<(&[Stop], u64)> = shown
            .cells
            .iter()
            .filter_map(|(cell, visits)| match cell {
                Cell::Way { stops, whole: true } => Some((&**stops, *visits)),
                _ => None,
            })
            .collect();
        ways.sort_by_key(|(stops, visits)| (std::cmp::Reverse(*visits), *stops));
        let path = |(stops, visits): (&[Stop], u64)| JourneyPath {
            steps: stops.iter().map(|stop| self.say(words, *stop).0).collect(),
            visits,
        };
        ways.into_iter().take(self.top).map(path).collect()
    }

    fn say(&self, words: &Vocabulary, stop: Stop) -> (String, Kind) {
        let of = |dimension, term: Term| in_words(words, Attribute::Dimension(dimension), ShownKey::Term(term));
        match stop {
            Stop::Page(page) => of(Dimension::Page, page),
            Stop::Event(name) => of(Dimension::Event, name),
            Stop::Group(group) => (self.groups.get(usize::from(group)).cloned().unwrap_or_default(), Kind::Value),
            Stop::Other => (OTHER.to_owned(), Kind::Other),
        }
    }
}

fn other(column: u8) -> Cell {
    Cell::Stop { column, stop: Stop::Other }
}

fn stops(shown: &ShownTable, column: u8) -> impl Iterator<Item = (Stop, u64)> {
    shown.cells.iter().filter_map(move |(cell, visits)| match cell {
        Cell::Stop { column: of, stop } if *of == column => Some((*stop, *visits)),
        _ => None,
    })
}

fn all(shown: &ShownTable, column: u8) -> u64 {
    stops(shown, column).map(|(_, visits)| visits).sum()
}

/// What goes between stops that are told singly. Flows from and to the others are not told: they are what is left.
fn flows(columns: &[Vec<Stop>], shown: &ShownTable) -> Vec<JourneyFlow> {
    let mut flows = Vec::new();
    for (column, pair) in columns.windows(2).enumerate() {
        for (from, stop) in pair[0].iter().enumerate().filter(|(_, stop)| **stop != Stop::Other) {
            let mut told = 0;
            for (to, next) in pair[1].iter().enumerate().filter(|(_, next)| **next != Stop::Other) {
                let flow = Cell::Flow { column: column as u8, from: *stop, to: Some(*next) };
                if let Some(visits) = shown.of(&flow).filter(|visits| *visits > 0) {
                    flows.push(JourneyFlow { column, from, to, visits });
                    told += visits;
                }
            }
            let [here, ends] = [
                Cell::Stop { column: column as u8, stop: *stop },
                Cell::Flow { column: column as u8, from: *stop, to: None },
            ]
            .map(|cell| shown.of(&cell));
            let left = here.zip(ends).map_or(0, |(here, ends)| here.saturating_sub(ends + told));
            if let (Some(Stop::Other), true) = (pair[1].last(), left > 0) {
                flows.push(JourneyFlow { column, from, to: pair[1].len() - 1, visits: left });
            }
        }
    }
    flows
}
