//! Threads on which questions are answered, apart from those that take events and with less of the processors.

use std::sync::{Arc, OnceLock};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::JoinHandle;

use super::error::ApiError;

/// Threads that resolve, guard and present; rows are read on further ones, as many as the gate allows.
const THREADS: usize = 2;
/// How much more willingly than others these threads give way (`nice`): where processors are scarce, events go first.
const NICENESS: i32 = 19;

/// The threads, which begin with the first question.
#[derive(Default)]
pub(super) struct Threads {
    runtime: OnceLock<Option<Ended>>,
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
    /// Where to put work; `None` if the system gives no threads.
    fn handle(&self) -> Option<&Handle> {
        let runtime = self.runtime.get_or_init(|| {
            let mut builder = Builder::new_multi_thread();
            builder.worker_threads(THREADS).thread_name("questions").on_thread_start(give_way).enable_all();
            builder.build().ok().map(|runtime| Ended(Some(runtime)))
        });
        runtime.as_ref()?.0.as_ref().map(Runtime::handle)
    }
}

/// On Linux this is about the calling thread only.
fn give_way() {
    // Where it is refused, questions and events share alike. Under the idle policy acknowledgements took longer, not less long,
    // beside questions about many rows: docs/benchmarks.md.
    let _ = rustix::process::nice(NICENESS);
}

/// Work that is given up with whoever waits for it.
struct Awaited(JoinHandle<Response>);

impl Drop for Awaited {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Answers a request on these threads.
pub(super) async fn apart(State(threads): State<Arc<Threads>>, request: Request, next: Next) -> Response {
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
    use axum::middleware::from_fn_with_state;
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
        let layer = from_fn_with_state(Arc::<Threads>::default(), apart);
        let router: Router = Router::new().route("/", get(names)).route_layer(layer);
        let response = router.oneshot(Request::new(Body::empty())).await.expect("answered");
        let body = response.into_body().collect().await.expect("a body").to_bytes();
        assert_eq!(body, "questions questions");
    }
}
