//! The description of this interface (OpenAPI).

use utoipa::OpenApi;

use super::definitions::{Asked as OfSite, ConfusedTold, Export, Exported, Format, Import, Told};
use super::execute::Wanted;
use super::interpret::Asked;

macro_rules! described {
    ($($name:ident: $method:ident $path:literal $(, body $body:ty)? => $($status:literal $(= $answer:ty)?),+; $text:literal)+) => {
        $(
            #[doc = $text]
            #[utoipa::path($method, path = $path, tag = "intents", $(request_body = $body,)? params(OfSite),
                responses($((status = $status, description = "as docs/intents.md says" $(, body = $answer)?)),+))]
            #[expect(dead_code, reason = "it is described, not called")]
            fn $name() {}
        )+
    };
}

described! {
    get: get "/api/v1/intents" => 200 = Told, 404; "The intents of a site, how far learning them is, and which examples are taken for which intent."
    put: put "/api/v1/intents", body Object => 200 = Told, 400, 409; "Replaces the intents, as JSON or TOML (`application/toml`), and learns them in the background."
    import: post "/api/v1/intents/import", body Import => 200 = Told, 400, 409; "Takes a file of intents: our own forms, Snips', Rasa's, or the starter."
    export: post "/api/v1/intents/export", body Export => 200 = Exported, 400; "The intents as a file."
    interpret: post "/api/v1/intents/interpret", body Asked => 200 = Object, 400, 401, 409, 413, 503; "Tells what a text means: intent, confidence, slots, action, whether to ask first, alternatives; or that it is out of scope, and why. The text is neither stored nor logged."
    execute: post "/api/v1/intents/execute", body Wanted => 200 = Object, 400, 401, 403, 409, 413, 503; "Does what a text, or an intent with its slots, asks for: `done`, `needs_confirmation` (send the confirmation with the same to have it done), `missing`, `clarify` or `out_of_scope`."
}

#[derive(OpenApi)]
#[openapi(
    paths(get, put, import, export, interpret, execute),
    components(schemas(Asked, Wanted, Told, ConfusedTold, Import, Export, Exported, Format))
)]
struct Description;

/// The whole description.
pub(crate) fn description() -> utoipa::openapi::OpenApi {
    Description::openapi()
}
