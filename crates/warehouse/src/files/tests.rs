//! Files of closed days hold what was written, and what is no such file is refused.

use bytes::Bytes;
use jiff::tz::TimeZone;
use outis_event::{AnonymousEvent, Day};
use proptest::prelude::*;

use super::closed::{Blocks, ClosedWriter, END_BYTES, Footer};
use super::column::{Column, Kind};
use super::numbers::Damaged;
use crate::operators::tests::{FIRST, event};
use crate::rows::Rows;
use crate::{Batch, Columns};

const DAY: Day = Day(FIRST);

/// Rows as compaction has them, in groups of whole visitors.
fn groups(events: &[AnonymousEvent]) -> Vec<Rows> {
    let (nobody, others): (Vec<_>, Vec<_>) = events.iter().partition(|e| e.visitor.is_nobody());
    let (some, more): (Vec<_>, Vec<_>) = others.into_iter().partition(|e| e.visitor.0 < 3);
    let groups = [nobody, some, more].map(|events| Rows::of_events(events.into_iter()).into_visits());
    groups.into_iter().filter(|rows| rows.len() > 0).collect()
}

fn write(groups: &[Rows]) -> Vec<u8> {
    let mut file = ClosedWriter::new(Column::of(Kind::Closed), DAY).expect("a writer");
    groups.iter().for_each(|rows| file.group(rows).expect("written"));
    file.finish()
}

fn read(bytes: &[u8], columns: Columns) -> Result<Vec<Batch>, Damaged> {
    let start = Footer::start(bytes.len() as u64, bytes)?;
    let footer = Footer::read(&bytes[start as usize..bytes.len() - END_BYTES as usize], start)?;
    let wanted = footer.wanted(columns);
    let cut = |range: std::ops::Range<u64>| Bytes::copy_from_slice(&bytes[range.start as usize..range.end as usize]);
    let parts = footer.ranges(&wanted).into_iter().map(cut).collect();
    let mut blocks = Blocks::new(&footer, &wanted, parts, DAY, columns)?;
    let groups = footer.groups.iter().enumerate();
    groups.map(|(at, group)| Ok(blocks.group(at, *group)?.into_batch(DAY, columns))).collect()
}

/// Everything a batch tells.
fn told(batch: &Batch) -> impl PartialEq + std::fmt::Debug + use<> {
    let b = batch.clone();
    let rows = 0..b.rows;
    let lists: Vec<_> = rows
        .map(|row| (b.languages.of(row).to_vec(), b.tags.of(row).to_vec(), b.properties.of(row).to_vec()))
        .collect();
    let numbers = (b.visitor, b.since_s, b.slot, b.flags, b.terms, b.marks);
    // A visit's number is that of its place.
    let visits: Vec<_> = b.visits.iter().map(|visit| (visit.visitor, visit.end)).collect();
    (visits, numbers, (b.scroll, b.engaged_s, b.revenue_milli, b.currency), lists)
}

fn events() -> impl Strategy<Value = Vec<AnonymousEvent>> {
    prop::collection::vec(event(TimeZone::UTC), 0..60).prop_map(|mut events| {
        for (event, tie) in events.iter_mut().zip(0..) {
            event.clock.tie = tie;
        }
        events
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn rows_of_closed_days_are_read_as_they_were_written(events in events()) {
        let groups = groups(&events);
        let read = read(&write(&groups), Columns::ALL).expect("read");
        prop_assert_eq!(read.len(), groups.len());
        for (read, rows) in read.iter().zip(groups) {
            let written = rows.into_batch(DAY, Columns::ALL);
            prop_assert_eq!(told(read), told(&written));
        }
    }

    #[test]
    fn what_was_cut_or_changed_is_no_file_or_another_one(events in events(), at in any::<prop::sample::Index>(), to in any::<u8>()) {
        let bytes = write(&groups(&events));
        let at = at.index(bytes.len());
        let _ = read(&bytes[..at], Columns::ALL);
        let mut changed = bytes;
        changed[at] = to;
        // Sealing finds every change; what would come through must not end the process.
        let _ = read(&changed, Columns::ALL);
    }
}

#[test]
fn only_what_is_asked_for_is_read() {
    let mut e = AnonymousEvent::blank(outis_event::SiteId(1), DAY, DAY.start(&TimeZone::UTC).slot());
    e.visitor = outis_event::Visitor(7);
    e.tags = vec![outis_event::Term(3)];
    let file = write(&groups(&[e]));
    let batch = &read(&file, Columns::default()).expect("read")[0];
    assert_eq!((batch.rows, batch.visits.len(), batch.flags.len()), (1, 1, 1));
    assert!(batch.visitor.is_empty() && batch.tags.offsets.is_empty() && batch.slot.is_empty());
}
