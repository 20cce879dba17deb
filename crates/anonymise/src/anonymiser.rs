//! From raw to anonymous.

use std::cell::OnceCell;
use std::sync::Arc;

use outis_disclose::Pii;
use outis_disclose::pii::Detector;
use outis_event::{
    AnonymousEvent, Day, Dimension, DropReason, Flags, GpcPolicy, MAX_TAGS, Mode, Money, Rewrite, ShiftedClock, Space,
    Term, Timestamp, Visitor,
};

use crate::address::Address;
use crate::member::Who;
use crate::visitor::{Crowd, Identity, Prefix, Ties, identify};
use crate::words::{Clerk, Rewrites};
use crate::{Outcome, Persons, RawEvent, RawRevenue, SiteContext, Tables, WaitingRoom};
use crate::{classes, device, money, origin, pages, properties};

/// Longest name of an event, in characters.
const MAX_NAME_CHARS: usize = 120;
/// Engagement of 30 days or more is no engagement.
const MOST_ENGAGED_MS: u32 = 30 * 86_400_000;
/// Names of events that belong to nobody: those of our trackers and of common ones.
const PUBLIC_EVENTS: [&str; 24] = [
    "404",
    "Cart",
    "Checkout",
    "Download",
    "File Download",
    "Form: Submission",
    "Login",
    "Outbound Link: Click",
    "Purchase",
    "Search",
    "Share",
    "Signup",
    "bookmark",
    "click",
    "download",
    "like",
    "login",
    "outbound_link",
    "purchase",
    "search",
    "share",
    "signup",
    "submit",
    "view_item",
];

/// Turns raw events into anonymous ones. Shared by all threads.
pub struct Anonymiser {
    tables: Arc<Tables>,
    room: Arc<WaitingRoom>,
    detector: Detector,
    crowd: Crowd,
    ties: Ties,
    persons: Arc<Persons>,
}

/// Day and visitor of an event.
struct Standing {
    at: Timestamp,
    day: Day,
    identity: Option<Identity>,
    /// The member it is, to count persons.
    member: Option<[u8; 16]>,
    flags: Flags,
}

impl Anonymiser {
    /// An anonymiser with these lists and this waiting room.
    pub fn new(tables: Arc<Tables>, room: Arc<WaitingRoom>) -> Anonymiser {
        Anonymiser {
            tables,
            room,
            detector: Detector::new(),
            crowd: Crowd::new(),
            ties: Ties::new(),
            persons: Arc::default(),
        }
    }

    /// The public lists, for the decisions that are made before.
    pub fn tables(&self) -> &Tables {
        &self.tables
    }

    /// The waiting room.
    pub fn room(&self) -> &Arc<WaitingRoom> {
        &self.room
    }

    /// The persons of open days.
    pub fn persons(&self) -> &Arc<Persons> {
        &self.persons
    }

    /// Makes a raw event anonymous. Never panics; what was raw is wiped when it returns.
    pub fn anonymise(&self, raw: RawEvent, ctx: &SiteContext) -> Outcome {
        let outcome = self.store(&raw, ctx);
        raw.wipe();
        match outcome {
            Ok((event, rewrites)) => Outcome::Stored { event, rewrites: rewrites.list() },
            Err(reason) => Outcome::Dropped(reason),
        }
    }

    fn store(&self, raw: &RawEvent, ctx: &SiteContext) -> Result<(AnonymousEvent, Rewrites), DropReason> {
        const WHY: &str = "anonymised here and now";
        if raw.gpc && ctx.site.policy.gpc == GpcPolicy::Drop {
            return Err(DropReason::Gpc);
        }
        let address = Address::parse(raw.url.expose(WHY), raw.hash_mode).ok_or(DropReason::Invalid)?;
        let prefix = Prefix::of(*raw.ip.expose(WHY));
        let user_agent = raw.user_agent.expose(WHY).as_str();
        let mut rewrites = Rewrites::default();
        let sender = Who::Sender { prefix: &prefix, user_agent };
        let standing = self.standing(raw, ctx, &prefix, user_agent, &mut rewrites)?;
        let counts = standing.flags.has(Flags::COUNTS_FOR_FLOOR);
        let mut clerk = Clerk {
            ctx,
            detector: &self.detector,
            room: &self.room,
            person: counts.then(|| standing.member.map_or(sender, Who::Member)),
            waiter: OnceCell::new(),
            rewrites,
        };
        let mut event = AnonymousEvent::blank(ctx.site.id, standing.day, standing.at.slot());
        self.set_standing(&mut event, &standing, ctx);
        let name = raw.name.expose(WHY).trim();
        event.set(Dimension::Event, event_name(&mut clerk, name)?);
        self.set_page(&mut clerk, &mut event, raw, &address);
        self.set_place(&mut clerk, &mut event, raw);
        device::set_device(&mut clerk, &mut event, raw, &self.tables);
        set_languages(&mut clerk, &mut event, raw);
        set_item(&mut clerk, &mut event, raw);
        set_customer(&mut clerk, &mut event, raw, &standing);
        set_measures(&mut clerk, &mut event, raw);
        properties::set_properties(&mut clerk, &mut event, name, &raw.properties);
        for dimension in &ctx.site.policy.not_collected {
            event.set(*dimension, Term::NONE);
        }
        set_marks(&mut event, raw, &standing, name);
        Ok((event, clerk.rewrites))
    }

    /// Which day the event counts on, and for whom.
    fn standing(
        &self,
        raw: &RawEvent,
        ctx: &SiteContext,
        prefix: &Prefix,
        user_agent: &str,
        rewrites: &mut Rewrites,
    ) -> Result<Standing, DropReason> {
        let (site, policy) = (ctx.site.id, &ctx.site.policy);
        let oldest = ctx.now.plus_ms(-86_400_000 * i64::from(policy.recent_days));
        if raw.at < oldest {
            return Err(DropReason::TooOld);
        }
        let at = raw.at.min(ctx.now);
        let day = at.day(&ctx.site.zone);
        let flags = if raw.interactive { Flags::INTERACTIVE } else { Flags::default() };
        let Some(key) = ctx.day_keys.of(site, day) else {
            rewrites.add(Rewrite::Late);
            let today = ctx.now.day(&ctx.site.zone);
            return Ok(Standing {
                at: ctx.now,
                day: today,
                identity: None,
                member: None,
                flags: flags.with(Flags::LATE),
            });
        };
        if raw.gpc && policy.gpc == GpcPolicy::CountOnly {
            rewrites.add(Rewrite::CountOnly);
            return Ok(Standing { at, day, identity: None, member: None, flags });
        }
        if let Some(member) = raw.member.as_ref().and_then(|member| member.day(day)) {
            // Each member is one person, whatever the network.
            self.persons.note(site, day, member.visitor, Who::Member(member.person));
            let flags = flags.with(Flags::COUNTS_FOR_FLOOR).with(Flags::MEMBER);
            let identity = Identity { visitor: member.visitor, offset_s: member.offset_s };
            return Ok(Standing { at, day, identity: Some(identity), member: Some(member.person), flags });
        }
        let identity = identify(&key, prefix, user_agent);
        let shared = !policy.shared_networks.is_empty() && {
            let ip = *raw.ip.expose("declared networks are compared with it");
            policy.shared_networks.iter().any(|network| network.contains(ip))
        };
        let counts = shared || self.crowd.counts(site, day, prefix, identity.visitor, policy.visitors_per_prefix);
        if counts {
            self.persons.note(site, day, identity.visitor, Who::Sender { prefix, user_agent });
        }
        let flags = if counts { flags.with(Flags::COUNTS_FOR_FLOOR) } else { flags };
        Ok(Standing { at, day, identity: Some(identity), member: None, flags })
    }

    fn set_standing(&self, event: &mut AnonymousEvent, standing: &Standing, ctx: &SiteContext) {
        event.flags = standing.flags;
        let Some(identity) = standing.identity else { return };
        event.visitor = identity.visitor;
        let seconds = standing.at.seconds_of_day(&ctx.site.zone).saturating_add(identity.offset_s);
        event.clock = ShiftedClock { seconds, tie: self.ties.next(identity.visitor, seconds) };
    }

    fn set_page(&self, clerk: &mut Clerk<'_>, event: &mut AnonymousEvent, raw: &RawEvent, address: &Address<'_>) {
        let host = &*address.host;
        let hostname = if host.is_empty() {
            clerk.public(Dimension::Hostname, "(none)")
        } else if clerk.ctx.rules.hosts.contains(host) {
            clerk.public(Dimension::Hostname, host)
        } else {
            clerk.word(Dimension::Hostname, host)
        };
        event.set(Dimension::Hostname, hostname);
        event.set(Dimension::Page, pages::page(clerk, &address.path));
        let referrer = raw.referrer.as_ref().map(|r| r.expose("only its host is looked at").as_str());
        origin::set_origin(clerk, event, address, referrer, self.tables.sources());
    }

    fn set_place(&self, clerk: &mut Clerk<'_>, event: &mut AnonymousEvent, raw: &RawEvent) {
        let place = self.tables.place(*raw.ip.expose("looked up in the country file"));
        if let Some(country) = &place.country {
            event.set(Dimension::Country, clerk.public(Dimension::Country, country));
        }
        if let Some(region) = &place.region {
            event.set(Dimension::Region, clerk.public(Dimension::Region, region));
        }
    }
}

/// The number of the event's name, or why the event is dropped.
fn event_name(clerk: &mut Clerk<'_>, name: &str) -> Result<Term, DropReason> {
    let plan = &clerk.ctx.site.plan;
    if name.is_empty() || name.chars().count() > MAX_NAME_CHARS {
        return Err(DropReason::Invalid);
    }
    if plan.has_event(name) {
        return Ok(clerk.public(Dimension::Event, name));
    }
    if plan.mode == Mode::Strict {
        return Err(DropReason::NotPlanned);
    }
    if PUBLIC_EVENTS.contains(&name) {
        return Ok(clerk.public(Dimension::Event, name));
    }
    match clerk.word(Dimension::Event, name) {
        Term::NONE => Err(DropReason::PersonalName),
        term => Ok(term),
    }
}

fn set_languages(clerk: &mut Clerk<'_>, event: &mut AnonymousEvent, raw: &RawEvent) {
    let Some(header) = &raw.accept_language else { return };
    if !clerk.ctx.site.policy.languages {
        return;
    }
    let known = classes::languages(header.expose("only primary subtags are kept"));
    event.languages.extend(known.iter().map(|language| clerk.public(Space::LANGUAGE, language)));
}

fn set_item(clerk: &mut Clerk<'_>, event: &mut AnonymousEvent, raw: &RawEvent) {
    const WHY: &str = "compared with the catalogue, else it waits";
    if let Some(item) = &raw.item {
        let item = item.expose(WHY).trim();
        let declared = clerk.ctx.declares_item(item);
        let term = if declared { clerk.public(Dimension::Item, item) } else { clerk.word(Dimension::Item, item) };
        event.set(Dimension::Item, term);
    }
    for tag in raw.tags.iter().take(MAX_TAGS) {
        let tag = tag.expose(WHY).trim();
        let declared = clerk.ctx.declares_tag(tag);
        let term = if declared { clerk.public(Space::TAG, tag) } else { clerk.word(Space::TAG, tag) };
        if term != Term::NONE && !event.tags.contains(&term) {
            event.tags.push(term);
        }
    }
}

/// The institution that a member belongs to. It waits as any word does.
fn set_customer(clerk: &mut Clerk<'_>, event: &mut AnonymousEvent, raw: &RawEvent, standing: &Standing) {
    if standing.member.is_none() {
        return;
    }
    if let Some(customer) = raw.member.as_ref().and_then(|member| member.customer()) {
        let customer = customer.expose("compared with the vocabulary, else it waits").trim();
        event.set(Dimension::Customer, clerk.word(Dimension::Customer, customer));
    }
}

/// Marks of a member, once everything else is certain. Who was forgotten meanwhile is nobody.
fn set_marks(event: &mut AnonymousEvent, raw: &RawEvent, standing: &Standing, name: &str) {
    if standing.member.is_none() {
        return;
    }
    match raw.member.as_ref().and_then(|member| member.see(standing.day, name)) {
        Some(marks) => {
            event.marks = marks;
            if let (Some(member), Some(item)) = (&raw.member, &raw.item) {
                member.prefer(name, item.expose("kept with what the member stated").trim());
            }
        }
        None => {
            event.visitor = Visitor::NOBODY;
            event.clock = ShiftedClock::default();
            event.flags = if raw.interactive { Flags::INTERACTIVE } else { Flags::default() };
        }
    }
}

fn set_measures(clerk: &mut Clerk<'_>, event: &mut AnonymousEvent, raw: &RawEvent) {
    if let Some(scroll) = raw.scroll {
        event.scroll = scroll.min(100);
    }
    if let Some(engaged_ms) = raw.engaged_ms.filter(|ms| *ms < MOST_ENGAGED_MS) {
        event.engaged_s = (engaged_ms + 500) / 1000;
    }
    if let Some(revenue) = &raw.revenue {
        event.revenue = revenue_of(clerk, revenue);
        if event.revenue.is_none() {
            clerk.rewrites.add(Rewrite::InvalidRevenue);
        }
    }
}

fn revenue_of(clerk: &mut Clerk<'_>, revenue: &RawRevenue) -> Option<Money> {
    let read = |text: &Pii<String>| text.expose("read as money").clone();
    let milli = money::milli(&read(&revenue.amount))?;
    let currency = money::currency(&read(&revenue.currency))?;
    Some(Money { currency: clerk.public(Space::CURRENCY, currency), milli })
}

#[cfg(test)]
mod tests;
