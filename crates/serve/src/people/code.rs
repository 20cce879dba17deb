//! A code by which a member lets support see what is held about them.

use axum::Json;
use axum::extract::State;
use outis_people::SupportCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::Shared;
use super::whose::{Me, failed};
use crate::api::error::ApiError;

/// A code to be read to support.
#[derive(Serialize, ToSchema)]
pub(crate) struct Code {
    /// Nine letters and digits. Spaces, dashes and case do not matter.
    code: String,
    /// How long it is good; it is good once.
    minutes: i64,
}

pub(super) async fn post(State(core): State<Shared>, Me(me): Me) -> Result<Json<Code>, ApiError> {
    let active = me.member(&core).await?;
    let code = core.members.people.issue_code(&active, core.clock.now()).map_err(failed)?;
    Ok(Json(Code { code: code.text().to_owned(), minutes: SupportCode::MINUTES }))
}
