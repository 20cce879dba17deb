//! Where something may go: an address and a secret that the owner declared.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use outis_disclose::Secret;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use url::{Host, Url};

/// How a secret is written (Standard Webhooks).
const SECRET_PREFIX: &str = "whsec_";
/// Bytes of a secret.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
/// Ports that something goes to.
const PORTS: [u16; 2] = [443, 8443];
const MOST_URL_BYTES: usize = 2_048;
const MOST_NAME_BYTES: usize = 64;

/// A destination as the owner writes it.
pub struct Declared {
    /// 1 to 64 letters, digits, `_`, `-` or `.`.
    pub name: String,
    /// `https://`, on port 443 or 8443.
    pub url: String,
    /// `whsec_` and 24 to 64 bytes in base64.
    pub secret: Secret<String>,
    /// Certificates of authorities (PEM); then no others are trusted.
    pub authorities: Option<Vec<u8>>,
    /// For development: the address is on this machine, on any port and also without TLS. Nothing else is then reached.
    pub loopback: bool,
}

/// A destination whose declaration was looked at.
pub struct Destination {
    pub(crate) name: String,
    /// As it was written.
    pub(crate) url: String,
    pub(crate) host: String,
    pub(crate) port: u16,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) secret: Secret<Vec<u8>>,
    /// None: without TLS, on this machine.
    pub(crate) tls: Option<Arc<ClientConfig>>,
    pub(crate) reach: Reach,
}

/// Which addresses the name of a destination may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    Public,
    Loopback,
}

/// What is wrong with a declaration. It never holds what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DestinationError {
    /// The name.
    #[error("a destination's name is 1 to 64 letters, digits, '_', '-' or '.'")]
    Name,
    /// Not an address at all.
    #[error("the url is an address such as https://app.example/hooks, at most 2,048 bytes long")]
    Url,
    /// Not over TLS.
    #[error("the url begins with https:// (http:// only with `loopback = true`, for development)")]
    Scheme,
    /// It has a name or password in it.
    #[error("the url holds no user name, password or fragment: requests are signed with the secret")]
    Credentials,
    /// Another port.
    #[error("the url's port is 443 or 8443 (any other only with `loopback = true`, for development)")]
    Port,
    /// An address that nothing may go to.
    #[error("the url's host is on this machine or on a network that is not public; nothing is sent there")]
    Host,
    /// Not a secret.
    #[error("a secret is `whsec_` and 24 to 64 random bytes in base64")]
    Secret,
    /// Not certificates.
    #[error("the authorities are certificates in PEM")]
    Authorities,
}

impl fmt::Debug for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Destination").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Destination {
    /// Looks at a declaration. The name of the host is looked up later, whenever something goes there.
    ///
    /// # Errors
    /// [`DestinationError`].
    pub fn new(declared: &Declared) -> Result<Destination, DestinationError> {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        if !(1..=MOST_NAME_BYTES).contains(&declared.name.len()) || !declared.name.chars().all(fits) {
            return Err(DestinationError::Name);
        }
        if declared.url.len() > MOST_URL_BYTES {
            return Err(DestinationError::Url);
        }
        let url = Url::parse(&declared.url).map_err(|_| DestinationError::Url)?;
        let reach = if declared.loopback { Reach::Loopback } else { Reach::Public };
        let over_tls = match url.scheme() {
            "https" => true,
            "http" if reach == Reach::Loopback => false,
            _ => return Err(DestinationError::Scheme),
        };
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return Err(DestinationError::Credentials);
        }
        let port = url.port_or_known_default().ok_or(DestinationError::Port)?;
        if reach == Reach::Public && !PORTS.contains(&port) {
            return Err(DestinationError::Port);
        }
        let host = match url.host().ok_or(DestinationError::Host)? {
            Host::Domain(name) => name.to_owned(),
            Host::Ipv4(four) if reach.allows(four.into()) => four.to_string(),
            Host::Ipv6(six) if reach.allows(six.into()) => six.to_string(),
            Host::Ipv4(_) | Host::Ipv6(_) => return Err(DestinationError::Host),
        };
        let target = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        let secret = secret(declared.secret.expose("read once")).ok_or(DestinationError::Secret)?;
        let tls = if over_tls { Some(trust(declared.authorities.as_deref())?) } else { None };
        let (name, url) = (declared.name.clone(), declared.url.clone());
        Ok(Destination { name, url, host, port, target, secret, tls, reach })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The host that it is on.
    pub fn host(&self) -> &str {
        &self.host
    }
}

impl Reach {
    pub(crate) fn allows(self, address: std::net::IpAddr) -> bool {
        match self {
            Reach::Public => crate::address::is_public(address),
            Reach::Loopback => address.is_loopback(),
        }
    }
}

fn secret(text: &str) -> Option<Secret<Vec<u8>>> {
    let bytes = Secret::new(STANDARD.decode(text.trim().strip_prefix(SECRET_PREFIX)?).ok()?);
    let length = bytes.expose("its length").len();
    SECRET_BYTES.contains(&length).then_some(bytes)
}

fn trust(authorities: Option<&[u8]>) -> Result<Arc<ClientConfig>, DestinationError> {
    let mut roots = RootCertStore::empty();
    match authorities {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(pem) => {
            for certificate in CertificateDer::pem_slice_iter(pem) {
                let certificate = certificate.map_err(|_| DestinationError::Authorities)?;
                roots.add(certificate).map_err(|_| DestinationError::Authorities)?;
            }
        }
    }
    if roots.is_empty() {
        return Err(DestinationError::Authorities);
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|_| DestinationError::Authorities)?;
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn declared(url: &str, loopback: bool) -> Result<Destination, DestinationError> {
        let secret = Secret::new(format!("whsec_{}", STANDARD.encode([7; 32])));
        Destination::new(&Declared { name: "app".into(), url: url.into(), secret, authorities: None, loopback })
    }

    #[test]
    fn hostile_addresses_are_refused_when_they_are_declared() {
        for url in [
            "http://app.example/",
            "ftp://app.example/",
            "file:///etc/passwd",
            "gopher://app.example:70/",
            "javascript:1",
            "data:text/plain,x",
            "//app.example/",
            "app.example/hook",
            "",
            "https://",
            "https://user@app.example/",
            "https://user:pass@app.example/",
            "https://app.example/#x",
            "https://app.example:22/",
            "https://app.example:25/",
            "https://app.example:80/",
            "https://app.example:6379/",
            "https://127.0.0.1/",
            "https://127.1/",
            "https://127.0.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0x7f.1/",
            "https://0177.0.0.1/",
            "https://017700000001/",
            "https://0/",
            "https://0.0.0.0/",
            "https://[::]/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:7f00:1]/",
            "https://[0:0:0:0:0:ffff:a00:1]/",
            "https://10.0.0.8/",
            "https://10.1/",
            "https://172.16.3.4/",
            "https://192.168.1.1/",
            "https://100.64.0.1/",
            "https://169.254.169.254/latest/meta-data/",
            "https://169.254.43518/",
            "https://0xa9fea9fe/",
            "https://2852039166/",
            "https://[fd00:ec2::254]/",
            "https://[fe80::1]/",
            "https://[fc00::1]/",
            "https://[64:ff9b::a9fe:a9fe]/",
            "https://[2002:a9fe:a9fe::]/",
            "https://192.0.0.192/",
            "https://168.63.129.16/",
            "https://100.100.100.200/",
            "https://224.0.0.1/",
            "https://255.255.255.255/",
            "https://１２７.0.0.1/",
            "https://127。0。0。1/",
            "https://%31%32%37.0.0.1/",
            "https://①②⑦.0.0.1/",
            "https://127.0.0.1./",
            "https:127.0.0.1/",
            "https:/\\127.0.0.1/",
            "https://127.0.0.1%00.app.example/",
            "https://app.example :443/",
        ] {
            assert!(declared(url, false).is_err(), "{url}");
        }
        let long = format!("https://app.example/{}", "x".repeat(MOST_URL_BYTES));
        assert_eq!(declared(&long, false).expect_err("long"), DestinationError::Url);
    }

    #[test]
    fn ordinary_addresses_are_taken() {
        let app = declared("https://app.example/hooks?from=outis", false).expect("taken");
        assert_eq!((app.host(), app.port, app.target.as_str()), ("app.example", 443, "/hooks?from=outis"));
        // One parser says where it goes, and there it goes.
        let odd = declared("https://app.example\\@127.0.0.1:22/", false).expect("taken");
        assert_eq!((odd.host(), odd.port, odd.target.as_str()), ("app.example", 443, "/@127.0.0.1:22/"));
        for url in ["https://app.example", "https://app.example:8443/", "https://8.8.8.8/", "https://bücher.example/"]
        {
            assert!(declared(url, false).is_ok(), "{url}");
        }
    }

    #[test]
    fn the_switch_for_development_opens_this_machine_and_nothing_else() {
        for url in ["http://127.0.0.1:9000/", "https://[::1]:9000/", "http://localhost:9000/x"] {
            assert!(declared(url, true).is_ok(), "{url}");
            assert!(declared(url, false).is_err(), "{url}");
        }
        for url in ["http://10.0.0.1:9000/", "https://169.254.169.254/", "https://8.8.8.8/"] {
            assert_eq!(declared(url, true).expect_err(url), DestinationError::Host);
        }
    }

    #[test]
    fn secrets_are_long_and_never_told() {
        assert!(secret(&format!("whsec_{}\n", STANDARD.encode([1; 24]))).is_some());
        for wrong in ["", "whsec_", "secret", &STANDARD.encode([1; 32]), &format!("whsec_{}", STANDARD.encode([1; 23]))]
        {
            assert!(secret(wrong).is_none(), "{wrong}");
        }
        let app = declared("https://app.example/", false).expect("taken");
        assert_eq!(format!("{app:?}"), "Destination { name: \"app\", .. }");
    }
}
