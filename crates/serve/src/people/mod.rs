//! The interface for members and for the applications they belong to: what is held about them, what they say, and that
//! they be forgotten.
//!
//! `/api/v1/people/me/..` takes an identity token as bearer, `/api/v1/people/{id}/..?site=` a token with the scope
//! `people`. Browsers may call the first from the site's own pages.

mod cors;
mod description;
mod export;
mod forget;
mod log;
mod says;
mod whose;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post, put};

use crate::core::Core;

pub(crate) use description::description;

/// Largest body.
const BODY_BYTES: usize = 64 * 1024;

type Shared = Arc<Core>;

/// The routes.
pub(crate) fn router(core: Shared) -> Router {
    Router::new()
        .route("/api/v1/people/{who}/export", get(export::get))
        .route("/api/v1/people/{who}/interests", get(says::interests).put(says::put_interests))
        .route("/api/v1/people/{who}/consent", get(says::consents).put(says::put_consent))
        .route("/api/v1/people/{who}/forget", post(forget::post))
        .route("/api/v1/people/{who}/{items}", get(says::items))
        .route("/api/v1/people/{who}/{items}/{item}", put(says::put_item).delete(says::delete_item))
        .route("/transparency/log/{*path}", get(log::file))
        .route("/transparency/key", get(log::key))
        .route("/transparency/proof/{leaf}", get(log::proof))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(from_fn_with_state(core.clone(), cors::answer))
        .with_state(core)
}
