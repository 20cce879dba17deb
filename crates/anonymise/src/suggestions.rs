//! What pages tell of lists of suggestions: planned everywhere, in words that are the same for everybody.

use outis_event::Plan;

use crate::SiteContext;

/// Lists have at most a hundred places.
const PLACES: u8 = 100;

/// True if such an event may say this of itself on every site: a variant that staff declared, or a place in a list.
pub(crate) fn declares(ctx: &SiteContext, event: &str, key: &str, text: &str) -> bool {
    Plan::SUGGESTIONS.contains(&event)
        && match key {
            Plan::VARIANT => ctx.declares_variant(text),
            Plan::RANK => is_place(text),
            _ => false,
        }
}

/// Written one way only: others would be as many words as there are ways of writing it.
fn is_place(text: &str) -> bool {
    text.parse::<u8>().is_ok_and(|place| place < PLACES && place.to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_one_way_of_writing() {
        for (text, is) in [("0", true), ("99", true), ("100", false), ("07", false), ("+7", false), ("", false)] {
            assert_eq!(is_place(text), is, "{text}");
        }
    }
}
