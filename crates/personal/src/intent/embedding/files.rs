//! The files of a directory of embeddings, and whether they fit each other: the library that uses them trusts that they do.

use std::io::Read;
use std::path::Path;

use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use serde::Deserialize;
use serde_json::Value;

use super::{EmbeddingError, MOST_WIDTH};

const TOKENIZER: &str = "tokenizer.json";
const MODEL: &str = "model.safetensors";
const CONFIG: &str = "config.json";

const MIB: u64 = 1 << 20;

pub(super) struct Files {
    pub(super) tokenizer: Vec<u8>,
    pub(super) model: Vec<u8>,
    pub(super) config: Vec<u8>,
}

impl Files {
    pub(super) fn read(directory: &Path) -> Result<Files, EmbeddingError> {
        Ok(Files {
            tokenizer: read(directory, TOKENIZER, 64)?,
            model: read(directory, MODEL, 1_024)?,
            config: read(directory, CONFIG, 1)?,
        })
    }

    /// Every token has a row, and a weight where there are any.
    pub(super) fn check(&self) -> Result<(), EmbeddingError> {
        let tokens = tokens(&self.tokenizer).ok_or(EmbeddingError::Broken(TOKENIZER))?;
        serde_json::from_slice::<serde_json::Map<String, Value>>(&self.config)
            .map_err(|_| EmbeddingError::Broken(CONFIG))?;
        let broken = EmbeddingError::Broken(MODEL);
        let Ok(tensors) = SafeTensors::deserialize(&self.model) else { return Err(broken) };
        let names = ["embeddings", "0", "embedding.weight"];
        let Some(table) = names.iter().find_map(|name| tensors.tensor(name).ok()) else { return Err(broken) };
        let &[rows, width] = table.shape() else { return Err(broken) };
        if width > MOST_WIDTH {
            return Err(EmbeddingError::TooWide);
        }
        let every_row = match tensors.tensor("mapping") {
            Ok(mapping) => of_tokens(&mapping, tokens) && maps_into(&mapping, rows),
            Err(_) => rows >= tokens,
        };
        let every_weight = tensors.tensor("weights").is_ok_and(|weights| of_tokens(&weights, tokens));
        let weights_fit = every_weight || tensors.tensor("weights").is_err();
        if width == 0 || !every_row || !weights_fit { Err(broken) } else { Ok(()) }
    }
}

fn read(directory: &Path, name: &'static str, most_mib: u64) -> Result<Vec<u8>, EmbeddingError> {
    let unreadable = |error| EmbeddingError::Unreadable(name, error);
    let file = std::fs::File::open(directory.join(name)).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(most_mib * MIB + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > most_mib * MIB { Err(EmbeddingError::TooLarge(name, most_mib)) } else { Ok(bytes) }
}

#[derive(Deserialize)]
struct Tokenizer {
    model: Vocabulary,
    #[serde(default)]
    added_tokens: Vec<Added>,
}

#[derive(Deserialize)]
struct Vocabulary {
    /// Tokens with their numbers, or in the order of them.
    vocab: Value,
}

#[derive(Deserialize)]
struct Added {
    id: usize,
}

/// One more than the highest number of a token.
fn tokens(json: &[u8]) -> Option<usize> {
    let tokenizer: Tokenizer = serde_json::from_slice(json).ok()?;
    let own = match &tokenizer.model.vocab {
        Value::Array(all) => all.len(),
        Value::Object(all) => {
            let numbers: Option<Vec<u64>> = all.values().map(Value::as_u64).collect();
            usize::try_from(numbers?.into_iter().max()?).ok()?.checked_add(1)?
        }
        _ => return None,
    };
    let added = tokenizer.added_tokens.iter().map(|added| added.id.saturating_add(1)).max();
    Some(own.max(added.unwrap_or(0)))
}

fn of_tokens(tensor: &TensorView<'_>, tokens: usize) -> bool {
    matches!(tensor.shape(), &[length] if length >= tokens)
}

fn maps_into(mapping: &TensorView<'_>, rows: usize) -> bool {
    let is_row = |number: i64| usize::try_from(number).is_ok_and(|number| number < rows);
    let (fours, eights) = (mapping.data().as_chunks::<4>().0, mapping.data().as_chunks::<8>().0);
    match mapping.dtype() {
        Dtype::I32 => fours.iter().all(|bytes| is_row(i32::from_le_bytes(*bytes).into())),
        Dtype::I64 => eights.iter().all(|bytes| is_row(i64::from_le_bytes(*bytes))),
        _ => false,
    }
}
