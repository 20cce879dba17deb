//! A text in, an [`Interpretation`] out.

use std::ops::Range;

use jiff::ZonedDateTime;

use super::TextError;
use super::classifier::Margins;
use super::definition::{Action, CheckedIntent, CheckedSlot, Entry, Kind, List};
use super::features::Grams;
use super::gazetteer::{Catalogue, Gazetteer, Source};
use super::interpretation::{Alternative, Decision, Filled, FilledBy, Interpretation, OutOfScope};
use super::mention::{Given, Mention, Value, kinds, mentions};
use super::model::{Model, gazetteer};
use super::tagger;
use super::template::{Fit, Templates};
use super::text::Text;

/// Below this confidence people are asked what they mean.
const CLARIFY_BELOW: f32 = 0.5;
/// Most intents that are told besides the best one.
const MOST_ALTERNATIVES: usize = 3;

/// Interprets texts. It keeps nothing of them.
#[derive(Clone, Debug)]
pub struct Engine {
    model: Model,
    templates: Templates,
    gazetteer: Gazetteer,
    lists: Vec<List>,
    catalogue: Catalogue,
}

impl Engine {
    /// A model with what texts may name.
    pub fn new(model: Model, catalogue: Catalogue) -> Engine {
        let mut gazetteer = gazetteer(&model.checked);
        let mut lists = model.checked.lists.clone();
        for (name, entries) in &catalogue.lists {
            let Some(place) = model.checked.named.get(name).copied() else { continue };
            let entries_of = &mut lists[place].entries;
            entries_of.extend(entries.iter().cloned());
            gazetteer.add(Source::List(place), entries_of);
        }
        gazetteer.add(Source::Tags, &catalogue.tags);
        gazetteer.add(Source::Items, &catalogue.items);
        let templates = Templates::new(&model.checked.intents);
        Engine { model, templates, gazetteer, lists, catalogue }
    }

    /// The model.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// What somebody means by a text at a time; days are those of the time's zone.
    ///
    /// # Errors
    /// [`TextError`] if the text is too long to be looked at.
    pub fn interpret(&self, text: &str, now: &ZonedDateTime) -> Result<Interpretation<'_>, TextError> {
        self.interpret_given(text, now, &Given::default())
    }

    /// The same with more values of a list, for this text alone; nothing where there is no such list.
    ///
    /// # Errors
    /// As [`Engine::interpret`].
    pub fn interpret_with(
        &self,
        text: &str,
        now: &ZonedDateTime,
        list: &str,
        entries: &[Entry],
    ) -> Result<Interpretation<'_>, TextError> {
        let list = self.model.checked.named.get(list).copied();
        let given = list.map(|list| Given { list, entries }).unwrap_or_default();
        self.interpret_given(text, now, &given)
    }

    fn interpret_given(
        &self,
        text: &str,
        now: &ZonedDateTime,
        given: &Given<'_>,
    ) -> Result<Interpretation<'_>, TextError> {
        let text = Text::new(text)?;
        if text.len() == 0 {
            return Ok(Interpretation::out_of_scope(OutOfScope::Empty));
        }
        let mentions = mentions(&text, &self.gazetteer, given, now.date());
        if let Some(fit) = self.templates.find(&text, &mentions) {
            return Ok(self.fitted(&text, &mentions, &fit));
        }
        let kinds = kinds(&text, &mentions);
        let seen = self.model.seen(&text, &kinds);
        let classifier = &self.model.classifier;
        let margins = classifier.margins(&seen);
        let Some((best, _)) = margins.best.first().copied().filter(|_| margins.known) else {
            return Ok(Interpretation::out_of_scope(OutOfScope::NothingKnown));
        };
        if classifier.calibration.rejects(&margins.outcome) {
            return Ok(Interpretation::out_of_scope(OutOfScope::UnlikeExamples));
        }
        let confidence = classifier.calibration.confidence(&margins.outcome);
        let slots = self.fill(&text, &mentions, &kinds, best);
        let mut interpretation = self.about(best, confidence, slots);
        interpretation.alternatives = self.alternatives(&margins, confidence);
        interpretation.unknown = self.unknown(&text, &seen.grams, &interpretation.slots);
        if confidence < CLARIFY_BELOW {
            interpretation.decision = Decision::Clarify;
        }
        Ok(interpretation)
    }

    /// The likeliest intents, likeliest first, whatever the decision; for tests and measurements.
    ///
    /// # Errors
    /// [`TextError`] if the text is too long to be looked at.
    pub fn ranking(&self, text: &str, now: &ZonedDateTime) -> Result<Vec<Alternative<'_>>, TextError> {
        let text = Text::new(text)?;
        let kinds = kinds(&text, &mentions(&text, &self.gazetteer, &Given::default(), now.date()));
        let margins = self.model.classifier.margins(&self.model.seen(&text, &kinds));
        let Some((best, _)) = margins.best.first().filter(|_| margins.known) else { return Ok(Vec::new()) };
        let confidence = self.model.classifier.calibration.confidence(&margins.outcome);
        let mut ranking = vec![Alternative { intent: &self.model.checked.intents[*best].name, confidence }];
        ranking.extend(self.alternatives(&margins, confidence));
        Ok(ranking)
    }

    fn fitted(&self, text: &Text, mentions: &[Mention], fit: &Fit) -> Interpretation<'_> {
        let intent = &self.model.checked.intents[fit.intent];
        let filled = fit.values.iter().filter_map(|(slot, mention)| {
            self.filled(&intent.slots[*slot], &mentions[*mention], text, Some(FilledBy::Template))
        });
        self.about(fit.intent, 1.0, filled.collect())
    }

    /// An accepted intent with its action.
    fn about<'e>(&'e self, intent: usize, confidence: f32, slots: Vec<Filled<'e>>) -> Interpretation<'e> {
        let intent = &self.model.checked.intents[intent];
        let has = |slot: &CheckedSlot| slots.iter().any(|filled| filled.slot == slot.name);
        let missing: Vec<&str> =
            intent.slots.iter().filter(|slot| slot.required && !has(slot)).map(|slot| slot.name.as_str()).collect();
        Interpretation {
            decision: Decision::Accepted,
            out_of_scope: None,
            intent: Some(&intent.name),
            confidence,
            slots,
            action: intent.action.as_ref(),
            missing,
            needs_confirmation: needs_confirmation(intent),
            alternatives: Vec::new(),
            unknown: Vec::new(),
        }
    }

    /// What else it could be. What is left of the confidence is shared out by the odds of margins.
    fn alternatives(&self, margins: &Margins, confidence: f32) -> Vec<Alternative<'_>> {
        let rest = margins.best.get(1..).unwrap_or_default();
        let odds = |margin: f32| (2.0 * margin).exp();
        let sum: f32 = rest.iter().map(|(_, margin)| odds(*margin)).sum();
        let told = rest.iter().take(MOST_ALTERNATIVES).map(|(class, margin)| Alternative {
            intent: &self.model.checked.intents[*class].name,
            confidence: if sum > 0.0 { (1.0 - confidence) * odds(*margin) / sum } else { 0.0 },
        });
        told.collect()
    }

    /// Words that no example and no list has, and that are no value either.
    fn unknown(&self, text: &Text, grams: &Grams, slots: &[Filled<'_>]) -> Vec<Range<usize>> {
        let vocabulary = &self.model.classifier.vocabulary;
        let plain = grams.plain.iter().filter(|(_, word)| !vocabulary.knows(*word));
        let spans = plain.map(|(at, _)| text.span(*at..at + 1));
        spans.filter(|span| !slots.iter().any(|slot| overlap(&slot.span, span))).collect()
    }

    /// The values of an intent's slots: first what is read and listed, longest first; where two slots are of one kind the
    /// tagger chooses. Slots that take any words have what the tagger marks.
    fn fill(&self, text: &Text, mentions: &[Mention], kinds: &[u32], intent: usize) -> Vec<Filled<'_>> {
        let slots = &self.model.checked.intents[intent].slots;
        if slots.is_empty() {
            return Vec::new();
        }
        let tags = match &self.model.taggers[intent] {
            Some(tagger) => tagger.tag(&tagger::seen(text, kinds)),
            None => Vec::new(),
        };
        let mut chosen: Vec<(usize, &Mention)> = Vec::new();
        let mut by_length: Vec<&Mention> = mentions.iter().collect();
        by_length.sort_by_key(|mention| usize::MAX - mention.words.len());
        for mention in by_length {
            let free = !chosen.iter().any(|(_, taken)| overlap(&taken.words, &mention.words));
            if free && let Some(slot) = slot_for(slots, mention, &tags, &chosen) {
                chosen.push((slot, mention));
            }
        }
        chosen.sort_by_key(|(_, mention)| mention.words.start);
        let mut filled: Vec<Filled<'_>> = Vec::new();
        for (slot, mention) in chosen {
            let slot = &slots[slot];
            if slot.many || !filled.iter().any(|known| known.slot == slot.name) {
                filled.extend(self.filled(slot, mention, text, None));
            }
        }
        for (slot, words) in tagged(&tags) {
            let slot = slots.get(slot).filter(|slot| slot.open);
            let span = text.span(words.clone());
            let free = !filled.iter().any(|known| overlap(&known.span, &span));
            if let Some(slot) = slot.filter(|slot| free && (slot.many || filled.iter().all(|f| f.slot != slot.name))) {
                let value = Value::Words(text.join(words));
                filled.push(Filled { slot: &slot.name, value, by: FilledBy::Tagger, span });
            }
        }
        filled.sort_by_key(|filled| filled.span.start);
        filled
    }

    fn filled<'a>(
        &self,
        slot: &'a CheckedSlot,
        mention: &Mention,
        text: &Text,
        by: Option<FilledBy>,
    ) -> Option<Filled<'a>> {
        let value = mention.value(slot.kind, &self.lists, &self.catalogue)?;
        let read = if mention.is_listed() { FilledBy::Gazetteer } else { FilledBy::Builtin };
        Some(Filled { slot: &slot.name, value, by: by.unwrap_or(read), span: text.span(mention.words.clone()) })
    }
}

/// Destructive actions are confirmed whatever was declared.
fn needs_confirmation(intent: &CheckedIntent) -> bool {
    intent.confirm || intent.action.as_ref().is_some_and(Action::is_destructive)
}

fn overlap(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

/// The slot that a mention is the value of: the one that the tagger says, if it is of that kind, else the first of that kind
/// that is free.
fn slot_for(
    slots: &[CheckedSlot],
    mention: &Mention,
    tags: &[tagger::Label],
    chosen: &[(usize, &Mention)],
) -> Option<usize> {
    let free = |slot: usize| slots[slot].many || !chosen.iter().any(|(taken, _)| *taken == slot);
    let fits = |slot: &usize| mention.is_of(slots[*slot].kind) && free(*slot);
    let said = mention.words.clone().filter_map(|at| tags.get(at).copied().and_then(tagger::slot_of)).next();
    said.filter(|slot| *slot < slots.len()).filter(fits).or_else(|| {
        let mut all = (0..slots.len()).filter(fits);
        // A page is named by a path, and a date is a period too: the narrower kind goes first.
        let first = all.next()?;
        Some(all.fold(first, |best, slot| if narrower(slots[slot].kind, slots[best].kind) { slot } else { best }))
    })
}

fn narrower(a: Kind, b: Kind) -> bool {
    a == Kind::Date && b == Kind::Period
}

/// The values that labels mark.
fn tagged(tags: &[tagger::Label]) -> Vec<(usize, Range<usize>)> {
    let mut values: Vec<(usize, Range<usize>)> = Vec::new();
    for (at, tag) in tags.iter().enumerate() {
        let Some(slot) = tagger::slot_of(*tag) else { continue };
        match values.last_mut() {
            Some((last, words)) if *last == slot && words.end == at && *tag != tagger::begins(slot) => {
                words.end = at + 1
            }
            _ => values.push((slot, at..at + 1)),
        }
    }
    values
}
