//! What editors decide about a placement: pin, boost, exclude, must-have tags.

use serde::Serialize;

use crate::tagging::Tagging;

/// Most rules of a placement.
pub const MOST_RULES: usize = 100;

/// Which items a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Selector {
    /// One item.
    Item(u32),
    /// All items of a tag or below it.
    Tag(u32),
}

/// One decision.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// The item stands at this rank, from 0, whatever its score.
    Pin {
        /// The item.
        item: u32,
        /// The rank.
        rank: u8,
    },
    /// Scores are multiplied.
    Boost {
        /// Which items'.
        what: Selector,
        /// By this, 0.1 to 10; below 1 it buries.
        factor: f32,
    },
    /// Never shown here.
    Exclude(Selector),
    /// Only items of this tag are shown; of several tags all.
    MustHaveTag(u32),
}

/// Why rules are refused. Rules are told by their places in the list, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// Two rules that cannot both hold.
    #[error("rules {first} and {second} contradict each other: {why}")]
    Contradiction {
        /// The earlier one.
        first: usize,
        /// The later one.
        second: usize,
        /// In which way.
        why: &'static str,
    },
    /// A factor that is out of bounds.
    #[error("rule {0}: a factor is 0.1 to 10")]
    Factor(usize),
    /// A rank that no list has.
    #[error("rule {0}: a rank is 0 to 99")]
    Rank(usize),
    /// Too many.
    #[error("a placement has at most {MOST_RULES} rules")]
    TooMany,
}

/// Rules that do not contradict each other.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Rules(Vec<Rule>);

impl Rules {
    /// Checks rules against each other, with the tags that items have now. Where tags change later, what excludes wins.
    ///
    /// # Errors
    /// [`RuleError`].
    pub fn declare(rules: Vec<Rule>, tagging: &Tagging) -> Result<Rules, RuleError> {
        if rules.len() > MOST_RULES {
            return Err(RuleError::TooMany);
        }
        for (at, rule) in rules.iter().enumerate() {
            match rule {
                Rule::Boost { factor, .. } if !(0.1..=10.0).contains(factor) => return Err(RuleError::Factor(at)),
                Rule::Pin { rank, .. } if *rank >= 100 => return Err(RuleError::Rank(at)),
                _ => {}
            }
            for (first, other) in rules[..at].iter().enumerate() {
                if let Some(why) = contradiction(other, rule, tagging).or_else(|| contradiction(rule, other, tagging)) {
                    return Err(RuleError::Contradiction { first, second: at, why });
                }
            }
        }
        Ok(Rules(rules))
    }

    /// In the order they were declared.
    #[must_use]
    pub fn all(&self) -> &[Rule] {
        &self.0
    }

    /// True if the rules let an item of these tags (ascending) be shown.
    pub(super) fn allow(&self, item: u32, tags: &[u32]) -> bool {
        self.0.iter().all(|rule| match rule {
            Rule::Exclude(what) => !selects(*what, item, tags),
            Rule::MustHaveTag(tag) => tags.binary_search(tag).is_ok(),
            Rule::Pin { .. } | Rule::Boost { .. } => true,
        })
    }

    /// What its score is multiplied by, and the rule that raises it the most.
    pub(super) fn boost(&self, item: u32, tags: &[u32]) -> (f32, Option<usize>) {
        let mut product = 1.0;
        let mut by: Option<(f32, usize)> = None;
        for (at, rule) in self.0.iter().enumerate() {
            if let Rule::Boost { what, factor } = rule
                && selects(*what, item, tags)
            {
                product *= factor;
                if *factor > 1.0 && by.is_none_or(|(most, _)| *factor > most) {
                    by = Some((*factor, at));
                }
            }
        }
        (product, by.map(|(_, at)| at))
    }

    /// Rank, item and place of each pin, by rank.
    pub(super) fn pins(&self) -> Vec<(u8, u32, usize)> {
        let pin = |(at, rule): (usize, &Rule)| match rule {
            Rule::Pin { item, rank } => Some((*rank, *item, at)),
            _ => None,
        };
        let mut pins: Vec<_> = self.0.iter().enumerate().filter_map(pin).collect();
        pins.sort_unstable();
        pins
    }
}

fn selects(what: Selector, item: u32, tags: &[u32]) -> bool {
    match what {
        Selector::Item(one) => one == item,
        Selector::Tag(tag) => tags.binary_search(&tag).is_ok(),
    }
}

fn contradiction(one: &Rule, other: &Rule, tagging: &Tagging) -> Option<&'static str> {
    match (one, other) {
        (Rule::Pin { rank: a, .. }, Rule::Pin { rank: b, .. }) if a == b => Some("two items at one rank"),
        (Rule::Pin { item: a, .. }, Rule::Pin { item: b, .. }) if a == b => Some("one item at two ranks"),
        (Rule::Pin { item, .. }, Rule::Exclude(what)) if selects(*what, *item, tagging.tags_of(*item)) => {
            Some("a pinned item is excluded")
        }
        (Rule::Pin { item, .. }, Rule::MustHaveTag(tag)) if tagging.tags_of(*item).binary_search(tag).is_err() => {
            Some("a pinned item has not the tag that items must have")
        }
        (Rule::Boost { what, .. }, Rule::Exclude(excluded)) => match (what, excluded) {
            (Selector::Item(item), excluded) if selects(*excluded, *item, tagging.tags_of(*item)) => {
                Some("a boosted item is excluded")
            }
            (Selector::Tag(a), Selector::Tag(b)) if a == b => Some("a boosted tag is excluded"),
            _ => None,
        },
        (Rule::Boost { what: a, .. }, Rule::Boost { what: b, .. }) if a == b => Some("the same is boosted twice"),
        (Rule::MustHaveTag(tag), Rule::Exclude(Selector::Tag(excluded))) if tag == excluded => {
            Some("the tag that items must have is excluded")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contradictions_are_told() {
        // Item 0 has tags 0 and 1, item 1 has tag 1.
        let tagging = Tagging::new(&[vec![0, 1], vec![1]], 3);
        let pin = |item, rank| Rule::Pin { item, rank };
        let boost = |what| Rule::Boost { what, factor: 2.0 };
        let cases = [
            (vec![pin(0, 1), pin(1, 1)], "two items at one rank"),
            (vec![pin(0, 1), pin(0, 2)], "one item at two ranks"),
            (vec![pin(0, 1), Rule::Exclude(Selector::Item(0))], "a pinned item is excluded"),
            (vec![Rule::Exclude(Selector::Tag(0)), pin(0, 1)], "a pinned item is excluded"),
            (vec![Rule::MustHaveTag(0), pin(1, 1)], "has not the tag"),
            (vec![boost(Selector::Item(0)), Rule::Exclude(Selector::Tag(1))], "a boosted item is excluded"),
            (vec![boost(Selector::Tag(1)), Rule::Exclude(Selector::Tag(1))], "a boosted tag is excluded"),
            (vec![boost(Selector::Tag(1)), boost(Selector::Tag(1))], "boosted twice"),
            (vec![Rule::MustHaveTag(2), Rule::Exclude(Selector::Tag(2))], "must have is excluded"),
        ];
        for (rules, why) in cases {
            let error = Rules::declare(rules, &tagging).expect_err(why).to_string();
            assert!(error.starts_with("rules 0 and 1") && error.contains(why), "{error}");
        }
        let good = vec![pin(0, 1), pin(1, 0), boost(Selector::Tag(2)), Rule::MustHaveTag(1)];
        assert!(Rules::declare(good, &tagging).is_ok());
        let factor = vec![Rule::Boost { what: Selector::Tag(0), factor: f32::NAN }];
        assert_eq!(Rules::declare(factor, &tagging), Err(RuleError::Factor(0)));
        assert_eq!(Rules::declare(vec![pin(0, 100)], &tagging), Err(RuleError::Rank(0)));
        assert_eq!(Rules::declare(vec![Rule::MustHaveTag(0); 101], &tagging), Err(RuleError::TooMany));
    }
}
