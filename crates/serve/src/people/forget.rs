//! Forgetting a member.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use outis_disclose::note;
use outis_people::{Mode, Order};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::Shared;
use super::says::read;
use super::whose::{Whose, failed};
use crate::api::error::ApiError;
use crate::core::receipts::Done;

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

pub(super) async fn post(State(core): State<Shared>, whose: Whose, body: Bytes) -> Result<Json<Forgotten>, ApiError> {
    let wish = if body.is_empty() { Wish { mode: None } } else { read::<Wish>(&body, "mode: fold or delete")? };
    let site = whose.site.site();
    let mode = wish.mode.unwrap_or(Mode::Fold);
    let order = Order { mode, today: core.clock.now().day(&site.zone), recent_days: site.policy.recent_days };
    let before = core.tree.state().epoch;
    let forgotten = core.members.people.forget(site.id, &whose.id, order, &*core.members).await;
    let (_, forgotten) = forgotten.map_err(failed)?;
    core.members.people.unlink(forgotten).await.map_err(failed)?;
    let receipt = receipt(&core, mode, [before, core.tree.state().epoch]).await;
    Ok(Json(Forgotten {
        state: "erased",
        mode,
        follows: vec![Follows { what: "hidden rows", within: "24 hours; those of today after the end of the day" }],
        receipt,
    }))
}

/// The copy of the receipt. Without one everything is forgotten all the same.
async fn receipt(core: &Shared, mode: Mode, epochs: [u64; 2]) -> Option<Value> {
    let now = core.clock.now();
    let recoverable_until = core.config.keys.escrow_window.until(now);
    match core.receipts.issue(&Done { mode, epochs, recoverable_until }, now).await {
        Ok(copy) => serde_json::from_str(&copy.to_json()).ok(),
        Err(_) => {
            note!(Error, "somebody was forgotten and no receipt could be made");
            None
        }
    }
}
