//! Bodies with an eye on them: requests that must keep coming, answers that count as progress.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::BoxError;
use axum::body::Body;
use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

use super::activity::Asked;

/// Time a body has whatever its size; each byte buys a millisecond more.
const START: Duration = Duration::from_secs(30);

/// A request's body that came too slowly.
#[derive(Debug, thiserror::Error)]
#[error("body came too slowly")]
pub(super) struct TooSlow;

/// A request's body that ends with [`TooSlow`] when nothing comes for `idle`, or too little in the long run.
///
/// A backstop for handlers that do not watch the time themselves.
pub(super) struct Paced<B> {
    body: B,
    idle: Duration,
    start: Instant,
    last: Instant,
    bytes: u64,
    timer: Option<Pin<Box<Sleep>>>,
}

impl<B: HttpBody<Data = Bytes> + Unpin> Paced<B> {
    pub(super) fn new(body: B, idle: Duration) -> Paced<B> {
        let now = Instant::now();
        Paced { body, idle, start: now, last: now, bytes: 0, timer: None }
    }

    fn due(&self) -> Instant {
        (self.last + self.idle).min(self.start + START + Duration::from_millis(self.bytes))
    }
}

impl<B> HttpBody for Paced<B>
where
    B: HttpBody<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            self.last = Instant::now();
            self.timer = None;
            let frame = frame.map(|frame| frame.map_err(Into::into));
            if let Some(Ok(frame)) = &frame {
                self.bytes += frame.data_ref().map_or(0, |piece| piece.len() as u64);
            }
            return Poll::Ready(frame);
        }
        // Most bodies are there when they are asked for and never need a timer.
        let due = self.due();
        ready!(self.timer.get_or_insert_with(|| Box::pin(sleep_until(due))).as_mut().poll(cx));
        self.timer = None;
        Poll::Ready(Some(Err(TooSlow.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// An answer's body: while it lasts, its request lasts.
pub(super) struct Answer {
    body: Body,
    asked: Asked,
}

impl Answer {
    pub(super) fn new(body: Body, asked: Asked) -> Answer {
        asked.moved();
        Answer { body, asked }
    }
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        self.asked.moved();
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use futures::StreamExt;
    use futures::stream;
    use http_body_util::BodyExt;

    use super::*;

    /// A body of `pieces` pieces of one byte, `every` apart, that never ends.
    fn drip(pieces: usize, every: Duration) -> Body {
        let drops = stream::iter(0..pieces).then(move |_| async move {
            tokio::time::sleep(every).await;
            Ok::<_, BoxError>(Bytes::from_static(b"x"))
        });
        Body::from_stream(drops.chain(stream::pending()))
    }

    async fn read(body: Body, idle: Duration) -> usize {
        let mut body = Paced::new(body, idle);
        let mut pieces = 0;
        loop {
            match body.frame().await {
                Some(Ok(_)) => pieces += 1,
                Some(Err(error)) => {
                    assert!(error.is::<TooSlow>());
                    return pieces;
                }
                None => unreachable!("it never ends"),
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_must_keep_coming() {
        let idle = Duration::from_secs(15);
        assert_eq!(read(drip(0, idle), idle).await, 0, "nothing comes");
        assert_eq!(read(drip(2, Duration::from_secs(1)), idle).await, 2, "it stops coming");
        assert!(read(drip(1_000, Duration::from_secs(1)), idle).await < 40, "too little comes");
    }
}
