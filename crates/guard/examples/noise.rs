//! How much noise a cell of each family gets: the table of `docs/history.md`.
//!
//! usage: cargo run -p outis-guard --example noise

use outis_event::{Epsilon, Term, Vocabulary};
use outis_guard::LaplaceNoise;
use outis_insight::history::{Family, Line, Measure, Noise, Telling};

const EPSILONS: [u32; 4] = [500, 2_000, 8_000, 20_000];
/// A site with this many properties.
const PROPERTIES: u32 = 5;

fn main() -> Result<(), std::fmt::Error> {
    let families = Family::declared((2..2 + PROPERTIES).map(Term), &[], true);
    let all: Vec<Telling> = families.iter().map(|family| (*family, 0)).collect();
    let mut table = String::from("| Told by |");
    let divided: Vec<Vec<Line>> = EPSILONS
        .iter()
        .filter_map(|thousandths| Epsilon::of_thousandths(*thousandths).ok())
        .map(|epsilon| LaplaceNoise.divide(epsilon, &all, &families))
        .collect();
    use std::fmt::Write as _;
    EPSILONS.iter().try_for_each(|thousandths| write!(table, " {} |", f64::from(*thousandths) / 1_000.0))?;
    table.push_str("\n|---|");
    table.push_str(&"---|".repeat(EPSILONS.len()));
    for family in &families {
        let names = family.names(&Vocabulary::default());
        let name = if names.is_empty() { "a property".to_owned() } else { names.join(" and ") };
        write!(table, "\n| {name} |")?;
        for lines in &divided {
            let error = |other: bool, measure: Measure| {
                let line = lines.iter().find(|l| l.family == *family && l.other == other && l.measure == measure);
                line.map_or(0.0, |line| line.scale.variance().sqrt())
            };
            let [visitors, events] = [Measure::Visitors, Measure::Events].map(|measure| error(false, measure));
            write!(table, " {visitors:.0} / {events:.0} |")?;
        }
    }
    table.push('\n');
    std::io::Write::write_all(&mut std::io::stdout(), table.as_bytes()).map_err(|_| std::fmt::Error)
}
