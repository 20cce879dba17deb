//! The command line.

mod backup;
mod config_show;
mod digest;
mod doctor;
mod evidence;
mod forget;
mod intents;
mod inventory;
mod items;
mod keys;
mod plan;
mod purge;
mod query;
mod settings;
mod site;
mod user;
mod verify;

use std::io::Read;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Parser, Subcommand};
use outis_event::{Clock, SystemClock};

use crate::config::Config;
use crate::control::{Control, Roles, Scope, StaffStore};
use crate::core::open_tree;
use crate::{api, config, demo, output, server};

/// Outis knows what happens, never who.
#[derive(Debug, Parser)]
#[command(name = "outis", version, arg_required_else_help = true)]
struct Cli {
    /// Configuration file.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    /// Where everything is kept.
    #[arg(long, global = true)]
    data_dir: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server.
    Serve {
        /// Public listener, such as 127.0.0.1:8400.
        #[arg(long)]
        listen: Option<String>,
        /// Admin listener (health and metrics), loopback only.
        #[arg(long)]
        admin_listen: Option<String>,
    },
    /// Show Outis with made-up visitors, in a directory of its own.
    Demo(demo::Demo),
    /// Make the first account, owner and privacy officer: a one-time link, good for 30 minutes, or an account at once.
    Setup {
        /// Make an account with this address at once (while the server is not running).
        #[arg(long, requires = "password_stdin")]
        email: Option<String>,
        /// Read its password from standard input.
        #[arg(long)]
        password_stdin: bool,
    },
    /// Accounts of staff, and their roles.
    #[command(subcommand)]
    User(user::User),
    /// Sites.
    #[command(subcommand)]
    Site(site::Site),
    /// What a site collects.
    #[command(subcommand)]
    Plan(plan::Plan),
    /// Ask a running server a question.
    Query(query::Ask),
    /// Write a member's list as a message, for the application to send.
    Digest(digest::Digest),
    /// Have a running server forget a member, whose id is read from standard input.
    Forget(forget::Forget),
    /// Have a running server take captured mistakes out of everything that is stored.
    Purge(purge::Purge),
    /// What may be recommended on a site.
    #[command(subcommand)]
    Items(items::Items),
    /// Intents: what texts may mean.
    #[command(subcommand)]
    Intents(intents::Intents),
    /// Bearer tokens of programs.
    #[command(subcommand)]
    Token(TokenCommand),
    /// Look for what is wrong or soon will be.
    Doctor {
        /// How findings are printed.
        #[arg(long, value_enum, default_value_t)]
        format: output::Format,
    },
    /// Backups that can bring nobody back.
    Backup(backup::Backup),
    /// Put a backup back into an empty data folder.
    Restore(backup::Restore),
    /// Every store that can hold a personal value, a pseudonym or a key.
    Inventory(inventory::Inventory),
    /// The key tree.
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Check receipts and their log, without a server.
    #[command(subcommand)]
    Verify(evidence::Verify),
    /// The configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Print the description of all interfaces (OpenAPI 3.1, JSON).
    Openapi,
    /// The version.
    Version,
}

#[derive(Debug, Subcommand)]
enum TokenCommand {
    /// Make a token; it is shown once.
    Create {
        /// The only site it is for; without it, all.
        #[arg(long)]
        site: Option<String>,
        /// What it may do.
        #[arg(long, value_delimiter = ',', default_value = "stats")]
        scope: Vec<Scope>,
    },
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Show every value.
    Show {
        /// Say where each value comes from.
        #[arg(long)]
        origin: bool,
    },
}

/// What ends a command with an exit code of its own.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Exit {
    /// Something was found.
    #[error("{0}")]
    Findings(String),
    /// Refused to protect people.
    #[error("{0}")]
    Refused(String),
    /// Only a part was done.
    #[error("{0}")]
    Partial(String),
}

/// Runs the command; exit code 0 ok, 1 failure, 2 usage, 3 findings, 4 refused to protect people, 5 done in part.
pub(crate) async fn run() -> ExitCode {
    let cli = Cli::parse();
    match dispatch(cli).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::remark(format!("outis: {error:#}"));
            match error.downcast_ref::<Exit>() {
                Some(Exit::Findings(_)) => ExitCode::from(3),
                Some(Exit::Refused(_)) => ExitCode::from(4),
                Some(Exit::Partial(_)) => ExitCode::from(5),
                None => ExitCode::FAILURE,
            }
        }
    }
}

async fn dispatch(cli: Cli) -> anyhow::Result<()> {
    let mut flags: Vec<(&str, String)> = cli.data_dir.iter().map(|d| ("data_dir", d.display().to_string())).collect();
    if let Command::Serve { listen, admin_listen } = &cli.command {
        flags.extend(listen.iter().map(|at| ("listen", at.clone())));
        flags.extend(admin_listen.iter().map(|at| ("admin_listen", at.clone())));
    }
    let loaded = config::load(cli.config.as_deref(), &flags)?;
    let config = &loaded.config;
    match cli.command {
        Command::Serve { .. } => server::serve(config).await,
        Command::Demo(demo) => demo::run(demo, config).await,
        Command::Setup { email: Some(email), .. } => add_account(config, &email).await,
        Command::Setup { .. } => {
            let code = Control::open(&config.data_dir).await?.create_setup_code(SystemClock.now()).await?;
            output::data(format!("{}/setup#{code}", config.public_address()));
            output::remark("open it within 30 minutes while the server runs; it works once");
            Ok(())
        }
        Command::User(command) => user::run(command, config).await,
        Command::Site(command) => site::run(command, config).await,
        Command::Plan(command) => plan::run(command, &Control::open(&config.data_dir).await?).await,
        Command::Query(ask) => query::run(ask, config).await,
        Command::Digest(command) => digest::run(command, config).await,
        Command::Forget(command) => forget::run(command, config).await,
        Command::Purge(command) => purge::run(command, config).await,
        Command::Items(command) => items::run(command, config).await,
        Command::Intents(command) => intents::run(command, config).await,
        Command::Token(TokenCommand::Create { site, scope }) => create_token(config, site, &scope).await,
        Command::Backup(command) => backup::run(command, config).await,
        Command::Restore(command) => backup::restore(command, config).await,
        Command::Inventory(command) => inventory::run(&command),
        Command::Keys(command) => keys::run(command, config).await,
        Command::Doctor { format } => doctor::run(&loaded, format).await,
        Command::Config(ConfigCommand::Show { origin }) => config_show::run(&loaded, origin),
        Command::Verify(command) => evidence::run(command),
        Command::Openapi => {
            output::data(serde_json::to_string_pretty(&api::document())?);
            Ok(())
        }
        Command::Version => {
            output::data(concat!("outis ", env!("CARGO_PKG_VERSION")));
            Ok(())
        }
    }
}

async fn create_token(config: &Config, site: Option<String>, scope: &[Scope]) -> anyhow::Result<()> {
    let control = Control::open(&config.data_dir).await?;
    let site = match site {
        Some(domain) => Some(site::find(&control, &domain).await?.id),
        None => None,
    };
    output::data(control.create_token(site, scope, site::today()).await?);
    output::remark("this is the only time the token is shown");
    Ok(())
}

async fn add_account(config: &Config, email: &str) -> anyhow::Result<()> {
    let mut password = String::new();
    std::io::stdin().take(1024).read_to_string(&mut password)?;
    let password = password.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        bail!("no password on standard input");
    }
    let control = Control::open(&config.data_dir).await?;
    let keys = open_tree(config).context("stop the server first, or use `outis setup` without --email")?;
    StaffStore::open(control, &keys).await?.add(email, password, Roles::of_the_first()).await?;
    output::remark("added");
    Ok(())
}
