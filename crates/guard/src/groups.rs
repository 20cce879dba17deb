//! Members by groups that lie within each other, such as tags: what a batch tells of what members stated.

use crate::round::rounded;

/// A group, and how many different members are in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberGroup<K> {
    /// What it is called.
    pub key: K,
    /// Members in it, exactly.
    pub members: u64,
    /// The place, in the same list, of the group that all of it lies within.
    pub within: Option<usize>,
}

/// What may be said of groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToldGroups<K> {
    /// Groups with their members in fives, the largest first, those of the same size in the order of their names.
    pub rows: Vec<(K, u64)>,
    /// Groups with a member that are not told: their members are told with the group they lie within, if that is.
    pub hidden: usize,
}

/// Tells groups of at least `floor` members. A group is hidden too where those who are in a group around it, and not in it, are
/// somebody and fewer than the floor: one number taken from the other would tell them.
///
/// Groups may have members in common in other ways, which this knows nothing of: there only the rounding blurs differences. So
/// counts are to change in batches only, together with enough members.
pub fn told_groups<K: Ord>(groups: Vec<MemberGroup<K>>, floor: u64) -> ToldGroups<K> {
    let is_told: Vec<bool> = (0..groups.len()).map(|at| may_be_told(&groups, at, floor)).collect();
    let hidden = groups.iter().zip(&is_told).filter(|(group, told)| !**told && group.members > 0).count();
    let told = groups.into_iter().zip(is_told).filter(|(_, told)| *told);
    let mut rows: Vec<(K, u64)> = told.map(|(group, _)| (group.key, rounded(group.members))).collect();
    rows.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    ToldGroups { rows, hidden }
}

fn may_be_told<K>(groups: &[MemberGroup<K>], at: usize, floor: u64) -> bool {
    let members = groups[at].members;
    let mut around = groups[at].within;
    // As many steps as there are groups: a circle of groups has an end all the same.
    for _ in 0..groups.len() {
        let Some(group) = around.and_then(|around| groups.get(around)) else { break };
        if (1..floor).contains(&group.members.abs_diff(members)) {
            return false;
        }
        around = group.within;
    }
    members >= floor.max(1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn groups(all: &[(&'static str, u64, Option<usize>)]) -> Vec<MemberGroup<&'static str>> {
        all.iter().map(|(key, members, within)| MemberGroup { key: *key, members: *members, within: *within }).collect()
    }

    #[test]
    fn small_groups_and_small_differences_are_hidden() {
        let all = [
            ("science", 100, None),
            ("science/stars", 96, Some(0)),
            ("science/stars/dwarfs", 96, Some(1)),
            ("science/maps", 63, Some(0)),
            ("science/maps/old", 63, Some(3)),
            ("art", 9, None),
            ("nothing", 0, None),
            ("books", 12, None),
        ];
        let told = told_groups(groups(&all), 10);
        let expected = [("science", 100), ("science/maps", 65), ("science/maps/old", 65), ("books", 10)];
        assert_eq!(told, ToldGroups { rows: expected.into(), hidden: 3 });
    }

    proptest! {
        #[test]
        fn no_difference_of_what_lies_within_each_other_is_of_few(
            sizes in proptest::collection::vec((0_u64..60, any::<prop::sample::Index>()), 1..20), floor in 5_u64..20,
        ) {
            // Each lies within an earlier one, and is not larger.
            let mut all: Vec<MemberGroup<usize>> = Vec::new();
            for (at, (members, within)) in sizes.iter().enumerate() {
                let within = (at > 0).then(|| within.index(at));
                let members = within.map_or(*members, |within| (*members).min(all[within].members));
                all.push(MemberGroup { key: at, members, within });
            }
            let told = told_groups(all.clone(), floor);
            for (key, members) in &told.rows {
                prop_assert!(all[*key].members >= floor && members % 5 == 0);
                let mut around = all[*key].within;
                while let Some(at) = around {
                    let others = all[at].members - all[*key].members;
                    prop_assert!(others == 0 || others >= floor);
                    around = all[at].within;
                }
            }
            let someone = all.iter().filter(|group| group.members > 0).count();
            prop_assert_eq!(told.rows.len() + told.hidden, someone);
        }
    }
}
