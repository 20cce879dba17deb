//! The attributes an event can have, and the number spaces of their words.

use serde::{Deserialize, Serialize};

use crate::Term;

macro_rules! dimensions {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $key:literal;)*) => {
        /// An attribute of an event with one term per event. Its number is part of the stored formats.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[repr(u8)]
        pub enum Dimension { $($(#[$doc])* $name = $number,)* }

        impl Dimension {
            /// Every dimension, in the order of its number.
            pub const ALL: &'static [Dimension] = &[$(Dimension::$name,)*];

            /// The name used in interfaces and as column name.
            pub fn key(self) -> &'static str {
                match self { $(Dimension::$name => $key,)* }
            }
        }
    };
}

dimensions! {
    /// Event name: `pageview`, `engagement`, or a name of the site's own.
    Event = 0, "event";
    /// Host of the page, without `www.`.
    Hostname = 1, "hostname";
    /// Path of the page, or its template such as `/users/:id`.
    Page = 2, "page";
    /// Where the visit came from, as a name (`Google`) or host.
    Source = 3, "source";
    /// Host of the referring page.
    Referrer = 4, "referrer";
    /// Kind of source: `Organic Search`, `Direct`, ...
    Channel = 5, "channel";
    /// Campaign parameter `utm_medium`.
    UtmMedium = 6, "utm_medium";
    /// Campaign parameter `utm_source`.
    UtmSource = 7, "utm_source";
    /// Campaign parameter `utm_campaign`.
    UtmCampaign = 8, "utm_campaign";
    /// Campaign parameter `utm_content`.
    UtmContent = 9, "utm_content";
    /// Campaign parameter `utm_term`.
    UtmTerm = 10, "utm_term";
    /// Name, never the value, of an advertiser's click id.
    ClickId = 11, "click_id";
    /// ISO 3166-1 alpha-2 code.
    Country = 12, "country";
    /// ISO 3166-2 code, if the configured file has it.
    Region = 13, "region";
    /// Browser family.
    Browser = 14, "browser";
    /// Browser major version.
    BrowserVersion = 15, "browser_version";
    /// Operating system family.
    Os = 16, "os";
    /// Operating system major version.
    OsVersion = 17, "os_version";
    /// `Desktop`, `Mobile`, `Tablet`, ...
    Device = 18, "device";
    /// Class of screen width.
    Screen = 19, "screen";
    /// Class of viewport width.
    Viewport = 20, "viewport";
    /// Class of pixel density: `1x`, `2x`, `3x`.
    Density = 21, "density";
    /// `touch` or `no touch`.
    Touch = 22, "touch";
    /// Item of the catalogue that the event is about.
    Item = 23, "item";
    /// Institution a member belongs to.
    Customer = 24, "customer";
}

impl Dimension {
    /// How many dimensions there are: the length of an event's term array.
    pub const COUNT: usize = Dimension::ALL.len();

    /// Position in an event's term array.
    #[inline]
    pub fn index(self) -> usize {
        self as usize
    }

    /// The dimension with this interface name.
    pub fn from_key(key: &str) -> Option<Dimension> {
        Dimension::ALL.iter().copied().find(|d| d.key() == key)
    }

    /// True for attributes of the whole visit: every event of a visit is given those of its first event.
    pub fn is_of_visit(self) -> bool {
        !matches!(self, Dimension::Event | Dimension::Hostname | Dimension::Page | Dimension::Item)
    }
}

/// A set of words with their own numbering: a dimension, languages, tags, property keys or one property's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Space(pub u32);

impl Space {
    /// Primary language subtags.
    pub const LANGUAGE: Space = Space(60);
    /// Tags of items.
    pub const TAG: Space = Space(61);
    /// Names of properties.
    pub const PROPERTY: Space = Space(62);
    /// ISO 4217 codes.
    pub const CURRENCY: Space = Space(63);

    /// The words of a dimension.
    pub fn of(dimension: Dimension) -> Space {
        Space(dimension as u32)
    }

    /// The values of one property, by the term of its key.
    pub fn values_of(key: Term) -> Space {
        Space(64 + key.0)
    }
}

impl From<Dimension> for Space {
    fn from(dimension: Dimension) -> Space {
        Space::of(dimension)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_dense_and_keys_lead_back() {
        for (i, d) in Dimension::ALL.iter().enumerate() {
            assert_eq!(d.index(), i);
            assert_eq!(Dimension::from_key(d.key()), Some(*d));
        }
    }
}
