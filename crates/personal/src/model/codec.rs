//! A model as bytes, to be sealed: it is derived from personal data.
//!
//! `OXW1`, then little-endian: items (u32), popularity (f32 of each), members (u32 of each), and of each item the number of
//! its weights (u32) and the weights (item u32, weight f32), rows and items ascending; then the report as JSON.

use std::sync::Arc;

use super::{Content, Model};
use crate::catalogue::MOST_ITEMS;
use crate::model::weights::Weights;
use crate::tagging::Tagging;

const MAGIC: &[u8; 4] = b"OXW1";

/// Why bytes are not a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// Of another version, or nothing of ours.
    #[error("not a model of a known version")]
    Version,
    /// Cut off, or with numbers that no model has.
    #[error("damaged model")]
    Damaged,
}

impl Model {
    /// The bytes, without tags: those are the catalogue's.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(MAGIC.len() + self.bytes() + self.items() * 4);
        bytes.extend_from_slice(MAGIC);
        put(&mut bytes, self.items() as u32);
        self.popularity.iter().for_each(|share| put(&mut bytes, share.to_bits()));
        self.members_of.iter().for_each(|members| put(&mut bytes, *members));
        for item in 0..self.items() as u32 {
            let row = self.weights.row(item);
            put(&mut bytes, row.len() as u32);
            for (other, weight) in row {
                put(&mut bytes, *other);
                put(&mut bytes, weight.to_bits());
            }
        }
        // A report is numbers and words of ours: it always has a JSON form.
        bytes.extend(serde_json::to_vec(&self.report).unwrap_or_default());
        bytes
    }

    /// Reads what [`Model::to_bytes`] wrote, with the catalogue's tags as they are now. What it takes in memory is at most
    /// proportional to the length of the bytes and to the catalogue.
    ///
    /// # Errors
    /// [`ModelError`].
    pub fn from_bytes(bytes: &[u8], tagging: Arc<Tagging>) -> Result<Model, ModelError> {
        let mut reader = Reader(bytes.strip_prefix(MAGIC).ok_or(ModelError::Version)?);
        let items = reader.number()? as usize;
        if items > MOST_ITEMS || items > reader.0.len() / 12 {
            return Err(ModelError::Damaged);
        }
        let popularity = (0..items).map(|_| reader.share()).collect::<Result<Vec<f32>, _>>()?;
        let members_of = (0..items).map(|_| reader.number()).collect::<Result<Vec<u32>, _>>()?;
        let mut weights = Weights::default();
        for _ in 0..items {
            weights.push(reader.row(items)?);
        }
        let report = serde_json::from_slice(reader.0).map_err(|_| ModelError::Damaged)?;
        let content = Content::new(&tagging);
        let model = Model { tagging, content, weights: Arc::new(weights), popularity, members_of, report };
        Ok(model.with_tags(Arc::clone(&model.tagging)))
    }
}

fn put(bytes: &mut Vec<u8>, number: u32) {
    bytes.extend_from_slice(&number.to_le_bytes());
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn number(&mut self) -> Result<u32, ModelError> {
        let (first, rest) = self.0.split_first_chunk::<4>().ok_or(ModelError::Damaged)?;
        self.0 = rest;
        Ok(u32::from_le_bytes(*first))
    }

    fn finite(&mut self) -> Result<f32, ModelError> {
        let number = f32::from_bits(self.number()?);
        if number.is_finite() { Ok(number) } else { Err(ModelError::Damaged) }
    }

    fn share(&mut self) -> Result<f32, ModelError> {
        let share = self.finite()?;
        if (0.0..=1.0).contains(&share) { Ok(share) } else { Err(ModelError::Damaged) }
    }

    fn row(&mut self, items: usize) -> Result<Vec<(u32, f32)>, ModelError> {
        let entries = self.number()? as usize;
        if entries > items || entries > self.0.len() / 8 {
            return Err(ModelError::Damaged);
        }
        let mut row: Vec<(u32, f32)> = Vec::with_capacity(entries);
        for _ in 0..entries {
            let (item, weight) = (self.number()?, self.finite()?);
            let ascends = row.last().is_none_or(|last| last.0 < item);
            if item as usize >= items || !ascends {
                return Err(ModelError::Damaged);
            }
            row.push((item, weight));
        }
        Ok(row)
    }
}
