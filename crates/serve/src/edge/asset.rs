//! The path of an asset, which leads nowhere but into the data centre that it is asked of.

use http::Uri;
use percent_encoding::percent_decode_str;

/// What is before the path.
const PREFIX: &str = "/edge/";
/// Longest path with its query.
const MOST_BYTES: usize = 2_048;
/// What a segment may hold beside letters, digits and percent signs (RFC 3986, `pchar`).
const OTHERS: &[u8] = b"-._~!$&'()*+,;=:@";

/// A path and query as they were sent, looked through.
pub(super) struct Asset<'a> {
    path: &'a str,
    query: Option<&'a str>,
}

impl<'a> Asset<'a> {
    /// The asset that an address names. `None` if a segment is empty, goes up, or has what no segment has, also behind
    /// percent signs.
    pub(super) fn of(uri: &'a Uri) -> Option<Asset<'a>> {
        let path = uri.path().strip_prefix(PREFIX)?;
        let is_short = path.len() + uri.query().map_or(0, str::len) <= MOST_BYTES;
        let is_query = |query: &str| query.bytes().all(|byte| is_plain(byte) || b"%/?".contains(&byte));
        let is_good = is_short && path.split('/').all(is_segment) && uri.query().is_none_or(is_query);
        is_good.then(|| Asset { path, query: uri.query() })
    }

    /// Its address in a data centre whose assets begin with `base`, which ends before a slash.
    pub(super) fn below(&self, base: &str) -> String {
        match self.query {
            Some(query) => format!("{base}/{}?{query}", self.path),
            None => format!("{base}/{}", self.path),
        }
    }
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || OTHERS.contains(&byte)
}

fn is_segment(text: &str) -> bool {
    let is_written_well = text.bytes().all(|byte| is_plain(byte) || byte == b'%');
    let decoded: Vec<u8> = percent_decode_str(text).collect();
    // A percent sign that is left had no two digits behind it, or is there to be decoded by whoever decodes twice.
    let is_safe = decoded.iter().all(|byte| !byte.is_ascii_control() && !b"/\\%".contains(byte));
    is_written_well && is_safe && ![&b""[..], b".", b".."].contains(&decoded.as_slice())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::Url;

    use super::*;

    const BASE: &str = "https://vie.example/v1";

    fn location(text: &str) -> Option<String> {
        let uri: Uri = text.parse().ok()?;
        Some(Asset::of(&uri)?.below(BASE))
    }

    #[test]
    fn a_path_goes_on_as_it_is() {
        for (asked, told) in [
            ("/edge/a.png", "a.png"),
            ("/edge/covers/%C3%A4.svg?v=3&w=1/2", "covers/%C3%A4.svg?v=3&w=1/2"),
            ("/edge/a/b/..c/...", "a/b/..c/..."),
            ("/edge/a:b@c", "a:b@c"),
        ] {
            assert_eq!(location(asked), Some(format!("{BASE}/{told}")), "{asked}");
        }
    }

    #[test]
    fn what_could_lead_elsewhere_is_refused() {
        let long = format!("/edge/{}", "a".repeat(3_000));
        for asked in [
            "/edge/",
            "/edge//evil.example/a",
            "/edge/a//b",
            "/edge/a/",
            "/edge/../a",
            "/edge/a/..",
            "/edge/%2e%2e/a",
            "/edge/.%2E/a",
            "/edge/./a",
            "/edge/%2e",
            "/edge/a%2fb",
            "/edge/a%5Cb",
            "/edge/\\evil.example",
            "/edge/a%0d%0aSet-Cookie:b",
            "/edge/a%00",
            "/edge/%252e%252e/a",
            "/edge/%zz",
            "/edge/a%2",
            "/edge/a?\"",
            "/other/a",
            &long,
        ] {
            assert_eq!(location(asked), None, "{asked}");
        }
    }

    proptest! {
        #[test]
        fn wherever_it_leads_it_is_below_the_base(path in "[a-z./%\\\\@:2eEfF5cC0-9?#-]{0,24}") {
            if let Some(location) = location(&format!("/edge/{path}")) {
                let url = Url::parse(&location).expect("an address");
                prop_assert_eq!(url.host_str(), Some("vie.example"));
                prop_assert_eq!(url.scheme(), "https");
                prop_assert!(url.path().starts_with("/v1/") && url.username().is_empty());
            }
        }
    }
}
