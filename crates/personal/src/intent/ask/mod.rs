//! Questions of analytics in words, for the dashboard: a text becomes a sketch of an insights request.
//!
//! It is the same engine with intents of our own. What makes it honest comes after: every word of a text must be a value, a
//! word of the intent's own examples, or one of a few that say nothing; and every value must be one that this kind of question
//! takes. Else the answer is [`Asked::Unclear`] and says where. Questions about somebody are told apart and never answered.

mod question;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;

use jiff::ZonedDateTime;
use serde::Serialize;

use super::definition::{Definitions, Intent, Segment, Slot, SlotType, markup};
use super::text::Text;
use super::{Catalogue, Decision, DefinitionError, Engine, Entry, Interpretation, Model, TextError, Training, Value};

pub use question::{Compare, Condition, Direction, Question, QuestionKind, Step};

/// The questions as definitions without slots; those behind the first add to its intents and lists.
const LANGUAGES: [&str; 2] = [include_str!("en.toml"), include_str!("de.toml")];

/// Words that say nothing about what is asked.
const FILLERS: &str = "a about all also am an and any are as at be been by can chart could count data did display \
    do does each every figure figures for get give graph had has have hello hi how i in is it let list like ll look many may \
    me most much my need number of on or our out over overview page per please plot report s see show site some stats \
    statistics table tell thanks that the their them then there these they this to total us use view want was we website were \
    what when where which will with would you your \
    bitte das dem den der des die eine einen es für gib hallo haben hat hatten ich im ist mal mir sind uns unser unsere \
    unserer und viele von war waren was welche welchen wie wir wurden zeig zeige";

/// What a text asks.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// A question that can be asked as it is.
    Question(Question),
    /// Something that could be meant, and why that is not sure.
    Unclear {
        /// The likeliest question, if one can be told.
        question: Option<Question>,
        /// Why it is not sure.
        why: Vec<Unclear>,
        /// Names of the kinds of questions that it may be, likeliest first.
        candidates: Vec<String>,
    },
    /// Nothing that can be asked.
    OutOfScope(Unasked),
}

/// Why a question is not sure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unclear {
    /// It could as well be another kind of question.
    Kind,
    /// These bytes of the text are a word that is not understood here.
    Word(Range<usize>),
    /// These bytes of the text are a value that this kind of question does not take.
    Value(Range<usize>),
    /// Something is missing: `steps`, `event` or `page`.
    Missing(&'static str),
    /// The period has not begun.
    Future,
}

/// Why nothing can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unasked {
    /// It is about somebody. Analytics say how many, never who.
    AboutSomebody,
    /// It is nothing that analytics know.
    Unknown,
}

/// Understands questions.
#[derive(Clone, Debug)]
pub struct AskBar {
    engine: Engine,
    plain: Plain,
}

/// The list of values of dimensions.
const VALUES: &str = "values";
/// Questions in which pages are steps.
const STEPPED: [&str; 5] = ["funnel", "journeys", "journeys_after", "journeys_before", "attribution"];

/// Words that questions consist of.
#[derive(Clone, Debug)]
struct Plain {
    /// Those of each intent's examples outside of values.
    words: BTreeMap<String, HashSet<String>>,
    fillers: HashSet<&'static str>,
}

impl Plain {
    fn is_known(&self, intent: &str, word: &str) -> bool {
        self.fillers.contains(word) || self.words.get(intent).is_some_and(|own| own.contains(word))
    }

    fn has(&self, word: &str) -> bool {
        self.fillers.contains(word) || self.words.values().any(|own| own.contains(word))
    }

    /// Values without the names that would make every question one about them.
    fn told_apart(&self, values: &[Entry]) -> Vec<Entry> {
        let is_plain = |name: &&String| Text::new(name).is_ok_and(|text| text.len() == 1 && self.has(text.word(0)));
        let without = |entry: &Entry| {
            let synonyms = entry.synonyms.iter().filter(|name| !is_plain(name)).cloned().collect();
            Entry { value: entry.value.clone(), synonyms }
        };
        values.iter().map(without).collect()
    }
}

impl AskBar {
    /// The questions that come with the product. The catalogue's lists `events`, `pages`, `goals` and `features` name those
    /// of a site; `values` has values of dimensions as `dimension=value`.
    ///
    /// # Errors
    /// Never, as the questions are part of the product.
    pub fn new(catalogue: Catalogue, training: &Training) -> Result<AskBar, DefinitionError> {
        let model = Model::train(&definitions()?, training)?;
        Ok(AskBar::with_model(model, catalogue))
    }

    /// With a model that was learnt before from the same questions.
    pub fn with_model(model: Model, mut catalogue: Catalogue) -> AskBar {
        let intents = &model.definitions().intents;
        let plain = Plain {
            words: intents.iter().map(|intent| (intent.name.clone(), plain_words(intent))).collect(),
            fillers: FILLERS.split_whitespace().collect(),
        };
        if let Some(values) = catalogue.lists.get_mut(VALUES) {
            *values = plain.told_apart(values);
        }
        AskBar { plain, engine: Engine::new(model, catalogue) }
    }

    /// The engine behind it.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// What a text asks at a time; days are those of the time's zone.
    ///
    /// # Errors
    /// [`TextError`] if the text is too long to be looked at.
    pub fn ask(&self, text: &str, now: &ZonedDateTime) -> Result<Asked, TextError> {
        self.ask_naming(text, now, &[])
    }

    /// The same, with more values of dimensions that this text may name, as `dimension=value`: of a catalogue that is too
    /// large to be named whole. Single words that questions consist of (*most*, *visitors*) name nothing.
    ///
    /// # Errors
    /// As [`AskBar::ask`].
    pub fn ask_naming(&self, text: &str, now: &ZonedDateTime, named: &[Entry]) -> Result<Asked, TextError> {
        let named = self.plain.told_apart(named);
        let mut interpretation = self.engine.interpret_with(text, now, VALUES, &named)?;
        let Some(intent) = interpretation.intent else { return Ok(Asked::OutOfScope(Unasked::Unknown)) };
        let words = Text::new(text)?;
        match intent {
            "people" => return Ok(Asked::OutOfScope(Unasked::AboutSomebody)),
            "unsupported" => return Ok(Asked::OutOfScope(Unasked::Unknown)),
            _ => {}
        }
        if !STEPPED.contains(&intent) {
            prefer_named(&mut interpretation, text, &named);
        }
        let plain = self.plain(&words, &interpretation);
        let read = question::read(intent, &interpretation, &words, now.date());
        let mut why = read.why;
        if interpretation.decision == Decision::Clarify {
            why.push(Unclear::Kind);
        }
        why.extend(self.not_understood(intent, &words, &plain).map(Unclear::Word));
        if why.is_empty()
            && let Some(question) = read.question
        {
            return Ok(Asked::Question(question));
        }
        let others = interpretation.alternatives.iter().map(|other| other.intent);
        let others = others.filter(|other| !matches!(*other, "people" | "unsupported"));
        let candidates = std::iter::once(intent).chain(others).map(str::to_owned).collect();
        Ok(Asked::Unclear { question: read.question, why, candidates })
    }

    /// The places of words that are no values.
    fn plain(&self, words: &Text, interpretation: &Interpretation<'_>) -> Vec<usize> {
        let inside = |at: usize| {
            let span = words.span(at..at + 1);
            interpretation.slots.iter().any(|slot| slot.span.start <= span.start && span.end <= slot.span.end)
        };
        (0..words.len()).filter(|at| !inside(*at)).collect()
    }

    fn not_understood<'a>(
        &'a self,
        intent: &'a str,
        words: &'a Text,
        plain: &'a [usize],
    ) -> impl Iterator<Item = Range<usize>> + 'a {
        let unknown = move |at: &usize| !self.plain.is_known(intent, words.word(*at));
        plain.iter().copied().filter(unknown).map(|at| words.span(at..at + 1))
    }
}

/// What has the words of a page and the name of a value that was told with the text is that value.
fn prefer_named(interpretation: &mut Interpretation<'_>, text: &str, named: &[Entry]) {
    for filled in interpretation.slots.iter_mut().filter(|filled| filled.slot == "known_page") {
        let said = text.get(filled.span.clone()).unwrap_or_default();
        let is_said = |name: &String| is_same(name, said);
        if let Some(entry) = named.iter().find(|entry| entry.synonyms.iter().any(is_said)) {
            (filled.slot, filled.value) = ("value", Value::Choice(entry.value.clone()));
        }
    }
}

/// The same words, however they are written.
fn is_same(one: &str, other: &str) -> bool {
    let (Ok(one), Ok(other)) = (Text::new(one), Text::new(other)) else { return false };
    one.words().eq(other.words())
}

fn plain_words(intent: &Intent) -> HashSet<String> {
    let examples = intent.examples.iter().filter_map(|example| markup::parse(example).ok());
    let plain = examples.flatten().filter(|segment| segment.slot.is_none()).map(|Segment { text, .. }| text);
    let texts = plain.filter_map(|text| Text::new(&text).ok());
    texts.flat_map(|text| text.words().map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// The questions as definitions: what the file says, with the slots of each kind of question.
///
/// # Errors
/// Never, as the questions are part of the product.
pub fn definitions() -> Result<Definitions, DefinitionError> {
    let mut definitions = Definitions::default();
    for text in LANGUAGES {
        let more: Definitions = toml::from_str(text).map_err(|_| DefinitionError::syntax(1))?;
        add(&mut definitions, more);
    }
    for list in ["goals", "features"] {
        definitions.lists.entry(list.to_owned()).or_default();
    }
    for intent in &mut definitions.intents {
        intent.action = Some(super::Action::MakeChart);
        intent.slots = slots(&intent.name);
    }
    definitions.check()?;
    Ok(definitions)
}

/// Adds examples to intents and synonyms to values that are there, else the intents and values.
fn add(definitions: &mut Definitions, more: Definitions) {
    definitions.languages.extend(more.languages);
    for intent in more.intents {
        match definitions.intents.iter_mut().find(|known| known.name == intent.name) {
            Some(known) => known.examples.extend(intent.examples),
            None => definitions.intents.push(intent),
        }
    }
    for (name, entries) in more.lists {
        let list = definitions.lists.entry(name).or_default();
        for entry in entries {
            match list.iter_mut().find(|known| known.value == entry.value) {
                Some(known) => known.synonyms.extend(entry.synonyms),
                None => list.push(entry),
            }
        }
    }
}

fn slots(intent: &str) -> BTreeMap<String, Slot> {
    let list = |list: &str| Slot { list: Some(list.to_owned()), many: true, ..Slot::default() };
    let of = |kind| Slot { kind, ..Slot::default() };
    let mut slots = vec![
        ("metric", list("metrics")),
        ("dimension", list("dimensions")),
        ("known_page", list("pages")),
        ("page", Slot { many: true, ..of(SlotType::Page) }),
        ("value", list("values")),
        ("interval", Slot { many: false, ..list("intervals") }),
        ("period", of(SlotType::Period)),
        ("comparison", of(SlotType::Comparison)),
    ];
    match intent {
        "items" => slots.push(("done", list("done"))),
        _ => slots.extend([("event", list("events")), ("goal", list("goals")), ("feature", list("features"))]),
    }
    if matches!(intent, "numbers" | "items" | "losing") {
        slots.push(("limit", of(SlotType::Number)));
    }
    slots.into_iter().map(|(name, slot)| (name.to_owned(), slot)).collect()
}
