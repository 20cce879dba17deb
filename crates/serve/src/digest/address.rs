//! Addresses in a message: of items, and of where the application takes "not interested".

use std::str::FromStr;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

/// What stands for the item.
const ITEM: &str = "{item}";

/// What addresses of items are relative to.
#[derive(Clone, Debug)]
pub(crate) struct Base(Url);

impl Base {
    /// An address of the web, whole; `None` of any other.
    pub(super) fn join(&self, url: &str) -> Option<String> {
        let url = self.0.join(url).ok().filter(is_of_the_web)?;
        Some(url.into())
    }
}

impl FromStr for Base {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Base, &'static str> {
        let url = Url::parse(text).ok().filter(is_of_the_web);
        url.map(Base).ok_or("an address such as https://example.org/")
    }
}

/// Where the application takes "not interested", with a place for the item's id.
#[derive(Clone, Debug)]
pub(crate) struct HideUrl(String);

impl HideUrl {
    pub(super) fn of(&self, item: &str) -> String {
        self.0.replace(ITEM, &utf8_percent_encode(item, NON_ALPHANUMERIC).to_string())
    }
}

impl FromStr for HideUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<HideUrl, &'static str> {
        // In the path or the query: an id must not choose the host.
        let host =
            |item| Url::parse(&text.replace(ITEM, item)).ok().filter(is_of_the_web)?.host_str().map(str::to_owned);
        let is_fixed = host("a").is_some() && host("a") == host("b");
        if text.matches(ITEM).count() == 1 && is_fixed {
            return Ok(HideUrl(text.to_owned()));
        }
        Err("an address with one {item}, such as https://example.org/not-interested?item={item}")
    }
}

fn is_of_the_web(url: &Url) -> bool {
    matches!(url.scheme(), "https" | "http") && url.has_host()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_has_a_place_that_is_not_the_host() {
        let hide: HideUrl = "https://example.org/a/{item}?b".parse().expect("good");
        assert_eq!(hide.of("x/../y?z"), "https://example.org/a/x%2F%2E%2E%2Fy%3Fz?b");
        for bad in
            ["https://example.org/", "https://{item}/", "https://{item}.example.org/", "mailto:{item}", "{item}", ""]
        {
            assert!(bad.parse::<HideUrl>().is_err(), "{bad}");
        }
    }

    #[test]
    fn only_pages_of_the_web_are_addresses() {
        let base: Base = "https://example.org/lists/".parse().expect("good");
        assert_eq!(base.join("/a").as_deref(), Some("https://example.org/a"));
        assert_eq!(base.join("http://other.example/b").as_deref(), Some("http://other.example/b"));
        for bad in ["javascript:alert(1)", "data:text/html,a", "mailto:a@example.org", "file:///etc/passwd"] {
            assert_eq!(base.join(bad), None, "{bad}");
        }
        assert!("file:///a".parse::<Base>().is_err() && "example.org".parse::<Base>().is_err());
    }
}
