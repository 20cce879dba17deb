//! The description of this interface (OpenAPI).

use utoipa::OpenApi;

use super::asked::{Asked, FilterBody};
use super::batch::{Digest, Digests, OfMember};
use super::open::Request;
use super::why::Why;
use crate::core::models::{Computed, Told, ToldItem, ToldReason};

/// Calls with their answers.
macro_rules! described {
    ($($name:ident: $method:ident $path:literal $(, params($(($param:literal, $means:literal)),+))? $(, body $body:ty)? => $answer:ty, $($status:literal),*; $text:literal)+) => {
        $(
            #[doc = $text]
            #[utoipa::path($method, path = $path, tag = "recommendations", $(request_body = $body,)?
                params(Asked $($(, ($param = String, Path, description = $means))+)?),
                responses((status = 200, body = $answer) $(, (status = $status, description = "refused"))*))]
            #[expect(dead_code, reason = "it is described, not called")]
            fn $name() {}
        )+
    };
}

described! {
    member: get "/api/v1/people/{who}/recommendations",
        params(("who", "`me` with an identity token, or the application's id of the member with a token of the scope `people`"))
        => Told, 400, 401, 404;
        "A member's list, by what they said and agreed to be used."
    why: get "/api/v1/people/{who}/recommendations/{item}/why",
        params(("who", "as in the list"), ("item", "the item's id")) => Why, 401, 404;
        "Why an item is suggested to a member, or is not."
    post: post "/api/v1/recommendations", body Request => Told, 400, 404;
        "A list by what the request says; nothing is kept. Open to everybody."
    batch: post "/api/v1/recommendations/batch", body Digest => Digests, 400, 401, 404;
        "Lists of up to 1,000 members, for digests; with a token of the scope `people`."
    similar: get "/api/v1/items/{id}/similar", params(("id", "the item's id")) => Told, 400, 404;
        "Items that go with one: by published lists, each pair with at least the floor of members behind it, and by tags. Open to everybody."
    trending: get "/api/v1/trending" => Told, 400, 404;
        "Items that are acted on more than usual, by released counts. Open to everybody."
    latest: get "/api/v1/latest" => Told, 400, 404;
        "What was published last. Open to everybody."
}

#[derive(OpenApi)]
#[openapi(
    paths(member, why, post, batch, similar, trending, latest),
    components(schemas(Told, ToldItem, ToldReason, Computed, Request, FilterBody, Digest, Digests, OfMember, Why))
)]
struct Description;

/// The whole description.
pub(crate) fn description() -> utoipa::openapi::OpenApi {
    Description::openapi()
}
