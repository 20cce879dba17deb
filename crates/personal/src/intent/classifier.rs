//! Which intent a text has: one plane per intent over [n-grams](super::features), and what margins are worth.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::calibrate::{Calibration, Outcome};
use super::features::{Grams, Share, Vector, Vocabulary};
use super::linear::{Plane, Rows, Solver, solve};

/// How a classifier is trained.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Training {
    /// What an error costs against the length of the weights. Default: 1.
    pub cost: f32,
    /// Length of the part of words of a vector. Default: 1.
    pub words: f32,
    /// Length of the part of characters of a vector. Default: 1.
    pub chars: f32,
    /// Length of the part of an embedding, if there is one. Default: 1.
    pub embedding: f32,
    /// How exactly planes are found; smaller takes longer. Default: 0.1, as LIBLINEAR's.
    pub tolerance: f32,
    /// N-grams of fewer examples are left out. Default: 1.
    pub least: u32,
    /// Parts of the examples that are left out in turn to learn what margins are worth. Default: 5.
    pub folds: usize,
    /// Share of the examples' texts that may be rejected as out of scope, 0 to 0.5. Default: 0.02.
    pub reject: f32,
    /// Threads; they change how long it takes, not the result. Default: 1.
    pub threads: usize,
}

impl Default for Training {
    fn default() -> Training {
        Training {
            cost: 1.0,
            words: 1.0,
            chars: 1.0,
            embedding: 1.0,
            tolerance: 0.1,
            least: 1,
            folds: 5,
            reject: 0.02,
            threads: 1,
        }
    }
}

impl Training {
    fn share(&self) -> Share {
        Share { words: self.words, chars: self.chars }
    }

    fn solver(&self) -> Solver {
        Solver { cost: self.cost.max(1e-3), tolerance: self.tolerance.max(1e-4), rounds: 300, bias: 1.0 }
    }
}

/// What is looked at of a text.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Seen {
    pub(crate) grams: Grams,
    /// Its embedding; empty without one.
    pub(crate) embedding: Vec<f32>,
}

/// An example: what it looks like and the number of its intent.
#[derive(Clone, Debug)]
pub(crate) struct Labelled {
    pub(crate) seen: Seen,
    pub(crate) class: usize,
    /// True for the example before it with other values.
    pub(crate) variant: bool,
}

/// Planes over n-grams.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Classifier {
    pub(crate) vocabulary: Vocabulary,
    /// By n-gram, then by class.
    pub(crate) weights: Vec<i8>,
    /// What one step of an n-gram's weights is worth.
    pub(crate) steps: Vec<f32>,
    pub(crate) bias: Vec<f32>,
    pub(crate) share: Share,
    /// Length of the part of an embedding, whose columns follow those of n-grams.
    pub(crate) embedding: f32,
    pub(crate) calibration: Calibration,
}

/// The margins of a text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Margins {
    /// The best classes with their margins, best first; at most [`BEST`].
    pub(crate) best: Vec<(usize, f32)>,
    /// True if the examples share something with the text.
    pub(crate) known: bool,
    /// What the calibration looks at.
    pub(crate) outcome: Outcome,
}

/// How many classes are told.
pub(crate) const BEST: usize = 5;

impl Classifier {
    /// Learns from examples of classes `0..classes`. With fewer than two classes nothing is known of any text.
    /// Also says what became of each example when the classifier had not seen it.
    pub(crate) fn train(examples: &[Labelled], classes: usize, training: &Training) -> (Classifier, Vec<Told>) {
        let all: Vec<usize> = (0..examples.len()).collect();
        let mut classifier = Classifier::fit(examples, &all, classes, training);
        let left_out = left_out(examples, classes, training);
        let outcomes: Vec<(Outcome, bool)> = left_out.iter().map(|told| (told.outcome, told.is_right())).collect();
        classifier.calibration = Calibration::learn(&outcomes, training.reject);
        (classifier, left_out)
    }

    /// Without knowing what its margins are worth.
    fn fit(examples: &[Labelled], chosen: &[usize], classes: usize, training: &Training) -> Classifier {
        let texts = || chosen.iter().map(|at| examples[*at].seen.grams.hashes.as_slice());
        let vocabulary =
            if classes < 2 { Vocabulary::default() } else { Vocabulary::learn(texts(), training.least.max(1)) };
        let mut classifier = Classifier {
            vocabulary,
            weights: Vec::new(),
            steps: Vec::new(),
            bias: Vec::new(),
            share: training.share(),
            // Fewer than two classes are told apart by nothing.
            embedding: if classes < 2 { 0.0 } else { training.embedding },
            calibration: Calibration::default(),
        };
        let width = chosen.first().map_or(0, |at| examples[*at].seen.embedding.len());
        let columns = classifier.vocabulary.len() + width;
        let mut rows = Rows::new(columns);
        chosen.iter().for_each(|at| rows.push(&classifier.vector(&examples[*at].seen).entries));
        let planes = planes(&rows, classes, training, |row| examples[chosen[row]].class);
        (classifier.weights, classifier.steps) = quantise(&planes, columns);
        classifier.bias = planes.iter().map(|plane| plane.bias).collect();
        classifier
    }

    fn vector(&self, seen: &Seen) -> Vector {
        let mut vector = self.vocabulary.vector(&seen.grams.hashes, self.share);
        let columns = self.vocabulary.len() as u32..;
        let values = seen.embedding.iter().map(|value| value * self.embedding);
        vector.entries.extend(columns.zip(values).filter(|(_, value)| *value != 0.0));
        vector
    }

    /// The margins of a text; its embedding is as long as those of the examples were.
    pub(crate) fn margins(&self, seen: &Seen) -> Margins {
        let vector = self.vector(seen);
        let all = self.sums(&vector);
        let mut best: Vec<(usize, f32)> = all.iter().copied().enumerate().collect();
        best.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        best.truncate(BEST);
        let margin = best.first().map_or(f32::MIN, |(_, margin)| *margin);
        let gap = best.get(1).map_or(0.0, |(_, second)| margin - second);
        Margins { best, known: !vector.entries.is_empty(), outcome: Outcome { margin, gap } }
    }

    fn sums(&self, vector: &Vector) -> Vec<f32> {
        let mut sums = self.bias.clone();
        let classes = sums.len();
        for (place, weight) in &vector.entries {
            let at = *place as usize;
            let by = weight * self.steps[at];
            for (sum, weight) in sums.iter_mut().zip(&self.weights[at * classes..(at + 1) * classes]) {
                *sum += by * f32::from(*weight);
            }
        }
        sums
    }
}

/// One plane per class; classes are shared out among threads.
fn planes(rows: &Rows, classes: usize, training: &Training, class: impl Fn(usize) -> usize + Sync) -> Vec<Plane> {
    let next = AtomicUsize::new(0);
    let solver = training.solver();
    let work = || {
        let mut solved = Vec::new();
        loop {
            let one = next.fetch_add(1, Ordering::Relaxed);
            if one >= classes {
                return solved;
            }
            solved.push((one, solve(rows, |row| class(row) == one, &solver, one as u64)));
        }
    };
    let mut all: Vec<(usize, Plane)> = std::thread::scope(|scope| {
        let helpers: Vec<_> = (1..training.threads.clamp(1, 64)).map(|_| scope.spawn(work)).collect();
        let mut solved = work();
        for helper in helpers {
            solved.extend(helper.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        solved
    });
    all.sort_by_key(|(one, _)| *one);
    all.into_iter().map(|(_, plane)| plane).collect()
}

/// Eight bits a weight, with one scale per n-gram: those of rare n-grams are small for all classes.
fn quantise(planes: &[Plane], columns: usize) -> (Vec<i8>, Vec<f32>) {
    let mut weights = Vec::with_capacity(columns * planes.len());
    let mut steps = Vec::with_capacity(columns);
    for column in 0..columns {
        let largest = planes.iter().map(|plane| plane.weights[column].abs()).fold(0.0, f32::max);
        let step = largest / f32::from(i8::MAX);
        steps.push(step);
        let inverse = if step > 0.0 { 1.0 / step } else { 0.0 };
        weights.extend(planes.iter().map(|plane| (plane.weights[column] * inverse).round() as i8));
    }
    (weights, steps)
}

/// What an example was told to be when the classifier had not seen it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Told {
    /// What it is.
    pub(crate) class: usize,
    /// The best class; none without classes.
    pub(crate) best: Option<usize>,
    /// How it fitted.
    pub(crate) outcome: Outcome,
}

impl Told {
    fn is_right(&self) -> bool {
        self.best == Some(self.class)
    }
}

/// What became of each example when the classifier had not seen it. Folds take turns within a class.
fn left_out(examples: &[Labelled], classes: usize, training: &Training) -> Vec<Told> {
    let folds = training.folds.clamp(2, 20);
    let mut seen = vec![0; classes];
    let fold: Vec<usize> = examples
        .iter()
        .map(|example| {
            seen[example.class] += usize::from(!example.variant);
            seen[example.class] % folds
        })
        .collect();
    let mut outcomes = Vec::with_capacity(examples.len());
    for out in 0..folds {
        let (test, rest): (Vec<usize>, Vec<usize>) = (0..examples.len()).partition(|at| fold[*at] == out);
        let classifier = Classifier::fit(examples, &rest, classes, training);
        for at in test.into_iter().filter(|at| !examples[*at].variant) {
            let margins = classifier.margins(&examples[at].seen);
            let best = margins.best.first().map(|(class, _)| *class);
            outcomes.push(Told { class: examples[at].class, best, outcome: margins.outcome });
        }
    }
    outcomes
}

#[cfg(test)]
mod tests {
    use super::super::features::grams;
    use super::super::text::Text;
    use super::*;

    fn examples(texts: &[(&str, usize)]) -> Vec<Labelled> {
        let labelled = |(text, class): &(&str, usize)| Labelled { seen: of(text), class: *class, variant: false };
        texts.iter().map(labelled).collect()
    }

    fn of(text: &str) -> Seen {
        Seen { grams: grams(&Text::new(text).expect("short"), &[]), embedding: Vec::new() }
    }

    fn small() -> Vec<Labelled> {
        examples(&[
            ("turn on the light", 0),
            ("switch the lamp on", 0),
            ("light please", 0),
            ("play some jazz", 1),
            ("put on a song", 1),
            ("play music", 1),
            ("is it raining", 2),
            ("will it rain tomorrow", 2),
            ("what is the weather", 2),
        ])
    }

    #[test]
    fn texts_like_the_examples_are_told_apart() {
        let (classifier, _) = Classifier::train(&small(), 3, &Training::default());
        for (text, class) in [("the light on please", 0), ("play a song", 1), ("weather tomorrow", 2)] {
            assert_eq!(classifier.margins(&of(text)).best[0].0, class, "{text}");
        }
    }

    #[test]
    fn threads_do_not_change_the_result() {
        let trained = |threads| Classifier::train(&small(), 3, &Training { threads, ..Training::default() });
        assert_eq!(trained(1), trained(4));
    }

    #[test]
    fn nothing_is_known_without_examples_or_with_one_class() {
        for (examples, classes) in [(Vec::new(), 0), (Vec::new(), 3), (examples(&[("play music", 0)]), 1)] {
            let (classifier, _) = Classifier::train(&examples, classes, &Training::default());
            let margins = classifier.margins(&of("play music"));
            assert!(!margins.known);
            assert!(margins.best.len() <= classes);
        }
    }
}
