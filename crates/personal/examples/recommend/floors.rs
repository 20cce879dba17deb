//! What it costs that a pair of items needs members before it is in a published list.

use std::collections::BTreeMap;

use outis_personal::matrix::Matrix;
use outis_personal::tune::{Held, LIST, Measure, best};
use serde_json::{Value, json};

/// Lists of at most twenty, of pairs of at least k members and items of at least 2k, from which members are recommended.
pub(crate) fn prices(matrix: &Matrix, held: &[Held], items: usize) -> Value {
    let of_floor = |floor: u32| {
        let mut lists: BTreeMap<u32, Vec<(f64, u32)>> = BTreeMap::new();
        let often = |item| floor == 1 || matrix.members_of(item) >= 2 * floor;
        for (a, b, both) in matrix.pairs().filter(|(a, b, both)| *both >= floor && often(*a) && often(*b)) {
            let members = f64::from(matrix.members_of(a)) * f64::from(matrix.members_of(b));
            let near = f64::from(both) / (members.sqrt() + 10.0);
            lists.entry(a).or_default().push((near, b));
            lists.entry(b).or_default().push((near, a));
        }
        for list in lists.values_mut() {
            list.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            list.truncate(20);
        }
        let (mut entries, mut single) = (0, 0);
        for (item, list) in &lists {
            entries += list.len();
            single += list.iter().filter(|(_, other)| matrix.members_of_pair(*item, *other) == 1).count();
        }
        let mut measure = Measure::new(items);
        for held in held {
            let mut scores = vec![0.0_f32; items];
            for (rank, (_, other)) in
                held.given.iter().filter_map(|item| lists.get(item)).flat_map(|l| l.iter().enumerate())
            {
                scores[*other as usize] += 1.0 / (rank as f32 + 5.0);
            }
            measure.add(&best(&scores, &held.given, LIST), &held.held_back);
        }
        json!({
            "metrics": measure.metrics(), "items_with_list": lists.len() as f64 / matrix.items().count().max(1) as f64,
            "entries_of_one_member": single as f64 / entries.max(1) as f64,
        })
    };
    [1, 2, 5, 10].iter().map(|floor| (floor.to_string(), of_floor(*floor))).collect::<serde_json::Map<_, _>>().into()
}
