//! Keeping link files small and in step with rows, and dropping them in time.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use object_store::path::Path;
use outis_event::{Day, Link, Site, SiteId, Visitor};

use super::{Entry, MOST_PIECES};
use crate::WarehouseError;
use crate::catalogue::{Change, LinkFile};
use crate::maintain::over_after_ms;
use crate::warehouse::Inner;

/// Pieces and what takes their place.
#[derive(Debug, Default)]
pub(crate) struct Relinked {
    pub(crate) old: Vec<Arc<LinkFile>>,
    pub(crate) new: Vec<LinkFile>,
}

impl Inner {
    /// Drops what links of the site may not be there any more: those of periods that are over, and all of them if the
    /// site's policy joins nothing.
    pub(crate) async fn drop_links(&self, site: &Site) -> Result<(), WarehouseError> {
        let _alone = self.linking.lock().await;
        let now = self.clock.now();
        let is_over = |piece: &LinkFile| {
            let next = Day::of_week(piece.period.saturating_add(1).saturating_mul(5));
            now >= next.start(&site.zone).plus_ms(over_after_ms(site))
        };
        let goes = |piece: &&Arc<LinkFile>| piece.site == site.id && (site.policy.link == Link::Day || is_over(piece));
        let old: Vec<_> = self.state.lock().links.iter().filter(goes).cloned().collect();
        self.replace_links(Relinked { old, new: Vec::new() }).await
    }

    /// Puts pieces together where there are many, all on one side of the horizon, without days that have no rows.
    pub(crate) async fn merge_links(&self, site: &Site) -> Result<(), WarehouseError> {
        let _alone = self.linking.lock().await;
        let keeps = i32::try_from(site.policy.recent_days).unwrap_or(i32::MAX);
        let first = self.clock.now().day(&site.zone).plus(-keeps);
        for pieces in self.many_pieces(site.id) {
            let mut entries = Vec::new();
            for piece in &pieces {
                entries.extend(self.read_links(piece).await?.into_iter().filter(|entry| entry.day >= first));
            }
            let arrivals = || pieces.iter().flat_map(|piece| [piece.from, piece.to]);
            let piece = LinkFile {
                path: self.new_link_path(site.id)?,
                site: site.id,
                period: pieces[0].period,
                entries: entries.len() as u64,
                from: arrivals().min().unwrap_or(0),
                to: arrivals().max().unwrap_or(0),
            };
            let new = vec![self.put_links(piece, entries).await?];
            self.replace_links(Relinked { old: pieces, new }).await?;
        }
        Ok(())
    }

    /// Takes entries out of the pieces that have them.
    pub(crate) async fn without_links(
        &self,
        site: SiteId,
        goes: impl Fn(&Entry) -> bool,
    ) -> Result<(), WarehouseError> {
        let _alone = self.linking.lock().await;
        let pieces: Vec<_> = self.state.lock().links.iter().filter(|piece| piece.site == site).cloned().collect();
        let mut relinked = Relinked::default();
        for piece in pieces {
            let entries = self.read_links(&piece).await?;
            if !entries.iter().any(&goes) {
                continue;
            }
            let left: Vec<Entry> = entries.into_iter().filter(|entry| !goes(entry)).collect();
            if !left.is_empty() {
                let next =
                    LinkFile { path: self.new_link_path(site)?, entries: left.len() as u64, ..LinkFile::clone(&piece) };
                relinked.new.push(self.put_links(next, left).await?);
            }
            relinked.old.push(piece);
        }
        self.replace_links(relinked).await
    }

    fn many_pieces(&self, site: SiteId) -> Vec<Vec<Arc<LinkFile>>> {
        let state = self.state.lock();
        let horizon = state.sites.get(&site).map_or(0, |s| s.horizon);
        let mut groups: BTreeMap<(i32, bool), Vec<Arc<LinkFile>>> = BTreeMap::new();
        for piece in state.links.iter().filter(|piece| piece.site == site) {
            groups.entry((piece.period, piece.to <= horizon)).or_default().push(piece.clone());
        }
        groups.into_values().filter(|pieces| pieces.len() >= MOST_PIECES).collect()
    }

    /// The visitors of a day who are linked.
    pub(crate) async fn linked_visitors(&self, site: SiteId, day: Day) -> Result<HashSet<u64>, WarehouseError> {
        let mut visitors = HashSet::new();
        for piece in self.pieces_of(site, day) {
            let entries = self.read_links(&piece).await?;
            visitors.extend(entries.into_iter().filter(|entry| entry.day == day).map(|entry| entry.visitor.0));
        }
        Ok(visitors)
    }

    /// Pieces of a day's period with the visitors of the day under the numbers that `number` gives. Who has none left no
    /// rows.
    pub(crate) async fn relink(
        &self,
        site: SiteId,
        day: Day,
        number: impl Fn(u64) -> Option<u64>,
    ) -> Result<Relinked, WarehouseError> {
        let mut relinked = Relinked::default();
        for piece in self.pieces_of(site, day) {
            let entries = self.read_links(&piece).await?;
            if !entries.iter().any(|entry| entry.day == day) {
                continue;
            }
            let renumbered = |entry: Entry| match entry.day == day {
                true => number(entry.visitor.0).map(|new| Entry { visitor: Visitor(new), ..entry }),
                false => Some(entry),
            };
            let entries: Vec<Entry> = entries.into_iter().filter_map(renumbered).collect();
            let next =
                LinkFile { path: self.new_link_path(site)?, entries: entries.len() as u64, ..LinkFile::clone(&piece) };
            match self.put_links(next, entries).await {
                Ok(next) => relinked.new.push(next),
                Err(error) => {
                    self.discard_links(&relinked.new).await;
                    return Err(error);
                }
            }
            relinked.old.push(piece);
        }
        Ok(relinked)
    }

    fn pieces_of(&self, site: SiteId, day: Day) -> Vec<Arc<LinkFile>> {
        let state = self.state.lock();
        let pieces = state.links.iter().filter(|piece| (piece.site, piece.period) == (site, day.period()));
        pieces.cloned().collect()
    }

    /// Puts pieces in the place of others: commits, then destroys the old ones with their keys.
    async fn replace_links(&self, relinked: Relinked) -> Result<(), WarehouseError> {
        let Relinked { old, new } = relinked;
        if old.is_empty() {
            return Ok(());
        }
        let paths: Vec<Path> = old.iter().map(|piece| piece.path.clone()).collect();
        let change = Change { add_links: new, remove_links: paths.clone(), ..Change::default() };
        if let Err(error) = self.catalogue.commit(&change).await {
            let old: Vec<LinkFile> = old.iter().map(|piece| LinkFile::clone(piece)).collect();
            // Only what is certainly not listed may be destroyed.
            if self.catalogue.lists_links(&old).await.unwrap_or(false) {
                self.discard_links(&change.add_links).await;
            }
            return Err(error.into());
        }
        self.state.lock().replace_links(&paths, change.add_links);
        self.doomed.lock().extend(paths);
        self.destroy_doomed().await
    }
}
