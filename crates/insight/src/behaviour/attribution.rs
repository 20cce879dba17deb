//! Attribution: which of a person's visits led to a conversion, and by how much.

use crate::{Filter, Group};

/// Where conversions come from, over several visits of one person.
///
/// A visit converts if an event that is asked about fulfils the goal, however often. All visits of the unit up to and
/// with it are its touches, and one conversion is divided among them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Attribution {
    /// What is reached.
    pub goal: Filter,
    /// What of a touch is credited: something that is the same all through a visit.
    pub group: Group,
    /// How a conversion is divided.
    pub model: Model,
}

/// How a conversion is divided among its touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Model {
    /// All to the first one.
    First,
    /// All to the visit that converts.
    Last,
    /// To all alike.
    Linear,
    /// 40 % to the first, 40 % to the last, the rest to those between alike; of two, half to each.
    Position,
}

/// Credit is counted in millionths of a conversion.
pub const WHOLE: u64 = 1_000_000;

impl Model {
    /// The credit of the touch at this place, of so many; together they are [`WHOLE`]. What does not divide goes to the
    /// last one.
    pub fn credit(self, place: usize, touches: usize) -> u64 {
        let (is_first, is_last) = (place == 0, place + 1 == touches);
        let of = |whole: u64, among: usize| whole / (among as u64).max(1);
        match self {
            Model::First => {
                if is_first {
                    WHOLE
                } else {
                    0
                }
            }
            Model::Last => {
                if is_last {
                    WHOLE
                } else {
                    0
                }
            }
            Model::Linear if is_last => WHOLE - of(WHOLE, touches) * (touches as u64 - 1),
            Model::Linear => of(WHOLE, touches),
            Model::Position => match touches {
                1 => WHOLE,
                2 => WHOLE / 2,
                _ if is_last => WHOLE - Model::FIRST - of(Model::BETWEEN, touches - 2) * (touches as u64 - 2),
                _ if is_first => Model::FIRST,
                _ => of(Model::BETWEEN, touches - 2),
            },
        }
    }

    const FIRST: u64 = WHOLE / 10 * 4;
    const BETWEEN: u64 = WHOLE / 10 * 2;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_credits_of_all_touches_are_one_conversion() {
        for model in [Model::First, Model::Last, Model::Linear, Model::Position] {
            for touches in 1..200 {
                let sum: u64 = (0..touches).map(|place| model.credit(place, touches)).sum();
                assert_eq!(sum, WHOLE, "{model:?} {touches}");
            }
        }
        let position = |touches| (0..touches).map(|place| Model::Position.credit(place, touches)).collect::<Vec<_>>();
        assert_eq!(position(4), [400_000, 100_000, 100_000, 400_000]);
        assert_eq!(position(2), [500_000, 500_000]);
    }
}
