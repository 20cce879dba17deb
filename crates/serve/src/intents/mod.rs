//! The interface of intents: staff define them, members and their applications have texts told and done.
//!
//! A text lives as long as its request. It is never stored or logged, and no answer repeats more of it than the values of
//! slots.

mod answer;
mod deeds;
mod definitions;
mod description;
mod execute;
mod interpret;
mod lists;
mod order;
#[cfg(test)]
mod tests;
mod whom;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use outis_personal::intent::MOST_DEFINITION_BYTES;

use crate::core::Core;
use crate::people::cors;
use crate::routes::Routes;

pub(crate) use description::description;

/// Largest body with a text.
const TEXT_BODY_BYTES: usize = 64 * 1024;
/// Largest body with definitions: in JSON a character of theirs may take several.
const DEFINITION_BODY_BYTES: usize = 2 * MOST_DEFINITION_BYTES;

type Shared = Arc<Core>;

/// The routes of members, their applications, and staff who try: a site's own pages may call them.
pub(crate) fn router(core: Shared) -> Router {
    of_members()
        .into_router()
        .layer(DefaultBodyLimit::max(TEXT_BODY_BYTES))
        .layer(from_fn_with_state(core.clone(), cors::answer))
        .with_state(core)
}

/// The routes of whoever defines intents.
pub(crate) fn staff_router(core: Shared) -> Router {
    of_staff().into_router().layer(DefaultBodyLimit::max(DEFINITION_BODY_BYTES)).with_state(core)
}

/// Every call.
#[cfg(test)]
pub(crate) fn routes() -> Routes<Shared> {
    of_staff().merge(of_members())
}

fn of_staff() -> Routes<Shared> {
    Routes::new()
        .get("/api/v1/intents", definitions::get)
        .put("/api/v1/intents", definitions::put)
        .post("/api/v1/intents/import", definitions::import)
        .post("/api/v1/intents/export", definitions::export)
}

fn of_members() -> Routes<Shared> {
    Routes::new().post("/api/v1/intents/interpret", interpret::post).post("/api/v1/intents/execute", execute::post)
}
