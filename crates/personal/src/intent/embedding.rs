//! What texts mean to a model of static embeddings that lies in a local directory, as features beside n-grams.
//!
//! The format is that of Model2Vec: a vector per token, of which a text has the mean. Nothing is fetched: who wants it puts
//! the three files there.

#[cfg(feature = "embeddings")]
mod files;

use std::fmt;
use std::path::Path;

#[cfg(feature = "embeddings")]
use model2vec_rs::model::StaticModel;

/// Longest vectors that are taken.
const MOST_WIDTH: usize = 1_024;

/// A model of embeddings. Clones share it.
#[derive(Clone)]
pub struct Embedding(Encoder);

#[cfg(feature = "embeddings")]
type Encoder = StaticModel;

/// There is none in this build.
#[cfg(not(feature = "embeddings"))]
#[derive(Clone, Copy)]
enum Encoder {}

impl Embedding {
    /// Reads `tokenizer.json`, `model.safetensors` and `config.json` of a directory.
    ///
    /// # Errors
    /// [`EmbeddingError`]; in a build without the feature `embeddings` always [`NotBuilt`](EmbeddingError::NotBuilt).
    #[cfg(feature = "embeddings")]
    pub fn open(directory: &Path) -> Result<Embedding, EmbeddingError> {
        let files = files::Files::read(directory)?;
        files.check()?;
        let model = StaticModel::from_bytes(&files.tokenizer, &files.model, &files.config, Some(true));
        model.map(Embedding).map_err(|_| EmbeddingError::Broken("model.safetensors"))
    }

    /// There are no embeddings in this build.
    ///
    /// # Errors
    /// Always [`EmbeddingError::NotBuilt`].
    #[cfg(not(feature = "embeddings"))]
    pub fn open(_directory: &Path) -> Result<Embedding, EmbeddingError> {
        Err(EmbeddingError::NotBuilt)
    }

    /// The length of its vectors.
    #[cfg(feature = "embeddings")]
    pub fn width(&self) -> usize {
        self.0.dim()
    }

    /// The length of its vectors.
    #[cfg(not(feature = "embeddings"))]
    pub fn width(&self) -> usize {
        match self.0 {}
    }

    /// A vector of length one, or of zeros if no word of the text is known.
    #[cfg(feature = "embeddings")]
    pub(crate) fn encode(&self, text: &str) -> Vec<f32> {
        let mut vector = self.0.encode_single(text);
        // A model may hold numbers that are none.
        vector.iter_mut().filter(|value| !value.is_finite()).for_each(|value| *value = 0.0);
        vector
    }

    #[cfg(not(feature = "embeddings"))]
    pub(crate) fn encode(&self, _text: &str) -> Vec<f32> {
        match self.0 {}
    }
}

impl fmt::Debug for Embedding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Embedding").finish_non_exhaustive()
    }
}

/// Why there are no embeddings. File names are those of the format.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddingError {
    /// The program was built without them.
    #[error("this program was built without embeddings; build it with the feature `embeddings`")]
    NotBuilt,
    /// A file is not there or cannot be read.
    #[error("{0} of the directory of embeddings cannot be read")]
    Unreadable(&'static str, #[source] std::io::Error),
    /// A file is larger than is taken.
    #[error("{0} of the directory of embeddings is larger than {1} MiB")]
    TooLarge(&'static str, u64),
    /// A file is not of the format, or does not fit the others.
    #[error(
        "{0} of the directory of embeddings is damaged, or not of the Model2Vec format, or does not fit the other files"
    )]
    Broken(&'static str),
    /// Vectors are too long.
    #[error("vectors of embeddings may have {MOST_WIDTH} numbers at most")]
    TooWide,
}

#[cfg(all(test, feature = "embeddings"))]
mod tests;
