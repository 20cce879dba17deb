//! Forgetting a member.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use outis_people::Mode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::Shared;
use super::says::read;
use super::whose::{Whose, failed};
use crate::api::error::ApiError;

/// How to forget.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wish {
    /// `fold` (default): what the member did today is still counted among at least the floor of people, without them.
    /// `delete`: not even that.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    mode: Option<Mode>,
}

/// What was done. The same for ids that are no member's.
#[derive(Serialize, ToSchema)]
pub(crate) struct Forgotten {
    /// `erased`: profile, identity and everything they stated are destroyed, with their keys and so in every backup, and
    /// rows are hidden.
    state: &'static str,
    /// How.
    #[schema(value_type = String)]
    mode: Mode,
    /// What follows by itself, and until when.
    follows: Vec<Follows>,
    /// The only copy of the receipt, to be kept by whom it is for; absent if it could not be made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    receipt: Option<Value>,
}

/// Something that follows.
#[derive(Serialize, ToSchema)]
pub(crate) struct Follows {
    what: &'static str,
    within: &'static str,
}

impl Forgotten {
    /// What is told of it.
    pub(crate) fn new(mode: Mode, receipt: Option<Value>) -> Forgotten {
        let follows = vec![Follows { what: "hidden rows", within: FOLLOWS }];
        Forgotten { state: "erased", mode, follows, receipt }
    }
}

/// Until when hidden rows are rewritten.
pub(crate) const FOLLOWS: &str = "24 hours; those of today after the end of the day";

pub(super) async fn post(State(core): State<Shared>, whose: Whose, body: Bytes) -> Result<Json<Forgotten>, ApiError> {
    let wish = if body.is_empty() { Wish { mode: None } } else { read::<Wish>(&body, "mode: fold or delete")? };
    let mode = wish.mode.unwrap_or(Mode::Fold);
    let receipt = core.forget(whose.site.site(), &whose.id, mode).await.map_err(failed)?;
    Ok(Json(Forgotten::new(mode, receipt)))
}
