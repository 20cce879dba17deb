//! The team: who has an account, with which roles, and links for those who are to get one.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::{Request, State};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Shared;
use super::auth::May;
use super::error::{ApiError, ErrorBody};
use super::rights::SeeTeam;
use super::session::body;
use crate::control::{By, Deed, INVITATION_HOURS, Permission, Role, Roles, Staff, StaffError};
use crate::extract::Path;

/// The accounts of this server.
#[derive(Serialize, ToSchema)]
pub(crate) struct Team {
    users: Vec<User>,
    /// Every role, with what it may do.
    roles: Vec<RoleEntry>,
}

/// An account. All accounts see all sites.
#[derive(Serialize, ToSchema)]
pub(crate) struct User {
    id: String,
    email: String,
    #[schema(value_type = Vec<Role>)]
    roles: Roles,
    /// It is the one that asks.
    you: bool,
}

/// A role.
#[derive(Serialize, ToSchema)]
pub(crate) struct RoleEntry {
    role: Role,
    may: BTreeSet<Permission>,
    /// The account that asks gives and takes it.
    yours_to_give: bool,
}

/// Which roles.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewRoles {
    /// At least one.
    #[schema(value_type = Vec<Role>)]
    roles: Roles,
}

/// A link that makes one account.
#[derive(Serialize, ToSchema)]
pub(crate) struct Invitation {
    /// To be handed to whom it is for; told this once. Nothing is mailed.
    link: String,
    /// How long it is good.
    hours: i64,
}

/// Who has an account. Owners and privacy officers.
#[utoipa::path(get, path = "/api/v1/users", tag = "staff", responses((status = 200, body = Team),
    (status = 403, body = ErrorBody)))]
pub(super) async fn get(State(api): State<Shared>, may: May<SeeTeam>) -> Result<Json<Team>, ApiError> {
    let me = asking(&may)?;
    let users = api.core.staff.accounts().await?;
    let user =
        |staff: Staff| User { id: staff.id.text(), you: staff.id == me.id, email: staff.email, roles: staff.roles };
    let role = |role: Role| {
        let alone: Roles = [role].into_iter().collect();
        let yours_to_give = me.roles.may_change(&Roles::default(), &alone);
        RoleEntry { role, may: alone.permissions(), yours_to_give }
    };
    Ok(Json(Team { users: users.into_iter().map(user).collect(), roles: Role::ALL.map(role).into() }))
}

/// Makes a link by which somebody gets an account with these roles. Owners give every role but the privacy officer's,
/// which privacy officers give.
#[utoipa::path(post, path = "/api/v1/users", tag = "staff", request_body = NewRoles,
    responses((status = 201, body = Invitation), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody)))]
pub(super) async fn post(
    State(api): State<Shared>,
    may: May<SeeTeam>,
    request: Request,
) -> Result<(StatusCode, Json<Invitation>), ApiError> {
    let NewRoles { roles } = body(request).await?;
    if roles.is_empty() {
        return Err(refusal(StaffError::NoRole.into()));
    }
    if !asking(&may)?.roles.may_change(&Roles::default(), &roles) {
        return Err(refusal(StaffError::NotYours.into()));
    }
    api.core.note_deed(may.actor(), Deed::Invited).await?;
    let code = api.core.control.create_invitation(&roles, api.core.clock.now()).await?;
    let link = format!("{}/setup#{code}", api.core.config.public_address());
    Ok((StatusCode::CREATED, Json(Invitation { link, hours: INVITATION_HOURS })))
}

/// Gives an account other roles; they hold from its next request on.
#[utoipa::path(put, path = "/api/v1/users/{id}", tag = "staff", request_body = NewRoles,
    params(("id" = String, Path, description = "of the account")),
    responses((status = 204, description = "changed"), (status = 400, body = ErrorBody), (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody)))]
pub(super) async fn put(
    State(api): State<Shared>,
    may: May<SeeTeam>,
    Path(id): Path<String>,
    request: Request,
) -> Result<StatusCode, ApiError> {
    let NewRoles { roles } = body(request).await?;
    let by = By::Staff(&asking(&may)?.roles);
    api.core.staff.set_roles(|staff| staff.id.text() == id, roles, by).await.map_err(refusal)?;
    api.core.note_deed(may.actor(), Deed::ChangedRoles).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes an account with its sessions, and all links for accounts that were not made yet.
#[utoipa::path(delete, path = "/api/v1/users/{id}", tag = "staff",
    params(("id" = String, Path, description = "of the account")),
    responses((status = 204, description = "removed"), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub(super) async fn delete(
    State(api): State<Shared>,
    may: May<SeeTeam>,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let by = By::Staff(&asking(&may)?.roles);
    api.core.staff.remove(|staff| staff.id.text() == id, by).await.map_err(refusal)?;
    api.core.note_deed(may.actor(), Deed::RemovedAccount).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The member of staff: these calls are for no program.
fn asking<R>(may: &May<R>) -> Result<&Staff, ApiError> {
    may.staff().ok_or_else(ApiError::not_signed_in)
}

fn refusal(error: anyhow::Error) -> ApiError {
    let Some(wrong) = error.downcast_ref::<StaffError>() else { return error.into() };
    let status = match wrong {
        StaffError::NoAccount => StatusCode::NOT_FOUND,
        StaffError::NotYours => StatusCode::FORBIDDEN,
        _ => StatusCode::BAD_REQUEST,
    };
    ApiError::new(status, wrong.code(), wrong.to_string())
}
