//! The page of an event: declared, admitted, a template, or the longest prefix that is admitted.

use std::borrow::Cow;

use outis_disclose::pii::Detector;
use outis_event::{Dimension, MAX_WORD_BYTES, Rewrite, Space, Term};

use crate::words::Clerk;

/// Prefixes are tried down to this depth.
const MOST_SEGMENTS: usize = 8;
/// What stands for a segment that could name someone.
const ID: &str = ":id";

/// Segments below which a person's name or number stands.
const PERSON_LIKE: [&str; 48] = [
    "account",
    "accounts",
    "author",
    "authors",
    "citizen",
    "client",
    "clients",
    "contact",
    "contacts",
    "customer",
    "customers",
    "employee",
    "employees",
    "friend",
    "friends",
    "member",
    "members",
    "mitglied",
    "mitglieder",
    "nutzer",
    "patient",
    "patients",
    "patienten",
    "people",
    "person",
    "persons",
    "player",
    "players",
    "profil",
    "profile",
    "profiles",
    "pupil",
    "student",
    "students",
    "teacher",
    "teachers",
    "u",
    "user",
    "users",
    "usuario",
    "usuarios",
    "utilisateur",
    "benutzer",
    "kunden",
    "reset-password",
    "invite",
    "unsubscribe",
    "verify",
];

/// The number of a page's path (decoded, beginning with a slash).
pub(crate) fn page(clerk: &mut Clerk<'_>, path: &str) -> Term {
    let ctx = clerk.ctx;
    let rules = &ctx.rules;
    if rules.pages.contains(path) || path == "/" {
        return clerk.public(Dimension::Page, path);
    }
    if let Some(pattern) = rules.patterns.iter().find(|pattern| pattern.matches(path)) {
        return clerk.public(Dimension::Page, pattern.template());
    }
    if let Some(term) = ctx.vocabulary.lookup(Dimension::Page, path) {
        return term;
    }
    let template = template(clerk.detector, path);
    if template.personal {
        clerk.rewrites.add(Rewrite::PersonalValue);
    }
    if let Cow::Owned(_) = &template.path {
        clerk.rewrites.add(Rewrite::PathTemplate);
        if let Some(term) = ctx.vocabulary.lookup(Dimension::Page, &template.path) {
            return term;
        }
    }
    if let Some(term) = clerk.waited(Space::of(Dimension::Page), &template.path) {
        // Whoever saw the page saw what is above it.
        for prefix in prefixes(&template.path) {
            clerk.public(Dimension::Page, &prefix);
        }
        return term;
    }
    clerk.rewrites.add(Rewrite::PathTemplate);
    longest_prefix(clerk, &template.path)
}

/// The number of the longest admitted prefix; lets the person wait with those that are not admitted.
fn longest_prefix(clerk: &mut Clerk<'_>, path: &str) -> Term {
    let mut longest = None;
    for prefix in prefixes(path) {
        if longest.is_some() {
            clerk.public(Dimension::Page, &prefix);
            continue;
        }
        let admitted = clerk.ctx.vocabulary.lookup(Dimension::Page, &prefix);
        longest = admitted.or_else(|| clerk.waited(Space::of(Dimension::Page), &prefix));
    }
    longest.unwrap_or_else(|| clerk.public(Dimension::Page, "/*"))
}

/// The prefixes of a path from long to short, shown as `/a/b/*`, `/a/*`.
fn prefixes(path: &str) -> impl Iterator<Item = String> {
    let mut ends: Vec<usize> = path.match_indices('/').map(|(at, _)| at).skip(1).take(MOST_SEGMENTS).collect();
    ends.retain(|end| *end + 2 <= MAX_WORD_BYTES);
    ends.into_iter().rev().map(|end| format!("{}/*", &path[..end])).filter(move |prefix| prefix != path)
}

struct Template<'a> {
    path: Cow<'a, str>,
    personal: bool,
}

/// The path with `:id` for each segment that could name someone, ending in `/*` two segments below a person-like one.
fn template<'a>(detector: &Detector, path: &'a str) -> Template<'a> {
    let mut shown = String::with_capacity(path.len());
    let (mut personal, mut below_person) = (false, 0);
    for segment in path.split('/').skip(1) {
        shown.push('/');
        if below_person == 2 && !segment.is_empty() {
            shown.push('*');
            break;
        }
        let found = detector.detect(&segment[..segment.floor_char_boundary(4 * MAX_WORD_BYTES)]).is_some();
        personal |= found;
        let hide = found || below_person > 0 || looks_like_id(segment);
        shown.push_str(if hide && !segment.is_empty() { ID } else { segment });
        if below_person > 0 {
            below_person += 1;
        } else if PERSON_LIKE.contains(&segment.to_lowercase().trim_start_matches('#')) {
            below_person = 1;
        }
    }
    Template { path: if shown == path { Cow::Borrowed(path) } else { Cow::Owned(shown) }, personal }
}

/// True for numbers of six digits or more, handles (`@anna`, `~anna`) and mixed tokens (`x7Kp29Qa`); not for sizes
/// (`80x28x202`).
fn looks_like_id(segment: &str) -> bool {
    if segment.starts_with(['@', '~']) {
        return true;
    }
    segment.split(|c: char| !c.is_alphanumeric()).any(|part| {
        let digits = part.bytes().filter(u8::is_ascii_digit).count();
        !is_size(part) && ((digits >= 6 && digits * 2 >= part.len()) || (part.len() >= 8 && switches(part) >= 3))
    })
}

/// True for numbers of up to four digits with `x` between them.
fn is_size(part: &str) -> bool {
    let short = |side: &str| (1..=4).contains(&side.len()) && side.bytes().all(|b| b.is_ascii_digit());
    part.contains(['x', 'X']) && part.split(['x', 'X']).all(short)
}

/// How often letters and digits take turns.
fn switches(part: &str) -> usize {
    let digit = |b: &u8| b.is_ascii_digit();
    part.as_bytes().windows(2).filter(|pair| digit(&pair[0]) != digit(&pair[1])).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_hide_whoever_could_be_meant() {
        let detector = Detector::new();
        for (path, expected) in [
            ("/a/b-c/", "/a/b-c/"),
            ("/articles/2024/covid-19", "/articles/2024/covid-19"),
            ("/page/2", "/page/2"),
            ("/orders/8391244/items", "/orders/:id/items"),
            ("/users/anna", "/users/:id"),
            ("/users/anna/", "/users/:id/"),
            ("/Users/anna/settings/mail", "/Users/:id/*"),
            ("/@anna/post", "/:id/post"),
            ("/~anna", "/:id"),
            ("/f/anna@example.org", "/f/:id"),
            ("/s/x7Kp29Qa", "/s/:id"),
            ("/s/123e4567-e89b-12d3-a456-426614174000/x", "/s/:id/x"),
            ("/app#/users/7", "/app#/users/:id"),
        ] {
            assert_eq!(template(&detector, path).path, expected, "{path}");
        }
    }

    #[test]
    fn nothing_ordinary_is_hidden() {
        let detector = Detector::new();
        let paths: Vec<&str> = include_str!("pages/ordinary.txt").lines().collect();
        assert!(paths.len() >= 200);
        let hidden = |path: &&str| template(&detector, path).path != *path;
        let words = |path: &&str| path.split('/').any(|word| detector.detect(&word.replace('-', " ")).is_some());
        let refused: Vec<&str> = paths.iter().copied().filter(|path| hidden(path) || words(path)).collect();
        assert!(refused.is_empty(), "{refused:#?}");
    }
}
