//! `outis site`: register sites and list them.

use clap::Subcommand;
use jiff::tz::TimeZone;
use outis_event::{Clock, Day, Plan, Policy, SystemClock};

use crate::control::{Control, NewSite};
use crate::output;

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
    },
    /// List the sites.
    List,
}

pub(crate) async fn run(command: Site, control: &Control) -> anyhow::Result<()> {
    match command {
        Site::Add { domain, timezone, floor, admission } => {
            let policy = Policy { floor, admission, ..Policy::default() };
            let new = NewSite { domain, zone: timezone, policy, plan: Plan::default(), origins: Vec::new() };
            control.add_site(new, today()).await?;
            if floor == 1 || admission == 1 {
                output::remark("a floor or admission of 1 is for development: single people can be seen");
            }
            output::remark("registered");
        }
        Site::List => {
            let rows = control.sites().await?.into_iter().map(|site| {
                let zone = site.zone.iana_name().unwrap_or("UTC").to_owned();
                vec![site.domain, zone, site.policy.floor.to_string(), site.policy.recent_days.to_string()]
            });
            output::table(&["site", "time zone", "floor", "days kept"], &rows.collect::<Vec<_>>());
        }
    }
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
