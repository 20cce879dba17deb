//! Every call and who may make it: a call without a line here fails, and so does a line without a call.

use std::collections::BTreeSet;

use Role::{Analyst, Owner, PrivacyOfficer, Support, Viewer};
use Scope::{Intents, Items, People, Sites, Stats};
use http::Method;
use serde_json::{Value, json};

use super::{House, SITE, Who};
use crate::control::{Role, Scope};

/// Who may make a call.
enum May {
    /// Whoever reaches the server.
    Anybody,
    /// Whoever is signed in.
    AnyStaff,
    /// These.
    Only(&'static [Role], &'static [Scope]),
}

const ASKS: May = May::Only(&[Owner, Analyst, Viewer], &[Stats]);
const DEFINES: May = May::Only(&[Owner, Analyst], &[Sites]);
const READS_SETTINGS: May = May::Only(&[Owner, Analyst, PrivacyOfficer], &[Sites]);
const CONFIGURES: May = May::Only(&[Owner], &[Sites]);
const PURGES: May = May::Only(&[Owner, PrivacyOfficer], &[Sites]);
const SEES_TEAM: May = May::Only(&[Owner, PrivacyOfficer], &[]);
const SEES_PRIVACY: May = May::Only(&[PrivacyOfficer], &[]);
const ERASES: May = May::Only(&[PrivacyOfficer], &[People]);
const SEES_ITEMS: May = May::Only(&[Owner, Analyst, Viewer], &[Items]);
const EDITS_ITEMS: May = May::Only(&[Owner, Analyst], &[Items]);
/// With an identity token too, which is not staff's.
const PERSONAL: May = May::Only(&[], &[People]);

/// Whoever defines intents tries them.
const INTERPRETS: May = May::Only(&[Owner, Analyst], &[Intents]);

const CALLS: &[(&str, &str, May)] = &[
    ("POST", "/api/v1/setup", May::Anybody),
    ("POST", "/api/v1/session", May::Anybody),
    ("GET", "/api/v1/session", May::AnyStaff),
    ("DELETE", "/api/v1/session", May::AnyStaff),
    ("PUT", "/api/v1/session/preferences", May::AnyStaff),
    ("GET", "/api/v1/users", SEES_TEAM),
    ("POST", "/api/v1/users", SEES_TEAM),
    ("PUT", "/api/v1/users/{id}", SEES_TEAM),
    ("DELETE", "/api/v1/users/{id}", SEES_TEAM),
    ("POST", "/api/v1/support/export", May::Only(&[Support], &[])),
    ("GET", "/api/v1/audit", SEES_PRIVACY),
    ("GET", "/api/v1/privacy", SEES_PRIVACY),
    ("GET", "/api/v1/erasures", ERASES),
    ("POST", "/api/v1/erasures", ERASES),
    ("GET", "/api/v1/erasures/{request}", ERASES),
    ("GET", "/api/v1/live", ASKS),
    ("GET", "/api/v1/collection", ASKS),
    ("GET", "/api/v1/history", ASKS),
    ("GET", "/api/v1/definitions", ASKS),
    ("PUT", "/api/v1/definitions", DEFINES),
    ("DELETE", "/api/v1/definitions", DEFINES),
    ("GET", "/api/v1/settings", READS_SETTINGS),
    ("PUT", "/api/v1/settings", CONFIGURES),
    ("GET", "/api/v1/noise", READS_SETTINGS),
    ("PUT", "/api/v1/plan", CONFIGURES),
    ("GET", "/api/v1/purges", PURGES),
    ("POST", "/api/v1/purges", PURGES),
    ("GET", "/api/v1/retention", May::Only(&[Owner, Analyst, Viewer, PrivacyOfficer], &[Stats])),
    ("GET", "/api/v1/debug", May::Only(&[Owner, Analyst], &[])),
    ("GET", "/api/v1/keys", May::Only(&[Owner, PrivacyOfficer], &[])),
    ("POST", "/api/v1/sites", May::Only(&[Owner], &[])),
    ("GET", "/api/v1/identity", READS_SETTINGS),
    ("PUT", "/api/v1/identity", CONFIGURES),
    ("DELETE", "/api/v1/identity", CONFIGURES),
    ("POST", "/api/v1/insights/{kind}", ASKS),
    ("POST", "/api/v1/insights/goals", ASKS),
    ("POST", "/api/v1/insights/segmentation", ASKS),
    ("POST", "/api/v1/insights/features", ASKS),
    ("POST", "/api/v1/insights/composition", ASKS),
    ("POST", "/api/v1/insights/engagement", ASKS),
    ("POST", "/api/v1/insights/items", ASKS),
    ("POST", "/api/v1/insights/attribution", ASKS),
    ("POST", "/api/v1/insights/ab", ASKS),
    ("POST", "/api/v2/query", May::Only(&[], &[Stats])),
    ("GET", "/api/v1/models", ASKS),
    ("GET", "/api/v1/models/liked", ASKS),
    ("GET", "/api/v1/placements", SEES_ITEMS),
    ("PUT", "/api/v1/placements", EDITS_ITEMS),
    ("DELETE", "/api/v1/placements", EDITS_ITEMS),
    ("GET", "/api/v1/placements/report", ASKS),
    ("GET", "/api/openapi.json", May::Anybody),
    ("GET", "/api/v1/people/{who}/export", PERSONAL),
    ("GET", "/api/v1/people/{who}/interests", PERSONAL),
    ("PUT", "/api/v1/people/{who}/interests", PERSONAL),
    ("GET", "/api/v1/people/{who}/consent", PERSONAL),
    ("PUT", "/api/v1/people/{who}/consent", PERSONAL),
    ("POST", "/api/v1/people/{who}/forget", PERSONAL),
    ("GET", "/api/v1/people/{who}/{items}", PERSONAL),
    ("PUT", "/api/v1/people/{who}/{items}/{item}", PERSONAL),
    ("DELETE", "/api/v1/people/{who}/{items}/{item}", PERSONAL),
    ("POST", "/api/v1/people/me/code", May::Only(&[], &[])),
    ("GET", "/api/v1/people/{who}/recommendations", PERSONAL),
    ("GET", "/api/v1/people/{who}/recommendations/{item}/why", PERSONAL),
    ("POST", "/api/v1/recommendations", May::Anybody),
    ("POST", "/api/v1/recommendations/batch", PERSONAL),
    ("GET", "/api/v1/items/{id}/similar", May::Anybody),
    ("GET", "/api/v1/trending", May::Anybody),
    ("GET", "/api/v1/latest", May::Anybody),
    ("GET", "/opendsr/discovery", May::Anybody),
    ("GET", "/opendsr/certificate.pem", May::Anybody),
    ("POST", "/opendsr/requests", PERSONAL),
    ("GET", "/opendsr/requests/{id}", PERSONAL),
    ("DELETE", "/opendsr/requests/{id}", PERSONAL),
    ("GET", "/opendsr/requests/{id}/results", PERSONAL),
    ("GET", "/opendsr/v2/discovery", May::Anybody),
    ("POST", "/opendsr/v2/requests", PERSONAL),
    ("GET", "/opendsr/v2/requests/{id}", PERSONAL),
    ("DELETE", "/opendsr/v2/requests/{id}", PERSONAL),
    ("GET", "/opengdpr/v1/discovery", May::Anybody),
    ("POST", "/opengdpr/v1/opengdpr_requests", PERSONAL),
    ("GET", "/opengdpr/v1/opengdpr_requests/{id}", PERSONAL),
    ("DELETE", "/opengdpr/v1/opengdpr_requests/{id}", PERSONAL),
    ("GET", "/my-data", May::Anybody),
    ("GET", "/my-data/style.css", May::Anybody),
    ("GET", "/my-data/open.js", May::Anybody),
    // Opened with an identity token, which is in the form.
    ("POST", "/my-data", May::Only(&[], &[])),
    ("GET", "/transparency/log/{*path}", May::Anybody),
    ("GET", "/transparency/key", May::Anybody),
    ("GET", "/transparency/proof/{leaf}", May::Anybody),
    ("GET", "/api/v1/items", SEES_ITEMS),
    ("POST", "/api/v1/items", EDITS_ITEMS),
    // Of what is shown.
    ("GET", "/api/v1/items/{id}", May::Anybody),
    ("PUT", "/api/v1/items/{id}", EDITS_ITEMS),
    ("PATCH", "/api/v1/items/{id}", EDITS_ITEMS),
    ("DELETE", "/api/v1/items/{id}", EDITS_ITEMS),
    ("GET", "/api/v1/tags", SEES_ITEMS),
    ("PUT", "/api/v1/tags", EDITS_ITEMS),
    ("POST", "/api/v1/ask", May::Only(&[Owner, Analyst, Viewer], &[])),
    ("GET", "/api/v1/edge", May::Anybody),
    ("GET", "/edge/{*path}", May::Anybody),
    ("GET", "/api/v1/intents", DEFINES),
    ("PUT", "/api/v1/intents", DEFINES),
    ("POST", "/api/v1/intents/import", DEFINES),
    ("POST", "/api/v1/intents/export", DEFINES),
    ("POST", "/api/v1/intents/interpret", INTERPRETS),
    ("POST", "/api/v1/intents/execute", INTERPRETS),
    ("GET", "/api/v1/egress", May::Only(&[Owner, PrivacyOfficer], &[])),
];

impl May {
    fn includes(&self, who: Who) -> bool {
        match (self, who) {
            (May::Anybody, _) | (May::AnyStaff, Who::Staff(_)) => true,
            (May::Only(roles, _), Who::Staff(role)) => roles.contains(&role),
            (May::Only(_, scopes), Who::Program(scope)) => scopes.contains(&scope),
            (_, _) => false,
        }
    }
}

fn everybody() -> Vec<Who> {
    let staff = Role::ALL.into_iter().map(Who::Staff);
    let programs = [Stats, Sites, People, Items, Intents].into_iter().map(Who::Program);
    staff.chain(programs).chain([Who::Nobody]).collect()
}

/// A path that the route takes, of a site that there is.
fn filled(path: &str) -> String {
    let path = path.replace("{kind}", "totals").replace("{items}", "likes").replace("{*path}", "checkpoint");
    let path = path.replace("{leaf}", &"0".repeat(64)).replace("{who}", "somebody");
    format!("{}?site={SITE}", path.replace("{id}", "0011").replace("{request}", "0011").replace("{item}", "an-item"))
}

fn body_of(method: &Method, path: &str) -> Value {
    match path {
        "/api/v2/query" => json!({ "site_id": SITE, "metrics": ["visitors"], "date_range": "day" }),
        _ if *method == Method::GET => Value::Null,
        _ => json!({ "site": SITE }),
    }
}

/// Refused for who it is: what the answer to a call that is open would not be.
fn is_refused(status: u16, answer: &Value) -> bool {
    let code = answer["error"]["code"].as_str();
    status == 401 || code == Some("not_your_role") || code == Some("no_site")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_call_is_open_to_whom_the_table_says_and_to_nobody_else() {
    let house = House::new().await;
    let (api, people, my_data) = (super::super::routes(), crate::people::routes(), crate::my_data::routes());
    let edge = crate::edge::routes();
    let intents = crate::intents::routes();
    let suggest = crate::suggest::routes();
    let listed = api
        .listed()
        .iter()
        .chain(people.listed())
        .chain(my_data.listed())
        .chain(edge.listed())
        .chain(intents.listed())
        .chain(suggest.listed())
        .map(|(method, path)| (method.as_str(), *path));
    let lines: BTreeSet<_> = CALLS.iter().map(|(method, path, _)| (*method, *path)).collect();
    assert_eq!(listed.collect::<BTreeSet<_>>(), lines);
    for (method, path, may) in CALLS {
        let method: Method = method.parse().expect("a method");
        for who in everybody() {
            let body = body_of(&method, path);
            let (status, answer) = house.ask(who, &method, &filled(path), body).await;
            let expected = may.includes(who);
            assert_eq!(!is_refused(status.as_u16(), &answer), expected, "{who:?} {method} {path}: {status} {answer}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_call_says_in_its_own_form_that_a_body_is_too_large() {
    let house = House::new().await;
    let large = Value::from("x".repeat(9 << 20));
    let mut refused = 0;
    for (method, path, may) in CALLS.iter().filter(|(method, _, _)| !matches!(*method, "GET" | "DELETE")) {
        let method: Method = method.parse().expect("a method");
        let who = everybody().into_iter().rev().find(|who| may.includes(*who));
        // A person's own call, of which the token is looked at first.
        let Some(who) = who else { continue };
        let (status, answer) = house.ask(who, &method, &filled(path), large.clone()).await;
        let own =
            answer["error"]["message"].is_string() || answer["error"].is_string() || answer["error"]["code"].is_u64();
        // Calls without a body look at none.
        assert!(status.is_success() || own, "{who:?} {method} {path}: {status} {answer}");
        refused += usize::from(status == 413);
    }
    assert!(refused > 20, "{refused}");
}

#[test]
fn every_call_is_described() {
    let document = serde_json::to_value(crate::api::document()).expect("json");
    // The same under other addresses, or no call of a program.
    let is_other = |path: &str| {
        let others = ["/opendsr/v2", "/opengdpr", "/my-data", "/transparency", "/api/openapi.json"];
        others.iter().any(|other| path.starts_with(other))
    };
    for (method, path, _) in CALLS.iter().filter(|(_, path, _)| !is_other(path)) {
        let path = path.replace("/people/me/", "/people/{who}/").replace("{*", "{");
        assert!(document["paths"][&path][method.to_lowercase()].is_object(), "{method} {path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_says_nothing_of_what_there_is() {
    let house = House::new().await;
    for path in ["/api/v1/settings", "/api/v1/live", "/api/v1/noise"] {
        let (there, not) = (format!("{path}?site={SITE}"), format!("{path}?site=other.example"));
        for who in [Who::Nobody, Who::Staff(Support), Who::Program(People)] {
            let answers = [&there, &not].map(|path| house.ask(who, &Method::GET, path, Value::Null));
            let [there, not] = answers;
            assert_eq!(there.await, not.await, "{who:?} {path}");
        }
    }
    let ours = house.core.staff.accounts().await.expect("read")[0].id.text();
    let gone = "00".repeat(16);
    for who in [Who::Staff(Viewer), Who::Staff(Analyst), Who::Nobody] {
        let [there, not] = [&ours, &gone].map(|id| format!("/api/v1/users/{id}"));
        let there = house.ask(who, &Method::DELETE, &there, Value::Null).await;
        assert_eq!(there, house.ask(who, &Method::DELETE, &not, Value::Null).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_makes_an_account_with_its_roles_and_removing_it_ends_them() {
    let house = House::new().await;
    let roles = json!({ "roles": ["viewer", "support"] });
    let (status, invitation) = house.ask(Who::Staff(Owner), &Method::POST, "/api/v1/users", roles).await;
    assert_eq!(status, 201);
    let code = invitation["link"].as_str().and_then(|link| link.split_once('#')).expect("a link").1;
    let new = json!({ "code": code, "email": "new@example.org", "password": "a long enough password" });
    let (status, _) = house.ask(Who::Nobody, &Method::POST, "/api/v1/setup", new.clone()).await;
    assert_eq!(status, 204);
    let (status, _) = house.ask(Who::Nobody, &Method::POST, "/api/v1/setup", new).await;
    assert_eq!(status, 400, "a link is good once");
    let (_, team) = house.ask(Who::Staff(Owner), &Method::GET, "/api/v1/users", Value::Null).await;
    let users = team["users"].as_array().expect("a list");
    let made = users.iter().find(|user| user["email"] == "new@example.org").expect("there");
    assert_eq!(made["roles"], json!(["viewer", "support"]));
    let path = format!("/api/v1/users/{}", made["id"].as_str().expect("an id"));
    let officer = json!({ "roles": ["viewer", "privacy_officer"] });
    let (status, answer) = house.ask(Who::Staff(Owner), &Method::PUT, &path, officer).await;
    assert_eq!((status.as_u16(), &answer["error"]["code"]), (403, &json!("not_yours_to_give")));
    let (status, _) = house.ask(Who::Staff(Owner), &Method::DELETE, &path, Value::Null).await;
    assert_eq!(status, 204);
    let last = users.iter().find(|user| user["roles"] == json!(["owner"])).expect("there");
    let path = format!("/api/v1/users/{}", last["id"].as_str().expect("an id"));
    let (status, answer) = house.ask(Who::Staff(Owner), &Method::DELETE, &path, Value::Null).await;
    assert_eq!((status.as_u16(), &answer["error"]["code"]), (400, &json!("last_of_role")));
}
