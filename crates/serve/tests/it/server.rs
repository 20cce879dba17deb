//! A real server on a directory of its own.

use std::net::{SocketAddr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

use super::http::{Answer, send};

const OUTIS: &str = env!("CARGO_BIN_EXE_outis");
pub(crate) const AGENT: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";

/// Where a server keeps its data, and how it is configured. Survives the server.
pub(crate) struct Place {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) settings: Vec<(&'static str, String)>,
}

/// A running server. Killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) at: SocketAddr,
    pub(crate) admin: SocketAddr,
    log: PathBuf,
}

impl Place {
    pub(crate) fn new() -> Place {
        Place { dir: tempfile::tempdir().expect("a folder"), settings: Vec::new() }
    }

    pub(crate) fn with(mut self, key: &'static str, value: &str) -> Place {
        self.settings.push((key, value.to_owned()));
        self
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// Runs a command on the data directory and gives what it prints.
    pub(crate) fn outis(&self, arguments: &[&str]) -> String {
        let output = self.command().args(arguments).output().expect("the binary runs");
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "outis {arguments:?}: {told}");
        String::from_utf8(output.stdout).expect("text").trim_end().to_owned()
    }

    pub(crate) fn command(&self) -> Command {
        self.wrapped(&[])
    }

    /// The binary, run by another program such as strace.
    pub(crate) fn wrapped(&self, wrapper: &[String]) -> Command {
        let mut command = match wrapper {
            [] => Command::new(OUTIS),
            [program, rest @ ..] => {
                let mut command = Command::new(program);
                command.args(rest).arg(OUTIS);
                command
            }
        };
        command.arg("--data-dir").arg(self.data()).current_dir(self.dir.path());
        // What configures the developer's own server is not for this one.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("OUTIS_") {
                command.env_remove(name);
            }
        }
        for (key, value) in &self.settings {
            command.env(format!("OUTIS_{}", key.to_uppercase()), value);
        }
        command
    }

    /// Starts a server and waits until it answers.
    pub(crate) async fn start(&self) -> Server {
        let mut server = self.launch(&[]);
        assert!(server.is_up().await, "the server did not start: {}", server.log());
        server
    }

    /// Starts a server without waiting for it.
    pub(crate) fn launch(&self, wrapper: &[String]) -> Server {
        let (at, admin) = (free_address(), free_address());
        let log = self.dir.path().join("log");
        let file = std::fs::File::options().create(true).append(true).open(&log).expect("a log");
        let child = self
            .wrapped(wrapper)
            .args(["serve", "--listen", &at.to_string(), "--admin-listen", &admin.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(file)
            // A group of its own: a tracer that is killed would leave the server running.
            .process_group(0)
            .spawn()
            .expect("the server starts");
        Server { child, at, admin, log }
    }
}

impl Server {
    /// Waits until the server answers; false if it ended instead.
    pub(crate) async fn is_up(&mut self) -> bool {
        for _ in 0..1_500 {
            if send(self.admin, "GET", "/livez", &[], Bytes::new()).await.is_some() {
                return true;
            }
            if self.child.try_wait().expect("a child").is_some() {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        false
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    pub(crate) async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        send(self.at, "GET", path, headers, Bytes::new()).await.expect("an answer")
    }

    pub(crate) async fn post(&self, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        let mut all = vec![("content-type", "application/json"), ("user-agent", AGENT)];
        all.extend(headers);
        send(self.at, "POST", path, &all, body.to_string()).await.expect("an answer")
    }

    /// A question in the native form.
    pub(crate) async fn ask(&self, token: &str, form: &str, body: Value) -> Value {
        let bearer = format!("Bearer {token}");
        let path = format!("/api/v1/insights/{form}");
        let answer = self.post(&path, &[("authorization", &bearer)], &body).await;
        assert_eq!(answer.status.as_u16(), 200, "{}", answer.text());
        answer.json()
    }

    /// Asks again until the answer is as wanted: acknowledged events are visible within a moment.
    pub(crate) async fn until(&self, token: &str, form: &str, body: Value, wanted: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        for _ in 0..300 {
            last = self.ask(token, form, body.clone()).await;
            if wanted(&last) {
                return last;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("never as wanted; at last {last:#}");
    }

    /// `kill -9`.
    pub(crate) fn kill(self) {
        drop(self);
    }

    /// Asks the server to end, and waits until it has.
    pub(crate) fn stop(mut self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("a running child");
        let status = self.child.wait().expect("a child");
        assert!(status.success(), "the server ended with {status}: {}", self.log());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let pid = rustix::process::Pid::from_child(&self.child);
        let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
        let _ = self.child.wait();
    }
}

/// An address that was free a moment ago.
fn free_address() -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
    listener.local_addr().expect("an address")
}

/// A page view for Plausible's endpoint.
pub(crate) fn view(site: &str, path: &str) -> Value {
    json!({ "n": "pageview", "d": site, "u": format!("https://{site}{path}") })
}

/// The bytes of every file below a folder.
pub(crate) fn files(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(dir).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            all.extend(files(&path));
        } else if let Ok(bytes) = std::fs::read(&path) {
            all.push((path, bytes));
        }
    }
    all
}
