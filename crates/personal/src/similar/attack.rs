//! The attack of Calandrino and others on a month of published lists: from ten items that a target is known to like, tell
//! what else they added.

use std::collections::BTreeMap;

use super::{Batch, Changes, PairKey, Publication, Similar};
use crate::matrix::{Contribution, Matrix};
use crate::model::neighbours::neighbours;
use crate::tune::Draw;

const ITEMS: u32 = 240;
const TOPICS: u32 = 12;
const MEMBERS: usize = 900;
const DAYS: usize = 30;
const TARGETS: usize = 150;
const KNOWN: usize = 10;
/// Members who add something each day.
const BUSY: usize = 40;
/// An item that rose in fewer of the known items' lists is not guessed.
const LEAST_RISEN: [usize; 3] = [2, 3, 4];

/// One day's lists: of each item the others, best first.
type Lists = BTreeMap<u32, Vec<u32>>;

struct Month {
    /// What each target is known to like.
    known: Vec<Vec<u32>>,
    /// What each target added on which day.
    added: Vec<Vec<(usize, u32)>>,
    /// Raw lists of the evening of each day, and those that were published.
    raw: Vec<Lists>,
    published: Vec<Lists>,
}

/// Items of a topic are taken more often the smaller their number within it, so that some are rare.
fn item_of(topic: u32, draw: &mut Draw) -> u32 {
    let per_topic = ITEMS / TOPICS;
    let rank = (f64::from(per_topic) * draw.unit() * draw.unit()) as u32;
    topic * per_topic + rank.min(per_topic - 1)
}

fn likes(draw: &mut Draw) -> Vec<u32> {
    let topics = [draw.below(TOPICS as usize) as u32, draw.below(TOPICS as usize) as u32];
    let mut items = std::collections::BTreeSet::new();
    for _ in 0..30 {
        items.insert(item_of(topics[draw.below(2)], draw));
    }
    for _ in 0..2 {
        items.insert(draw.below(ITEMS as usize) as u32);
    }
    items.into_iter().collect()
}

fn month(seed: u64) -> Month {
    let mut draw = Draw(seed);
    let mut members: Vec<Vec<u32>> = (0..MEMBERS).map(|_| likes(&mut draw)).collect();
    let known = members[..TARGETS].iter().map(|items| items.iter().copied().take(KNOWN).collect()).collect();
    let mut month = Month { known, added: vec![Vec::new(); TARGETS], raw: Vec::new(), published: Vec::new() };
    let mut matrix = Matrix::of(&members.iter().map(|m| Contribution::new(m)).collect::<Vec<_>>()).expect("few");
    let (key, rule) = (PairKey::new(&[9; 32]), Publication::default());
    let mut similar = Similar::default();
    let mut changed = std::collections::BTreeSet::new();
    for day in 0..DAYS {
        for _ in 0..if day == 0 { 0 } else { BUSY } {
            let who = draw.below(MEMBERS);
            let topic = members[who][draw.below(members[who].len())] / (ITEMS / TOPICS);
            // Half of what is added is of another topic than before.
            let topic = if draw.below(2) == 0 { topic } else { draw.below(TOPICS as usize) as u32 };
            let item = item_of(topic, &mut draw);
            if members[who].contains(&item) {
                continue;
            }
            matrix.remove(&Contribution::new(&members[who])).expect("held");
            members[who].push(item);
            matrix.add(&Contribution::new(&members[who])).expect("few");
            changed.insert(who);
            if who < TARGETS {
                month.added[who].push((day, item));
            }
        }
        let changes = Changes { members: if day == 0 { MEMBERS } else { changed.len() } as u32, ..Changes::default() };
        if similar.batch(&matrix, changes, rule, &key) == Batch::Published {
            changed.clear();
        }
        month.published.push(similar.items().map(|item| (item, similar.of(item).to_vec())).collect());
        month.raw.push(raw(&matrix));
    }
    month
}

/// What a usual product shows: the nearest by cosine, the moment they change.
fn raw(matrix: &Matrix) -> Lists {
    let weights = neighbours(matrix, ITEMS as usize, 0.0, 100);
    (0..ITEMS)
        .map(|item| {
            let mut row = weights.row(item).to_vec();
            row.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            (item, row.into_iter().map(|entry| entry.0).collect())
        })
        .collect()
}

/// For a target's known items: in how many of their lists, and on which day, an item that is not known appeared or rose in
/// the most of them.
fn guess(days: &[Lists], ranked: bool, known: &[u32]) -> Option<(usize, usize, u32)> {
    let place = |lists: &Lists, of: u32| -> BTreeMap<u32, usize> {
        lists.get(&of).into_iter().flatten().copied().zip(0..).collect()
    };
    let mut best: Option<(usize, usize, u32)> = None;
    for day in 1..days.len() {
        let mut risen: BTreeMap<u32, usize> = BTreeMap::new();
        for of in known {
            let (before, after) = (place(&days[day - 1], *of), place(&days[day], *of));
            for (item, at) in after {
                let rose = before.get(&item).is_none_or(|was| ranked && at < *was);
                if rose && !known.contains(&item) {
                    *risen.entry(item).or_default() += 1;
                }
            }
        }
        for (item, lists) in risen {
            if best.is_none_or(|(most, _, _)| lists > most) {
                best = Some((lists, day, item));
            }
        }
    }
    best
}

/// How many guesses are made, are right, and would be right on average had the target added the same on other days: what
/// the target's taste alone gives away, whatever the lists do.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    guesses: usize,
    right: usize,
    by_chance: f64,
}

fn attack(month: &Month, days: &[Lists], ranked: bool) -> [Told; LEAST_RISEN.len()] {
    let guesses: Vec<Option<(usize, usize, u32)>> =
        month.known.iter().map(|known| guess(days, ranked, known)).collect();
    LEAST_RISEN.map(|least| {
        let sure = |guess: &Option<(usize, usize, u32)>| {
            guess.filter(|(lists, _, _)| *lists >= least).map(|(_, day, item)| (day, item))
        };
        told(month, &guesses.iter().map(sure).collect::<Vec<_>>())
    })
}

fn told(month: &Month, guesses: &[Option<(usize, u32)>]) -> Told {
    // The day of a change in the lists, or one of the days before that were published with it.
    let fits = |(day, item): (usize, u32), added: &(usize, u32), later: usize| {
        let on = (added.0 + later) % DAYS;
        item == added.1 && (on..on + 4).contains(&day)
    };
    let right = |later: usize| {
        let is_right = |at: usize, guess| month.added[at].iter().any(|added| fits(guess, added, later));
        guesses.iter().enumerate().filter(|(at, guess)| guess.is_some_and(|guess| is_right(*at, guess))).count()
    };
    let others: usize = (1..DAYS).map(right).sum();
    let made = guesses.iter().flatten().count();
    Told { guesses: made, right: right(0), by_chance: others as f64 / (DAYS - 1) as f64 }
}

#[test]
fn lists_tell_nobodys_likes_and_would_without_protection() {
    let months: Vec<Month> = (1..=3).map(month).collect();
    let sum = |days: fn(&Month) -> &[Lists], ranked: bool| {
        let mut sums = [Told::default(); LEAST_RISEN.len()];
        for told in months.iter().map(|month| attack(month, days(month), ranked)) {
            for (sum, told) in sums.iter_mut().zip(told) {
                sum.guesses += told.guesses;
                sum.right += told.right;
                sum.by_chance += told.by_chance;
            }
        }
        sums
    };
    let (raw, published) = (sum(|month| &month.raw, true), sum(|month| &month.published, false));
    let lists: usize = months.iter().filter_map(|month| month.published.last()).map(BTreeMap::len).sum();
    let told = format!("raw {raw:#?}, published {published:#?}, lists {lists}");
    assert!(raw.iter().any(|t| t.right as f64 > 5.0 * (t.by_chance + 1.0)), "raw lists have to tell: {told}");
    // What rises in three lists or more tells nothing: three standard deviations of a count by chance.
    for t in &published[1..] {
        assert!(t.right as f64 <= t.by_chance + 3.0 * t.by_chance.sqrt(), "{told}");
    }
    // From two lists something is left, of less than one target in a hundred; docs/recommendations.md tells it.
    assert!(published[0].right * 100 < 3 * TARGETS, "{told}");
    assert!(lists > 100, "there has to be something to attack: {told}");
}

/// Published from nothing, as on a server that never published before.
fn first(matrix: &Matrix, secret: [u8; 32]) -> Lists {
    let mut similar = Similar::default();
    let all = Changes { members: matrix.members(), ..Changes::default() };
    assert_eq!(similar.batch(matrix, all, Publication::default(), &PairKey::new(&secret)), Batch::Published);
    similar.items().map(|item| (item, similar.of(item).to_vec())).collect()
}

/// Lists of before and after; whoever was forgotten in between is known to like `known`. The other item that left the most of
/// those items' lists.
fn left_most(before: &Lists, after: &Lists, known: &[u32]) -> Option<u32> {
    let mut left: BTreeMap<u32, usize> = BTreeMap::new();
    for of in known {
        let now = after.get(of).map_or(&[][..], Vec::as_slice);
        for item in before.get(of).into_iter().flatten().filter(|item| !now.contains(item) && !known.contains(item)) {
            *left.entry(*item).or_default() += 1;
        }
    }
    left.into_iter().max_by_key(|(item, lists)| (*lists, std::cmp::Reverse(*item))).map(|(item, _)| item)
}

/// Of all guesses, how many are right of whoever was forgotten, and of somebody who was not.
fn guessed(members: &[Vec<u32>], secret_of: impl Fn(usize) -> [u8; 32]) -> [(usize, usize); 2] {
    let of = |members: &[Vec<u32>]| Matrix::of(&members.iter().map(|m| Contribution::new(m)).collect::<Vec<_>>());
    let before = first(&of(members).expect("few"), [9; 32]);
    let mut told = [(0, 0); 2];
    for target in 0..TARGETS {
        let other = (target + TARGETS / 2) % TARGETS;
        for (told, gone) in told.iter_mut().zip([target, other]) {
            let left: Vec<Vec<u32>> =
                (0..members.len()).filter(|at| *at != gone).map(|at| members[at].clone()).collect();
            let after = first(&of(&left).expect("few"), secret_of(target));
            if let Some(item) = left_most(&before, &after, &members[target][..KNOWN.min(members[target].len())]) {
                told.0 += 1;
                told.1 += usize::from(members[target].contains(&item));
            }
        }
    }
    told
}

#[test]
fn lists_made_anew_by_another_secret_do_not_tell_who_was_forgotten_and_by_the_same_would() {
    let mut draw = Draw(4);
    let members: Vec<Vec<u32>> = (0..MEMBERS).map(|_| likes(&mut draw)).collect();
    let [same, same_of_others] = guessed(&members, |_| [9; 32]);
    let [new, new_of_others] = guessed(&members, |target| [100 + target as u8; 32]);
    let told = format!("same secret {same:?}, others {same_of_others:?}; new {new:?}, others {new_of_others:?}");
    // By the same secret whatever left did so with whoever was forgotten.
    assert!(same.0 > TARGETS / 4 && same.1 * 10 > same.0 * 9, "{told}");
    assert!(same_of_others.1 * 2 < same.1, "{told}");
    // By another it is as right about somebody who is still there: three standard deviations.
    assert_eq!(new.0, TARGETS, "{told}");
    assert!(new.1 as f64 <= new_of_others.1 as f64 + 3.0 * (2.0 * new_of_others.1 as f64).sqrt(), "{told}");
}
