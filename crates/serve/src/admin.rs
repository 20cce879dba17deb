//! The admin listener: alive, ready, and numbers for monitoring. Loopback only; no label holds a site or a word.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use outis_disclose::note;
use outis_keys::{DataKey, open_record, seal_record};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use serde::{Deserialize, Serialize};

use crate::api::definitions::read;
use crate::backup::{Answer, Order};
use crate::control::{Actor, By, Deed, Roles, Staff, StaffError};
use crate::core::Core;
use crate::told::{COMMAND_HEADER, KeysTold, UserTold};

/// How long nothing is said while a backup is being made: less than a connection may be silent.
const GOING_ON: Duration = Duration::from_secs(10);

/// The routes of the admin listener.
pub(crate) fn router(core: Arc<Core>) -> Router {
    Router::new()
        .route("/livez", get(|| async { "ok\n" }))
        .route("/readyz", get(readyz))
        .route("/metrics", get(metrics))
        .route("/retention", get(aged))
        .route("/keys", get(keys_told))
        .route("/keys/rotate", post(keys_rotated))
        .route("/backup", post(backup))
        .route("/users", get(users).post(user_changed))
        .with_state(core)
}

/// What is oldest in each store, of all sites.
async fn aged(State(core): State<Arc<Core>>) -> Response {
    match core.aged(None).await {
        Ok(stores) => Json(stores).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn keys_told(State(core): State<Arc<Core>>) -> Json<KeysTold> {
    Json(KeysTold::of(&core.tree.state(), &core.config))
}

/// Only with a header that a page in a browser on this machine cannot send across origins.
async fn keys_rotated(State(core): State<Arc<Core>>, headers: HeaderMap) -> Response {
    if !headers.contains_key(COMMAND_HEADER) {
        return (StatusCode::FORBIDDEN, "use `outis keys rotate`\n").into_response();
    }
    match core.tree.rotate().await {
        Ok(()) => Json(KeysTold::of(&core.tree.state(), &core.config)).into_response(),
        Err(error) => {
            note!(Error, "the key tree could not be rotated");
            (StatusCode::SERVICE_UNAVAILABLE, format!("{error}\n")).into_response()
        }
    }
}

/// Makes a backup, or looks at backups. Takes as long as it takes: an empty line every few seconds says that it goes on.
async fn backup(State(core): State<Arc<Core>>, headers: HeaderMap, body: Bytes) -> Response {
    if !headers.contains_key(COMMAND_HEADER) {
        return (StatusCode::FORBIDDEN, "use `outis backup`\n").into_response();
    }
    let order: Order = match read(&body) {
        Ok(order) => order,
        Err(refused) => return refused.into_response(),
    };
    let working = tokio::spawn(async move { crate::backup::answer(&core, &order).await });
    let lines = futures::stream::unfold(Some(working), |working| async move {
        let mut working = working?;
        match tokio::time::timeout(GOING_ON, &mut working).await {
            Err(_) => Some((Ok(Bytes::from_static(b"\n")), Some(working))),
            Ok(answer) => {
                let answer = answer.unwrap_or_else(|_| Answer::Failed("the server is ending".to_owned()));
                if let Answer::Failed(_) = answer {
                    note!(Error, "a backup could not be made or looked at");
                }
                let bytes = serde_json::to_vec(&answer).map(Bytes::from).map_err(std::io::Error::other);
                Some((bytes, None))
            }
        }
    });
    ([(CONTENT_TYPE, "application/json")], Body::from_stream(lines)).into_response()
}

/// Whoever reaches this listener may not decide over accounts; whoever may write the data directory may.
async fn with_ticket(core: &Core, headers: &HeaderMap) -> bool {
    let ticket = headers.get(COMMAND_HEADER).and_then(|ticket| ticket.to_str().ok());
    match ticket {
        Some(ticket) => core.control.use_ticket(ticket, core.clock.now()).await.unwrap_or(false),
        None => false,
    }
}

async fn users(State(core): State<Arc<Core>>, headers: HeaderMap) -> Response {
    if !with_ticket(&core, &headers).await {
        return (StatusCode::FORBIDDEN, "use `outis user list`\n").into_response();
    }
    match core.staff.accounts().await {
        Ok(users) => Json(users.iter().map(UserTold::of).collect::<Vec<_>>()).into_response(),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the control database does not answer\n").into_response(),
    }
}

/// What becomes of an account: other roles, or nothing if there are none.
#[derive(Deserialize)]
struct UserChange {
    email: String,
    roles: Option<Roles>,
}

async fn user_changed(State(core): State<Arc<Core>>, headers: HeaderMap, body: Bytes) -> Response {
    if !with_ticket(&core, &headers).await {
        return (StatusCode::FORBIDDEN, "use `outis user role` or `outis user remove`\n").into_response();
    }
    let change: UserChange = match read(&body) {
        Ok(change) => change,
        Err(refused) => return refused.into_response(),
    };
    let of = |staff: &Staff| staff.is_of(&change.email);
    let (changed, deed) = match change.roles {
        Some(roles) => (core.staff.set_roles(of, roles, By::Operator).await, Deed::ChangedRoles),
        None => (core.staff.remove(of, By::Operator).await, Deed::RemovedAccount),
    };
    let noted = match changed {
        Ok(()) => core.note_deed(Actor::Operator, deed).await,
        Err(error) => Err(error),
    };
    match noted {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => match error.downcast_ref::<StaffError>() {
            Some(wrong) => (StatusCode::BAD_REQUEST, format!("{wrong}\n")).into_response(),
            None => (StatusCode::SERVICE_UNAVAILABLE, "the control database does not answer\n").into_response(),
        },
    }
}

/// One thing that must work.
#[derive(Serialize)]
struct Check {
    name: &'static str,
    ok: bool,
    remark: &'static str,
}

async fn readyz(State(core): State<Arc<Core>>) -> Response {
    let checks = [database(&core).await, members(&core).await, keys(), room(&core)];
    let ready = checks.iter().all(|check| check.ok);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(serde_json::json!({ "ready": ready, "checks": checks }))).into_response()
}

async fn database(core: &Core) -> Check {
    let ok = core.control.site_rows().await.is_ok();
    Check { name: "control database", ok, remark: if ok { "answers" } else { "does not answer" } }
}

async fn members(core: &Core) -> Check {
    let ok = core.members.people.answer().await.is_ok();
    Check { name: "database of members", ok, remark: if ok { "answers" } else { "does not answer" } }
}

fn keys() -> Check {
    let round = DataKey::random().ok().and_then(|key| {
        let sealed = seal_record(&key, b"readyz", b"round trip").ok()?;
        open_record(&key, b"readyz", &sealed).ok()
    });
    let ok = round.as_deref() == Some(b"round trip");
    Check { name: "sealing", ok, remark: if ok { "seals and opens" } else { "does not seal: no randomness?" } }
}

fn room(core: &Core) -> Check {
    let ok = crate::disk::free_mib(&core.config.data_dir).is_none_or(|free| free > core.config.low_water_mib);
    let remark = if ok { "there is room" } else { "below the low-water mark: events are refused until there is room" };
    Check { name: "disk", ok, remark }
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Status {
    status: u16,
}

async fn metrics(State(core): State<Arc<Core>>) -> Response {
    let mut text = String::new();
    let mut registry = measure(&core);
    register_ages(&mut registry, &core).await;
    if prometheus_client::encoding::text::encode(&mut text, &registry).is_err() {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    ([(CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text).into_response()
}

/// Takes all numbers at this moment. Sites are added up: which site has how many events is not for monitoring.
fn measure(core: &Core) -> Registry {
    let mut registry = Registry::with_prefix("outis");
    let (stored, dropped, rewritten) = (Counter::<u64>::default(), Family::default(), Family::default());
    for state in core.registry.all() {
        let counts = state.counters.counts();
        stored.inc_by(counts.stored);
        for (reason, count) in counts.dropped {
            of_reason(&dropped, reason.key(), count);
        }
        for (reason, count) in counts.rewritten {
            of_reason(&rewritten, reason.key(), count);
        }
    }
    for (reason, count) in core.capture.counters().counts().dropped {
        of_reason(&dropped, reason.key(), count);
    }
    let refused = Family::<Status, Counter>::default();
    for (status, count) in core.capture.refusals() {
        refused.get_or_create(&Status { status }).inc_by(count);
    }
    registry.register("events_stored", "Events stored, of all sites", stored);
    registry.register("events_dropped", "Events dropped, by reason", dropped);
    registry.register("events_rewritten", "Stored events in which something was left out, by reason", rewritten);
    registry.register("requests_refused", "Requests of which nothing was stored, by status", refused);
    gauge(&mut registry, "sites", "Registered sites", core.registry.all().len() as u64);
    gauge(&mut registry, "journal_sequence", "Last acknowledged frame", core.journal.last().0);
    gauge(&mut registry, "tail_rows", "Rows that are only in the journal and in memory", core.warehouse.tail_rows());
    registry
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfStore {
    store: String,
}

/// How old the oldest in each store is, and whether it should be gone. Stores are named by the inventory.
async fn register_ages(registry: &mut Registry, core: &Core) {
    let (oldest, overdue) = (Family::<OfStore, Gauge>::default(), Family::<OfStore, Gauge>::default());
    for aged in core.aged(None).await.unwrap_or_default() {
        let of = OfStore { store: aged.store };
        overdue.get_or_create(&of).set(i64::from(aged.overdue));
        if let Some(days) = aged.oldest_days {
            oldest.get_or_create(&of).set(i64::from(days));
        }
    }
    registry.register("store_oldest_days", "Days since the oldest thing in each store", oldest);
    registry.register("store_overdue", "1 if a store has something that should be gone", overdue);
}

fn of_reason(family: &Family<Reason, Counter>, reason: &'static str, count: u64) {
    family.get_or_create(&Reason { reason }).inc_by(count);
}

fn gauge(registry: &mut Registry, name: &str, help: &str, value: u64) {
    let gauge = Gauge::<i64>::default();
    gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
    registry.register(name, help, gauge);
}
