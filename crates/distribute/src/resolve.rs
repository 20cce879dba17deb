//! Looking up the addresses of a name: once for each attempt.

use std::io;
use std::net::{IpAddr, SocketAddr};

use async_trait::async_trait;

use crate::destination::Reach;

/// Most addresses of a name that are looked at; names with more are refused.
const MOST_ADDRESSES: usize = 64;

/// What looks up names.
#[async_trait]
pub trait Resolve: Send + Sync + 'static {
    /// The addresses of a host.
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>>;
}

/// As this machine is set up.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

#[async_trait]
impl Resolve for SystemResolver {
    async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((host, 0)).await?.map(|at| at.ip()).collect())
    }
}

/// Why there is no address to go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoAddress {
    /// The name has none, or cannot be looked up.
    Unknown,
    /// One of its addresses is one that nothing may go to.
    Blocked,
}

/// The address that something goes to. All addresses of the name have to be allowed: one that is not says that somebody
/// plays with the name.
pub(crate) async fn checked(
    resolver: &dyn Resolve,
    host: &str,
    port: u16,
    reach: Reach,
) -> Result<SocketAddr, NoAddress> {
    let addresses = match host.parse::<IpAddr>() {
        Ok(address) => vec![address],
        Err(_) => resolver.resolve(host).await.map_err(|_| NoAddress::Unknown)?,
    };
    let first = addresses.first().copied().ok_or(NoAddress::Unknown)?;
    if addresses.len() > MOST_ADDRESSES || !addresses.iter().all(|address| reach.allows(*address)) {
        return Err(NoAddress::Blocked);
    }
    Ok(SocketAddr::new(first, port))
}
