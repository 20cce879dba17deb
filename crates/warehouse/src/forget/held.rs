//! The rows of one member, for the member.

use outis_event::{AnonymousEvent, Day, Dimension, Money, ShiftedClock, SiteId, Visitor};

use crate::evaluate::each_batch;
use crate::files::ReadError;
use crate::warehouse::Inner;
use crate::{Batch, Columns, WarehouseError};

/// Most rows that are given.
const MOST_ROWS: usize = 10_000;

impl Inner {
    /// See [`Warehouse::rows_of_member`](crate::Warehouse::rows_of_member).
    pub(crate) async fn rows_of_member(
        &self,
        site: SiteId,
        days: &[(Day, Visitor)],
    ) -> Result<Vec<AnonymousEvent>, WarehouseError> {
        let mut rows = Vec::new();
        for (day, visitor) in days {
            // Nothing is destroyed meanwhile: numbers and rows must be those of one moment.
            let _kept = self.destroying.read().await;
            let (numbers, partition) = self.numbers_of(site, *day, *visitor).await?;
            let reader = self.reader.clone();
            let read = move || -> Result<Vec<AnonymousEvent>, ReadError> {
                let mut found = Vec::new();
                each_batch(&reader, &partition, Columns::ALL, |batch| {
                    let mine = (0..batch.rows).filter(|row| numbers.contains(&batch.visitor[*row]));
                    found.extend(mine.map(|row| event(site, batch, row)));
                    std::ops::ControlFlow::Continue(())
                })?;
                Ok(found)
            };
            rows.extend(tokio::task::spawn_blocking(read).await.map_err(|_| WarehouseError::Stopped)??);
            if rows.len() >= MOST_ROWS {
                break;
            }
        }
        rows.truncate(MOST_ROWS);
        Ok(rows)
    }
}

/// A row as the event it was, without what compaction drops.
fn event(site: SiteId, batch: &Batch, row: usize) -> AnonymousEvent {
    let mut event = AnonymousEvent::blank(site, batch.day, batch.slot[row]);
    event.visitor = Visitor(batch.visitor[row]);
    event.clock = ShiftedClock { seconds: batch.since_s[row], tie: 0 };
    event.flags = batch.flags[row];
    for dimension in Dimension::ALL {
        event.set(*dimension, batch.terms[dimension.index()][row]);
    }
    event.languages = batch.languages.of(row).to_vec();
    event.tags = batch.tags.of(row).to_vec();
    event.properties = batch.properties.of(row).to_vec();
    event.scroll = batch.scroll[row];
    event.engaged_s = batch.engaged_s[row];
    let currency = batch.currency[row];
    event.revenue =
        (currency != outis_event::Term::NONE).then_some(Money { currency, milli: batch.revenue_milli[row] });
    event.marks = batch.marks[row];
    event
}
