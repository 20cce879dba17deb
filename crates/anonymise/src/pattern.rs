//! Page patterns of plans and shields: `*` for one segment (or part of one), `**` at the end for any rest.

/// A compiled pattern.
pub struct Pattern {
    segments: Vec<Box<str>>,
    any_rest: bool,
    template: Box<str>,
}

impl Pattern {
    /// The pattern of a text such as `/users/*` or `/docs/**`.
    pub fn new(text: &str) -> Pattern {
        let (head, any_rest) = match text.strip_suffix("**") {
            Some(head) => (head.strip_suffix('/').unwrap_or(head), true),
            None => (text, false),
        };
        let segments = head.strip_prefix('/').unwrap_or(head).split('/').filter(|s| !(any_rest && s.is_empty()));
        let segments: Vec<Box<str>> = segments.map(Into::into).collect();
        let mut template: String = segments.iter().map(|segment| format!("/{}", segment.replace('*', ":id"))).collect();
        if any_rest {
            template.push_str("/*");
        }
        Pattern { segments, any_rest, template: template.into() }
    }

    /// What is shown for pages that match: `/users/:id`, `/docs/*`.
    pub(crate) fn template(&self) -> &str {
        &self.template
    }

    /// True if the path (beginning with a slash) matches.
    pub fn matches(&self, path: &str) -> bool {
        let mut theirs = path.strip_prefix('/').unwrap_or(path).split('/');
        let all = self.segments.iter().all(|ours| theirs.next().is_some_and(|segment| glob(ours, segment)));
        all && (self.any_rest || theirs.next().is_none())
    }
}

/// True if `text` matches `pattern`, in which `*` stands for one or more characters if it stands alone, else for
/// any number. Linear in the text for each star.
pub(crate) fn glob(pattern: &str, text: &str) -> bool {
    if pattern == "*" {
        return !text.is_empty();
    }
    let Some((head, mut pattern)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(head) else { return false };
    while let Some((middle, rest)) = pattern.split_once('*') {
        let Some(at) = text.find(middle) else { return false };
        text = &text[at + middle.len()..];
        pattern = rest;
    }
    text.ends_with(pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_segments() {
        for (pattern, template, yes, no) in [
            ("/users/*", "/users/:id", "/users/42", "/users/42/edit"),
            ("/users/*/edit", "/users/:id/edit", "/users/42/edit", "/users//edit"),
            ("/docs/**", "/docs/*", "/docs/a/b", "/doc/a"),
            ("/docs/**", "/docs/*", "/docs", "/"),
            ("/post-*", "/post-:id", "/post-1", "/post-1/2"),
            ("/**", "/*", "/a/b", "x/"),
        ] {
            let pattern = Pattern::new(pattern);
            assert_eq!(pattern.template(), template);
            assert!(pattern.matches(yes), "{template} {yes}");
            assert!(template == "/*" || !pattern.matches(no), "{template} {no}");
        }
    }

    #[test]
    fn globs() {
        assert!(glob("*.example.org", "a.b.example.org"));
        assert!(!glob("*.example.org", "example.org"));
        assert!(glob("a*b*c", "abc"));
        assert!(!glob("a*b*c", "acb"));
        assert!(!glob("*", ""));
    }
}
