//! What an analyst is told just before and just after a member leaves.

use std::collections::BTreeSet;
use std::path::Path;

use outis_people::Mode;
use serde_json::{Value, json};

use super::dump::write_lines;
use super::life::Life;
use super::people::{CLASSES, Group, Person, Scale};
use super::traffic::{DAYS, FIRST_DAY};

/// Asks everything around some members' leaving, one after the other; nobody else does anything meanwhile. Ids that are
/// nobody's leave as the control. Gives who left.
pub(super) async fn around_leaving(life: &Life, scale: &Scale, people: &[Person], folder: &Path) -> BTreeSet<usize> {
    let (mut told, mut left) = (Vec::new(), BTreeSet::new());
    for events in CLASSES {
        for group in [Group::Delete, Group::Never] {
            let leaving = people.iter().enumerate().filter(|(_, who)| who.group == group && who.events == events);
            for (number, _) in leaving.take(scale.asked) {
                let before = everything(life).await;
                life.forget(number, Mode::Delete).await;
                let after = everything(life).await;
                left.insert(number);
                told.push(json!({ "member": number, "before": before, "after": after }));
            }
        }
    }
    write_lines(folder, "asked.jsonl", told);
    left
}

/// Events of the whole site by the hour, and what happened with each page and item on each day that is over.
async fn everything(life: &Life) -> Value {
    let period = |from: i32, to: i32| {
        let date = |at: i32| FIRST_DAY.plus(at).date().to_string();
        json!({ "from": date(from), "to": date(to) })
    };
    let hours = json!({ "period": period(0, DAYS - 1), "metrics": ["events"], "interval": "hour" });
    let hours = life.ask("series", hours).await["rows"].take();
    let mut days = Vec::new();
    for day in 0..DAYS {
        let metrics = ["visitors", "events"];
        let by = |dimension: &str| json!({ "period": period(day, day), "metrics": metrics, "dimension": dimension, "limit": 1000 });
        let pages = life.ask("breakdown", by("page")).await["rows"].take();
        let items = life.ask("breakdown", by("item")).await["rows"].take();
        days.push(json!({ "page": pages, "item": items }));
    }
    json!({ "hours": hours, "days": days })
}
