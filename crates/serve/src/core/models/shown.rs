//! What lists are made from at one moment: catalogue, model, published lists, placements, all of which fit together.

use std::collections::HashMap;
use std::sync::Arc;

use outis_personal::catalogue::Catalogue;
use outis_personal::model::Model;
use outis_personal::serve::{Index, Logic, Sources};
use outis_personal::similar::Similar;
use outis_personal::tune::{Limits, content};

use super::cells::Acted;
use super::liked::Liked;
use super::placement::{PlacementText, Ready};

/// What is there without being declared, by name.
pub(crate) const DEFAULT: &str = "default";
pub(crate) const SIMILAR: &str = "similar";
pub(crate) const TRENDING: &str = "trending";
pub(crate) const LATEST: &str = "latest";
/// Their names, none of which can be declared.
pub(crate) const BUILT_IN: [&str; 4] = [DEFAULT, SIMILAR, TRENDING, LATEST];

/// What was learnt, and what is told to everybody; it is made anew by batches.
#[derive(Clone)]
pub(super) struct Learnt {
    pub(super) model: Arc<Model>,
    pub(super) similar: Arc<Similar>,
    /// Counted when lists of similar items were published.
    pub(super) liked: Arc<Liked>,
    pub(super) acted: Arc<Acted>,
}

impl Learnt {
    /// Of a site where nothing is learnt.
    pub(super) fn nothing(catalogue: &Catalogue, acted: Arc<Acted>, version: u64) -> Learnt {
        let tagging = Arc::new(catalogue.tagging());
        let model = Arc::new(content(&tagging, &[], &Limits::default(), version));
        Learnt { model, similar: Arc::default(), liked: Arc::default(), acted }
    }
}

/// Declared placements with their numbers.
pub(super) type Declared = Arc<Vec<(u16, PlacementText)>>;

/// Everything that a list is made from.
pub(crate) struct View {
    /// The version of the catalogue that it was made with.
    pub(super) version: u64,
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) model: Model,
    pub(crate) similar: Arc<Similar>,
    index: Index,
    pub(crate) trending: Vec<u32>,
    placements: HashMap<String, Ready>,
}

impl View {
    pub(super) fn new(catalogue: Arc<Catalogue>, version: u64, learnt: &Learnt, declared: &Declared) -> View {
        let tagging = Arc::new(catalogue.tagging());
        let model = learnt.model.with_tags(tagging).with_counts(&learnt.acted.counts(&catalogue));
        let ready = |(number, text): &(u16, PlacementText)| {
            (text.name.clone(), text.ready(*number, &catalogue, model.tagging()))
        };
        let mut placements: HashMap<String, Ready> = declared.iter().map(ready).collect();
        let built_in = [
            Ready::built_in(DEFAULT, 0, Logic::ForYou, 0.1),
            Ready::built_in(SIMILAR, 1, Logic::Similar, 0.0),
            Ready::built_in(TRENDING, 2, Logic::Trending, 0.0),
            Ready::built_in(LATEST, 3, Logic::Latest, 0.0),
        ];
        placements.extend(built_in.map(|ready| (ready.name.clone(), ready)));
        View {
            version,
            index: Index::new(&catalogue, &model),
            trending: learnt.acted.trending(&catalogue),
            similar: learnt.similar.clone(),
            catalogue,
            model,
            placements,
        }
    }

    /// The placement of a name; `None` if there is none.
    pub(crate) fn placement(&self, name: &str) -> Option<&Ready> {
        self.placements.get(name)
    }

    /// What lists are made from, with the catalogue as it is now: what is hidden or gone is so at once.
    pub(super) fn sources<'a>(&'a self, catalogue: &'a Catalogue) -> Sources<'a> {
        let View { model, similar, index, trending, .. } = self;
        Sources { catalogue, model, similar, index, trending }
    }
}
