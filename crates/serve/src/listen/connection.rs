//! One connection from its first byte to its end.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::io::IoSlice;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::header::CONNECTION;
use http::{HeaderValue, Request, Response};
use http_body::Body as _;
use hyper::body::Incoming;
use hyper::rt::Executor;
use hyper::service::Service;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use outis_disclose::leaving_no_trace;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::watch;
use tokio::time::{Instant, Sleep, sleep_until, timeout};
use tower::Service as _;

use super::Limits;
use super::activity::{Activity, Version};
use super::body::{Answer, Paced};
use super::tls::{HTTP2, Tls};

/// Requests that an HTTP/2 connection may have open.
const STREAMS: u32 = 64;
/// All headers of a request.
const HEADER_BYTES: u32 = 16 * 1024;
/// Headers of an HTTP/1.1 request in number.
const HEADERS: usize = 64;
/// What HTTP/1.1 may buffer of a connection: headers, or a piece of a body.
const BUFFER_BYTES: usize = 64 * 1024;
/// What HTTP/2 may buffer of a request that nobody reads yet, and of all of them.
const STREAM_WINDOW_BYTES: u32 = 256 * 1024;
const CONNECTION_WINDOW_BYTES: u32 = 512 * 1024;
/// What HTTP/2 may buffer of an answer.
const SEND_BYTES: usize = 128 * 1024;
/// Requests taken back by the peer before they were looked at (CVE-2023-44487), and by us because they broke the rules.
const RESETS_WAITING: usize = 32;
const RESETS_BY_ERROR: usize = 128;

/// What all connections of a listener share.
pub(super) struct Front {
    router: Router,
    tls: Option<Arc<Tls>>,
    limits: Limits,
    http1: Builder<Streams>,
    http2: Builder<Streams>,
    /// True: the listener drains. Its sender gone: everything is to be cut.
    draining: watch::Receiver<bool>,
}

impl Front {
    pub(super) fn new(router: Router, tls: Option<Arc<Tls>>, limits: Limits, draining: watch::Receiver<bool>) -> Front {
        let mut builder = Builder::new(Streams);
        // Our own watch limits the time of headers: it needs no timer for each request.
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(None)
            .max_headers(HEADERS)
            .max_buf_size(BUFFER_BYTES);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS)
            .max_header_list_size(HEADER_BYTES)
            .initial_stream_window_size(STREAM_WINDOW_BYTES)
            .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
            .max_send_buf_size(SEND_BYTES)
            .max_pending_accept_reset_streams(RESETS_WAITING)
            .max_local_error_reset_streams(RESETS_BY_ERROR)
            .keep_alive_interval(limits.ping_interval)
            .keep_alive_timeout(limits.ping_timeout);
        // The version is always known beforehand, so that nothing waits for a preface without a limit.
        let http1 = builder.clone().http1_only();
        let http2 = builder.http2_only();
        // `with_state` prepares the routes once and not for each request.
        Front { router: router.with_state(()), tls, limits, http1, http2, draining }
    }

    /// Serves a connection to its end.
    pub(super) async fn serve(&self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, peer: SocketAddr) {
        let mut cut = self.draining.clone();
        let served = async {
            let Some(tls) = &self.tls else { return self.answer(stream, peer, Version::One).await };
            let shaken = timeout(self.limits.handshake, tls.acceptor().accept(stream)).await;
            // Too slow, no TLS, or no version and cipher in common: there is nobody to explain it to.
            let Ok(Ok(stream)) = shaken else { return };
            let two = stream.get_ref().1.alpn_protocol() == Some(HTTP2);
            self.answer(stream, peer, if two { Version::Two } else { Version::One }).await;
        };
        tokio::select! {
            biased;
            () = served => {}
            () = gone(&mut cut) => {}
        }
    }

    async fn answer(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        peer: SocketAddr,
        version: Version,
    ) {
        let activity = Activity::new(version, self.limits);
        let io = TokioIo::new(Seen { stream, activity: Arc::clone(&activity) });
        let requests = Requests {
            router: self.router.clone(),
            peer,
            version,
            activity: Arc::clone(&activity),
            limits: self.limits,
        };
        let builder = if version == Version::Two { &self.http2 } else { &self.http1 };
        let mut connection = pin!(builder.serve_connection(io, requests));
        let mut watch = Watch::new(activity, self.limits);
        let mut draining = self.draining.clone();
        loop {
            tokio::select! {
                biased;
                event = poll_fn(|cx| watch.poll(connection.as_mut(), cx)) => match event {
                    Event::Over => return,
                    Event::Farewell => connection.as_mut().graceful_shutdown(),
                },
                told = draining.wait_for(|draining| *draining), if !watch.draining => match told {
                    Ok(_) => watch.drain(),
                    Err(_) => return,
                },
            }
        }
    }
}

/// Runs the streams of HTTP/2 connections, which are tasks of their own; they leave nothing on the stack either.
#[derive(Clone, Copy)]
struct Streams;

impl<F: Future<Output: Send> + Send + 'static> Executor<F> for Streams {
    fn execute(&self, stream: F) {
        let mut stream = Box::pin(stream);
        tokio::spawn(poll_fn(move |cx| leaving_no_trace(|| stream.as_mut().poll(cx))));
    }
}

/// Comes back when the sender is gone.
async fn gone(receiver: &mut watch::Receiver<bool>) {
    while receiver.changed().await.is_ok() {}
}

enum Event {
    /// The connection is at its end, or has had its time.
    Over,
    /// The connection is to finish what it has begun and close.
    Farewell,
}

/// Looks after the time of a connection.
struct Watch {
    activity: Arc<Activity>,
    limits: Limits,
    draining: bool,
    farewell: Option<Farewell>,
    timer: Pin<Box<Sleep>>,
}

/// Why and when the peer was told that the connection ends.
#[derive(Clone, Copy)]
enum Farewell {
    /// The listener drains: what was begun has its usual time.
    Drain,
    /// The time was over. Only what was begun since has more.
    Late(Instant),
}

impl Watch {
    fn new(activity: Arc<Activity>, limits: Limits) -> Watch {
        let timer = Box::pin(sleep_until(activity.due()));
        Watch { activity, limits, draining: false, farewell: None, timer }
    }

    fn poll(&mut self, connection: Pin<&mut impl Future>, cx: &mut Context<'_>) -> Poll<Event> {
        // What is read here is personal, and what was on the stack would stay there.
        if leaving_no_trace(|| connection.poll(cx)).is_ready() {
            return Poll::Ready(Event::Over);
        }
        // Who has not asked yet may still ask once: its connection was accepted before the stop.
        if self.draining && self.farewell.is_none() && self.activity.was_asked() {
            self.farewell = Some(Farewell::Drain);
            return Poll::Ready(Event::Farewell);
        }
        loop {
            let due = self.due();
            // Only ever earlier: a later time is found out when the timer fires, which is cheaper than to set it anew
            // with each request.
            if due < self.timer.deadline() {
                self.timer.as_mut().reset(due);
            }
            if self.timer.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            let (due, now) = (self.due(), Instant::now());
            if due <= now {
                return Poll::Ready(self.late(now));
            }
            // What ends in another task is seen within the idle time even if it wakes nobody here.
            self.timer.as_mut().reset(due.min(now + self.limits.idle));
        }
    }

    fn drain(&mut self) {
        self.draining = true;
        self.activity.drain();
    }

    fn late(&mut self, now: Instant) -> Event {
        if self.farewell.is_some() {
            return Event::Over;
        }
        self.farewell = Some(Farewell::Late(now));
        Event::Farewell
    }

    fn due(&self) -> Instant {
        match self.farewell {
            Some(Farewell::Late(said)) if self.activity.since() <= said => said + self.limits.farewell,
            _ => self.activity.due(),
        }
    }
}

/// A stream that tells of what goes through it.
struct Seen<T> {
    stream: T,
    activity: Arc<Activity>,
}

impl<T: AsyncRead + Unpin> AsyncRead for Seen<T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        let before = into.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, into);
        let bytes = into.filled().len() - before;
        if bytes > 0 {
            self.activity.read(bytes);
        }
        read
    }
}

impl<T: AsyncWrite + Unpin> Seen<T> {
    fn tell(&self, wrote: Poll<std::io::Result<usize>>) -> Poll<std::io::Result<usize>> {
        if let Poll::Ready(Ok(bytes)) = wrote {
            self.activity.wrote(bytes);
        }
        wrote
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Seen<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        let wrote = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.tell(wrote)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        let wrote = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.tell(wrote)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Hands the requests of a connection to the router.
struct Requests {
    router: Router,
    peer: SocketAddr,
    version: Version,
    activity: Arc<Activity>,
    limits: Limits,
}

impl Service<Request<Incoming>> for Requests {
    type Response = Response<Answer>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Answer>, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let asked = self.activity.begin();
        let idle = self.limits.body_idle;
        let mut request =
            request.map(|body| if body.is_end_stream() { Body::empty() } else { Body::new(Paced::new(body, idle)) });
        request.extensions_mut().insert(ConnectInfo(self.peer));
        let answer = self.router.clone().call(request);
        let version = self.version;
        Box::pin(async move {
            let mut answer = answer.await?;
            // HTTP/2 has a frame for it.
            if version == Version::One && asked.drains() {
                answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            Ok(answer.map(|body| Answer::new(body, asked)))
        })
    }
}
