//! What history can be told by.

use outis_event::{Dimension, Term};

use crate::{Group, VisitField};

/// How the cells of a family stand to those of other families: it decides which differences can be worked out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// Cells are parts of the whole site.
    Single,
    /// Cells are parts of the first group's cells: a value of the second is told below one of the first.
    Within,
    /// Cells are parts of both groups' cells.
    Pair,
}

/// Up to two groups whose values are told together. Without any: the whole site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Family {
    first: Option<Group>,
    second: Option<Group>,
    rule: Rule,
}

const SINGLES: [Group; 14] = [
    Group::Dimension(Dimension::Event),
    Group::Dimension(Dimension::Channel),
    Group::Dimension(Dimension::Country),
    Group::Dimension(Dimension::Page),
    Group::Dimension(Dimension::Hostname),
    Group::Visit(VisitField::EntryPage),
    Group::Visit(VisitField::ExitPage),
    Group::Dimension(Dimension::UtmCampaign),
    Group::Dimension(Dimension::Browser),
    Group::Dimension(Dimension::Os),
    Group::Dimension(Dimension::Device),
    Group::Dimension(Dimension::Screen),
    Group::Dimension(Dimension::Customer),
    Group::Language,
];

/// Below whose values the second group's are told.
const WITHIN: [(Dimension, Group); 4] = [
    (Dimension::Channel, Group::Dimension(Dimension::Source)),
    (Dimension::Country, Group::Dimension(Dimension::Region)),
    (Dimension::Event, Group::Dimension(Dimension::Item)),
    (Dimension::Event, Group::Tag),
];

const PAIRS: [(Dimension, Dimension); 6] = [
    (Dimension::Page, Dimension::Source),
    (Dimension::Page, Dimension::Country),
    (Dimension::Page, Dimension::Device),
    (Dimension::Source, Dimension::Country),
    (Dimension::Source, Dimension::Device),
    (Dimension::Country, Dimension::Device),
];

impl Family {
    /// The whole site: its cells have no floor.
    pub const SITE: Family = Family { first: None, second: None, rule: Rule::Single };

    /// The values of one group.
    pub fn single(group: Group) -> Family {
        Family { first: Some(group), second: None, rule: Rule::Single }
    }

    /// The values of `group` below those of `above`.
    pub fn within(above: Dimension, group: Group) -> Family {
        Family { first: Some(Group::Dimension(above)), second: Some(group), rule: Rule::Within }
    }

    /// The values of two groups together.
    pub fn pair(first: Dimension, second: Dimension) -> Family {
        let group = |dimension| Some(Group::Dimension(dimension));
        Family { first: group(first), second: group(second), rule: Rule::Pair }
    }

    /// The families of a site, each behind those whose parts its cells are. `properties` are the keys of its
    /// properties; `crosses_pages` is false if pages must not be told together with place or device.
    pub fn declared(properties: impl IntoIterator<Item = Term>, crosses_pages: bool) -> Vec<Family> {
        let mut all: Vec<Family> = SINGLES.into_iter().map(Family::single).collect();
        all.extend(properties.into_iter().map(|key| Family::single(Group::Property(key))));
        all.extend(WITHIN.into_iter().map(|(above, group)| Family::within(above, group)));
        let is_open =
            |(a, b): &(Dimension, Dimension)| crosses_pages || *a != Dimension::Page || *b == Dimension::Source;
        all.extend(PAIRS.into_iter().filter(is_open).map(|(a, b)| Family::pair(a, b)));
        all
    }

    /// The family that tells the values of these groups, besides perhaps those of another.
    pub fn of_groups(groups: &[Group]) -> Option<Family> {
        match groups {
            [] => Some(Family::SITE),
            [one] if SINGLES.contains(one) || matches!(one, Group::Property(_)) => Some(Family::single(*one)),
            [one] => WITHIN.iter().find(|(_, below)| below == one).map(|(above, below)| Family::within(*above, *below)),
            [a, b] => {
                let is = |family: &Family| {
                    let groups = family.groups();
                    groups == [*a, *b] || groups == [*b, *a]
                };
                Family::declared([], true).into_iter().find(is)
            }
            _ => None,
        }
    }

    /// Its groups.
    pub fn groups(&self) -> Vec<Group> {
        self.first.into_iter().chain(self.second).collect()
    }

    /// How its cells stand to those of other families.
    pub fn rule(&self) -> Rule {
        self.rule
    }

    /// The families whose parts the cells of this one are, besides the whole site.
    pub fn parents(&self) -> Vec<Family> {
        let parent = |group: &Group| match group {
            Group::Dimension(Dimension::Source) => Family::within(Dimension::Channel, *group),
            group => Family::single(*group),
        };
        match self.rule {
            Rule::Single => Vec::new(),
            Rule::Within => self.first.iter().map(parent).collect(),
            Rule::Pair => self.groups().iter().map(parent).collect(),
        }
    }

    /// The numbers it is stored by: 0 for no group.
    pub fn codes(&self) -> [u32; 2] {
        [self.first, self.second].map(|group| group.map_or(0, code))
    }

    /// The family stored by these numbers; `None` if one is not known.
    pub fn of_codes(codes: [u32; 2]) -> Option<Family> {
        let [first, second] = codes;
        match (first, second) {
            (0, 0) => Some(Family::SITE),
            (_, 0) => Some(Family::single(group(first)?)),
            _ => {
                let (Group::Dimension(above), below) = (group(first)?, group(second)?) else { return None };
                let within = WITHIN.iter().any(|(a, b)| *a == above && *b == below);
                match below {
                    Group::Dimension(second) if !within => Some(Family::pair(above, second)),
                    _ => Some(Family::within(above, below)),
                }
            }
        }
    }
}

const OF_VISITS: u32 = 100;
const LANGUAGE: u32 = 200;
const TAG: u32 = 201;
const PROPERTIES: u32 = 1000;
const FIELDS: [VisitField; 4] =
    [VisitField::EntryPage, VisitField::ExitPage, VisitField::EntryHostname, VisitField::ExitHostname];

/// The number of a group; times have none, for cells are of days.
fn code(group: Group) -> u32 {
    match group {
        Group::Dimension(dimension) => dimension as u32 + 1,
        Group::Visit(field) => OF_VISITS + FIELDS.iter().position(|f| *f == field).map_or(0, |at| at as u32),
        Group::Language => LANGUAGE,
        Group::Tag => TAG,
        Group::Property(key) => PROPERTIES + key.0,
        Group::Time(_) => 0,
    }
}

fn group(code: u32) -> Option<Group> {
    match code {
        LANGUAGE => Some(Group::Language),
        TAG => Some(Group::Tag),
        PROPERTIES.. => Some(Group::Property(Term(code - PROPERTIES))),
        OF_VISITS.. => FIELDS.get((code - OF_VISITS) as usize).map(|field| Group::Visit(*field)),
        _ => Dimension::ALL.get((code as usize).checked_sub(1)?).map(|d| Group::Dimension(*d)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_come_back_from_their_numbers() {
        let all = Family::declared([Term(2), Term(70)], true);
        for family in all.iter().chain([&Family::SITE]) {
            assert_eq!(Family::of_codes(family.codes()), Some(*family));
        }
        assert_eq!(Family::of_codes([99, 0]), None);
    }

    #[test]
    fn parents_come_first_and_are_declared() {
        let all = Family::declared([], true);
        for (at, family) in all.iter().enumerate() {
            assert!(family.parents().iter().all(|parent| all[..at].contains(parent)), "{family:?}");
        }
    }

    #[test]
    fn sensitive_pages_are_not_told_with_place_or_device() {
        let all = Family::declared([], false);
        let with_page = all.iter().filter(|f| f.rule() == Rule::Pair && f.codes()[0] == Dimension::Page as u32 + 1);
        assert_eq!(with_page.count(), 1);
    }
}
