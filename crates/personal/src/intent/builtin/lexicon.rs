//! What words mean to the readers of periods and numbers, in English and German.

use super::Unit;
use crate::intent::text::{Shape, Text};

/// What a word means. A word means one thing at most.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Sense {
    Today,
    Yesterday,
    /// *vorgestern*.
    Before2,
    Tomorrow,
    /// *übermorgen*.
    After2,
    Last,
    This,
    Next,
    Unit(Unit),
    Weekend,
    /// 1 to 12.
    Month(i8),
    /// 0 is Monday.
    Weekday(i8),
    /// *q1*, *h2*: parts of the year, and how many there are.
    Part(i8, i8),
    Half,
    Since,
    From,
    To,
    Between,
    And,
    Ago,
    Before,
    After,
    /// Words that may stand before a period and do not change it.
    Preposition,
    The,
    Of,
    A,
    All,
    Ever,
    Time,
    Date,
    So,
    Far,
    Compared,
    With,
    Over,
    Same,
    Period,
    Percent,
    Hundred,
    Thousand,
    Million,
    /// A number as a word, below a hundred.
    Count(u32),
    /// *first*, *dritte*.
    Nth(u32),
    /// *to date* as one word.
    ToDate(Unit),
    YearOverYear,
}

/// A text's words with what they mean.
pub(super) struct Words<'a> {
    pub(super) text: &'a Text,
    senses: Vec<Option<Sense>>,
}

impl Words<'_> {
    pub(super) fn of(text: &Text) -> Words<'_> {
        Words { text, senses: text.words().map(sense).collect() }
    }

    pub(super) fn sense(&self, at: usize) -> Option<Sense> {
        self.senses.get(at).copied().flatten()
    }

    pub(super) fn is(&self, at: usize, sense: Sense) -> bool {
        self.sense(at) == Some(sense)
    }

    /// The place behind a word if it means this, else the same place.
    pub(super) fn skip(&self, at: usize, sense: Sense) -> usize {
        at + usize::from(self.is(at, sense))
    }

    /// A run of digits as a number.
    pub(super) fn digits(&self, at: usize) -> Option<u64> {
        let word = self.text.word(at);
        (self.text.shape(at) == Some(Shape::Number) && word.len() <= 15).then(|| word.parse().ok()).flatten()
    }

    /// True if the next word follows at once, with just this between.
    pub(super) fn joined(&self, at: usize, by: &str) -> bool {
        at + 1 < self.text.len() && self.text.gap(at) == by
    }
}

#[rustfmt::skip]
fn sense(word: &str) -> Option<Sense> {
    use Sense::*;
    Some(match word {
        "today" | "heute" => Today,
        "yesterday" | "gestern" => Yesterday,
        "vorgestern" => Before2,
        "tomorrow" | "morgen" => Tomorrow,
        "übermorgen" => After2,
        "last" | "past" | "previous" | "prior" | "preceding" | "latest"
        | "letzte" | "letzten" | "letzter" | "letztes" | "letztem" | "vergangene" | "vergangenen" | "vergangener"
        | "vergangenes" | "vorige" | "vorigen" | "voriger" | "voriges" | "vorherige" | "vorherigen" | "vorheriger" => Last,
        "this" | "current" | "diese" | "dieser" | "dieses" | "diesen" | "diesem" | "aktuelle" | "aktuellen" => This,
        "next" | "coming" | "nächste" | "nächsten" | "nächster" | "nächstes" | "kommende" | "kommenden" => Next,
        "second's" => return None,
        "seconds" | "sec" | "secs" | "sekunde" | "sekunden" => Unit(super::Unit::Second),
        "minute" | "minutes" | "min" | "mins" | "minuten" => Unit(super::Unit::Minute),
        "hour" | "hours" | "hr" | "hrs" | "stunde" | "stunden" => Unit(super::Unit::Hour),
        "day" | "days" | "tag" | "tage" | "tagen" => Unit(super::Unit::Day),
        "week" | "weeks" | "wk" | "wks" | "woche" | "wochen" => Unit(super::Unit::Week),
        "month" | "months" | "monat" | "monate" | "monaten" | "monats" => Unit(super::Unit::Month),
        "quarter" | "quarters" | "quartal" | "quartale" | "quartalen" | "quartals" => Unit(super::Unit::Quarter),
        "year" | "years" | "yr" | "yrs" | "jahr" | "jahre" | "jahren" | "jahres" => Unit(super::Unit::Year),
        "weekend" | "wochenende" => Weekend,
        "january" | "jan" | "januar" | "jänner" => Month(1),
        "february" | "feb" | "februar" | "feber" => Month(2),
        "march" | "mar" | "märz" => Month(3),
        "april" | "apr" => Month(4),
        "may" | "mai" => Month(5),
        "june" | "jun" | "juni" => Month(6),
        "july" | "jul" | "juli" => Month(7),
        "august" | "aug" => Month(8),
        "september" | "sep" | "sept" => Month(9),
        "october" | "oct" | "oktober" | "okt" => Month(10),
        "november" | "nov" => Month(11),
        "december" | "dec" | "dezember" | "dez" => Month(12),
        "monday" | "montag" => Weekday(0),
        "tuesday" | "dienstag" => Weekday(1),
        "wednesday" | "mittwoch" => Weekday(2),
        "thursday" | "donnerstag" => Weekday(3),
        "friday" | "freitag" => Weekday(4),
        "saturday" | "samstag" | "sonnabend" => Weekday(5),
        "sunday" | "sonntag" => Weekday(6),
        "q1" => Part(1, 4), "q2" => Part(2, 4), "q3" => Part(3, 4), "q4" => Part(4, 4),
        "h1" => Part(1, 2), "h2" => Part(2, 2),
        "half" | "halbjahr" | "hälfte" | "halbe" | "halben" => Half,
        "since" | "seit" => Since,
        "from" | "vom" | "von" => From,
        "to" | "until" | "till" | "til" | "through" | "thru" | "bis" => To,
        "between" | "zwischen" => Between,
        "and" | "und" => And,
        "ago" => Ago,
        "before" | "davor" | "vor" | "zuvor" => Before,
        "after" | "nach" => After,
        "in" | "on" | "during" | "for" | "at" | "within" | "im" | "am" | "während" | "für" | "by" => Preposition,
        "the" | "der" | "die" | "das" | "dem" | "den" | "des" => The,
        "of" => Of,
        "a" | "an" | "ein" | "eine" | "einer" | "einem" | "einen" => A,
        "all" | "whole" | "entire" | "gesamte" | "gesamten" | "ganze" | "ganzen" => All,
        "ever" | "alltime" | "insgesamt" => Ever,
        "time" | "zeit" => Time,
        "date" => Date,
        "so" => So,
        "far" => Far,
        "compared" | "compare" | "comparing" | "comparison" | "versus" | "vs" | "against" | "relative"
        | "verglichen" | "vergleich" | "gegenüber" => Compared,
        "with" | "mit" | "zu" | "zum" | "zur" => With,
        "over" => Over,
        "same" | "gleichen" | "gleiche" => Same,
        "period" | "zeitraum" | "vorperiode" => Period,
        "percent" | "pct" | "prozent" | "%" => Percent,
        "hundred" | "hundert" => Hundred,
        "thousand" | "tausend" => Thousand,
        "million" | "millionen" => Million,
        "zero" | "null" => Count(0),
        "one" | "eins" => Count(1),
        "two" | "zwei" | "couple" => Count(2),
        "three" | "drei" => Count(3),
        "four" | "vier" => Count(4),
        "five" | "fünf" => Count(5),
        "six" | "sechs" => Count(6),
        "seven" | "sieben" => Count(7),
        "eight" | "acht" => Count(8),
        "nine" | "neun" => Count(9),
        "ten" | "zehn" => Count(10),
        "eleven" | "elf" => Count(11),
        "twelve" | "zwölf" => Count(12),
        "thirteen" | "dreizehn" => Count(13),
        "fourteen" | "vierzehn" => Count(14),
        "fifteen" | "fünfzehn" => Count(15),
        "sixteen" | "sechzehn" => Count(16),
        "seventeen" | "siebzehn" => Count(17),
        "eighteen" | "achtzehn" => Count(18),
        "nineteen" | "neunzehn" => Count(19),
        "twenty" | "zwanzig" => Count(20),
        "thirty" | "dreißig" | "dreissig" => Count(30),
        "forty" | "vierzig" => Count(40),
        "fifty" | "fünfzig" => Count(50),
        "sixty" | "sechzig" => Count(60),
        "seventy" | "siebzig" => Count(70),
        "eighty" | "achtzig" => Count(80),
        "ninety" | "neunzig" => Count(90),
        "first" | "erste" | "ersten" | "erster" | "erstes" => Nth(1),
        "second" | "zweite" | "zweiten" | "zweiter" | "zweites" => Nth(2),
        "third" | "dritte" | "dritten" | "dritter" | "drittes" => Nth(3),
        "fourth" | "vierte" | "vierten" | "vierter" | "viertes" => Nth(4),
        "fifth" | "fünfte" | "fünften" => Nth(5),
        "sixth" | "sechste" | "sechsten" => Nth(6),
        "seventh" | "siebte" | "siebten" => Nth(7),
        "eighth" | "achte" | "achten" => Nth(8),
        "ninth" | "neunte" | "neunten" => Nth(9),
        "tenth" | "zehnte" | "zehnten" => Nth(10),
        "mtd" => ToDate(super::Unit::Month),
        "ytd" => ToDate(super::Unit::Year),
        "yoy" => YearOverYear,
        _ => return numbered(word),
    })
}

/// *5th*, *21st*.
fn numbered(word: &str) -> Option<Sense> {
    let digits = ["st", "nd", "rd", "th"].iter().find_map(|end| word.strip_suffix(end))?;
    let short = !digits.is_empty() && digits.len() <= 4 && digits.bytes().all(|b| b.is_ascii_digit());
    let number: u32 = short.then(|| digits.parse().ok())??;
    (number > 0).then_some(Sense::Nth(number))
}
