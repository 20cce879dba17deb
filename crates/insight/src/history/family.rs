//! What history can be told by.

use outis_event::{Dimension, Term, Vocabulary};

use crate::{Group, VisitField};

use super::members::Members;
use super::ways::Ways;

/// How the cells of a family stand to those of other families: it decides which differences can be worked out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// Cells are parts of the whole site.
    Single,
    /// Cells are parts of the first group's cells: a value of the second is told below one of the first.
    Within,
    /// Cells are parts of both groups' cells.
    Pair,
    /// Cells are numbers of visitors in sets that staff saved.
    Set,
    /// Cells are numbers of members; see [`Members`].
    Members,
    /// Cells are parts of those of the page that they are about; see [`Ways`].
    Ways,
}

/// Up to two groups whose values are told together, or something that is no group. Without any: the whole site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Family {
    first: Option<Group>,
    second: Option<Group>,
    other: Option<Other>,
    rule: Rule,
}

/// What is told and is no value of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Other {
    /// Visitors in a [kept](super::Kept) set.
    Set(Term),
    /// The same by the values of a dimension.
    SetBy(Term, Dimension),
    /// Members by their marks.
    Members(Members),
    /// Visits by page and the one after or before it.
    Ways(Ways),
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

const PAIRS: [(Dimension, Dimension); 10] = [
    (Dimension::Page, Dimension::Source),
    (Dimension::Page, Dimension::Country),
    (Dimension::Page, Dimension::Device),
    (Dimension::Source, Dimension::Country),
    (Dimension::Source, Dimension::Device),
    (Dimension::Country, Dimension::Device),
    (Dimension::Event, Dimension::Source),
    (Dimension::Event, Dimension::Country),
    (Dimension::Event, Dimension::Device),
    (Dimension::Event, Dimension::Customer),
];

/// Most pairs that staff may declare.
pub const MOST_PAIRS: usize = 20;

/// Where something is.
const PLACES: [Dimension; 2] = [Dimension::Country, Dimension::Region];
/// What it is seen with.
const DEVICES: [Dimension; 9] = [
    Dimension::Device,
    Dimension::Browser,
    Dimension::BrowserVersion,
    Dimension::Os,
    Dimension::OsVersion,
    Dimension::Screen,
    Dimension::Viewport,
    Dimension::Density,
    Dimension::Touch,
];

impl Family {
    /// The whole site: its cells have no floor.
    pub const SITE: Family = Family { first: None, second: None, other: None, rule: Rule::Single };

    /// The values of one group.
    pub fn single(group: Group) -> Family {
        Family { first: Some(group), second: None, other: None, rule: Rule::Single }
    }

    /// The values of `group` below those of `above`.
    pub fn within(above: Dimension, group: Group) -> Family {
        Family { first: Some(Group::Dimension(above)), second: Some(group), other: None, rule: Rule::Within }
    }

    /// The values of two groups together.
    pub fn pair(first: Dimension, second: Dimension) -> Family {
        Family::pair_in_order(Group::Dimension(first), Group::Dimension(second))
    }

    fn pair_in_order(first: Group, second: Group) -> Family {
        Family { first: Some(first), second: Some(second), other: None, rule: Rule::Pair }
    }

    /// The values of any two groups together, in the order in which they are stored.
    fn pair_of(a: Group, b: Group) -> Family {
        let built_in = |a: Group, b: Group| {
            PAIRS.iter().any(|(first, second)| [a, b] == [first, second].map(|d| Group::Dimension(*d)))
        };
        let keeps_order = built_in(a, b) || !built_in(b, a) && code(a) <= code(b);
        if keeps_order { Family::pair_in_order(a, b) } else { Family::pair_in_order(b, a) }
    }

    /// The pair that staff may declare of two groups: groups that are told singly, but for lists. `None` of others.
    pub fn declarable(a: Group, b: Group) -> Option<Family> {
        let is_told = |group: Group| match group {
            Group::Language => false,
            Group::Property(_) | Group::Dimension(Dimension::Source) => true,
            group => SINGLES.contains(&group),
        };
        let is_within = WITHIN.iter().any(|(above, below)| {
            let above = Group::Dimension(*above);
            (above, *below) == (a, b) || (above, *below) == (b, a)
        });
        (a != b && is_told(a) && is_told(b) && !is_within).then(|| Family::pair_of(a, b))
    }

    /// A set that staff saved.
    pub fn set(id: Term) -> Family {
        Family { first: None, second: None, other: Some(Other::Set(id)), rule: Rule::Set }
    }

    /// A set that staff saved, by the values of a dimension.
    pub fn set_by(id: Term, dimension: Dimension) -> Family {
        Family { first: None, second: None, other: Some(Other::SetBy(id, dimension)), rule: Rule::Set }
    }

    /// The family that tells the values of a dimension by which other things are told.
    pub fn of_values(group: Group) -> Family {
        match group {
            Group::Dimension(Dimension::Source) => Family::within(Dimension::Channel, group),
            group => Family::single(group),
        }
    }

    /// Members.
    pub fn members(of: Members) -> Family {
        Family { first: None, second: None, other: Some(Other::Members(of)), rule: Rule::Members }
    }

    /// The pages after or before each page.
    pub fn ways(of: Ways) -> Family {
        Family { first: None, second: None, other: Some(Other::Ways(of)), rule: Rule::Ways }
    }

    /// Which members it tells of, if it does.
    pub fn of_members(&self) -> Option<Members> {
        match self.other {
            Some(Other::Members(of)) => Some(of),
            _ => None,
        }
    }

    /// The families of a site, each behind those whose parts its cells are. `properties` are the keys of its
    /// properties, `pairs` what staff declared; `crosses_pages` is false if pages must not be told together with place
    /// or device.
    pub fn declared(
        properties: impl IntoIterator<Item = Term>,
        pairs: &[[Group; 2]],
        crosses_pages: bool,
    ) -> Vec<Family> {
        let mut all: Vec<Family> = SINGLES.into_iter().map(Family::single).collect();
        all.extend(properties.into_iter().map(|key| Family::single(Group::Property(key))));
        all.extend(WITHIN.into_iter().map(|(above, group)| Family::within(above, group)));
        let of_staff = pairs.iter().filter_map(|[a, b]| Family::declarable(*a, *b)).take(MOST_PAIRS);
        for pair in PAIRS.into_iter().map(|(a, b)| Family::pair(a, b)).chain(of_staff) {
            let is_known = pair.parents().iter().all(|parent| all.contains(parent));
            if is_known && !all.contains(&pair) && (crosses_pages || !pair.tells_pages_apart()) {
                all.push(pair);
            }
        }
        all
    }

    /// True if it tells pages together with place or device.
    pub fn tells_pages_apart(&self) -> bool {
        let groups = self.groups();
        let is_page = |group: &Group| {
            let pages = [VisitField::EntryPage, VisitField::ExitPage].map(Group::Visit);
            *group == Group::Dimension(Dimension::Page) || pages.contains(group)
        };
        groups.iter().any(is_page) && groups.iter().any(Family::is_place_or_device)
    }

    /// True of places and of what devices are told by: what is sensitive is told with none of them.
    pub fn is_place_or_device(group: &Group) -> bool {
        matches!(group, Group::Dimension(dimension) if PLACES.contains(dimension) || DEVICES.contains(dimension))
    }

    /// The family that tells the values of these groups, besides perhaps those of another.
    pub fn of_groups(groups: &[Group]) -> Option<Family> {
        match groups {
            [] => Some(Family::SITE),
            [one] if SINGLES.contains(one) || matches!(one, Group::Property(_)) => Some(Family::single(*one)),
            [one] => WITHIN.iter().find(|(_, below)| below == one).map(|(above, below)| Family::within(*above, *below)),
            [a, b] => {
                let is = |(above, below): &&(Dimension, Group)| {
                    let above = Group::Dimension(*above);
                    (above, *below) == (*a, *b) || (above, *below) == (*b, *a)
                };
                match WITHIN.iter().find(is) {
                    Some((above, below)) => Some(Family::within(*above, *below)),
                    None => Family::declarable(*a, *b),
                }
            }
            _ => None,
        }
    }

    /// What its groups are called in requests; of a set its number.
    pub fn names(&self, words: &Vocabulary) -> Vec<String> {
        match self.other {
            Some(Other::Set(id) | Other::SetBy(id, _)) => vec![format!("set {}", id.0)],
            Some(Other::Members(_)) => vec!["members".to_owned()],
            Some(Other::Ways(_)) => vec!["pages before and after".to_owned()],
            None => self.groups().into_iter().filter_map(|group| group.name(words)).collect(),
        }
    }

    /// Its groups.
    pub fn groups(&self) -> Vec<Group> {
        self.first.into_iter().chain(self.second).collect()
    }

    /// The groups whose terms the keys of its cells are, in their order; none of sets as a whole and of members, whose
    /// keys are no words.
    pub fn values(&self) -> Vec<Group> {
        let page = Group::Dimension(Dimension::Page);
        match self.other {
            Some(Other::SetBy(_, dimension)) => vec![Group::Dimension(dimension)],
            Some(Other::Ways(_)) => vec![page, page],
            Some(Other::Set(_) | Other::Members(_)) => Vec::new(),
            None => self.groups(),
        }
    }

    /// How its cells stand to those of other families.
    pub fn rule(&self) -> Rule {
        self.rule
    }

    /// The families whose parts the cells of this one are, besides the whole site.
    pub fn parents(&self) -> Vec<Family> {
        let parent = |group: &Group| Family::of_values(*group);
        match self.rule {
            Rule::Single | Rule::Set | Rule::Members | Rule::Ways => Vec::new(),
            Rule::Within => self.first.iter().map(parent).collect(),
            Rule::Pair => self.groups().iter().map(parent).collect(),
        }
    }

    /// The numbers it is stored by: 0 for no group.
    pub fn codes(&self) -> [u32; 2] {
        match self.other {
            Some(Other::Set(id)) => [SETS, id.0],
            Some(Other::SetBy(id, dimension)) => [SETS_BY + dimension as u32, id.0],
            Some(Other::Members(of)) => [MEMBERS, of as u32],
            Some(Other::Ways(of)) => [WAYS, of as u32],
            None => [self.first, self.second].map(|group| group.map_or(0, code)),
        }
    }

    /// The family stored by these numbers; `None` if one is not known.
    pub fn of_codes(codes: [u32; 2]) -> Option<Family> {
        let [first, second] = codes;
        match (first, second) {
            (0, 0) => Some(Family::SITE),
            (SETS, id) => Some(Family::set(Term(id))),
            (WAYS, of) => [Ways::Next, Ways::Previous].into_iter().find(|ways| *ways as u32 == of).map(Family::ways),
            (SETS_BY..PROPERTIES, id) => {
                let dimension = Dimension::ALL.get((first - SETS_BY) as usize)?;
                Some(Family::set_by(Term(id), *dimension))
            }
            (MEMBERS, of) => Members::ALL.into_iter().find(|members| *members as u32 == of).map(Family::members),
            (_, 0) => Some(Family::single(group(first)?)),
            _ => {
                let (first, second) = (group(first)?, group(second)?);
                match WITHIN.iter().find(|(above, below)| Group::Dimension(*above) == first && *below == second) {
                    Some((above, below)) => Some(Family::within(*above, *below)),
                    None => Some(Family::pair_in_order(first, second)),
                }
            }
        }
    }
}

const OF_VISITS: u32 = 100;
const LANGUAGE: u32 = 200;
const TAG: u32 = 201;
const SETS: u32 = 900;
const WAYS: u32 = 910;
const MEMBERS: u32 = 920;
/// One for each dimension.
const SETS_BY: u32 = 930;
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
        SETS..PROPERTIES => None,
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
        let pairs = [[Group::Property(Term(2)), Group::Dimension(Dimension::Country)]];
        let all = Family::declared([Term(2), Term(70)], &pairs, true);
        assert!(all.iter().any(|family| family.groups().contains(&pairs[0][0]) && family.rule() == Rule::Pair));
        let members = Members::ALL.map(Family::members);
        let by = Family::set_by(Term(70_000), Dimension::Customer);
        let before = Family::ways(Ways::Previous);
        for family in all.iter().chain(&members).chain([&Family::SITE, &Family::set(Term(7_000)), &by, &before]) {
            assert_eq!(Family::of_codes(family.codes()), Some(*family));
        }
        assert_eq!(Family::of_codes([99, 0]), None);
    }

    #[test]
    fn parents_come_first_and_are_declared() {
        let pairs = [[Group::Dimension(Dimension::Browser), Group::Dimension(Dimension::UtmCampaign)]];
        let all = Family::declared([], &pairs, true);
        for (at, family) in all.iter().enumerate() {
            assert!(family.parents().iter().all(|parent| all[..at].contains(parent)), "{family:?}");
        }
    }

    #[test]
    fn sensitive_pages_are_not_told_with_place_or_device() {
        let page = Group::Dimension(Dimension::Page);
        let pairs = [[page, Group::Dimension(Dimension::Os)], [page, Group::Dimension(Dimension::UtmCampaign)]];
        let with_page = |crosses: bool| {
            let all = Family::declared([], &pairs, crosses);
            all.iter().filter(|f| f.rule() == Rule::Pair && f.groups().contains(&page)).count()
        };
        assert_eq!((with_page(true), with_page(false)), (5, 2));
    }

    #[test]
    fn staff_may_pair_what_is_told_singly() {
        let of = |a, b| Family::declarable(Group::Dimension(a), Group::Dimension(b));
        assert_eq!(of(Dimension::Browser, Dimension::Country), of(Dimension::Country, Dimension::Browser));
        assert!(of(Dimension::Browser, Dimension::Country).is_some());
        assert!(of(Dimension::Country, Dimension::Country).is_none());
        // Told below its country anyway, and singly nowhere.
        assert!(of(Dimension::Country, Dimension::Region).is_none());
        assert!(of(Dimension::Browser, Dimension::Region).is_none());
        assert!(Family::declarable(Group::Tag, Group::Dimension(Dimension::Browser)).is_none());
    }
}
