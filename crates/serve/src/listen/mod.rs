//! The public listener: our own accept loop, so that no client can hold a connection for nothing.
//!
//! [`Listener::run`] speaks HTTP/1.1 and, over TLS, HTTP/2. Plain HTTP is answered on loopback addresses only. Every
//! wait for a client has a limit ([`Limits`]), every network has a share of the connections, and a stop lets requests
//! that were begun come to their end.

mod activity;
mod admission;
mod assets;
mod body;
mod connection;
mod headers;
mod options;
mod tls;

#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use futures::FutureExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};

pub(crate) use assets::{Dashboard, scripts};
pub(crate) use headers::{SecurityHeaders, policy_reports};
pub(crate) use options::{Limits, ListenOptions, TlsMode};
#[cfg(test)]
pub(crate) use tls::Source;
pub(crate) use tls::Tls;

use admission::Admission;
use connection::Front;

/// How long the loop rests when the system has no more descriptors.
const REST: Duration = Duration::from_millis(100);

/// Why a listener cannot start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ListenError {
    /// The address is taken, is not of this machine, or needs a privilege.
    #[error("cannot listen on this address")]
    Bind(#[source] std::io::Error),
    /// Plain HTTP would be readable by the network.
    #[error("plain HTTP is only for loopback addresses; leave `tls` at `auto` or listen on 127.0.0.1 or [::1]")]
    PlainOutside,
}

/// How a listener ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Drained {
    /// Everything that was begun was finished.
    Whole,
    /// So many connections were cut because their time was over.
    Cut(usize),
}

/// An address that is listened on.
pub(crate) struct Listener {
    socket: TcpListener,
    address: SocketAddr,
    options: ListenOptions,
}

impl Listener {
    /// Begins to listen. Connections wait until [`Listener::run`].
    ///
    /// # Errors
    /// If the system refuses the address.
    pub(crate) async fn bind(address: SocketAddr, options: ListenOptions) -> Result<Listener, ListenError> {
        let socket = TcpListener::bind(address).await.map_err(ListenError::Bind)?;
        let address = socket.local_addr().map_err(ListenError::Bind)?;
        Ok(Listener { socket, address, options })
    }

    /// The address with the port that the system gave if none was asked for.
    #[cfg(test)]
    pub(crate) fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Answers connections with `router` until `stop` says true, then drains: no new connections, what was begun is
    /// finished within [`Limits::drain`], the rest is cut. Each request carries `ConnectInfo<SocketAddr>`.
    ///
    /// # Errors
    /// If there is no TLS and the address is not loopback.
    pub(crate) async fn run(
        self,
        router: Router,
        tls: Option<Arc<Tls>>,
        mut stop: watch::Receiver<bool>,
    ) -> Result<Drained, ListenError> {
        if tls.is_none() && !self.address.ip().to_canonical().is_loopback() {
            return Err(ListenError::PlainOutside);
        }
        let admission = Admission::new(&self.options);
        let (draining, drains) = watch::channel(false);
        let front = Arc::new(Front::new(router, tls, self.options.limits, drains));
        loop {
            tokio::select! {
                biased;
                () = told(&mut stop) => break,
                accepted = self.socket.accept() => self.take(accepted, &admission, &front).await,
            }
        }
        // Whoever the system has already connected is served, not reset.
        while let Some(accepted) = self.socket.accept().now_or_never() {
            self.take(accepted, &admission, &front).await;
        }
        drop(self.socket);
        draining.send_replace(true);
        let whole = timeout(self.options.limits.drain, admission.wait_until_empty()).await.is_ok();
        let open = admission.open();
        // The connections see that the sender is gone and end.
        drop(draining);
        Ok(if whole || open == 0 { Drained::Whole } else { Drained::Cut(open) })
    }

    async fn take(
        &self,
        accepted: std::io::Result<(TcpStream, SocketAddr)>,
        admission: &Arc<Admission>,
        front: &Arc<Front>,
    ) {
        match accepted {
            Ok((stream, peer)) => {
                let Some(place) = admission.admit(peer.ip()) else { return };
                // Answers are small and written whole.
                let _ = stream.set_nodelay(true);
                let front = Arc::clone(front);
                tokio::spawn(async move {
                    front.serve(stream, peer).await;
                    drop(place);
                });
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(_) => {
                admission.say_exhausted();
                sleep(REST).await;
            }
        }
    }
}

/// Comes back when `stop` says true, or can say nothing any more because its sender is gone.
async fn told(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

/// True for errors that say something of the connection that came, not of the listener.
fn is_of_one_connection(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}
