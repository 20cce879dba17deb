//! Why nothing could be said.

/// A text that is not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// It is over [`MOST_CHARS`](super::MOST_CHARS).
    #[error("a text has at most 1,000 characters")]
    TooLong,
}

/// Bytes that are no model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// Not a model at all.
    #[error("these are not the bytes of a model of intents")]
    NotAModel,
    /// Written by another version; train it again.
    #[error("the model is of a format that is not known; train it again from its definitions")]
    Version,
    /// Damaged.
    #[error("the model is damaged; train it again from its definitions")]
    Damaged,
}
