//! What is learnt from definitions, and its form as bytes.

use super::ModelError;
use super::calibrate::Calibration;
use super::classifier::{self, Classifier, Labelled, Told, Training};
use super::codec::{Reader, Writer};
use super::definition::{Checked, CheckedIntent, CheckedSlot, DefinitionError, Definitions, Kind};
use super::embedding::Embedding;
use super::features::{Share, Vocabulary, grams};
use super::gazetteer::{Gazetteer, Source};
use super::mention::{Given, Mention, What, kinds, mentions};
use super::tagger::{self, Label, Seen, Tagger};
use super::text::Text;

use std::collections::BTreeMap;

use jiff::civil::{Date, date};

const MAGIC: &[u8; 4] = b"OUin";
const VERSION: u8 = 1;
/// Largest model that is read.
const MOST_BYTES: usize = 512 << 20;
/// How often an example is also learnt from with other values in its slots.
const VARIANTS: usize = 2;

/// Learnt from definitions. It holds the definitions, and nothing of any text that was interpreted.
#[derive(Clone, Debug)]
pub struct Model {
    definitions: Definitions,
    pub(crate) checked: Checked,
    pub(crate) classifier: Classifier,
    /// Of the intents that need one.
    pub(crate) taggers: Vec<Option<Tagger>>,
    embedding: Option<Embedding>,
    /// Empty if it was read from bytes.
    confusion: Vec<Confused>,
}

/// Examples of an intent that were told to be of one, by a classifier that had not seen them: intents by their places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confused {
    /// What they are examples of.
    pub intent: usize,
    /// What they were taken for; none if they were out of scope.
    pub told: Option<usize>,
    /// How many.
    pub examples: usize,
}

impl Model {
    /// Learns. The same definitions give the same model, however many threads there are.
    ///
    /// # Errors
    /// As [`Definitions::check`].
    pub fn train(definitions: &Definitions, training: &Training) -> Result<Model, DefinitionError> {
        Model::train_with(definitions, training, None)
    }

    /// Learns from what texts mean to an embedding too.
    ///
    /// # Errors
    /// As [`Definitions::check`].
    pub fn train_with(
        definitions: &Definitions,
        training: &Training,
        embedding: Option<&Embedding>,
    ) -> Result<Model, DefinitionError> {
        let checked = Checked::new(definitions)?;
        let gazetteer = gazetteer(&checked);
        let mut labelled = Vec::new();
        let mut taggers = Vec::with_capacity(checked.intents.len());
        for (class, intent) in checked.intents.iter().enumerate() {
            let examples = examples(intent, &checked, &gazetteer);
            let of = |example: &Example| Labelled {
                seen: seen(&example.text, &example.kinds, embedding),
                class,
                variant: example.variant,
            };
            labelled.extend(examples.iter().map(of));
            taggers.push(needs_tagger(&intent.slots).then(|| learn_slots(&examples, intent.slots.len())));
        }
        let (classifier, left_out) = Classifier::train(&labelled, checked.intents.len(), training);
        let confusion = confusion(&left_out, &classifier.calibration);
        let embedding = embedding.cloned();
        Ok(Model { definitions: definitions.clone(), checked, classifier, taggers, embedding, confusion })
    }

    /// What it was learnt from.
    pub fn definitions(&self) -> &Definitions {
        &self.definitions
    }

    /// How examples were told when they were left out in turn, by intent, right ones too. It is empty of a model that was
    /// read from bytes.
    pub fn confusion(&self) -> &[Confused] {
        &self.confusion
    }

    /// How many n-grams are known.
    pub fn features(&self) -> usize {
        self.classifier.vocabulary.len()
    }

    /// What is looked at of a text in which some words name something.
    pub(crate) fn seen(&self, text: &Text, kinds: &[u32]) -> classifier::Seen {
        seen(text, kinds, self.embedding.as_ref())
    }

    /// Its form as bytes. They hold the examples of the definitions, and nothing of an embedding: one that was learnt with an
    /// embedding cannot be read again.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::default();
        out.0.extend(MAGIC);
        out.0.push(VERSION);
        out.bytes(self.definitions.to_json().as_bytes());
        let classifier = &self.classifier;
        out.integers(&classifier.vocabulary.hashes);
        out.floats(&classifier.vocabulary.idf);
        out.floats(&classifier.steps);
        out.floats(&classifier.bias);
        out.bytes(&classifier.weights.iter().map(|weight| weight.cast_unsigned()).collect::<Vec<u8>>());
        let Calibration { threshold, odds: [a, b, c] } = classifier.calibration;
        let Share { words, chars } = classifier.share;
        out.floats(&[words, chars, threshold, a, b, c]);
        out.count(self.taggers.len());
        for tagger in &self.taggers {
            let (labels, hashes, weights, moves) =
                tagger.as_ref().map_or((0, &[][..], &[][..], &[][..]), Tagger::parts);
            out.count(labels);
            out.integers(hashes);
            out.floats(weights);
            out.floats(moves);
        }
        out.0
    }

    /// From its bytes.
    ///
    /// # Errors
    /// [`ModelError`] for anything that [`Model::to_bytes`] did not write.
    pub fn from_bytes(bytes: &[u8]) -> Result<Model, ModelError> {
        let rest = bytes.strip_prefix(MAGIC).filter(|_| bytes.len() <= MOST_BYTES).ok_or(ModelError::NotAModel)?;
        let rest = rest.strip_prefix(&[VERSION]).ok_or(ModelError::Version)?;
        let mut input = Reader(rest);
        let json = std::str::from_utf8(input.bytes()?).map_err(|_| ModelError::Damaged)?;
        let definitions: Definitions = serde_json::from_str(json).map_err(|_| ModelError::Damaged)?;
        let checked = Checked::new(&definitions).map_err(|_| ModelError::Damaged)?;
        let classifier = read_classifier(&mut input, checked.intents.len())?;
        let taggers = read_taggers(&mut input, &checked)?;
        if !input.0.is_empty() {
            return Err(ModelError::Damaged);
        }
        Ok(Model { definitions, checked, classifier, taggers, embedding: None, confusion: Vec::new() })
    }
}

fn seen(text: &Text, kinds: &[u32], embedding: Option<&Embedding>) -> classifier::Seen {
    let embedding = embedding.map_or_else(Vec::new, |embedding| embedding.encode(&text.whole()));
    classifier::Seen { grams: grams(text, kinds), embedding }
}

fn confusion(left_out: &[Told], calibration: &Calibration) -> Vec<Confused> {
    let mut counts: BTreeMap<(usize, Option<usize>), usize> = BTreeMap::new();
    for one in left_out {
        let told = one.best.filter(|_| !calibration.rejects(&one.outcome));
        *counts.entry((one.class, told)).or_default() += 1;
    }
    counts.into_iter().map(|((intent, told), examples)| Confused { intent, told, examples }).collect()
}

fn read_classifier(input: &mut Reader<'_>, classes: usize) -> Result<Classifier, ModelError> {
    let (hashes, idf, steps, bias) = (input.integers()?, input.floats()?, input.floats()?, input.floats()?);
    let weights: Vec<i8> = input.bytes()?.iter().map(|byte| byte.cast_signed()).collect();
    let numbers: [f32; 6] = input.floats()?.try_into().map_err(|_| ModelError::Damaged)?;
    let [words, chars, threshold, a, b, c] = numbers;
    let fits = hashes.is_sorted_by(|a, b| a < b)
        && idf.len() == hashes.len()
        && steps.len() == hashes.len()
        && bias.len() == classes
        && hashes.len().checked_mul(classes) == Some(weights.len());
    if !fits {
        return Err(ModelError::Damaged);
    }
    let vocabulary = Vocabulary::new(hashes, idf);
    let calibration = Calibration { threshold, odds: [a, b, c] };
    let share = Share { words, chars };
    Ok(Classifier { vocabulary, weights, steps, bias, share, embedding: 0.0, calibration })
}

fn read_taggers(input: &mut Reader<'_>, checked: &Checked) -> Result<Vec<Option<Tagger>>, ModelError> {
    if input.count()? != checked.intents.len() {
        return Err(ModelError::Damaged);
    }
    let mut taggers = Vec::with_capacity(checked.intents.len());
    for intent in &checked.intents {
        let labels = input.count()?;
        let (hashes, weights, moves) = (input.integers()?, input.floats()?, input.floats()?);
        let wanted = if needs_tagger(&intent.slots) { 1 + 2 * intent.slots.len() } else { 0 };
        if labels != wanted {
            return Err(ModelError::Damaged);
        }
        let tagger = Tagger::from_parts(labels, hashes, weights, moves).ok_or(ModelError::Damaged)?;
        taggers.push((labels > 0).then_some(tagger));
    }
    Ok(taggers)
}

/// A word list decides alone unless a slot takes other values than its own or two slots are of one kind.
fn needs_tagger(slots: &[CheckedSlot]) -> bool {
    let twice = |slot: &CheckedSlot| slots.iter().filter(|other| other.kind == slot.kind).count() > 1;
    slots.iter().any(|slot| slot.open || twice(slot))
}

/// The lists of the definitions.
pub(crate) fn gazetteer(checked: &Checked) -> Gazetteer {
    let mut gazetteer = Gazetteer::default();
    for (place, list) in checked.lists.iter().enumerate() {
        gazetteer.add(Source::List(place), &list.entries);
    }
    gazetteer
}

/// A text to learn from.
struct Example {
    text: Text,
    labels: Vec<Label>,
    /// What each word is a mention of, 0 for nothing.
    kinds: Vec<u32>,
    variant: bool,
}

/// The day on which examples are read; any day does.
fn any_day() -> Date {
    date(2024, 5, 15)
}

/// The examples of an intent, each followed by what it is with other values.
fn examples(intent: &CheckedIntent, checked: &Checked, gazetteer: &Gazetteer) -> Vec<Example> {
    let mut random = fastrand::Rng::with_seed(intent.name.bytes().map(u64::from).sum());
    let mut all = Vec::new();
    for pieces in &intent.examples {
        let as_is = pieces.clone();
        let closed = pieces.iter().any(|(_, slot)| slot.is_some_and(|at| !intent.slots[at].open));
        let count = if closed { VARIANTS } else { 0 };
        let varied = (0..count).map(|_| varied(pieces, intent, checked, &mut random));
        for (at, pieces) in std::iter::once(as_is).chain(varied.collect::<Vec<_>>()).enumerate() {
            all.extend(example(&pieces, intent, gazetteer, at > 0));
        }
    }
    all
}

/// Phrases that stand for any value of what builtin readers know.
fn phrases(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Date => &["today", "yesterday", "monday", "march 5", "2024-02-01", "3 days ago"],
        Kind::Period => &[
            "today",
            "yesterday",
            "last week",
            "this month",
            "last month",
            "last 7 days",
            "last 30 days",
            "since march",
            "last quarter",
            "q1",
            "this year",
            "2023",
            "last 3 months",
            "since january",
            "march",
            "from april to may",
        ],
        Kind::Comparison => {
            &["compared with last year", "compared to the previous period", "vs the month before", "yoy"]
        }
        Kind::Number => &["3", "10", "five", "100"],
        Kind::Ordinal => &["first", "second", "3rd", "5th"],
        Kind::Percentage => &["5 %", "10 percent", "50%"],
        Kind::Duration => &["30 minutes", "2 hours", "a week", "5 days"],
        Kind::Page => &["/", "/pricing", "/docs/start", "/a/b"],
        Kind::Choice(_) | Kind::Tag | Kind::Item => &[],
    }
}

type Pieces = Vec<(String, Option<usize>)>;

fn varied(pieces: &Pieces, intent: &CheckedIntent, checked: &Checked, random: &mut fastrand::Rng) -> Pieces {
    let other = |slot: usize, random: &mut fastrand::Rng| match intent.slots[slot].kind {
        _ if intent.slots[slot].open => None,
        Kind::Choice(list) => {
            let entry = random.choice(&checked.lists.get(list)?.entries)?;
            random.choice(std::iter::once(&entry.value).chain(&entry.synonyms).collect::<Vec<_>>()).cloned()
        }
        kind => random.choice(phrases(kind)).map(|phrase| (*phrase).to_owned()),
    };
    pieces
        .iter()
        .map(|(text, slot)| match slot.and_then(|slot| other(slot, random)) {
            Some(value) => (value, *slot),
            None => (text.clone(), *slot),
        })
        .collect()
}

fn example(pieces: &Pieces, intent: &CheckedIntent, gazetteer: &Gazetteer, variant: bool) -> Option<Example> {
    let mut whole = String::new();
    let mut labels: Vec<Label> = Vec::new();
    let mut marked: Vec<(std::ops::Range<usize>, Kind)> = Vec::new();
    for (text, slot) in pieces {
        let count = Text::new(text).ok()?.len();
        let from = labels.len();
        match slot {
            Some(slot) => {
                labels
                    .extend((0..count).map(|at| if at == 0 { tagger::begins(*slot) } else { tagger::goes_on(*slot) }));
                marked.push((from..from + count, intent.slots[*slot].kind));
            }
            None => labels.extend((0..count).map(|_| 0)),
        }
        whole.push_str(text);
        whole.push(' ');
    }
    let text = Text::new(whole.trim()).ok()?;
    labels.resize(text.len(), 0);
    let mut found = mentions(&text, gazetteer, &Given::default(), any_day());
    // Values of the catalogue are not known yet, and are mentions all the same.
    for (words, kind) in marked {
        if let Some(source) = [(Kind::Tag, Source::Tags), (Kind::Item, Source::Items)].iter().find(|(k, _)| *k == kind)
        {
            let listed = super::gazetteer::Listed { words: words.clone(), source: source.1, place: 0, near: false };
            found.push(Mention { words, what: What::Listed(listed) });
        }
    }
    let kinds = kinds(&text, &found);
    Some(Example { text, labels, kinds, variant })
}

fn learn_slots(examples: &[Example], slots: usize) -> Tagger {
    let of = |example: &Example| -> (Vec<Seen>, Vec<Label>) {
        let seen = tagger::seen(&example.text, &example.kinds);
        let labels = example.labels.iter().copied().take(seen.len()).collect();
        (seen, labels)
    };
    Tagger::train(&examples.iter().map(of).collect::<Vec<_>>(), 1 + 2 * slots)
}
