//! The running server: listeners in front, jobs behind, and an orderly end.

use std::io::IsTerminal;
use std::sync::Arc;

use anyhow::Context;
use axum::Router;
use outis_disclose::note;
use outis_event::SystemClock;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use crate::config::Config;
use crate::core::{Core, Jobs};
use crate::listen::{Dashboard, Drained, ListenOptions, Listener, SecurityHeaders, Tls, policy_reports};
use crate::{admin, api, edge, intents, my_data, output, people, suggest};

/// Opens the data directory and serves until it is told to end.
///
/// # Errors
/// When something does not open, or what is in memory cannot be written at the end.
pub(crate) async fn serve(config: &Config) -> anyhow::Result<()> {
    prepare(config);
    let core = Arc::new(Core::open(config, Arc::new(SystemClock)).await?);
    let at = config.public_address();
    let hint = first_account(&core, &at).await?;
    run(core, move || {
        output::remark(format!("serving {at}"));
        hint.into_iter().for_each(output::remark);
    })
    .await
}

/// How the first account is made, if there is none. The link itself is for a person at a terminal, not for a log.
async fn first_account(core: &Core, at: &str) -> anyhow::Result<Option<String>> {
    if !core.staff.is_empty().await? {
        return Ok(None);
    }
    if !std::io::stderr().is_terminal() {
        return Ok(Some("nobody has an account yet: `outis setup` makes a link for the first one".to_owned()));
    }
    let code = core.control.create_setup_code(core.clock.now()).await?;
    Ok(Some(format!("nobody has an account yet; within 30 minutes this link makes the first one:\n{at}/setup#{code}")))
}

/// Notes, and a process that nobody can look into.
pub(crate) fn prepare(config: &Config) {
    let level = crate::config::level(&config.log_level).expect("checked with the configuration");
    outis_disclose::init_notes(level, config.log_json);
    for missing in outis_keys::harden_process() {
        note!(Warn, "the process could not be hardened", what = missing);
    }
}

/// Serves what is opened; `ready` is called when both listeners answer.
///
/// # Errors
/// When a listener cannot start, or what is in memory cannot be written at the end.
pub(crate) async fn run(core: Arc<Core>, ready: impl FnOnce()) -> anyhow::Result<()> {
    let config = &core.config;
    // Before anything answers: whoever sees the server up may tell it to end.
    let end = End::new()?;
    let options = ListenOptions::from(config);
    let public = Listener::bind(config.listen, options.clone()).await;
    let public = public.with_context(|| format!("the public listener, {}", config.listen))?;
    let admin = Listener::bind(config.admin_listen, options).await;
    let admin = admin.with_context(|| format!("the admin listener, {}", config.admin_listen))?;
    let tls = if config.serves_tls() { Some(Tls::open(config.into())?) } else { None };
    if let Some(tls) = &tls {
        let _ = core.tls.set(tls.clone());
    }
    let health = edge::Health::new(&config.edge, core.edge.clone())?;
    let (stop, stopped) = watch::channel(false);
    let asking = tokio::spawn(health.keep_asking(stopped.clone()));
    let watching = tls.clone().map(|tls| tokio::spawn(tls.watch(stopped.clone())));
    let telling = tokio::spawn(people::callbacks::keep_telling(core.clone(), stopped.clone()));
    let jobs = Jobs::start(&core);
    let admin = tokio::spawn(admin.run(admin::router(core.clone()), None, stopped.clone()));
    let public = tokio::spawn(public.run(router(&core, tls.is_some()), tls, stopped));
    ready();
    end.told().await;
    note!(Info, "ending: requests that were begun are finished");
    let _ = stop.send(true);
    if let Ok(Ok(Drained::Cut(connections))) = public.await {
        note!(Warn, "connections were cut because they took too long", connections = connections);
    }
    let _ = admin.await;
    let _ = asking.await;
    let _ = telling.await;
    if let Some(watching) = watching {
        watching.abort();
    }
    jobs.stop().await
}

/// Capture and edge answer browsers of any origin; everything else is for our own pages and carries their headers.
fn router(core: &Arc<Core>, tls: bool) -> Router {
    let ours = api::router(core.clone())
        .merge(my_data::router(core.clone()))
        .merge(intents::staff_router(core.clone()))
        .merge(policy_reports())
        .merge(Dashboard::embedded().router());
    let for_members = people::router(core.clone()).merge(suggest::router(core.clone()));
    let for_sites = for_members.merge(intents::router(core.clone())).merge(edge::router(core.clone()));
    core.capture.router().merge(for_sites).merge(SecurityHeaders { over_tls: tls }.on(ours))
}

/// What tells the process to end.
struct End {
    terminated: Signal,
    interrupted: Signal,
}

impl End {
    fn new() -> std::io::Result<End> {
        Ok(End { terminated: signal(SignalKind::terminate())?, interrupted: signal(SignalKind::interrupt())? })
    }

    async fn told(mut self) {
        tokio::select! {
            _ = self.terminated.recv() => {}
            _ = self.interrupted.recv() => {}
        }
    }
}
