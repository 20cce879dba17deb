//! Journeys in words.

use outis_event::{Dimension, Term, Vocabulary};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::super::error::bad;
use super::super::present::{Hidden, Kind, in_words};
use super::super::request::{Period, read};
use super::super::resolve::{Resolved, within};
use super::super::selector::pages;
use super::super::{Context, RequestError, Selector};
use super::common::{HowTraced, base, hidden, how, select};
use super::{Asked, Words as AllWords};
use crate::ShownKey;
use crate::attribute::{Attribute, OTHER};
use crate::behaviour::{About, Behaviour, Cell, Direction, Journeys, MAX_DEPTH, ShownTable, Stop};

/// Most groups of pages.
const MAX_GROUPS: usize = 20;
/// Longest name of a group of pages, in bytes.
const MAX_NAME_BYTES: usize = 100;

/// Which ways visits take from page to page. Unknown keys are refused.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JourneysRequest {
    /// The site's domain.
    pub site: String,
    /// What time is asked about.
    pub period: Period,
    /// `forward` (the default), `backward` or `between`.
    #[serde(default)]
    pub direction: Option<String>,
    /// Where ways begin. `forward`: default is the beginning of the visit; `between`: required.
    #[serde(default)]
    pub from: Option<Selector>,
    /// Where ways end. `backward` and `between`: required.
    #[serde(default)]
    pub to: Option<Selector>,
    /// What stops are: `pages` (the default), `events` or `both`.
    #[serde(default)]
    pub unit: Option<String>,
    /// How many stops are looked at, 2 to 10. Default: 5.
    #[serde(default)]
    pub depth: Option<u32>,
    /// How many stops of a column, and how many paths, are told singly, 3 to 20. Default: 8.
    #[serde(default)]
    pub top: Option<u32>,
    /// A stop that is the same as the one before is none. Default: true.
    #[serde(default)]
    pub collapse_repeats: Option<bool>,
    /// Pages that are one stop together; a page is in the first group that fits. At most 20.
    #[serde(default)]
    pub groups: Vec<PageGroup>,
    /// Conditions, all of which some event of the visit fulfils.
    #[serde(default)]
    #[schema(value_type = Vec<Vec<Object>>)]
    pub filters: Vec<serde_json::Value>,
}

/// Pages that are one stop together.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PageGroup {
    /// What it is called, at most 100 bytes.
    pub name: String,
    /// Its pages; `*` stands for any characters but a slash, `**` for any.
    pub pattern: String,
}

impl JourneysRequest {
    pub(super) fn parse(body: &[u8]) -> Result<JourneysRequest, RequestError> {
        let known = "site, period, direction, from, to, unit, depth, top, collapse_repeats, groups, filters; site and \
                     period are required";
        read(body, known)
    }

    pub(super) fn resolve(&self, context: &Context<'_>) -> Resolved<Asked> {
        let (base, mut frame) = base(context, &self.period, &self.filters)?;
        frame.unit = "visits";
        let mut narrowed = Vec::new();
        let mut one = |selector: &Option<Selector>, place| {
            selector.as_ref().map(|selector| select(selector, context, &mut narrowed, place)).transpose()
        };
        let (from, to) = (one(&self.from, "/from")?, one(&self.to, "/to")?);
        let direction = match (self.direction.as_deref().unwrap_or("forward"), from, to) {
            ("forward", from, None) => Direction::Forward(from),
            ("backward", None, Some(to)) => Direction::Backward(to),
            ("between", Some(from), Some(to)) => Direction::Between(from, to),
            _ => {
                let works = "forward takes from, backward takes to, between takes both";
                return bad("direction_malformed", works).map_err(|e: RequestError| e.below("/direction"));
            }
        };
        let (pages, events) = match self.unit.as_deref() {
            None | Some("pages") => (true, false),
            Some("events") => (false, true),
            Some("both") => (true, true),
            Some(_) => {
                return bad("unit_unknown", "units are pages, events, both")
                    .map_err(|e: RequestError| e.below("/unit"));
            }
        };
        let depth = within(self.depth, 5, 2, MAX_DEPTH as u32, "depth_out_of_range", "depth is 2 to 10")
            .map_err(|error| error.below("/depth"))?;
        let top = within(self.top, 8, 3, 20, "top_out_of_range", "top is 3 to 20").map_err(|e| e.below("/top"))?;
        let journeys = Journeys {
            direction,
            pages,
            events,
            depth,
            collapse_repeats: self.collapse_repeats.unwrap_or(true),
            page_groups: self.page_groups(context)?,
        };
        let groups = self.groups.iter().map(|group| group.name.clone()).collect();
        let words = Words { depth, top, groups, direction: self.direction() };
        let behaviour = Behaviour { base, about: About::Journeys(journeys), narrowed };
        Ok(Asked { behaviour, words: AllWords::Journeys(words), frame })
    }

    fn direction(&self) -> &'static str {
        match self.direction.as_deref() {
            Some("backward") => "backward",
            Some("between") => "between",
            _ => "forward",
        }
    }

    fn page_groups(&self, context: &Context<'_>) -> Resolved<Vec<crate::TermSet>> {
        let wrong = |works| bad("group_malformed", works).map_err(|error: RequestError| error.below("/groups"));
        if self.groups.len() > MAX_GROUPS {
            return wrong("at most 20 groups of pages");
        }
        let mut sets = Vec::new();
        for group in &self.groups {
            if group.name.is_empty() || group.name.len() > MAX_NAME_BYTES || !group.pattern.starts_with('/') {
                return wrong("a group has a name of 1 to 100 bytes and a pattern that begins with a slash");
            }
            match pages(&group.pattern, context) {
                Ok(set) => sets.push(set),
                Err(_) => return wrong("a page pattern is at most 512 bytes"),
            }
        }
        Ok(sets)
    }
}

/// What is needed to put journeys into words.
#[derive(Clone, Debug)]
pub(super) struct Words {
    depth: usize,
    top: usize,
    groups: Vec<String>,
    direction: &'static str,
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
    pub(super) fn present(&self, asked: &Asked, words: &Vocabulary, shown: &ShownTable) -> JourneysAnswer {
        let columns: Vec<Vec<Stop>> = (0..self.depth).map(|column| self.column(shown, column as u8)).collect();
        let columns: Vec<Vec<Stop>> = columns.into_iter().take_while(|column| !column.is_empty()).collect();
        let mut how = how(&asked.behaviour, &asked.frame, shown, None, None);
        how.mode = Some(self.direction);
        JourneysAnswer {
            flows: flows(&columns, shown),
            columns: columns
                .iter()
                .enumerate()
                .map(|(at, stops)| stops.iter().map(|stop| self.stop(words, shown, at as u8, stops, *stop)).collect())
                .collect(),
            paths: self.paths(words, shown),
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
