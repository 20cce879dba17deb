//! The interfaces for staff and programs: sign-in, questions, settings. Every number in an answer has passed the gate.

mod ask;
mod audit;
pub(crate) mod auth;
mod collection;
mod composed;
mod crew;
mod debug;
pub(crate) mod definitions;
mod egress;
mod erasures;
pub(crate) mod error;
mod history;
mod identity;
mod insights;
mod keys;
mod limits;
pub(crate) mod live;
mod models;
mod noise;
mod openapi;
mod placements;
mod plausible;
mod privacy;
mod purges;
mod retention;
pub(crate) mod rights;
mod session;
mod settings;
mod setup;
mod sites;
mod support;
mod threads;
mod users;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn;
use axum::{Extension, Router};

use crate::core::Core;
use crate::routes::Routes;

pub(crate) use auth::{May, bearer, site_of};
pub(crate) use openapi::document;

use limits::SignIns;
use threads::Threads;

/// Largest body of a request to these interfaces.
const BODY_BYTES: usize = 256 * 1024;

/// What the handlers share.
pub(crate) struct Api {
    pub(crate) core: Arc<Core>,
    sign_ins: SignIns,
    /// Codes that support tries, which are shorter than passwords.
    code_tries: SignIns,
    site_words: ask::SiteWords,
}

pub(crate) type Shared = Arc<Api>;

/// The routes. Whoever serves them gives each request the extension `ConnectInfo<SocketAddr>`.
pub(crate) fn router(core: Arc<Core>) -> Router {
    let threads = Arc::new(Threads::beside(&core.journal));
    let api = Arc::new(Api {
        core,
        sign_ins: SignIns::default(),
        code_tries: SignIns::default(),
        site_words: ask::SiteWords::default(),
    });
    routes()
        .into_router()
        .route("/api/{*rest}", axum::routing::any(error::no_such_call))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(Extension(threads))
        .with_state(api)
}

/// Every call, with the handler that says by its arguments who may make it.
pub(crate) fn routes() -> Routes<Shared> {
    Routes::new()
        .merge(questions().behind(|router| router.route_layer(from_fn(threads::apart))))
        .post("/api/v1/setup", setup::post)
        .get("/api/v1/session", session::get)
        .post("/api/v1/session", session::post)
        .delete("/api/v1/session", session::delete)
        .put("/api/v1/session/preferences", session::put_preferences)
        .get("/api/v1/users", users::get)
        .post("/api/v1/users", users::post)
        .put("/api/v1/users/{id}", users::put)
        .delete("/api/v1/users/{id}", users::delete)
        .post("/api/v1/support/export", support::post)
        .get("/api/v1/audit", audit::get)
        .get("/api/v1/privacy", privacy::get)
        .get("/api/v1/erasures", erasures::list)
        .post("/api/v1/erasures", erasures::post)
        .get("/api/v1/erasures/{request}", erasures::get)
        .get("/api/v1/live", live::get)
        .get("/api/v1/collection", collection::get)
        .get("/api/v1/history", history::get)
        .get("/api/v1/definitions", definitions::get)
        .put("/api/v1/definitions", definitions::put)
        .delete("/api/v1/definitions", definitions::delete)
        .get("/api/v1/settings", settings::get)
        .put("/api/v1/settings", settings::put)
        .get("/api/v1/noise", noise::get)
        .put("/api/v1/plan", settings::put_plan)
        .get("/api/v1/purges", purges::get)
        .post("/api/v1/purges", purges::post)
        .get("/api/v1/retention", retention::get)
        .get("/api/v1/debug", debug::get)
        .get("/api/v1/keys", keys::get)
        .get("/api/v1/egress", egress::get)
        .post("/api/v1/sites", sites::post)
        .get("/api/v1/identity", identity::get)
        .put("/api/v1/identity", identity::put)
        .delete("/api/v1/identity", identity::delete)
        .get("/api/v1/models", models::get)
        .get("/api/v1/models/liked", models::liked)
        .get("/api/v1/placements", placements::get)
        .put("/api/v1/placements", placements::put)
        .delete("/api/v1/placements", placements::delete)
        .get("/api/v1/placements/report", placements::report)
        .get("/api/openapi.json", openapi::get)
        .merge(crate::items::routes())
}

/// What is answered from rows, counts and cells, and may take long.
fn questions() -> Routes<Shared> {
    Routes::new()
        .post("/api/v1/insights/{kind}", insights::post)
        .post("/api/v1/insights/goals", composed::goals)
        .post("/api/v1/insights/segmentation", composed::segmentation)
        .post("/api/v1/insights/features", composed::features)
        .post("/api/v1/insights/composition", composed::composition)
        .post("/api/v1/insights/engagement", composed::engagement)
        .post("/api/v1/insights/items", composed::items)
        .post("/api/v1/insights/attribution", composed::attribution)
        .post("/api/v1/insights/ab", composed::ab)
        .post("/api/v2/query", plausible::post)
        .post("/api/v1/ask", ask::post)
}

#[cfg(test)]
pub(crate) mod tests;
