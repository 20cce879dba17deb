//! Whose data a request is about, and whether it may be.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::StatusCode;
use http::request::Parts;
use outis_capture::{SiteState, Sites};
use outis_disclose::Pii;
use outis_people::{Active, DatabaseError, ExternalId, PeopleError, claimed_audience};
use serde::Deserialize;

use super::Shared;
use crate::api::bearer;
use crate::api::error::ApiError;
use crate::control::{Scope, normal_domain};
use crate::extract::{Path, Query};

/// Somebody of a site, by the right to ask about them.
pub(crate) struct Whose {
    pub(crate) site: Arc<SiteState>,
    /// The application's id of them, whether they are a member or not.
    pub(crate) id: ExternalId,
    /// The application asks, not the member.
    pub(crate) by_application: bool,
}

/// The member whose identity token it is: nobody asks this for another one.
pub(super) struct Me(pub(super) Whose);

#[derive(Deserialize)]
struct OfSite {
    site: Option<String>,
}

/// One answer for every token that does not fit, whatever is wrong with it.
fn refused() -> ApiError {
    let message =
        "send `Authorization: Bearer TOKEN`: an identity token for `me`, else a token with the scope `people`";
    ApiError::new(StatusCode::UNAUTHORIZED, "not_accepted", message)
}

/// There is no such member; the same for ids that never were and for those that are not any more.
pub(crate) fn nobody() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "no_member", "no member of this id is known")
}

impl FromRequestParts<Shared> for Whose {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, core: &Shared) -> Result<Whose, ApiError> {
        let Path(path) = Path::<Vec<(String, String)>>::from_request_parts(parts, core).await.map_err(|_| refused())?;
        let who = path.into_iter().find(|(name, _)| name == "who").map(|(_, who)| who).unwrap_or_default();
        let token = bearer(&parts.headers).map(str::to_owned).ok_or_else(refused)?;
        if who == "me" { Whose::me(core, &Pii::new(token)) } else { Whose::by_id(parts, core, who, &token).await }
    }
}

impl FromRequestParts<Shared> for Me {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, core: &Shared) -> Result<Me, ApiError> {
        let token = bearer(&parts.headers).map(str::to_owned).ok_or_else(refused)?;
        Ok(Me(Whose::me(core, &Pii::new(token))?))
    }
}

impl Whose {
    /// Whose identity token this is.
    ///
    /// # Errors
    /// The same for every token that does not fit.
    pub(crate) fn me(core: &Shared, token: &Pii<String>) -> Result<Whose, ApiError> {
        let now = core.clock.now();
        let domain = claimed_audience(token).and_then(|domain| normal_domain(&domain).ok());
        let Some(site) = domain.and_then(|domain| core.registry.by_domain(&domain)) else {
            core.members.refuse(token, now);
            return Err(refused());
        };
        let claims = core.members.verify(site.site().id, token, now).map_err(|_| refused())?;
        Ok(Whose { site, id: claims.subject, by_application: false })
    }

    async fn by_id(parts: &mut Parts, core: &Shared, id: String, token: &str) -> Result<Whose, ApiError> {
        let token = core.control.token(token).await?.filter(|token| token.may(Scope::People)).ok_or_else(refused)?;
        let Query(of) = Query::<OfSite>::from_request_parts(parts, core).await.map_err(|_| ApiError::no_site())?;
        let domain = of.site.as_deref().and_then(|domain| normal_domain(domain).ok()).ok_or_else(ApiError::no_site)?;
        let site = core.registry.by_domain(&domain).filter(|site| token.is_for(site.site().id));
        let site = site.ok_or_else(ApiError::no_site)?;
        let id = ExternalId::new(id).ok_or_else(nobody)?;
        Ok(Whose { site, id, by_application: true })
    }

    /// The member, if there is one.
    pub(crate) async fn member(&self, core: &Shared) -> Result<Arc<Active>, ApiError> {
        let found = core.members.people.find(self.site.site().id, &self.id).await.map_err(failed)?;
        found.ok_or_else(nobody)
    }

    /// The member, made if there is none: an application may speak for a member before they come.
    pub(crate) async fn member_or_new(&self, core: &Shared) -> Result<Arc<Active>, ApiError> {
        core.members.people.find_or_make(self.site.site().id, &self.id).await.map_err(failed)
    }
}

/// What could not be done.
pub(crate) fn failed(error: PeopleError) -> ApiError {
    match error {
        PeopleError::Gone => nobody(),
        PeopleError::Database(DatabaseError::Away(_)) => ApiError::members_away(),
        error => anyhow::Error::from(error).into(),
    }
}
