//! Members: the day's number instead of network and agent, and nothing that joins them to who they were before.

use std::sync::atomic::{AtomicU32, Ordering};

use outis_event::{Marks, Span};

use super::*;
use crate::{Member, MemberDay};

/// A member with numbers of their own.
struct Anna {
    customer: Option<Pii<String>>,
    seen: AtomicU32,
    gone: bool,
}

impl Member for Anna {
    fn day(&self, day: Day) -> Option<MemberDay> {
        Some(MemberDay { visitor: Visitor(1_000_000 + day.0 as u64), offset_s: 77, person: [9; 16] })
    }

    fn see(&self, _: Day, event: &str) -> Option<Marks> {
        assert!(!event.is_empty());
        let is_first = self.seen.fetch_add(1, Ordering::Relaxed) == 0;
        let marks = if is_first { Marks::NONE.with_first(Span::Day) } else { Marks::NONE };
        (!self.gone).then(|| marks.with_cohort(2_900))
    }

    fn customer(&self) -> Option<&Pii<String>> {
        self.customer.as_ref()
    }
}

fn anna(gone: bool) -> Arc<Anna> {
    Arc::new(Anna { customer: Some(text("Library of Ithaca")), seen: AtomicU32::new(0), gone })
}

fn by(member: &Arc<Anna>, mut raw: RawEvent) -> RawEvent {
    raw.member = Some(member.clone());
    raw
}

#[test]
fn a_member_is_one_visitor_on_all_devices_and_none_of_those_before() {
    let world = World::new(at_once);
    let member = anna(false);
    let before = world.send(view("https://example.org/a")).0;
    let phone = world.send(by(&member, view("https://example.org/a"))).0;
    let mut raw = by(&member, view("https://example.org/b"));
    raw.ip = Pii::new("198.51.100.7".parse().expect("address"));
    raw.user_agent = text("another agent");
    let desk = world.send(raw).0;
    let after = world.send(view("https://example.org/a")).0;
    assert_eq!(phone.visitor, desk.visitor);
    assert_ne!(phone.visitor, before.visitor, "signing up ends the anonymous visit");
    assert_eq!(before.visitor, after.visitor, "who signs out is who the browser was, not the member");
    assert!(phone.flags.has(Flags::MEMBER) && !before.flags.has(Flags::MEMBER));
    assert_eq!(before.term(Dimension::Customer), Term::NONE);
    let shown = Shown::of(&phone, &world.ctx.vocabulary);
    assert_eq!(shown.words["customer"].to_string(), "Library of Ithaca");
    // The clock is the member's: differences are exact within the day, and the offset is theirs alone.
    assert_eq!(phone.clock.seconds, NOW.seconds_of_day(&world.ctx.site.zone) + 77);
}

#[test]
fn a_first_time_is_told_once_and_not_of_events_that_are_dropped() {
    let world = World::new(|site| site.plan.mode = Mode::Strict);
    let member = anna(false);
    assert_eq!(world.dropped(by(&member, event("not planned", "https://example.org/"))), DropReason::NotPlanned);
    let firsts: Vec<bool> =
        (0..3).map(|_| world.send(by(&member, view("https://example.org/"))).0.marks.is_first(Span::Day)).collect();
    assert_eq!(firsts, [true, false, false]);
    assert!(world.send(view("https://example.org/")).0.marks == Marks::NONE);
}

#[test]
fn members_count_as_persons_whatever_the_network() {
    let world = World::new(|_| {});
    // A campus behind one address and one agent: five senders would count at most, but each member does.
    for n in 0..12u8 {
        struct Nth(u8);
        impl Member for Nth {
            fn day(&self, _: Day) -> Option<MemberDay> {
                Some(MemberDay { visitor: Visitor(u64::from(self.0) + 1), offset_s: 0, person: [self.0; 16] })
            }
            fn see(&self, _: Day, _: &str) -> Option<Marks> {
                Some(Marks::NONE)
            }
            fn customer(&self) -> Option<&Pii<String>> {
                None
            }
        }
        let mut raw = view("https://example.org/rare");
        raw.member = Some(Arc::new(Nth(n)));
        assert!(world.send(raw).0.flags.has(Flags::COUNTS_FOR_FLOOR));
    }
    assert_eq!(world.word(view("https://example.org/rare"), Dimension::Page), "/rare");
}

#[test]
fn one_member_lifts_no_word_however_often() {
    let world = World::new(|_| {});
    let member = anna(false);
    for n in 0..40u32 {
        let mut raw = by(&member, view("https://example.org/rare"));
        raw.ip = Pii::new(IpAddr::V4((0x0a00_0000 + n).into()));
        world.send(raw);
    }
    assert_eq!(world.word(view("https://example.org/rare"), Dimension::Page), "/*");
}

#[test]
fn who_is_forgotten_meanwhile_is_nobody() {
    let world = World::new(|_| {});
    let event = world.send(by(&anna(true), view("https://example.org/"))).0;
    assert!(event.visitor.is_nobody() && !event.flags.has(Flags::MEMBER) && event.marks == Marks::NONE);
    assert_eq!(event.clock, ShiftedClock::default());
}

#[test]
fn global_privacy_control_and_late_events_are_of_no_member() {
    let world = World::new(|_| {});
    let mut raw = by(&anna(false), view("https://example.org/"));
    raw.gpc = true;
    let counted = world.send(raw).0;
    assert!(counted.visitor.is_nobody() && counted.term(Dimension::Customer) == Term::NONE);
    let mut raw = by(&anna(false), view("https://example.org/"));
    raw.at = NOW.plus_ms(-5 * 86_400_000);
    let late = world.send(raw).0;
    assert!(late.visitor.is_nobody() && late.marks == Marks::NONE);
}
