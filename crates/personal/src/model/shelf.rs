//! The model that is served, and how another takes its place.

use std::sync::Arc;

use arc_swap::ArcSwapOption;

use super::Model;

/// Holds the model that is served; readers never wait.
#[derive(Debug, Default)]
pub struct Shelf(ArcSwapOption<Model>);

/// The model is not later than the one that is served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a later model is served already")]
pub struct Stale;

impl Shelf {
    /// Puts a model in the place of the one before.
    ///
    /// # Errors
    /// [`Stale`] if its version is not greater.
    pub fn publish(&self, model: Model) -> Result<(), Stale> {
        let model = Arc::new(model);
        let mut stale = false;
        self.0.rcu(|served| {
            stale = served.as_ref().is_some_and(|served| served.report.version >= model.report.version);
            if stale { served.clone() } else { Some(Arc::clone(&model)) }
        });
        if stale { Err(Stale) } else { Ok(()) }
    }

    /// The model that is served, if any.
    #[must_use]
    pub fn current(&self) -> Option<Arc<Model>> {
        self.0.load_full()
    }

    /// Serves none until the next one is published.
    pub fn clear(&self) {
        self.0.store(None);
    }
}
