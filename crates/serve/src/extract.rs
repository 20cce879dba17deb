//! What handlers read of a request: refused in our own form, which repeats nothing of what was sent.

use std::fmt;

use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use bytes::Bytes;
use http::StatusCode;
use http::request::Parts;
use serde::de::{DeserializeOwned, Deserializer, Visitor};
use serde::forward_to_deserialize_any;

use crate::api::error::ApiError;

/// The parameters after the question mark.
pub(crate) struct Query<T>(pub(crate) T);

/// The parts of the path that differ.
pub(crate) struct Path<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Query<T>, ApiError> {
        // What axum says of a mistake has names and values of the request in it.
        axum::extract::Query::try_from_uri(&parts.uri)
            .map(|axum::extract::Query(read)| Query(read))
            .map_err(|_| query_refusal::<T>())
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Path<T>, ApiError> {
        let read = axum::extract::Path::from_request_parts(parts, state).await;
        read.map(|axum::extract::Path(read)| Path(read)).map_err(|_| {
            ApiError::bad("path_malformed", "a part of the path is not what goes there; percent signs stand for UTF-8")
        })
    }
}

/// The bytes of a body, as many as the call takes.
pub(crate) struct Body(pub(crate) Bytes);

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Body, ApiError> {
        Bytes::from_request(request, state).await.map(Body).map_err(|rejection| body_refusal(&rejection))
    }
}

fn body_refusal(rejection: &BytesRejection) -> ApiError {
    match rejection.status() {
        status @ StatusCode::PAYLOAD_TOO_LARGE => ApiError::new(
            status,
            "too_large",
            "the body is larger than this call takes: send less, or in several requests",
        ),
        _ => ApiError::bad("malformed", "the body broke off"),
    }
}

fn query_refusal<T: DeserializeOwned>() -> ApiError {
    let message = match parameters::<T>() {
        [] => "this call takes no parameters".to_owned(),
        names => format!(
            "a parameter is missing, unknown, there twice, or has a value that it cannot have; there are {}",
            names.join(", ")
        ),
    };
    ApiError::bad("query_malformed", message)
}

/// The names of a struct's fields, as `serde` reads them.
fn parameters<T: DeserializeOwned>() -> &'static [&'static str] {
    match T::deserialize(Fields) {
        Err(Names(names)) => names,
        Ok(_) => &[],
    }
}

/// Asks what is to be read for its names, and gives nothing.
struct Fields;

#[derive(Debug)]
struct Names(&'static [&'static str]);

impl<'de> Deserializer<'de> for Fields {
    type Error = Names;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Names> {
        Err(Names(&[]))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Names> {
        Err(Names(names))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct newtype_struct
        seq tuple tuple_struct map enum identifier ignored_any
    }
}

impl fmt::Display for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("only names of fields are asked for")
    }
}

impl std::error::Error for Names {}

impl serde::de::Error for Names {
    fn custom<M: fmt::Display>(_: M) -> Names {
        Names(&[])
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::routing::get;
    use http::{Request, StatusCode};
    use http_body_util::BodyExt;
    use serde::Deserialize;
    use tower::ServiceExt;

    use super::*;

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Asked {
        site: String,
        #[serde(rename = "limit")]
        most: Option<u32>,
    }

    async fn ask(uri: &str) -> (StatusCode, String) {
        let told = async |Path(name): Path<String>, Query(asked): Query<Asked>| {
            format!("{name} {} {:?}", asked.site, asked.most)
        };
        let router: Router = Router::new().route("/of/{name}", get(told));
        let request = Request::get(uri).body(Body::empty()).expect("a request");
        let answer = router.oneshot(request).await.expect("an answer");
        let status = answer.status();
        let bytes = answer.into_body().collect().await.expect("a body").to_bytes();
        (status, String::from_utf8(bytes.to_vec()).expect("text"))
    }

    #[tokio::test]
    async fn what_fits_is_read() {
        assert_eq!(ask("/of/a%20b?site=x&limit=3").await, (StatusCode::OK, "a b x Some(3)".to_owned()));
    }

    #[tokio::test]
    async fn what_does_not_fit_is_told_without_being_repeated() {
        for query in [
            "",
            "?",
            "?canary=1&site=x",
            "?site=x&limit=canary",
            "?site=canary&site=x",
            "?site=%ff&canary",
            "?canary%5B%5D=1",
        ] {
            let (status, text) = ask(&format!("/of/a{query}")).await;
            assert_eq!(status, StatusCode::BAD_REQUEST, "{query}");
            assert!(text.contains("\"query_malformed\"") && text.contains("site, limit"), "{query}: {text}");
            assert!(!text.contains("canary"), "{query}: {text}");
        }
        let (status, text) = ask("/of/canary%ff?site=x").await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert!(text.contains("\"path_malformed\"") && !text.contains("canary"), "{text}");
    }

    #[test]
    fn what_is_no_struct_has_no_names() {
        assert!(parameters::<Vec<String>>().is_empty() && parameters::<Option<u8>>().is_empty());
        assert_eq!(parameters::<Asked>(), ["site", "limit"]);
    }
}
