//! What an attacker gets who opens everything that is kept: rows as visits, cells, what waits, links, the catalogue.
//!
//! Each is a file of JSON lines, with words instead of their numbers. Whose a visit is stands in a file of its own, for
//! the score alone: the mark by which the test knows it is taken out of the rows.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use outis_event::{Day, Dimension, Flags, Marks, Slot, Space, Term, Vocabulary};
use outis_insight::history::{Family, Keys, Place};
use outis_insight::{Group, Parts, VisitField};
use outis_warehouse::attack::Found;
use serde_json::{Value, json};
use sqlx::Row as _;

use super::life::Life;
use crate::core::tests::loot::Loot;
use crate::core::tests::town::copy_folder;

/// What stays the same for a visit, as stored.
const CONTEXT: [Dimension; 6] = [
    Dimension::Country,
    Dimension::Browser,
    Dimension::BrowserVersion,
    Dimension::Os,
    Dimension::Device,
    Dimension::Channel,
];
/// Silence that ends a visit, in seconds.
const SILENCE_S: u32 = 1800;

/// A row as it opened.
struct Row {
    /// Seconds of the visit; of an open day those of the shifted clock.
    at_s: u32,
    slot: Slot,
    name: String,
    page: String,
    item: String,
    engaged_s: u32,
    marks: Marks,
    flags: Flags,
    context: Vec<String>,
    languages: Vec<String>,
}

/// Rows of one visitor number, and of one visit if its day is closed.
type Key = (Day, bool, u64, u16);

pub(super) fn write_lines(folder: &Path, name: &str, lines: impl IntoIterator<Item = Value>) {
    let file = std::fs::File::create(folder.join(name)).expect("created");
    let mut file = std::io::BufWriter::new(file);
    for line in lines {
        writeln!(file, "{line}").expect("written");
    }
    file.flush().expect("written");
}

/// Writes everything that opens now, under names that begin with `stage`.
pub(super) async fn kept(life: &Life, folder: &Path, stage: &str) {
    let copy = tempfile::tempdir().expect("folder");
    copy_folder(life.dir.path(), copy.path());
    let path = copy.path().to_owned();
    let loot = Loot::of(std::slice::from_ref(&path), &[&path]).await;
    assert!(loot.frames.is_empty(), "everything is in files");
    let words = life.core.warehouse.vocabulary(life.site);
    let files = files(life).await;
    let visits = visits(&loot.rows, &files, &words);
    write_lines(folder, &format!("{stage}-visits.jsonl"), visits.iter().map(|(visit, _)| visit.clone()));
    write_lines(folder, &format!("{stage}-truth.jsonl"), visits.iter().map(|(_, mark)| json!(mark)));
    let told = files.values().map(|(day, kind, rows, visitors)| json!([day.0, kind, rows, visitors]));
    write_lines(folder, &format!("{stage}-files.jsonl"), told);
    let (cells, waiting) = life.core.warehouse.cells(life.site).await.expect("read");
    let cells = cells.iter().map(|cell| {
        let place = match cell.place {
            Place::Values(keys) => json!(values(cell.family, keys, &words)),
            Place::Other(many) => json!({ "other": many }),
            Place::Hour(minute) => json!({ "hour": minute }),
        };
        let (span, first) = (format!("{:?}", cell.span), cell.first.0);
        json!([span, first, cell.family.names(&words), place, parts(&cell.parts)])
    });
    write_lines(folder, &format!("{stage}-cells.jsonl"), cells);
    let waiting = waiting.iter().map(|(family, entry)| {
        let values = values(*family, entry.keys, &words);
        json!(["Day", entry.day.0, family.names(&words), values, parts(&entry.parts)])
    });
    write_lines(folder, &format!("{stage}-waiting.jsonl"), waiting);
    let links = life.core.warehouse.linked(life.site).await.expect("read");
    let links = links.iter().map(|(day, visitor, pseudonym)| json!([day.0, visitor.0, pseudonym.0.to_string()]));
    write_lines(folder, &format!("{stage}-links.jsonl"), links);
}

/// Day, kind, rows and visitors of each file of rows, as the catalogue tells in clear.
async fn files(life: &Life) -> BTreeMap<String, (Day, i64, i64, i64)> {
    let sql = "SELECT path, day, kind, rows, visitors FROM warehouse_files WHERE site = ?";
    let rows = sqlx::query(sql).bind(i64::from(life.site.0)).fetch_all(&life.core.control.pool()).await;
    let entry = |row: &sqlx::sqlite::SqliteRow| {
        let day = Day(row.get::<i64, _>(1).try_into().expect("a day"));
        (row.get::<String, _>(0), (day, row.get(2), row.get(3), row.get(4)))
    };
    rows.expect("read").iter().map(entry).collect()
}

/// Visits, each with the mark in its rows.
fn visits(
    found: &[Found],
    files: &BTreeMap<String, (Day, i64, i64, i64)>,
    words: &Vocabulary,
) -> Vec<(Value, Option<u32>)> {
    let mut rows: BTreeMap<Key, Vec<Row>> = BTreeMap::new();
    for file in found.iter().filter(|file| file.path.starts_with("rows/")) {
        let day = files[&file.path].0;
        for at in 0..file.batch.rows {
            let visit = file.batch.visit.get(at).copied().unwrap_or(0);
            let key = (day, file.closed, file.batch.visitor[at], if file.closed { visit } else { 0 });
            rows.entry(key).or_default().push(row(file, at, words));
        }
    }
    let mut visits = Vec::new();
    for (key, mut rows) in rows {
        rows.sort_by_key(|row| row.at_s);
        for rows in rows.chunk_by(|a, b| b.at_s - a.at_s <= SILENCE_S) {
            visits.push(visit(key, rows));
        }
    }
    visits
}

fn row(file: &Found, at: usize, words: &Vocabulary) -> Row {
    let batch = &file.batch;
    let term = |dimension: Dimension| batch.terms[dimension.index()].get(at).copied().unwrap_or_default();
    let word = |dimension: Dimension| words.text(dimension, term(dimension)).unwrap_or_default().to_string();
    let language = |term: &Term| words.text(Space::LANGUAGE, *term).unwrap_or_default().to_string();
    Row {
        at_s: if file.closed { batch.since_s[at] } else { file.clock[at].seconds },
        slot: batch.slot[at],
        name: word(Dimension::Event),
        page: word(Dimension::Page),
        item: word(Dimension::Item),
        engaged_s: batch.engaged_s.get(at).copied().unwrap_or(0),
        marks: batch.marks.get(at).copied().unwrap_or_default(),
        flags: batch.flags.get(at).copied().unwrap_or_default(),
        context: CONTEXT.map(word).to_vec(),
        languages: batch.languages.of(at).iter().map(language).collect(),
    }
}

fn visit((day, closed, visitor, _): Key, rows: &[Row]) -> (Value, Option<u32>) {
    let begins = rows[0].at_s;
    let shown: Vec<&Row> = rows.iter().filter(|row| row.name != "engagement").collect();
    let events: Vec<Value> =
        shown.iter().map(|row| json!([row.slot.0, row.at_s - begins, row.name, row.page, row.item])).collect();
    let marks: Vec<u64> = shown.iter().map(|row| row.marks.0).collect();
    let visit = json!({
        "day": day.0,
        "closed": closed,
        "visitor": visitor,
        "member": rows[0].flags.has(Flags::MEMBER),
        "context": rows[0].context,
        "languages": rows[0].languages,
        "marks": marks,
        "events": events,
    });
    (visit, rows.iter().find_map(|row| row.engaged_s.checked_sub(1)))
}

/// The values of a cell in words.
fn values(family: Family, keys: Keys, words: &Vocabulary) -> Vec<String> {
    let space = |group: &Group| match group {
        Group::Dimension(dimension) => Space::of(*dimension),
        Group::Visit(VisitField::EntryPage | VisitField::ExitPage) => Space::of(Dimension::Page),
        Group::Visit(VisitField::EntryHostname | VisitField::ExitHostname) => Space::of(Dimension::Hostname),
        Group::Property(key) => Space::values_of(*key),
        Group::Language | Group::Time(_) => Space::LANGUAGE,
        Group::Tag => Space::TAG,
    };
    let word = |(group, term): (&Group, &Term)| words.text(space(group), *term).unwrap_or_default().to_string();
    family.values().iter().zip(&keys).map(word).collect()
}

/// Visitors, visits, page views and events. Seconds are left out: the mark is among them.
fn parts(parts: &Parts) -> [u64; 4] {
    [parts.visitors, parts.visits, parts.pageviews, parts.events]
}
