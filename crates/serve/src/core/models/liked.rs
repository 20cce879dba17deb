//! How many members like something of a tag: counted with each publication of lists, told through the guard.

use std::collections::BTreeSet;

use outis_event::{SiteId, Timestamp};
use outis_guard::{MemberGroup, told_groups};
use outis_personal::catalogue::Catalogue;
use outis_personal::matrix::Contribution;
use outis_personal::tagging::Tagging;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Models;

/// Most tags that are told.
const MOST_TOLD: usize = 200;

/// Members by what they like, at one publication. Exact, so it lies sealed with the lists, and dies with them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Liked {
    at_ms: Option<i64>,
    /// Who like anything.
    members: u32,
    /// By the tag's number: who like or have bookmarked something of it.
    tags: Vec<(u32, u32)>,
}

impl Liked {
    /// Counts members, each once for each tag that anything they like has, tags above it included.
    pub(super) fn of(members: &[Contribution], tagging: &Tagging, at: Timestamp) -> Liked {
        let mut counts = vec![0_u32; tagging.tags()];
        for member in members {
            let theirs: BTreeSet<u32> =
                member.items().iter().flat_map(|item| tagging.tags_of(*item)).copied().collect();
            theirs.into_iter().for_each(|tag| counts[tag as usize] += 1);
        }
        let tags = (0_u32..).zip(counts).filter(|(_, members)| *members > 0).collect();
        let members = members.iter().filter(|member| !member.items().is_empty()).count();
        Liked {
            at_ms: Some(at.0 - at.0.rem_euclid(3_600_000)),
            members: u32::try_from(members).unwrap_or(u32::MAX),
            tags,
        }
    }
}

/// How many members like something of a tag.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LikedTold {
    /// When it was counted, to the hour, in milliseconds since 1970; null: too few members have said anything yet.
    counted_ms: Option<i64>,
    /// Members who like anything, in fives; null: fewer than the floor.
    members: Option<u64>,
    /// The most liked first, at most 200.
    tags: Vec<LikedTag>,
    /// So many tags have too few members, or all but a few of a tag above them, or come after those told.
    hidden: usize,
    /// Least members that are told of.
    floor: u32,
}

/// A tag.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct LikedTag {
    tag: String,
    /// Members who like or have bookmarked something of it or of a tag below it, in fives.
    members: u64,
}

impl Liked {
    fn told(&self, catalogue: &Catalogue, floor: u32) -> LikedTold {
        let place = |tag: u32| self.tags.binary_search_by_key(&tag, |(tag, _)| *tag).ok();
        let group = |(tag, members): &(u32, u32)| {
            let name = catalogue.tag_name(*tag).unwrap_or_default();
            let above = name.rsplit_once('/').and_then(|(above, _)| catalogue.tag(above));
            // The first is everybody: few like nothing of a tag.
            let within = above.and_then(place).map_or(0, |at| at + 1);
            MemberGroup { key: Some(name.to_owned()), members: u64::from(*members), within: Some(within) }
        };
        let all = MemberGroup { key: None, members: u64::from(self.members), within: None };
        let mut told = told_groups(std::iter::once(all).chain(self.tags.iter().map(group)).collect(), u64::from(floor));
        let members = told.rows.iter().find(|(name, _)| name.is_none()).map(|(_, members)| *members);
        told.rows.retain(|(name, _)| name.as_deref().is_some_and(|name| !name.is_empty()));
        let cut = told.rows.len().saturating_sub(MOST_TOLD);
        let rows = told.rows.into_iter().take(MOST_TOLD);
        LikedTold {
            counted_ms: self.at_ms,
            members,
            tags: rows.filter_map(|(tag, members)| Some(LikedTag { tag: tag?, members })).collect(),
            hidden: told.hidden + cut,
            floor,
        }
    }
}

impl Models {
    /// How many members like something of each tag, as it was when lists of similar items were published last.
    ///
    /// # Errors
    /// When what there is of the site has to be read first and cannot be.
    pub(crate) async fn liked(&self, id: SiteId, floor: u32) -> anyhow::Result<LikedTold> {
        let liked = self.site(id).await?.learnt.lock().liked.clone();
        Ok(liked.told(&self.catalogues.of(id), floor))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_member_counts_once_for_a_tag_and_those_above_it() {
        let tagging = Tagging::new(&[vec![0, 1], vec![0, 2], vec![3], vec![]], 5);
        let members: Vec<Contribution> =
            [&[0, 1][..], &[1, 2], &[3], &[]].map(|items| Contribution::drawn(items.iter().copied())).into();
        let liked = Liked::of(&members, &tagging, Timestamp(3_600_001));
        assert_eq!(liked, Liked { at_ms: Some(3_600_000), members: 3, tags: vec![(0, 2), (1, 1), (2, 2), (3, 1)] });
    }
}
