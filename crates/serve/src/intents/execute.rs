//! Doing what a text asks for: after a confirmation, if one is needed.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use outis_disclose::Pii;
use outis_personal::intent::{Action, Context, Decision};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::Shared;
use super::answer::{at_work, count, interpret, read, text};
use super::deeds::carry_out;
use super::order::{Order, sent, slots_of};
use super::whom::{Asker, Whom};
use crate::api::error::ApiError;
use crate::core::intents::{CONFIRM_MINUTES, Deed, Fate, Served};

/// What is to be done: a text, or the intent and arguments that a text was told to mean.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// At most 1,000 characters.
    #[serde(default, deserialize_with = "maybe_text")]
    #[schema(value_type = Option<String>)]
    text: Option<Pii<String>>,
    /// Instead of a text: the name of an intent.
    #[serde(default)]
    intent: Option<String>,
    /// Values of its slots, as `arguments` of an interpretation.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    slots: Map<String, Value>,
    /// What is being looked at: `item` and `page`.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    context: Context,
    /// The confirmation that the answer before gave: now it is done.
    #[serde(default)]
    confirmation: Option<String>,
}

fn maybe_text<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Pii<String>>, D::Error> {
    text(input).map(Some)
}

/// How far it is.
enum Step<'a> {
    /// There is something to do.
    Order(Order<'a>),
    /// It is not clear what.
    Unclear(Value, Decision),
}

pub(super) async fn post(
    State(core): State<Shared>,
    asker: Asker,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, ApiError> {
    let wanted: Wanted = read(body, "text, or intent and slots; and, if you like, context and confirmation")?;
    let (of_site, served) = at_work(&core, &asker)?;
    let order = match step(&core, &asker, &served, &wanted)? {
        Step::Order(order) => order,
        Step::Unclear(answer, decision) => {
            let intent = answer["intent"].as_str().map(str::to_owned);
            count(&core, asker, of_site, intent, decision.into());
            return Ok(Json(answer));
        }
    };
    let (name, arguments) = (order.intent.name.clone(), Value::Object(sent(&order.slots)));
    let told = |state: &str| json!({ "state": state, "intent": name, "action": order.action, "arguments": arguments });
    let missing = order.missing();
    if !missing.is_empty() {
        let mut answer = told("missing");
        answer["missing"] = json!(missing);
        return Ok(Json(answer));
    }
    if order.intent.needs_confirmation() && !confirmed(&core, &asker, &order, wanted.confirmation.as_deref())? {
        let mut answer = told("needs_confirmation");
        answer["confirmation"] = json!(ask(&core, &asker, &order));
        answer["minutes"] = json!(CONFIRM_MINUTES);
        return Ok(Json(answer));
    }
    let result = carry_out(&core, &asker, &order).await?;
    let mut answer = told("done");
    answer["result"] = result;
    // Whoever was just forgotten is nobody.
    let asker = if *order.action == Action::ForgetMe { asker.nobody() } else { asker };
    count(&core, asker, of_site, Some(name), Fate::Done);
    Ok(Json(answer))
}

fn step<'a>(core: &Shared, asker: &Asker, served: &'a Served, wanted: &Wanted) -> Result<Step<'a>, ApiError> {
    let definitions = served.engine.model().definitions();
    match (&wanted.text, &wanted.intent) {
        (None, Some(intent)) => Order::read(definitions, intent, &wanted.slots).map(Step::Order),
        (Some(text), None) => {
            let told = interpret(served, text, &wanted.context, &asker.site.site().zone, core.clock.now())?;
            let intent = told.intent.and_then(|name| definitions.intents.iter().find(|intent| intent.name == name));
            match (told.decision, intent) {
                (Decision::Accepted, Some(intent)) => Order::of(intent, slots_of(&told.slots)).map(Step::Order),
                (decision, _) => {
                    let state = if decision == Decision::Clarify { "clarify" } else { "out_of_scope" };
                    let answer = json!({ "state": state, "intent": told.intent, "out_of_scope": told.out_of_scope,
                        "alternatives": told.alternatives });
                    Ok(Step::Unclear(answer, decision))
                }
            }
        }
        _ => Err(ApiError::bad("malformed", "send either a text, or an intent with its slots")),
    }
}

/// True if whoever asks confirmed exactly this.
fn confirmed(core: &Shared, asker: &Asker, order: &Order<'_>, confirmation: Option<&str>) -> Result<bool, ApiError> {
    let Some(confirmation) = confirmation else { return Ok(false) };
    let (who, what) = (asker.name(), order.bytes());
    let deed = Deed { site: asker.site.site().id, who: &who, what: &what };
    if core.intents.confirming.holds(confirmation, &deed, core.clock.now()) {
        return Ok(true);
    }
    let message = "the confirmation is not of this, or too old: ask again without one, and confirm within five minutes";
    Err(ApiError::bad("confirmation_not_accepted", message).below("/confirmation"))
}

fn ask(core: &Shared, asker: &Asker, order: &Order<'_>) -> String {
    let (who, what) = (asker.name(), order.bytes());
    let deed = Deed { site: asker.site.site().id, who: &who, what: &what };
    core.intents.confirming.ask(&deed, core.clock.now())
}

impl Asker {
    /// The same, no more known by any name.
    fn nobody(self) -> Asker {
        Asker { whom: Whom::Program { token: Vec::new() }, ..self }
    }
}
