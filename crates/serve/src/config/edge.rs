//! Data centres that assets are fetched from.

use std::path::PathBuf;

use outis_anonymise::Point;
use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// Most data centres: each is asked for its health.
const MOST_CENTRES: usize = 100;
const MOST_NAME_BYTES: usize = 40;
/// Least and most seconds between two questions for health.
const CHECKS: std::ops::RangeInclusive<u32> = 1..=3_600;

/// Which data centres there are, and how it is found out whether they answer.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct EdgeConfig {
    /// The data centres.
    pub(crate) centres: Vec<CentreConfig>,
    /// The name of the one for callers whose place is not known. Default: the first.
    pub(crate) default: Option<String>,
    /// Seconds between two questions for health.
    pub(crate) check_seconds: u32,
    /// Certificates of authorities (PEM) that are trusted besides the public ones.
    pub(crate) ca_file: Option<PathBuf>,
}

impl Default for EdgeConfig {
    fn default() -> EdgeConfig {
        EdgeConfig { centres: Vec::new(), default: None, check_seconds: 15, ca_file: None }
    }
}

/// A data centre.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CentreConfig {
    /// What it is called in answers.
    pub(crate) name: String,
    /// Where its assets begin, such as `https://vie.assets.example.org/v1`.
    pub(crate) url: CentreUrl,
    /// Where it is, in degrees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) latitude: Option<f64>,
    /// Where it is, in degrees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) longitude: Option<f64>,
    /// Countries (ISO 3166-1 alpha-2) that are its own, wherever it is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) countries: Vec<String>,
    /// A path below `url` that answers 2xx while it is well. Without it, it is taken to be well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) health: Option<String>,
}

impl CentreConfig {
    /// Where it is, if that is told.
    pub(crate) fn point(&self) -> Option<Point> {
        Point::new(self.latitude?, self.longitude?)
    }
}

/// The address that assets of a data centre begin with: `https`, or `http` on this machine. No slash at its end.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct CentreUrl(Url);

const FORM: &str = "url of a data centre is such as https://vie.assets.example.org/v1: without user, query and fragment; plain \
                    http is for addresses of this machine only";

impl CentreUrl {
    pub(crate) fn as_str(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }

    /// Host, port and whether it speaks TLS.
    pub(crate) fn reached_by(&self) -> Option<(String, u16, bool)> {
        let host = match self.0.host()? {
            Host::Domain(name) => name.to_owned(),
            Host::Ipv4(ip) => ip.to_string(),
            Host::Ipv6(ip) => ip.to_string(),
        };
        Some((host, self.0.port_or_known_default()?, self.0.scheme() == "https"))
    }

    fn is_of_this_machine(&self) -> bool {
        match self.0.host() {
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        }
    }
}

impl TryFrom<String> for CentreUrl {
    type Error = &'static str;

    fn try_from(text: String) -> Result<CentreUrl, &'static str> {
        let url = CentreUrl(Url::parse(&text).map_err(|_| FORM)?);
        let is_plain = url.0.username().is_empty() && url.0.password().is_none();
        let ends = url.0.query().is_none() && url.0.fragment().is_none();
        let is_safe = match url.0.scheme() {
            "https" => url.0.host().is_some(),
            "http" => url.is_of_this_machine(),
            _ => false,
        };
        if is_plain && ends && is_safe { Ok(url) } else { Err(FORM) }
    }
}

impl From<CentreUrl> for String {
    fn from(url: CentreUrl) -> String {
        url.as_str().to_owned()
    }
}

/// What does not go together.
pub(super) fn check(config: &EdgeConfig) -> anyhow::Result<()> {
    let centres = &config.centres;
    if centres.len() > MOST_CENTRES {
        anyhow::bail!("edge.centres: at most {MOST_CENTRES}");
    }
    for (at, centre) in centres.iter().enumerate() {
        let number = at + 1;
        if let Some(wrong) = wrong(centre) {
            anyhow::bail!("edge.centres, number {number}: {wrong}");
        }
        if centres[..at].iter().any(|other| other.name == centre.name) {
            anyhow::bail!("edge.centres, number {number}: another one has this name");
        }
    }
    if config.default.as_ref().is_some_and(|default| centres.iter().all(|centre| centre.name != *default)) {
        anyhow::bail!("edge.default is the name of one of edge.centres");
    }
    if !CHECKS.contains(&config.check_seconds) {
        anyhow::bail!("edge.check_seconds is {} to {}", CHECKS.start(), CHECKS.end());
    }
    Ok(())
}

fn wrong(centre: &CentreConfig) -> Option<&'static str> {
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if centre.name.is_empty() || centre.name.len() > MOST_NAME_BYTES || !centre.name.chars().all(is_word) {
        return Some("name is up to 40 small letters, digits and hyphens");
    }
    let tells_point = centre.latitude.is_some() || centre.longitude.is_some();
    if tells_point && centre.point().is_none() {
        return Some("latitude (-90 to 90) and longitude (-180 to 180) go together");
    }
    if !tells_point && centre.countries.is_empty() {
        return Some("say where it is: latitude and longitude, or countries");
    }
    let is_country = |country: &String| country.len() == 2 && country.chars().all(|c| c.is_ascii_uppercase());
    if !centre.countries.iter().all(is_country) {
        return Some("countries are two capital letters each, such as AT (ISO 3166-1)");
    }
    let is_path = |path: &String| path.starts_with('/') && path.bytes().all(|b| b.is_ascii_graphic() && b != b'#');
    if !centre.health.iter().all(is_path) {
        return Some("health is a path, such as /healthz");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<EdgeConfig, String> {
        let config: EdgeConfig = toml::from_str(text).map_err(|error| error.to_string())?;
        check(&config).map_err(|error| error.to_string())?;
        Ok(config)
    }

    fn centre(rest: &str) -> String {
        format!("[[centres]]\nname = \"vie\"\nurl = \"https://vie.example/v1/\"\n{rest}\n")
    }

    #[test]
    fn centres_are_read() {
        let text = centre("latitude = 48\nlongitude = 16.4\ncountries = [\"AT\"]\nhealth = \"/healthz\"");
        let config = read(&format!("default = \"vie\"\n{text}")).expect("read");
        let vie = &config.centres[0];
        assert_eq!(vie.url.as_str(), "https://vie.example/v1");
        assert_eq!(vie.url.reached_by(), Some(("vie.example".to_owned(), 443, true)));
        assert!(vie.point().is_some());
        assert!(read("").expect("read").centres.is_empty());
        for on_this_machine in ["http://127.0.0.1:9000", "http://[::1]:9000", "http://localhost:9000"] {
            assert!(CentreUrl::try_from(on_this_machine.to_owned()).is_ok(), "{on_this_machine}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_what_would_work() {
        let place = "latitude = 1\nlongitude = 2";
        for (text, told) in [
            (centre(""), "latitude and longitude, or countries"),
            (centre("latitude = 48"), "go together"),
            (centre("latitude = 91\nlongitude = 0"), "-90 to 90"),
            (centre("countries = [\"Austria\"]"), "two capital letters"),
            (centre(&format!("{place}\nhealth = \"healthz\"")), "/healthz"),
            (centre(place) + &centre(place), "number 2: another one has this name"),
            (format!("default = \"fra\"\n{}", centre(place)), "one of edge.centres"),
            (format!("check_seconds = 0\n{}", centre(place)), "1 to 3600"),
            (centre(&format!("{place}\nweight = 3")), "unknown field"),
            (centre(place).replace("vie\"", "Vienna 1\""), "small letters"),
            (centre(place).replace("https://", "http://"), "plain http"),
            (centre(place).replace("https://", "https://a:80808@"), "without user"),
            (centre(place).replace("/v1/", "/v1?a=b"), "without user, query"),
            (centre(place).replace("https://", "ftp://"), "such as https://"),
        ] {
            let error = read(&text).expect_err(&text);
            assert!(error.contains(told), "{text}: {error}");
        }
    }
}
