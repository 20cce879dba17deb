//! The raw event: what a browser sent, for the milliseconds until it is anonymous.

use std::net::IpAddr;
use std::sync::Arc;

use outis_disclose::Pii;
use outis_event::Timestamp;
use zeroize::Zeroize;

use crate::Member;

/// The value of a property as sent.
pub enum PropertyValue {
    /// Any text.
    Text(String),
    /// Any number.
    Number(f64),
    /// `true` or `false`.
    Flag(bool),
}

/// An amount of money as sent.
pub struct RawRevenue {
    /// Decimal amount such as `12.50`; may be negative.
    pub amount: Pii<String>,
    /// ISO 4217 code.
    pub currency: Pii<String>,
}

/// A width and height in CSS pixels.
#[derive(Clone, Copy)]
pub struct Size {
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
}

/// Low-entropy client hints.
#[derive(Default)]
pub struct ClientHints {
    /// `Sec-CH-UA-Mobile`.
    pub mobile: Option<bool>,
    /// `Sec-CH-UA-Platform`, with or without its quotes.
    pub platform: Option<Pii<String>>,
}

/// Something that happened, as told by a browser or server. Lives in memory only: it cannot be printed, cloned or
/// serialised, and [`Anonymiser::anonymise`](crate::Anonymiser::anonymise) consumes it.
pub struct RawEvent {
    /// Address of the visitor (after trusted proxies).
    pub ip: Pii<IpAddr>,
    /// `User-Agent`.
    pub user_agent: Pii<String>,
    /// `Accept-Language`.
    pub accept_language: Option<Pii<String>>,
    /// Client hints.
    pub client_hints: ClientHints,
    /// Name of the event.
    pub name: Pii<String>,
    /// Address of the page, with query and fragment.
    pub url: Pii<String>,
    /// Address of the page before.
    pub referrer: Option<Pii<String>>,
    /// Properties in the order sent.
    pub properties: Vec<(Pii<String>, Pii<PropertyValue>)>,
    /// Revenue.
    pub revenue: Option<RawRevenue>,
    /// The event ends a bounce.
    pub interactive: bool,
    /// Deepest scroll position in percent; above 100 counts as 100.
    pub scroll: Option<u8>,
    /// Milliseconds the page was visible and focused.
    pub engaged_ms: Option<u32>,
    /// The fragment belongs to the path.
    pub hash_mode: bool,
    /// Item of the catalogue.
    pub item: Option<Pii<String>>,
    /// Tags of the item.
    pub tags: Vec<Pii<String>>,
    /// Screen.
    pub screen: Option<Size>,
    /// Window.
    pub viewport: Option<Size>,
    /// Device pixels per CSS pixel.
    pub density: Option<f32>,
    /// The main pointer is a finger.
    pub touch: Option<bool>,
    /// `Sec-GPC: 1`.
    pub gpc: bool,
    /// When it happened.
    pub at: Timestamp,
    /// Sent with the site's debug token.
    pub debug: bool,
    /// Who is signed in, by an identity token that was verified.
    pub member: Option<Arc<dyn Member>>,
}

impl RawEvent {
    /// An interactive event with no more than the necessary; the other fields are public and can be set.
    pub fn new(
        name: Pii<String>,
        url: Pii<String>,
        ip: Pii<IpAddr>,
        user_agent: Pii<String>,
        at: Timestamp,
    ) -> RawEvent {
        RawEvent {
            ip,
            user_agent,
            accept_language: None,
            client_hints: ClientHints::default(),
            name,
            url,
            referrer: None,
            properties: Vec::new(),
            revenue: None,
            interactive: true,
            scroll: None,
            engaged_ms: None,
            hash_mode: false,
            item: None,
            tags: Vec::new(),
            screen: None,
            viewport: None,
            density: None,
            touch: None,
            gpc: false,
            at,
            debug: false,
            member: None,
        }
    }

    /// Overwrites every text. No field may be left out: each is named.
    pub(crate) fn wipe(self) {
        let RawEvent {
            ip: _,
            user_agent,
            accept_language,
            client_hints: ClientHints { mobile: _, platform },
            name,
            url,
            referrer,
            properties,
            revenue,
            interactive: _,
            scroll: _,
            engaged_ms: _,
            hash_mode: _,
            item,
            tags,
            screen: _,
            viewport: _,
            density: _,
            touch: _,
            gpc: _,
            at: _,
            debug: _,
            member: _,
        } = self;
        let (amount, currency) = revenue.map(|r| (r.amount, r.currency)).unzip();
        let (keys, values): (Vec<_>, Vec<_>) = properties.into_iter().unzip();
        let optional = [accept_language, platform, referrer, item, amount, currency];
        [user_agent, name, url].into_iter().chain(optional.into_iter().flatten()).for_each(Pii::wipe);
        tags.into_iter().chain(keys).for_each(Pii::wipe);
        values.into_iter().for_each(Pii::wipe);
    }
}

impl Zeroize for PropertyValue {
    fn zeroize(&mut self) {
        match self {
            PropertyValue::Text(text) => text.zeroize(),
            PropertyValue::Number(number) => number.zeroize(),
            PropertyValue::Flag(flag) => flag.zeroize(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fails to compile if the type has the trait: the call would be ambiguous.
    macro_rules! has_not {
        ($type:ty: $($has:path),+) => {
            $({
                trait Unless<A> {
                    fn holds() {}
                }
                impl<T: ?Sized> Unless<()> for T {}
                impl<T: ?Sized + $has> Unless<u8> for T {}
                <$type as Unless<_>>::holds();
            })+
        };
    }

    #[test]
    fn a_raw_event_cannot_be_printed_copied_compared_or_sent() {
        has_not!(RawEvent: std::fmt::Debug, std::fmt::Display, Clone, PartialEq, serde::Serialize);
        has_not!(PropertyValue: std::fmt::Debug, std::fmt::Display, Clone, PartialEq, serde::Serialize);
        has_not!(RawRevenue: std::fmt::Debug, std::fmt::Display, Clone, PartialEq, serde::Serialize);
        has_not!(ClientHints: std::fmt::Debug, std::fmt::Display, Clone, PartialEq, serde::Serialize);
    }
}
