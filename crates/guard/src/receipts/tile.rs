//! Tiles of a Merkle tree and bundles of its entries, by the paths they have in a folder (C2SP tlog-tiles).

use std::fmt;

use super::hash::{HASH_BYTES, Hash};
use super::text::decimal;

/// Hashes of a whole tile, entries of a whole bundle.
pub(crate) const TILE_WIDTH: u64 = 256;
/// Levels of the tree that a tile spans.
pub(crate) const TILE_HEIGHT: u32 = 8;
/// Most levels of tiles.
const MOST_LEVEL: u32 = 7;

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    /// Hashes: of leaves (0), or of whole tiles of the level below.
    Level(u32),
    /// The entries themselves.
    Entries,
}

/// One file of the log: the `number`-th of its kind, with so many hashes or entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Tile {
    pub(crate) kind: Kind,
    pub(crate) number: u64,
    /// 1 to 256.
    pub(crate) width: u64,
}

impl Tile {
    /// The file as it is in a tree of this size; `None` if that tree has no such file.
    pub(crate) fn in_tree(kind: Kind, number: u64, size: u64) -> Option<Tile> {
        let left = hashes(kind, size).checked_sub(number.checked_mul(TILE_WIDTH)?)?;
        (left > 0).then(|| Tile { kind, number, width: left.min(TILE_WIDTH) })
    }

    /// Whether a log that had this size at some checkpoint has this file, whole or as it was then.
    pub(crate) fn within(self, size: u64) -> bool {
        Tile::in_tree(self.kind, self.number, size).is_some_and(|tile| self.width <= tile.width)
    }

    /// Reads a path back.
    pub(crate) fn parse(path: &str) -> Option<Tile> {
        let mut parts = path.strip_prefix("tile/")?.split('/').peekable();
        let kind = match parts.next()? {
            "entries" => Kind::Entries,
            level => Kind::Level(decimal(level)?.try_into().ok().filter(|level| *level <= MOST_LEVEL)?),
        };
        let (mut number, mut width) = (0u64, TILE_WIDTH);
        loop {
            let part = parts.next()?;
            let (digits, more) = part.strip_prefix('x').map_or((part, false), |digits| (digits, true));
            let (digits, partial) = digits.strip_suffix(".p").map_or((digits, false), |digits| (digits, true));
            if digits.len() != 3 || !digits.bytes().all(|b| b.is_ascii_digit()) || (more && partial) {
                return None;
            }
            number = number.checked_mul(1000)?.checked_add(digits.parse().ok()?)?;
            if partial {
                width = decimal(parts.next()?).filter(|width| (1..TILE_WIDTH).contains(width))?;
            }
            if !more {
                break;
            }
        }
        let tile = Tile { kind, number, width };
        // Also keeps out other spellings of the same file, such as leading groups of zeros.
        (parts.peek().is_none() && tile.to_string() == path).then_some(tile)
    }
}

impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Level(level) => write!(f, "tile/{level}/")?,
            Kind::Entries => f.write_str("tile/entries/")?,
        }
        let mut groups = vec![self.number % 1000];
        let mut rest = self.number / 1000;
        while rest > 0 {
            groups.push(rest % 1000);
            rest /= 1000;
        }
        for group in groups[1..].iter().rev() {
            write!(f, "x{group:03}/")?;
        }
        write!(f, "{:03}", groups[0])?;
        if self.width < TILE_WIDTH { write!(f, ".p/{}", self.width) } else { Ok(()) }
    }
}

/// How many hashes or entries of a kind a tree of this size has.
pub(crate) fn hashes(kind: Kind, size: u64) -> u64 {
    match kind {
        Kind::Entries => size,
        Kind::Level(level) => size.checked_shr(level * TILE_HEIGHT).unwrap_or(0),
    }
}

/// The files of this kind that a tree of `new` leaves has and one of `old` leaves has not.
pub(crate) fn grown(kind: Kind, old: u64, new: u64) -> impl Iterator<Item = Tile> {
    let (before, after) = (hashes(kind, old), hashes(kind, new));
    let numbers = if before < after { before / TILE_WIDTH..after.div_ceil(TILE_WIDTH) } else { 0..0 };
    numbers.filter_map(move |number| Tile::in_tree(kind, number, new))
}

/// All levels on which a tree of this size has hashes.
pub(crate) fn levels(size: u64) -> impl Iterator<Item = u32> {
    (0..=MOST_LEVEL).take_while(move |level| hashes(Kind::Level(*level), size) > 0)
}

/// The hashes in a tile's file; `None` if their number is not the tile's.
pub(crate) fn read_hashes(tile: Tile, bytes: &[u8]) -> Option<Vec<Hash>> {
    let hashes: Vec<Hash> = bytes.chunks_exact(HASH_BYTES).filter_map(|c| Some(Hash(c.try_into().ok()?))).collect();
    (bytes.len() as u64 == tile.width * HASH_BYTES as u64).then_some(hashes)
}

/// A tile's file.
pub(crate) fn write_hashes(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

/// The root of neighbouring hashes, of which there are a power of two.
pub(crate) fn fold(hashes: &[Hash]) -> Hash {
    let mut row = hashes.to_vec();
    while row.len() > 1 {
        row = row.chunks(2).map(|pair| Hash::node(pair[0], pair[pair.len() - 1])).collect();
    }
    row.first().copied().unwrap_or_else(Hash::empty)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn paths_are_those_of_the_specification() {
        let path = |kind, number, width| Tile { kind, number, width }.to_string();
        assert_eq!(path(Kind::Level(0), 1_234_067, 256), "tile/0/x001/x234/067");
        assert_eq!(path(Kind::Level(1), 0, 17), "tile/1/000.p/17");
        assert_eq!(path(Kind::Entries, 273, 112), "tile/entries/273.p/112");
        // The specification's example of a tree of 70,000.
        let tiles = |level| {
            let all: Vec<Tile> = grown(Kind::Level(level), 0, 70_000).collect();
            (all.len(), all.last().map(|tile| tile.width))
        };
        assert_eq!([tiles(0), tiles(1), tiles(2)], [(274, Some(112)), (2, Some(17)), (1, Some(1))]);
        assert_eq!(levels(70_000).count(), 3);
        assert_eq!(levels(256).count(), 2);
    }

    #[test]
    fn nothing_else_is_a_path() {
        for bad in [
            "tile/0/0",
            "tile/0/000/",
            "tile/0//000",
            "tile/00/000",
            "tile/8/000",
            "tile/0/x000/000",
            "tile/0/x001",
            "tile/0/000.p/0",
            "tile/0/000.p/256",
            "tile/0/000.p/01",
            "tile/0/000.p",
            "tile/0/x001.p/3",
            "tile/0/../000",
            "tile/0/000.p/../1",
            "tile/data/000",
            "/tile/0/000",
            "tile/0/000/checkpoint",
            "tile/0/+01",
            "tile/-1/000",
            "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
            "",
            "tile",
            "tile/",
            "checkpoint",
        ] {
            assert_eq!(Tile::parse(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_path_is_read_back(level in prop::option::of(0..=7u32), number in 0..u64::MAX / 300, width in 1..=256u64) {
            let kind = level.map_or(Kind::Entries, Kind::Level);
            let tile = Tile { kind, number, width };
            prop_assert_eq!(Tile::parse(&tile.to_string()), Some(tile));
        }

        #[test]
        fn parsing_never_fails_otherwise(path in "[tile/0-9x.pentrs]{0,40}") {
            if let Some(tile) = Tile::parse(&path) {
                prop_assert_eq!(tile.to_string(), path);
            }
        }
    }
}
