//! The description of all interfaces (OpenAPI 3.1).

use axum::Json;
use utoipa::OpenApi;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Outis",
        description = "Behaviour analytics that know what happens and never who. Errors say what is wrong and never \
                       repeat what was sent. Numbers are about at least `floor` people; what is smaller is folded."
    ),
    paths(
        super::setup::post,
        super::session::post,
        super::session::get,
        super::session::delete,
        super::session::put_preferences,
        super::users::get,
        super::users::post,
        super::users::put,
        super::users::delete,
        super::insights::post,
        super::composed::goals,
        super::composed::segmentation,
        super::composed::features,
        super::composed::composition,
        super::composed::engagement,
        super::composed::items,
        super::composed::attribution,
        super::composed::ab,
        super::live::get,
        super::collection::get,
        super::history::get,
        super::definitions::get,
        super::definitions::put,
        super::definitions::delete,
        super::settings::get,
        super::settings::put,
        super::settings::put_plan,
        super::noise::get,
        super::debug::get,
        super::keys::get,
        super::egress::get,
        super::purges::get,
        super::purges::post,
        super::retention::get,
        super::support::post,
        super::audit::get,
        super::privacy::get,
        super::erasures::post,
        super::erasures::list,
        super::erasures::get,
        super::sites::post,
        super::identity::get,
        super::identity::put,
        super::identity::delete,
        super::plausible::post,
        crate::items::list::get,
        crate::items::bulk::post,
        crate::items::one::get,
        crate::items::one::put,
        crate::items::one::patch,
        crate::items::one::delete,
        crate::items::tags::get,
        crate::items::tags::put,
        super::ask::post,
        super::models::get,
        super::models::liked,
        super::placements::get,
        super::placements::put,
        super::placements::delete,
        super::placements::report,
    )
)]
struct Description;

/// The whole description.
pub(crate) fn document() -> utoipa::openapi::OpenApi {
    let mut all = Description::openapi();
    all.merge(outis_capture::description());
    all.merge(crate::people::description());
    all.merge(crate::edge::description());
    all.merge(crate::intents::description());
    all.merge(crate::suggest::description());
    all
}

pub(super) async fn get() -> Json<utoipa::openapi::OpenApi> {
    Json(document())
}
