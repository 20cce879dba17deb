//! Who asks: a member of staff with a session, or a program with a token.

use std::marker::PhantomData;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, ORIGIN};
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode};
use jiff::tz::TimeZone;
use outis_capture::{SiteState, Sites};
use outis_event::{Day, SiteId};
use outis_insight::Definitions;

use super::error::ApiError;
use super::rights::Right;
use super::{Api, Shared};
use crate::control::{Actor, Staff, Token};
use crate::core::Core;

/// The session's cookie. The prefix makes browsers refuse it without `Secure`, from another host, or for a part only.
pub(super) const COOKIE_NAME: &str = "__Host-outis";

/// Items in bulk. No form can send it, nor can a page of another origin without asking first.
const NDJSON: &str = "application/x-ndjson";

/// Proof that whoever asks may do what `R` is about. Handlers take it; there is no other way to a site.
pub(crate) struct May<R> {
    by: Caller,
    right: PhantomData<R>,
}

/// Who asks.
enum Caller {
    /// A member of staff, signed in.
    Staff(Staff),
    /// A program.
    Program(Token),
}

impl<R: Right> May<R> {
    /// A program's, if its token has the scope.
    pub(super) fn program(token: Token) -> Option<May<R>> {
        let may = R::SCOPE.is_some_and(|scope| token.may(scope));
        may.then_some(May { by: Caller::Program(token), right: PhantomData })
    }
}

impl<R> May<R> {
    /// The member of staff; `None` of programs.
    pub(crate) fn staff(&self) -> Option<&Staff> {
        match &self.by {
            Caller::Staff(staff) => Some(staff),
            Caller::Program(_) => None,
        }
    }

    /// Who it is, as it is written down.
    pub(crate) fn actor(&self) -> Actor {
        match &self.by {
            Caller::Staff(staff) => Actor::Staff(staff.id.clone()),
            Caller::Program(_) => Actor::Program,
        }
    }

    /// True if it is about this site too. All staff see all sites.
    pub(crate) fn is_for(&self, site: SiteId) -> bool {
        match &self.by {
            Caller::Staff(_) => true,
            Caller::Program(token) => token.is_for(site),
        }
    }
}

/// A session's secret as the browser sent it.
pub(super) struct SessionSecret(pub(super) String);

impl Api {
    pub(super) fn today(&self) -> Day {
        self.core.clock.now().day(&TimeZone::UTC)
    }

    /// A site that the caller has this right on. One that is not registered and one that is not theirs look the same.
    pub(crate) fn site<R>(&self, may: &May<R>, domain: &str) -> Result<AskedSite, ApiError> {
        let state = site_of(&self.core, may, domain)?;
        Ok(AskedSite { definitions: self.core.registry.definitions(state.site().id), state })
    }
}

/// A site that the caller has this right on.
pub(crate) fn site_of<R>(core: &Core, may: &May<R>, domain: &str) -> Result<Arc<SiteState>, ApiError> {
    let domain = crate::control::normal_domain(domain).map_err(|_| ApiError::no_site())?;
    let state = core.registry.by_domain(&domain).filter(|site| may.is_for(site.site().id));
    state.ok_or_else(ApiError::no_site)
}

/// A site with what its staff have saved, both as they are at the moment of asking.
pub(crate) struct AskedSite {
    state: Arc<SiteState>,
    pub(super) definitions: Arc<Definitions>,
}

impl std::ops::Deref for AskedSite {
    type Target = SiteState;

    fn deref(&self) -> &SiteState {
        &self.state
    }
}

impl<R: Right> May<R> {
    /// Looks at roles and scopes only, before anything that is asked about: so a refusal tells nothing of what there is.
    async fn of(parts: &Parts, core: &Core) -> Result<May<R>, ApiError> {
        if let Some(token) = bearer(&parts.headers).filter(|_| R::SCOPE.is_some()) {
            let token = core.control.token(token).await?.ok_or_else(ApiError::not_signed_in)?;
            return May::program(token).ok_or_else(ApiError::no_site);
        }
        let staff = staff_of(parts, core).await?;
        if !staff.roles.may(R::PERMISSION) {
            return Err(ApiError::not_your_role());
        }
        Ok(May { by: Caller::Staff(staff), right: PhantomData })
    }
}

impl<R: Right> FromRequestParts<Shared> for May<R> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Shared) -> Result<May<R>, ApiError> {
        May::of(parts, &api.core).await
    }
}

impl<R: Right> FromRequestParts<Arc<Core>> for May<R> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, core: &Arc<Core>) -> Result<May<R>, ApiError> {
        May::of(parts, core).await
    }
}

impl FromRequestParts<Shared> for Staff {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Shared) -> Result<Staff, ApiError> {
        staff_of(parts, &api.core).await
    }
}

/// The member of staff whose session a request from our own pages is of.
async fn staff_of(parts: &Parts, core: &Core) -> Result<Staff, ApiError> {
    let secret = cookie(&parts.headers).ok_or_else(ApiError::not_signed_in)?;
    check_same_origin(parts)?;
    let today = core.clock.now().day(&TimeZone::UTC);
    core.staff.session(&secret, today).await?.ok_or_else(ApiError::not_signed_in)
}

impl FromRequestParts<Shared> for SessionSecret {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<SessionSecret, ApiError> {
        let secret = cookie(&parts.headers).ok_or_else(ApiError::not_signed_in)?;
        check_same_origin(parts)?;
        Ok(SessionSecret(secret))
    }
}

/// The address a request came from, for limits on tries.
pub(super) struct Peer(pub(super) SocketAddr);

impl FromRequestParts<Shared> for Peer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &Shared) -> Result<Peer, ApiError> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0);
        Ok(Peer(peer.unwrap_or_else(|| SocketAddr::from(([0, 0, 0, 0], 0)))))
    }
}

/// The token of an `Authorization: Bearer` header.
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

fn cookie(headers: &HeaderMap) -> Option<String> {
    let all = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE_NAME).map(|(_, value)| value.to_owned())
}

/// A request that changes something must come from our own pages: the browser says so in `Sec-Fetch-Site`, older
/// ones in `Origin`, and its body must be of a type that a form cannot send.
pub(super) fn check_same_origin(parts: &Parts) -> Result<(), ApiError> {
    if matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS) {
        return Ok(());
    }
    let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let same = match text(http::HeaderName::from_static("sec-fetch-site")) {
        Some(told) => told == "same-origin",
        None => {
            let host = text(HOST).or_else(|| parts.uri.authority().map(|a| a.as_str()));
            let origin = text(ORIGIN).and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
            origin.is_some() && origin == host
        }
    };
    if !same {
        let message = "changes are accepted from the dashboard's own pages only; programs use a token";
        return Err(ApiError::new(StatusCode::FORBIDDEN, "other_origin", message));
    }
    let ours = |told: &str| matches!(told.split(';').next().map(str::trim), Some("application/json" | NDJSON));
    let json = text(CONTENT_TYPE).is_some_and(ours);
    if parts.method != Method::DELETE && !json {
        let message = "send the body as application/json";
        return Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_json", message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    /// Name and value.
    type Header = (&'static str, &'static str);

    fn verdict(method: &str, headers: &[Header]) -> u16 {
        let mut request = Request::builder().method(method).uri("/api/v1/session").header("host", "stats.example");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).expect("request").into_parts();
        check_same_origin(&parts).map_or_else(|error| error.status().as_u16(), |()| 200)
    }

    #[test]
    fn changes_come_from_our_own_pages_only() {
        let json: Header = ("content-type", "application/json");
        let cases: &[(&str, &[Header], u16)] = &[
            ("GET", &[], 200),
            ("POST", &[json, ("sec-fetch-site", "same-origin")], 200),
            ("POST", &[("content-type", "application/x-ndjson"), ("sec-fetch-site", "same-origin")], 200),
            ("POST", &[json, ("sec-fetch-site", "same-site")], 403),
            ("POST", &[json, ("sec-fetch-site", "cross-site"), ("origin", "https://stats.example")], 403),
            ("POST", &[json, ("sec-fetch-site", "none")], 403),
            ("POST", &[json, ("origin", "https://stats.example")], 200),
            ("POST", &[json, ("origin", "https://evil.example")], 403),
            ("POST", &[json, ("origin", "null")], 403),
            ("POST", &[json], 403),
            ("POST", &[("sec-fetch-site", "same-origin"), ("content-type", "text/plain")], 415),
            ("POST", &[("sec-fetch-site", "same-origin")], 415),
            ("DELETE", &[("sec-fetch-site", "same-origin")], 200),
            ("PUT", &[json, ("sec-fetch-site", "same-origin")], 200),
        ];
        for (method, headers, expected) in cases {
            assert_eq!(verdict(method, headers), *expected, "{method} {headers:?}");
        }
    }

    #[test]
    fn the_session_is_the_whole_value_of_our_cookie() {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, "a=b; __Host-outis=secret; outis=other".parse().expect("header"));
        assert_eq!(cookie(&headers).as_deref(), Some("secret"));
        headers.insert(COOKIE, "x__Host-outis=secret".parse().expect("header"));
        assert_eq!(cookie(&headers), None);
    }
}
