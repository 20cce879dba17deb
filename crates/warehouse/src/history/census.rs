//! What a day holds of each value of each family, and how many persons.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use outis_event::{Day, Dimension, Epsilon, SiteId, Term, Visitor};
use outis_insight::history::{BEYOND, Crowd, Entry, Family, Keeping, Keys, MemberDay, PairEntry, Presence, Rule, Seen};
use outis_insight::{DayRange, Filter, Group, Interval, Key, Metric, Parts, Query, RawRow, VisitField};

use super::bounding::Bounding;
use super::ways::{self, Stopped};
use crate::evaluate::Partition;
use crate::files::{Kind, ReadError, Reader};
use crate::operators::{Fast, Sets, SetsOfDay};
use crate::rows::{Place, Rows, place};
use crate::{Batch, Columns, Evaluation};

/// Most rows of one visitor and day that are in cells; what is beyond them is in the site's totals only.
pub(super) const MOST_ROWS: usize = 500;
/// With a floor above this, a map of persons has 256 bits: of 64, ten persons often share some.
const NARROW_FLOOR: u32 = 8;

/// What is looked at.
pub(super) struct Subject {
    pub(super) site: SiteId,
    pub(super) day: Day,
    pub(super) zone: TimeZone,
    pub(super) floor: u32,
    pub(super) pageview: Term,
    pub(super) engagement: Term,
    pub(super) families: Vec<Family>,
    pub(super) keeping: Keeping,
    /// Cells get noise: nobody may add more to a family than its bound.
    pub(super) epsilon: Option<Epsilon>,
    /// Of what is kept, what must not be told with place or device.
    pub(super) sensitive_sets: BTreeSet<Term>,
}

/// A day, counted.
pub(super) struct Census {
    pub(super) total: Parts,
    pub(super) hours: Vec<(i64, Parts)>,
    /// Page views as an event: they are no secret, for the site's totals tell them.
    pub(super) pageviews: Parts,
    pub(super) families: Vec<(Family, Counts)>,
    /// By the numbers of a family that is not told singly: what was beyond the bounds of visitors.
    pub(super) beyond: BTreeMap<[u32; 2], Parts>,
    /// Who is in the same sets.
    pub(super) sets: SetsOfDay,
    pub(super) members: MemberDay,
    /// Where visits go after and came from before each page.
    pub(super) ways: Stopped,
}

/// The counts of a family.
pub(super) enum Counts {
    Entries(Vec<Entry>),
    Pairs(Vec<PairEntry>),
}

/// Counts a day in two passes over its rows: what there is of each value, then who has which rarest value.
pub(super) fn census(
    reader: &Reader,
    partition: &Partition,
    subject: &Subject,
    presence: Option<&dyn Presence>,
) -> Result<Census, ReadError> {
    let revenue = [Metric::TotalRevenue];
    let mut total = Evaluation::new(&subject.query(Vec::new(), &revenue));
    let mut hours = Evaluation::new(&subject.query(vec![Group::Time(Interval::Hour)], &revenue));
    let event = Group::Dimension(Dimension::Event);
    let mut names = Evaluation::new(&subject.query(vec![event], &[]));
    let mut counting: Vec<Counting> = subject.families.iter().map(|f| Counting::new(*f, subject)).collect();
    let mut sets = Sets::new(subject.query(Vec::new(), &[]), &subject.keeping);
    let mut beyond = false;
    let mut members = MemberDay::default();
    each(reader, partition, |rows| {
        let all = rows.clone().into_batch(partition.day, Columns::ALL);
        [&mut total, &mut hours, &mut names].into_iter().for_each(|evaluation| evaluation.batch(&all));
        super::members::count(&all, subject.engagement, &mut members);
        let bounded = bounded(rows, &mut beyond).into_batch(partition.day, Columns::ALL);
        counting.iter_mut().for_each(|family| family.batch(&bounded, subject));
        sets.batch(&bounded);
    })?;
    counting.iter_mut().for_each(Counting::rank);
    let mut ways = ways_of(&counting, subject);
    each(reader, partition, |rows| {
        let batch = bounded(rows, &mut beyond).into_batch(partition.day, Columns::ALL);
        counting.iter_mut().for_each(|family| family.own(&batch, subject, presence));
        ways.batch(&batch);
    })?;
    let is_pageview = |row: &RawRow| row.keys == [Key::Term(subject.pageview)];
    let hour = |row: RawRow| match row.keys[..] {
        [Key::Time(start)] => Some((start, row.parts)),
        _ => None,
    };
    Ok(Census {
        total: total.all().parts,
        hours: hours.counts().filter_map(hour).collect(),
        pageviews: names.counts().find(is_pageview).map(|row| row.parts).unwrap_or_default(),
        sets: sets.finish(),
        members,
        ways: ways.finish(),
        beyond: counting.iter().filter_map(Counting::beyond).collect(),
        families: counting.into_iter().map(|family| family.finish(subject, beyond)).collect(),
    })
}

impl Subject {
    pub(super) fn query(&self, groups: Vec<Group>, more: &[Metric]) -> Query {
        let metrics =
            [Metric::BounceRate, Metric::VisitDuration, Metric::ScrollDepth, Metric::TimeOnPage, Metric::ExitRate];
        Query {
            site: self.site,
            zone: self.zone.clone(),
            range: DayRange { from: self.day, to: self.day, slots: None },
            filter: Filter::ALL,
            metrics: metrics.iter().chain(more).copied().collect(),
            groups,
            pageview: self.pageview,
            engagement: self.engagement,
            cap_milli: None,
        }
    }
}

/// The stops of pages that have enough persons, to be counted.
fn ways_of(counting: &[Counting], subject: &Subject) -> ways::Counting {
    let crowds = |group: Group, least: u32| -> Fast<Term, Crowd> {
        let family = counting.iter().find(|counting| counting.family == Family::single(group));
        let rows = family.iter().flat_map(|family| &family.rows).filter(|row| row.persons >= least);
        let crowd = |row: &Counted| (row.keys[0], Crowd { visitors: row.parts.visits, persons: row.persons.into() });
        rows.map(crowd).collect()
    };
    let ends = [VisitField::ExitPage, VisitField::EntryPage].map(|field| crowds(Group::Visit(field), 0));
    let pages = crowds(Group::Dimension(Dimension::Page), subject.floor);
    ways::Counting::new([subject.pageview, subject.engagement], pages, ends)
}

/// Gives all rows of a day, whole visitors at a time.
fn each(reader: &Reader, partition: &Partition, mut take: impl FnMut(Rows)) -> Result<(), ReadError> {
    for file in partition.files.iter().filter(|f| f.kind == Kind::Closed) {
        let mut file = reader.closed(file, Columns::ALL)?;
        while let Some(rows) = file.next()? {
            take(partition.seen(rows));
        }
    }
    let mut merge = partition.merge(reader, Columns::ALL)?;
    while let Some(rows) = merge.next()? {
        take(partition.seen(rows).into_visits());
    }
    Ok(())
}

/// The first rows of each visitor; `beyond` is set if there are more.
fn bounded(rows: Rows, beyond: &mut bool) -> Rows {
    let visitors = &rows.batch.visitor;
    let mut kept: Vec<Place> = Vec::new();
    let mut start = 0;
    for row in 0..rows.len() {
        if visitors[row] != visitors[start] {
            start = row;
        }
        if visitors[row] == 0 || row - start < MOST_ROWS {
            kept.push(place(0, row));
        }
    }
    if kept.len() == rows.len() {
        return rows;
    }
    *beyond = true;
    Rows::gather(&[&rows], &kept)
}

/// A family being counted.
struct Counting {
    family: Family,
    evaluation: Evaluation,
    bounding: Option<Bounding>,
    /// By slot.
    rows: Vec<Counted>,
    /// By slot, the place in the order from rare to common.
    ranks: Vec<u32>,
    /// Persons whose rarest it is: below the same first value (or of all), the same second value, of all.
    own: Vec<[u32; 3]>,
    /// Empty where nothing waits.
    seen: Vec<Seen>,
}

/// What there is of a value on the day. A large day has millions of them.
struct Counted {
    keys: Keys,
    persons: u32,
    parts: Parts,
}

impl Counting {
    fn new(family: Family, subject: &Subject) -> Counting {
        let evaluation = Evaluation::new(&subject.query(family.groups(), &[]));
        let bounding = subject.epsilon.map(|_| Bounding::new(family, subject));
        Counting {
            family,
            evaluation,
            bounding,
            rows: Vec::new(),
            ranks: Vec::new(),
            own: Vec::new(),
            seen: Vec::new(),
        }
    }

    fn batch(&mut self, batch: &Batch, subject: &Subject) {
        self.evaluation.batch(batch);
        if let Some(bounding) = &mut self.bounding {
            bounding.batch(batch, subject);
        }
    }

    /// What is told of a value: persons are counted without bounds, so that what is told is the same with noise.
    fn parts(&self, row: &Counted) -> Parts {
        self.bounding.as_ref().map_or(row.parts, |bounding| bounding.parts(&row.keys))
    }

    /// What was beyond the bounds of visitors, where it is no value of its own.
    fn beyond(&self) -> Option<([u32; 2], Parts)> {
        let parts = self.bounding.as_ref().and_then(Bounding::beyond)?;
        (self.family.rule() != Rule::Single).then_some((self.family.codes(), parts))
    }

    fn rank(&mut self) {
        let counted = |row: RawRow| Counted { keys: values(&row.keys), persons: small(row.persons), parts: row.parts };
        self.rows = self.evaluation.counts().map(counted).collect();
        self.evaluation.forget_counts();
        let mut order: Vec<u32> = (0u32..).take(self.rows.len()).collect();
        order.sort_unstable_by_key(|slot| {
            let row = &self.rows[*slot as usize];
            (row.persons, row.keys)
        });
        self.ranks = vec![0; self.rows.len()];
        for (rank, slot) in (0u32..).zip(order) {
            self.ranks[slot as usize] = rank;
        }
        self.own = vec![[0; 3]; self.rows.len()];
        if self.family.rule() != Rule::Pair {
            self.seen = vec![Seen::default(); self.rows.len()];
        }
    }

    fn own(&mut self, batch: &Batch, subject: &Subject, presence: Option<&dyn Presence>) {
        let Counting { family, evaluation, rows, ranks, own, seen, .. } = self;
        let secret = presence.and_then(|presence| presence.secret(subject.site, subject.day));
        let wide = subject.floor > NARROW_FLOOR;
        let mut slots: Vec<u32> = Vec::new();
        evaluation.who(batch, |visitor, all| {
            slots.clear();
            slots.extend(all.iter().filter(|slot| !is_plain(*family, &rows[**slot as usize].keys, subject)));
            slots.sort_unstable_by_key(|slot| ranks[*slot as usize]);
            count_own(*family, &slots, rows, own);
            let (Some(presence), Some(secret)) = (presence, secret) else { return };
            for slot in slots.iter().map(|slot| *slot as usize).filter(|_| family.rule() != Rule::Pair) {
                // Who is enough on one day need not be known on others.
                if rows[slot].persons >= subject.floor {
                    continue;
                }
                let cell = name(subject.site, *family, rows[slot].keys);
                if let Some(bit) = presence.bit(subject.site, subject.day, Visitor(visitor), &cell, wide) {
                    // Bits of narrow maps are others than those of wide ones.
                    seen[slot].secret = secret ^ u64::from(wide);
                    seen[slot].mark(bit);
                }
            }
        });
    }

    fn finish(self, subject: &Subject, beyond: bool) -> (Family, Counts) {
        let kept = |row: &Counted| row.parts != Parts::default() && !is_plain(self.family, &row.keys, subject);
        let rows = self.rows.iter().zip(&self.own);
        if self.family.rule() == Rule::Pair {
            let rows = rows.filter(|(row, _)| kept(row));
            let pair = |(row, own): (&Counted, &[u32; 3])| PairEntry {
                keys: row.keys,
                parts: self.parts(row),
                persons: row.persons,
                own: *own,
            };
            return (self.family, Counts::Pairs(rows.map(pair).collect()));
        }
        let rows = rows.zip(&self.seen).filter(|((row, _), _)| kept(row));
        let entry = |((row, own), seen): ((&Counted, &[u32; 3]), &Seen)| Entry {
            keys: row.keys,
            day: subject.day,
            parts: self.parts(row),
            persons: row.persons,
            own: own[0],
            seen: *seen,
        };
        let mut entries: Vec<Entry> = rows.map(entry).collect();
        let of_bounds = self.bounding.as_ref().and_then(Bounding::beyond);
        if (beyond || of_bounds.is_some()) && self.family.rule() == Rule::Single {
            let keys = [BEYOND, Term::NONE];
            let (day, parts, seen) = (subject.day, of_bounds.unwrap_or_default(), Seen::default());
            entries.push(Entry { keys, day, parts, persons: 0, own: 0, seen });
        }
        (self.family, Counts::Entries(entries))
    }
}

/// Page views and engagement among the events: the site's totals tell them.
pub(super) fn is_plain(family: Family, keys: &Keys, subject: &Subject) -> bool {
    family == Family::single(Group::Dimension(Dimension::Event))
        && (keys[0] == subject.pageview || keys[0] == subject.engagement)
}

/// Counts a visitor for the first of their slots, which are in the order from rare to common.
fn count_own(family: Family, slots: &[u32], rows: &[Counted], own: &mut [[u32; 3]]) {
    let keys = |slot: &u32| rows[*slot as usize].keys;
    for (at, slot) in slots.iter().enumerate() {
        let is_first =
            |part: &dyn Fn(Keys) -> Term| slots[..at].iter().all(|before| part(keys(before)) != part(keys(slot)));
        let mine = &mut own[*slot as usize];
        let first = match family.rule() {
            Rule::Single | Rule::Set | Rule::Members | Rule::Ways => at == 0,
            Rule::Within | Rule::Pair => is_first(&|keys| keys[0]),
        };
        mine[0] += u32::from(first);
        if family.rule() == Rule::Pair {
            mine[1] += u32::from(is_first(&|keys| keys[1]));
            mine[2] += u32::from(at == 0);
        }
    }
}

pub(super) fn values(keys: &[Key]) -> Keys {
    let term = |at: usize| match keys.get(at) {
        Some(Key::Term(term)) => *term,
        _ => Term::NONE,
    };
    [term(0), term(1)]
}

/// What a cell is called before a keyed hash.
fn name(site: SiteId, family: Family, keys: Keys) -> Vec<u8> {
    let [a, b] = family.codes();
    [site.0, a, b, keys[0].0, keys[1].0].iter().flat_map(|part| part.to_le_bytes()).collect()
}

fn small(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// By the numbers of a family: the values that are told singly, none of it hidden.
pub(super) type Told = BTreeMap<[u32; 2], BTreeSet<Term>>;
