//! What must not compile: saying, copying or sending what is personal or secret.

#[test]
fn personal_and_secret_values_cannot_be_said_copied_or_sent() {
    trybuild::TestCases::new().compile_fail("tests/fail/*.rs");
}
