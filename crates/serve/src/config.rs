//! Configuration: flags over `OUTIS_*` over a TOML file over defaults, each value with its origin.

mod edge;
mod people;
pub(crate) mod webhooks;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::listen::TlsMode;
use anyhow::{Context, bail};
use outis_event::Network;
use serde::{Deserialize, Serialize};

pub(crate) use edge::{CentreConfig, CentreUrl, EdgeConfig};
pub(crate) use people::PeopleConfig;

/// Everything that is configured by files, environment or flags. What the dashboard can change is not here.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    /// Where everything is kept.
    pub(crate) data_dir: PathBuf,
    /// The effaceable slot of the key tree; must not be on a volume that is snapshotted. Default: `data_dir/slot`.
    pub(crate) slot_file: Option<PathBuf>,
    /// What holds the root of the key tree.
    pub(crate) keys: KeysConfig,
    /// The database of members.
    pub(crate) people: PeopleConfig,
    /// Public listener: capture, interfaces, dashboard.
    pub(crate) listen: SocketAddr,
    /// Admin listener (health and metrics): loopback only.
    pub(crate) admin_listen: SocketAddr,
    /// The name under which browsers reach this server, for snippets and links.
    pub(crate) public_url: Option<String>,
    /// Whether the public listener speaks TLS: `auto` (everywhere but on loopback), `on`, or `off` (loopback only).
    pub(crate) tls: TlsMode,
    /// Certificate chain (PEM). Without it a certificate of our own is made at first start.
    pub(crate) tls_certificate: Option<PathBuf>,
    /// Private key (PEM).
    pub(crate) tls_key: Option<PathBuf>,
    /// Proxies whose forwarded headers are believed.
    pub(crate) trusted_proxies: Vec<Network>,
    /// Country or city file (MaxMind format); without it the country file that comes with the program.
    pub(crate) geo_file: Option<PathBuf>,
    /// A directory with a model of embeddings in Model2Vec's format, for intents; needs a build with the feature `embeddings`.
    pub(crate) embeddings_dir: Option<PathBuf>,
    /// Answer 202 for sites that are not registered, so that nobody can find out which are.
    pub(crate) hide_unknown_sites: bool,
    /// Connections that may be open in all.
    pub(crate) connections: u32,
    /// Connections one network may hold open; loopback and trusted proxies may hold any number.
    pub(crate) connections_per_network: u32,
    /// Events per second and network (burst is ten times as much).
    pub(crate) events_per_second_per_network: u32,
    /// Calls of open lists per second and network (burst is ten times as much); 0: no limit.
    pub(crate) lists_per_second_per_network: u32,
    /// Calls of open lists per second and site (burst is ten times as much); 0: no limit.
    pub(crate) lists_per_second_per_site: u32,
    /// Intake stops when fewer bytes are free on the disk.
    pub(crate) low_water_mib: u64,
    /// Seconds until acknowledged events are written to the warehouse.
    pub(crate) flush_seconds: u32,
    /// MiB that inverting may take when lists are learnt (16 to 1,600). Default: a quarter of the memory, at most 1,600.
    pub(crate) learning_memory_mib: Option<u32>,
    /// The name of the log of receipts, such as `stats.example.org/receipts`. It is chosen before the first start.
    pub(crate) receipt_log_name: String,
    /// Least important notes that are said: error, warn, info, debug or trace.
    pub(crate) log_level: String,
    /// Notes as JSON lines.
    pub(crate) log_json: bool,
    /// Data centres that assets are fetched from.
    pub(crate) edge: EdgeConfig,
    /// Applications that are told what somebody wants.
    pub(crate) webhooks: webhooks::Webhooks,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            data_dir: PathBuf::from("outis-data"),
            slot_file: None,
            keys: KeysConfig::default(),
            people: PeopleConfig::default(),
            listen: SocketAddr::from(([127, 0, 0, 1], 8400)),
            admin_listen: SocketAddr::from(([127, 0, 0, 1], 8401)),
            public_url: None,
            tls: TlsMode::Auto,
            tls_certificate: None,
            tls_key: None,
            trusted_proxies: Vec::new(),
            geo_file: None,
            embeddings_dir: None,
            hide_unknown_sites: true,
            connections: 4096,
            connections_per_network: 64,
            events_per_second_per_network: 200,
            lists_per_second_per_network: 50,
            lists_per_second_per_site: 1_000,
            low_water_mib: 64,
            flush_seconds: 10,
            learning_memory_mib: None,
            receipt_log_name: "outis/receipts".to_owned(),
            log_level: "info".to_owned(),
            log_json: false,
            edge: EdgeConfig::default(),
            webhooks: webhooks::Webhooks::new(),
        }
    }
}

/// Least, so that a model of 1,900 rows can be learnt, and most that is of use.
const LEARNING_MIB: std::ops::RangeInclusive<u32> = 16..=1_600;

/// AWS says that changes reach all of KMS within seconds as a rule, and within several minutes in some cases.
const KMS_FORGETS_WITHIN: Duration = Duration::from_secs(15 * 60);

/// What holds the root of the key tree, and how long a copy of an old root may exist.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct KeysConfig {
    /// `file` (overwritten in place), `pkcs11` or `kms`. It is chosen before the first start.
    pub(crate) provider: KeysProvider,
    /// How long an escrow copy of an old root may exist, such as `0d`, `12h` or `30d`.
    pub(crate) escrow_window: Window,
    /// The file with the sealed root, for `pkcs11` and `kms`; it may be copied. Default: `data_dir/root`.
    pub(crate) root_file: Option<PathBuf>,
    /// A folder on another volume that is to hold the same key tree at every moment.
    pub(crate) mirror_dir: Option<PathBuf>,
    /// A token.
    pub(crate) pkcs11: Pkcs11Config,
    /// AWS KMS.
    pub(crate) kms: KmsConfig,
}

/// What holds the root.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum KeysProvider {
    /// `slot_file`, wrapped besides if `kms.wrap_key` is set.
    #[default]
    File,
    /// A token that speaks PKCS#11.
    Pkcs11,
    /// AWS KMS with imported material.
    Kms,
}

/// Which token. Its PIN is in `pin_file`, or in the variable `OUTIS_KEYS_PIN`, which is no part of the configuration.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Pkcs11Config {
    /// The token's library.
    pub(crate) module: Option<PathBuf>,
    /// The token's label.
    pub(crate) token: Option<String>,
    /// A file with the user's PIN.
    pub(crate) pin_file: Option<PathBuf>,
}

/// Where AWS KMS is and who we are.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct KmsConfig {
    /// Such as `eu-central-1`.
    pub(crate) region: Option<String>,
    /// Another address than AWS's own.
    pub(crate) endpoint: Option<String>,
    /// A file in the format of AWS's shared credentials.
    pub(crate) credentials_file: Option<PathBuf>,
    /// With provider `file`: the KMS key that wraps the slot.
    pub(crate) wrap_key: Option<String>,
}

/// A span of time in whole minutes, hours or days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Window {
    minutes: u32,
}

impl Window {
    /// The end of the window that begins at `now`; `None` of a window of no length.
    pub(crate) fn until(self, now: outis_event::Timestamp) -> Option<outis_event::Timestamp> {
        (self.minutes > 0).then(|| now.plus_ms(i64::from(self.minutes) * 60_000))
    }

    pub(crate) fn duration(self) -> Duration {
        Duration::from_secs(u64::from(self.minutes) * 60)
    }
}

impl TryFrom<String> for Window {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Window, &'static str> {
        const WRONG: &str = "a window is a number of days, hours or minutes, such as 0d, 12h or 30m";
        let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or(WRONG)?;
        let minutes = match unit {
            "d" => 24 * 60,
            "h" => 60,
            "m" => 1,
            _ => return Err(WRONG),
        };
        let number: u32 = number.parse().map_err(|_| WRONG)?;
        number.checked_mul(minutes).map(|minutes| Window { minutes }).ok_or(WRONG)
    }
}

impl From<Window> for String {
    fn from(window: Window) -> String {
        match window.minutes {
            minutes if minutes.is_multiple_of(24 * 60) => format!("{}d", minutes / (24 * 60)),
            minutes if minutes.is_multiple_of(60) => format!("{}h", minutes / 60),
            minutes => format!("{minutes}m"),
        }
    }
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Built in.
    Default,
    /// A file.
    File(PathBuf),
    /// An environment variable.
    Environment(String),
    /// A flag.
    Flag,
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::File(path) => write!(f, "{}", path.display()),
            Origin::Environment(name) => f.write_str(name),
            Origin::Flag => f.write_str("flag"),
        }
    }
}

/// A configuration with the origin of every value.
#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    pub(crate) config: Config,
    pub(crate) origins: BTreeMap<String, Origin>,
}

/// Puts the configuration together. `flags` are values given on the command line, by the name of their key.
pub(crate) fn load(file: Option<&Path>, flags: &[(&str, String)]) -> anyhow::Result<Loaded> {
    let environment = std::env::vars().filter(|(name, _)| name.starts_with("OUTIS_"));
    load_from(file, environment.collect(), flags)
}

fn load_from(
    file: Option<&Path>,
    environment: Vec<(String, String)>,
    flags: &[(&str, String)],
) -> anyhow::Result<Loaded> {
    let defaults = toml::Table::try_from(Config::default())?;
    let known = known_keys();
    let mut table = defaults;
    let mut origins: BTreeMap<String, Origin> = known.iter().map(|k| ((*k).to_owned(), Origin::Default)).collect();
    if let Some(path) = find_file(file, &environment)? {
        let text = std::fs::read_to_string(&path).with_context(|| format!("configuration {}", path.display()))?;
        let from_file: toml::Table =
            toml::from_str(&text).with_context(|| format!("configuration {}", path.display()))?;
        for (key, value) in flat(from_file) {
            check_known(&key, &known, &path.display().to_string())?;
            origins.insert(key.clone(), Origin::File(path.clone()));
            set(&mut table, &key, value);
        }
    }
    for (name, value) in environment {
        let key = name.trim_start_matches("OUTIS_").to_ascii_lowercase();
        if ["config", "token", "bin", "keys_pin", "people_password"].contains(&key.as_str()) {
            continue;
        }
        let key = known.iter().find(|k| k.replace('.', "_") == key).map_or(key, |k| (*k).to_owned());
        check_known(&key, &known, "environment")?;
        set(&mut table, &key, as_toml(&key, &value));
        origins.insert(key, Origin::Environment(name));
    }
    for (key, value) in flags {
        set(&mut table, key, as_toml(key, value));
        origins.insert((*key).to_owned(), Origin::Flag);
    }
    let config: Config = table.try_into().context("configuration")?;
    check(&config)?;
    Ok(Loaded { config, origins })
}

fn find_file(given: Option<&Path>, environment: &[(String, String)]) -> anyhow::Result<Option<PathBuf>> {
    let named = environment.iter().find(|(k, _)| k == "OUTIS_CONFIG").map(|(_, v)| PathBuf::from(v));
    if let Some(path) = given.map(Path::to_owned).or(named) {
        if !path.exists() {
            bail!("configuration {} does not exist", path.display());
        }
        return Ok(Some(path));
    }
    let usual = [PathBuf::from("outis.toml"), PathBuf::from("/etc/outis/outis.toml")];
    Ok(usual.into_iter().find(|p| p.exists()))
}

fn known_keys() -> Vec<&'static str> {
    vec![
        "data_dir",
        "slot_file",
        "receipt_log_name",
        "keys.provider",
        "keys.escrow_window",
        "keys.root_file",
        "keys.mirror_dir",
        "keys.pkcs11.module",
        "keys.pkcs11.token",
        "keys.pkcs11.pin_file",
        "keys.kms.region",
        "keys.kms.endpoint",
        "keys.kms.credentials_file",
        "keys.kms.wrap_key",
        "people.database",
        "people.password_file",
        "people.ca_file",
        "listen",
        "admin_listen",
        "public_url",
        "tls",
        "tls_certificate",
        "tls_key",
        "trusted_proxies",
        "geo_file",
        "embeddings_dir",
        "hide_unknown_sites",
        "connections",
        "connections_per_network",
        "events_per_second_per_network",
        "lists_per_second_per_network",
        "lists_per_second_per_site",
        "low_water_mib",
        "learning_memory_mib",
        "flush_seconds",
        "log_level",
        "log_json",
        "edge.centres",
        "edge.default",
        "edge.check_seconds",
        "edge.ca_file",
    ]
}

/// Keys of tables within tables with dots between.
fn flat(table: toml::Table) -> Vec<(String, toml::Value)> {
    let mut pairs = Vec::new();
    for (key, value) in table {
        match value {
            toml::Value::Table(inner) => {
                pairs.extend(flat(inner).into_iter().map(|(rest, value)| (format!("{key}.{rest}"), value)));
            }
            value => pairs.push((key, value)),
        }
    }
    pairs
}

/// Sets a value by its key with dots.
fn set(table: &mut toml::Table, key: &str, value: toml::Value) {
    let Some((head, rest)) = key.split_once('.') else {
        table.insert(key.to_owned(), value);
        return;
    };
    let inner = table.entry(head).or_insert_with(|| toml::Value::Table(toml::Table::new()));
    if let Some(inner) = inner.as_table_mut() {
        set(inner, rest, value);
    }
}

/// The value of a key with dots.
pub(crate) fn value<'a>(table: &'a toml::Table, key: &str) -> Option<&'a toml::Value> {
    match key.split_once('.') {
        Some((head, rest)) => value(table.get(head)?.as_table()?, rest),
        None => table.get(key),
    }
}

fn check_known(key: &str, known: &[&str], place: &str) -> anyhow::Result<()> {
    if known.contains(&key) || webhooks::has(key) {
        return Ok(());
    }
    let near = known.iter().min_by_key(|k| distance(k, key)).expect("there are keys");
    bail!("{place}: unknown key `{key}`; did you mean `{near}`? Known keys: {}", known.join(", "))
}

/// How unlike two names are: characters that are not shared.
fn distance(a: &str, b: &str) -> usize {
    let missing = |x: &str, y: &str| x.chars().filter(|c| !y.contains(*c)).count();
    missing(a, b) + missing(b, a) + a.len().abs_diff(b.len())
}

fn as_toml(key: &str, value: &str) -> toml::Value {
    if key == "trusted_proxies" {
        return toml::Value::Array(value.split(',').map(|v| toml::Value::String(v.trim().to_owned())).collect());
    }
    match value {
        "true" => toml::Value::Boolean(true),
        "false" => toml::Value::Boolean(false),
        _ => value.parse::<i64>().map_or_else(|_| toml::Value::String(value.to_owned()), toml::Value::Integer),
    }
}

fn check(config: &Config) -> anyhow::Result<()> {
    if !config.admin_listen.ip().is_loopback() {
        bail!("admin_listen must be a loopback address: health and metrics are not for the network");
    }
    config.tls.applies(config.listen)?;
    if config.tls_certificate.is_some() != config.tls_key.is_some() {
        bail!("tls_certificate and tls_key go together");
    }
    check_keys(&config.keys)?;
    people::check(&config.people)?;
    edge::check(&config.edge)?;
    if config.keys.mirror_dir.as_ref() == Some(&config.data_dir.join("keys")) {
        bail!("keys.mirror_dir is the key tree's own folder: give a folder on another volume");
    }
    if config.connections == 0 || config.connections_per_network == 0 {
        bail!("connections and connections_per_network are at least 1");
    }
    if config.learning_memory_mib.is_some_and(|mib| !LEARNING_MIB.contains(&mib)) {
        bail!("learning_memory_mib is {} to {}: more is not used", LEARNING_MIB.start(), LEARNING_MIB.end());
    }
    if level(&config.log_level).is_none() {
        bail!("log_level is one of error, warn, info, debug, trace");
    }
    Ok(())
}

/// Refuses a provider without what it needs, so that the server does not start with another than was meant.
fn check_keys(keys: &KeysConfig) -> anyhow::Result<()> {
    let token = keys.pkcs11.module.is_some() && keys.pkcs11.token.is_some();
    if keys.provider == KeysProvider::Pkcs11 && !token {
        bail!("keys.provider \"pkcs11\" needs keys.pkcs11.module and keys.pkcs11.token");
    }
    let service = keys.kms.region.is_some() && keys.kms.credentials_file.is_some();
    let wraps = keys.kms.wrap_key.is_some();
    if (keys.provider == KeysProvider::Kms || wraps) && !service {
        bail!("AWS KMS needs keys.kms.region and keys.kms.credentials_file");
    }
    if keys.provider == KeysProvider::Kms && keys.escrow_window.duration() < KMS_FORGETS_WITHIN {
        bail!("AWS KMS may take minutes to forget everywhere: set keys.escrow_window to 15m or more");
    }
    if wraps && keys.provider != KeysProvider::File {
        bail!("keys.kms.wrap_key wraps the slot's file: it goes with keys.provider \"file\" only");
    }
    Ok(())
}

/// The level of this name.
pub(crate) fn level(name: &str) -> Option<outis_disclose::Level> {
    use outis_disclose::Level::{Debug, Error, Info, Trace, Warn};
    match name {
        "error" => Some(Error),
        "warn" => Some(Warn),
        "info" => Some(Info),
        "debug" => Some(Debug),
        "trace" => Some(Trace),
        _ => None,
    }
}

impl Config {
    /// Where the root of the key tree is.
    pub(crate) fn slot(&self) -> PathBuf {
        self.slot_file.clone().unwrap_or_else(|| self.data_dir.join("slot"))
    }

    /// Where the sealed root is, if a token or a service holds the key that opens it.
    pub(crate) fn root_file(&self) -> PathBuf {
        self.keys.root_file.clone().unwrap_or_else(|| self.data_dir.join("root"))
    }

    /// True if the public listener speaks TLS.
    pub(crate) fn serves_tls(&self) -> bool {
        self.tls.applies(self.listen).unwrap_or(true)
    }

    /// The address browsers use.
    pub(crate) fn public_address(&self) -> String {
        let plain = self.tls.applies(self.listen).is_ok_and(|tls| !tls);
        let scheme = if plain { "http" } else { "https" };
        self.public_url.clone().unwrap_or_else(|| format!("{scheme}://{}", self.listen))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_win_over_environment_over_file_over_defaults() {
        let dir = tempfile::tempdir().expect("folder");
        let file = dir.path().join("outis.toml");
        std::fs::write(&file, "flush_seconds = 3\nlow_water_mib = 7\nlog_level = \"warn\"\n").expect("written");
        let environment =
            vec![("OUTIS_FLUSH_SECONDS".to_owned(), "4".to_owned()), ("OUTIS_LOG_JSON".to_owned(), "true".to_owned())];
        let loaded = load_from(Some(&file), environment, &[("flush_seconds", "5".to_owned())]).expect("loaded");
        assert_eq!(loaded.config.flush_seconds, 5);
        assert_eq!(loaded.config.low_water_mib, 7);
        assert!(loaded.config.log_json);
        assert_eq!(loaded.origins["flush_seconds"], Origin::Flag);
        assert_eq!(loaded.origins["log_json"], Origin::Environment("OUTIS_LOG_JSON".to_owned()));
        assert_eq!(loaded.origins["low_water_mib"], Origin::File(file));
        assert_eq!(loaded.origins["listen"], Origin::Default);
    }

    #[test]
    fn every_key_is_known_and_unknown_ones_are_refused() {
        let table = toml::Table::try_from(Config::default()).expect("table");
        let mut keys: Vec<String> = flat(table).into_iter().map(|(key, _)| key).collect();
        keys.extend(
            [
                "slot_file",
                "public_url",
                "tls_certificate",
                "tls_key",
                "geo_file",
                "learning_memory_mib",
                "embeddings_dir",
            ]
            .map(str::to_owned),
        );
        assert!(keys.iter().all(|k| known_keys().contains(&k.as_str())));
        let error = load_from(None, vec![("OUTIS_LISTN".to_owned(), String::new())], &[]).expect_err("unknown");
        assert!(error.to_string().contains("did you mean `listen`"), "{error}");
    }

    #[test]
    fn plain_http_stays_on_loopback() {
        let load = |listen: &str, tls: &str| {
            load_from(None, Vec::new(), &[("listen", listen.to_owned()), ("tls", tls.to_owned())])
                .map(|loaded| loaded.config.public_address())
        };
        assert_eq!(load("127.0.0.1:1", "auto").expect("loopback"), "http://127.0.0.1:1");
        assert_eq!(load("127.0.0.1:1", "on").expect("loopback"), "https://127.0.0.1:1");
        assert_eq!(load("192.0.2.1:1", "auto").expect("outside"), "https://192.0.2.1:1");
        let error = load("192.0.2.1:1", "off").expect_err("plain outside");
        assert!(error.to_string().contains("only for loopback"), "{error}");
        assert!(load("127.0.0.1:1", "maybe").is_err());
    }

    #[test]
    fn memory_for_learning_is_within_bounds() {
        let load = |mib: &str| load_from(None, Vec::new(), &[("learning_memory_mib", mib.to_owned())]);
        assert_eq!(load("256").expect("good").config.learning_memory_mib, Some(256));
        for mib in ["15", "1601", "0"] {
            let error = load(mib).expect_err("out of bounds");
            assert!(error.to_string().contains("16 to 1600"), "{error}");
        }
    }

    #[test]
    fn the_admin_listener_stays_on_loopback() {
        assert!(load_from(None, Vec::new(), &[("admin_listen", "0.0.0.0:1".to_owned())]).is_err());
    }

    #[test]
    fn the_database_of_members_is_configured_without_its_password() {
        let environment = [
            ("OUTIS_PEOPLE_DATABASE", "postgres://outis@db.example/members"),
            ("OUTIS_PEOPLE_PASSWORD", "80808"),
            ("OUTIS_PEOPLE_CA_FILE", "/ca.pem"),
        ];
        let environment = environment.map(|(k, v)| (k.to_owned(), v.to_owned())).to_vec();
        let loaded = load_from(None, environment, &[]).expect("loaded");
        let address = loaded.config.people.database.as_ref().expect("an address");
        assert_eq!(address.database, "members");
        let shown = toml::to_string(&loaded.config).expect("text");
        assert!(shown.contains("postgres://outis@db.example/members") && !shown.contains("80808"), "{shown}");
        assert!(!format!("{loaded:?}").contains("80808"), "the password is in the configuration");
        let secret = [("people.database", "postgres://outis:80808@db.example/members".to_owned())];
        let error = format!("{:#}", load_from(None, Vec::new(), &secret).expect_err("a password"));
        assert!(error.contains("people.password_file") && !error.contains("80808"), "{error}");
        let alone = [("people.ca_file", "/ca.pem".to_owned())];
        assert!(load_from(None, Vec::new(), &alone).is_err());
    }

    #[test]
    fn keys_are_configured_by_table_and_by_environment() {
        let dir = tempfile::tempdir().expect("folder");
        let file = dir.path().join("outis.toml");
        let text = "[keys]\nprovider = \"pkcs11\"\nescrow_window = \"7d\"\n[keys.pkcs11]\nmodule = \"/m.so\"\n";
        std::fs::write(&file, text).expect("written");
        let environment = |extra: &[(&str, &str)]| {
            let all = extra.iter().chain(&[("OUTIS_KEYS_PIN", "1234")]);
            all.map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect::<Vec<_>>()
        };
        let error = load_from(Some(&file), environment(&[]), &[]).expect_err("no token");
        assert!(error.to_string().contains("keys.pkcs11.token"), "{error}");
        let loaded = load_from(Some(&file), environment(&[("OUTIS_KEYS_PKCS11_TOKEN", "outis")]), &[]).expect("loaded");
        assert_eq!(loaded.config.keys.provider, KeysProvider::Pkcs11);
        assert_eq!(loaded.config.keys.escrow_window.duration(), Duration::from_secs(7 * 86_400));
        assert_eq!(loaded.config.keys.pkcs11.token.as_deref(), Some("outis"));
        assert_eq!(loaded.origins["keys.pkcs11.token"], Origin::Environment("OUTIS_KEYS_PKCS11_TOKEN".to_owned()));
        assert_eq!(loaded.origins["keys.provider"], Origin::File(file.clone()));
        assert!(!format!("{loaded:?}").contains("1234"), "the PIN is in the configuration");

        std::fs::write(&file, "[keys]\nprovidr = \"file\"\n").expect("written");
        let error = load_from(Some(&file), Vec::new(), &[]).expect_err("unknown");
        assert!(error.to_string().contains("did you mean `keys.provider`"), "{error}");
        for (window, seconds) in [("0d", Some(0)), ("36h", Some(36 * 3600)), ("5m", Some(300)), ("7", None), ("", None)]
        {
            let read = Window::try_from(window.to_owned()).ok();
            assert_eq!(read.map(|w| w.duration().as_secs()), seconds, "{window}");
            assert!(read.is_none_or(|w| Window::try_from(String::from(w)) == Ok(w)));
        }
        let service = |window: &str| {
            let given =
                [("provider", "kms"), ("kms.region", "x"), ("kms.credentials_file", "/x"), ("escrow_window", window)];
            let flags = given.map(|(key, value)| (format!("keys.{key}"), value.to_owned()));
            let flags: Vec<_> = flags.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
            load_from(None, Vec::new(), &flags)
        };
        let error = service("0d").expect_err("too short");
        assert!(error.to_string().contains("15m"), "{error}");
        service("15m").expect("loaded");
        let wrap = [("keys.provider", "kms".to_owned()), ("keys.kms.wrap_key", "alias/x".to_owned())];
        assert!(load_from(None, Vec::new(), &wrap).is_err());
        let mirror = [("data_dir", "/d".to_owned()), ("keys.mirror_dir", "/d/keys".to_owned())];
        let error = load_from(None, Vec::new(), &mirror).expect_err("a tree is no mirror of itself");
        assert!(error.to_string().contains("another volume"), "{error}");
    }
}
