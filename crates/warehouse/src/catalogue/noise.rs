//! The ledger of noise: what was paid for releases. Lines are only ever added.

use std::collections::BTreeSet;

use outis_event::{Day, SiteId};
use outis_insight::history::{Family, Line, Measure, Scale, Span};
use sqlx::{Sqlite, SqlitePool, Transaction};

use super::{Catalogue, CatalogueError, ClosedSpan, number, small};

type Row = (i64, i64, i64, i64, i64, i64, i64, i64);

impl Catalogue {
    /// Writes what a release costs. When it returns, the lines are durable. The release of a week or period tells what
    /// its days have paid for, so only what it tells again after a failure is paid for anew.
    pub(crate) async fn pay(&self, release: ClosedSpan, lines: &[Line]) -> Result<(), CatalogueError> {
        let (site, span, first) = release;
        let mut tx = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let families: BTreeSet<[u32; 2]> = lines.iter().map(|line| line.family.codes()).collect();
        for codes in families {
            let sql = "SELECT COALESCE(MAX(attempt), 0) + 1 FROM warehouse_noise
                WHERE site = ? AND family = ? AND subfamily = ? AND span = ? AND first = ?";
            let attempt: i64 = sqlx::query_scalar(sql)
                .bind(i64::from(site.0))
                .bind(i64::from(codes[0]))
                .bind(i64::from(codes[1]))
                .bind(span as i64)
                .bind(i64::from(first.0))
                .fetch_one(&mut *tx)
                .await?;
            for line in lines.iter().filter(|line| line.family.codes() == codes) {
                insert(&mut tx, release, attempt, line).await?;
            }
        }
        Ok(tx.commit().await?)
    }

    /// The lines of all releases of a family's cells that begin in these days, of each the last attempt.
    pub(crate) async fn paid(
        &self,
        site: SiteId,
        family: Family,
        from: Day,
        to: Day,
    ) -> Result<Vec<(Span, Day, Line)>, CatalogueError> {
        let sql = "SELECT span, first, other, measure, bound, numerator, denominator, nano FROM warehouse_noise AS line
            WHERE site = ? AND family = ? AND subfamily = ? AND span IN (0, 1, 2) AND first BETWEEN ? AND ?
            AND attempt = (SELECT MAX(attempt) FROM warehouse_noise AS last
                WHERE last.site = line.site AND last.family = line.family AND last.subfamily = line.subfamily
                AND last.span = line.span AND last.first = line.first)";
        let [first, second] = family.codes();
        let rows: Vec<Row> = sqlx::query_as(sql)
            .bind(i64::from(site.0))
            .bind(i64::from(first))
            .bind(i64::from(second))
            .bind(i64::from(from.0))
            .bind(i64::from(to.0))
            .fetch_all(&self.pool)
            .await?;
        rows.into_iter().map(|row| line(family, row)).collect()
    }

    /// The families that anything was paid for.
    pub(crate) async fn paid_for(&self, site: SiteId) -> Result<Vec<Family>, CatalogueError> {
        let sql = "SELECT DISTINCT family, subfamily FROM warehouse_noise WHERE site = ?";
        let rows: Vec<(i64, i64)> = sqlx::query_as(sql).bind(i64::from(site.0)).fetch_all(&self.pool).await?;
        // One that is not known has no cells that could be read.
        let family = |(a, b): (i64, i64)| Ok(Family::of_codes([small(a)?, small(b)?]));
        rows.into_iter().filter_map(|row| family(row).transpose()).collect()
    }

    /// What a visitor of each day may have cost so far, in billionths of an epsilon.
    pub(crate) async fn spent(&self, site: SiteId) -> Result<Vec<(Day, u64)>, CatalogueError> {
        let mut days = sums(&self.pool, site, Span::Day).await?;
        for span in [Span::Week, Span::Period] {
            for (first, again) in sums(&self.pool, site, span).await? {
                let lies_in = |day: Day| first <= day && day <= span.last(first);
                days.iter_mut().filter(|(day, _)| lies_in(*day)).for_each(|(_, nano)| *nano += again);
            }
        }
        Ok(days)
    }
}

async fn insert(
    tx: &mut Transaction<'_, Sqlite>,
    (site, span, first): ClosedSpan,
    attempt: i64,
    line: &Line,
) -> Result<(), CatalogueError> {
    let [family, subfamily] = line.family.codes();
    let is_paid = span != Span::Day && attempt == 1;
    sqlx::query("INSERT INTO warehouse_noise VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(i64::from(site.0))
        .bind(i64::from(family))
        .bind(i64::from(subfamily))
        .bind(span as i64)
        .bind(i64::from(first.0))
        .bind(attempt)
        .bind(i64::from(line.other))
        .bind(i64::from(line.measure as u8))
        .bind(number(line.bound)?)
        .bind(number(line.scale.numerator)?)
        .bind(number(line.scale.denominator)?)
        .bind(number(line.nano)?)
        .bind(i64::from(is_paid))
        .execute(&mut **tx)
        .await?;
    Ok(())
}

fn line(family: Family, row: Row) -> Result<(Span, Day, Line), CatalogueError> {
    let (span, first, other, measure, bound, numerator, denominator, nano) = row;
    let span = Span::of(small(span)?).ok_or(CatalogueError::Content)?;
    let measure = *Measure::ALL.get(small::<usize>(measure)?).ok_or(CatalogueError::Content)?;
    let scale = Scale { numerator: small(numerator)?, denominator: small(denominator)? };
    let line = Line { family, other: other != 0, measure, bound: small(bound)?, scale, nano: small(nano)? };
    Ok((span, Day(small(first)?), line))
}

/// What the releases of a span cost besides what their days paid.
async fn sums(pool: &SqlitePool, site: SiteId, span: Span) -> Result<Vec<(Day, u64)>, CatalogueError> {
    let sql = "SELECT first, SUM(nano) FROM warehouse_noise WHERE site = ? AND span = ? AND paid = 0
        GROUP BY first ORDER BY first";
    let rows: Vec<(i64, i64)> = sqlx::query_as(sql).bind(i64::from(site.0)).bind(span as i64).fetch_all(pool).await?;
    rows.into_iter().map(|(first, nano)| Ok((Day(small(first)?), small(nano)?))).collect()
}
