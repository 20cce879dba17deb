//! The attack of Calandrino and others on a month of published lists: from ten items that a target is known to like, tell
//! what else they added.
//!
//! What the target's taste alone gives away, whatever the lists do, is measured in the same month without what the targets
//! added: lists of a world in which they did not add it, and the same guesses.

use std::collections::{BTreeMap, BTreeSet};

use super::{Batch, Changes, LEAST_FLOOR, PairKey, Publication, Similar};
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
/// Of raw lists so many items are looked at.
const LONGEST: usize = 20;

/// One evening's lists: of each item the others, best first.
type Lists = BTreeMap<u32, Vec<u32>>;
/// Lists, each with the day of its publication.
type Published = Vec<(usize, Lists)>;

/// How lists are made.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Made {
    /// As a usual product does: the nearest by cosine, the moment they change.
    Raw,
    /// By the rule, with draws that never change: a pair enters when it reaches the count that is drawn for it.
    DrawnOnce,
    /// By the rule.
    DrawnAnew,
}

struct Month {
    /// What each target is known to like.
    known: Vec<Vec<u32>>,
    /// What each target added on which day.
    added: Vec<Vec<(usize, u32)>>,
    /// What was published, and what would have been without what the targets added.
    published: [Published; 2],
}

/// Items of a topic are taken more often the smaller their number within it, so that some are rare.
fn item_of(topic: u32, draw: &mut Draw) -> u32 {
    let per_topic = ITEMS / TOPICS;
    let rank = (f64::from(per_topic) * draw.unit() * draw.unit()) as u32;
    topic * per_topic + rank.min(per_topic - 1)
}

fn likes(draw: &mut Draw) -> Vec<u32> {
    let topics = [draw.below(TOPICS as usize) as u32, draw.below(TOPICS as usize) as u32];
    let mut items = BTreeSet::new();
    for _ in 0..30 {
        items.insert(item_of(topics[draw.below(2)], draw));
    }
    for _ in 0..2 {
        items.insert(draw.below(ITEMS as usize) as u32);
    }
    items.into_iter().collect()
}

/// What a server holds and shows.
struct Server {
    likes: Vec<Vec<u32>>,
    matrix: Matrix,
    similar: Similar,
    published: Published,
}

impl Server {
    fn new(likes: Vec<Vec<u32>>) -> Server {
        let matrix = Matrix::of(&likes.iter().map(|m| Contribution::new(m)).collect::<Vec<_>>()).expect("few");
        Server { likes, matrix, similar: Similar::default(), published: Vec::new() }
    }

    fn add(&mut self, who: usize, item: u32) {
        self.matrix.remove(&Contribution::new(&self.likes[who])).expect("held");
        self.likes[who].push(item);
        self.matrix.add(&Contribution::new(&self.likes[who])).expect("few");
    }

    /// True if lists were published.
    fn publishes(&mut self, day: usize, changed: usize, made: Made) -> bool {
        if made == Made::Raw {
            self.published.push((day, raw(&self.matrix)));
            return true;
        }
        if made == Made::DrawnOnce {
            self.similar.epoch = 0;
        }
        let changes = Changes { members: changed as u32, ..Changes::default() };
        let (rule, key) = (Publication::new(LEAST_FLOOR, 20).expect("allowed"), PairKey::new(&[9; 32]));
        let is_published = self.similar.batch(&self.matrix, changes, rule, &key) == Batch::Published;
        if is_published {
            self.published.push((day, shown(&self.similar)));
        }
        is_published
    }
}

fn shown(similar: &Similar) -> Lists {
    similar.items().map(|item| (item, similar.of(item).to_vec())).collect()
}

fn month(seed: u64, made: Made) -> Month {
    let mut draw = Draw(seed);
    let mut members: Vec<Vec<u32>> = (0..MEMBERS).map(|_| likes(&mut draw)).collect();
    let known = members[..TARGETS].iter().map(|items| items.iter().copied().take(KNOWN).collect()).collect();
    let mut added = vec![Vec::new(); TARGETS];
    let mut servers = [Server::new(members.clone()), Server::new(members.clone())];
    let mut changed = BTreeSet::new();
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
            members[who].push(item);
            changed.insert(who);
            servers[0].add(who, item);
            match added.get_mut(who) {
                Some(added) => added.push((day, item)),
                None => servers[1].add(who, item),
            }
        }
        let changes = if day == 0 { MEMBERS } else { changed.len() };
        if servers.each_mut().map(|server| server.publishes(day, changes, made)) == [true, true] {
            changed.clear();
        }
    }
    Month { known, added, published: servers.map(|server| server.published) }
}

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

/// What is guessed of a target: the item, and with which publication it came; none: with any of the month.
type Guess = Option<(u32, Option<usize>)>;
/// A way to guess, from lists that may be ranked, of a target who is known to like some items.
type Attack = fn(&Published, bool, &[u32]) -> Guess;
const ATTACKS: [(&str, Attack); 4] = [
    ("rose in most lists at once", rose_most),
    ("came to most lists to stay", came_to_stay),
    ("is in more lists since some day", more_since),
    ("is in more lists at the end", more_at_the_end),
];

/// Places of items in the list of one.
fn places(lists: &Lists, of: u32) -> BTreeMap<u32, usize> {
    lists.get(&of).into_iter().flatten().copied().zip(0..).collect()
}

/// The item that appeared or rose in the most lists of known items from one publication to the next.
fn rose_most(days: &Published, is_ranked: bool, known: &[u32]) -> Guess {
    let mut best: Option<(usize, u32, usize)> = None;
    for day in 1..days.len() {
        let mut risen: BTreeMap<u32, usize> = BTreeMap::new();
        for of in known {
            let (before, after) = (places(&days[day - 1].1, *of), places(&days[day].1, *of));
            for (item, at) in after.into_iter().filter(|(item, _)| !known.contains(item)) {
                let rose = before.get(&item).is_none_or(|was| is_ranked && at < *was);
                *risen.entry(item).or_default() += usize::from(rose);
            }
        }
        for (item, lists) in risen {
            if lists > best.map_or(0, |best| best.0) {
                best = Some((lists, item, day));
            }
        }
    }
    best.map(|(_, item, day)| (item, Some(day)))
}

/// In how many lists of known items each other item is, by publication.
fn presence(days: &Published, known: &[u32]) -> BTreeMap<u32, Vec<f64>> {
    let mut presence: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
    for (at, (_, lists)) in days.iter().enumerate() {
        for item in known.iter().filter_map(|of| lists.get(of)).flat_map(|list| list.iter().take(LONGEST)) {
            presence.entry(*item).or_insert_with(|| vec![0.0; days.len()])[at] += 1.0;
        }
    }
    presence.retain(|item, _| !known.contains(item));
    presence
}

fn mean(of: &[f64]) -> f64 {
    of.iter().sum::<f64>() / of.len() as f64
}

/// The greatest score of all items and days.
fn greatest(days: &Published, known: &[u32], score: impl Fn(&[f64], usize) -> Option<f64>) -> Guess {
    let presence = presence(days, known);
    let scores = presence.iter().flat_map(|(item, lists)| {
        let score = &score;
        (1..days.len()).filter_map(move |day| Some((score(lists, day)?, *item, day)))
    });
    scores.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, item, day)| (item, Some(day)))
}

/// The item that is in the most lists from some day on in which it never was before.
fn came_to_stay(days: &Published, _: bool, known: &[u32]) -> Guess {
    let mut best: Option<(usize, u32, usize)> = None;
    let all: Vec<u32> = presence(days, known).into_keys().collect();
    for day in 1..days.len() {
        let is_in = |at: usize, of: u32, item: u32| {
            days[at].1.get(&of).is_some_and(|list| list.iter().take(LONGEST).any(|other| *other == item))
        };
        for item in &all {
            let came = |of: &&u32| {
                let since = |at| is_in(at, **of, *item) == (at >= day);
                (0..days.len()).all(since)
            };
            let lists = known.iter().filter(came).count();
            if lists > best.map_or(0, |best| best.0) {
                best = Some((lists, *item, day));
            }
        }
    }
    best.map(|(_, item, day)| (item, Some(day)))
}

/// The item and day since which it is most plainly in more lists than before.
fn more_since(days: &Published, _: bool, known: &[u32]) -> Guess {
    greatest(days, known, |lists, day| {
        let (before, after) = lists.split_at(day);
        let weight = (1.0 / before.len() as f64 + 1.0 / after.len() as f64).sqrt();
        (before.len() > 1 && after.len() > 1).then(|| (mean(after) - mean(before)) / weight)
    })
}

/// The item that is in more lists in the last third of the month than in the first.
fn more_at_the_end(days: &Published, _: bool, known: &[u32]) -> Guess {
    let third = days.len() / 3;
    let guess = greatest(days, known, |lists, day| {
        (day == third && third > 0).then(|| mean(&lists[lists.len() - third..]) - mean(&lists[..third]))
    });
    guess.map(|(item, _)| (item, None))
}

/// How many guesses were made and are right, with what the targets added and without.
#[derive(Clone, Copy, Debug, Default)]
struct Told {
    guesses: usize,
    right: [usize; 2],
}

impl Told {
    /// By how many standard deviations more are right because of what the targets added.
    fn beyond_chance(&self) -> f64 {
        let [with, without] = self.right.map(|right| right as f64);
        (with - without) / (with + without).max(1.0).sqrt()
    }
}

fn is_right(guess: (u32, Option<usize>), added: &[(usize, u32)], days: &Published) -> bool {
    // Changes of a day are published with the lists of that evening or the next ones.
    let publication = |day: usize| days.iter().position(|(on, _)| *on >= day);
    added.iter().any(|(day, item)| *item == guess.0 && (guess.1.is_none() || guess.1 == publication(*day)))
}

fn attack(months: std::ops::Range<u64>, made: Made) -> [Told; ATTACKS.len()] {
    let mut sums = [Told::default(); ATTACKS.len()];
    for month in months.map(|seed| month(seed, made)) {
        for (sum, (_, guess)) in sums.iter_mut().zip(ATTACKS) {
            for (world, days) in month.published.iter().enumerate() {
                for (known, added) in month.known.iter().zip(&month.added) {
                    let guess = guess(days, made == Made::Raw, known);
                    sum.guesses += usize::from(guess.is_some() && world == 0);
                    sum.right[world] += usize::from(guess.is_some_and(|guess| is_right(guess, added, days)));
                }
            }
        }
    }
    sums
}

/// With three standard deviations one of some hundred such tests would fail by chance.
const TELLS: f64 = 3.0;

#[test]
fn lists_tell_nobodys_likes_and_would_without_protection() {
    let all = [(Made::Raw, 2), (Made::DrawnOnce, 20), (Made::DrawnAnew, 20)];
    let [raw, once, anew] = all.map(|(made, months)| attack(1..months + 1, made));
    let telling = |told: &[Told]| told.iter().filter(|told| told.beyond_chance() > TELLS).count();
    let names = ATTACKS.map(|(name, _)| name);
    let told = format!("{names:?}\nraw {raw:?}\ndrawn once {once:?}\ndrawn anew {anew:?}");
    assert!(telling(&raw) > 0, "raw lists have to tell: {told}");
    assert!(telling(&once) > 1, "what enters when it is due has to tell: {told}");
    assert_eq!(telling(&anew), 0, "{told}");
}

#[test]
#[ignore = "takes minutes: the figures of docs/recommendations.md"]
fn in_four_hundred_months_as_much_is_left_as_is_said() {
    let right = |made| attack(1..401, made).map(|told| told.right);
    assert_eq!(right(Made::DrawnOnce), [[498, 83], [498, 82], [396, 86], [844, 477]]);
    assert_eq!(right(Made::DrawnAnew), [[139, 120], [121, 97], [133, 114], [781, 689]]);
}

/// What is published for the nth time, whatever was before.
fn nth(matrix: &Matrix, epoch: u64) -> Lists {
    let mut similar = Similar { epoch, ..Similar::default() };
    let all = Changes { members: matrix.members(), ..Changes::default() };
    assert_eq!(similar.batch(matrix, all, Publication::default(), &PairKey::new(&[9; 32])), Batch::Published);
    shown(&similar)
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
fn guessed(members: &[Vec<u32>], later: u64) -> [(usize, usize); 2] {
    let of = |members: &[Vec<u32>]| Matrix::of(&members.iter().map(|m| Contribution::new(m)).collect::<Vec<_>>());
    let before = nth(&of(members).expect("few"), 0);
    let mut told = [(0, 0); 2];
    for target in 0..TARGETS {
        let other = (target + TARGETS / 2) % TARGETS;
        for (told, gone) in told.iter_mut().zip([target, other]) {
            let left: Vec<Vec<u32>> =
                (0..members.len()).filter(|at| *at != gone).map(|at| members[at].clone()).collect();
            let after = nth(&of(&left).expect("few"), later * (target as u64 + 1));
            if let Some(item) = left_most(&before, &after, &members[target][..KNOWN.min(members[target].len())]) {
                told.0 += 1;
                told.1 += usize::from(members[target].contains(&item));
            }
        }
    }
    told
}

#[test]
fn lists_drawn_anew_do_not_tell_who_was_forgotten_and_drawn_the_same_would() {
    let mut draw = Draw(4);
    let members: Vec<Vec<u32>> = (0..MEMBERS).map(|_| likes(&mut draw)).collect();
    let [same, same_of_others] = guessed(&members, 0);
    let [new, new_of_others] = guessed(&members, 1);
    let told = format!("drawn the same {same:?}, others {same_of_others:?}; anew {new:?}, others {new_of_others:?}");
    // Drawn the same, whatever left did so with whoever was forgotten.
    assert!(same.0 > TARGETS / 10 && same.1 * 10 > same.0 * 9, "{told}");
    assert!(same_of_others.1 * 2 < same.1, "{told}");
    // Drawn anew it is as right about somebody who is still there: three standard deviations.
    assert_eq!(new.0, TARGETS, "{told}");
    assert!(new.1 as f64 <= new_of_others.1 as f64 + 3.0 * (2.0 * new_of_others.1 as f64).sqrt(), "{told}");
}
