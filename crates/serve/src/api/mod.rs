//! The interfaces for staff and programs: sign-in, questions, settings. Every number in an answer has passed the gate.

mod auth;
mod collection;
mod composed;
mod debug;
mod definitions;
pub(crate) mod error;
mod history;
mod identity;
mod insights;
mod keys;
mod limits;
mod live;
mod noise;
mod openapi;
mod plausible;
mod purges;
mod retention;
mod session;
mod settings;
mod setup;
mod sites;
mod threads;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post, put};

use crate::core::Core;

pub(crate) use auth::bearer;
pub(crate) use openapi::document;

use limits::SignIns;
use threads::Threads;

/// Largest body of a request to these interfaces.
const BODY_BYTES: usize = 256 * 1024;

/// What the handlers share.
pub(crate) struct Api {
    core: Arc<Core>,
    sign_ins: SignIns,
}

type Shared = Arc<Api>;

/// The routes. Whoever serves them gives each request the extension `ConnectInfo<SocketAddr>`.
pub(crate) fn router(core: Arc<Core>) -> Router {
    let api = Arc::new(Api { core, sign_ins: SignIns::default() });
    Router::new()
        .merge(questions().route_layer(from_fn_with_state(Arc::<Threads>::default(), threads::apart)))
        .route("/api/v1/setup", post(setup::post))
        .route("/api/v1/session", get(session::get).post(session::post).delete(session::delete))
        .route("/api/v1/session/preferences", put(session::put_preferences))
        .route("/api/v1/live", get(live::get))
        .route("/api/v1/collection", get(collection::get))
        .route("/api/v1/history", get(history::get))
        .route("/api/v1/definitions", get(definitions::get).put(definitions::put).delete(definitions::delete))
        .route("/api/v1/settings", get(settings::get).put(settings::put))
        .route("/api/v1/noise", get(noise::get))
        .route("/api/v1/plan", put(settings::put_plan))
        .route("/api/v1/purges", get(purges::get).post(purges::post))
        .route("/api/v1/retention", get(retention::get))
        .route("/api/v1/debug", get(debug::get))
        .route("/api/v1/keys", get(keys::get))
        .route("/api/v1/sites", post(sites::post))
        .route("/api/v1/identity", get(identity::get).put(identity::put).delete(identity::delete))
        .route("/api/openapi.json", get(openapi::get))
        .route("/api/{*rest}", axum::routing::any(error::no_such_call))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .with_state(api)
}

/// What is answered from rows, counts and cells, and may take long.
fn questions() -> Router<Shared> {
    Router::new()
        .route("/api/v1/insights/{kind}", post(insights::post))
        .route("/api/v1/insights/goals", post(composed::goals))
        .route("/api/v1/insights/segmentation", post(composed::segmentation))
        .route("/api/v1/insights/features", post(composed::features))
        .route("/api/v1/insights/composition", post(composed::composition))
        .route("/api/v1/insights/engagement", post(composed::engagement))
        .route("/api/v1/insights/items", post(composed::items))
        .route("/api/v1/insights/attribution", post(composed::attribution))
        .route("/api/v1/insights/ab", post(composed::ab))
        .route("/api/v2/query", post(plausible::post))
}
