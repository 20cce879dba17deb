//! `outis site`: register sites, list them, and see whether they work.

use std::path::PathBuf;

use clap::Subcommand;
use jiff::tz::TimeZone;
use outis_event::{Clock, Day, Plan, Policy, SystemClock};

use super::{settings, verify};
use crate::config::Config;
use crate::control::{Control, NewSite, digest, random_secret};
use crate::{output, snippet};

#[derive(Debug, Subcommand)]
pub(crate) enum Site {
    /// Register a site.
    Add {
        /// Its name, such as example.org.
        domain: String,
        /// IANA time zone of its calendar.
        #[arg(long, default_value = "UTC")]
        timezone: String,
        /// Least people behind anything that is said (5 to 50; 1 for development).
        #[arg(long, default_value_t = Policy::default().floor)]
        floor: u32,
        /// Least people seen with a word before it is admitted (5 to 50; 1 for development).
        #[arg(long, default_value_t = Policy::default().admission)]
        admission: u32,
        /// Another origin that browsers may send from, such as https://shop.example.org; * for any.
        #[arg(long = "origin")]
        origins: Vec<String>,
    },
    /// List the sites.
    List,
    /// Print what goes into a site's pages.
    Snippet {
        /// The site.
        domain: String,
    },
    /// Print a site's settings (policy, shields, origins; TOML), or replace them.
    Settings {
        /// The site.
        domain: String,
        /// Take this TOML file (or - for standard input).
        #[arg(long)]
        file: Option<PathBuf>,
    },
    /// Make a debug token: with it a developer's own events are answered with what was made of them.
    DebugToken {
        /// The site.
        domain: String,
        /// Take the token back instead.
        #[arg(long)]
        off: bool,
    },
    /// See whether the running server takes a site's events, and whether a page has the snippet.
    Verify {
        /// The site.
        domain: String,
        /// A saved page (or - for standard input), such as from `curl -s https://example.org`.
        #[arg(long)]
        page: Option<PathBuf>,
    },
}

pub(super) async fn run(command: Site, config: &Config) -> anyhow::Result<()> {
    let control = Control::open(&config.data_dir).await?;
    match command {
        Site::Add { domain, timezone, floor, admission, origins } => {
            let policy = Policy { floor, admission, ..Policy::default() };
            let new = NewSite { domain: domain.clone(), zone: timezone, policy, plan: Plan::default(), origins };
            control.add_site(new, today()).await?;
            if floor == 1 || admission == 1 {
                output::remark("a floor or admission of 1 is for development: single people can be seen");
            }
            let site = find(&control, &domain).await?;
            output::remark(format!("registered; put this into the pages of {}:", site.domain));
            output::data(snippet::of(config, &site.domain));
        }
        Site::List => {
            let rows = control.sites().await?.into_iter().map(|site| {
                let zone = site.zone.iana_name().unwrap_or("UTC").to_owned();
                vec![site.domain, zone, site.policy.floor.to_string(), site.policy.recent_days.to_string()]
            });
            output::table(&["site", "time zone", "floor", "days kept"], &rows.collect::<Vec<_>>());
        }
        Site::Snippet { domain } => output::data(snippet::of(config, &find(&control, &domain).await?.domain)),
        Site::Settings { domain, file } => settings::run(&control, &find(&control, &domain).await?, file).await?,
        Site::DebugToken { domain, off } => debug_token(&control, &find(&control, &domain).await?, off).await?,
        Site::Verify { domain, page } => verify::run(&find(&control, &domain).await?, page, config).await?,
    }
    Ok(())
}

async fn debug_token(control: &Control, site: &outis_event::Site, off: bool) -> anyhow::Result<()> {
    if off {
        control.set_debug_token(site.id, None).await?;
        output::remark("the token is of no use any more");
        return Ok(());
    }
    let token = random_secret()?;
    control.set_debug_token(site.id, Some(&digest(token.as_bytes()))).await?;
    output::data(token);
    output::remark("send it as \"debug\" beside \"events\"; an earlier one is of no use any more");
    Ok(())
}

/// The site of this name.
pub(crate) async fn find(control: &Control, domain: &str) -> anyhow::Result<outis_event::Site> {
    let site = control.site(domain).await?;
    site.ok_or_else(|| anyhow::anyhow!("no site of this name; `outis site list` shows the registered ones"))
}

/// Today in UTC: creation dates need no more.
pub(crate) fn today() -> Day {
    SystemClock.now().day(&TimeZone::UTC)
}
