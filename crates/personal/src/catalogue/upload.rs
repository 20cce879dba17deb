//! Loading many items, line by line and in pieces.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::{Catalogue, MOST_LINE_BYTES, MOST_TOLD, Refusal};

/// What came of a bulk load.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Lines that were taken.
    pub taken: usize,
    /// Lines that were not.
    pub refused: usize,
    /// The first of those, by number from 1, with the reason.
    pub reasons: Vec<(usize, Refusal)>,
}

/// A bulk load that comes in pieces, each of which ends with a line.
#[derive(Debug, Default)]
pub struct Upload {
    lines: usize,
    seen: HashSet<u32>,
    loaded: Loaded,
}

impl Upload {
    /// Takes the good lines of a piece, and gives the numbers of their items.
    pub fn take(&mut self, catalogue: &mut Catalogue, lines: &[u8]) -> Vec<u32> {
        let mut taken = Vec::new();
        let lines = lines.strip_suffix(b"\n").unwrap_or(lines);
        for line in lines.split(|byte| *byte == b'\n') {
            self.lines += 1;
            if line.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            match self.line(catalogue, line) {
                Ok(number) => taken.push(number),
                Err(reason) => self.refuse(reason),
            }
        }
        self.loaded.taken += taken.len();
        taken
    }

    fn line(&mut self, catalogue: &mut Catalogue, line: &[u8]) -> Result<u32, Refusal> {
        if line.len() > MOST_LINE_BYTES {
            return Err(Refusal::TooLong);
        }
        let fields: Map<String, Value> = serde_json::from_slice(line).map_err(|_| Refusal::NotAnObject)?;
        let known = fields.get("id").and_then(Value::as_str).and_then(|id| catalogue.number(id.trim()));
        if known.is_some_and(|number| self.seen.contains(&number)) {
            return Err(Refusal::Twice);
        }
        let number = catalogue.put(&fields)?;
        self.seen.insert(number);
        Ok(number)
    }

    fn refuse(&mut self, reason: Refusal) {
        self.loaded.refused += 1;
        if self.loaded.reasons.len() < MOST_TOLD {
            self.loaded.reasons.push((self.lines, reason));
        }
    }

    /// What came of it all.
    #[must_use]
    pub fn end(self) -> Loaded {
        self.loaded
    }
}
