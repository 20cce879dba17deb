//! Noise in releases, each written to the ledger before there is any.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use outis_event::SiteId;
use outis_insight::history::{Family, Line, Measure, Noise, Rule, Span, Spreads, Telling};
use outis_insight::{EvaluateError, Query};

use super::census::Subject;
use super::close::Made;
use crate::WarehouseError;
use crate::warehouse::Inner;

impl Inner {
    /// Adds noise to what is released of a day, if the site's policy has any.
    pub(super) async fn noise_of_day(&self, subject: &Subject, mut made: Made) -> Result<Made, WarehouseError> {
        let Some(epsilon) = subject.epsilon else { return Ok(made) };
        let noise = self.noise()?;
        // Also what only waits: its day pays for it.
        let of_cells = made.noisy.iter().map(|cell| cell.family);
        let told: BTreeSet<[u32; 2]> =
            of_cells.chain(made.waiting.iter().map(|(family, _)| *family)).map(|family| family.codes()).collect();
        let told: Vec<Family> = told.into_iter().filter_map(Family::of_codes).collect();
        let lines = noise.divide(epsilon, &telling(subject), &told);
        self.catalogue.pay((subject.site, Span::Day, subject.day), &lines).await?;
        made = add(noise, lines, made).await?;
        Ok(made)
    }

    /// Adds noise to what is released of a week or period, if any of its days was: what waits since then was promised
    /// it, whatever the policy is now.
    pub(super) async fn noise_of_span(&self, site: SiteId, mut made: Made) -> Result<Made, WarehouseError> {
        let (span, first) = (made.span, made.first);
        let told: BTreeSet<[u32; 2]> = made.noisy.iter().map(|cell| cell.family.codes()).collect();
        let mut paid = Vec::new();
        for family in told.into_iter().filter_map(Family::of_codes) {
            paid.extend(self.catalogue.paid(site, family, first, span.last(first)).await?);
        }
        let of_days = paid.into_iter().filter(|(of, _, line)| *of == Span::Day && !line.other);
        let lines = widest(of_days.map(|(_, _, line)| line));
        let has_noise: BTreeSet<[u32; 2]> = lines.iter().map(|line| line.family.codes()).collect();
        // A family that no day paid for has only days without noise in it.
        let (noisy, exact) = made.noisy.into_iter().partition(|cell| has_noise.contains(&cell.family.codes()));
        made.noisy = noisy;
        made.exact.extend::<Vec<_>>(exact);
        if lines.is_empty() {
            return Ok(made);
        }
        self.catalogue.pay((site, span, first), &lines).await?;
        add(self.noise()?, lines, made).await
    }

    /// How much noise there is in the cells of a question.
    pub(super) async fn spreads(&self, query: &Query, families: &[Family]) -> Result<Spreads, EvaluateError> {
        let mut spreads = Spreads::default();
        for family in families.iter().filter(|family| **family != Family::SITE) {
            let paid = self.catalogue.paid(query.site, *family, query.range.from, query.range.to).await;
            let paid = paid.map_err(|_| EvaluateError::Unavailable)?;
            paid.iter().for_each(|(span, first, line)| spreads.take(*span, *first, line));
        }
        Ok(spreads)
    }

    fn noise(&self) -> Result<Arc<dyn Noise>, WarehouseError> {
        self.noise.get().cloned().ok_or(WarehouseError::Noise)
    }
}

/// Adds noise to cells that are paid for.
async fn add(noise: Arc<dyn Noise>, lines: Vec<Line>, mut made: Made) -> Result<Made, WarehouseError> {
    let adding = tokio::task::spawn_blocking(move || match noise.add(&lines, &mut made.noisy) {
        Ok(()) => Ok(made),
        Err(_) => Err(WarehouseError::Noise),
    });
    adding.await.map_err(|_| WarehouseError::Stopped)?
}

/// Everything that a day's budget is divided over.
fn telling(subject: &Subject) -> Vec<Telling> {
    let families = subject.families.iter().map(|family| (*family, 0));
    let of_set = subject.keeping.kept.iter().map(|kept| (Family::set(kept.id), kept.counted.steps() as u64));
    families.chain(of_set).collect()
}

/// Of each family and measure the line with the widest noise.
fn widest(lines: impl Iterator<Item = Line>) -> Vec<Line> {
    let mut widest: BTreeMap<([u32; 2], Measure), Line> = BTreeMap::new();
    for line in lines.filter(|line| line.family.rule() != Rule::Set) {
        let kept = widest.entry((line.family.codes(), line.measure)).or_insert(line);
        if line.scale.is_wider(kept.scale) {
            *kept = line;
        }
    }
    widest.into_values().collect()
}
