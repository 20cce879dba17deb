//! Inclusion and consistency in a Merkle tree: made from subtrees (RFC 6962, section 2.1), checked as RFC 9162,
//! sections 2.1.3.2 and 2.1.4.2 say.

use super::hash::Hash;

/// Most hashes of a proof: the height of a tree of 2^63 leaves.
pub(crate) const MOST_HASHES: usize = 63;

/// Where hashes of whole subtrees come from.
pub(crate) trait Subtrees {
    /// Why one cannot be had.
    type Error;

    /// The hash of the `index`-th subtree of 2^`level` leaves, all of which are in the tree.
    fn subtree(&self, level: u32, index: u64) -> Result<Hash, Self::Error>;
}

/// The root of the first `size` leaves.
pub(crate) fn root<S: Subtrees>(tree: &S, size: u64) -> Result<Hash, S::Error> {
    if size == 0 { Ok(Hash::empty()) } else { range(tree, 0, size) }
}

/// From the leaf's sibling up to the root's child; `index` is below `size`.
pub(crate) fn inclusion<S: Subtrees>(tree: &S, index: u64, size: u64) -> Result<Vec<Hash>, S::Error> {
    let mut path = Vec::new();
    let (mut low, mut high) = (0, size);
    while high - low > 1 {
        let middle = low + split(high - low);
        if index < middle {
            path.push(range(tree, middle, high)?);
            high = middle;
        } else {
            path.push(range(tree, low, middle)?);
            low = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// That the first `old` leaves of the first `new` are as they were; `old` is neither 0 nor above `new`.
pub(crate) fn consistency<S: Subtrees>(tree: &S, old: u64, new: u64) -> Result<Vec<Hash>, S::Error> {
    let mut path = Vec::new();
    let (mut low, mut high) = (0, new);
    while high != old {
        let middle = low + split(high - low);
        if old <= middle {
            path.push(range(tree, middle, high)?);
            high = middle;
        } else {
            path.push(range(tree, low, middle)?);
            low = middle;
        }
    }
    if low != 0 {
        path.push(range(tree, low, high)?);
    }
    path.reverse();
    Ok(path)
}

/// Whether `leaf` is at `index` of the tree of this size and root.
pub(crate) fn includes(leaf: Hash, index: u64, size: u64, root: Hash, path: &[Hash]) -> bool {
    if index >= size {
        return false;
    }
    let (mut node, mut last, mut hash) = (index, size - 1, leaf);
    for sibling in path {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            hash = Hash::node(*sibling, hash);
            while node & 1 == 0 && node != 0 {
                (node, last) = (node >> 1, last >> 1);
            }
        } else {
            hash = Hash::node(hash, *sibling);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    last == 0 && hash == root
}

/// Whether the tree `new` begins with the tree `old`, each given by size and root.
pub(crate) fn extends(old: (u64, Hash), new: (u64, Hash), path: &[Hash]) -> bool {
    let ((old_size, old_root), (new_size, new_root)) = (old, new);
    if old_size == 0 {
        return path.is_empty() && old_root == Hash::empty();
    }
    if old_size == new_size {
        return path.is_empty() && old_root == new_root;
    }
    // A whole old tree is its own first hash.
    let whole = old_size.is_power_of_two();
    let mut path = whole.then_some(old_root).into_iter().chain(path.iter().copied());
    let (Some(first), true) = (path.next(), old_size < new_size) else { return false };
    let (mut node, mut last) = (old_size - 1, new_size - 1);
    while node & 1 == 1 {
        (node, last) = (node >> 1, last >> 1);
    }
    let (mut from_old, mut from_new) = (first, first);
    for hash in path {
        if last == 0 {
            return false;
        }
        if node & 1 == 1 || node == last {
            (from_old, from_new) = (Hash::node(hash, from_old), Hash::node(hash, from_new));
            while node & 1 == 0 && node != 0 {
                (node, last) = (node >> 1, last >> 1);
            }
        } else {
            from_new = Hash::node(from_new, hash);
        }
        (node, last) = (node >> 1, last >> 1);
    }
    last == 0 && from_old == old_root && from_new == new_root
}

/// The root of the leaves from `low` to before `high`, where `low` is a multiple of the largest power of two within.
fn range<S: Subtrees>(tree: &S, low: u64, high: u64) -> Result<Hash, S::Error> {
    let leaves = high - low;
    if leaves.is_power_of_two() {
        return tree.subtree(leaves.ilog2(), low >> leaves.ilog2());
    }
    let middle = low + split(leaves);
    Ok(Hash::node(range(tree, low, middle)?, range(tree, middle, high)?))
}

/// The largest power of two below a number above 1.
fn split(leaves: u64) -> u64 {
    1 << (leaves - 1).ilog2()
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use proptest::prelude::*;

    use super::*;

    struct Leaves(Vec<Hash>);

    impl Subtrees for Leaves {
        type Error = Infallible;

        fn subtree(&self, level: u32, index: u64) -> Result<Hash, Infallible> {
            let from = (index << level) as usize;
            Ok(naive(&self.0[from..from + (1 << level)]))
        }
    }

    /// RFC 6962, section 2.1, word for word.
    fn naive(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Hash::empty(),
            [leaf] => *leaf,
            _ => {
                let middle = leaves.len().next_power_of_two() / 2;
                Hash::node(naive(&leaves[..middle]), naive(&leaves[middle..]))
            }
        }
    }

    fn leaves(count: u64) -> Leaves {
        Leaves((0..count).map(|i| Hash::leaf(&i.to_le_bytes())).collect())
    }

    #[test]
    fn every_leaf_of_every_small_tree_is_proved_and_no_other() {
        for size in 1..40u64 {
            let tree = leaves(size);
            let Ok(root) = root(&tree, size);
            assert_eq!(root, naive(&tree.0));
            for index in 0..size {
                let Ok(path) = inclusion(&tree, index, size);
                for claimed in 0..size {
                    let leaf = tree.0[claimed as usize];
                    assert_eq!(includes(leaf, index, size, root, &path), claimed == index);
                }
            }
        }
    }

    #[test]
    fn every_small_tree_extends_its_beginnings_and_no_other() {
        let tree = leaves(40);
        let roots: Vec<Hash> = (0..=40).map(|size| naive(&tree.0[..size])).collect();
        for new in 1..=40u64 {
            for old in 1..=new {
                let Ok(path) = consistency(&tree, old, new);
                for claimed in 1..=40u64 {
                    let holds = extends((old, roots[claimed as usize]), (new, roots[new as usize]), &path);
                    assert_eq!(holds, claimed == old, "{old} of {new}, claimed {claimed}");
                }
                assert!(!extends((old, roots[old as usize]), (new, Hash::leaf(b"other")), &path));
            }
        }
    }

    proptest! {
        #[test]
        fn a_changed_proof_proves_nothing(size in 2..300u64, index: u64, old: u64, at: prop::sample::Index, bit in 0..256usize) {
            let tree = leaves(size);
            let (index, old) = (index % size, old % (size - 1) + 1);
            let whole = naive(&tree.0);
            let Ok(mut path) = inclusion(&tree, index, size);
            let place = at.index(path.len());
            path[place].0[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(!includes(tree.0[index as usize], index, size, whole, &path));
            let Ok(mut path) = consistency(&tree, old, size);
            let place = at.index(path.len());
            path[place].0[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(!extends((old, naive(&tree.0[..old as usize])), (size, whole), &path));
        }
    }
}
