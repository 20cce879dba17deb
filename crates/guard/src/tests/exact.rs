//! What is not protected is what the evaluator says, to the last digit.

use outis_event::Dimension;
use outis_insight::{Group, Interval, Key, RawRow, ShownKey, ShownRow, naive};
use proptest::prelude::*;

use super::world::{all, ask, events, gate, is, query};

fn same(shown: &ShownRow, raw: &RawRow) -> bool {
    let keys = raw.keys.iter().map(|key| match key {
        Key::Term(term) => ShownKey::Term(*term),
        Key::Time(start) => ShownKey::Time(*start),
    });
    shown.keys == keys.collect::<Vec<_>>() && shown.values == raw.values && shown.parts == raw.parts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn floor_one_changes_nothing(events in events(), filtered in any::<bool>(), by in 0usize..4) {
        let groups = [vec![], vec![Group::Dimension(Dimension::Page)], vec![Group::Language],
            vec![Group::Time(Interval::Day), Group::Dimension(Dimension::Country)]];
        let filter = if filtered { is(Dimension::Country, 10) } else { all(&[]) };
        let query = query(filter, &groups[by]);
        let shown = ask(&gate(&events).0, 1, &query).expect("answered");
        let raw = naive::evaluate(&query, &events);
        prop_assert!(shown.rows.len() == raw.rows.len() && shown.rows.iter().zip(&raw.rows).all(|(s, r)| same(s, r)));
        prop_assert!(same(shown.total.as_ref().expect("total"), &raw.total));
        prop_assert_eq!((shown.rounded_to, shown.hidden_groups), (1, 0));
    }

    #[test]
    fn site_wide_numbers_are_exact_at_any_floor(events in events(), by in 0usize..3) {
        let groups = [vec![], vec![Group::Time(Interval::Hour)], vec![Group::Time(Interval::Day)]];
        let query = query(all(&[]), &groups[by]);
        let shown = ask(&gate(&events).0, 50, &query).expect("answered");
        let raw = naive::evaluate(&query, &events);
        prop_assert!(shown.rows.len() == raw.rows.len() && shown.rows.iter().zip(&raw.rows).all(|(s, r)| same(s, r)));
        prop_assert!(same(shown.total.as_ref().expect("total"), &raw.total));
    }
}
