//! Over the routes, on a real core.

use http::Method;
use outis_capture::Sites;
use serde_json::{Value, json};

use crate::api::tests::{House, SITE, Who};
use crate::control::{Role, Scope};

const ANALYST: Who = Who::Staff(Role::Analyst);
const PROGRAM: Who = Who::Program(Scope::Intents);
const ANNA: Who = Who::Member("anna.canary@people.example");

impl House {
    async fn intents(&self, who: Who, method: Method, call: &str, body: Value) -> (u16, Value) {
        let (status, answer) = self.ask(who, &method, &format!("/api/v1/intents{call}?site={SITE}"), body).await;
        (status.as_u16(), answer)
    }

    async fn defines(&self, definitions: Value) -> Value {
        let (status, told) = self.intents(ANALYST, Method::PUT, "", definitions).await;
        assert_eq!(status, 200, "{told}");
        self.learnt().await;
        told
    }

    async fn learnt(&self) {
        let site = self.core.registry.by_domain(SITE).expect("registered").site().id;
        self.core.intents.settled(site).await;
    }

    async fn tells(&self, who: Who, text: &str) -> (u16, Value) {
        self.intents(who, Method::POST, "/interpret", json!({ "text": text })).await
    }

    async fn begins(&self) {
        let starter = json!({ "format": "starter" });
        let (status, told) = self.intents(ANALYST, Method::POST, "/import", starter).await;
        assert_eq!(status, 200, "{told}");
        self.learnt().await;
    }
}

fn code(answer: &Value) -> &str {
    answer["error"]["code"].as_str().unwrap_or_default()
}

fn definitions() -> Value {
    json!({ "languages": ["en"], "intents": [
        { "name": "light", "examples": ["turn on the light", "switch the lamp on", "light please", "lights on [now](when)"],
          "slots": { "when": { "type": "choice", "values": [{ "value": "now" }, { "value": "later" }] } },
          "action": { "webhook": "lamps" } },
        { "name": "music", "examples": ["play some jazz", "put on a song", "play music", "music please"] },
    ] })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_defined_is_learnt_and_told() {
    let house = House::new().await;
    let (status, answer) = house.tells(PROGRAM, "turn on the light").await;
    assert_eq!((status, code(&answer)), (409, "no_intents"));
    let told = house.defines(definitions()).await;
    assert_eq!((&told["version"], &told["definitions"]["intents"][1]["name"]), (&json!(1), &json!("music")));
    let (_, told) = house.intents(ANALYST, Method::GET, "", Value::Null).await;
    assert_eq!((&told["state"], &told["answers"]), (&json!("ready"), &json!(1)));
    let examples: u64 =
        told["confusion"].as_array().expect("a list").iter().filter_map(|c| c["examples"].as_u64()).sum();
    assert_eq!(examples, 8, "{told}");
    for who in [PROGRAM, ANALYST, ANNA] {
        let (status, answer) = house.tells(who, "Lights on LATER").await;
        assert_eq!(status, 200, "{answer}");
        assert_eq!((&answer["decision"], &answer["intent"]), (&json!("accepted"), &json!("light")));
        assert_eq!(answer["arguments"], json!({ "when": "later" }));
        assert_eq!(answer["needs_confirmation"], true, "webhooks are confirmed unless it is said otherwise");
        assert!(!answer.to_string().contains("LATER"), "the text is not repeated");
    }
    let body = json!({ "text": "music please", "locale": "de-AT" });
    let (_, answer) = house.intents(PROGRAM, Method::POST, "/interpret", body).await;
    assert_eq!((&answer["intent"], &answer["language_known"]), (&json!("music"), &json!(false)));
    // An identity token speaks for its own site only.
    let (status, answer) =
        house.ask(ANNA, &Method::POST, "/api/v1/intents/interpret?site=other.example", json!({})).await;
    assert_eq!((status.as_u16(), code(&answer)), (404, "no_site"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_input_is_refused_with_what_would_work_and_never_repeated() {
    let house = House::new().await;
    let mut wrong = definitions();
    wrong["intents"][1]["examples"][2] = json!("turn on the [secret](nothing)");
    let (status, answer) = house.intents(ANALYST, Method::PUT, "", wrong).await;
    assert_eq!((status, code(&answer)), (400, "definitions_malformed"));
    assert_eq!(answer["error"]["pointer"], "/intents/1/examples/2");
    assert!(!answer.to_string().contains("secret"));
    let (status, answer) = house.intents(ANALYST, Method::PUT, "", json!({ "intent": [] })).await;
    assert_eq!((status, code(&answer)), (400, "definitions_malformed"));

    house.defines(definitions()).await;
    for (text, status, wanted) in [
        ("x".repeat(1_001), 400, "text_too_long"),
        ("zzqq ".repeat(20_000), 413, "too_large"),
        ("zzqq".repeat(250), 200, ""),
    ] {
        let (told, answer) = house.tells(PROGRAM, &text).await;
        assert_eq!((told, code(&answer)), (status, wanted));
        assert!(!answer.to_string().contains("zzqq"));
    }
    for (text, why) in [("Включи свет", "nothing_known"), ("灯をつけて", "nothing_known"), (" ?! ", "empty")]
    {
        let (status, answer) = house.tells(PROGRAM, text).await;
        assert_eq!((status, &answer["decision"], &answer["out_of_scope"]), (200, &json!("out_of_scope"), &json!(why)));
        assert_eq!((&answer["intent"], &answer["action"]), (&Value::Null, &Value::Null));
    }
    for body in [json!({}), json!({ "text": 3 }), json!({ "text": "a", "who": "anna" }), json!([])] {
        let (status, answer) = house.intents(PROGRAM, Method::POST, "/interpret", body).await;
        assert_eq!((status, code(&answer)), (400, "malformed"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_change_the_same_version_the_second_is_told() {
    let house = House::new().await;
    house.defines(definitions()).await;
    let path = format!("/api/v1/intents?site={SITE}&version=1");
    let (status, told) = house.ask(ANALYST, &Method::PUT, &path, definitions()).await;
    assert_eq!((status.as_u16(), &told["version"]), (200, &json!(2)));
    let (status, answer) = house.ask(ANALYST, &Method::PUT, &path, definitions()).await;
    assert_eq!((status.as_u16(), code(&answer)), (409, "other_version"));
    // While the second version is learnt the first one answers.
    let (status, answer) = house.tells(PROGRAM, "music please").await;
    assert_eq!((status, &answer["intent"]), (200, &json!("music")));
    // Without any intents there is nothing to answer.
    house.defines(json!({ "intents": [] })).await;
    let (status, answer) = house.tells(PROGRAM, "music please").await;
    assert_eq!((status, code(&answer)), (409, "no_intents"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_of_every_form_come_back_as_they_went() {
    let house = House::new().await;
    house.begins().await;
    let (_, before) = house.intents(ANALYST, Method::GET, "", Value::Null).await;
    for format in ["toml", "json", "snips", "rasa"] {
        let (status, file) = house.intents(ANALYST, Method::POST, "/export", json!({ "format": format })).await;
        assert_eq!(status, 200, "{format}: {file}");
        let file = json!({ "format": format, "text": file["text"] });
        let (status, told) = house.intents(ANALYST, Method::POST, "/import", file).await;
        assert_eq!(status, 200, "{format}: {told}");
        let actions = |told: &Value| {
            let intents = told["definitions"]["intents"].as_array().expect("a list").iter();
            let mut actions: Vec<String> = intents.map(|i| format!("{} {}", i["name"], i["action"])).collect();
            actions.sort();
            actions
        };
        assert_eq!(actions(&told), actions(&before), "{format}: actions stay");
    }
    let more = json!({ "format": "toml", "add": true,
        "text": "[[intents]]\nname = \"music\"\nexamples = [\"play music\", \"play a song\"]\n" });
    let (status, told) = house.intents(ANALYST, Method::POST, "/import", more).await;
    let count = told["definitions"]["intents"].as_array().expect("a list").len();
    assert_eq!((status, count), (200, before["definitions"]["intents"].as_array().expect("a list").len() + 1));
    let wrong = json!({ "format": "rasa", "text": "version: [" });
    let (status, answer) = house.intents(ANALYST, Method::POST, "/import", wrong).await;
    assert_eq!((status, code(&answer)), (400, "definitions_malformed"));
}

fn actions() -> Value {
    let intent = |name: &str, action: Value, slots: Value, examples: &[&str]| json!({ "name": name, "action": action, "slots": slots, "examples": examples });
    json!({ "intents": [
        intent("ticket", json!({ "webhook": "tickets" }), json!({ "thing": { "type": "choice", "open": true } }),
            &["the [printer](thing) is broken", "my [screen](thing) does not work"]),
        intent("follow", json!("follow_tag"), json!({ "topic": { "type": "tag", "required": true } }),
            &["follow [open access](topic)", "keep me posted on [open access](topic)"]),
        intent("keep", json!("bookmark"), json!({ "item": { "type": "item", "required": true } }),
            &["bookmark this", "save this for later"]),
        intent("data", json!("show_my_data"), json!({}), &["show my data", "what do you know about me"]),
        intent("forget", json!("forget_me"), json!({}), &["forget me", "delete my data"]),
        intent("report", json!("open_report"), json!({ "report": { "type": "choice", "values": [{ "value": "retention" }] } }),
            &["open the [retention](report) report", "show [retention](report)"]),
        intent("talk", Value::Null, json!({}), &["hello there", "good morning"]),
    ] })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn actions_about_members_are_done_for_members_only() {
    let house = House::new().await;
    house.defines(actions()).await;
    let does = |who, body: Value| house.intents(who, Method::POST, "/execute", body);
    let follow = json!({ "intent": "follow", "slots": { "topic": "open-access" } });
    let (status, answer) = does(ANNA, follow.clone()).await;
    assert_eq!((status, &answer["state"]), (200, &json!("done")), "{answer}");
    let keep = json!({ "text": "bookmark this", "context": { "item": "atlas" } });
    let (_, answer) = does(ANNA, keep.clone()).await;
    assert_eq!(
        (&answer["state"], &answer["result"]),
        (&json!("done"), &json!({ "bookmarked": ["atlas"] })),
        "{answer}"
    );
    let (_, answer) = does(ANNA, json!({ "text": "bookmark this" })).await;
    assert_eq!((&answer["state"], &answer["missing"]), (&json!("missing"), &json!(["item"])));
    let path = |of: &str| format!("/api/v1/people/me/{of}");
    let (_, stated) = house.ask(ANNA, &Method::GET, &path("interests"), Value::Null).await;
    assert_eq!(stated["tags"], json!(["open-access"]));
    let (_, kept) = house.ask(ANNA, &Method::GET, &path("bookmarks"), Value::Null).await;
    assert_eq!(kept["items"], json!(["atlas"]));
    let (_, answer) = does(ANNA, json!({ "text": "what do you know about me" })).await;
    assert_eq!(answer["result"], json!({ "open": "/my-data" }));
    for who in [PROGRAM, ANALYST] {
        for body in [&follow, &keep, &json!({ "intent": "data" })] {
            let (status, answer) = does(who, body.clone()).await;
            assert_eq!((status, code(&answer)), (403, "needs_member"), "{who:?} {body}");
        }
    }
    let report = json!({ "text": "open the retention report" });
    let (_, answer) = does(ANALYST, report.clone()).await;
    assert_eq!(answer["result"], json!({ "open": format!("/{SITE}/retention") }));
    let (status, answer) = does(ANNA, report).await;
    assert_eq!((status, code(&answer)), (403, "needs_staff"));
    let ticket = json!({ "intent": "ticket", "slots": { "thing": "printer" } });
    let (_, answer) = does(ANNA, ticket.clone()).await;
    assert_eq!(answer["state"], "needs_confirmation");
    let mut ticket = ticket;
    ticket["confirmation"] = answer["confirmation"].clone();
    let (status, answer) = does(ANNA, ticket).await;
    assert_eq!((status, code(&answer)), (409, "no_webhook"), "none is declared");
    let (status, answer) = does(ANNA, json!({ "text": "hello there" })).await;
    assert_eq!((status, code(&answer)), (400, "no_action"));
    let (status, answer) = does(ANNA, json!({ "text": "hello there", "intent": "talk" })).await;
    assert_eq!((status, code(&answer)), (400, "malformed"));
    let (_, answer) = does(ANNA, json!({ "text": "какая погода" })).await;
    assert_eq!(answer["state"], "out_of_scope");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_forgotten_but_by_their_own_yes_to_exactly_that() {
    let house = House::new().await;
    house.defines(actions()).await;
    let does = |who, body: Value| house.intents(who, Method::POST, "/execute", body);
    let follow = json!({ "intent": "follow", "slots": { "topic": "open-access" } });
    const ZOE: Who = Who::Member("zoe");
    for who in [ANNA, ZOE] {
        assert_eq!(does(who, follow.clone()).await.0, 200);
    }
    let (_, asked) = does(ANNA, json!({ "text": "forget me" })).await;
    assert_eq!((&asked["state"], &asked["minutes"]), (&json!("needs_confirmation"), &json!(5)));
    let yes = |confirmation: &Value| json!({ "intent": "forget", "confirmation": confirmation });
    let (status, answer) = does(ZOE, yes(&asked["confirmation"])).await;
    assert_eq!((status, code(&answer)), (400, "confirmation_not_accepted"), "of another one");
    let (_, other) = does(ANNA, json!({ "intent": "ticket", "slots": { "thing": "lamp" } })).await;
    let (status, answer) = does(ANNA, yes(&other["confirmation"])).await;
    assert_eq!((status, code(&answer)), (400, "confirmation_not_accepted"), "of something else");
    let interests = || house.ask(ANNA, &Method::GET, "/api/v1/people/me/interests", Value::Null);
    assert_eq!(interests().await.0, 200, "still there");
    // The same by text, and by what the text was told to be.
    let (status, answer) = does(ANNA, json!({ "text": "delete my data", "confirmation": asked["confirmation"] })).await;
    assert_eq!((status, &answer["state"]), (200, &json!("done")), "{answer}");
    assert_eq!(answer["result"]["state"], "erased");
    assert!(answer["result"]["receipt"].is_object(), "{answer}");
    assert_eq!(interests().await.0, 404, "gone, and not made anew by what was asked");
    house.clock.advance_ms(6 * 60_000);
    let (status, answer) = does(ZOE, json!({ "text": "forget me" })).await;
    assert_eq!(status, 200);
    house.clock.advance_ms(6 * 60_000);
    let (status, answer) = does(ZOE, yes(&answer["confirmation"])).await;
    assert_eq!((status, code(&answer)), (400, "confirmation_not_accepted"), "too late");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn texts_name_what_is_in_the_catalogue_and_find_it() {
    let house = House::new().await;
    house.begins().await;
    for (id, title, tag, published) in [
        ("i1", "Grinding lenses", "physics/optics", "2026-11-01T00:00:00Z"),
        ("i2", "Prisms", "physics/optics", "2026-11-02T00:00:00Z"),
        ("i3", "Old maps of Ithaca", "maps", "2026-11-03T00:00:00Z"),
    ] {
        let item = json!({ "id": id, "title": title, "tags": [tag], "published": published });
        let path = format!("/api/v1/items/{id}?site={SITE}");
        let (status, answer) = house.ask(Who::Program(Scope::Items), &Method::PUT, &path, item).await;
        assert!(status.is_success(), "{answer}");
    }
    let site = house.core.registry.by_domain(SITE).expect("registered").site().id;
    house.core.intents.named(site).await;
    let does = async |text: &str| {
        let (status, answer) = house.intents(ANNA, Method::POST, "/execute", json!({ "text": text })).await;
        assert_eq!((status, &answer["state"]), (200, &json!("done")), "{text}: {answer}");
        answer["result"].clone()
    };
    let ids = |result: &Value| {
        let items = result["items"].as_array().expect("a list").iter();
        items.map(|item| item["id"].as_str().expect("an id").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&does("find articles about optics").await), ["i2", "i1"]);
    assert_eq!(does("follow optics").await, json!({ "followed": ["physics/optics"] }));
    let recommended = does("recommend something").await;
    assert!(recommended["computed"]["fallback"].as_str().is_some_and(|why| why.contains("has not agreed")));
    let people = &house.core.members.people;
    let anna = people
        .find(site, &outis_people::ExternalId::new("anna.canary@people.example".to_owned()).expect("an id"))
        .await
        .expect("read");
    let (anna, now) = (anna.expect("she is known"), house.core.clock.now());
    people.consent(&anna, outis_people::Purpose::Personalisation, true, 1, now).await.expect("kept");
    let recommended = does("recommend something").await;
    let mut first = ids(&recommended);
    first.truncate(2);
    first.sort();
    assert_eq!(first, ["i1", "i2"]);
    assert_eq!(recommended["items"][0]["reasons"][0]["kind"], "tag_followed");
    assert_eq!(does("bookmark old maps of ithaca").await, json!({ "bookmarked": ["i3"] }));
}
