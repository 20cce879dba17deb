//! Raw and anonymous events share no field type, and an anonymous event has no field that could hold text or a place.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Context;

const RAW: (&str, &str) = ("crates/anonymise/src/raw.rs", "RawEvent");
const ANONYMOUS: (&str, &str) = ("crates/event/src/row.rs", "AnonymousEvent");

/// Types that could hold what was sent, an exact time or a precise place.
const TELLING: &[&str] = &[
    "Arc",
    "Bytes",
    "Cow",
    "DateTime",
    "Duration",
    "HashMap",
    "Instant",
    "IpAddr",
    "Pii",
    "Rc",
    "Secret",
    "String",
    "SystemTime",
    "Timestamp",
    "Url",
    "Uuid",
    "Value",
    "Zoned",
    "char",
    "f32",
    "f64",
    "i64",
    "str",
    "u64",
    "usize",
];

/// What the two events have in common, and what an anonymous event must not have; one line each.
pub(crate) fn findings(root: &Path) -> anyhow::Result<Vec<String>> {
    let read = |(path, name): (&str, &str)| {
        let text = std::fs::read_to_string(root.join(path)).with_context(|| path.to_owned())?;
        field_types(&text, name).with_context(|| format!("{path}: no struct {name} with public fields"))
    };
    Ok(compare(&read(RAW)?, &read(ANONYMOUS)?))
}

fn compare(raw: &BTreeSet<String>, anonymous: &BTreeSet<String>) -> Vec<String> {
    let path = ANONYMOUS.0;
    let shared = raw.intersection(anonymous);
    let mut found: Vec<String> =
        shared.map(|t| format!("{path}: a raw and an anonymous event both have a field of type {t}")).collect();
    for field in anonymous {
        for name in words(field).filter(|word| TELLING.contains(word)) {
            found.push(format!("{path}: {name} in an anonymous event could hold what was sent"));
        }
    }
    found
}

/// The types of the fields of a struct, without spaces.
fn field_types(text: &str, name: &str) -> Option<BTreeSet<String>> {
    let (_, rest) = text.split_once(&format!("pub struct {name} {{"))?;
    let (body, _) = rest.split_once("\n}")?;
    let fields = body.lines().map(str::trim).filter_map(|line| line.strip_prefix("pub "));
    let types: BTreeSet<String> = fields
        .filter_map(|field| field.split_once(':'))
        .map(|(_, kind)| kind.trim_end_matches(',').split_whitespace().collect())
        .collect();
    (!types.is_empty()).then_some(types)
}

/// The identifiers in a type.
fn words(kind: &str) -> impl Iterator<Item = &str> {
    kind.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "/// A.\npub struct A {\n    /// First.\n    pub a: Option< u8 >,\n    pub b: Vec<Term>,\n}\n";

    #[test]
    fn field_types_are_read() {
        let found = field_types(TEXT, "A").expect("fields");
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["Option<u8>", "Vec<Term>"]);
        assert!(field_types(TEXT, "B").is_none());
    }

    #[test]
    fn what_is_shared_or_could_tell_is_found() {
        let set = |types: &[&str]| types.iter().map(|t| (*t).to_owned()).collect::<BTreeSet<String>>();
        assert!(compare(&set(&["bool", "Pii<String>"]), &set(&["u8", "Term"])).is_empty());
        assert_eq!(compare(&set(&["bool"]), &set(&["bool"])).len(), 1);
        assert_eq!(compare(&set(&[]), &set(&["Option<String>", "Vec<u64>"])).len(), 2);
    }
}
