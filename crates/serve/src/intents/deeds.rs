//! What actions do.

use http::StatusCode;
use outis_distribute::{Headers, Kind, Message, QueueError};
use outis_people::{Mode, Preference};
use outis_personal::intent::{Action, SlotType};
use serde_json::{Value, json};

use super::Shared;
use super::lists;
use super::order::{Order, sent};
use super::whom::{Asker, Whom};
use crate::api::error::ApiError;
use crate::core::owner;
use crate::people::forget::Forgotten;
use crate::people::says::changed;
use crate::people::whose::{Whose, failed};

/// Does it, and tells what came of it.
pub(super) async fn carry_out(core: &Shared, asker: &Asker, order: &Order<'_>) -> Result<Value, ApiError> {
    match order.action {
        Action::FindContent => lists::find(core, asker, order).await,
        Action::Recommend => lists::recommend(core, asker, order).await,
        Action::FollowTag => follow(core, asker.member_of()?, order).await,
        Action::Bookmark => bookmark(core, asker.member_of()?, order).await,
        Action::ShowMyData => asker.member_of().map(|_| json!({ "open": "/my-data" })),
        Action::ForgetMe => forget(core, asker.member_of()?).await,
        Action::OpenReport => open(asker, order),
        Action::MakeChart => chart(asker),
        Action::Webhook(name) => call(core, asker, order, name).await,
    }
}

impl Asker {
    /// The member who asks: some things only they may ask for themselves.
    fn member_of(&self) -> Result<&Whose, ApiError> {
        match &self.whom {
            Whom::Member(whose) => Ok(whose),
            Whom::Program { .. } | Whom::Staff { .. } => {
                let message = "this is about a member: send their identity token";
                Err(ApiError::new(StatusCode::FORBIDDEN, "needs_member", message))
            }
        }
    }

    fn is_staff(&self) -> Result<(), ApiError> {
        match &self.whom {
            Whom::Staff { .. } => Ok(()),
            Whom::Member(_) | Whom::Program { .. } => {
                let message = "reports and charts are for staff who are signed in";
                Err(ApiError::new(StatusCode::FORBIDDEN, "needs_staff", message))
            }
        }
    }
}

async fn follow(core: &Shared, whose: &Whose, order: &Order<'_>) -> Result<Value, ApiError> {
    let tags = order.texts(SlotType::Tag);
    let active = whose.member_or_new(core).await?;
    let mut stated = active.stated().map_err(failed)?;
    stated.tags.extend(tags.iter().map(|tag| (*tag).to_owned()));
    core.members.people.state(&active, stated).await.map_err(changed)?;
    Ok(json!({ "followed": tags }))
}

async fn bookmark(core: &Shared, whose: &Whose, order: &Order<'_>) -> Result<Value, ApiError> {
    let items = order.texts(SlotType::Item);
    let active = whose.member_or_new(core).await?;
    for item in &items {
        core.members.people.prefer(&active, Preference::Bookmark, item, true).await.map_err(changed)?;
    }
    Ok(json!({ "bookmarked": items }))
}

async fn forget(core: &Shared, whose: &Whose) -> Result<Value, ApiError> {
    let receipt = core.forget(whose.site.site(), &whose.id, Mode::Fold).await.map_err(failed)?;
    Ok(serde_json::to_value(Forgotten::new(Mode::Fold, receipt)).map_err(anyhow::Error::from)?)
}

/// The address of a report in the dashboard.
fn open(asker: &Asker, order: &Order<'_>) -> Result<Value, ApiError> {
    asker.is_staff()?;
    let report = order.texts(SlotType::Choice).into_iter().next().unwrap_or("overview");
    let domain = &asker.site.site().domain;
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let page = report.chars().all(fits).then_some(report).filter(|report| *report != "overview");
    Ok(json!({ "open": page.map_or_else(|| format!("/{domain}"), |page| format!("/{domain}/{page}")) }))
}

/// Where a question of analytics is asked: the text itself says which one it is.
fn chart(asker: &Asker) -> Result<Value, ApiError> {
    asker.is_staff()?;
    Ok(json!({ "open": format!("/{}/explore", asker.site.site().domain), "ask": "/api/v1/ask" }))
}

/// Puts a message for the host application into the outbox. It says what is wanted, and nothing of who wants it.
async fn call(core: &Shared, asker: &Asker, order: &Order<'_>, name: &str) -> Result<Value, ApiError> {
    if matches!(asker.whom, Whom::Staff { .. }) {
        let message = "webhooks are called for members and applications; staff see with interpret what would be sent";
        return Err(ApiError::new(StatusCode::FORBIDDEN, "needs_member", message));
    }
    let body = json!({ "type": "intent", "site": asker.site.site().domain, "intent": order.intent.name,
        "slots": sent(&order.slots) });
    let whose = match &asker.whom {
        Whom::Member(whose) => Some(whose),
        Whom::Program { .. } | Whom::Staff { .. } => None,
    };
    let site = asker.site.site().id;
    let of = whose.map(|whose| owner(core.members.people.who(site, &whose.id)));
    let message = Message { kind: Kind::Intent, of, body: body.to_string().into_bytes(), headers: Headers::default() };
    let queued = core.distribute.queue(name, message).await;
    if let (Some(owner), Some(whose)) = (of, whose)
        && core.members.people.is_leaving(site, &whose.id)
    {
        // Forgotten while they asked.
        core.distribute.gone(owner);
        core.distribute.rewrite().await.map_err(anyhow::Error::from)?;
    }
    match queued {
        Ok(id) => Ok(json!({ "webhook": name, "message": id })),
        Err(QueueError::NoDestination) => {
            let message =
                "the webhook of this intent is not declared: the owner sets [webhooks.NAME] in the configuration";
            Err(ApiError::new(StatusCode::CONFLICT, "no_webhook", message))
        }
        Err(QueueError::Full) => {
            let message = "the application does not take messages just now: try again later";
            Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "webhook_full", message).retry_after(60))
        }
        Err(QueueError::TooLong) => {
            Err(ApiError::bad("too_long", "the slots have at most 64 KiB in all").below("/slots"))
        }
        Err(QueueError::Failed(error)) => Err(anyhow::Error::from(error).into()),
    }
}
