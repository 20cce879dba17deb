//! The description of this interface (OpenAPI).

use utoipa::OpenApi;

use super::code::Code;
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
    code: post "/api/v1/people/{who}/code" => 200 = Code, 401, 404; "A code by which support sees, once and within ten minutes, what the member sees. With `me` only."
    forget: post "/api/v1/people/{who}/forget", body Wish => 200 = Forgotten, 401; "Forgets the member, at once and for good."
}

/// Requests of other systems, in the form of OpenDSR 2.0; see docs/people.md.
macro_rules! of_others {
    ($($name:ident: $method:ident $path:literal $(($id:literal))? => $($status:literal),+; $text:literal)+) => {
        $(
            #[doc = $text]
            #[utoipa::path($method, path = $path, tag = "people",
                params($(($id = String, Path, description = "`subject_request_id`"),)?
                    ("site" = Option<String>, Query, description = "the site's name, if the token is for all")),
                responses($((status = $status, description = "as OpenDSR 2.0 says", body = Object)),+))]
            #[expect(dead_code, reason = "it is described, not called")]
            fn $name() {}
        )+
    };
}

of_others! {
    discovery: get "/opendsr/discovery" => 200; "What OpenDSR requests are taken, and which certificate signs answers."
    certificate: get "/opendsr/certificate.pem" => 200, 404; "The certificate that answers are signed with."
    request: post "/opendsr/requests" => 201, 400, 401, 404; "An OpenDSR request: erasure, access or portability by `controller_customer_id`, carried out at once."
    status: get "/opendsr/requests/{id}" ("id") => 200, 401, 404; "How far an OpenDSR request is."
    cancel: delete "/opendsr/requests/{id}" ("id") => 400, 401, 404; "Requests are carried out when they come: none can be cancelled."
    results: get "/opendsr/requests/{id}/results" ("id") => 200, 401, 404, 410; "What is held about the members that a request of access or portability is about; for a day."
}

#[derive(OpenApi)]
#[openapi(
    paths(
        discovery,
        certificate,
        request,
        status,
        cancel,
        results,
        export,
        interests,
        put_interests,
        items,
        put_item,
        delete_item,
        consent,
        put_consent,
        code,
        forget
    ),
    components(schemas(Interests, Items, NewConsent, Wish, Forgotten, Code))
)]
struct Description;

/// The whole description.
pub(crate) fn description() -> utoipa::openapi::OpenApi {
    Description::openapi()
}
