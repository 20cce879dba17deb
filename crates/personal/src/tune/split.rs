//! Which members, and which of their likes, are held back to measure with.

/// A member that a model is measured on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// What the model is told, ascending.
    pub given: Vec<u32>,
    /// What it is to find, ascending.
    pub held_back: Vec<u32>,
}

/// Members to learn from, and members to measure on, none of which is among the former.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Split<M> {
    /// To learn from.
    pub learn: Vec<M>,
    /// To measure on.
    pub measure: Vec<Held>,
}

/// With fewer items nothing can be held back of them.
const LEAST_ITEMS: usize = 5;

/// Holds back about `share` of the members with at least five items, or about `most` if that is less, and of each of those a
/// fifth of the items, drawn by the seed. The same members, in whatever order, are split the same way.
#[must_use]
pub fn hold_back<M: AsRef<[u32]> + Ord + Clone>(members: &[M], share: f64, most: usize, seed: u64) -> Split<M> {
    let mut ordered: Vec<&M> = members.iter().collect();
    ordered.sort_unstable();
    let enough = ordered.iter().filter(|member| member.as_ref().len() >= LEAST_ITEMS).count();
    let share = share.min(most as f64 / enough.max(1) as f64);
    let mut draw = Draw(seed);
    let mut split = Split { learn: Vec::new(), measure: Vec::new() };
    for member in ordered {
        let chance = draw.unit();
        if member.as_ref().len() >= LEAST_ITEMS && chance < share {
            split.measure.push(held(member.as_ref(), &mut draw));
        } else {
            split.learn.push(member.clone());
        }
    }
    split
}

fn held(items: &[u32], draw: &mut Draw) -> Held {
    let mut items = items.to_vec();
    for at in (1..items.len()).rev() {
        items.swap(at, draw.below(at + 1));
    }
    let mut held_back = items.split_off(items.len() - items.len() / 5);
    items.sort_unstable();
    held_back.sort_unstable();
    Held { given: items, held_back }
}

/// Repeatable chance, good enough to draw samples with (SplitMix64).
#[derive(Clone, Debug)]
pub(crate) struct Draw(pub(crate) u64);

impl Draw {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn below(&mut self, most: usize) -> usize {
        (self.next() % most.max(1) as u64) as usize
    }
}
