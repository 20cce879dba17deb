//! The command line.

mod site;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use outis_event::{Clock, SystemClock};

use crate::control::{Control, Scope};
use crate::{config, output};

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
    /// Sites.
    #[command(subcommand)]
    Site(site::Site),
    /// Bearer tokens of programs.
    #[command(subcommand)]
    Token(TokenCommand),
    /// The configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Make a one-time setup code for the first administrator, good for 30 minutes.
    Setup,
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

/// Runs the command; exit code 0 ok, 1 failure, 2 usage.
pub(crate) async fn run() -> ExitCode {
    let cli = Cli::parse();
    match dispatch(cli).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::remark(format!("outis: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn dispatch(cli: Cli) -> anyhow::Result<()> {
    let flags: Vec<(&str, String)> = cli.data_dir.iter().map(|d| ("data_dir", d.display().to_string())).collect();
    let loaded = config::load(cli.config.as_deref(), &flags)?;
    match cli.command {
        Command::Version => output::data(concat!("outis ", env!("CARGO_PKG_VERSION"))),
        Command::Config(ConfigCommand::Show { origin }) => show(&loaded, origin)?,
        Command::Site(command) => site::run(command, &Control::open(&loaded.config.data_dir).await?).await?,
        Command::Token(TokenCommand::Create { site, scope }) => {
            let control = Control::open(&loaded.config.data_dir).await?;
            let site = match site {
                Some(domain) => Some(site::find(&control, &domain).await?.id),
                None => None,
            };
            output::data(control.create_token(site, &scope, site::today()).await?);
        }
        Command::Setup => {
            let control = Control::open(&loaded.config.data_dir).await?;
            let code = control.create_setup_code(SystemClock.now()).await?;
            output::data(format!("{}/setup#{code}", loaded.config.public_address()));
        }
    }
    Ok(())
}

fn show(loaded: &config::Loaded, origin: bool) -> anyhow::Result<()> {
    let table = toml::Table::try_from(loaded.config.clone())?;
    let mut rows = Vec::new();
    for (key, from) in &loaded.origins {
        let value = table.get(key).map_or_else(|| "(not set)".to_owned(), ToString::to_string);
        let mut row = vec![key.clone(), value];
        if origin {
            row.push(from.to_string());
        }
        rows.push(row);
    }
    output::table(if origin { &["key", "value", "origin"] } else { &["key", "value"] }, &rows);
    Ok(())
}
