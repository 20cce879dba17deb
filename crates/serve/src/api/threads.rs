//! Threads on which questions are answered, apart from those that take events and with less of the processors.

use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use axum::Extension;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use outis_journal::Journal;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

use super::crew::Crew;
use super::error::ApiError;

/// Threads that resolve, guard and present; rows are read on further ones, as many as the gate allows.
const THREADS: usize = 2;
/// How often it is looked at whether events come.
const LOOK: Duration = Duration::from_millis(250);
/// For how many looks in a row none came before questions may use everything.
const QUIET: u32 = 8;

/// The threads, which begin with the first question.
pub(super) struct Threads {
    runtime: OnceLock<Option<Ended>>,
    journal: Weak<Journal>,
}

/// Ends its threads without waiting for them: it may be dropped where nothing may wait.
struct Ended(Option<Runtime>);

impl Drop for Ended {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl Threads {
    /// Threads that make room for the events that come to the journal.
    pub(super) fn beside(journal: &Arc<Journal>) -> Threads {
        Threads { runtime: OnceLock::new(), journal: Arc::downgrade(journal) }
    }

    /// Where to put work; `None` if the system gives no threads.
    fn handle(&self) -> Option<&Handle> {
        let runtime = self.runtime.get_or_init(|| {
            let crew = Arc::new(Crew::default());
            let (joining, leaving) = (crew.clone(), crew.clone());
            let mut builder = Builder::new_multi_thread();
            builder.on_thread_start(move || joining.join()).on_thread_stop(move || leaving.leave());
            let runtime = builder.worker_threads(THREADS).thread_name("questions").enable_all().build().ok()?;
            // It ends with the threads, which hold what it looks after.
            tokio::spawn(make_room(self.journal.clone(), Arc::downgrade(&crew)));
            Some(Ended(Some(runtime)))
        });
        runtime.as_ref()?.0.as_ref().map(Runtime::handle)
    }
}

/// Keeps the threads off one processor while events come.
async fn make_room(journal: Weak<Journal>, crew: Weak<Crew>) {
    let mut looks = tokio::time::interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut seen, mut quiet) = (None, QUIET);
    loop {
        looks.tick().await;
        let (Some(journal), Some(crew)) = (journal.upgrade(), crew.upgrade()) else { return };
        let last = Some(journal.last());
        quiet = if seen.is_some() && seen != last { 0 } else { quiet.saturating_add(1) };
        seen = last;
        crew.stand_aside(quiet < QUIET);
    }
}

/// Work that is given up with whoever waits for it.
struct Awaited(JoinHandle<Response>);

impl Drop for Awaited {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Answers a request on these threads.
pub(super) async fn apart(Extension(threads): Extension<Arc<Threads>>, request: Request, next: Next) -> Response {
    let Some(handle) = threads.handle() else { return next.run(request).await };
    let mut awaited = Awaited(handle.spawn(next.run(request)));
    match (&mut awaited.0).await {
        Ok(response) => response,
        Err(error) => ApiError::from(anyhow::Error::from(error)).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::middleware::from_fn;
    use axum::routing::get;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;

    /// The name of the thread that answers, and of one that rows are read on.
    async fn names() -> String {
        let name = || std::thread::current().name().unwrap_or_default().to_owned();
        let reading = tokio::task::spawn_blocking(name).await.expect("read");
        format!("{} {reading}", name())
    }

    #[tokio::test]
    async fn questions_are_answered_and_rows_read_on_threads_of_their_own() {
        let threads = Threads { runtime: OnceLock::new(), journal: Weak::new() };
        let router: Router =
            Router::new().route("/", get(names)).route_layer(from_fn(apart)).layer(Extension(Arc::new(threads)));
        let response = router.oneshot(Request::new(Body::empty())).await.expect("answered");
        let body = response.into_body().collect().await.expect("a body").to_bytes();
        assert_eq!(body, "questions questions");
    }
}
