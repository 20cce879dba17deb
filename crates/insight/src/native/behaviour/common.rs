//! What requests and answers of all kinds have in common.

use outis_event::{Day, Link, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::super::error::bad;
use super::super::present::{Hidden, How, HowNoise, Value};
use super::super::request::Period;
use super::super::resolve::{Resolved, filters, query, range};
use super::super::{Context, RequestError, Selector};
use crate::behaviour::{Behaviour, Following, Narrowed, ShownTable};
use crate::{DayRange, Filter, Query};

/// How an answer about the order of events came about.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HowTraced {
    /// What is said of every answer.
    #[serde(flatten)]
    pub how: How,
    /// The way of counting, where there are several.
    #[schema(value_type = Option<String>)]
    pub mode: Option<&'static str>,
    /// What is counted.
    #[schema(value_type = String)]
    pub unit: &'static str,
    /// Most seconds from first to last step, where there is such a limit.
    pub window_s: Option<u32>,
    /// The first and the last day through which linked members are followed; null: every day is apart.
    #[schema(value_type = Option<Vec<String>>)]
    pub linkable: Option<(String, String)>,
    /// Limits and assumptions in plain words.
    pub notes: Vec<String>,
}

/// What is known of the question besides what is asked.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    pub(super) now: Timestamp,
    pub(super) unit: &'static str,
    pub(super) notes: Vec<String>,
    /// Members are followed.
    pub(super) following: Option<Following>,
}

impl Frame {
    /// Members are followed in the days of this question; see [`following`].
    pub(super) fn follow(
        &mut self,
        context: &Context<'_>,
        range: &DayRange,
        code: &'static str,
        without: &str,
    ) -> Resolved<Following> {
        let following = following(context, range, code, without)?;
        self.following = Some(following);
        Ok(following)
    }
}

/// Members are followed in these days, if the site's policy lets them.
///
/// # Errors
/// With this code, saying what works without.
pub(in crate::native) fn following(
    context: &Context<'_>,
    range: &DayRange,
    code: &'static str,
    without: &str,
) -> Resolved<Following> {
    if context.link == Link::Day {
        let works = format!("the site's link policy is `day`: {without}; with `period`, members can be followed");
        return bad(code, works);
    }
    // Links of the periods before are dropped.
    let from = Day::of_week(context.now.day(context.zone).period().saturating_mul(5));
    if range.to < from {
        let works = format!("members can be followed in this period only, from {} on; {without}", from.date());
        return bad(code, works);
    }
    let end = range.to.plus(1).start(context.zone).0.min(context.now.0).div_euclid(1000);
    Ok(Following { from, until_s: u64::try_from(end).unwrap_or(0) })
}

/// The days through which members are followed.
pub(in crate::native) fn linkable(following: Following, query: &Query, now: Timestamp) -> (String, String) {
    let (from, to) = (following.from.max(query.range.from), query.range.to.min(now.day(&query.zone)));
    (from.date().to_string(), to.date().to_string())
}

/// The base of a question: site, days and filter.
pub(super) fn base(context: &Context<'_>, period: &Period, list: &[serde_json::Value]) -> Resolved<(Query, Frame)> {
    let (range, _) = range(period, context)?;
    let (filter, of_language) = filters(list, context).map_err(|error| error.below("/filters"))?;
    if of_language {
        let works = "languages are counted singly, never with anything else";
        return bad("language_not_crossed", works).map_err(|error| error.below("/filters"));
    }
    let notes = known_from(context, &range)?.into_iter().collect();
    let base = query(context, range, filter, Vec::new(), Vec::new());
    Ok((base, Frame { now: context.now, unit: "visitors of a day", notes, following: None }))
}

/// Says from when on there is anything, if that is within the range.
fn known_from(context: &Context<'_>, range: &DayRange) -> Resolved<Option<String>> {
    match context.first_day {
        Some(first) if range.to < first => {
            let works = "nothing was collected before {}: ask about days from then on";
            bad("not_in_history", works.replace("{}", &first.date().to_string()))
                .map_err(|error: RequestError| error.below("/period"))
        }
        Some(first) if range.from < first => Ok(Some(format!("nothing was collected before {}", first.date()))),
        _ => Ok(None),
    }
}

/// The events a selector means. What it asks of them further is noted for the guard.
pub(in crate::native) fn select(
    selector: &Selector,
    context: &Context<'_>,
    narrowed: &mut Vec<Narrowed>,
    place: &str,
) -> Resolved<Filter> {
    let (named, by) = selector.parts(context).map_err(|error| error.below(place))?;
    if by.is_all() {
        return Ok(named);
    }
    narrowed.push(Narrowed { named: named.clone(), by: by.clone() });
    Ok(Filter::And(vec![named, by]))
}

/// How the answer came about.
pub(super) fn how(
    behaviour: &Behaviour,
    frame: &Frame,
    shown: &ShownTable,
    interval: Option<&'static str>,
    mode: Option<&'static str>,
) -> HowTraced {
    let query = &behaviour.base;
    let fresh = jiff::Timestamp::from_second(shown.fresh_as_of.0.div_euclid(1000)).unwrap_or_default();
    let how = How {
        life: shown.life,
        floor: shown.floor,
        rounded_to: shown.rounded_to,
        noise: HowNoise::of(&shown.noise),
        window: (query.range.from.date().to_string(), query.range.to.date().to_string()),
        compare_window: None,
        time_zone: query.zone.iana_name().unwrap_or("UTC").to_owned(),
        interval,
        fresh_as_of: fresh.to_string(),
        partial_last: query.range.to >= frame.now.day(&query.zone),
    };
    HowTraced {
        how,
        mode,
        unit: frame.unit,
        window_s: None,
        linkable: frame.following.map(|following| linkable(following, query, frame.now)),
        notes: frame.notes.clone(),
    }
}

pub(super) fn hidden(shown: &ShownTable) -> Hidden {
    Hidden { groups: shown.hidden_groups, floor: shown.floor }
}

/// Percent: exact from exact counts, whole from rounded ones; `None` of nothing or if something is not told.
pub(super) fn percent(part: Option<u64>, whole: Option<u64>, shown: &ShownTable) -> Option<Value> {
    let (part, whole) = (part?, whole.filter(|whole| *whole > 0)?);
    let percent = part as f64 * 100.0 / whole as f64;
    Some(Value(if shown.rounded_to > 1 { percent.round() } else { percent }))
}

/// Where the class at this place ends: where the next one begins.
pub(super) fn end_of_class(classes: &[u32], at: usize) -> Option<u32> {
    classes.get(at + 1).copied()
}
