//! The parts of a page's or referrer's address, without what may not be kept.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// An address in parts. Lives as long as the raw event.
pub(crate) struct Address<'a> {
    /// Lower case; empty if the address has none.
    pub(crate) scheme: Cow<'a, str>,
    /// Lower case, without user, port, final dot and `www.`; empty if the address has none.
    pub(crate) host: Cow<'a, str>,
    /// Decoded, begins with a slash.
    pub(crate) path: Cow<'a, str>,
    /// As sent, without the question mark.
    pub(crate) query: &'a str,
}

impl<'a> Address<'a> {
    /// Takes an address apart. `None` for `data:`, `javascript:` and other addresses without path.
    pub(crate) fn parse(text: &'a str, hash_mode: bool) -> Option<Address<'a>> {
        let (scheme, rest) = split_scheme(text.trim())?;
        let (authority, rest) = match rest.strip_prefix("//") {
            Some(rest) => rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len())),
            None => ("", rest),
        };
        let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let fragment = if hash_mode { fragment.split('?').next().unwrap_or("") } else { "" };
        Some(Address { scheme: lower(scheme), host: host_of(authority), path: path_of(path, fragment), query })
    }

    /// The parameters of the query in order, decoded.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)> + use<'a> {
        parameters(self.query)
    }
}

/// Name and value of each parameter, decoded.
fn parameters(query: &str) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    let pairs = query.split(['&', ';']).filter(|pair| !pair.is_empty());
    pairs.map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode_parameter(name), decode_parameter(value))
    })
}

fn decode_parameter(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '+']) {
        return Cow::Borrowed(text.trim());
    }
    let spaced = text.replace('+', " ");
    Cow::Owned(percent_decode_str(&spaced).decode_utf8_lossy().trim().to_owned())
}

/// Scheme (may be empty) and what follows the colon. Schemes whose addresses have no page are refused.
fn split_scheme(text: &str) -> Option<(&str, &str)> {
    if text.is_empty() {
        return None;
    }
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))).unwrap_or(text.len());
    let has_scheme = text[end..].starts_with(':') && text.starts_with(|c: char| c.is_ascii_alphabetic());
    if !has_scheme {
        return Some(("", text));
    }
    let (scheme, rest) = (&text[..end], &text[end + 1..]);
    if rest.starts_with('/') {
        return Some((scheme, rest)).filter(|(s, _)| !s.eq_ignore_ascii_case("data"));
    }
    // `localhost:8080/x` is a host without a scheme, `mailto:x` and `data:x` are no pages.
    let port = rest.split('/').next().unwrap_or("");
    let is_port = !port.is_empty() && port.len() <= 5 && port.bytes().all(|b| b.is_ascii_digit());
    is_port.then_some(("", text))
}

fn lower(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|b| b.is_ascii_uppercase()) { text.to_ascii_lowercase().into() } else { text.into() }
}

fn host_of(authority: &str) -> Cow<'_, str> {
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = match host.strip_prefix('[') {
        Some(six) => six.split(']').next().unwrap_or(""),
        None => host.split(':').next().unwrap_or(""),
    };
    let host = host.trim_end_matches('.');
    match lower(host) {
        Cow::Borrowed(host) => host.strip_prefix("www.").unwrap_or(host).into(),
        Cow::Owned(host) => host.strip_prefix("www.").map_or(host.clone(), str::to_owned).into(),
    }
}

fn path_of<'a>(path: &'a str, fragment: &str) -> Cow<'a, str> {
    let plain = fragment.is_empty() && path.starts_with('/') && !path.contains('%');
    if plain {
        return path.trim_end().into();
    }
    let mut decoded = percent_decode_str(path).decode_utf8_lossy().into_owned();
    if !decoded.starts_with('/') {
        decoded.insert(0, '/');
    }
    if !fragment.is_empty() {
        decoded.push('#');
        decoded.push_str(&percent_decode_str(fragment).decode_utf8_lossy());
    }
    decoded.truncate(decoded.trim_end().len());
    decoded.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Option<(String, String, String)> {
        Address::parse(text, false).map(|a| (a.host.into_owned(), a.path.into_owned(), a.query.to_owned()))
    }

    fn is(text: &str, host: &str, path: &str, query: &str) {
        assert_eq!(parts(text), Some((host.into(), path.into(), query.into())), "{text}");
    }

    #[test]
    fn addresses_come_apart() {
        is("https://www.Example.org/a/b?x=1#f", "example.org", "/a/b", "x=1");
        is("https://example.org", "example.org", "/", "");
        is("https://example.org?x", "example.org", "/", "x");
        is("HTTP://user:secret@EXAMPLE.org.:8080/%C3%A4%20b%20", "example.org", "/ä b", "");
        is("//example.org/a", "example.org", "/a", "");
        is("/a?b", "", "/a", "b");
        is("a/b", "", "/a/b", "");
        is("localhost:8080/x", "", "/localhost:8080/x", "");
        is("file:///C:/x", "", "/C:/x", "");
        is("https://[2001:db8::1]:80/x", "2001:db8::1", "/x", "");
        is("https://example.org/%ff", "example.org", "/\u{fffd}", "");
        for refused in ["", "  ", "data:text/html,x", "data://x", "javascript:void(0)", "mailto:a@b.example"] {
            assert_eq!(parts(refused), None, "{refused}");
        }
    }

    #[test]
    fn hash_mode_joins_the_fragment() {
        let path = |text| Address::parse(text, true).map(|a| a.path.into_owned());
        assert_eq!(path("https://a.example/x?y#/z?q=1").as_deref(), Some("/x#/z"));
        assert_eq!(path("https://a.example/x").as_deref(), Some("/x"));
    }

    #[test]
    fn parameters_are_decoded() {
        let address = Address::parse("/?a=b+c&d=%C3%A4&e&=f&utm_source=x%20", false).expect("address");
        let all: Vec<(String, String)> = address.parameters().map(|(n, v)| (n.into_owned(), v.into_owned())).collect();
        let pairs = [("a", "b c"), ("d", "ä"), ("e", ""), ("", "f"), ("utm_source", "x")];
        assert_eq!(all, pairs.map(|(n, v)| (n.to_owned(), v.to_owned())));
    }
}
