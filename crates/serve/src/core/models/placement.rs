//! Named places of an application where lists are shown, as staff declare them: in words, checked against the catalogue.

use std::collections::BTreeSet;

use outis_personal::catalogue::Catalogue;
use outis_personal::serve::{Logic, Placement, Rule, RuleError, Rules, Selector};
use outis_personal::tagging::Tagging;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Most placements of a site.
pub(crate) const MOST_PLACEMENTS: usize = 100;
/// Most variants of a placement.
const MOST_VARIANTS: usize = 8;
const MOST_NAME_BYTES: usize = 64;
/// The variant of a placement that has no others.
pub(crate) const CONTROL: &str = "control";
/// Numbers below are of what is there without being declared.
pub(crate) const FIRST_NUMBER: u16 = 16;

/// A named place where lists are shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlacementText {
    /// Its name: letters, digits, `-` and `_`, at most 64.
    pub(crate) name: String,
    /// What lists are made by. Default: `for_you`.
    #[serde(default = "for_you")]
    #[schema(value_type = String)]
    pub(crate) logic: Logic,
    /// 0 for the best scores, 1 for tags as different as can be. Default: 0.2.
    #[serde(default = "diversity")]
    pub(crate) diversity: f32,
    /// Share of the list for new items, 0 to 0.5. Default: 0.1.
    #[serde(default = "explore")]
    pub(crate) explore: f32,
    /// What editors decide, at most 100.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) rules: Vec<RuleText>,
    /// Variants that are compared, the first being the control; at most 8.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) variants: Vec<VariantText>,
}

/// A variant: what is not said is as in the placement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VariantText {
    /// Its name.
    pub(crate) name: String,
    /// Its share beside those of the others.
    pub(crate) share: u16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub(crate) logic: Option<Logic>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) diversity: Option<f32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) explore: Option<f32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rules: Option<Vec<RuleText>>,
}

/// What editors decide.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RuleText {
    /// The item stands at this rank, from 0.
    Pin { item: String, rank: u8 },
    /// Scores of an item, or of all items of a tag, are multiplied, by 0.1 to 10.
    Boost {
        #[serde(flatten)]
        what: WhatText,
        factor: f32,
    },
    /// An item, or all items of a tag, are never shown here.
    Exclude(WhatText),
    /// Only items of this tag are shown.
    MustHaveTag(String),
}

/// Which items.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WhatText {
    /// One.
    Item(String),
    /// Those of a tag or below it.
    Tag(String),
}

fn for_you() -> Logic {
    Logic::ForYou
}

fn diversity() -> f32 {
    0.2
}

fn explore() -> f32 {
    0.1
}

/// Why a placement is refused. It holds nothing of what was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct PlacementError {
    /// Where in the placement, as a JSON pointer.
    pub(crate) pointer: String,
    /// What is wrong and what works.
    pub(crate) message: String,
}

fn wrong<T>(pointer: impl Into<String>, message: impl Into<String>) -> Result<T, PlacementError> {
    Err(PlacementError { pointer: pointer.into(), message: message.into() })
}

/// A placement that lists can be made by.
#[derive(Clone, Debug)]
pub(crate) struct Ready {
    pub(crate) name: String,
    /// Name, share and what lists are made by; at least one.
    pub(crate) variants: Vec<(String, u16, Placement)>,
}

impl Ready {
    /// What is there without being declared.
    pub(crate) fn built_in(name: &str, number: u16, logic: Logic, explore: f32) -> Ready {
        let placement =
            Placement { number, variant: 0, logic, rules: Rules::default(), diversity: diversity(), explore };
        Ready { name: name.to_owned(), variants: vec![(CONTROL.to_owned(), 1, placement)] }
    }
}

impl PlacementText {
    /// Checks it against the catalogue.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub(crate) fn check(&self, catalogue: &Catalogue, tagging: &Tagging) -> Result<(), PlacementError> {
        check_name("/name", &self.name)?;
        let mut names = BTreeSet::new();
        if self.variants.len() > MOST_VARIANTS {
            return wrong("/variants", "a placement has at most 8 variants");
        }
        for (at, variant) in self.variants.iter().enumerate() {
            check_name(&format!("/variants/{at}/name"), &variant.name)?;
            if !names.insert(&variant.name) {
                return wrong(format!("/variants/{at}/name"), "another variant has this name");
            }
        }
        if !self.variants.is_empty() && self.variants.iter().all(|variant| variant.share == 0) {
            return wrong("/variants", "some variant needs a share above 0");
        }
        check_shares("", self.diversity, self.explore)?;
        rules("/rules", &self.rules, catalogue, tagging)?;
        for (at, variant) in self.variants.iter().enumerate() {
            let below = format!("/variants/{at}");
            let (diversity, explore) = (variant.diversity.unwrap_or(0.0), variant.explore.unwrap_or(0.0));
            check_shares(&below, diversity, explore)?;
            rules(&format!("{below}/rules"), variant.rules.as_deref().unwrap_or_default(), catalogue, tagging)?;
        }
        Ok(())
    }

    /// Makes it ready with the catalogue as it is now. Rules about items or tags that are not there any more, or that
    /// contradict others since, are left out.
    pub(crate) fn ready(&self, number: u16, catalogue: &Catalogue, tagging: &Tagging) -> Ready {
        let of = |variant: u8, logic, diversity, explore, texts: &[RuleText]| {
            let mut kept: Vec<Rule> = Vec::new();
            for rule in texts.iter().filter_map(|text| text.resolve("", catalogue).ok()) {
                kept.push(rule);
                if Rules::declare(kept.clone(), tagging).is_err() {
                    kept.pop();
                }
            }
            let rules = Rules::declare(kept, tagging).unwrap_or_default();
            Placement { number, variant, logic, rules, diversity, explore }
        };
        let mut variants = Vec::new();
        for (variant, number) in self.variants.iter().zip(0_u8..) {
            let logic = variant.logic.unwrap_or(self.logic);
            let (diversity, explore) =
                (variant.diversity.unwrap_or(self.diversity), variant.explore.unwrap_or(self.explore));
            let rules = variant.rules.as_ref().unwrap_or(&self.rules);
            variants.push((variant.name.clone(), variant.share, of(number, logic, diversity, explore, rules)));
        }
        if variants.is_empty() {
            let only = of(0, self.logic, self.diversity, self.explore, &self.rules);
            variants.push((CONTROL.to_owned(), 1, only));
        }
        Ready { name: self.name.clone(), variants }
    }

    /// Its variants as events name them: `home.usual`.
    pub(crate) fn variant_names(&self) -> impl Iterator<Item = String> + '_ {
        let only = self.variants.is_empty().then_some(CONTROL);
        let names = self.variants.iter().map(|variant| variant.name.as_str()).chain(only);
        names.map(|name| format!("{}.{name}", self.name))
    }

    /// Places of rules that name what is not in the catalogue any more.
    pub(crate) fn idle_rules(&self, catalogue: &Catalogue) -> Vec<String> {
        let of = |below: &str, texts: &[RuleText]| {
            let idle = |(at, text): (usize, &RuleText)| text.resolve(&format!("{below}/{at}"), catalogue).err();
            texts.iter().enumerate().filter_map(idle).map(|error| error.pointer).collect::<Vec<_>>()
        };
        let mut all = of("/rules", &self.rules);
        for (at, variant) in self.variants.iter().enumerate() {
            all.extend(of(&format!("/variants/{at}/rules"), variant.rules.as_deref().unwrap_or_default()));
        }
        all
    }
}

fn check_name(pointer: &str, name: &str) -> Result<(), PlacementError> {
    let good = (1..=MOST_NAME_BYTES).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if good { Ok(()) } else { wrong(pointer, "a name has 1 to 64 letters, digits, - or _") }
}

fn check_shares(below: &str, diversity: f32, explore: f32) -> Result<(), PlacementError> {
    if !(0.0..=1.0).contains(&diversity) {
        return wrong(format!("{below}/diversity"), "diversity is 0 to 1");
    }
    if !(0.0..=0.5).contains(&explore) {
        return wrong(format!("{below}/explore"), "explore is 0 to 0.5");
    }
    Ok(())
}

fn rules(below: &str, texts: &[RuleText], catalogue: &Catalogue, tagging: &Tagging) -> Result<Rules, PlacementError> {
    let mut all = Vec::with_capacity(texts.len());
    for (at, text) in texts.iter().enumerate() {
        all.push(text.resolve(&format!("{below}/{at}"), catalogue)?);
    }
    Rules::declare(all, tagging).map_err(|error| {
        let pointer = match error {
            RuleError::Contradiction { second, .. } => format!("{below}/{second}"),
            RuleError::Factor(at) | RuleError::Rank(at) => format!("{below}/{at}"),
            RuleError::TooMany => below.to_owned(),
        };
        PlacementError { pointer, message: error.to_string() }
    })
}

impl RuleText {
    fn resolve(&self, below: &str, catalogue: &Catalogue) -> Result<Rule, PlacementError> {
        let item = |place: &str, id: &str| match catalogue.number(id).filter(|at| catalogue.item(*at).is_some()) {
            Some(number) => Ok(number),
            None => wrong(format!("{below}{place}"), "the catalogue has no such item: put it there first"),
        };
        let tag = |place: &str, text: &str| match catalogue.tag(text) {
            Some(tag) => Ok(tag),
            None => wrong(format!("{below}{place}"), "no item of the catalogue has this tag"),
        };
        let what = |place: &str, what: &WhatText| match what {
            WhatText::Item(id) => Ok(Selector::Item(item(&format!("{place}/item"), id)?)),
            WhatText::Tag(text) => Ok(Selector::Tag(tag(&format!("{place}/tag"), text)?)),
        };
        match self {
            RuleText::Pin { item: id, rank } => Ok(Rule::Pin { item: item("/pin/item", id)?, rank: *rank }),
            RuleText::Boost { what: of, factor } => Ok(Rule::Boost { what: what("/boost", of)?, factor: *factor }),
            RuleText::Exclude(of) => Ok(Rule::Exclude(what("/exclude", of)?)),
            RuleText::MustHaveTag(text) => Ok(Rule::MustHaveTag(tag("/must_have_tag", text)?)),
        }
    }
}
