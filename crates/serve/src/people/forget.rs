//! Forgetting a member.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use outis_event::MAX_WORD_BYTES;
use outis_people::Mode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::Shared;
use super::says::read;
use super::whose::{Whose, failed};
use crate::api::error::ApiError;
use crate::core::purges;
use crate::extract::Body;

/// How to forget.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wish {
    /// `fold` (default): what the member did today is still counted among at least the floor of people, without them.
    /// `delete`: not even that.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    mode: Option<Mode>,
    /// Words that name the member, at most 20, as the site may have come to know them: they are purged. Only the
    /// application may name some, for they are taken from everybody. Whether there was such a word is not told.
    #[serde(default)]
    words: Vec<String>,
}

/// Most words, and how long they are.
const MOST_WORDS: usize = 20;

/// What was done. The same for ids that are no member's.
#[derive(Serialize, ToSchema)]
pub(crate) struct Forgotten {
    /// `erased`: profile, identity and everything they stated are destroyed, with their keys and so in every backup, and
    /// rows are hidden.
    state: &'static str,
    /// How.
    #[schema(value_type = String)]
    mode: Mode,
    /// What follows by itself, and until when.
    follows: Vec<Follows>,
    /// The only copy of the receipt, to be kept by whom it is for; absent if it could not be made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    receipt: Option<Value>,
}

/// Something that follows.
#[derive(Serialize, ToSchema)]
pub(crate) struct Follows {
    what: &'static str,
    within: &'static str,
}

impl Forgotten {
    /// What is told of it.
    pub(crate) fn new(mode: Mode, receipt: Option<Value>) -> Forgotten {
        let follows = vec![
            Follows { what: "hidden rows", within: FOLLOWS },
            Follows { what: "models and lists that were learnt from what members like", within: "24 hours" },
        ];
        Forgotten { state: "erased", mode, follows, receipt }
    }

    /// Also the words that name whoever was forgotten go.
    fn with_words(mut self) -> Forgotten {
        self.follows.push(Follows { what: "the words that were named", within: "24 hours" });
        self
    }
}

fn check_words(words: &[String], whose: &Whose) -> Result<(), ApiError> {
    if !words.is_empty() && !whose.by_application {
        let message = "words are taken from everybody, so only the application names some, with a token of its own";
        return Err(ApiError::new(StatusCode::FORBIDDEN, "words_not_accepted", message).below("/words"));
    }
    if words.len() > MOST_WORDS || words.iter().any(|word| word.is_empty() || word.len() > MAX_WORD_BYTES) {
        return Err(ApiError::bad("words_malformed", "at most 20 words of 1 to 512 bytes").below("/words"));
    }
    Ok(())
}

/// Until when hidden rows are rewritten.
pub(crate) const FOLLOWS: &str = "24 hours; those of today after the end of the day";

pub(super) async fn post(
    State(core): State<Shared>,
    whose: Whose,
    Body(body): Body,
) -> Result<Json<Forgotten>, ApiError> {
    let wish = match body.is_empty() {
        true => Wish { mode: None, words: Vec::new() },
        false => read::<Wish>(&body, "mode (fold or delete), words")?,
    };
    check_words(&wish.words, &whose)?;
    let mode = wish.mode.unwrap_or(Mode::Fold);
    let site = whose.site.site();
    // Written down first: once the member is forgotten nobody would ask for it again.
    let words = match wish.words.is_empty() {
        true => None,
        false => Some(core.purge_of_forgotten(site.id, &wish.words).await?),
    };
    let receipt = core.forget(site, &whose.id, mode).await.map_err(failed)?;
    let forgotten = Forgotten::new(mode, receipt);
    let Some(id) = words else { return Ok(Json(forgotten)) };
    // Behind the answer, so that its time does not tell whether there was such a word.
    purges::spawn(&core, id);
    Ok(Json(forgotten.with_words()))
}
