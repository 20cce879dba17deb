//! What staff saved is answered when its rows are gone; what they did not is offered to be saved.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::ConnectInfo;
use http::Request;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::town::{Town, VISITORS, domain};
use crate::api;
use crate::control::Scope;

pub(super) async fn call(router: &axum::Router, token: &str, method: &str, path: &str, body: Value) -> (u16, Value) {
    let request = Request::builder().method(method).uri(path).header("authorization", format!("Bearer {token}"));
    let mut request = request.body(Body::from(body.to_string())).expect("request");
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from((Ipv4Addr::LOCALHOST, 443))));
    let answer = router.clone().oneshot(request).await.expect("an answer");
    let status = answer.status().as_u16();
    let bytes = axum::body::to_bytes(answer.into_body(), 1 << 20).await.expect("a body");
    (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

#[tokio::test]
async fn saved_questions_outlive_rows_and_others_say_what_to_save() {
    let town = Town::new(1).await;
    let scopes = [Scope::Stats, Scope::Sites];
    let token = town.core.control.create_token(None, &scopes, outis_event::Day(0)).await.expect("a token");
    for wave in 0..3 {
        town.wave(wave).await;
    }
    town.write().await;
    let Town { core, clock, home: _home, .. } = town;
    let core = Arc::new(core);
    let router = api::router(core.clone());
    let save = |kind: &'static str, name: &'static str, value: Value| {
        let body = json!({ "site": domain(0), "kind": kind, "name": name, "value": value });
        call(&router, &token, "PUT", "/api/v1/definitions", body)
    };
    // Half of the visitors, each of whom sees two pages.
    let reads = json!({ "event": "pageview", "filters": [["is", "browser", ["Chrome"]]] });
    let steps = json!({ "steps": [reads, reads] });
    assert_eq!(save("goals", "Reads", reads.clone()).await.0, 204);
    assert_eq!(save("funnels", "Way", steps.clone()).await.0, 204);
    assert_eq!(save("pairs", "where with what", json!(["browser", "country"])).await.0, 204);

    clock.set(super::town::at("2027-01-20T12:00:00Z"));
    core.step().await.expect("step");
    core.flush().await.expect("flush");
    core.maintain().await.expect("maintain");

    let period = json!({ "from": "2026-11-23", "to": "2026-11-23" });
    let ask = |kind: &'static str, rest: Value| {
        let mut body = json!({ "site": domain(0), "period": period });
        body.as_object_mut().expect("an object").extend(rest.as_object().expect("an object").clone());
        let path = format!("/api/v1/insights/{kind}");
        let (router, token) = (router.clone(), token.clone());
        async move { call(&router, &token, "POST", &path, body).await }
    };
    let (status, goals) = ask("goals", json!({})).await;
    assert_eq!((status, &goals["how"]["life"]), (200, &json!("history")), "{goals:#}");
    assert_eq!(goals["rows"][0]["uniques"], VISITORS / 2, "{goals:#}");
    assert_eq!(goals["rows"][0]["conversion_rate"], 50);
    assert_eq!(goals["rows"][0]["total"], Value::Null, "how often is not kept of sets");

    let (status, funnel) = ask("funnel", steps).await;
    assert_eq!(status, 200, "{funnel:#}");
    assert_eq!([&funnel["steps"][0]["visitors"], &funnel["steps"][1]["visitors"]], [VISITORS / 2, VISITORS / 2]);
    assert_eq!(funnel["how"]["life"], "history");

    let by_browser = |country: &str| {
        ask(
            "breakdown",
            json!({ "dimension": "browser", "metrics": ["visitors"], "filters": [["is", "country", [country]]] }),
        )
    };
    let (status, pairs) = by_browser("DE").await;
    assert_eq!(status, 200, "{pairs:#}");
    assert_eq!([&pairs["rows"][0]["values"][0], &pairs["rows"][1]["values"][0]], [VISITORS / 6, VISITORS / 6]);

    // Nothing of this was saved; each refusal says what would help, in the form in which it is saved.
    let (status, refused) = ask("funnel", json!({ "steps": [{ "page": "/topics/**" }, reads] })).await;
    assert_eq!((status, &refused["error"]["code"]), (400, &json!("not_in_history")), "{refused:#}");
    let keep = &refused["error"]["keep"];
    let body = json!({ "site": domain(0), "kind": keep["kind"], "name": keep["name"], "value": keep["value"] });
    assert_eq!(call(&router, &token, "PUT", "/api/v1/definitions", body).await.0, 204, "{keep}");
    let filter = json!([["is", "country", ["DE"]]]);
    let by_screen = json!({ "dimension": "screen", "metrics": ["visitors"], "filters": filter });
    let (status, refused) = ask("breakdown", by_screen.clone()).await;
    assert_eq!((status, &refused["error"]["keep"]["value"]), (400, &json!(["screen", "country"])), "{refused:#}");
    assert_eq!(save("pairs", "screens", json!(["country", "screen"])).await.0, 204);
    let (status, refused) = ask("breakdown", by_screen).await;
    assert_eq!((status, refused["error"].get("keep")), (400, None), "it is saved, but these days were closed before");
}
