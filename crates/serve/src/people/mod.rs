//! The interface for members and for the applications they belong to: what is held about them, what they say, and that
//! they be forgotten.
//!
//! `/api/v1/people/me/..` takes an identity token as bearer, `/api/v1/people/{id}/..?site=` a token with the scope
//! `people`. Browsers may call the first from the site's own pages.

pub(crate) mod callbacks;
mod code;
pub(crate) mod cors;
mod description;
pub(crate) mod export;
pub(crate) mod forget;
pub(crate) mod html;
mod log;
mod opendsr;
pub(crate) mod says;
pub(crate) mod whose;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;

use crate::core::Core;
use crate::routes::Routes;

pub(crate) use description::description;

/// Largest body.
const BODY_BYTES: usize = 64 * 1024;

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
        .get("/api/v1/people/{who}/export", export::get)
        .get("/api/v1/people/{who}/interests", says::interests)
        .put("/api/v1/people/{who}/interests", says::put_interests)
        .get("/api/v1/people/{who}/consent", says::consents)
        .put("/api/v1/people/{who}/consent", says::put_consent)
        .post("/api/v1/people/{who}/forget", forget::post)
        .post("/api/v1/people/me/code", code::post)
        .get("/api/v1/people/{who}/{items}", says::items)
        .put("/api/v1/people/{who}/{items}/{item}", says::put_item)
        .delete("/api/v1/people/{who}/{items}/{item}", says::delete_item)
        .get("/opendsr/discovery", opendsr::discovery)
        .get("/opendsr/certificate.pem", opendsr::certificate)
        .post("/opendsr/requests", opendsr::post)
        .get("/opendsr/requests/{id}", opendsr::get)
        .delete("/opendsr/requests/{id}", opendsr::delete)
        .get("/opendsr/requests/{id}/results", opendsr::results)
        .get("/opendsr/v2/discovery", opendsr::discovery)
        .post("/opendsr/v2/requests", opendsr::post)
        .get("/opendsr/v2/requests/{id}", opendsr::get)
        .delete("/opendsr/v2/requests/{id}", opendsr::delete)
        .get("/opengdpr/v1/discovery", opendsr::discovery)
        .post("/opengdpr/v1/opengdpr_requests", opendsr::post)
        .get("/opengdpr/v1/opengdpr_requests/{id}", opendsr::get)
        .delete("/opengdpr/v1/opengdpr_requests/{id}", opendsr::delete)
        .get("/transparency/log/{*path}", log::file)
        .get("/transparency/key", log::key)
        .get("/transparency/proof/{leaf}", log::proof)
}
