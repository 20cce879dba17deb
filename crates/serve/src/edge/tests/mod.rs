//! Callers at known addresses, data centres that are well and one that is not.

mod tls;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::routing::get;
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use outis_event::{ManualClock, Timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tower::ServiceExt;

use super::Health;
use crate::config::{Config, EdgeConfig};
use crate::core::Core;

/// The University of Vienna's, a resolver's in the United States, and one that belongs to nowhere.
const AUSTRIA: &str = "131.130.1.1";
const STATES: &str = "8.8.8.8";
const NOWHERE: &str = "127.0.0.1";

struct House {
    core: Arc<Core>,
    _dir: TempDir,
}

impl House {
    async fn new(edge: EdgeConfig) -> House {
        let dir = tempfile::tempdir().expect("a folder");
        let config = Config { data_dir: dir.path().to_owned(), low_water_mib: 0, edge, ..Config::default() };
        let clock = ManualClock::new(Timestamp(1_800_000_000_000));
        let core = Core::open(&config, Arc::new(clock)).await.expect("opens");
        House { core: Arc::new(core), _dir: dir }
    }

    async fn get(&self, from: &str, path: &str) -> Response<Body> {
        let mut request = Request::get(path).body(Body::empty()).expect("a request");
        let ip = from.parse().expect("an address");
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(ip, 443)));
        super::router(self.core.clone()).oneshot(request).await.expect("an answer")
    }

    async fn near(&self, from: &str) -> Value {
        let answer = self.get(from, "/api/v1/edge").await;
        let bytes = answer.into_body().collect().await.expect("a body").to_bytes();
        serde_json::from_slice(&bytes).expect("json")
    }

    /// As often as it takes to see that one is gone.
    async fn ask_for_health(&self) {
        let health = Health::new(&self.core.config.edge, self.core.edge.clone()).expect("made");
        health.ask_all().await;
        health.ask_all().await;
    }
}

/// A data centre on this machine that is as well as it says.
async fn data_centre(status: StatusCode) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let at = listener.local_addr().expect("an address");
    let router = Router::new().route("/v1/healthz", get(async move || status));
    tokio::spawn(async move { axum::serve(listener, router).await });
    at
}

fn centres(vienna: SocketAddr, york: SocketAddr) -> EdgeConfig {
    let text = format!(
        "default = \"nyc\"\n\
        [[centres]]\nname = \"vie\"\nurl = \"http://{vienna}/v1\"\nlatitude = 48.2\nlongitude = 16.4\nhealth = \"/healthz\"\n\
        [[centres]]\nname = \"nyc\"\nurl = \"http://{york}/v1/\"\nlatitude = 40.7\nlongitude = -74\nhealth = \"/healthz\"\n"
    );
    toml::from_str(&text).expect("a good configuration")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_is_sent_to_what_is_near() {
    let (vienna, york) = (data_centre(StatusCode::OK).await, data_centre(StatusCode::NO_CONTENT).await);
    let house = House::new(centres(vienna, york)).await;
    house.ask_for_health().await;
    let url = |at| format!("http://{at}/v1");
    let vie = json!({ "centre": "vie", "url": url(vienna), "by": "distance", "well": true });
    let nyc = |by: &str| json!({ "centre": "nyc", "url": url(york), "by": by, "well": true });
    assert_eq!(house.near(AUSTRIA).await, vie);
    assert_eq!(house.near(STATES).await, nyc("distance"));
    assert_eq!(house.near(NOWHERE).await, nyc("default"));

    let answer = house.get(AUSTRIA, "/edge/covers/a%20b.svg?v=2").await;
    assert_eq!(answer.status(), StatusCode::TEMPORARY_REDIRECT);
    let header = |name: &str| answer.headers()[name].to_str().expect("text").to_owned();
    assert_eq!(header("location"), format!("{}/covers/a%20b.svg?v=2", url(vienna)));
    assert_eq!(header("cache-control"), "private, max-age=60");
    assert_eq!(header("access-control-allow-origin"), "*");
    assert_eq!(header("cross-origin-resource-policy"), "cross-origin");
    assert!(!answer.headers().contains_key("set-cookie"));
    let elsewhere = house.get(AUSTRIA, "/edge/%2e%2e/%2e%2e/a").await;
    assert_eq!(elsewhere.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dead_data_centre_is_passed_over_and_if_all_are_dead_none_is() {
    let gone = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address");
    let house = House::new(centres(gone, data_centre(StatusCode::OK).await)).await;
    assert_eq!(house.near(AUSTRIA).await["centre"], "vie", "nobody has asked yet");
    house.ask_for_health().await;
    assert_eq!(house.near(AUSTRIA).await["centre"], "nyc");

    let house = House::new(centres(gone, data_centre(StatusCode::SERVICE_UNAVAILABLE).await)).await;
    house.ask_for_health().await;
    let told = house.near(AUSTRIA).await;
    assert_eq!((&told["centre"], &told["well"]), (&json!("vie"), &json!(false)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_data_centres_that_is_said() {
    let house = House::new(EdgeConfig::default()).await;
    assert_eq!(house.near(AUSTRIA).await["error"]["code"], "no_centres");
    assert_eq!(house.get(AUSTRIA, "/edge/a.png").await.status(), StatusCode::NOT_FOUND);
}
