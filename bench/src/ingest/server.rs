//! A server process on a folder of its own, as an operator would start it.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::events;
use crate::machine;

/// Longest that a start may take.
const START: Duration = Duration::from_secs(60);

/// Where a server keeps everything.
pub(crate) struct Place {
    dir: PathBuf,
    data: PathBuf,
    binary: PathBuf,
    /// Removed with the place.
    _dir: Option<tempfile::TempDir>,
}

/// A running server; killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) at: SocketAddr,
}

impl Place {
    pub(crate) fn new(binary: &Path) -> anyhow::Result<Place> {
        let dir = tempfile::tempdir()?;
        let place = Place::at(binary, dir.path(), &dir.path().join("data"))?;
        Ok(Place { _dir: Some(dir), ..place })
    }

    /// A place that is there already, with its data directory.
    pub(crate) fn at(binary: &Path, dir: &Path, data: &Path) -> anyhow::Result<Place> {
        let binary = binary.canonicalize().with_context(|| format!("{}", binary.display()))?;
        Ok(Place { dir: dir.to_owned(), data: data.to_owned(), binary, _dir: None })
    }

    /// Registers a site at the usual floor.
    pub(crate) fn register_usual(&self, site: &str) -> anyhow::Result<()> {
        self.outis(&["site", "add", site]).map(drop)
    }

    /// Registers the sites with their plan: floor 1, so that answers are exact; admission as by default.
    pub(crate) async fn register(&self) -> anyhow::Result<()> {
        let plan = self.dir.join("plan.toml");
        std::fs::write(&plan, events::plan())?;
        let plan = plan.display().to_string();
        for site in events::sites().into_iter().chain([events::fresh_site()]) {
            self.outis(&["site", "add", &site, "--floor", "1", "--admission", "5"])?;
            self.outis(&["plan", "edit", &site, "--file", &plan])?;
        }
        Ok(())
    }

    /// Removes what was learnt from members, so that a server learns when it starts, and not an hour later.
    pub(crate) fn unlearn(&self) -> anyhow::Result<()> {
        std::fs::remove_dir_all(self.data.join("models")).context("models")
    }

    /// A token that may ask about all sites.
    pub(crate) async fn token(&self) -> anyhow::Result<String> {
        self.outis(&["token", "create"])
    }

    /// A token that may do this.
    pub(crate) fn token_for(&self, scope: &str) -> anyhow::Result<String> {
        self.outis(&["token", "create", "--scope", scope])
    }

    /// The certificate that the server makes for itself.
    pub(crate) fn certificate(&self) -> PathBuf {
        self.data.join("tls/cert.pem")
    }

    fn outis(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let output = self.command().args(arguments).output()?;
        ensure!(output.status.success(), "outis {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        Ok(String::from_utf8(output.stdout)?.trim_end().to_owned())
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.binary);
        command.arg("--data-dir").arg(&self.data).current_dir(&self.dir);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("OUTIS_") {
                command.env_remove(name);
            }
        }
        // The loopback stands for a balancer in front, so that visitors have addresses of their own.
        command.env("OUTIS_TLS", "on").env("OUTIS_TRUSTED_PROXIES", "127.0.0.1/32");
        // All lists are asked for by one program.
        command.env("OUTIS_LISTS_PER_SECOND_PER_NETWORK", "0").env("OUTIS_LISTS_PER_SECOND_PER_SITE", "0");
        command.env("OUTIS_EVENTS_PER_SECOND_PER_NETWORK", "1000000").env("OUTIS_LOG_LEVEL", "warn");
        command
    }

    /// Starts the server and waits for its first answer.
    pub(crate) async fn start(&self) -> anyhow::Result<Server> {
        let (at, admin) = (free_address()?, free_address()?);
        let log = std::fs::File::options().create(true).append(true).open(self.dir.join("log"))?;
        let mut command = self.command();
        command.args(["serve", "--listen", &at.to_string(), "--admin-listen", &admin.to_string()]);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn()?;
        let mut server = Server { child, at };
        let began = std::time::Instant::now();
        while !answers(admin).await {
            let ended = server.child.try_wait()?.is_some();
            let log = || std::fs::read_to_string(self.dir.join("log")).unwrap_or_default();
            ensure!(!ended && began.elapsed() < START, "the server did not start: {}", log());
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Ok(server)
    }
}

impl Server {
    pub(crate) fn cpu_s(&self) -> f64 {
        machine::cpu_of(self.child.id())
    }

    pub(crate) fn memory_mib(&self, line: &str) -> f64 {
        machine::memory_mib(self.child.id(), line)
    }

    /// Waits until the server has written its files, which it begins at most ten seconds after the last event, and
    /// has merged them.
    pub(crate) async fn until_quiet(&self) {
        tokio::time::sleep(Duration::from_secs(11)).await;
        for _ in 0..30 {
            let before = self.cpu_s();
            tokio::time::sleep(Duration::from_secs(1)).await;
            if self.cpu_s() - before < 0.05 {
                return;
            }
        }
    }

    /// Asks it to end and waits until it has.
    pub(crate) fn stop(mut self) -> anyhow::Result<()> {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
        let status = self.child.wait()?;
        ensure!(status.success(), "the server ended with {status}");
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An address that was free a moment ago.
fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?)
}

/// True if the admin listener says that the process lives.
async fn answers(admin: SocketAddr) -> bool {
    let Ok(mut stream) = tokio::net::TcpStream::connect(admin).await else { return false };
    let request = format!("GET /livez HTTP/1.1\r\nhost: {admin}\r\nconnection: close\r\n\r\n");
    let mut answer = [0; 12];
    stream.write_all(request.as_bytes()).await.is_ok()
        && stream.read_exact(&mut answer).await.is_ok()
        && answer == *b"HTTP/1.1 200"
}
