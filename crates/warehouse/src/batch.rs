//! Rows of one partition in visitor order, as columns: what storage hands to the operators.

use outis_event::{Day, Dimension, Flags, Marks, Property, Slot, Term};

/// Rows of one (site, local day), sorted by (visitor, visit, ordinal). A batch holds whole visitors only, and no
/// visitor of a partition is in two batches. Rows of nobody (visitor 0) come first, each with visit 0 and no order.
///
/// All columns have the same length, or are empty when they were not asked for (see [`Columns`]).
#[derive(Clone, Debug, Default)]
pub struct Batch {
    /// The partition's day.
    pub day: Day,
    /// The day of each row where followed members' rows of several days were gathered; else empty.
    pub days: Vec<Day>,
    /// Number of rows.
    pub rows: usize,
    /// The day's visitor number; runs of equal numbers are one visitor. 0: nobody.
    pub visitor: Vec<u64>,
    /// Visit within the visitor's day, from 0.
    pub visit: Vec<u16>,
    /// Whole seconds since the visit's first event.
    pub since_s: Vec<u32>,
    /// The 15-minute slot.
    pub slot: Vec<Slot>,
    /// Flags.
    pub flags: Vec<Flags>,
    /// One column per dimension, at [`Dimension::index`]. Those of the visit carry the first event's term in all rows.
    pub terms: Vec<Vec<Term>>,
    /// Deepest scroll position, 255 = unknown.
    pub scroll: Vec<u8>,
    /// Engaged seconds.
    pub engaged_s: Vec<u32>,
    /// Revenue in thousandths; 0 with `currency` NONE = none.
    pub revenue_milli: Vec<i64>,
    /// Currency of the revenue.
    pub currency: Vec<Term>,
    /// Languages of each row.
    pub languages: Ragged<Term>,
    /// Tags of each row.
    pub tags: Ragged<Term>,
    /// Properties of each row.
    pub properties: Ragged<Property>,
    /// Marks of the member.
    pub marks: Vec<Marks>,
}

impl Batch {
    /// The day of a row.
    pub fn day_of(&self, row: usize) -> Day {
        self.days.get(row).copied().unwrap_or(self.day)
    }
}

/// A list per row.
#[derive(Clone, Debug, Default)]
pub struct Ragged<T> {
    /// `rows + 1` positions into `values`; empty when not asked for.
    pub offsets: Vec<u32>,
    /// All lists, one after the other.
    pub values: Vec<T>,
}

impl<T> Ragged<T> {
    /// The list of a row; empty when the column was not asked for.
    pub fn of(&self, row: usize) -> &[T] {
        match (self.offsets.get(row), self.offsets.get(row + 1)) {
            (Some(&a), Some(&b)) => &self.values[a as usize..b as usize],
            _ => &[],
        }
    }

    /// Adds the list of the next row.
    pub fn push(&mut self, list: impl IntoIterator<Item = T>) {
        if self.offsets.is_empty() {
            self.offsets.push(0);
        }
        self.values.extend(list);
        self.offsets.push(u32::try_from(self.values.len()).unwrap_or(u32::MAX));
    }
}

/// The columns a question needs. `visitor`, `visit` and `flags` always come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// Bit per [`Dimension::index`].
    pub dimensions: u64,
    /// Seconds since the visit began.
    pub since: bool,
    /// Slots.
    pub slot: bool,
    /// Scroll positions.
    pub scroll: bool,
    /// Engaged seconds.
    pub engaged: bool,
    /// Revenue and currency.
    pub revenue: bool,
    /// Languages.
    pub languages: bool,
    /// Tags.
    pub tags: bool,
    /// Properties.
    pub properties: bool,
    /// Marks of members.
    pub marks: bool,
}

impl Columns {
    /// Everything.
    pub const ALL: Columns = Columns {
        dimensions: (1 << Dimension::COUNT) - 1,
        since: true,
        slot: true,
        scroll: true,
        engaged: true,
        revenue: true,
        languages: true,
        tags: true,
        properties: true,
        marks: true,
    };

    /// Also this dimension.
    pub fn add(&mut self, dimension: Dimension) {
        self.dimensions |= 1 << dimension.index();
    }

    /// True if the dimension is asked for.
    pub fn has(self, dimension: Dimension) -> bool {
        self.dimensions >> dimension.index() & 1 == 1
    }
}
