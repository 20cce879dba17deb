//! Which words of a text are values of which slot: a linear chain over words, learnt from the examples.
//!
//! An averaged structured perceptron (Collins, *Discriminative Training Methods for Hidden Markov Models*, EMNLP 2002) over
//! B/I/O labels, decoded by Viterbi. It takes part where a word list cannot decide: values that no list has, and several
//! slots of one kind.

use std::collections::HashMap;

use super::text::{Shape, Text};

/// Words behind this one are outside of any slot.
pub(crate) const MOST_WORDS: usize = 128;
const ROUNDS: usize = 12;

/// A label: 0 is outside, `1 + 2 s` begins a value of slot `s`, `2 + 2 s` goes on.
pub(crate) type Label = u16;

pub(crate) fn begins(slot: usize) -> Label {
    Label::try_from(1 + 2 * slot).unwrap_or(0)
}

pub(crate) fn goes_on(slot: usize) -> Label {
    Label::try_from(2 + 2 * slot).unwrap_or(0)
}

/// The slot of a label.
pub(crate) fn slot_of(label: Label) -> Option<usize> {
    (label > 0).then(|| (usize::from(label) - 1) / 2)
}

/// What the tagger sees of a word: hashes.
pub(crate) type Seen = Vec<u32>;

/// What is seen of each word. `kinds` tells of each word a number for what builtin readers and lists find there, 0 for
/// nothing.
pub(crate) fn seen(text: &Text, kinds: &[u32]) -> Vec<Seen> {
    let count = text.len().min(MOST_WORDS);
    let kind = |at: usize| kinds.get(at).copied().unwrap_or(0);
    (0..count)
        .map(|at| {
            let word = |by: isize| at.checked_add_signed(by).map_or("", |at| text.word(at));
            let this = word(0);
            let prefix: String = this.chars().take(3).collect();
            let suffix: String = this.chars().rev().take(3).collect();
            let shape = match text.shape(at) {
                Some(Shape::Number) => "n",
                Some(Shape::Path) => "p",
                Some(Shape::Percent) => "%",
                _ if this.bytes().any(|b| b.is_ascii_digit()) => "m",
                _ => "w",
            };
            let place = if at == 0 {
                "first"
            } else if at + 1 == count {
                "last"
            } else {
                ""
            };
            let mut seen = vec![
                hash(0, &[this]),
                hash(1, &[word(-1)]),
                hash(2, &[word(1)]),
                hash(3, &[word(-2), word(-1)]),
                hash(4, &[word(1), word(2)]),
                hash(5, &[&prefix]),
                hash(6, &[&suffix]),
                hash(7, &[shape, place]),
                hash(8, &[word(-1), this]),
                hash(9, &[&kind(at).to_string()]),
                hash(10, &[&kind(at).to_string(), word(-1)]),
                hash(11, &[&at.checked_sub(1).map_or(0, kind).to_string(), &kind(at + 1).to_string()]),
            ];
            seen.sort_unstable();
            seen.dedup();
            seen
        })
        .collect()
}

fn hash(template: u32, parts: &[&str]) -> u32 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ u64::from(template);
    for part in parts {
        for byte in part.bytes().chain([0xff]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    let hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    (hash >> 32) as u32
}

/// Weights of labels.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tagger {
    labels: usize,
    /// What is seen, ascending.
    hashes: Vec<u32>,
    /// By what is seen, then by label.
    weights: Vec<f32>,
    /// From the label before, `labels` for none, to this one.
    moves: Vec<f32>,
}

impl Tagger {
    /// Learns from texts and their labels, which are below `labels`.
    pub(crate) fn train(examples: &[(Vec<Seen>, Vec<Label>)], labels: usize) -> Tagger {
        let mut hashes: Vec<u32> = examples.iter().flat_map(|(seen, _)| seen.iter().flatten().copied()).collect();
        hashes.sort_unstable();
        hashes.dedup();
        let size = hashes.len() * labels;
        let tagger = Tagger { labels, hashes, weights: vec![0.0; size], moves: vec![0.0; (labels + 1) * labels] };
        let mut average = Averaged { sums: vec![0.0; size + tagger.moves.len()], tagger, step: 1.0 };
        let mut order: Vec<usize> = (0..examples.len()).collect();
        let mut random = fastrand::Rng::with_seed(1);
        for _ in 0..ROUNDS {
            random.shuffle(&mut order);
            for at in &order {
                average.learn(&examples[*at].0, &examples[*at].1);
            }
        }
        average.done()
    }

    /// From its parts, if they fit together.
    pub(crate) fn from_parts(labels: usize, hashes: Vec<u32>, weights: Vec<f32>, moves: Vec<f32>) -> Option<Tagger> {
        let fits = weights.len() == hashes.len().checked_mul(labels)?
            && moves.len() == labels.checked_add(1)?.checked_mul(labels)?
            && hashes.is_sorted_by(|a, b| a < b)
            && weights.iter().chain(&moves).all(|weight| weight.is_finite());
        fits.then_some(Tagger { labels, hashes, weights, moves })
    }

    pub(crate) fn parts(&self) -> (usize, &[u32], &[f32], &[f32]) {
        (self.labels, &self.hashes, &self.weights, &self.moves)
    }

    fn row(&self, hash: u32) -> Option<usize> {
        self.hashes.binary_search(&hash).ok().map(|at| at * self.labels)
    }

    /// The best labels of a text.
    pub(crate) fn tag(&self, seen: &[Seen]) -> Vec<Label> {
        let labels = self.labels;
        if labels == 0 {
            return vec![0; seen.len()];
        }
        let mut best = vec![0.0_f32; labels];
        let mut came_from: Vec<Label> = Vec::with_capacity(seen.len() * labels);
        for (at, seen) in seen.iter().enumerate() {
            let mut here = vec![0.0_f32; labels];
            for row in seen.iter().filter_map(|hash| self.row(*hash)) {
                here.iter_mut().zip(&self.weights[row..row + labels]).for_each(|(sum, weight)| *sum += weight);
            }
            let mut next = vec![f32::NEG_INFINITY; labels];
            for to in 0..labels {
                let mut from_best = labels;
                for (from, before) in best.iter().enumerate().filter(|_| at > 0) {
                    let score = before + self.moves[from * labels + to];
                    if may_follow(from, to) && score > next[to] {
                        (next[to], from_best) = (score, from);
                    }
                }
                if at == 0 && may_follow(labels, to) {
                    next[to] = self.moves[labels * labels + to];
                }
                next[to] += here[to];
                came_from.push(Label::try_from(from_best).unwrap_or(0));
            }
            best = next;
        }
        let last = (0..labels).max_by(|a, b| best[*a].total_cmp(&best[*b]).then(b.cmp(a))).unwrap_or(0);
        let mut tags = vec![Label::try_from(last).unwrap_or(0); seen.len()];
        for at in (1..seen.len()).rev() {
            tags[at - 1] = came_from[at * labels + usize::from(tags[at])];
        }
        tags
    }
}

/// A value goes on only where it began: behind `B` or `I` of the same slot.
fn may_follow(from: usize, to: usize) -> bool {
    let inside = to > 0 && to.is_multiple_of(2);
    !inside || from == to || from + 1 == to
}

/// Weights with the sum of what they were after every example.
struct Averaged {
    tagger: Tagger,
    /// Of each change times the step it was made in.
    sums: Vec<f64>,
    step: f64,
}

impl Averaged {
    fn learn(&mut self, seen: &[Seen], wanted: &[Label]) {
        let told = self.tagger.tag(seen);
        if told != wanted {
            self.change(seen, wanted, 1.0);
            self.change(seen, &told, -1.0);
        }
        self.step += 1.0;
    }

    fn change(&mut self, seen: &[Seen], labels: &[Label], by: f32) {
        let count = self.tagger.labels;
        let mut before = count;
        for (seen, label) in seen.iter().zip(labels) {
            let label = usize::from(*label);
            for hash in seen {
                if let Some(row) = self.tagger.row(*hash) {
                    self.tagger.weights[row + label] += by;
                    self.sums[row + label] += f64::from(by) * self.step;
                }
            }
            let place = before * count + label;
            self.tagger.moves[place] += by;
            self.sums[self.tagger.weights.len() + place] += f64::from(by) * self.step;
            before = label;
        }
    }

    fn done(mut self) -> Tagger {
        let all = self.tagger.weights.iter_mut().chain(&mut self.tagger.moves);
        for (weight, sum) in all.zip(&self.sums) {
            *weight = (f64::from(*weight) - sum / self.step) as f32;
        }
        self.tagger.without_nothing()
    }
}

impl Tagger {
    /// Without what tells nothing.
    fn without_nothing(mut self) -> Tagger {
        let rows: HashMap<u32, &[f32]> =
            self.hashes.iter().copied().zip(self.weights.chunks(self.labels.max(1))).collect();
        let kept: Vec<u32> =
            self.hashes.iter().copied().filter(|hash| rows[hash].iter().any(|weight| *weight != 0.0)).collect();
        let weights: Vec<f32> = kept.iter().flat_map(|hash| rows[hash].iter().copied()).collect();
        self.hashes = kept;
        self.weights = weights;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(marked: &str) -> (Vec<Seen>, Vec<Label>) {
        // `a:0` begins slot 0, `b:0+` goes on.
        let mut words = Vec::new();
        let mut labels = Vec::new();
        for word in marked.split(' ') {
            let (word, label) = match word.split_once(':') {
                Some((word, slot)) if slot.ends_with('+') => (word, goes_on(slot[..1].parse().expect("a slot"))),
                Some((word, slot)) => (word, begins(slot.parse().expect("a slot"))),
                None => (word, 0),
            };
            words.push(word);
            labels.push(label);
        }
        (seen(&Text::new(&words.join(" ")).expect("short"), &[]), labels)
    }

    #[test]
    fn words_around_tell_slots_of_unknown_values_apart() {
        let examples: Vec<_> = [
            "from vienna:0 to graz:1",
            "from linz:0 to vienna:1 please",
            "go from new:0 york:0+ to graz:1",
            "to vienna:1 from graz:0",
            "a way to san:1 marino:1+",
            "from wels:0 go to steyr:1",
        ]
        .map(example)
        .into();
        let tagger = Tagger::train(&examples, 5);
        for text in ["from paris:0 to rome:1", "to rome:1 from paris:0", "from new:0 orleans:0+ to rome:1"] {
            let (seen, wanted) = example(text);
            assert_eq!(tagger.tag(&seen), wanted, "{text}");
        }
    }

    #[test]
    fn nothing_is_tagged_without_examples() {
        let (seen, _) = example("from paris to rome");
        assert_eq!(Tagger::train(&[], 3).tag(&seen), [0; 4]);
        assert_eq!(Tagger::default().tag(&seen), [0; 4]);
        assert!(Tagger::train(&[], 3).tag(&[]).is_empty());
    }

    #[test]
    fn the_same_examples_give_the_same_weights() {
        let examples = [example("from paris:0 to rome:1"), example("to rome:1")];
        assert_eq!(Tagger::train(&examples, 5), Tagger::train(&examples, 5));
    }
}
