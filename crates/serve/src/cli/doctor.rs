//! `outis doctor`: looks for what is wrong or soon will be.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use bytes::Bytes;
use http::Request;
use outis_event::{Clock, SystemClock};
use serde_json::json;

use super::Exit;
use crate::config::{Config, KeysProvider, Loaded, Origin};
use crate::control::Control;
use crate::core::retention::Aged;
use crate::core::{open_tree, vault};
use crate::{client, disk, output};

/// Days after which a country file is old.
const OLD_DAYS: u64 = 120;
/// Before this the clock is certainly wrong: 2026-01-01.
const NOT_BEFORE_MS: i64 = 1_767_225_600_000;

struct Finding {
    check: &'static str,
    good: bool,
    remark: String,
}

fn finding(check: &'static str, good: bool, remark: impl Into<String>) -> Finding {
    Finding { check, good, remark: remark.into() }
}

/// Prints every check; exit code 3 if one found something.
pub(super) async fn run(loaded: &Loaded, format: output::Format) -> anyhow::Result<()> {
    let config = &loaded.config;
    let running = is_running(config).await;
    let findings = [
        origins(loaded),
        data_dir(config),
        slot(config),
        keys(config, running),
        database(config).await,
        members(config, running).await,
        server(config, running).await,
        room(config),
        clock(),
        certificate(config),
        places(config),
        scrubber(),
        sites(config).await,
        retention(config, running).await,
    ];
    show(&findings, format)?;
    match findings.iter().filter(|found| !found.good).count() {
        0 => Ok(()),
        wrong => Err(Exit::Findings(format!("{wrong} of {} checks found something", findings.len())).into()),
    }
}

fn show(findings: &[Finding], format: output::Format) -> anyhow::Result<()> {
    let state = |found: &Finding| if found.good { "ok" } else { "look" };
    let row = |found: &Finding| vec![state(found).to_owned(), found.check.to_owned(), found.remark.clone()];
    let rows: Vec<_> = findings.iter().map(row).collect();
    match format {
        output::Format::Table => output::table(&["", "check", "remark"], &rows),
        output::Format::Csv => output::csv(&["state", "check", "remark"], &rows),
        output::Format::Json => {
            let all: Vec<_> = findings
                .iter()
                .map(|found| json!({ "check": found.check, "ok": found.good, "remark": found.remark }))
                .collect();
            output::data(serde_json::to_string_pretty(&all)?);
        }
    }
    Ok(())
}

fn origins(loaded: &Loaded) -> Finding {
    let set = loaded.origins.values().filter(|origin| **origin != Origin::Default).count();
    finding("configuration", true, format!("{set} values are set, the others are defaults"))
}

fn mode(path: &Path) -> Option<u32> {
    std::fs::metadata(path).ok().map(|meta| meta.permissions().mode() & 0o777)
}

fn data_dir(config: &Config) -> Finding {
    const CHECK: &str = "data directory";
    match mode(&config.data_dir) {
        None => finding(CHECK, true, "not there yet: the first start makes it"),
        Some(mode) if mode & 0o022 != 0 => {
            finding(CHECK, false, format!("others may write to it (mode {mode:o}): chmod 700"))
        }
        Some(mode) => finding(CHECK, true, format!("mode {mode:o}")),
    }
}

fn slot(config: &Config) -> Finding {
    const CHECK: &str = "slot of the keys";
    if config.keys.provider != KeysProvider::File {
        return finding(CHECK, true, "held elsewhere: `outis keys check` looks at it");
    }
    match mode(&config.slot()) {
        None => finding(CHECK, true, "not there yet: the first start makes it"),
        Some(0o600) if config.slot_file.is_some() => finding(CHECK, true, "mode 600, in a place of its own"),
        Some(0o600) => {
            let remark = "mode 600, in the data directory: keep that out of snapshots and backups, or set slot_file";
            finding(CHECK, true, remark)
        }
        Some(mode) => finding(CHECK, false, format!("mode {mode:o}: chmod 600, only the server may read it")),
    }
}

fn keys(config: &Config, running: bool) -> Finding {
    const CHECK: &str = "key tree";
    if running {
        return finding(CHECK, true, "in use by the running server");
    }
    if !config.data_dir.join("keys").exists() {
        return finding(CHECK, true, "not there yet: the first start makes it");
    }
    match open_tree(config) {
        Ok(_) => finding(CHECK, true, "opens"),
        Err(error) => finding(CHECK, false, format!("{error:#}")),
    }
}

async fn database(config: &Config) -> Finding {
    const CHECK: &str = "control database";
    if !config.data_dir.join("control.db").exists() {
        return finding(CHECK, true, "not there yet: the first start makes it");
    }
    match Control::open(&config.data_dir).await {
        Ok(_) => finding(CHECK, true, "opens, its version is this program's"),
        Err(error) => finding(CHECK, false, format!("{error:#}")),
    }
}

/// What the vault is; whether it opens where it is a server's, of which a running process tells in `readyz`.
async fn members(config: &Config, running: bool) -> Finding {
    const CHECK: &str = "database of members";
    if config.people.database.is_none() {
        return finding(CHECK, true, "SQLite, in the data directory");
    }
    if running {
        return finding(CHECK, true, "PostgreSQL, told of by the running server");
    }
    let reached = async { anyhow::Ok(outis_people::reach(&vault(config)?).await?) };
    match reached.await {
        Ok(()) => finding(CHECK, true, "PostgreSQL, lets us in"),
        Err(error) => finding(CHECK, false, format!("{error:#}")),
    }
}

async fn admin(config: &Config, path: &str) -> anyhow::Result<(http::response::Parts, Bytes)> {
    client::send_admin(config, Request::get(path)).await
}

pub(super) async fn is_running(config: &Config) -> bool {
    admin(config, "/livez").await.is_ok_and(|(parts, _)| parts.status.is_success())
}

async fn server(config: &Config, running: bool) -> Finding {
    const CHECK: &str = "server";
    if !running {
        return finding(CHECK, true, format!("not running ({} does not answer)", config.admin_listen));
    }
    match admin(config, "/readyz").await {
        Ok((parts, _)) if parts.status.is_success() => finding(CHECK, true, "runs and is ready"),
        _ => finding(CHECK, false, format!("runs but is not ready: see http://{}/readyz", config.admin_listen)),
    }
}

fn room(config: &Config) -> Finding {
    const CHECK: &str = "disk";
    match disk::free_mib(&config.data_dir) {
        None => finding(CHECK, true, "cannot be told before the data directory is there"),
        Some(free) if free <= config.low_water_mib => {
            finding(CHECK, false, format!("{free} MiB free, events are refused below {} MiB", config.low_water_mib))
        }
        Some(free) => finding(CHECK, free > 4 * config.low_water_mib, format!("{free} MiB free")),
    }
}

fn clock() -> Finding {
    let good = SystemClock.now().0 > NOT_BEFORE_MS;
    finding("clock", good, if good { "plausible" } else { "stands before 2026: days and keys would be wrong" })
}

fn certificate(config: &Config) -> Finding {
    const CHECK: &str = "certificate";
    if !config.serves_tls() {
        return finding(CHECK, true, "not needed: the listener is on loopback");
    }
    match &config.tls_certificate {
        None => finding(CHECK, true, "our own: browsers ask before they trust it; set tls_certificate and tls_key"),
        Some(path) if path.exists() => finding(CHECK, true, "of the configuration"),
        Some(_) => finding(CHECK, false, "the file of tls_certificate is not there"),
    }
}

fn places(config: &Config) -> Finding {
    const CHECK: &str = "country file";
    let Some(path) = &config.geo_file else { return finding(CHECK, true, "the one that came with the program") };
    let age = std::fs::metadata(path).and_then(|meta| meta.modified()).ok().and_then(|at| at.elapsed().ok());
    match age.map(|age| age.as_secs() / 86_400) {
        None => finding(CHECK, false, "geo_file cannot be read"),
        Some(days) => finding(CHECK, days <= OLD_DAYS, format!("{days} days old")),
    }
}

/// What must never be in a log is found when it is put there.
fn scrubber() -> Finding {
    let probe = "anna.probe@example.org called from 192.0.2.77";
    let detector = outis_disclose::pii::Detector::new();
    let scrubbed = detector.scrub(probe);
    let good = !scrubbed.contains("anna.probe") && !scrubbed.contains("192.0.2.77");
    finding("scrubber", good, if good { "finds an address and a network in a probe" } else { "misses a probe" })
}

/// Whether a running server has something that should be gone.
async fn retention(config: &Config, running: bool) -> Finding {
    const CHECK: &str = "retention";
    if !running {
        return finding(CHECK, true, "told by a running server");
    }
    let stores = match admin(config, "/retention").await {
        Ok((parts, body)) if parts.status.is_success() => serde_json::from_slice::<Vec<Aged>>(&body).ok(),
        _ => None,
    };
    let Some(stores) = stores else { return finding(CHECK, false, "the server does not tell: see its log") };
    let overdue: Vec<_> = stores.iter().filter(|aged| aged.overdue).map(|aged| aged.store.as_str()).collect();
    match overdue.is_empty() {
        true => finding(CHECK, true, format!("nothing in {} stores is older than it may be", stores.len())),
        false => finding(CHECK, false, format!("older than they may be: {}", overdue.join(", "))),
    }
}

async fn sites(config: &Config) -> Finding {
    const CHECK: &str = "sites";
    if !config.data_dir.join("control.db").exists() {
        return finding(CHECK, true, "none yet: `outis site add DOMAIN`");
    }
    let sites = match Control::open(&config.data_dir).await {
        Ok(control) => control.sites().await.unwrap_or_default(),
        Err(_) => Vec::new(),
    };
    let open = sites.iter().filter(|site| site.policy.floor <= 1 || site.policy.admission <= 1).count();
    let remark = match open {
        0 => format!("{} registered", sites.len()),
        n => format!("{n} of {} with floor or admission 1, where single people can be seen", sites.len()),
    };
    finding(CHECK, open == 0, remark)
}
