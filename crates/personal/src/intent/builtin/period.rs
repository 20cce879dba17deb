//! Periods of whole days, and what they are compared with.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use serde::Serialize;

use super::Unit;
use super::lexicon::{Sense, Words};
use super::number::count;

/// Whole days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Period {
    /// The first day; none for everything there is.
    pub from: Option<Date>,
    /// The last day.
    pub to: Date,
    /// The calendar unit that it is one of, if it is: 1 to 31 March is a month.
    pub unit: Option<Unit>,
    /// The name that insights requests have for it, if they have one: `7d`, `last_month`, ...
    pub preset: Option<&'static str>,
}

/// What a period is compared with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// The same number of days just before; or, for a calendar unit, the one before.
    Previous,
    /// The same dates a year before.
    YearBefore,
    /// These days.
    With(Period),
}

impl Period {
    fn days(from: Date, to: Date) -> Period {
        Period { from: Some(from), to, unit: None, preset: None }
    }

    fn day(day: Date) -> Period {
        Period { unit: Some(Unit::Day), ..Period::days(day, day) }
    }

    /// True if it is one day.
    pub fn is_day(&self) -> bool {
        self.from == Some(self.to)
    }

    fn named(self, preset: &'static str) -> Period {
        Period { preset: Some(preset), ..self }
    }

    /// The calendar unit around a day. Seconds, minutes and hours are a day.
    fn around(day: Date, unit: Unit) -> Option<Period> {
        let first = match unit {
            Unit::Week => day.checked_sub(i64::from(day.weekday().to_monday_zero_offset()).days()).ok()?,
            Unit::Month => day.first_of_month(),
            Unit::Quarter => Date::new(day.year(), (day.month() - 1) / 3 * 3 + 1, 1).ok()?,
            Unit::Year => day.first_of_year(),
            _ => return Some(Period::day(day)),
        };
        let last = later(first, 1, unit)?.yesterday().ok()?;
        Some(Period { unit: Some(unit), ..Period::days(first, last) })
    }

    /// The calendar unit before, if it is one.
    pub fn before(&self) -> Option<Period> {
        Period::around(self.from?.yesterday().ok()?, self.unit?)
    }

    /// Cut off after a day.
    fn so_far(self, today: Date) -> Period {
        Period { to: self.to.min(today).max(self.from.unwrap_or(today)), ..self }
    }
}

fn later(day: Date, count: i32, unit: Unit) -> Option<Date> {
    let span = match unit {
        Unit::Week => i64::from(count).weeks(),
        Unit::Month => i64::from(count).months(),
        Unit::Quarter => (i64::from(count) * 3).months(),
        Unit::Year => i64::from(count).years(),
        _ => i64::from(count).days(),
    };
    day.checked_add(span).ok()
}

type At<T> = Option<(usize, T)>;

/// A period that begins at a word, with the place behind it.
pub(super) fn period(words: &Words<'_>, at: usize, today: Date) -> At<Period> {
    let found = match words.sense(at) {
        Some(Sense::Since) => since(words, at + 1, today),
        Some(Sense::From) => range(words, at + 1, today, Sense::To).or_else(|| onwards(words, at + 1, today)),
        Some(Sense::Between) => range(words, at + 1, today, Sense::And),
        _ => range(words, at, today, Sense::To).or_else(|| point(words, at, today)),
    };
    // *so far this month*, *this month so far*.
    match found {
        Some((end, period)) if words.is(end, Sense::So) && words.is(end + 1, Sense::Far) => {
            Some((end + 2, period.so_far(today)))
        }
        found => found,
    }
}

fn since(words: &Words<'_>, at: usize, today: Date) -> At<Period> {
    let (end, begin) = point(words, words.skip(at, Sense::The), today)?;
    let from = begin.from.filter(|from| *from <= today)?;
    Some((end, Period::days(from, today)))
}

/// *from May on*, *from May onwards*, *from May to now*.
fn onwards(words: &Words<'_>, at: usize, today: Date) -> At<Period> {
    let (end, begin) = point(words, words.skip(at, Sense::The), today)?;
    let more = match (words.text.word(end), words.text.word(end + 1)) {
        ("on" | "onwards" | "onward" | "an" | "ab", _) => 1,
        ("to" | "until" | "till" | "bis", "now" | "jetzt") => 2,
        _ => return None,
    };
    let from = begin.from.filter(|from| *from <= today)?;
    Some((end + more, Period::days(from, today)))
}

/// *1 March to 5 April*, *between Monday and Friday*, *March - May*.
fn range(words: &Words<'_>, at: usize, today: Date, by: Sense) -> At<Period> {
    let (end, first) =
        day_of_same_month(words, at, by, today).or_else(|| point(words, words.skip(at, Sense::The), today))?;
    let dash = end > 0 && matches!(words.text.gap(end - 1).trim(), "-" | "–");
    let next = if words.is(end, by) {
        end + 1
    } else if dash && by == Sense::To {
        end
    } else {
        return None;
    };
    let (end, last) = point(words, words.skip(next, Sense::The), today)?;
    let mut from = first.from?;
    if from > last.to {
        // *November to January*: the first is the one before the last.
        from = later(from, -1, Unit::Year)?;
    }
    (from <= last.to).then(|| (end, Period::days(from, last.to)))
}

/// The *1* of *1 to 5 March*.
fn day_of_same_month(words: &Words<'_>, at: usize, by: Sense, today: Date) -> At<Period> {
    let day = day_number(words, at)?;
    if !words.is(at + 1, by) {
        return None;
    }
    let (_, last) = point(words, at + 2, today)?;
    let first = Date::new(last.to.year(), last.to.month(), day).ok()?;
    (last.is_day() && first <= last.to).then(|| (at + 1, Period::day(first)))
}

/// One day, week, month, quarter or year, or several that end today or yesterday.
fn point(words: &Words<'_>, at: usize, today: Date) -> At<Period> {
    let relative = |days: i32| later(today, days, Unit::Day).map(Period::day);
    let one = |period: Option<Period>| period.map(|period| (at + 1, period));
    match words.sense(at) {
        Some(Sense::Today) => one(relative(0).map(|day| day.named("today"))),
        Some(Sense::Yesterday) => one(relative(-1).map(|day| day.named("yesterday"))),
        Some(Sense::Before2) => one(relative(-2)),
        Some(Sense::Tomorrow) => one(relative(1)),
        Some(Sense::After2) => one(relative(2)),
        Some(Sense::Last) => last(words, at + 1, today),
        Some(Sense::This) => {
            let (end, period) = around(words, words.skip(at + 1, Sense::Last), today, 0)?;
            Some((end, named_now(period, today)))
        }
        Some(Sense::Next) => next(words, at + 1, today),
        Some(Sense::Weekday(day)) => one(weekday(day, today, true)),
        Some(Sense::Month(_)) => month(words, at, today),
        Some(Sense::Part(nth, of)) => part(words, at + 1, nth, of, today),
        Some(Sense::Nth(nth)) => nth_part(words, at, nth, today).or_else(|| day_month(words, at, today)),
        Some(Sense::All) if words.is(at + 1, Sense::Time) => Some((at + 2, everything(today))),
        Some(Sense::Ever) => one(Some(everything(today))),
        Some(Sense::ToDate(unit)) => one(Period::around(today, unit).map(|period| named_now(period, today))),
        Some(Sense::So) if words.is(at + 1, Sense::Far) && words.is(at + 2, Sense::This) => {
            point(words, at + 2, today).map(|(end, period)| (end, period.so_far(today)))
        }
        // *month to date*, *the day before yesterday*.
        Some(Sense::Unit(unit)) => of_unit(words, at, unit, today),
        // *vor 3 Tagen*.
        Some(Sense::Before) => {
            let (end, count, unit) = amount(words, at + 1)?;
            Some((end, ago(today, count, unit)?))
        }
        _ => number_first(words, at, today),
    }
}

fn everything(today: Date) -> Period {
    Period { from: None, to: today, unit: None, preset: Some("all") }
}

fn of_unit(words: &Words<'_>, at: usize, unit: Unit, today: Date) -> At<Period> {
    if unit == Unit::Day {
        return match (words.sense(at + 1), words.sense(at + 2)) {
            (Some(Sense::Before), Some(Sense::Yesterday)) => Some((at + 3, Period::day(later(today, -2, Unit::Day)?))),
            (Some(Sense::After), Some(Sense::Tomorrow)) => Some((at + 3, Period::day(later(today, 2, Unit::Day)?))),
            _ => None,
        };
    }
    let to_date = words.is(at + 1, Sense::To) && words.is(at + 2, Sense::Date);
    to_date.then(|| Period::around(today, unit).map(|period| (at + 3, named_now(period, today))))?
}

/// Periods that go on end today; insights have names for some.
fn named_now(period: Period, today: Date) -> Period {
    let around = period.from.is_some_and(|from| from <= today) && today <= period.to;
    match period.unit {
        Some(Unit::Day) if around => period.named("today"),
        Some(Unit::Month) if around => period.named("month").so_far(today),
        Some(Unit::Year) if around => period.named("year").so_far(today),
        _ if around => period.so_far(today),
        _ => period,
    }
}

/// *week*, *weekend*, *Monday*, *March* behind *this*, by so many units from now.
fn around(words: &Words<'_>, at: usize, today: Date, by: i32) -> At<Period> {
    let period = match words.sense(at)? {
        Sense::Unit(unit) if unit >= Unit::Day => Period::around(later(today, by, unit)?, unit)?,
        Sense::Weekend => weekend(later(today, by, Unit::Week)?)?,
        Sense::Weekday(day) => {
            let monday = Period::around(later(today, by, Unit::Week)?, Unit::Week)?.from?;
            Period::day(later(monday, i32::from(day), Unit::Day)?)
        }
        Sense::Month(month) => {
            Period::around(Date::new(today.year().checked_add(i16::try_from(by).ok()?)?, month, 1).ok()?, Unit::Month)?
        }
        _ => return None,
    };
    Some((at + 1, period))
}

fn weekend(day: Date) -> Option<Period> {
    let monday = Period::around(day, Unit::Week)?.from?;
    Some(Period::days(later(monday, 5, Unit::Day)?, later(monday, 6, Unit::Day)?))
}

/// What stands behind *last*.
fn last(words: &Words<'_>, at: usize, today: Date) -> At<Period> {
    if let Some((end, count, unit)) = amount(words, at) {
        return Some((end, several(today, count, unit)?));
    }
    match words.sense(at)? {
        Sense::Weekday(day) => Some((at + 1, weekday(day, today, false)?)),
        Sense::Month(month) => Some((at + 1, past_month(month, today)?)),
        Sense::Unit(Unit::Hour) => None,
        Sense::Unit(Unit::Day) => Some((at + 1, Period::day(today.yesterday().ok()?).named("yesterday"))),
        _ => {
            let (end, period) = around(words, at, today, -1)?;
            let month = period.unit == Some(Unit::Month);
            Some((end, if month { period.named("last_month") } else { period }))
        }
    }
}

/// The last so many units before the present one.
fn several(today: Date, count: i32, unit: Unit) -> Option<Period> {
    if unit < Unit::Day {
        let day = unit == Unit::Hour && count == 24;
        return day.then(|| Some(Period::days(today.yesterday().ok()?, today).named("24h")))?;
    }
    let now = Period::around(today, unit)?.from?;
    let period = Period::days(later(now, count.checked_neg()?, unit)?, now.yesterday().ok()?);
    let preset = match (count, unit) {
        (7, Unit::Day) => "7d",
        (28, Unit::Day) => "28d",
        (30, Unit::Day) => "30d",
        (91, Unit::Day) => "91d",
        (1, Unit::Month) => "last_month",
        (6, Unit::Month) => "6mo",
        (12, Unit::Month) => "12mo",
        _ => return Some(Period { unit: (count == 1).then_some(unit), ..period }),
    };
    Some(Period { unit: (count == 1).then_some(unit), ..period.named(preset) })
}

/// What stands behind *next*.
fn next(words: &Words<'_>, at: usize, today: Date) -> At<Period> {
    if let Some((end, count, unit)) = amount(words, at) {
        let from = later(Period::around(today, unit)?.from?, 1, unit)?;
        return Some((end, Period::days(from, later(from, count, unit)?.yesterday().ok()?)));
    }
    match words.sense(at)? {
        Sense::Weekday(day) => {
            let days = (i32::from(day) - i32::from(today.weekday().to_monday_zero_offset()) + 6) % 7 + 1;
            Some((at + 1, Period::day(later(today, days, Unit::Day)?)))
        }
        _ => around(words, at, today, 1),
    }
}

/// *7 days*, *two weeks*, *a month*.
fn amount(words: &Words<'_>, at: usize) -> Option<(usize, i32, Unit)> {
    let (end, count) = match count(words, at) {
        Some(found) => found,
        None if words.is(at, Sense::A) && words.sense(at + 1) == Some(Sense::Count(2)) => {
            (words.skip(at + 2, Sense::Of), 2)
        }
        None if words.is(at, Sense::A) => (at + 1, 1),
        None => return None,
    };
    match words.sense(end) {
        Some(Sense::Unit(unit)) => Some((end + 1, count, unit)),
        _ => None,
    }
}

/// The day, week, ... so long ago.
fn ago(today: Date, count: i32, unit: Unit) -> Option<Period> {
    let day = later(today, count.checked_neg()?, unit)?;
    (unit >= Unit::Day).then(|| Period::around(day, unit))?
}

/// The last day of this name, today included or not.
fn weekday(day: i8, today: Date, with_today: bool) -> Option<Period> {
    let name = Weekday::from_monday_zero_offset(day).ok()?;
    let day = if with_today && today.weekday() == name { today } else { today.nth_weekday(-1, name).ok()? };
    Some(Period::day(day))
}

/// The last month of this name that has begun.
fn past_month(month: i8, today: Date) -> Option<Period> {
    let year = if month > today.month() { today.year().checked_sub(1)? } else { today.year() };
    Some(Period::around(Date::new(year, month, 1).ok()?, Unit::Month)?.so_far(today))
}

fn year(words: &Words<'_>, at: usize) -> Option<i16> {
    let year = words.digits(at)?;
    ((1970..=2199).contains(&year) && words.text.word(at).len() == 4).then(|| i16::try_from(year).ok())?
}

fn day_number(words: &Words<'_>, at: usize) -> Option<i8> {
    let number = match words.sense(at) {
        Some(Sense::Nth(nth)) => u64::from(nth),
        _ => words.digits(at)?,
    };
    ((1..=31).contains(&number)).then(|| i8::try_from(number).ok())?
}

/// *March*, *March 2024*, *March 5*, *March 5th, 2024*. The verbs *may* and *march* need a preposition or a number.
fn month(words: &Words<'_>, at: usize, today: Date) -> At<Period> {
    let Some(Sense::Month(month)) = words.sense(at) else { return None };
    if let Some(year) = year(words, at + 1) {
        return Some((at + 2, Period::around(Date::new(year, month, 1).ok()?, Unit::Month)?.so_far_if(today)));
    }
    if let Some(day) = day_number(words, at + 1) {
        return dated(words, at + 2, month, day, today);
    }
    let before = at.checked_sub(1).and_then(|before| words.sense(before));
    let led = matches!(
        before,
        Some(
            Sense::Preposition
                | Sense::Since
                | Sense::From
                | Sense::To
                | Sense::Between
                | Sense::And
                | Sense::Of
                | Sense::Last
                | Sense::This
                | Sense::Compared
                | Sense::With
        )
    );
    let verb = words.text.word(at) == "may";
    if verb && !led {
        return None;
    }
    Some((at + 1, past_month(month, today)?))
}

impl Period {
    /// The present month so far; others whole.
    fn so_far_if(self, today: Date) -> Period {
        if self.from.is_some_and(|from| from <= today) { self.so_far(today) } else { self }
    }
}

/// A day of a month, of the year that follows or of the last time it was.
fn dated(words: &Words<'_>, at: usize, month: i8, day: i8, today: Date) -> At<Period> {
    if let Some(year) = year(words, at) {
        return Some((at + 1, Period::day(Date::new(year, month, day).ok()?)));
    }
    let past = |year: i16| Date::new(year, month, day).ok().filter(|date| *date <= today);
    let date = (0..8).find_map(|back| past(today.year().checked_sub(back)?))?;
    Some((at, Period::day(date)))
}

/// *5 March*, *5th of March 2024*, *the 5th of March*.
fn day_month(words: &Words<'_>, at: usize, today: Date) -> At<Period> {
    let day = day_number(words, at)?;
    let next = words.skip(at + 1, Sense::Of);
    let Some(Sense::Month(month)) = words.sense(next) else { return None };
    dated(words, next + 1, month, day, today)
}

/// *first quarter (of 2024)*, *second half of last year*.
fn nth_part(words: &Words<'_>, at: usize, nth: u32, today: Date) -> At<Period> {
    let of = match words.sense(at + 1)? {
        Sense::Unit(Unit::Quarter) => 4,
        Sense::Half => 2,
        _ => return None,
    };
    let nth = i8::try_from(nth).ok().filter(|nth| *nth <= of)?;
    part(words, at + 2, nth, of, today)
}

/// A quarter or half of the year that is named behind it, or of the last time it had begun.
fn part(words: &Words<'_>, at: usize, nth: i8, of: i8, today: Date) -> At<Period> {
    let months = 12 / of;
    let unit = (of == 4).then_some(Unit::Quarter);
    let in_year = |year: i16| {
        let from = Date::new(year, (nth - 1) * months + 1, 1).ok()?;
        let to = later(from, i32::from(months), Unit::Month)?.yesterday().ok()?;
        Some(Period { unit, ..Period::days(from, to) })
    };
    let named = words.skip(at, Sense::Of);
    if let Some(year) = year(words, named) {
        return Some((named + 1, in_year(year)?.so_far_if(today)));
    }
    let whole_year = |by: i16| today.year().checked_sub(by).and_then(in_year);
    match (words.sense(named), words.sense(named + 1)) {
        (Some(Sense::Last), Some(Sense::Unit(Unit::Year))) => return Some((named + 2, whole_year(1)?)),
        (Some(Sense::This), Some(Sense::Unit(Unit::Year))) => {
            return Some((named + 2, whole_year(0)?.so_far_if(today)));
        }
        _ => {}
    }
    let begun = |period: &Period| period.from.is_some_and(|from| from <= today);
    let period = whole_year(0).filter(begun).or_else(|| whole_year(1))?;
    Some((at, period.so_far(today)))
}

/// What begins with a number: *2024-03-05*, *2024-03*, *5.3.2024*, *5 March*, *3 days ago*, *2024*.
fn number_first(words: &Words<'_>, at: usize, today: Date) -> At<Period> {
    if at > 0 && words.digits(at - 1).is_some() && matches!(words.text.gap(at - 1), "-" | "." | "," | "/" | ":") {
        return None;
    }
    if let Some((end, count, unit)) = amount(words, at)
        && words.is(end, Sense::Ago)
    {
        return Some((end + 1, ago(today, count, unit)?));
    }
    iso(words, at, today).or_else(|| dotted(words, at)).or_else(|| day_month(words, at, today)).or_else(|| {
        let year = year(words, at)?;
        match words.sense(at + 1) {
            Some(Sense::Part(nth, of)) => Some((at + 2, part_of(year, nth, of, today)?)),
            // *2024 visitors* is a number.
            Some(Sense::Unit(_)) => None,
            _ => Some((at + 1, Period::around(Date::new(year, 1, 1).ok()?, Unit::Year)?.so_far_if(today))),
        }
    })
}

fn part_of(year: i16, nth: i8, of: i8, today: Date) -> Option<Period> {
    let months = 12 / of;
    let from = Date::new(year, (nth - 1) * months + 1, 1).ok()?;
    let to = later(from, i32::from(months), Unit::Month)?.yesterday().ok()?;
    Some(Period { unit: (of == 4).then_some(Unit::Quarter), ..Period::days(from, to) }.so_far_if(today))
}

fn iso(words: &Words<'_>, at: usize, today: Date) -> At<Period> {
    let year = year(words, at)?;
    if !words.joined(at, "-") {
        return None;
    }
    let month = i8::try_from(words.digits(at + 1)?).ok()?;
    if words.joined(at + 1, "-") {
        let day = i8::try_from(words.digits(at + 2)?).ok()?;
        return Some((at + 3, Period::day(Date::new(year, month, day).ok()?)));
    }
    Some((at + 2, Period::around(Date::new(year, month, 1).ok()?, Unit::Month)?.so_far_if(today)))
}

/// Day, month and year with dots. With slashes it could be read two ways, so it is not read.
fn dotted(words: &Words<'_>, at: usize) -> At<Period> {
    let joined = |at: usize| words.joined(at, ".") || words.joined(at, ". ");
    if !(joined(at) && joined(at + 1)) {
        return None;
    }
    let month = i8::try_from(words.digits(at + 1)?).ok()?;
    let date = Date::new(year(words, at + 2)?, month, day_number(words, at)?).ok()?;
    Some((at + 3, Period::day(date)))
}

/// What a period is compared with, from *compared* on.
pub(super) fn comparison(words: &Words<'_>, at: usize, today: Date) -> At<Comparison> {
    match (words.sense(at), words.sense(at + 1), words.sense(at + 2)) {
        (Some(Sense::YearOverYear), _, _) => return Some((at + 1, Comparison::YearBefore)),
        (Some(Sense::Unit(unit)), Some(Sense::Over), Some(Sense::Unit(again))) if unit == again => {
            let year = unit == Unit::Year;
            return Some((at + 3, if year { Comparison::YearBefore } else { Comparison::Previous }));
        }
        _ => {}
    }
    if !words.is(at, Sense::Compared) {
        return None;
    }
    let after = if words.is(at + 1, Sense::With) || words.is(at + 1, Sense::To) { at + 2 } else { at + 1 };
    compared_with(words, words.skip(after, Sense::The), today)
}

fn compared_with(words: &Words<'_>, at: usize, today: Date) -> At<Comparison> {
    let previous = |end| Some((end, Comparison::Previous));
    let year = |end| Some((end, Comparison::YearBefore));
    let senses = (words.sense(at)?, words.sense(at + 1), words.sense(at + 2), words.sense(at + 3));
    match senses {
        (Sense::Unit(Unit::Year), Some(Sense::Before), ..) => year(at + 2),
        (Sense::Unit(_) | Sense::Period, Some(Sense::Before), ..) => previous(at + 2),
        (Sense::Before, ..) => previous(at + 1),
        (Sense::Last, Some(Sense::Period), ..) => previous(at + 2),
        (Sense::Period, ..) => previous(at + 1),
        (Sense::Last, Some(Sense::Unit(Unit::Year)), ..) => year(at + 2),
        (Sense::A, Some(Sense::Unit(Unit::Year)), Some(Sense::Ago | Sense::Before), _) => year(at + 3),
        (Sense::Same, Some(_), Some(Sense::Last), Some(Sense::Unit(Unit::Year))) => year(at + 4),
        (Sense::Same, Some(_), Some(Sense::A), Some(Sense::Unit(Unit::Year))) if words.is(at + 4, Sense::Ago) => {
            year(at + 5)
        }
        _ => period(words, at, today).map(|(end, period)| (end, Comparison::With(period))),
    }
}
