//! Item-to-item weights as they are served: for each item the few others on which it tells the most.

/// Sparse rows of weights.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Weights {
    ends: Vec<usize>,
    entries: Vec<(u32, f32)>,
}

impl Weights {
    /// Appends the row of the next item, ascending by item.
    pub(crate) fn push(&mut self, mut row: Vec<(u32, f32)>) {
        row.sort_unstable_by_key(|entry| entry.0);
        self.entries.extend(row);
        self.ends.push(self.entries.len());
    }

    pub(crate) fn row(&self, item: u32) -> &[(u32, f32)] {
        let at = item as usize;
        let Some(end) = self.ends.get(at) else { return &[] };
        let begin = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.entries[begin..*end]
    }

    /// Multiplies the weights for each item.
    pub(crate) fn scale(&mut self, factor_of: &[f32]) {
        for (item, weight) in &mut self.entries {
            *weight *= factor_of.get(*item as usize).copied().unwrap_or(1.0);
        }
    }

    /// The weight of one item for another.
    pub(crate) fn of(&self, from: u32, to: u32) -> f32 {
        let row = self.row(from);
        row.binary_search_by_key(&to, |entry| entry.0).map_or(0.0, |at| row[at].1)
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.entries.len() * size_of::<(u32, f32)>() + self.ends.len() * size_of::<usize>()
    }
}

/// The greatest by absolute weight; of equal ones those of the smaller number.
pub(crate) fn strongest(mut row: Vec<(u32, f32)>, most: usize) -> Vec<(u32, f32)> {
    let order = |a: &(u32, f32), b: &(u32, f32)| b.1.abs().total_cmp(&a.1.abs()).then(a.0.cmp(&b.0));
    if row.len() > most && most > 0 {
        row.select_nth_unstable_by(most - 1, order);
    }
    row.truncate(most);
    // A row of all items was asked for; thousands of those would take gigabytes.
    row.shrink_to_fit();
    row
}
