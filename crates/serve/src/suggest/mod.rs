//! The interface for lists: a member's own, one for whatever a request says, and those that are the same for everybody.
//!
//! Pages of a site may call it. Only a member's list needs a token; nothing that a request says is kept.

mod asked;
mod batch;
mod caller;
mod description;
mod member;
mod open;
mod why;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;

use crate::core::Core;
use crate::people::cors;
use crate::routes::Routes;

pub(crate) use description::description;
pub(crate) use member::wish;

/// Largest body: a batch names a thousand members.
const BODY_BYTES: usize = 512 * 1024;

type Shared = Arc<Core>;

/// The routes.
pub(crate) fn router(core: Shared) -> Router {
    routes()
        .into_router()
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(from_fn_with_state(core.clone(), cors::answer))
        .with_state(core)
}

/// Every call.
pub(crate) fn routes() -> Routes<Shared> {
    Routes::new()
        .get("/api/v1/people/{who}/recommendations", member::get)
        .get("/api/v1/people/{who}/recommendations/{item}/why", why::get)
        .post("/api/v1/recommendations", open::post)
        .post("/api/v1/recommendations/batch", batch::post)
        .get("/api/v1/items/{id}/similar", open::similar)
        .get("/api/v1/trending", open::trending)
        .get("/api/v1/latest", open::latest)
}
