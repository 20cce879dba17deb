//! What must not compile: text, places and exact times in an anonymous event.

#[test]
fn an_anonymous_event_takes_no_raw_value() {
    trybuild::TestCases::new().compile_fail("tests/fail/*.rs");
}
