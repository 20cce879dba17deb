//! Receipts: one form as bytes, nothing in them of a time or a person, and copies that only their makers can make.

use outis_keys::DataKey;
use proptest::prelude::*;

use super::*;
use crate::receipts::key::Origin;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

fn key(seed: u8) -> SigningKey {
    SigningKey::of(&DataKey::from_bytes([seed; 32]), Origin::new("example.org/log").expect("name")).expect("key")
}

fn text() -> impl Strategy<Value = Text> {
    "[a-z][a-z ,.()/-]{0,30}".prop_filter_map("names somebody", |words| Text::new(&words).ok())
}

fn statement() -> impl Strategy<Value = Statement> {
    let store = (text(), text(), any::<u64>(), prop::option::of(any::<[u8; 32]>()));
    let store = store.prop_map(|(name, method, objects, root)| Store {
        name,
        method,
        objects,
        key_root_before: root.map(Hex),
        key_root_after: root.map(Hex),
    });
    let state = prop::sample::select(vec![TicketState::NothingSent, TicketState::Open, TicketState::Acknowledged]);
    let sink = (text(), state).prop_map(|(name, ticket_state)| Sink { name, ticket_state });
    let until = prop::option::of((0..4_000_000_000_000i64).prop_map(Timestamp));
    let lists =
        (prop::collection::vec(store, 0..4), prop::collection::vec(sink, 0..4), prop::collection::vec(text(), 0..3));
    (text(), any::<[u8; 32]>(), any::<bool>(), lists, until).prop_map(
        |(policy_version, build_hash, fold, lists, until)| {
            let (stores, sinks, exceptions) = lists;
            let mode = if fold { Mode::Fold } else { Mode::Delete };
            Statement { policy_version, build_hash, mode, stores, sinks, recoverable_until: until, exceptions }
        },
    )
}

proptest! {
    #[test]
    fn a_copy_is_read_back_and_has_one_form(statement in statement(), at in 0..4_000_000_000_000i64) {
        let receipt = Receipt::new(statement, Timestamp(at)).expect("receipt");
        let copy = SubjectCopy::issue(receipt, &key(1)).expect("copy");
        let file = copy.to_json();
        let read = SubjectCopy::parse(file.as_bytes()).expect("read");
        prop_assert!(read == copy);
        prop_assert_eq!(read.leaf(), copy.leaf());
        prop_assert!(read.signed_by(key(1).verifier()));
        prop_assert!(!read.signed_by(key(2).verifier()));
        prop_assert!(!read.receipt().canonical().contains('\\'));
        // Laid out otherwise it is the same statement.
        let value: serde_json::Value = serde_json::from_str(&file).expect("JSON");
        let other = SubjectCopy::parse(serde_json::to_string_pretty(&value).expect("JSON").as_bytes()).expect("read");
        prop_assert!(other == copy && other.signed_by(key(1).verifier()));
    }

    #[test]
    fn no_time_finer_than_a_week_goes_in(week in 0..3000i64, a in 0..7 * DAY_MS, b in 0..7 * DAY_MS) {
        // 1970-01-05 was a Monday.
        let monday = (4 + 7 * week) * DAY_MS;
        let stated = |at: i64| {
            let statement = Statement { recoverable_until: Some(Timestamp(monday + at + 1)), ..simple() };
            let mut receipt = Receipt::new(statement, Timestamp(monday + at)).expect("receipt");
            receipt.receipt_id = Hex([0; 16]);
            receipt.canonical()
        };
        prop_assert_eq!(stated(a), stated(b));
    }
}

fn simple() -> Statement {
    let text = |words| Text::new(words).expect("text");
    Statement {
        policy_version: text("3"),
        build_hash: [0xab; 32],
        mode: Mode::Delete,
        stores: vec![Store {
            name: text("people"),
            method: text("key destroyed"),
            objects: 2,
            key_root_before: Some(Hex([1; 32])),
            key_root_after: Some(Hex([2; 32])),
        }],
        sinks: vec![Sink { name: text("mail"), ticket_state: TicketState::Open }],
        recoverable_until: None,
        exceptions: vec![text("mail has not answered yet")],
    }
}

#[test]
fn the_form_is_the_documented_one() {
    // 2026-12-03, a Thursday.
    let until = Some(Timestamp(1_796_256_000_000 + 3_600_000));
    let statement = Statement { recoverable_until: until, ..simple() };
    let mut receipt = Receipt::new(statement, Timestamp(1_796_256_000_000)).expect("receipt");
    receipt.receipt_id = Hex([5; 16]);
    let expected = format!(
        "{{\"format\":\"outis-receipt/v1\",\"receipt_id\":\"{}\",\"epoch\":\"2026-W49\",\"policy_version\":\"3\",\
         \"build_hash\":\"{}\",\"mode\":\"delete\",\"stores\":[{{\"name\":\"people\",\"method\":\"key destroyed\",\
         \"objects\":2,\"key_root_before\":\"{}\",\"key_root_after\":\"{}\"}}],\
         \"sinks\":[{{\"name\":\"mail\",\"ticket_state\":\"open\"}}],\"recoverable_until\":\"2026-12-07\",\
         \"exceptions\":[\"mail has not answered yet\"],\"proves\":\"{PROVES}\",\"does_not_prove\":\"{DOES_NOT_PROVE}\"}}",
        "05".repeat(16),
        "ab".repeat(32),
        "01".repeat(32),
        "02".repeat(32),
    );
    assert_eq!(receipt.canonical(), expected);
}

#[test]
fn the_same_statement_has_another_leaf_each_time() {
    let receipt = Receipt::new(simple(), Timestamp(0)).expect("receipt");
    let [a, b] = [0, 1].map(|_| SubjectCopy::issue(receipt.clone(), &key(1)).expect("copy"));
    assert_ne!(a.leaf(), b.leaf());
    // The control: with a secret that is known, whoever guesses the receipt finds the leaf.
    let guessed = SubjectCopy { secret: a.secret.clone(), ..b };
    assert_eq!(guessed.leaf(), a.leaf());
}

#[test]
fn what_was_changed_added_or_left_out_is_no_receipt() {
    let copy = SubjectCopy::issue(Receipt::new(simple(), Timestamp(0)).expect("receipt"), &key(1)).expect("copy");
    let file = copy.to_json().to_string();
    let changed = file.replace("\"objects\":2", "\"objects\":3");
    assert!(!SubjectCopy::parse(changed.as_bytes()).expect("read").signed_by(key(1).verifier()));
    for (from, to) in [
        ("\"objects\":2", "\"objects\":2,\"who\":\"x\""),
        ("\"epoch\":\"1970-W01\"", "\"epoch\":\"1970-01-01T03:04\""),
        ("receipt/v1", "receipt/v2"),
        ("It does not", "It does"),
        ("That anything was deleted", "That something was left"),
        ("\"mode\":\"delete\",", ""),
        ("\"mode\":\"delete\"", "\"mode\":\"delete\",\"mode\":\"fold\""),
    ] {
        let bad = file.replace(from, to);
        assert!(bad == file || SubjectCopy::parse(bad.as_bytes()).is_err(), "{from}");
    }
    let mut many = simple();
    many.exceptions = vec![Text::new("x").expect("text"); MOST_PARTS + 1];
    assert_eq!(Receipt::new(many, Timestamp(0)), Err(ReceiptError::TooLong));
}

#[test]
fn a_copy_says_nothing_when_it_is_printed() {
    let copy = SubjectCopy::issue(Receipt::new(simple(), Timestamp(0)).expect("receipt"), &key(1)).expect("copy");
    assert_eq!(format!("{copy:?}"), "SubjectCopy(..)");
}
