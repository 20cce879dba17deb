//! Numbers as little-endian bytes, read within bounds.

use super::ModelError;

/// Writes.
#[derive(Default)]
pub(crate) struct Writer(pub(crate) Vec<u8>);

impl Writer {
    pub(crate) fn count(&mut self, count: usize) {
        self.0.extend(u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.0.extend(bytes);
    }

    pub(crate) fn integers(&mut self, numbers: &[u32]) {
        self.count(numbers.len());
        numbers.iter().for_each(|number| self.0.extend(number.to_le_bytes()));
    }

    pub(crate) fn floats(&mut self, numbers: &[f32]) {
        self.count(numbers.len());
        numbers.iter().for_each(|number| self.0.extend(number.to_le_bytes()));
    }
}

/// Reads what [`Writer`] wrote. No more is ever set aside than there are bytes.
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], ModelError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(ModelError::Damaged)?;
        self.0 = rest;
        Ok(taken)
    }

    fn four(&mut self) -> Result<[u8; 4], ModelError> {
        self.take(4)?.try_into().map_err(|_| ModelError::Damaged)
    }

    pub(crate) fn count(&mut self) -> Result<usize, ModelError> {
        usize::try_from(u32::from_le_bytes(self.four()?)).map_err(|_| ModelError::Damaged)
    }

    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], ModelError> {
        let count = self.count()?;
        self.take(count)
    }

    fn words(&mut self) -> Result<impl Iterator<Item = [u8; 4]> + use<'a>, ModelError> {
        let count = self.count()?.checked_mul(4).ok_or(ModelError::Damaged)?;
        Ok(self.take(count)?.chunks_exact(4).map(|word| [word[0], word[1], word[2], word[3]]))
    }

    pub(crate) fn integers(&mut self) -> Result<Vec<u32>, ModelError> {
        Ok(self.words()?.map(u32::from_le_bytes).collect())
    }

    /// Finite numbers.
    pub(crate) fn floats(&mut self) -> Result<Vec<f32>, ModelError> {
        let number = |word| Some(f32::from_le_bytes(word)).filter(|number| number.is_finite());
        self.words()?.map(number).collect::<Option<_>>().ok_or(ModelError::Damaged)
    }
}
