//! The key tree and its age, for the dashboard.

use axum::Json;
use axum::extract::State;

use super::Shared;
use super::auth::May;
use super::rights::SeeKeys;
use crate::told::KeysTold;

/// What holds the root, when it was last replaced, and how many keys of which purpose there are. Members are counted in
/// steps. For staff only.
#[utoipa::path(get, path = "/api/v1/keys", tag = "privacy", responses((status = 200, body = KeysTold)))]
pub(super) async fn get(State(api): State<Shared>, _: May<SeeKeys>) -> Json<KeysTold> {
    Json(KeysTold::of(&api.core.tree.state(), &api.core.config).for_staff())
}
