//! `outis user`: accounts of staff and their roles, while the server runs or not.

use anyhow::{Context, bail};
use clap::Subcommand;
use http::Request;
use outis_event::{Clock, SystemClock};
use serde_json::json;

use super::doctor;
use crate::config::Config;
use crate::control::{By, Control, INVITATION_HOURS, Role, Roles, StaffStore};
use crate::core::open_tree;
use crate::told::{COMMAND_HEADER, UserTold};
use crate::{client, output};

#[derive(Debug, Subcommand)]
pub(crate) enum User {
    /// Make a link by which somebody gets an account: good once, for three days. Nothing is mailed.
    Add {
        /// What it is for; may be given several times.
        #[arg(long = "role", value_enum, required = true)]
        roles: Vec<Role>,
    },
    /// List the accounts.
    List {
        /// How they are printed.
        #[arg(long, value_enum, default_value_t)]
        format: output::Format,
    },
    /// Give an account other roles instead of those it has.
    Role {
        /// Its address.
        email: String,
        /// A role; may be given several times.
        #[arg(long = "role", value_enum, required = true)]
        roles: Vec<Role>,
    },
    /// Remove an account, its sessions, and links that nobody used yet.
    Remove {
        /// Its address.
        email: String,
    },
}

pub(super) async fn run(command: User, config: &Config) -> anyhow::Result<()> {
    match command {
        User::Add { roles } => {
            let control = Control::open(&config.data_dir).await?;
            let code = control.create_invitation(&roles.into_iter().collect(), SystemClock.now()).await?;
            output::data(format!("{}/setup#{code}", config.public_address()));
            output::remark(format!("open it within {INVITATION_HOURS} hours while the server runs; it works once"));
            Ok(())
        }
        User::List { format } => list(&told(config).await?, format),
        User::Role { email, roles } => {
            change(config, &email, Some(roles.into_iter().collect())).await?;
            output::remark("changed; it holds from the account's next request on");
            Ok(())
        }
        User::Remove { email } => {
            change(config, &email, None).await?;
            output::remark("removed");
            Ok(())
        }
    }
}

/// Accounts are sealed: a running server is asked, which has the keys; else the tree is opened.
async fn told(config: &Config) -> anyhow::Result<Vec<UserTold>> {
    if doctor::is_running(config).await {
        let body = ask(config, Request::get("/users"), bytes::Bytes::new()).await?;
        return serde_json::from_slice(&body).context("the server is of another version");
    }
    Ok(store(config).await?.accounts().await?.iter().map(UserTold::of).collect())
}

/// New roles for an account; none: it is removed.
async fn change(config: &Config, email: &str, roles: Option<Roles>) -> anyhow::Result<()> {
    if doctor::is_running(config).await {
        let body = json!({ "email": email, "roles": roles }).to_string();
        ask(config, Request::post("/users").header("content-type", "application/json"), body.into()).await?;
        return Ok(());
    }
    let store = store(config).await?;
    match roles {
        Some(roles) => store.set_roles(|staff| staff.is_of(email), roles, By::Operator).await,
        None => store.remove(|staff| staff.is_of(email), By::Operator).await,
    }
}

async fn store(config: &Config) -> anyhow::Result<StaffStore> {
    let control = Control::open(&config.data_dir).await?;
    let tree = open_tree(config).context("the key tree")?;
    StaffStore::open(control, &tree).await
}

/// Asks the admin listener, with a ticket that only whoever may write the data directory can make.
async fn ask(config: &Config, request: http::request::Builder, body: bytes::Bytes) -> anyhow::Result<bytes::Bytes> {
    let ticket = Control::open(&config.data_dir).await?.create_ticket(SystemClock.now()).await?;
    let (parts, body) = client::send_admin_body(config, request.header(COMMAND_HEADER, ticket), body).await?;
    if !parts.status.is_success() {
        bail!("{}", String::from_utf8_lossy(&body).trim_end());
    }
    Ok(body)
}

fn list(users: &[UserTold], format: output::Format) -> anyhow::Result<()> {
    let rows: Vec<_> = users.iter().map(|user| vec![user.email.clone(), user.roles.words()]).collect();
    match format {
        output::Format::Table => output::table(&["address", "roles"], &rows),
        output::Format::Csv => output::csv(&["address", "roles"], &rows),
        output::Format::Json => output::data(serde_json::to_string_pretty(users)?),
    }
    Ok(())
}
