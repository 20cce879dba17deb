//! Adding to a link file.

use std::sync::Arc;

use outis_event::{Day, Link, Pseudonym, Site, SiteId, Visitor};

use super::format::Entry;
use crate::WarehouseError;
use crate::catalogue::{Change, LinkFile};
use crate::maintain::over_after_ms;
use crate::warehouse::Inner;

/// Most entries of one site and period, 20 bytes each: one for each day on which a member comes.
pub const MOST_LINKS: u64 = 1_000_000;

/// Why visitors were not linked.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    /// The site's policy joins nothing beyond a day.
    #[error("the site's link policy is \"day\"")]
    NotAllowed,
    /// The day has not begun or is over: its visitors have other numbers, or will not come.
    #[error("the day is not open")]
    DayNotOpen,
    /// The events of nobody are nobody's.
    #[error("nobody cannot be linked")]
    Nobody,
    /// The link file is full.
    #[error("a period of a site has at most {most} links")]
    TooMany {
        /// Most entries of a site and period.
        most: u64,
    },
    /// It could not be stored.
    #[error("the link file")]
    Store(#[source] WarehouseError),
}

impl<E: Into<WarehouseError>> From<E> for LinkError {
    fn from(error: E) -> LinkError {
        LinkError::Store(error.into())
    }
}

/// Keeps what may be seen of a site as it is while links are committed: they must not come into a snapshot that has
/// been answered from.
struct Held<'a> {
    inner: &'a Inner,
    site: SiteId,
}

impl<'a> Held<'a> {
    fn new(inner: &'a Inner, site: SiteId) -> Held<'a> {
        inner.state.lock().sites.entry(site).or_default().held = true;
        Held { inner, site }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.inner.state.lock().sites.entry(self.site).or_default().held = false;
    }
}

impl Inner {
    /// Appends to the link file; see [`Warehouse::link`](crate::Warehouse::link).
    pub(crate) async fn append_links(
        &self,
        site: &Site,
        day: Day,
        entries: Vec<(Visitor, Pseudonym)>,
    ) -> Result<(), LinkError> {
        if site.policy.link != Link::Period {
            return Err(LinkError::NotAllowed);
        }
        if entries.iter().any(|(visitor, _)| visitor.is_nobody()) {
            return Err(LinkError::Nobody);
        }
        let _alone = self.linking.lock().await;
        let now = self.clock.now();
        let is_over = now >= day.plus(1).start(&site.zone).plus_ms(over_after_ms(site));
        if is_over || now < day.start(&site.zone) {
            return Err(LinkError::DayNotOpen);
        }
        if entries.is_empty() {
            return Ok(());
        }
        self.has_room(site.id, day, entries.len() as u64)?;
        let entries = entries.into_iter().map(|(visitor, pseudonym)| Entry { day, visitor, pseudonym }).collect();
        self.append(site.id, day, entries).await
    }

    fn has_room(&self, site: SiteId, day: Day, more: u64) -> Result<(), LinkError> {
        let state = self.state.lock();
        let pieces = state.links.iter().filter(|piece| (piece.site, piece.period) == (site, day.period()));
        match pieces.map(|piece| piece.entries).sum::<u64>().saturating_add(more) {
            0..=MOST_LINKS => Ok(()),
            _ => Err(LinkError::TooMany { most: MOST_LINKS }),
        }
    }

    async fn append(&self, site: SiteId, day: Day, entries: Vec<Entry>) -> Result<(), LinkError> {
        let held = Held::new(self, site);
        let arrival = {
            let mut state = self.state.lock();
            state.arrival += 1;
            state.arrival
        };
        let piece = LinkFile {
            path: self.new_link_path(site)?,
            site,
            period: day.period(),
            entries: entries.len() as u64,
            from: arrival,
            to: arrival,
        };
        let piece = self.put_links(piece, entries).await?;
        let change = Change { add_links: vec![piece], arrival: Some(arrival), ..Change::default() };
        if let Err(error) = self.catalogue.commit(&change).await {
            match self.catalogue.lists_links(&change.add_links).await {
                Ok(true) => {}
                // Only what certainly does not count may be destroyed.
                Ok(false) => {
                    self.discard_links(&change.add_links).await;
                    return Err(error.into());
                }
                Err(_) => return Err(error.into()),
            }
        }
        let mut state = self.state.lock();
        state.links.extend(change.add_links.into_iter().map(Arc::new));
        state.sites.entry(site).or_default().came(arrival, self.clock.now());
        drop(state);
        drop(held);
        Ok(())
    }
}
