//! The description of this interface (OpenAPI).

use utoipa::OpenApi;

use super::forget::{Forgotten, Wish};
use super::says::{Interests, Items, NewConsent};

/// Whose data: `me` with an identity token, or the application's id with a token of the scope `people` and `?site=`.
macro_rules! described {
    ($($name:ident: $method:ident $path:literal $(, body $body:ty)? => $($status:literal $(= $answer:ty)?),+; $text:literal)+) => {
        $(
            #[doc = $text]
            #[utoipa::path($method, path = $path, tag = "people", $(request_body = $body,)?
                params(
                    ("who" = String, Path, description = "`me`, or the application's id of the member"),
                    ("site" = Option<String>, Query, description = "the site's name; not with `me`"),
                ),
                responses($((status = $status, description = "done" $(, body = $answer)?)),+))]
            #[expect(dead_code, reason = "it is described, not called")]
            fn $name() {}
        )+
    };
}

described! {
    export: get "/api/v1/people/{who}/export" => 200, 401, 404;
        "Everything that is held about a member, as JSON, or as a page with `format=html`."
    interests: get "/api/v1/people/{who}/interests" => 200 = Interests, 401, 404; "What the member stated."
    put_interests: put "/api/v1/people/{who}/interests", body Interests => 204, 400, 401; "Replaces what the member stated."
    items: get "/api/v1/people/{who}/{items}" => 200 = Items, 401, 404; "Items of a kind: `likes`, `bookmarks`, `hidden`."
    put_item: put "/api/v1/people/{who}/{items}/{item}" => 204, 400, 401; "Adds an item."
    delete_item: delete "/api/v1/people/{who}/{items}/{item}" => 204, 401, 404; "Takes an item away."
    consent: get "/api/v1/people/{who}/consent" => 200, 401, 404; "What the member agreed to."
    put_consent: put "/api/v1/people/{who}/consent", body NewConsent => 204, 400, 401; "Agrees, or takes it back."
    forget: post "/api/v1/people/{who}/forget", body Wish => 200 = Forgotten, 401; "Forgets the member, at once and for good."
}

#[derive(OpenApi)]
#[openapi(
    paths(export, interests, put_interests, items, put_item, delete_item, consent, put_consent, forget),
    components(schemas(Interests, Items, NewConsent, Wish, Forgotten))
)]
struct Description;

/// The whole description.
pub(crate) fn description() -> utoipa::openapi::OpenApi {
    Description::openapi()
}
