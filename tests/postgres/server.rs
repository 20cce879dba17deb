//! A PostgreSQL server for tests, from the system's package: with a folder of its own, on a Unix socket there, and for a
//! user that is not root, as which PostgreSQL does not run. It ends when whoever started it does, however that ends.

use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The user and group `nobody`.
const NOBODY: u32 = 65_534;
/// What runs the server: when its standard input ends, so does the server, and the folder goes unless it is to stay.
const KEEPER: &str = r#"dir=$1; shift; "$@" >>"$dir/log" 2>&1 & pid=$!
read -r order; kill -INT "$pid"; wait "$pid"; [ "$order" = keep ] || rm -rf "$dir""#;
/// Nothing is vacuumed: what the server deletes stays where it was, as it may. A crash of the machine is not tested.
const SETTINGS: [&str; 6] = [
    "autovacuum=off",
    "fsync=off",
    "listen_addresses=",
    "max_connections=300",
    "shared_buffers=32MB",
    "unix_socket_permissions=0777",
];

/// A running server.
pub(crate) struct Postgres {
    bin: PathBuf,
    dir: PathBuf,
    settings: Vec<String>,
    keeper: Option<Child>,
}

impl Postgres {
    /// Starts a server with more settings, and files such as `pg_hba.conf` in its data folder. `None` where PostgreSQL is
    /// not installed, which is said.
    pub(crate) fn start(settings: &[&str], files: &[(&str, &str)]) -> Option<Postgres> {
        let Some(bin) = binaries() else {
            skipped();
            return None;
        };
        let dir = tempfile::tempdir().expect("a folder").keep();
        std::fs::set_permissions(&dir, std::fs::Permissions::from_mode(0o755)).expect("a mode");
        give_away(&dir);
        let settings = SETTINGS.iter().chain(settings).map(|setting| (*setting).to_owned()).collect();
        let mut server = Postgres { bin, dir, settings, keeper: None };
        let data = server.data();
        let how = ["-U", "outis", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"];
        let made = server.command("initdb").arg("-D").arg(&data).args(how).output().expect("initdb runs");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        for (name, text) in files {
            let file = data.join(name);
            std::fs::write(&file, text).expect("written");
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("a mode");
            give_away(&file);
        }
        server.again();
        Some(server)
    }

    /// Starts it again after [`Postgres::stop`], and waits until it answers.
    pub(crate) fn again(&mut self) {
        let mut command = self.command("sh");
        command.args(["-c", KEEPER, "keeper"]).arg(&self.dir).arg(self.bin.join("postgres")).arg("-D").arg(self.data());
        command.arg("-k").arg(&self.dir);
        self.settings.iter().for_each(|setting| {
            command.args(["-c", setting]);
        });
        // A group of its own: what is sent to the tests' group is not for the server.
        self.keeper = Some(command.stdin(Stdio::piped()).process_group(0).spawn().expect("the server starts"));
        for _ in 0..1_500 {
            let asked = self.command("psql").args(["-c", "SELECT 1", "-d", "postgres"]).output().expect("psql runs");
            if asked.status.success() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("the server does not answer: {}", std::fs::read_to_string(self.dir.join("log")).unwrap_or_default());
    }

    /// Ends it in good order; its data stay.
    pub(crate) fn stop(&mut self) {
        if let Some(mut keeper) = self.keeper.take() {
            let told = keeper.stdin.take().expect("a pipe").write_all(b"keep\n");
            told.expect("the keeper reads");
            keeper.wait().expect("the keeper ends");
        }
    }

    /// Where its socket is.
    pub(crate) fn socket(&self) -> &Path {
        &self.dir
    }

    /// Everything that it keeps.
    pub(crate) fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    /// Has it do something.
    pub(crate) fn sql(&self, text: &str) {
        let done = self.command("psql").args(["-d", "postgres", "-c", text]).output().expect("psql runs");
        assert!(done.status.success(), "{text}: {}", String::from_utf8_lossy(&done.stderr));
    }

    /// A program of the server, as the server's user.
    fn command(&self, name: &str) -> Command {
        let own = self.bin.join(name);
        let mut command = Command::new(if own.exists() { own } else { name.into() });
        command.current_dir("/").env("PGHOST", &self.dir).env("PGUSER", "outis");
        let port = self.settings.iter().rev().find_map(|setting| setting.strip_prefix("port="));
        command.env("PGPORT", port.unwrap_or("5432"));
        if is_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        match self.keeper.take() {
            // Its input ends with it.
            Some(mut keeper) => {
                drop(keeper.stdin.take());
                let _ = keeper.wait();
            }
            None => drop(std::fs::remove_dir_all(&self.dir)),
        }
    }
}

/// Where the newest server's programs are.
fn binaries() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).find(|dir| dir.join("initdb").exists());
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let version = |dir: &PathBuf| dir.parent()?.file_name()?.to_str()?.parse::<u32>().ok();
    let packaged = versions.map(|version| version.path().join("bin")).filter(|bin| bin.join("initdb").exists());
    packaged.max_by_key(version).or(on_path)
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

fn give_away(path: &Path) {
    if is_root() {
        chown(path, Some(NOBODY), Some(NOBODY)).expect("another owner");
    }
}

#[expect(clippy::print_stderr, reason = "whoever runs the tests should know what was not tested")]
fn skipped() {
    eprintln!("skipped: PostgreSQL is not installed; `make tools` installs it");
}
