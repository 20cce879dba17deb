//! A certificate of our own, so that there is TLS from the first start on.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use outis_disclose::note;
use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose};
use rustls::RootCertStore;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use zeroize::Zeroizing;

use super::TlsError;
use super::files::{self, Stamp};
use crate::config::Config;

const CERTIFICATE: &str = "cert.pem";
const KEY: &str = "key.pem";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a certificate is good for. Some systems accept no more than 398 days, even of a trusted one.
const GOOD_DAYS: u32 = 397;
/// It is renewed when fewer days than this are left.
const RENEW_DAYS: u32 = 30;
/// Clocks of browsers may be this much behind ours.
const BEHIND_DAYS: u32 = 1;

/// The names and addresses under which browsers may come.
pub(super) fn names(config: &Config) -> Vec<String> {
    let mut names: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).to_vec();
    let address = config.listen.ip().to_canonical();
    if !address.is_unspecified() {
        names.push(address.to_string());
    }
    let url = config.public_url.as_deref().and_then(|url| url::Url::parse(url).ok());
    names.extend(url.and_then(|url| Some(url.host_str()?.trim_matches(['[', ']']).to_owned())));
    names.sort();
    names.dedup();
    names
}

pub(super) fn stamp(dir: &Path) -> Stamp {
    Stamp::of(&dir.join(CERTIFICATE), &dir.join(KEY))
}

/// The certificate in this folder; a new one if there is none, it nears its end, or it is for other names.
///
/// # Errors
/// If a new one cannot be made or written.
pub(super) fn open(dir: &Path, names: &[String], now: UnixTime) -> Result<CertifiedKey, TlsError> {
    let (certificate, key) = (dir.join(CERTIFICATE), dir.join(KEY));
    if let Ok(certified) = files::read(&certificate, &key)
        && certified.end_entity_cert().is_ok_and(|certificate| is_good(certificate, names, now))
    {
        // Whoever copied the folder may have lost the mode.
        std::fs::set_permissions(&key, Permissions::from_mode(0o600)).map_err(TlsError::Write)?;
        return Ok(certified);
    }
    make(dir, names, now)?;
    note!(Info, "made a certificate of our own; browsers ask before they trust it", days = GOOD_DAYS);
    files::read(&certificate, &key)
}

/// True if the certificate is for all these names and stays good for a while.
pub(super) fn is_good(certificate: &CertificateDer<'_>, names: &[String], now: UnixTime) -> bool {
    // Asked as a browser would that trusts it: is it good for this name, at this time?
    let mut roots = RootCertStore::empty();
    if roots.add(certificate.clone().into_owned()).is_err() {
        return false;
    }
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::new(default_provider())).build();
    let Ok(verifier) = verifier else { return false };
    let then = UnixTime::since_unix_epoch(Duration::from_secs(now.as_secs()) + RENEW_DAYS * DAY);
    names.iter().all(|name| {
        let name = ServerName::try_from(name.as_str());
        name.is_ok_and(|name| {
            [now, then].iter().all(|at| verifier.verify_server_cert(certificate, &[], &name, &[], *at).is_ok())
        })
    })
}

fn make(dir: &Path, names: &[String], now: UnixTime) -> Result<(), TlsError> {
    let key = KeyPair::generate().map_err(TlsError::Make)?;
    let mut params = CertificateParams::new(names).map_err(TlsError::Make)?;
    let now = Duration::from_secs(now.as_secs());
    let (year, month, day) = date(now.saturating_sub(BEHIND_DAYS * DAY));
    params.not_before = rcgen::date_time_ymd(year, month, day);
    let (year, month, day) = date(now + (GOOD_DAYS - BEHIND_DAYS) * DAY);
    params.not_after = rcgen::date_time_ymd(year, month, day);
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "Outis");
    params.is_ca = IsCa::ExplicitNoCa;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let certificate = params.self_signed(&key).map_err(TlsError::Make)?;
    let key = Zeroizing::new(key.serialize_pem());
    DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(TlsError::Write)?;
    // A crash between the two leaves a pair that does not match, and the next start makes a new one.
    replace(dir, KEY, key.as_bytes(), 0o600)
        .and_then(|()| replace(dir, CERTIFICATE, certificate.pem().as_bytes(), 0o644))
        .map_err(TlsError::Write)
}

/// Year, month and day in UTC. An exact time would say when the server was started.
fn date(since_epoch: Duration) -> (i32, u8, u8) {
    let seconds = i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX);
    let at = jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::MAX);
    let date = at.to_zoned_datetime(jiff::tz::TimeZone::UTC).date();
    (date.year().into(), date.month().unsigned_abs(), date.day().unsigned_abs())
}

fn replace(dir: &Path, name: &str, content: &[u8], mode: u32) -> std::io::Result<()> {
    let new = dir.join(format!("{name}.new"));
    let _ = std::fs::remove_file(&new);
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&new)?;
    file.write_all(content)?;
    file.sync_all()?;
    std::fs::rename(&new, dir.join(name))?;
    File::open(dir)?.sync_all()
}
