//! Identity tokens: by what an application says who is signed in, verified without asking anybody.
//!
//! A token is a JWT (RFC 7519) signed with the site's secret (HS256) or one of the keys of the site's JWKS (RFC 7517;
//! RS256, ES256, EdDSA). `aud` is the site's domain, `sub` the application's id of the member, `exp` at most an hour
//! away. `tags`, `interests` and `customer` are optional.

use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use outis_disclose::Pii;
use outis_event::Timestamp;
use serde::Deserialize;

use crate::ExternalId;
use crate::profile::{MOST_TEXT_BYTES, MOST_TEXTS};

/// Longest life of a token from now on, in seconds.
const MOST_LIFE_S: i64 = 3600;
/// By how much clocks may differ, in seconds.
const LEEWAY_S: i64 = 60;
/// Longest token, in bytes.
const MOST_BYTES: usize = 8 * 1024;
/// Least bytes of a site's secret: what HS256 asks for (RFC 7518, 3.2).
const LEAST_SECRET_BYTES: usize = 32;
/// Most keys of a set.
const MOST_KEYS: usize = 20;

/// A token as it came. It cannot be printed.
pub type Token = Pii<String>;

/// A token was not accepted. Why is told to nobody: it would help who forges one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the identity token is not accepted")]
pub struct Refused;

/// Who may say who is signed in on a site.
pub struct Issuer {
    keys: Vec<(Option<String>, Algorithm, DecodingKey)>,
    audience: String,
}

impl std::fmt::Debug for Issuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Issuer").finish_non_exhaustive()
    }
}

/// The audience that a token names, which says whose keys to check it with. Nothing is checked yet.
pub fn claimed_audience(token: &Token) -> Option<String> {
    #[derive(Deserialize)]
    struct Audience {
        aud: OneOrMany,
    }
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMany {
        One(String),
        Many(Vec<String>),
    }
    let token = token.expose("its audience is read").as_str();
    if token.len() > MOST_BYTES {
        return None;
    }
    let said: Audience = jsonwebtoken::dangerous::insecure_decode_claims(token).ok()?;
    match said.aud {
        OneOrMany::One(one) => Some(one),
        OneOrMany::Many(many) => many.into_iter().next(),
    }
}

/// What is wrong with an issuer's keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssuerError {
    /// The secret is too short.
    #[error("the secret of identity tokens has at least 32 bytes")]
    Secret,
    /// The set of keys is none, or has a key of another kind.
    #[error("a JWKS has 1 to 20 public keys for RS256, ES256 or EdDSA")]
    Keys,
}

/// What a token says.
#[derive(Debug)]
pub struct Claims {
    /// The application's id of the member.
    pub subject: ExternalId,
    /// Tags the member follows, by the application.
    pub tags: Vec<Pii<String>>,
    /// Interests, by the application.
    pub interests: Vec<Pii<String>>,
    /// The institution the member belongs to.
    pub customer: Option<Pii<String>>,
}

#[derive(Deserialize)]
struct Said {
    sub: String,
    exp: i64,
    #[serde(default)]
    iat: Option<i64>,
    #[serde(default)]
    nbf: Option<i64>,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    interests: Vec<String>,
    #[serde(default)]
    customer: Option<String>,
}

impl Issuer {
    /// An application that shares a secret with the server.
    ///
    /// # Errors
    /// [`IssuerError::Secret`].
    pub fn shared(secret: &[u8], audience: &str) -> Result<Issuer, IssuerError> {
        if secret.len() < LEAST_SECRET_BYTES {
            return Err(IssuerError::Secret);
        }
        let key = DecodingKey::from_secret(secret).map_err(|_| IssuerError::Secret)?;
        Ok(Issuer { keys: vec![(None, Algorithm::HS256, key)], audience: audience.to_owned() })
    }

    /// An application whose public keys are known, as a JWKS in JSON.
    ///
    /// # Errors
    /// [`IssuerError::Keys`].
    pub fn keys(jwks: &str, audience: &str) -> Result<Issuer, IssuerError> {
        let set: JwkSet = serde_json::from_str(jwks).map_err(|_| IssuerError::Keys)?;
        if set.keys.is_empty() || set.keys.len() > MOST_KEYS {
            return Err(IssuerError::Keys);
        }
        let keys: Option<Vec<_>> = set.keys.iter().map(key_of).collect();
        Ok(Issuer { keys: keys.ok_or(IssuerError::Keys)?, audience: audience.to_owned() })
    }

    /// What a token says, if it is one of this issuer's, for this site, and now.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn verify(&self, token: &Token, now: Timestamp) -> Result<Claims, Refused> {
        let token = token.expose("its signature is checked");
        if token.len() > MOST_BYTES {
            return Err(Refused);
        }
        let header = jsonwebtoken::decode_header(token).map_err(|_| Refused)?;
        // Which key is asked for is the sender's word; that key says which algorithm.
        let named = |kid: &Option<String>| header.kid.is_none() || kid.is_none() || *kid == header.kid;
        let fitting = self.keys.iter().filter(|(kid, algorithm, _)| named(kid) && *algorithm == header.alg);
        for (_, algorithm, key) in fitting {
            let mut validation = Validation::new(*algorithm);
            validation.set_audience(&[&self.audience]);
            validation.set_required_spec_claims(&["exp", "aud", "sub"]);
            // Times are compared with the server's clock, which tests can set.
            validation.validate_exp = false;
            if let Ok(data) = jsonwebtoken::decode::<Said>(token, key, &validation) {
                return data.claims.checked(now.0.div_euclid(1000));
            }
        }
        Err(Refused)
    }
}

fn key_of(jwk: &Jwk) -> Option<(Option<String>, Algorithm, DecodingKey)> {
    use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve};
    let algorithm = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => Algorithm::RS256,
        AlgorithmParameters::EllipticCurve(of) if of.curve == EllipticCurve::P256 => Algorithm::ES256,
        AlgorithmParameters::OctetKeyPair(of) if of.curve == EllipticCurve::Ed25519 => Algorithm::EdDSA,
        _ => return None,
    };
    Some((jwk.common.key_id.clone(), algorithm, DecodingKey::from_jwk(jwk).ok()?))
}

impl Said {
    fn checked(self, now_s: i64) -> Result<Claims, Refused> {
        let is_now = self.exp + LEEWAY_S > now_s && self.exp <= now_s + MOST_LIFE_S + LEEWAY_S;
        let began = self.iat.into_iter().chain(self.nbf).all(|at| at <= now_s + LEEWAY_S);
        let is_short = self.iat.is_none_or(|iat| self.exp.saturating_sub(iat) <= MOST_LIFE_S);
        let fits = |text: &String| !text.trim().is_empty() && text.len() <= MOST_TEXT_BYTES;
        let few = |texts: &[String]| texts.len() <= MOST_TEXTS && texts.iter().all(fits);
        let is_right = is_now && began && is_short && few(&self.tags) && few(&self.interests);
        if !is_right || !self.customer.iter().all(fits) {
            return Err(Refused);
        }
        let personal = |texts: Vec<String>| texts.into_iter().map(Pii::new).collect();
        Ok(Claims {
            subject: ExternalId::new(self.sub).ok_or(Refused)?,
            tags: personal(self.tags),
            interests: personal(self.interests),
            customer: self.customer.map(Pii::new),
        })
    }
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
    };
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
    use serde_json::{Value, json};

    use super::*;

    const NOW_S: i64 = 1_800_000_000;
    const SECRET: &[u8; 32] = b"an example secret of 32 bytes ..";

    type Sign = Box<dyn Fn(&[u8]) -> Vec<u8>>;

    fn token(header: &Value, claims: &Value, sign: &Sign) -> Token {
        let part = |value: &Value| BASE64.encode(value.to_string());
        let message = format!("{}.{}", part(header), part(claims));
        Pii::new(format!("{message}.{}", BASE64.encode(sign(message.as_bytes()))))
    }

    fn with_secret(secret: &'static [u8]) -> Sign {
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, secret);
        Box::new(move |message| aws_lc_rs::hmac::sign(&key, message).as_ref().to_vec())
    }

    fn claims() -> Value {
        json!({"sub": "member-7", "aud": "example.org", "exp": NOW_S + 600, "iat": NOW_S - 5,
            "tags": ["Maths"], "interests": ["logic"], "customer": "Library of Ithaca"})
    }

    fn with(key: &str, value: Value) -> Value {
        let mut claims = claims();
        match value {
            Value::Null => claims.as_object_mut().expect("an object").remove(key),
            value => claims.as_object_mut().expect("an object").insert(key.into(), value),
        };
        claims
    }

    fn issuer() -> Issuer {
        Issuer::shared(SECRET, "example.org").expect("an issuer")
    }

    fn verify(issuer: &Issuer, token: &Token) -> Result<Claims, Refused> {
        issuer.verify(token, Timestamp(NOW_S * 1000 + 7))
    }

    fn asked(claims: &Value) -> Result<Claims, Refused> {
        verify(&issuer(), &token(&json!({"alg": "HS256", "typ": "JWT"}), claims, &with_secret(SECRET)))
    }

    #[test]
    fn a_token_says_who_is_signed_in() {
        let said = asked(&claims()).expect("accepted");
        assert_eq!(said.subject.expose("a test"), "member-7");
        assert_eq!(said.customer.as_ref().map(|c| c.expose("a test").as_str()), Some("Library of Ithaca"));
        assert_eq!((said.tags.len(), said.interests.len()), (1, 1));
        assert!(asked(&with("aud", json!(["other", "example.org"]))).is_ok());
        assert!(asked(&with("iat", Value::Null)).is_ok());
    }

    #[test]
    fn what_is_not_right_is_refused() {
        let bad = [
            with("aud", json!("example.com")),
            with("aud", Value::Null),
            with("sub", Value::Null),
            with("sub", json!("")),
            with("sub", json!("a".repeat(300))),
            with("exp", Value::Null),
            with("exp", json!(NOW_S - 61)),
            with("exp", json!(NOW_S + 3700)),
            with("iat", json!(NOW_S + 120)),
            with("iat", json!(NOW_S - 3600)),
            with("nbf", json!(NOW_S + 120)),
            with("tags", json!(vec!["a"; MOST_TEXTS + 1])),
            with("customer", json!(" ")),
        ];
        for claims in &bad {
            assert!(asked(claims).is_err(), "{claims}");
        }
        assert_eq!(Issuer::shared(b"short", "example.org").err(), Some(IssuerError::Secret));
    }

    #[test]
    fn a_forged_token_is_refused() {
        let (hs, right) = (json!({"alg": "HS256"}), with_secret(SECRET));
        let other = with_secret(b"another secret of exactly 32 byt");
        assert!(verify(&issuer(), &token(&hs, &claims(), &other)).is_err());
        let none: Sign = Box::new(|_| Vec::new());
        for alg in ["none", "None", "HS512", "RS256"] {
            assert!(verify(&issuer(), &token(&json!({"alg": alg}), &claims(), &none)).is_err());
            assert!(verify(&issuer(), &token(&json!({"alg": alg}), &claims(), &right)).is_err());
        }
        let good = token(&hs, &claims(), &right).into_inner("cut in a test");
        assert!(verify(&issuer(), &Pii::new(good.clone())).is_ok());
        for cut in ["", ".", "..", "a.b.c", &good[..good.len() - 1]] {
            assert!(verify(&issuer(), &Pii::new(cut.to_owned())).is_err());
        }
    }

    /// A key pair of each kind: its public half, and how it signs.
    fn pairs() -> Vec<(&'static str, Value, Sign)> {
        let encode = |bytes: &[u8]| BASE64.encode(bytes);
        let random = aws_lc_rs::rand::SystemRandom::new();
        let rsa = RsaKeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).expect("a pair");
        let public: aws_lc_rs::rsa::PublicKeyComponents<Vec<u8>> =
            aws_lc_rs::rsa::PublicKeyComponents::from(rsa.public_key());
        let of_rsa = json!({"kty": "RSA", "kid": "r", "n": encode(&public.n), "e": encode(&public.e)});
        let by_rsa: Sign = Box::new(move |message| {
            let mut signature = vec![0; rsa.public_modulus_len()];
            rsa.sign(&RSA_PKCS1_SHA256, &aws_lc_rs::rand::SystemRandom::new(), message, &mut signature)
                .expect("signed");
            signature
        });
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("a pair");
        let ec = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref()).expect("a pair");
        let point = ec.public_key().as_ref().to_vec();
        let of_ec =
            json!({"kty": "EC", "crv": "P-256", "kid": "e", "x": encode(&point[1..33]), "y": encode(&point[33..])});
        let by_ec: Sign = Box::new(move |message| {
            ec.sign(&aws_lc_rs::rand::SystemRandom::new(), message).expect("signed").as_ref().to_vec()
        });
        let ed = Ed25519KeyPair::generate().expect("a pair");
        let of_ed = json!({"kty": "OKP", "crv": "Ed25519", "kid": "d", "x": encode(ed.public_key().as_ref())});
        let by_ed: Sign = Box::new(move |message| ed.sign(message).as_ref().to_vec());
        vec![("RS256", of_rsa, by_rsa), ("ES256", of_ec, by_ec), ("EdDSA", of_ed, by_ed)]
    }

    #[test]
    fn keys_of_a_set_verify_what_they_signed_and_nothing_else() {
        let pairs = pairs();
        let set = json!({"keys": pairs.iter().map(|(_, key, _)| key.clone()).collect::<Vec<_>>()}).to_string();
        let issuer = Issuer::keys(&set, "example.org").expect("an issuer");
        for (at, (algorithm, key, sign)) in pairs.iter().enumerate() {
            let header = json!({"alg": algorithm, "kid": key["kid"]});
            assert!(verify(&issuer, &token(&header, &claims(), sign)).is_ok(), "{algorithm}");
            assert!(verify(&issuer, &token(&json!({"alg": algorithm}), &claims(), sign)).is_ok());
            let other = &pairs[(at + 1) % pairs.len()];
            assert!(verify(&issuer, &token(&header, &claims(), &other.2)).is_err());
            assert!(verify(&issuer, &token(&json!({"alg": algorithm, "kid": "x"}), &claims(), sign)).is_err());
        }
        // A public key is no secret: who signs with it by HS256 is nobody.
        let public = pairs[0].1["n"].as_str().expect("text").as_bytes().to_vec().leak();
        assert!(
            verify(&issuer, &token(&json!({"alg": "HS256", "kid": "r"}), &claims(), &with_secret(public))).is_err()
        );
    }

    #[test]
    fn sets_of_other_keys_are_refused() {
        let secret = json!({"keys": [{"kty": "oct", "k": "AAAA"}]}).to_string();
        for set in ["", "{}", r#"{"keys": []}"#, &secret] {
            assert_eq!(Issuer::keys(set, "example.org").err(), Some(IssuerError::Keys));
        }
    }
}
