//! The table in the making: counts, and the most persons that are surely different ones.

use outis_event::{Day, Timestamp};
use outis_insight::EvaluateError;
use outis_insight::behaviour::{Among, Cell, RawTable, Stop, Tally};

use super::super::hash::Fast;

/// Most cells of a table.
const MOST_CELLS: usize = 1_000_000;
/// Most cells that an operator has places for.
const MOST_KNOWN: usize = 1 << 16;
/// Most places of ways, each of which may be two cells.
const MOST_WAYS: usize = MOST_CELLS / 8;

/// Cells by places that an operator has for them, up to a limit: where they are in the table, counted from 1.
#[derive(Debug, Default)]
pub(super) struct Known(Vec<u32>);

/// Counts of everything seen so far. Visitors come one after the other, days and periods too.
#[derive(Debug)]
pub(super) struct Table {
    places: Fast<Cell, u32>,
    running: Vec<Running>,
    ways: Ways,
    by: By,
    /// Some way was left out because there were too many.
    lost_ways: bool,
}

/// Ways through visits as a tree: of each place the one before, the stop, and those who came by and who ended there.
#[derive(Debug, Default)]
struct Ways {
    next: Fast<(u32, Stop), u32>,
    places: Vec<Place>,
}

#[derive(Debug)]
struct Place {
    /// 0: none, else the place before, counted from 1.
    before: u32,
    stop: Stop,
    by: Running,
    ended: Running,
}

impl Ways {
    /// The place, counted from 1, of a stop behind a place.
    fn place(&mut self, before: u32, stop: Stop) -> u32 {
        *self.next.entry((before, stop)).or_insert_with(|| {
            self.places.push(Place { before, stop, by: Running::default(), ended: Running::default() });
            u32::try_from(self.places.len()).unwrap_or(u32::MAX)
        })
    }

    fn stops(&self, place: &Place) -> Box<[Stop]> {
        let mut stops = vec![place.stop];
        let mut before = place.before;
        while let Some(place) = before.checked_sub(1).and_then(|at| self.places.get(at as usize)) {
            stops.push(place.stop);
            before = place.before;
        }
        stops.reverse();
        stops.into()
    }

    /// Takes in ways of other days. A place lies behind the one before it.
    fn merge(&mut self, other: Ways) {
        let mut mine: Vec<u32> = Vec::with_capacity(other.places.len());
        for theirs in &other.places {
            let before = theirs.before.checked_sub(1).map_or(0, |at| mine[at as usize]);
            let place = self.place(before, theirs.stop);
            mine.push(place);
            let own = &mut self.places[place as usize - 1];
            own.by.merge(&theirs.by);
            own.ended.merge(&theirs.ended);
        }
    }
}

/// Whom what is added is of.
#[derive(Clone, Copy, Debug)]
struct By {
    /// The visitor in hand; visitors are numbered from 1 through all days.
    visitor: u64,
    counts_for_floor: bool,
    among: Among,
}

#[derive(Clone, Copy, Debug)]
struct Running {
    count: u64,
    /// The last visitor that was counted as a person.
    last: u64,
    among: Among,
    persons_among: u64,
    most_persons: u64,
}

impl Default for Table {
    fn default() -> Table {
        let among = Among::Day(Day::default());
        Table {
            places: Fast::default(),
            running: Vec::new(),
            ways: Ways::default(),
            by: By { visitor: 0, counts_for_floor: false, among },
            lost_ways: false,
        }
    }
}

impl Default for Running {
    fn default() -> Running {
        let among = Among::Day(Day::default());
        Running { count: 0, last: 0, among, persons_among: 0, most_persons: 0 }
    }
}

impl Running {
    fn persons(&self) -> u64 {
        self.most_persons.max(self.persons_among)
    }

    fn merge(&mut self, other: &Running) {
        self.count += other.count;
        self.most_persons = self.most_persons.max(other.persons());
    }

    #[inline]
    fn add(&mut self, count: u64, by: &By) {
        self.count += count;
        if !by.counts_for_floor || self.last == by.visitor {
            return;
        }
        self.last = by.visitor;
        if self.among != by.among {
            self.most_persons = self.persons();
            self.persons_among = 0;
            self.among = by.among;
        }
        self.persons_among += 1;
    }
}

impl Table {
    /// What is added from now on is of the next visitor, or the next member.
    pub(super) fn next(&mut self, among: Among, counts_for_floor: bool) {
        let visitor = self.by.visitor + 1;
        self.by = By { visitor, counts_for_floor, among };
    }

    pub(super) fn add(&mut self, cell: Cell, count: u64) {
        let place = self.place(cell);
        self.running[place as usize].add(count, &self.by);
    }

    /// Adds to the cell that `known` has at a place of its own, so that it is looked up once only.
    pub(super) fn add_known(&mut self, known: &mut Known, at: usize, count: u64, cell: impl FnOnce() -> Cell) {
        if at >= MOST_KNOWN {
            return self.add(cell(), count);
        }
        if known.0.len() <= at {
            known.0.resize(at + 1, 0);
        }
        let place = match known.0[at].checked_sub(1) {
            Some(place) => place,
            None => {
                let place = self.place(cell());
                known.0[at] = place + 1;
                place
            }
        };
        self.running[place as usize].add(count, &self.by);
    }

    fn place(&mut self, cell: Cell) -> u32 {
        let next = u32::try_from(self.running.len()).unwrap_or(u32::MAX);
        let place = *self.places.entry(cell).or_insert(next);
        if place == next {
            self.running.push(Running::default());
        }
        place
    }

    /// Takes in counts of other days.
    pub(super) fn merge(&mut self, other: Table) {
        self.lost_ways |= other.lost_ways;
        for (cell, theirs) in other.places {
            let place = self.place(cell);
            self.running[place as usize].merge(&other.running[theirs as usize]);
        }
        self.ways.merge(other.ways);
    }

    /// Adds a way through a visit, and with it the ways it begins with. If there are too many different ones, none is
    /// told: some would be counted from late on only.
    pub(super) fn add_way(&mut self, stops: &[Stop]) {
        self.lost_ways |= self.ways.places.len() >= MOST_WAYS;
        if self.lost_ways {
            return;
        }
        let mut place = 0;
        for stop in stops {
            place = self.ways.place(place, *stop);
            self.ways.places[place as usize - 1].by.add(1, &self.by);
        }
        if let Some(last) = place.checked_sub(1) {
            self.ways.places[last as usize].ended.add(1, &self.by);
        }
    }

    fn ways(&self) -> impl Iterator<Item = (Cell, Running)> {
        self.ways.places.iter().filter(|_| !self.lost_ways).flat_map(|place| {
            let stops = self.ways.stops(place);
            let whole = (place.ended.count > 0).then(|| (Cell::Way { stops: stops.clone(), whole: true }, place.ended));
            [Some((Cell::Way { stops, whole: false }, place.by)), whole].into_iter().flatten()
        })
    }

    pub(super) fn finish(mut self, fresh_as_of: Timestamp) -> Result<RawTable, EvaluateError> {
        let ways: Vec<(Cell, Running)> = self.ways().collect();
        let cells = std::mem::take(&mut self.places).into_iter();
        let cells: Vec<(Cell, Running)> =
            cells.map(|(cell, at)| (cell, self.running[at as usize])).chain(ways).collect();
        if cells.len() > MOST_CELLS {
            return Err(EvaluateError::TooLarge { most_rows: MOST_CELLS });
        }
        let tally = |running: Running| Tally { count: running.count, persons: running.persons() };
        let cells = cells.into_iter().map(|(cell, running)| (cell, tally(running)));
        Ok(RawTable::new(cells.collect(), fresh_as_of))
    }
}
