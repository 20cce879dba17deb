//! A registered site: its name, time zone, policy, shields and plan.

use std::net::IpAddr;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::{Noise, Plan, SiteId};

/// What is done with events of browsers that send `Sec-GPC: 1`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GpcPolicy {
    /// Counted, without a visitor number.
    #[default]
    CountOnly,
    /// Not stored at all.
    Drop,
    /// Treated like any other event.
    Ignore,
}

/// How far the events of one person are linked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Link {
    /// Within one local day: every number about visitors is of a day, and nothing joins two days.
    #[default]
    Day,
    /// Of members also through a period of five weeks, so that funnels may take longer than a day. Their rows of a
    /// period can be told to be of one (unnamed) person while the period lasts.
    Period,
}

/// An address block such as `192.0.2.0/24` or `2001:db8::/32`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Network {
    base: IpAddr,
    bits: u8,
}

impl Network {
    /// True if the address lies in the block.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.base, address.to_canonical()) {
            (IpAddr::V4(a), IpAddr::V4(b)) => {
                same_prefix(u128::from(a.to_bits()) << 96, u128::from(b.to_bits()) << 96, self.bits)
            }
            (IpAddr::V6(a), IpAddr::V6(b)) => same_prefix(a.to_bits(), b.to_bits(), self.bits),
            _ => false,
        }
    }
}

fn same_prefix(a: u128, b: u128, bits: u8) -> bool {
    bits == 0 || (a ^ b) >> (128 - u32::from(bits)) == 0
}

impl std::str::FromStr for Network {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Network, PolicyError> {
        let (base, bits) = match text.split_once('/') {
            Some((base, bits)) => (base, Some(bits.parse::<u8>().map_err(|_| PolicyError::Network)?)),
            None => (text, None),
        };
        let base: IpAddr = base.parse().map_err(|_| PolicyError::Network)?;
        let most = if base.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        if bits > most {
            return Err(PolicyError::Network);
        }
        Ok(Network { base, bits })
    }
}

impl TryFrom<String> for Network {
    type Error = PolicyError;

    fn try_from(text: String) -> Result<Network, PolicyError> {
        text.parse()
    }
}

impl From<Network> for String {
    fn from(network: Network) -> String {
        format!("{}/{}", network.base, network.bits)
    }
}

/// Traffic that is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Shields {
    /// Networks whose events are dropped.
    pub networks: Vec<Network>,
    /// Countries (ISO 3166-1 alpha-2) whose events are dropped.
    pub countries: Vec<String>,
    /// Page patterns (`*` one segment, `**` any rest) whose events are dropped.
    pub paths: Vec<String>,
    /// If not empty, only events of these hosts are kept (`*` stands for any characters).
    pub hostnames: Vec<String>,
}

/// What is wrong with a site's settings.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum PolicyError {
    /// Not an address block.
    #[error("a network is written like 192.0.2.0/24 or 2001:db8::/32")]
    Network,
    /// Floor out of range.
    #[error("the floor is 5 to 50 people (1 for development)")]
    Floor,
    /// Admission out of range.
    #[error("admission needs 5 to 50 people (1 for development)")]
    Admission,
    /// Window out of range.
    #[error("recent rows are kept 1 to 92 days")]
    RecentDays,
    /// Months out of range.
    #[error("members who are not there are kept 1 to 60 months")]
    IdleMonths,
    /// Unknown zone.
    #[error("a time zone is an IANA name such as Europe/Vienna")]
    TimeZone,
    /// Not a domain.
    #[error("a site is named by its domain, such as example.org or example.org/shop (1 to 253 characters)")]
    Domain,
}

/// What a site promises to its visitors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// Least number of people behind anything that is said.
    pub floor: u32,
    /// Least number of people seen with a word before it is admitted.
    pub admission: u32,
    /// Days that recent rows are kept.
    pub recent_days: u32,
    /// Months after which members who were not there any more are forgotten.
    pub idle_months: u32,
    /// What is done when the browser sends Global Privacy Control.
    pub gpc: GpcPolicy,
    /// Hours after the end of a local day during which its key lives and late events still join it.
    pub grace_hours: u32,
    /// Visitors of one network prefix and day that count for floors and admission.
    pub visitors_per_prefix: u32,
    /// Networks in which any number of visitors count (a campus behind one address).
    pub shared_networks: Vec<Network>,
    /// Attributes that are not collected at all.
    pub not_collected: Vec<crate::Dimension>,
    /// Languages are collected.
    pub languages: bool,
    /// Lists of items that are the same for everybody, or made of nothing but what a request says, are open to everybody; else
    /// to members, staff and programs of the site.
    pub public_lists: bool,
    /// How far the events of one person are linked.
    pub link: Link,
    /// Noise in what is released into history from the next close on; none by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noise: Option<Noise>,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy {
            floor: 10,
            admission: 5,
            recent_days: 35,
            idle_months: 24,
            gpc: GpcPolicy::CountOnly,
            grace_hours: 2,
            visitors_per_prefix: 5,
            shared_networks: Vec::new(),
            not_collected: Vec::new(),
            languages: true,
            public_lists: true,
            link: Link::Day,
            noise: None,
        }
    }
}

impl Policy {
    /// Checks ranges. A floor or admission of 1 is for development and is shown in the interface.
    ///
    /// # Errors
    /// The first value out of range.
    pub fn check(&self) -> Result<(), PolicyError> {
        let few = |n: u32| n == 1 || (5..=50).contains(&n);
        if !few(self.floor) {
            return Err(PolicyError::Floor);
        }
        if !few(self.admission) {
            return Err(PolicyError::Admission);
        }
        if !(1..=92).contains(&self.recent_days) {
            return Err(PolicyError::RecentDays);
        }
        if !(1..=60).contains(&self.idle_months) {
            return Err(PolicyError::IdleMonths);
        }
        Ok(())
    }
}

/// A registered site.
#[derive(Clone, Debug)]
pub struct Site {
    /// Its number.
    pub id: SiteId,
    /// Its name: a domain, lower case, without `www.`.
    pub domain: String,
    /// Its local calendar.
    pub zone: TimeZone,
    /// What it promises.
    pub policy: Policy,
    /// Traffic that is left out.
    pub shields: Shields,
    /// What it collects.
    pub plan: Plan,
    /// Origins that browsers may send from besides the site's own domain; `*` for any.
    pub origins: Vec<String>,
    /// Secret of the developers' debug token, if debugging is on.
    pub debug_token_hash: Option<[u8; 32]>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_holds_its_own_addresses_only() {
        let n: Network = "192.0.2.0/24".parse().expect("network");
        assert!(n.contains("192.0.2.255".parse().expect("address")));
        assert!(n.contains("::ffff:192.0.2.1".parse().expect("address")));
        assert!(!n.contains("192.0.3.0".parse().expect("address")));
        let six: Network = "2001:db8::/32".parse().expect("network");
        assert!(six.contains("2001:db8:ffff::1".parse().expect("address")));
        assert!(!six.contains("2001:db9::1".parse().expect("address")));
        assert_eq!("192.0.2.0/33".parse::<Network>(), Err(PolicyError::Network));
    }
}
