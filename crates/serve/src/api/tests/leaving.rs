//! What waits to be sent of somebody is gone with them.

use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::json;

use super::{House, SITE, Who};
use crate::config::Config;
use crate::config::webhooks::WebhookConfig;
use crate::control::{Role, Scope};

const ANNA: Who = Who::Member("anna");
const BERT: Who = Who::Member("bert");

/// A server whose application does not answer: nothing listens there.
async fn house(dir: &std::path::Path) -> House {
    let secret_file = dir.join("secret");
    std::fs::write(&secret_file, "whsec_CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=").expect("written");
    let url = "http://127.0.0.1:9/hooks".to_owned();
    let hook = WebhookConfig { url, secret_file, ca_file: None, loopback: true };
    let house = House::with(Config { webhooks: [("tickets".to_owned(), hook)].into(), ..Config::default() }).await;
    let intents = json!({ "intents": [
        { "name": "ticket", "action": { "webhook": "tickets" }, "confirm": false,
          "examples": ["the [printer](thing) is broken", "my [screen](thing) does not work"],
          "slots": { "thing": { "type": "choice", "values": [{ "value": "printer" }, { "value": "screen" }] } } },
        { "name": "hello", "examples": ["hello there", "good morning"] },
    ] });
    let owner = Who::Staff(Role::Owner);
    let (status, answer) = house.ask(owner, &Method::PUT, &format!("/api/v1/intents?site={SITE}"), intents).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    house
}

impl House {
    async fn asks_for_a_ticket(&self, who: Who) {
        let text = json!({ "text": "my printer does not work" });
        for _ in 0..200 {
            let (_, answer) = self.ask(who, &Method::POST, "/api/v1/intents/execute", text.clone()).await;
            if answer["state"] == "done" {
                return;
            }
            // What is declared is learnt in the background.
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("nothing was learnt");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_waits_goes_with_the_member_whose_words_are_in_it() {
    let dir = tempfile::tempdir().expect("a folder");
    let house = house(dir.path()).await;
    house.asks_for_a_ticket(ANNA).await;
    house.asks_for_a_ticket(BERT).await;
    house.core.distribute.work().await;
    assert_eq!(house.core.distribute.waiting(), 2, "the application does not take them");
    // They need not be members: who they are is in the token.
    let wish = json!({ "site": SITE, "id": "anna" });
    let (status, _) = house.ask(Who::Program(Scope::People), &Method::POST, "/api/v1/erasures", wish).await;
    assert_eq!((status, house.core.distribute.waiting()), (StatusCode::CREATED, 1));
    let gone = house.core.distribute.keys_over();
    assert_eq!(gone.len(), 1);
    for name in gone {
        assert!(house.core.keys.get(name).await.expect("read").is_none(), "no earlier copy opens");
    }
}
