//! Whoever asks for a list that is open to everybody, as long as the site leaves it open and they do not ask too often.

use axum::extract::FromRequestParts;
use http::StatusCode;
use http::request::Parts;
use outis_capture::Wait;
use outis_disclose::Pii;
use outis_event::SiteId;

use super::Shared;
use super::asked::Asked;
use crate::api::error::ApiError;
use crate::api::rights::SeeItems;
use crate::api::{May, bearer};
use crate::control::{Scope, TOKEN_PREFIX};
use crate::extract::Query;
use crate::people::whose::Whose;

/// The site that is asked about, and how.
///
/// Members of the site, staff, and programs with a token of the scope `items` or `people` are let in always: they are known, and
/// a program asks for many.
pub(super) struct Caller {
    pub(super) site: SiteId,
    pub(super) asked: Asked,
}

impl FromRequestParts<Shared> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, core: &Shared) -> Result<Caller, ApiError> {
        let Query(asked) = Query::<Asked>::from_request_parts(parts, core).await?;
        let site = asked.site(core);
        if let Ok(site) = site
            && is_known(parts, core, site).await?
        {
            return Ok(Caller { site, asked });
        }
        let now = core.clock.now();
        // Before it is said whether there is such a site.
        core.callers.enter(parts, now).map_err(too_many)?;
        let site = site?;
        core.callers.enter_site(site, now).map_err(too_many)?;
        match core.registry.by_id(site).is_some_and(|state| state.site().policy.public_lists) {
            true => Ok(Caller { site, asked }),
            false => Err(closed()),
        }
    }
}

fn too_many(wait: Wait) -> ApiError {
    let message = "too many lists were asked for from this network or of this site; Retry-After says in how many seconds to try \
                   again, and a token of the scope `items` has no limit";
    ApiError::new(StatusCode::TOO_MANY_REQUESTS, "too_many_lists", message).retry_after(wait.seconds)
}

fn closed() -> ApiError {
    let message = "this site's lists are not open to everybody: send `Authorization: Bearer TOKEN`, a member's identity token or one \
                   with the scope `items` or `people`";
    ApiError::new(StatusCode::UNAUTHORIZED, "lists_closed", message)
}

/// True of members of the site, its staff and its programs.
async fn is_known(parts: &mut Parts, core: &Shared, site: SiteId) -> Result<bool, ApiError> {
    if let Ok(may) = May::<SeeItems>::from_request_parts(parts, core).await {
        return Ok(may.is_for(site));
    }
    let Some(token) = bearer(&parts.headers) else { return Ok(false) };
    if token.starts_with(TOKEN_PREFIX) {
        let program = core.control.token(token).await?;
        return Ok(program.is_some_and(|token| token.may(Scope::People) && token.is_for(site)));
    }
    let whose = Whose::me(core, &Pii::new(token.to_owned()));
    Ok(whose.is_ok_and(|whose| whose.site.site().id == site))
}
