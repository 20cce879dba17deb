//! Tests of the waiting room.

use super::*;
use crate::visitor::Prefix;

const SITE: SiteId = SiteId(1);
const SPACE: Space = Space(2);

fn person(i: u32) -> Prefix {
    Prefix::of(std::net::IpAddr::V4(std::net::Ipv4Addr::from_bits(i)))
}

fn add(room: &WaitingRoom, week: i32, i: u32, word: &str) -> u32 {
    room.enter(Week(week), Who::Sender { prefix: &person(i), user_agent: "agent" }).add(SITE, SPACE, word, 5)
}

#[test]
fn persons_are_never_overcounted() {
    let room = WaitingRoom::default();
    for i in 0..1000 {
        for _ in 0..3 {
            assert!(add(&room, 1, i % 50, "word") <= 50.min(i + 1));
        }
    }
    let seen = room.persons(SITE, SPACE, "word");
    assert!((20..=50).contains(&seen), "{seen}");
    assert_eq!(room.persons(SITE, SPACE, "other"), 0);
}

#[test]
fn a_word_is_forgotten_alone() {
    let room = WaitingRoom::default();
    for i in 0..10 {
        add(&room, 1, i, "word");
        add(&room, 1, i, "other");
    }
    room.forget_word(SITE, SPACE, "word");
    assert_eq!((room.persons(SITE, SPACE, "word"), room.waiting_words(SITE)), (0, 1));
}

#[test]
fn wide_maps_count_higher() {
    let room = WaitingRoom::default();
    for i in 0..200 {
        room.enter(Week(1), Who::Sender { prefix: &person(i), user_agent: "agent" }).add(SITE, SPACE, "word", 50);
    }
    assert!(room.persons(SITE, SPACE, "word") > 64);
}

#[test]
fn a_week_forgets_the_one_before() {
    let room = WaitingRoom::default();
    add(&room, 1, 1, "word");
    let old = room.snapshot();
    assert_eq!(add(&room, 2, 2, "word"), 1);
    room.restore(&old).expect("snapshot");
    assert_eq!(room.persons(SITE, SPACE, "word"), 1);
    assert_eq!(room.week(), Some(Week(2)));
}

#[test]
fn a_restored_room_knows_how_many_there_were() {
    let room = WaitingRoom::default();
    for i in 0..4 {
        add(&room, 1, i, "word");
    }
    let seen = room.persons(SITE, SPACE, "word");
    let again = WaitingRoom::default();
    again.restore(&room.snapshot()).expect("snapshot");
    // Those who come may be the same: they count for more only when they are more.
    for i in 0..seen {
        assert_eq!(add(&again, 1, i, "word"), seen);
    }
    again.restore(&room.snapshot()).expect("snapshot");
    assert_eq!(again.persons(SITE, SPACE, "word"), seen);
    for i in 0..60 {
        add(&again, 1, i, "word");
    }
    assert!(again.persons(SITE, SPACE, "word") > seen);
}

#[test]
fn a_snapshot_is_the_same_whoever_was_there() {
    let room = WaitingRoom::default();
    for i in 0..3 {
        add(&room, 1, i, "word");
    }
    let seen = room.persons(SITE, SPACE, "word");
    // Another room of the same words with other people, as many of them as the first has seen.
    let other = WaitingRoom::default();
    let secret = *room.epoch.read().secret.expose("a test compares rooms of the same words");
    *other.epoch.write() = Arc::new(Epoch::with_secret(Week(1), secret));
    for i in 1000.. {
        if add(&other, 1, i, "word") == seen {
            break;
        }
    }
    assert_eq!(room.snapshot(), other.snapshot());
}

#[test]
fn the_room_is_bounded_and_keeps_what_nearly_is_there() {
    let room = WaitingRoom::new(100);
    for i in 0..5 {
        add(&room, 1, i, "nearly");
    }
    let seen = room.persons(SITE, SPACE, "nearly");
    for i in 0..10_000 {
        add(&room, 1, 7, &format!("word {i}"));
        assert!(room.waiting_words(SITE) <= 100);
    }
    assert_eq!(room.persons(SITE, SPACE, "nearly"), seen);
}

#[test]
fn broken_snapshots_change_nothing() {
    let room = WaitingRoom::default();
    add(&room, 1, 1, "word");
    let good = room.snapshot();
    for cut in 0..good.len() {
        if room.restore(&good[..cut]).is_ok() {
            assert_eq!(cut, 37);
        }
    }
    assert_eq!(room.restore(&[9]), Err(RestoreError::Version));
    assert_eq!(room.persons(SITE, SPACE, "word"), 1);
}

#[test]
fn a_snapshot_holds_neither_words_nor_persons() {
    let room = WaitingRoom::default();
    room.enter(Week(1), Who::Sender { prefix: &person(0x7b7b_7b7b), user_agent: "canary-agent" }).add(
        SITE,
        SPACE,
        "canary-word",
        5,
    );
    let bytes = room.snapshot();
    for canary in [&b"canary"[..], &[0x7b; 4][..]] {
        assert!(!bytes.windows(canary.len()).any(|w| w == canary));
    }
}

#[test]
fn weeks_begin_on_monday() {
    assert_eq!(Week::of(Day(3)), Week(0)); // Sunday 1970-01-04
    assert_eq!(Week::of(Day(4)), Week(1)); // Monday
    assert_eq!(Week::of(Day(-4)), Week(-1)); // Sunday before
}
