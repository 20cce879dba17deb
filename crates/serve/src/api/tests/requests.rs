//! Requests about members: by staff with the right to it, by other systems, by support with a code.

use std::path::Path;

use http::{Method, StatusCode};
use outis_capture::Sites;
use outis_event::SiteId;
use outis_people::{ExternalId, Preference};
use serde_json::{Value, json};

use super::{House, SITE, Who};
use crate::control::{Role, Scope};

const ANNA: &str = "anna.canary@people.example";
const OFFICER: Who = Who::Staff(Role::PrivacyOfficer);
pub(super) const PROGRAM: Who = Who::Program(Scope::People);
pub(super) const ID: &str = "a7551968-d5d6-44b2-9831-815ac9017798";
const OTHER_ID: &str = "b7551968-d5d6-44b2-9831-815ac9017798";

impl House {
    fn site(&self) -> SiteId {
        self.core.registry.by_domain(SITE).expect("registered").site().id
    }

    pub(super) async fn joins(&self, who: &str) {
        let people = &self.core.members.people;
        let id = ExternalId::new(who.to_owned()).expect("an id");
        let active = people.find_or_make(self.site(), &id).await.expect("made");
        people.prefer(&active, Preference::Like, "the canary's song", true).await.expect("kept");
    }

    pub(super) async fn is_there(&self, who: &str) -> bool {
        let id = ExternalId::new(who.to_owned()).expect("an id");
        self.core.members.people.find(self.site(), &id).await.expect("read").is_some()
    }

    async fn code_of(&self, who: &str) -> String {
        let people = &self.core.members.people;
        let id = ExternalId::new(who.to_owned()).expect("an id");
        let active = people.find(self.site(), &id).await.expect("read").expect("a member");
        people.issue_code(&active, self.core.clock.now()).expect("a code").text().to_owned()
    }

    pub(super) async fn get(&self, who: Who, path: &str) -> (StatusCode, Value) {
        self.ask(who, &Method::GET, path, Value::Null).await
    }

    pub(super) async fn post(&self, who: Who, path: &str, body: Value) -> (StatusCode, Value) {
        self.ask(who, &Method::POST, path, body).await
    }
}

pub(super) fn opendsr(id: &str, kind: &str, about: &[&str]) -> Value {
    let identity = |who: &&str| json!({ "identity_type": "controller_customer_id", "identity_value": who, "identity_format": "raw" });
    json!({
        "regulation": "gdpr", "subject_request_id": id, "subject_request_type": kind,
        "submitted_time": "2026-11-29T15:00:00Z", "api_version": "2.0",
        "subject_identities": about.iter().map(identity).collect::<Vec<_>>(),
        "status_callback_urls": ["https://controller.example/callbacks"],
    })
}

fn is_on_disk(dir: &Path, needle: &[u8]) -> bool {
    std::fs::read_dir(dir).expect("a folder").any(|entry| {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            return is_on_disk(&path, needle);
        }
        std::fs::read(path).expect("a file").windows(needle.len()).any(|window| window == needle)
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_privacy_officer_has_somebody_forgotten_and_nothing_says_whom() {
    let house = House::new().await;
    house.joins(ANNA).await;
    let wish = json!({ "site": SITE, "id": ANNA, "request_id": ID });
    let (status, done) = house.post(OFFICER, "/api/v1/erasures", wish.clone()).await;
    assert_eq!((status, &done["state"]), (StatusCode::CREATED, &json!("in_progress")), "{done}");
    assert!(!house.is_there(ANNA).await);
    assert_eq!(done["receipts"].as_array().map(Vec::len), Some(1));
    let nobody = json!({ "site": SITE, "id": "nobody", "request_id": OTHER_ID });
    let (status, other) = house.post(PROGRAM, "/api/v1/erasures", nobody).await;
    assert_eq!(status, StatusCode::CREATED);
    for key in ["kind", "state", "received", "settled", "mode", "site"] {
        assert_eq!(done[key], other[key], "of an id that is nobody's the answer is the same");
    }
    let (status, again) = house.post(OFFICER, "/api/v1/erasures", wish).await;
    assert_eq!((status, &again["error"]["code"]), (StatusCode::CONFLICT, &json!("request_known")));

    let (_, list) = house.get(OFFICER, &format!("/api/v1/erasures?site={SITE}")).await;
    assert_eq!(list["requests"].as_array().map(Vec::len), Some(2));
    let (_, audit) = house.get(OFFICER, "/api/v1/audit").await;
    let deeds: Vec<&str> =
        audit["entries"].as_array().expect("a list").iter().filter_map(|e| e["deed"].as_str()).collect();
    assert_eq!(deeds, ["had_forgotten", "had_forgotten"], "tries of staff are written down, programs' are requests");
    assert_eq!(audit["entries"][0]["who"], "privacy_officer@example.org");
    assert!(!list.to_string().contains("canary") && !audit.to_string().contains("canary"));
    assert!(!is_on_disk(&house.core.config.data_dir, b"canary"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_is_completed_when_rows_are_rewritten_and_forgotten_itself_in_time() {
    let house = House::new().await;
    let wish = json!({ "site": SITE, "id": ANNA, "request_id": ID });
    house.post(PROGRAM, "/api/v1/erasures", wish).await;
    let path = format!("/api/v1/erasures/{ID}?site={SITE}");
    house.clock.advance_ms(47 * 3_600_000);
    assert_eq!(house.get(PROGRAM, &path).await.1["state"], "in_progress", "nothing was rewritten yet");
    house.core.maintain().await.expect("maintained");
    assert_eq!(house.get(PROGRAM, &path).await.1["state"], "completed");
    house.clock.advance_ms(91 * 86_400_000);
    house.core.save().await.expect("saved");
    assert_eq!(house.get(PROGRAM, &path).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_system_asks_for_erasure_in_the_standard_form() {
    let house = House::new().await;
    house.joins(ANNA).await;
    house.joins("bert").await;
    let (status, discovery) = house.get(Who::Nobody, "/opendsr/discovery").await;
    assert_eq!((status, &discovery["api_version"]), (StatusCode::OK, &json!("2.0")));
    assert_eq!(discovery["supported_subject_request_types"], json!(["erasure", "access", "portability"]));
    let at = format!("/opendsr/v2/requests?site={SITE}");
    let (status, accepted) = house.post(PROGRAM, &at, opendsr(ID, "erasure", &[ANNA, "nobody"])).await;
    assert_eq!(status, StatusCode::CREATED, "{accepted}");
    assert_eq!((&accepted["controller_id"], &accepted["subject_request_id"]), (&json!(SITE), &json!(ID)));
    assert!(accepted["encoded_request"].is_string() && accepted["expected_completion_time"].is_string());
    assert!(!house.is_there(ANNA).await && house.is_there("bert").await);
    let (_, state) = house.get(PROGRAM, &format!("/opendsr/requests/{ID}?site={SITE}")).await;
    assert_eq!(state["request_status"], "in_progress");
    let receipts = &state["extensions"]["127.0.0.1"]["receipts"];
    assert_eq!(receipts.as_array().map(Vec::len), Some(2), "{state}");
    let (status, _) = house.post(PROGRAM, &at, opendsr(ID, "erasure", &["bert"])).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "whom it was about is not known, so it cannot be the same");
    let (status, _) =
        house.ask(PROGRAM, &Method::DELETE, &format!("/opendsr/requests/{ID}?site={SITE}"), Value::Null).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "it is not pending");
    let (status, _) = house.get(PROGRAM, &format!("/opendsr/requests/{OTHER_ID}?site={SITE}")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert!(!is_on_disk(&house.core.config.data_dir, b"canary"));
    let mut old = opendsr(OTHER_ID, "erasure", &["bert"]);
    old.as_object_mut().expect("an object").retain(|key, _| key != "regulation" && key != "api_version");
    let (status, _) = house.post(PROGRAM, &format!("/opengdpr/v1/opengdpr_requests?site={SITE}"), old).await;
    assert_eq!((status, house.is_there("bert").await), (StatusCode::CREATED, false));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_done_of_a_request_that_is_not_understood_whole() {
    let house = House::new().await;
    house.joins(ANNA).await;
    let at = format!("/opendsr/requests?site={SITE}");
    let changed = |key: &str, value: Value| {
        let mut request = opendsr(ID, "erasure", &[ANNA]);
        request[key] = value;
        request
    };
    let mail = json!({ "identity_type": "email", "identity_value": ANNA, "identity_format": "raw" });
    let both = opendsr(ID, "erasure", &[ANNA])["subject_identities"][0].clone();
    for request in [
        changed("subject_request_id", json!("7")),
        changed("subject_request_type", json!("rectification")),
        changed("submitted_time", json!("yesterday")),
        changed("regulation", json!("none")),
        changed("api_version", json!("1.0")),
        changed("subject_identities", json!([])),
        changed("subject_identities", json!([both, mail])),
        json!({}),
    ] {
        let (status, answer) = house.post(PROGRAM, &at, request).await;
        assert_eq!((status, &answer["error"]["code"]), (StatusCode::BAD_REQUEST, &json!(400)));
        assert!(!answer.to_string().contains("canary"));
    }
    assert!(house.is_there(ANNA).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_held_is_fetched_for_a_day_and_not_of_who_is_forgotten_meanwhile() {
    let house = House::new().await;
    house.joins(ANNA).await;
    house.joins("bert").await;
    let at = format!("/opendsr/requests?site={SITE}");
    house.post(PROGRAM, &at, opendsr(ID, "access", &[ANNA, "bert", "nobody"])).await;
    let (_, state) = house.get(PROGRAM, &format!("/opendsr/requests/{ID}?site={SITE}")).await;
    assert_eq!((&state["request_status"], &state["results_count"]), (&json!("completed"), &json!(2)));
    let url = state["results_url"].as_str().expect("an address");
    let path = url.strip_prefix("http://127.0.0.1:8400").expect("ours").to_owned();
    let (_, results) = house.get(PROGRAM, &path).await;
    assert_eq!(results["results"][0]["held"]["id"], ANNA);
    house.post(PROGRAM, "/api/v1/erasures", json!({ "site": SITE, "id": ANNA })).await;
    let (_, results) = house.get(PROGRAM, &path).await;
    assert_eq!(results["results"].as_array().map(Vec::len), Some(1));
    house.clock.advance_ms(25 * 3_600_000);
    assert_eq!(house.get(PROGRAM, &path).await.0, StatusCode::GONE);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn support_sees_once_what_the_member_sees_and_that_is_written_down() {
    let house = House::new().await;
    house.joins(ANNA).await;
    let support = Who::Staff(Role::Support);
    let try_code =
        async |code: &str| house.post(support, "/api/v1/support/export", json!({ "site": SITE, "code": code })).await;
    let code = house.code_of(ANNA).await;
    let (wrong, told) = try_code("ABC DEF GHJ").await;
    let (status, seen) = try_code(&code.to_lowercase()).await;
    assert_eq!((wrong, status), (StatusCode::NOT_FOUND, StatusCode::OK));
    assert_eq!(seen["export"]["held"]["id"], ANNA);
    assert_eq!(try_code(&code).await, (wrong, told.clone()), "a used code and one that never was look the same");
    let late = house.code_of(ANNA).await;
    house.clock.advance_ms(10 * 60_000);
    assert_eq!(try_code(&late).await, (wrong, told));
    let (_, audit) = house.get(OFFICER, "/api/v1/audit").await;
    assert_eq!(audit["entries"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        (&audit["entries"][0]["deed"], &audit["entries"][0]["who"]),
        (&json!("saw_by_code"), &json!("support@example.org"))
    );
    for _ in 0..10 {
        let _ = try_code("ABC DEF GHJ").await;
    }
    assert_eq!(try_code("ABC DEF GHJ").await.0, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_privacy_officer_sees_counts_and_days() {
    let house = House::new().await;
    for n in 0..13 {
        house.joins(&format!("member-{n}")).await;
    }
    let (_, told) = house.get(OFFICER, &format!("/api/v1/privacy?site={SITE}")).await;
    assert_eq!((&told["members"], &told["link"], &told["recent_days"]), (&json!(10), &json!("day"), &json!(35)));
    assert_eq!(told["period"], json!(["2027-01-04", "2027-02-07"]));
    let (_, identity) = house.get(Who::Staff(Role::Owner), &format!("/api/v1/identity?site={SITE}")).await;
    assert_eq!(identity["members"], 10);
}
