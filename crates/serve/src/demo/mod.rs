//! `outis demo`: a small content platform whose made-up visitors come through the real capture path.

mod centre;
mod clock;
mod content;
mod live;
mod members;
mod pages;
mod past;
mod people;
mod saved;
mod send;
mod shelves;
mod visit;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use jiff::tz::TimeZone;
use outis_event::{Clock, Policy, SiteId, SystemClock};

use crate::config::{Config, KeysConfig, PeopleConfig};
use crate::control::{NewSite, Roles};
use crate::core::Core;
use crate::{output, server};

use clock::DemoClock;
use members::Application;
use people::Town;

/// The demo's site.
const SITE: &str = "library.example";
/// Who signs in.
const ACCOUNT: &str = "demo@library.example";

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Port of the dashboard on this machine; the admin listener takes the next one, the library's own pages and pictures
    /// the third after.
    #[arg(long, default_value_t = 8400)]
    port: u16,
    /// Keep everything here instead of in a directory that goes when the demo ends.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Visitors a day.
    #[arg(long, default_value_t = 1500, value_parser = clap::value_parser!(u32).range(1..=200_000))]
    visitors: u32,
    /// Days before today.
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(0..=90))]
    days: u32,
    /// Make the days and end, without serving.
    #[arg(long)]
    no_wait: bool,
    /// Begin the made-up visitors' dice here, for the same demo twice.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Runs the demo until it is interrupted.
pub(crate) async fn run(demo: Demo, base: &Config) -> anyhow::Result<()> {
    let (dir, _gone_at_end) = directory(&demo)?;
    let pictures = centre::address(demo.port)?;
    let config = Config {
        data_dir: dir.clone(),
        slot_file: None,
        keys: KeysConfig { mirror_dir: None, ..base.keys.clone() },
        // What members are there is made up: not for the database of the configuration.
        people: PeopleConfig::default(),
        listen: SocketAddr::from(([127, 0, 0, 1], demo.port)),
        admin_listen: SocketAddr::from(([127, 0, 0, 1], demo.port.checked_add(1).context("the port is too high")?)),
        public_url: Some(format!("http://127.0.0.1:{}", demo.port)),
        tls_certificate: None,
        tls_key: None,
        hide_unknown_sites: false,
        edge: centre::configured(pictures)?,
        ..base.clone()
    };
    let zone = TimeZone::try_system().unwrap_or(TimeZone::UTC);
    let today = SystemClock.now().day(&zone);
    let first = today.plus(-i32::try_from(demo.days).unwrap_or(30));
    let clock = Arc::new(DemoClock::at(first.start(&zone)));
    let core = Arc::new(Core::open(&config, clock.clone()).await?);
    let known = core.control.site(SITE).await?;
    let mut town = Town::new(demo.seed, demo.visitors);
    let application = match known {
        None => {
            let site = register(&core, &zone).await?;
            shelves::fill(&core, site, today).await?;
            let application = Application::new(&core, site).await?;
            past::fill(&core, &clock, &application, &mut town, first, &zone).await?;
            application
        }
        Some(site) => {
            output::remark("the data directory has a demo already: going on with it");
            shelves::fill(&core, site.id, today).await?;
            Application::new(&core, site.id).await?
        }
    };
    clock.follow_the_system();
    core.step().await?;
    application.welcome_guest(&core).await?;
    let password = account(&core).await?;
    if demo.no_wait {
        core.settle().await?;
        tell_account(&password);
        output::remark(format!("nothing is served; `outis demo --data {}` goes on with it", dir.display()));
        return Ok(());
    }
    let application = Arc::new(application);
    let library =
        pages::Library { core: core.clone(), application: application.clone(), outis: config.public_address() };
    let centre = centre::open(pictures, pages::router(library)).await?;
    let visitors = tokio::spawn(live::keep_coming(core.clone(), application, town));
    let told = config.clone();
    let outcome = server::run(core, move || tell(&told, &password, &dir)).await;
    visitors.abort();
    centre.abort();
    outcome
}

/// Where the demo keeps its data, and what removes a directory of its own.
fn directory(demo: &Demo) -> anyhow::Result<(PathBuf, Option<tempfile::TempDir>)> {
    match &demo.data {
        Some(dir) => Ok((dir.clone(), None)),
        None if demo.no_wait => bail!("--no-wait needs --data: a directory of the demo's own would be gone at once"),
        None => {
            let dir = tempfile::Builder::new().prefix("outis-demo-").tempdir()?;
            Ok((dir.path().to_owned(), Some(dir)))
        }
    }
}

async fn register(core: &Core, zone: &TimeZone) -> anyhow::Result<SiteId> {
    let new = NewSite {
        domain: SITE.to_owned(),
        zone: zone.iana_name().unwrap_or("UTC").to_owned(),
        policy: Policy::default(),
        plan: content::plan(),
        // The library's own pages, which read lists and are counted.
        origins: vec![Ipv4Addr::LOCALHOST.to_string()],
    };
    let site = core.control.add_site(new, core.clock.now().day(zone)).await?;
    saved::save(core, site).await?;
    core.step().await?;
    Ok(site)
}

/// Makes the demo's account, with a password of its own each time the data directory is new.
async fn account(core: &Core) -> anyhow::Result<Option<String>> {
    if !core.staff.is_empty().await? {
        return Ok(None);
    }
    let password = crate::control::random_secret()?[..20].to_owned();
    core.staff.add(ACCOUNT, &password, Roles::of_the_first()).await?;
    Ok(Some(password))
}

/// Says where to look.
fn tell(config: &Config, password: &Option<String>, dir: &std::path::Path) {
    output::data(format!("dashboard  {}/{SITE}", config.public_address()));
    tell_account(password);
    if let Some(centre) = config.edge.centres.first() {
        output::data(format!("library    {}/  (its own pages, with suggestions)", centre.url.as_str()));
    }
    output::remark(format!("data       {}", dir.display()));
    output::remark("the people are made up; floors, keys and files are real. Ctrl-C ends the demo");
}

fn tell_account(password: &Option<String>) {
    match password {
        Some(password) => output::data(format!("sign in    {ACCOUNT}  password {password}")),
        None => output::data(format!("sign in    {ACCOUNT} with the password of the first start")),
    }
}

/// A bar on a terminal, a line now and then elsewhere.
fn progress(days: u64) -> indicatif::ProgressBar {
    let bar = indicatif::ProgressBar::new(days);
    let style = indicatif::ProgressStyle::with_template("{msg:24} {bar:30} {pos}/{len} days  {eta} left");
    bar.set_style(style.unwrap_or_else(|_| indicatif::ProgressStyle::default_bar()));
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
