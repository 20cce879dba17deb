//! The columns of a file: their names, physical types, encodings, and the numbers that are written.

use std::ops::Range;

use outis_event::{AnonymousEvent, Day, Dimension, Flags, Marks, Property, ShiftedClock, Slot, Term};
use parquet::basic::{Encoding, Type as Physical};
use parquet::data_type::ByteArray;

use crate::rows::Rows;
use crate::{Columns, Ragged};

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Rows of an open day, sorted by (visitor, shifted clock).
    Small,
    /// Rows of a closed day, sorted by (visitor, visit, ordinal); no clock. Who did what is told by their visits.
    Closed,
}

/// A column of a file. In small files all are required and flat; lists are bytes of variable-length integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Column {
    /// Small only.
    Visitor,
    /// Small only: shifted seconds, as steps within the visitor.
    Seconds,
    /// Small only.
    Tie,
    /// Closed only: seconds since the visit began, as steps within the visit.
    Since,
    /// As steps within visitor (small) or visit (closed), the first counted from the day's base.
    Slot,
    Flags,
    Term(Dimension),
    /// Position + 1; 0 = unknown.
    Scroll,
    Engaged,
    Revenue,
    Currency,
    Languages,
    Tags,
    Properties,
    Marks,
}

/// The numbers of a column as they are written.
pub(crate) enum Values {
    Int(Vec<i32>),
    Long(Vec<i64>),
    Bytes(Vec<ByteArray>),
}

impl Column {
    /// Every column a file of this kind can have. The visitor comes first: others are read with its help.
    pub(crate) fn of(kind: Kind) -> Vec<Column> {
        let mut all = Vec::new();
        let dimensions = |are: fn(&Dimension) -> bool| Dimension::ALL.iter().copied().filter(are).map(Column::Term);
        match kind {
            Kind::Small => {
                all.extend([Column::Visitor, Column::Seconds, Column::Tie, Column::Slot, Column::Flags, Column::Marks]);
                all.extend(dimensions(|_| true));
            }
            // What many questions read lies together, and what takes most comes late.
            Kind::Closed => {
                all.extend([Column::Flags, Column::Marks, Column::Term(Dimension::Event)]);
                all.extend(dimensions(|dimension| dimension.is_of_visit()));
                all.extend([Column::Slot, Column::Since]);
                all.extend(dimensions(|dimension| !dimension.is_of_visit() && *dimension != Dimension::Event));
            }
        }
        all.extend([Column::Scroll, Column::Engaged, Column::Revenue, Column::Currency]);
        all.extend([Column::Languages, Column::Tags, Column::Properties]);
        all
    }

    /// The name in the file.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Column::Visitor => "visitor",
            Column::Seconds => "seconds",
            Column::Tie => "tie",
            Column::Since => "since",
            Column::Slot => "slot",
            Column::Flags => "flags",
            Column::Term(dimension) => dimension.key(),
            Column::Scroll => "scroll",
            Column::Engaged => "engaged",
            Column::Revenue => "revenue",
            Column::Currency => "currency",
            Column::Languages => "languages",
            Column::Tags => "tags",
            Column::Properties => "properties",
            Column::Marks => "marks",
        }
    }

    pub(crate) fn physical(self) -> Physical {
        match self {
            Column::Visitor | Column::Revenue | Column::Marks => Physical::INT64,
            Column::Languages | Column::Tags | Column::Properties => Physical::BYTE_ARRAY,
            _ => Physical::INT32,
        }
    }

    /// How the column is written in a small file, if not by a dictionary.
    pub(crate) fn encoding(self) -> Option<Encoding> {
        match self {
            Column::Seconds | Column::Since | Column::Slot | Column::Engaged => Some(Encoding::BYTE_STREAM_SPLIT),
            _ => None,
        }
    }

    /// True if a question that needs `columns` needs this one.
    pub(crate) fn is_wanted(self, columns: Columns) -> bool {
        match self {
            Column::Visitor | Column::Seconds | Column::Tie | Column::Flags => true,
            Column::Since => columns.since,
            Column::Slot => columns.slot,
            Column::Term(dimension) => columns.has(dimension),
            Column::Scroll => columns.scroll,
            Column::Engaged => columns.engaged,
            Column::Revenue | Column::Currency => columns.revenue,
            Column::Languages => columns.languages,
            Column::Tags => columns.tags,
            Column::Properties => columns.properties,
            Column::Marks => columns.marks || columns.marked,
        }
    }

    /// True if some row has a value.
    pub(crate) fn is_present(self, rows: &Rows) -> bool {
        let b = &rows.batch;
        match self {
            Column::Visitor | Column::Seconds => true,
            Column::Tie => rows.clock.iter().any(|c| c.tie != 0),
            Column::Since => b.since_s.iter().any(|s| *s != 0),
            Column::Slot => !b.slot.is_empty(),
            Column::Flags => b.flags.iter().any(|f| f.0 != 0),
            Column::Term(dimension) => b.terms[dimension.index()].iter().any(|t| *t != Term::NONE),
            Column::Scroll => b.scroll.iter().any(|s| *s != AnonymousEvent::SCROLL_UNKNOWN),
            Column::Engaged => b.engaged_s.iter().any(|s| *s != 0),
            Column::Revenue => b.revenue_milli.iter().any(|r| *r != 0),
            Column::Currency => b.currency.iter().any(|c| *c != Term::NONE),
            Column::Languages => !b.languages.values.is_empty(),
            Column::Tags => !b.tags.values.is_empty(),
            Column::Properties => !b.properties.values.is_empty(),
            Column::Marks => b.marks.iter().any(|m| *m != Marks::NONE),
        }
    }

    /// The numbers of some rows for a small file. Columns left empty are written as absent values.
    pub(crate) fn encode(self, rows: &Rows, range: Range<usize>, day: Day) -> Values {
        let b = &rows.batch;
        let at = range.clone();
        let ints = |value: &dyn Fn(usize) -> u32| Values::Int(at.clone().map(|i| value(i) as i32).collect());
        match self {
            Column::Visitor => Values::Long(b.visitor[range].iter().map(|v| *v as i64).collect()),
            Column::Seconds => steps(rows, range, 0, |i| rows.clock[i].seconds),
            Column::Tie => ints(&|i| u32::from(rows.clock[i].tie)),
            Column::Since => steps(rows, range, 0, |i| b.since_s[i]),
            Column::Slot => steps(rows, range, base(day), |i| b.slot[i].0),
            Column::Flags => ints(&|i| b.flags.get(i).map_or(0, |f| u32::from(f.0))),
            Column::Term(dimension) => {
                let terms = &b.terms[dimension.index()];
                ints(&|i| terms.get(i).map_or(0, |t| t.0))
            }
            Column::Scroll => ints(&|i| b.scroll.get(i).map_or(0, |s| u32::from(s.wrapping_add(1)))),
            Column::Engaged => ints(&|i| b.engaged_s.get(i).copied().unwrap_or(0)),
            Column::Revenue => Values::Long(range.map(|i| b.revenue_milli.get(i).copied().unwrap_or(0)).collect()),
            Column::Currency => ints(&|i| b.currency.get(i).map_or(0, |c| c.0)),
            Column::Languages => lists(&b.languages, range, |t, out| put(out, t.0)),
            Column::Tags => lists(&b.tags, range, |t, out| put(out, t.0)),
            Column::Properties => lists(&b.properties, range, |p, out| {
                put(out, p.key.0);
                put(out, p.value.0);
            }),
            Column::Marks => Values::Long(range.map(|i| b.marks.get(i).map_or(0, |m| m.0 as i64)).collect()),
        }
    }

    /// Puts numbers that were read of a small file into the rows. The visitor must be there already.
    pub(crate) fn decode(self, values: Values, rows: &mut Rows, day: Day) {
        match values {
            Values::Int(values) => self.decode_ints(values, rows, day),
            Values::Long(values) => match self {
                Column::Visitor => rows.batch.visitor = values.into_iter().map(|v| v as u64).collect(),
                Column::Revenue => rows.batch.revenue_milli = values,
                _ => rows.batch.marks = values.into_iter().map(|v| Marks(v as u64)).collect(),
            },
            Values::Bytes(values) => {
                let b = &mut rows.batch;
                match self {
                    Column::Languages => b.languages = read_lists(&values, |bytes| Some(Term(take(bytes)?))),
                    Column::Tags => b.tags = read_lists(&values, |bytes| Some(Term(take(bytes)?))),
                    _ => {
                        b.properties = read_lists(&values, |bytes| {
                            Some(Property { key: Term(take(bytes)?), value: Term(take(bytes)?) })
                        });
                    }
                }
            }
        }
    }

    fn decode_ints(self, values: Vec<i32>, rows: &mut Rows, day: Day) {
        let ints = values.into_iter().map(|v| v as u32);
        match self {
            Column::Seconds => {
                let seconds = sums(rows, ints, 0);
                rows.clock = seconds.into_iter().map(|seconds| ShiftedClock { seconds, tie: 0 }).collect();
            }
            Column::Tie => {
                for (clock, tie) in rows.clock.iter_mut().zip(ints) {
                    clock.tie = tie as u16;
                }
            }
            Column::Since => rows.batch.since_s = sums(rows, ints, 0),
            Column::Slot => rows.batch.slot = sums(rows, ints, base(day)).into_iter().map(Slot).collect(),
            Column::Flags => rows.batch.flags = ints.map(|v| Flags(v as u8)).collect(),
            Column::Term(dimension) => rows.batch.terms[dimension.index()] = ints.map(Term).collect(),
            Column::Scroll => rows.batch.scroll = ints.map(|v| (v as u8).wrapping_sub(1)).collect(),
            Column::Engaged => rows.batch.engaged_s = ints.collect(),
            _ => rows.batch.currency = ints.map(Term).collect(),
        }
    }
}

/// The slot that a day's slots are counted from: before its start in every time zone.
pub(super) fn base(day: Day) -> u32 {
    day.0.wrapping_sub(1).wrapping_mul(96) as u32
}

/// True if the row is the first of its visitor, so that its numbers are written whole.
fn begins(rows: &Rows, row: usize) -> bool {
    let visitor = &rows.batch.visitor;
    row == 0 || visitor[row] == 0 || visitor[row] != visitor[row - 1]
}

fn steps(rows: &Rows, range: Range<usize>, base: u32, value: impl Fn(usize) -> u32) -> Values {
    let start = range.start;
    let step = |row: usize| {
        let before = if row == start || begins(rows, row) { base } else { value(row - 1) };
        value(row).wrapping_sub(before) as i32
    };
    Values::Int(range.map(step).collect())
}

fn sums(rows: &Rows, steps: impl Iterator<Item = u32>, base: u32) -> Vec<u32> {
    let mut value = base;
    let mut out = Vec::with_capacity(rows.len());
    for (row, step) in steps.enumerate() {
        value = if begins(rows, row) { base } else { value }.wrapping_add(step);
        out.push(value);
    }
    out
}

fn lists<T: Copy>(lists: &Ragged<T>, range: Range<usize>, write: impl Fn(T, &mut Vec<u8>)) -> Values {
    let list = |row| {
        let mut out = Vec::new();
        for value in lists.of(row) {
            write(*value, &mut out);
        }
        ByteArray::from(out)
    };
    Values::Bytes(range.map(list).collect())
}

fn read_lists<T: Copy>(values: &[ByteArray], read: impl Fn(&mut &[u8]) -> Option<T>) -> Ragged<T> {
    let mut out = Ragged { offsets: Vec::with_capacity(values.len() + 1), values: Vec::new() };
    out.offsets.push(0);
    let mut before: &[u8] = &[];
    let mut range = 0..0;
    for value in values {
        let mut bytes = value.data();
        // Neighbours often share an entry of the dictionary, and with it its bytes.
        if !std::ptr::eq(before, bytes) {
            before = bytes;
            let start = out.values.len();
            out.values.extend(std::iter::from_fn(|| read(&mut bytes)));
            range = start..out.values.len();
        } else {
            out.values.extend_from_within(range.clone());
        }
        out.offsets.push(u32::try_from(out.values.len()).unwrap_or(u32::MAX));
    }
    out
}

fn put(out: &mut Vec<u8>, mut value: u32) {
    while value >= 0x80 {
        out.push((value as u8) | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn take(bytes: &mut &[u8]) -> Option<u32> {
    let mut value = 0u32;
    for shift in (0..35).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u32::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}
