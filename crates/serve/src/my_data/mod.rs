//! `/my-data`: a member's own page, opened with the identity token that the application gives them.
//!
//! The token comes in a form's field, never in an address: the application posts it, or puts it behind the `#`, from
//! where a small script posts it. Every answer is a whole page that works without script. No cookie is set, so nobody
//! but who holds the token can make anything happen.

mod acts;
mod page;

use std::sync::Arc;

use axum::Form;
use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use outis_disclose::Pii;
use serde::Deserialize;

use crate::core::Core;
use crate::people::whose::Whose;
use crate::routes::Routes;

/// Largest form: a token and some words.
const BODY_BYTES: usize = 16 * 1024;

type Shared = Arc<Core>;

/// The routes.
pub(crate) fn router(core: Shared) -> Router {
    routes().into_router().layer(DefaultBodyLimit::max(BODY_BYTES)).with_state(core)
}

/// Every call.
pub(crate) fn routes() -> Routes<Shared> {
    Routes::new()
        .get("/my-data", closed)
        .post("/my-data", open)
        .get("/my-data/style.css", style)
        .get("/my-data/open.js", script)
}

/// What a form of the page sends.
#[derive(Deserialize)]
struct Sent {
    #[serde(default)]
    token: String,
    /// What to do; nothing: to see.
    #[serde(default, rename = "do")]
    act: String,
    #[serde(default)]
    purpose: String,
    #[serde(default)]
    given: String,
    #[serde(default)]
    mode: String,
    #[serde(default)]
    confirm: String,
}

async fn closed() -> Response {
    page::answer(StatusCode::OK, page::closed())
}

async fn open(
    State(core): State<Shared>,
    form: Result<Form<Sent>, axum::extract::rejection::FormRejection>,
) -> Response {
    let Ok(Form(sent)) = form else { return refused() };
    let Ok(whose) = Whose::me(&core, &Pii::new(sent.token.clone())) else { return refused() };
    match acts::act(&core, &whose, &sent).await {
        Ok(response) => response,
        Err(error) => page::answer(error.status(), page::failed(whose.site.site().domain.as_str(), error.message())),
    }
}

/// One answer, whatever is wrong with a token.
fn refused() -> Response {
    page::answer(StatusCode::UNAUTHORIZED, page::refused())
}

async fn style() -> Response {
    file("text/css; charset=utf-8", include_str!("style.css"))
}

async fn script() -> Response {
    file("text/javascript; charset=utf-8", include_str!("open.js"))
}

fn file(kind: &'static str, text: &'static str) -> Response {
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, "no-cache")], text).into_response()
}
