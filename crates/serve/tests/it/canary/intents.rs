//! Canaries in texts that are interpreted: what they mean is told, and of what they say nothing is left.

use serde_json::{Value, json};

use super::search::finds;
use super::{MARK, opened};
use crate::intents::begins;
use crate::members::{SITE, call, library_of};
use crate::server::{Place, files};

#[tokio::test]
async fn no_text_is_on_disk_or_in_logs() {
    let place = Place::new().with("log_level", "trace");
    let (place, server, token, application) = library_of(place, &["--floor", "1", "--admission", "1"]).await;
    begins(&server, &token).await;
    let identity = application.token("anna@people.example", 600);
    let texts = [
        format!("find articles about {MARK}a"),
        format!("suche nach {MARK}b und {MARK}c"),
        format!("{MARK}d {MARK}e"),
        format!("please forget me, {MARK}.f@people.example"),
        format!("recommend something on {MARK}g"),
        MARK.repeat(200),
    ];
    for text in &texts {
        for action in ["interpret", "execute"] {
            let path = format!("/api/v1/intents/{action}");
            let context = json!({ "page": format!("/{MARK}h") });
            let answer = call(&server, &identity, "POST", &path, json!({ "text": text, "context": context })).await;
            assert!(answer.status.as_u16() < 500, "{}", answer.text());
        }
    }
    for wrong in [
        json!({ "text": MARK, "other": MARK }),
        json!({ "text": [MARK] }),
        json!({ "text": "a", "locale": format!("{MARK}!") }),
        json!({ "intent": format!("{MARK}i") }),
        json!({ "intent": "find_content", "slots": { format!("{MARK}j"): MARK } }),
        json!({ "intent": "forget_me", "confirmation": MARK }),
    ] {
        for action in ["interpret", "execute"] {
            let answer = call(&server, &identity, "POST", &format!("/api/v1/intents/{action}"), wrong.clone()).await;
            assert_eq!(answer.status, 400, "{}", answer.text());
            assert_eq!(finds(answer.text().as_bytes()), None, "a refusal repeats what was sent");
        }
    }
    let recognised = json!({ "site": SITE, "period": { "preset": "today" }, "metrics": ["events"] });
    let counted = |answer: &Value| answer["rows"][0]["values"][0].as_u64().is_some_and(|count| count >= 6);
    server.until(&token, "totals", recognised, counted).await;
    server.stop();
    let log = std::fs::read_to_string(place.dir.path().join("log")).expect("a log");
    assert_eq!(finds(log.as_bytes()), None, "in the log");
    for (path, bytes) in files(&place.data()) {
        assert_eq!(finds(&bytes), None, "in {}", path.display());
    }
    assert_eq!(finds(opened::opened(&place.data()).await.as_bytes()), None, "opened with all keys");
}
