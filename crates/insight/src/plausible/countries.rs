//! English names of countries.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Code and name, one country a line; names follow the public-domain table of the tz database where it has the
/// usual one.
static NAMES: LazyLock<HashMap<&str, &str>> =
    LazyLock::new(|| include_str!("countries.tsv").lines().filter_map(|line| line.split_once('\t')).collect());

/// The name of a country by its ISO 3166-1 alpha-2 code; an unknown code stays as it is.
pub(super) fn name(code: &str) -> &str {
    NAMES.get(code).copied().unwrap_or(code)
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn codes_have_names() {
        assert_eq!((name("AT"), name("ZW"), name("??")), ("Austria", "Zimbabwe", "??"));
    }
}
