//! Asks data centres whether they are well: the one thing that goes out from here, to hosts that the operator named.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use futures::future::Either;
use futures::stream::{self, StreamExt};
use http::{Request, StatusCode};
use http_body_util::Empty;
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use outis_disclose::note;
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_rustls::TlsConnector;

use super::centres::{Centre, Centres};
use crate::config::{CentreConfig, EdgeConfig};

/// How long a data centre may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);
/// Data centres that are asked at once.
const AT_ONCE: usize = 8;

/// Asks every data centre that has a path for it, again and again.
pub(crate) struct Health {
    centres: Arc<Centres>,
    every: Duration,
    tls: TlsConnector,
}

impl Health {
    /// # Errors
    /// When the file of authorities cannot be read.
    pub(crate) fn new(config: &EdgeConfig, centres: Arc<Centres>) -> anyhow::Result<Health> {
        let every = Duration::from_secs(u64::from(config.check_seconds.max(1)));
        Ok(Health { centres, every, tls: connector(config.ca_file.as_deref())? })
    }

    /// Goes on until it is told to end.
    pub(crate) async fn keep_asking(self, mut stopped: watch::Receiver<bool>) {
        if self.centres.all().iter().all(|centre| centre.config.health.is_none()) {
            return;
        }
        let mut ticks = interval(self.every);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                _ = stopped.changed() => return,
            }
            tokio::select! {
                () = self.ask_all() => {}
                _ = stopped.changed() => return,
            }
        }
    }

    /// Asks each once.
    pub(super) async fn ask_all(&self) {
        let asked = self.centres.all().iter().enumerate();
        stream::iter(asked).for_each_concurrent(AT_ONCE, |(at, centre)| self.ask(at + 1, centre)).await;
    }

    async fn ask(&self, number: usize, centre: &Centre) {
        let Some(health) = &centre.config.health else { return };
        let answer = timeout(PATIENCE, self.status(&centre.config, health)).await;
        let is_well = answer.is_ok_and(|status| status.is_ok_and(|status| status.is_success()));
        if centre.answered(is_well) {
            match is_well {
                true => note!(Info, "a data centre answers again", number = number),
                false => note!(Warn, "a data centre does not answer well and is passed over", number = number),
            }
        }
    }

    async fn status(&self, centre: &CentreConfig, health: &str) -> anyhow::Result<StatusCode> {
        let (host, port, over_tls) = centre.url.reached_by().context("no host")?;
        let url = format!("{}{health}", centre.url.as_str());
        let stream = TcpStream::connect((host.as_str(), port)).await?;
        if over_tls {
            let stream = self.tls.connect(ServerName::try_from(host)?, stream).await?;
            return exchange(stream, &url).await;
        }
        exchange(stream, &url).await
    }
}

/// Reads no more than the head of an answer, and follows nowhere.
async fn exchange<S>(stream: S, url: &str) -> anyhow::Result<StatusCode>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let url = url::Url::parse(url)?;
    let path = url[url::Position::BeforePath..url::Position::AfterQuery].to_owned();
    let host = url[url::Position::BeforeHost..url::Position::AfterPort].to_owned();
    let request = Request::get(path).header("host", host).header("connection", "close").body(Empty::<Bytes>::new())?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    // Both end with this call, so that a data centre that goes on sending holds nothing here.
    let response = std::pin::pin!(sender.send_request(request));
    match futures::future::select(response, std::pin::pin!(connection)).await {
        Either::Left((response, _)) => Ok(response?.status()),
        // The connection may end with the answer: then it is there.
        Either::Right((_, response)) => Ok(response.await?.status()),
    }
}

fn connector(ca_file: Option<&Path>) -> anyhow::Result<TlsConnector> {
    let mut roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(file) = ca_file {
        for certificate in CertificateDer::pem_file_iter(file).context("edge.ca_file")? {
            roots.add(certificate.context("edge.ca_file")?).context("edge.ca_file")?;
        }
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(TlsConnector::from(Arc::new(config.with_root_certificates(roots).with_no_client_auth())))
}
