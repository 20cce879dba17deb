//! Who has a text told: a member by their identity token, an application by its own, staff by their session.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::StatusCode;
use http::request::Parts;
use outis_anonymise::Member;
use outis_capture::{SiteState, Sites};
use outis_disclose::Pii;
use serde::Deserialize;

use super::Shared;
use crate::api::error::ApiError;
use crate::api::rights::Define;
use crate::api::{May, bearer, site_of};
use crate::control::{Scope, TOKEN_PREFIX, digest, normal_domain};
use crate::extract::Query;
use crate::people::whose::Whose;

/// Whoever asks, and the site that they ask about.
pub(super) struct Asker {
    pub(super) site: Arc<SiteState>,
    pub(super) whom: Whom,
    /// The browser says that they do not want to be recognised.
    pub(super) gpc: bool,
}

/// Who it is.
pub(super) enum Whom {
    Member(Whose),
    /// An application for somebody whom it does not name.
    Program {
        token: Vec<u8>,
    },
    Staff {
        id: String,
    },
}

#[derive(Deserialize)]
struct OfSite {
    site: Option<String>,
}

fn refused() -> ApiError {
    let message = "send `Authorization: Bearer TOKEN`: a member's identity token, or a token with the scope `intents`";
    ApiError::new(StatusCode::UNAUTHORIZED, "not_accepted", message)
}

impl FromRequestParts<Shared> for Asker {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, core: &Shared) -> Result<Asker, ApiError> {
        let Query(of) = Query::<OfSite>::from_request_parts(parts, core).await.map_err(|_| ApiError::no_site())?;
        let domain = of.site;
        let gpc = parts.headers.get("sec-gpc").is_some_and(|value| value == "1");
        let Some(token) = bearer(&parts.headers).map(str::to_owned) else {
            let may = May::<Define>::from_request_parts(parts, core).await?;
            let site = site_of(core, &may, domain.as_deref().unwrap_or_default())?;
            let id = may.staff().map(|staff| staff.id.text()).ok_or_else(refused)?;
            return Ok(Asker { site, whom: Whom::Staff { id }, gpc });
        };
        if token.starts_with(TOKEN_PREFIX) {
            let program = core.control.token(&token).await?.filter(|token| token.may(Scope::Intents));
            let program = program.ok_or_else(refused)?;
            let domain =
                domain.as_deref().and_then(|domain| normal_domain(domain).ok()).ok_or_else(ApiError::no_site)?;
            let site = core.registry.by_domain(&domain).filter(|site| program.is_for(site.site().id));
            let whom = Whom::Program { token: digest(token.as_bytes()) };
            return Ok(Asker { site: site.ok_or_else(ApiError::no_site)?, whom, gpc });
        }
        let token = Pii::new(token);
        let whose = Whose::me(core, &token).map_err(|_| refused())?;
        let named = domain.map(|domain| normal_domain(&domain).ok());
        if named.is_some_and(|named| named.as_deref() != Some(whose.site.site().domain.as_str())) {
            return Err(ApiError::no_site());
        }
        Ok(Asker { site: whose.site.clone(), whom: Whom::Member(whose), gpc })
    }
}

impl Asker {
    /// The member, as far as what they do is counted. Whoever is not known is not made known by asking.
    pub(super) async fn member(&self, core: &Shared) -> Option<Arc<dyn Member>> {
        let Whom::Member(whose) = &self.whom else { return None };
        core.members.known(self.site.site().id, &whose.id).await
    }

    /// Bytes that no other asker has.
    pub(super) fn name(&self) -> Vec<u8> {
        match &self.whom {
            Whom::Member(whose) => [b"member/", whose.id.expose("bound to a confirmation").as_bytes()].concat(),
            Whom::Program { token } => [b"program/", token.as_slice()].concat(),
            Whom::Staff { id } => [b"staff/", id.as_bytes()].concat(),
        }
    }

    /// True if what they ask is counted: staff only try.
    pub(super) fn counts(&self) -> bool {
        !matches!(self.whom, Whom::Staff { .. })
    }
}
