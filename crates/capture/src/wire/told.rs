//! What a sender told of an event, whichever wire format it came in.

use std::borrow::Cow;
use std::sync::Arc;

use outis_anonymise::{ClientHints, Member, PropertyValue, RawEvent, RawRevenue, Size};
use outis_disclose::Pii;
use outis_event::Timestamp;
use zeroize::Zeroize;

use crate::sender::Sender;

/// Longest referrer, in bytes; what is longer is cut.
const MAX_REFERRER_BYTES: usize = 2_000;

/// The value of a property.
pub(crate) enum Value<'a> {
    Text(Cow<'a, str>),
    Number(f64),
    Flag(bool),
}

/// An event as told: borrowed from the body, wiped with it.
#[derive(Default)]
pub(crate) struct Told<'a> {
    pub(crate) name: Cow<'a, str>,
    pub(crate) url: Cow<'a, str>,
    pub(crate) referrer: Option<Cow<'a, str>>,
    pub(crate) properties: Vec<(Cow<'a, str>, Value<'a>)>,
    /// Amount and currency.
    pub(crate) revenue: Option<(Cow<'a, str>, Cow<'a, str>)>,
    pub(crate) interactive: bool,
    pub(crate) scroll: Option<u8>,
    pub(crate) engaged_ms: Option<u32>,
    pub(crate) hash_mode: bool,
    pub(crate) item: Option<Cow<'a, str>>,
    pub(crate) tags: Vec<Cow<'a, str>>,
    /// Insert id.
    pub(crate) id: Option<Cow<'a, str>>,
    pub(crate) ago_ms: i64,
}

/// The device's display as told.
#[derive(Clone, Copy, Default)]
pub(crate) struct Display {
    pub(crate) screen: Option<Size>,
    pub(crate) viewport: Option<Size>,
    pub(crate) density: Option<f32>,
    pub(crate) touch: Option<bool>,
}

/// What was told of all events of a request.
#[derive(Default)]
pub(crate) struct Besides {
    pub(crate) display: Display,
    /// By a developer with the site's debug token.
    pub(crate) debug: bool,
    /// Who is signed in.
    pub(crate) member: Option<Arc<dyn Member>>,
}

impl Told<'_> {
    /// The raw event, for the anonymiser.
    pub(crate) fn raw(&self, sender: &Sender, told: &Besides, now: Timestamp) -> RawEvent {
        let Besides { display, debug, member } = told;
        RawEvent {
            ip: Pii::new(sender.ip()),
            user_agent: Pii::new(sender.user_agent().to_owned()),
            accept_language: sender.accept_language().map(|text| Pii::new(text.to_owned())),
            client_hints: ClientHints {
                mobile: sender.mobile(),
                platform: sender.platform().map(|text| Pii::new(text.to_owned())),
            },
            name: pii(&self.name),
            url: pii(&self.url),
            referrer: self.referrer.as_ref().map(|text| Pii::new(cut(text, MAX_REFERRER_BYTES).to_owned())),
            properties: self.properties.iter().map(|(key, value)| (pii(key), Pii::new(property(value)))).collect(),
            revenue: self
                .revenue
                .as_ref()
                .map(|(amount, currency)| RawRevenue { amount: pii(amount), currency: pii(currency) }),
            interactive: self.interactive,
            scroll: self.scroll,
            engaged_ms: self.engaged_ms,
            hash_mode: self.hash_mode,
            item: self.item.as_deref().map(pii),
            tags: self.tags.iter().map(|tag| pii(tag)).collect(),
            screen: display.screen,
            viewport: display.viewport,
            density: display.density,
            touch: display.touch,
            gpc: sender.gpc(),
            at: now.plus_ms(-self.ago_ms),
            debug: *debug,
            member: member.clone(),
        }
    }
}

fn pii(text: &str) -> Pii<String> {
    Pii::new(text.to_owned())
}

fn property(value: &Value<'_>) -> PropertyValue {
    match value {
        Value::Text(text) => PropertyValue::Text(text.as_ref().to_owned()),
        Value::Number(number) => PropertyValue::Number(*number),
        Value::Flag(flag) => PropertyValue::Flag(*flag),
    }
}

/// The first `most` bytes at most, ending with a whole character.
pub(crate) fn cut(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

impl Drop for Told<'_> {
    /// Texts with escapes were copied out of the body: they are wiped here, the others with the body.
    fn drop(&mut self) {
        wipe(&mut self.name);
        wipe(&mut self.url);
        [&mut self.referrer, &mut self.item, &mut self.id].into_iter().flatten().for_each(wipe);
        self.tags.iter_mut().for_each(wipe);
        if let Some((amount, currency)) = &mut self.revenue {
            wipe(amount);
            wipe(currency);
        }
        for (key, value) in &mut self.properties {
            wipe(key);
            if let Value::Text(text) = value {
                wipe(text);
            }
        }
    }
}

fn wipe(text: &mut Cow<'_, str>) {
    if let Cow::Owned(text) = text {
        text.zeroize();
    }
}
