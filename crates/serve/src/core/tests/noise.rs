//! A site whose policy has noise: history says how much there is, and the ledger what it cost.

use std::sync::Arc;

use serde_json::{Value, json};

use super::history::call;
use super::town::{Town, VISITORS, at, domain};
use crate::api;
use crate::control::Scope;

#[tokio::test]
async fn history_has_noise_says_so_and_what_it_cost() {
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
    let noise = json!({ "site": domain(0), "policy": { "noise": { "epsilon": 20 } } });
    assert_eq!(call(&router, &token, "PUT", "/api/v1/settings", noise).await.0, 204);
    clock.set(at("2027-01-20T12:00:00Z"));
    core.step().await.expect("step");
    core.flush().await.expect("flush");
    core.maintain().await.expect("maintain");

    let ask = |kind: &'static str, rest: Value| {
        let period = json!({ "from": "2026-11-23", "to": "2026-11-23" });
        let mut body = json!({ "site": domain(0), "period": period, "metrics": ["visitors", "percentage"] });
        body.as_object_mut().expect("an object").extend(rest.as_object().expect("an object").clone());
        let (router, token) = (router.clone(), token.clone());
        async move { call(&router, &token, "POST", &format!("/api/v1/insights/{kind}"), body).await.1 }
    };
    let totals = ask("totals", json!({ "metrics": ["visitors"] })).await;
    assert_eq!(totals["rows"][0]["values"], json!([VISITORS]), "totals have none: {totals:#}");
    assert_eq!((&totals["how"]["life"], totals["how"].get("noise")), (&json!("history"), None));
    let browsers = ask("breakdown", json!({ "dimension": "browser" })).await;
    let error = browsers["how"]["noise"]["standard_error"]["visitors"].as_f64().expect("noise");
    assert!(error > 5.0 && error < 200.0, "{browsers:#}");
    assert_eq!(browsers["how"]["rounded_to"], 1);
    let rows = browsers["rows"].as_array().expect("rows");
    assert!(rows.iter().any(|row| row["keys"] == json!(["Chrome"])), "what is told is decided by who was there");
    assert!(rows.iter().all(|row| row["values"][1].as_f64().is_none_or(|share| share <= 100.0)));
    assert_eq!(ask("breakdown", json!({ "dimension": "browser" })).await["rows"], browsers["rows"], "added once");

    let path = format!("/api/v1/noise?site={}&day=2026-11-23", domain(0));
    let (status, ledger) = call(&router, &token, "GET", &path, Value::Null).await;
    assert_eq!((status, ledger["days"][0]["day"].as_str()), (200, Some("2026-11-23")), "{ledger:#}");
    let spent = ledger["most"].as_f64().expect("a number");
    assert!(spent > 1.0 && spent <= 20.0, "{spent}");
    let lines = ledger["lines"].as_array().expect("lines");
    let of_browser = |line: &&Value| line["family"] == json!(["browser"]) && line["measure"] == "visitors";
    let told: Vec<&Value> = lines.iter().filter(of_browser).collect();
    assert_eq!(told.len(), 2, "its values and what is not told");
    assert!(told.iter().all(|line| line["bound"].as_u64() == Some(1 + u64::from(line["other"] == true))));
}
