//! Matrices, contributions and items of a catalogue are read in one form only, whatever the bytes.

use std::sync::Arc;

use outis_personal::catalogue::Catalogue;
use outis_personal::matrix::{Contribution, Matrix};
use outis_personal::model::{Model, Profile};
use outis_personal::similar::Similar;
use outis_personal::tagging::Tagging;

/// What is read is written again as the same bytes, and members can be counted in and out of it.
pub fn matrix(bytes: &[u8]) {
    if let Ok(contribution) = Contribution::from_bytes(bytes) {
        assert_eq!(contribution.to_bytes(), bytes);
    }
    let Ok(mut matrix) = Matrix::from_bytes(bytes) else { return };
    assert_eq!(matrix.to_bytes(), bytes);
    let before = matrix.clone();
    let member = Contribution::new(&[1, 2, 3, u32::MAX]);
    if matrix.add(&member).is_ok() {
        matrix.remove(&member).expect("it was added");
    }
    assert_eq!(matrix, before);
}

/// A model, or lists, that are read are written again as the same, and score whatever items there are.
pub fn model(bytes: &[u8]) {
    if let Ok(similar) = Similar::from_bytes(bytes) {
        assert_eq!(Similar::from_bytes(&similar.to_bytes()).as_ref(), Ok(&similar));
    }
    let tagging = Arc::new(Tagging::new(&[vec![0], vec![0, 1]], 2));
    let Ok(model) = Model::from_bytes(bytes, Arc::clone(&tagging)) else { return };
    let written = model.to_bytes();
    let again = Model::from_bytes(&written, tagging).expect("it was written");
    assert_eq!(again.to_bytes(), written);
    let scores = model.scores(&Profile { liked: &[0, 1], tags: &[1] });
    assert_eq!(scores.len(), model.items());
}

/// Whatever lines come: what is taken can be found, and what is searched for does no harm.
pub fn items(bytes: &[u8]) {
    let mut catalogue = Catalogue::default();
    let loaded = catalogue.load(bytes);
    assert!(loaded.reasons.len() <= loaded.refused);
    let now = jiff::Timestamp::UNIX_EPOCH;
    for number in 0..catalogue.len() as u32 {
        let Some(item) = catalogue.item(number).cloned() else { continue };
        assert_eq!(catalogue.number(&item.id), Some(number));
        let found = catalogue.search(&item.title, now, usize::MAX);
        let has_words = item.title.chars().any(char::is_alphanumeric);
        assert!(found.iter().all(|number| catalogue.shown(*number, now)));
        assert!(!has_words || !item.shown_at(now) || !found.is_empty());
    }
    catalogue.search(&String::from_utf8_lossy(bytes), now, 10);
    catalogue.tagging();
}
