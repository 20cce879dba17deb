//! What history keeps of a site, and since when.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::extract::State;
use outis_event::{Day, Term};
use outis_guard::Refusal;
use outis_insight::DefinitionKind;
use outis_insight::history::{CROSSED, Family, Keeping, Members, Ways};
use outis_insight::native::{Held, Listed, listed};
use serde::Serialize;
use utoipa::ToSchema;

use super::Shared;
use super::auth::May;
use super::error::ApiError;
use super::live::OfSite;
use super::rights::AskQuestions;
use crate::extract::Query;

/// What outlives rows.
#[derive(Serialize, ToSchema)]
pub(super) struct HistoryKeeps {
    /// The first and the last day that became history; null: none yet.
    #[schema(value_type = Option<Vec<String>>)]
    days: Option<(String, String)>,
    /// Members by day, week, period and cohort are kept on all days from this one on.
    members_since: Option<String>,
    /// The page after each page and the one before it are kept from this day on.
    page_to_page_since: Option<String>,
    /// Goals, features, funnels and pairs, by kind and name.
    saved: Vec<SavedInHistory>,
}

/// Something saved, as history keeps it.
#[derive(Serialize, ToSchema)]
struct SavedInHistory {
    /// What it is.
    kind: DefinitionKind,
    /// How it is called.
    name: String,
    /// It is kept, or will be from the next close on.
    kept: bool,
    /// The first day from which on all closed days keep it; null: none yet, or it is not kept. Looked for up to 400 closed
    /// days back.
    since: Option<String>,
    /// It is told by the values of these too.
    #[schema(value_type = Vec<String>)]
    by: Vec<&'static str>,
    /// Why it is not kept.
    #[schema(value_type = Option<String>)]
    why: Option<&'static str>,
}

const SENSITIVE: &str = "it crosses what is sensitive with place or device";

/// What history keeps of a site and since when, and what it does not keep of what was saved, and why.
#[utoipa::path(get, path = "/api/v1/history", tag = "definitions", params(OfSite),
    responses((status = 200, body = HistoryKeeps), (status = 404, body = super::error::ErrorBody)))]
pub(super) async fn get(
    State(api): State<Shared>,
    may: May<AskQuestions>,
    Query(of): Query<OfSite>,
) -> Result<Json<HistoryKeeps>, ApiError> {
    let site = api.site(&may, &of.site)?;
    let warehouse = &api.core.warehouse;
    let all = listed(&api.context(&site));
    let families: BTreeSet<[u32; 2]> = all.iter().flat_map(families).chain(always()).map(|f| f.codes()).collect();
    let families: Vec<Family> = families.into_iter().filter_map(Family::of_codes).collect();
    let found = warehouse.kept_since(site.site().id, &families).await.map_err(Refusal::from)?;
    let since = Since(families.iter().map(Family::codes).zip(found).collect());
    let keeping = warehouse.keeping(site.site());
    let [members, ways, _] = always();
    let text = |day: Day| day.date().to_string();
    Ok(Json(HistoryKeeps {
        days: warehouse.closed_days(site.site().id).map(|(first, last)| (text(first), text(last))),
        members_since: since.of(members),
        page_to_page_since: since.of(ways),
        saved: all.into_iter().map(|one| since.saved(one, &keeping)).collect(),
    }))
}

/// What tells of members, of the next page, and of single events and pages.
fn always() -> [Family; 3] {
    [Family::members(Members::Day), Family::ways(Ways::Next), Family::SITE]
}

fn families(of: &Listed) -> Vec<Family> {
    match of.how {
        Held::Set(id) => by(id).map(|(_, family)| family).chain([Family::set(id)]).collect(),
        Held::Pair(family) => vec![family],
        Held::Counts | Held::Not(_) => Vec::new(),
    }
}

fn by(id: Term) -> impl Iterator<Item = (&'static str, Family)> {
    CROSSED.into_iter().map(move |dimension| (dimension.key(), Family::set_by(id, dimension)))
}

/// Since when families are kept, by their numbers.
struct Since(BTreeMap<[u32; 2], Option<Day>>);

impl Since {
    fn of(&self, family: Family) -> Option<String> {
        self.0.get(&family.codes()).copied().flatten().map(|day| day.date().to_string())
    }

    fn saved(&self, Listed { kind, name, how }: Listed, keeping: &Keeping) -> SavedInHistory {
        let is_left_out = match how {
            Held::Set(id) => !keeping.kept.iter().any(|kept| kept.id == id),
            Held::Pair(family) => {
                let is_built_in = || Family::declared([], &[], true).contains(&family);
                let is_declared = |[a, b]: &[_; 2]| Family::declarable(*a, *b) == Some(family);
                !keeping.pairs.iter().any(is_declared) && !is_built_in()
            }
            Held::Counts | Held::Not(_) => false,
        };
        let why = match how {
            Held::Not(why) => Some(why),
            _ => is_left_out.then_some(SENSITIVE),
        };
        let (since, by) = match how {
            _ if why.is_some() => (None, Vec::new()),
            Held::Counts => (self.of(Family::SITE), Vec::new()),
            Held::Pair(family) => (self.of(family), Vec::new()),
            Held::Set(id) => {
                let by = by(id).filter(|(_, family)| self.of(*family).is_some()).map(|(name, _)| name);
                (self.of(Family::set(id)), by.collect())
            }
            Held::Not(_) => (None, Vec::new()),
        };
        SavedInHistory { kind, name, kept: why.is_none(), since, by, why }
    }
}
