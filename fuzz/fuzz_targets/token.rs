//! Identity tokens of strangers: read or refused, and never accepted without the key.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use outis_event::Timestamp;
use outis_people::{Issuer, Token, claimed_audience};

const KEYS: &str =
    r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

static ISSUERS: LazyLock<[Issuer; 2]> = LazyLock::new(|| {
    let shared = Issuer::shared(&[7; 32], "example.org").expect("a secret");
    [shared, Issuer::keys(KEYS, "example.org").expect("keys")]
});

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let _ = Issuer::keys(&text, "example.org");
    let token = Token::new(text);
    let _ = claimed_audience(&token);
    for issuer in &*ISSUERS {
        assert!(issuer.verify(&token, Timestamp(1_800_000_000_000)).is_err(), "nobody knows the key");
    }
});
