//! What it costs that a pair of items needs members before it is in a published list.

use std::collections::BTreeMap;

use outis_personal::matrix::Matrix;
use outis_personal::similar::{Changes, PairKey, Publication, Similar};
use outis_personal::tune::{Held, LIST, Measure, best};
use serde_json::{Map, Value, json};

/// Lists of at most twenty, best first.
type Lists = BTreeMap<u32, Vec<u32>>;

/// Of lists of pairs of at least k members and items of at least 2k, and of those that are published, what members find who
/// are recommended from them.
pub(crate) fn prices(matrix: &Matrix, held: &[Held], items: usize) -> Value {
    let floors = [1, 2, 5, 10].map(|floor| (floor.to_string(), nearest(matrix, floor)));
    let all = floors.into_iter().chain([("published".to_owned(), published(matrix))]);
    all.map(|(name, lists)| (name, price(&lists, matrix, held, items))).collect::<Map<_, _>>().into()
}

/// The nearest by cosine.
fn nearest(matrix: &Matrix, floor: u32) -> Lists {
    let mut lists: BTreeMap<u32, Vec<(f64, u32)>> = BTreeMap::new();
    let often = |item| floor == 1 || matrix.members_of(item) >= 2 * floor;
    for (a, b, both) in matrix.pairs().filter(|(a, b, both)| *both >= floor && often(*a) && often(*b)) {
        let members = f64::from(matrix.members_of(a)) * f64::from(matrix.members_of(b));
        let near = f64::from(both) / (members.sqrt() + 10.0);
        lists.entry(a).or_default().push((near, b));
        lists.entry(b).or_default().push((near, a));
    }
    let shortened = |mut list: Vec<(f64, u32)>| {
        list.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        list.into_iter().take(20).map(|(_, item)| item).collect()
    };
    lists.into_iter().map(|(item, list)| (item, shortened(list))).collect()
}

/// One publication by the rule as it is set, in an order that says nothing.
fn published(matrix: &Matrix) -> Lists {
    let mut similar = Similar::default();
    let all = Changes { members: matrix.members(), ..Changes::default() };
    similar.batch(matrix, all, Publication::default(), &PairKey::new(&[1; 32]));
    similar.items().map(|item| (item, similar.of(item).to_vec())).collect()
}

fn price(lists: &Lists, matrix: &Matrix, held: &[Held], items: usize) -> Value {
    let pairs = || lists.iter().flat_map(|(item, list)| list.iter().map(move |other| (*item, *other)));
    let single = pairs().filter(|(item, other)| matrix.members_of_pair(*item, *other) == 1).count();
    let mut measure = Measure::new(items);
    for held in held {
        let mut scores = vec![0.0_f32; items];
        for (rank, other) in held.given.iter().filter_map(|item| lists.get(item)).flat_map(|l| l.iter().enumerate()) {
            scores[*other as usize] += 1.0 / (rank as f32 + 5.0);
        }
        measure.add(&best(&scores, &held.given, LIST), &held.held_back);
    }
    json!({
        "metrics": measure.metrics(), "items_with_list": lists.len() as f64 / matrix.items().count().max(1) as f64,
        "entries_of_one_member": single as f64 / pairs().count().max(1) as f64,
    })
}
