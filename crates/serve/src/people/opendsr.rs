//! Requests of other systems about members, as OpenDSR 2.0 and OpenGDPR 1.0 say
//! (<https://github.com/opengdpr/OpenDSR>).
//!
//! A token with the scope `people` asks; the site is the token's, or `?site=`. Of the callbacks that a request names,
//! those are sent whose address the owner declared as a webhook (`callbacks`). Answers are signed with the listener's
//! certificate, so not without TLS.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequestParts, State};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use outis_capture::{SiteState, Sites};
use outis_event::{Site, Timestamp};
use outis_people::{ExternalId, Mode, PeopleError};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Shared;
use super::export::Export;
use crate::api::bearer;
use crate::control::{Callbacks, Kind, NewRequest, Request, RequestId, Scope, Version, hour_of, normal_domain};
use crate::core::{Core, RequestError};
use crate::extract::{Path, Query};

/// Most identities in a request.
const MOST_IDENTITIES: usize = 100;
/// The only kind of identity: the application's own id, as it is.
const IDENTITY: (&str, &str) = ("controller_customer_id", "raw");
const HOUR_MS: i64 = 3_600_000;

/// Most addresses that a request wants to be called back at.
const MOST_CALLBACKS: usize = 10;

impl Version {
    fn of(uri: &Uri) -> Version {
        if uri.path().starts_with("/opengdpr/") { Version::OpenGdpr1 } else { Version::OpenDsr2 }
    }

    pub(super) const fn number(self) -> &'static str {
        match self {
            Version::OpenGdpr1 => "1.0",
            Version::OpenDsr2 => "2.0",
        }
    }

    /// The headers for domain and signature.
    pub(super) fn headers(self) -> [HeaderName; 2] {
        match self {
            Version::OpenGdpr1 => ["x-opengdpr-processor-domain", "x-opengdpr-signature"],
            Version::OpenDsr2 => ["x-opendsr-processor-domain", "x-opendsr-signature"],
        }
        .map(HeaderName::from_static)
    }
}

/// A refusal, in the form of the specification; nothing of the request is in it.
pub(super) struct Wrong(StatusCode, &'static str);

impl IntoResponse for Wrong {
    fn into_response(self) -> Response {
        let error = json!({ "error": { "code": self.0.as_u16(), "message": self.1 } });
        (self.0, axum::Json(error)).into_response()
    }
}

const fn bad(message: &'static str) -> Wrong {
    Wrong(StatusCode::BAD_REQUEST, message)
}

const UNKNOWN: Wrong = Wrong(StatusCode::NOT_FOUND, "no request of this id is known; states are kept for 90 days");
const FAILED: Wrong = Wrong(StatusCode::INTERNAL_SERVER_ERROR, "something failed on the server; try again");

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    regulation: Option<String>,
    subject_request_id: String,
    subject_request_type: String,
    submitted_time: String,
    #[serde(default)]
    subject_identities: Vec<Identity>,
    #[serde(default)]
    api_version: Option<String>,
    #[serde(default)]
    status_callback_urls: Vec<String>,
}

#[derive(Deserialize)]
struct Identity {
    identity_type: String,
    identity_value: String,
    identity_format: String,
}

#[derive(Serialize)]
struct Accepted<'a> {
    controller_id: &'a str,
    expected_completion_time: String,
    received_time: String,
    encoded_request: String,
    subject_request_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    extensions: Option<Value>,
}

#[derive(Deserialize)]
pub(super) struct OfSite {
    site: Option<String>,
}

/// The id of a request, as it is in the address.
pub(super) struct Id(String);

impl FromRequestParts<Shared> for OfSite {
    type Rejection = Wrong;

    async fn from_request_parts(parts: &mut Parts, core: &Shared) -> Result<OfSite, Wrong> {
        let read = Query::from_request_parts(parts, core).await;
        read.map(|Query(of)| of).map_err(|_| bad("the address has one parameter, site"))
    }
}

impl FromRequestParts<Shared> for Id {
    type Rejection = Wrong;

    async fn from_request_parts(parts: &mut Parts, core: &Shared) -> Result<Id, Wrong> {
        Path::from_request_parts(parts, core).await.map(|Path(id)| Id(id)).map_err(|_| UNKNOWN)
    }
}

/// What can be asked, and how answers are checked.
pub(super) async fn discovery(State(core): State<Shared>, uri: Uri) -> Response {
    let version = Version::of(&uri);
    let (identity_type, identity_format) = IDENTITY;
    let body = json!({
        "api_version": version.number(),
        "supported_identities": [{ "identity_type": identity_type, "identity_format": identity_format }],
        "supported_subject_request_types": [Kind::Erasure, Kind::Access, Kind::Portability],
        "processor_certificate": format!("{}/opendsr/certificate.pem", core.config.public_address()),
    });
    signed(&core, version, StatusCode::OK, &body)
}

/// The certificate that answers are signed with.
pub(super) async fn certificate(State(core): State<Shared>) -> Result<Response, Wrong> {
    let missing =
        Wrong(StatusCode::NOT_FOUND, "this listener has no certificate: it is behind a proxy on this machine");
    let tls = core.tls.get().ok_or(missing)?;
    Ok(([(CONTENT_TYPE, "application/x-pem-file")], tls.certificates()).into_response())
}

/// Takes a request and carries it out at once.
pub(super) async fn post(
    State(core): State<Shared>,
    uri: Uri,
    of: OfSite,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Wrong> {
    let body = body.map_err(|rejection| Wrong(rejection.status(), "the body is too large or broke off"))?;
    let version = Version::of(&uri);
    let site = site(&core, &headers, of).await?;
    let asked: Asked = serde_json::from_slice(&body).map_err(|_| {
        bad("the body is JSON with subject_request_id, subject_request_type, submitted_time, subject_identities")
    })?;
    let callbacks = asked.callbacks(&core)?;
    // Who is to be forgotten is, whether or not somebody can be told of it; whoever asks sees which.
    let extensions = callbacks.as_ref().map(|found| json!({ domain(&core): { "status_callbacks": found.told() } }));
    let (id, kind, about) = asked.checked(version)?;
    let received = core.clock.now();
    let request = NewRequest { id, callbacks: callbacks.and_then(|found| found.kept(version)) };
    let done = match kind {
        Kind::Erasure => core.erase(&site, request, &about, Mode::Fold).await,
        Kind::Access | Kind::Portability => core.offer(&site, request, &about, kind).await,
    };
    let done = done.map_err(refusal)?;
    let answer = Accepted {
        controller_id: &site.site().domain,
        expected_completion_time: instant(Timestamp(done.settled_ms)),
        received_time: instant(received),
        encoded_request: STANDARD.encode(&body),
        subject_request_id: done.id.as_str(),
        extensions,
    };
    Ok(signed(&core, version, StatusCode::CREATED, &answer))
}

/// How far a request is.
pub(super) async fn get(
    State(core): State<Shared>,
    uri: Uri,
    Id(id): Id,
    of: OfSite,
    headers: HeaderMap,
) -> Result<Response, Wrong> {
    let version = Version::of(&uri);
    let site = site(&core, &headers, of).await?;
    let request = known(&core, &site, id).await?;
    let status = status(&core, site.site(), version, &request).await.map_err(|_| FAILED)?;
    Ok(signed(&core, version, StatusCode::OK, &status))
}

/// Requests are carried out when they come, so none is pending that could be cancelled.
pub(super) async fn delete(
    State(core): State<Shared>,
    Id(id): Id,
    of: OfSite,
    headers: HeaderMap,
) -> Result<Response, Wrong> {
    let site = site(&core, &headers, of).await?;
    known(&core, &site, id).await?;
    Err(bad("the request was carried out when it came; only pending ones can be cancelled"))
}

/// What is held about the members that a request was about, for a day.
pub(super) async fn results(
    State(core): State<Shared>,
    Id(id): Id,
    of: OfSite,
    headers: HeaderMap,
) -> Result<Response, Wrong> {
    let site = site(&core, &headers, of).await?;
    let request = known(&core, &site, id).await?;
    let gone = Wrong(StatusCode::GONE, "results are there for a day and until a restart: make a new request");
    let found = core.members.people.results(site.site().id, &request.place(), core.clock.now()).await;
    let found = found.map_err(|_| FAILED)?.ok_or(gone)?;
    let mut exports = Vec::with_capacity(found.len());
    for active in found {
        exports.push(Export::of(&core, &site, &active).await.map_err(|_| FAILED)?);
    }
    Ok(axum::Json(json!({ "results": exports })).into_response())
}

/// What a request says of callbacks.
struct Named {
    /// Names of destinations whose address it gives.
    declared: Vec<String>,
    /// How many other addresses.
    others: usize,
}

impl Named {
    fn told(&self) -> Value {
        json!({ "called": self.declared.len(), "not_declared": self.others })
    }

    fn kept(self, version: Version) -> Option<Callbacks> {
        (!self.declared.is_empty()).then_some(Callbacks { version, destinations: self.declared, told: None })
    }
}

impl Asked {
    /// `None` if it names none.
    fn callbacks(&self, core: &Core) -> Result<Option<Named>, Wrong> {
        let urls = &self.status_callback_urls;
        if urls.len() > MOST_CALLBACKS {
            return Err(bad("status_callback_urls has at most 10 addresses"));
        }
        let found = |url: &String| core.distribute.destination_at(url).map(|to| to.name().to_owned());
        let declared: Vec<String> = urls.iter().filter_map(found).collect();
        let others = urls.len() - declared.len();
        Ok((!urls.is_empty()).then_some(Named { declared, others }))
    }

    fn checked(self, version: Version) -> Result<(RequestId, Kind, Vec<ExternalId>), Wrong> {
        let regulation = self.regulation.as_deref();
        if version == Version::OpenDsr2 && !matches!(regulation, Some("gdpr" | "ccpa")) {
            return Err(bad("regulation is gdpr or ccpa"));
        }
        let major = version.number().split('.').next();
        if self.api_version.is_some_and(|asked| asked.split('.').next() != major) {
            return Err(bad(
                "api_version is another one than that of this address: /opendsr is 2.0, /opengdpr/v1 is 1.0",
            ));
        }
        if self.submitted_time.parse::<jiff::Timestamp>().is_err() {
            return Err(bad("submitted_time is an RFC 3339 date, such as 2026-11-29T15:00:00Z"));
        }
        let id = RequestId::try_from(self.subject_request_id);
        let id = id.map_err(|_| bad("subject_request_id is a UUID of version 4 in lower case"))?;
        let kind = match self.subject_request_type.as_str() {
            "erasure" => Kind::Erasure,
            "access" => Kind::Access,
            "portability" => Kind::Portability,
            _ => return Err(bad("subject_request_type is erasure, access or portability")),
        };
        if !(1..=MOST_IDENTITIES).contains(&self.subject_identities.len()) {
            return Err(bad("subject_identities has 1 to 100 identities"));
        }
        let about: Option<Vec<ExternalId>> = self.subject_identities.into_iter().map(Identity::id).collect();
        // All or none: an identity that is not understood must not be passed over in silence.
        let about = about.ok_or(bad("identities are of type controller_customer_id in format raw, 1 to 256 bytes"))?;
        Ok((id, kind, about))
    }
}

impl Identity {
    fn id(self) -> Option<ExternalId> {
        let is_ours = (self.identity_type.as_str(), self.identity_format.as_str()) == IDENTITY;
        if is_ours { ExternalId::new(self.identity_value) } else { None }
    }
}

/// The site that the token speaks for. One that is not its and one that is not there look the same.
async fn site(core: &Core, headers: &HeaderMap, of: OfSite) -> Result<Arc<SiteState>, Wrong> {
    const REFUSED: Wrong = Wrong(StatusCode::UNAUTHORIZED, "send `Authorization: Bearer TOKEN`, of scope people");
    const NO_SITE: Wrong = Wrong(StatusCode::NOT_FOUND, "no site of this name is open to this token");
    let token = bearer(headers).ok_or(REFUSED)?;
    let token = core.control.token(token).await.map_err(|_| FAILED)?.filter(|token| token.may(Scope::People));
    let token = token.ok_or(REFUSED)?;
    let state = match (of.site, token.only_site()) {
        (Some(domain), _) => normal_domain(&domain).ok().and_then(|domain| core.registry.by_domain(&domain)),
        (None, Some(only)) => core.registry.by_id(only),
        (None, None) => return Err(bad("the token is for all sites: say which with ?site=")),
    };
    state.filter(|state| token.is_for(state.site().id)).ok_or(NO_SITE)
}

async fn known(core: &Core, site: &SiteState, id: String) -> Result<Request, Wrong> {
    let id = RequestId::try_from(id).map_err(|_| UNKNOWN)?;
    core.records.request(id.place(site.site().id)).await.map_err(|_| FAILED)?.ok_or(UNKNOWN)
}

/// How far a request is, as the specification tells it.
///
/// # Errors
/// When whom it is about cannot be looked up.
pub(super) async fn status(
    core: &Core,
    settings: &Site,
    version: Version,
    request: &Request,
) -> Result<Value, PeopleError> {
    let mut body = json!({
        "controller_id": settings.domain,
        "expected_completion_time": instant(Timestamp(request.settled_ms)),
        "subject_request_id": request.id.as_str(),
        "request_status": core.state_of(request),
        "api_version": version.number(),
    });
    if request.kind == Kind::Erasure {
        body["extensions"] = json!({ domain(core): { "receipts": request.receipts } });
        return Ok(body);
    }
    let found = core.members.people.results(settings.id, &request.place(), core.clock.now()).await;
    if let Some(found) = found? {
        let at = core.config.public_address();
        body["results_url"] =
            json!(format!("{at}/opendsr/requests/{}/results?site={}", request.id.as_str(), settings.domain));
        body["results_count"] = json!(found.len());
    }
    Ok(body)
}

fn refusal(error: RequestError) -> Wrong {
    match error {
        RequestError::Known => bad("a request of this id was carried out already; a new one needs another id"),
        RequestError::People(_) | RequestError::Records(_) => FAILED,
    }
}

/// An answer with the headers of the specification.
fn signed(core: &Core, version: Version, status: StatusCode, body: &impl Serialize) -> Response {
    let Ok(bytes) = serde_json::to_vec(body) else { return FAILED.into_response() };
    let signatures = signatures(core, version, &bytes);
    let mut response = (status, [(CONTENT_TYPE, "application/json")], bytes).into_response();
    for (name, value) in signatures {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// Headers that say from whom a message is: the domain that this server is called by, and a signature if it has a key.
pub(super) fn signatures(core: &Core, version: Version, message: &[u8]) -> Vec<(HeaderName, String)> {
    let [domain_name, signature_name] = version.headers();
    let signature = core.tls.get().and_then(|tls| tls.sign(message)).map(|signature| STANDARD.encode(signature));
    [(domain_name, Some(domain(core))), (signature_name, signature)]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

fn domain(core: &Core) -> String {
    let url = url::Url::parse(&core.config.public_address()).ok();
    url.and_then(|url| Some(url.host_str()?.to_owned())).unwrap_or_default()
}

/// To the hour: what is kept of when a request came is no finer.
fn instant(at: Timestamp) -> String {
    let whole = hour_of(at).saturating_mul(HOUR_MS);
    jiff::Timestamp::from_millisecond(whole).unwrap_or_default().to_string()
}
