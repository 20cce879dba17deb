//! A member's list, by what they said.

use axum::Json;
use axum::extract::State;
use outis_people::Active;

use super::Shared;
use super::asked::Asked;
use crate::api::error::ApiError;
use crate::core::models::{Told, Wish};
use crate::extract::Query;
use crate::people::whose::{Whose, failed};

pub(super) async fn get(
    State(core): State<Shared>,
    whose: Whose,
    Query(asked): Query<Asked>,
) -> Result<Json<Told>, ApiError> {
    let wish = asked.into_wish(wish(&core, &whose).await?)?;
    Ok(Json(core.models.recommend(whose.site.site().id, &wish).await?))
}

/// What is known of whom it is about. Who is signed in and has never said anything gets a list all the same.
pub(crate) async fn wish(core: &Shared, whose: &Whose) -> Result<Wish, ApiError> {
    let found = core.members.people.find(whose.site.site().id, &whose.id).await.map_err(failed)?;
    match found {
        Some(active) => of_member(core, &active).map_err(failed),
        None if whose.by_application => Err(crate::people::whose::nobody()),
        None => Ok(Wish { not_agreed: true, ..Wish::default() }),
    }
}

/// What a member says; what is drawn for them stays the same until the day is over.
pub(super) fn of_member(core: &Shared, active: &Active) -> Result<Wish, outis_people::PeopleError> {
    let member = active.member()?;
    let zone = core.registry.by_id(member.site()).map(|state| state.site().zone.clone());
    let today = core.clock.now().day(&zone.unwrap_or(jiff::tz::TimeZone::UTC));
    let draw = u128::from(member.day(today).visitor.0).to_le_bytes();
    Ok(Wish { draw: Some(draw), ..Wish::of_member(active)? })
}
