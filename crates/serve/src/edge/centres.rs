//! Which data centre is for whom.

use std::sync::atomic::{AtomicU32, Ordering};

use outis_anonymise::{Point, Whereabouts};

use crate::config::{CentreConfig, EdgeConfig};

/// A data centre is passed over once so many questions for its health in a row were not answered well.
const FAILURES: u32 = 2;

/// The data centres of the configuration, and which of them are well.
pub(crate) struct Centres {
    all: Vec<Centre>,
    default: usize,
}

/// One of them.
pub(super) struct Centre {
    pub(super) config: CentreConfig,
    point: Option<Point>,
    failures: AtomicU32,
}

/// What was chosen, and why.
pub(super) struct Choice<'a> {
    pub(super) centre: &'a CentreConfig,
    pub(super) by: By,
    /// False if none is well, so that whether one is well was not asked.
    pub(super) well: bool,
}

/// Why a data centre was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// The caller's country is its own.
    Country,
    /// It is the nearest.
    Distance,
    /// It is not known where the caller is, or where any data centre is.
    Default,
}

impl Centres {
    pub(crate) fn new(config: &EdgeConfig) -> Centres {
        let all: Vec<Centre> = config.centres.iter().map(Centre::new).collect();
        let is_default = |centre: &Centre| Some(&centre.config.name) == config.default.as_ref();
        Centres { default: all.iter().position(is_default).unwrap_or(0), all }
    }

    /// The data centre for a place, of those that are well; of all, if none is. `None` if there are none.
    pub(super) fn choose(&self, from: &Whereabouts) -> Option<Choice<'_>> {
        match self.of(from, Centre::is_well) {
            Some((centre, by)) => Some(Choice { centre, by, well: true }),
            None => self.of(from, |_| true).map(|(centre, by)| Choice { centre, by, well: false }),
        }
    }

    fn of(&self, from: &Whereabouts, may: impl Fn(&Centre) -> bool) -> Option<(&CentreConfig, By)> {
        let able = || self.all.iter().filter(|centre| may(centre));
        if let Some(own) = from.country.and_then(|country| able().find(|centre| centre.owns(country))) {
            return Some((&own.config, By::Country));
        }
        if let Some(near) = from.point.and_then(|point| nearest(able(), point)) {
            return Some((&near.config, By::Distance));
        }
        let default = self.all.get(self.default).filter(|centre| may(centre));
        default.or_else(|| able().next()).map(|centre| (&centre.config, By::Default))
    }

    pub(super) fn all(&self) -> &[Centre] {
        &self.all
    }
}

fn nearest<'a>(centres: impl Iterator<Item = &'a Centre>, to: Point) -> Option<&'a Centre> {
    let ways = centres.filter_map(|centre| Some((centre, centre.point?.km_to(to))));
    ways.min_by(|(_, one), (_, other)| one.total_cmp(other)).map(|(centre, _)| centre)
}

impl Centre {
    fn new(config: &CentreConfig) -> Centre {
        Centre { config: config.clone(), point: config.point(), failures: AtomicU32::new(0) }
    }

    fn owns(&self, country: [u8; 2]) -> bool {
        self.config.countries.iter().any(|own| own.as_bytes() == country)
    }

    pub(super) fn is_well(&self) -> bool {
        self.failures.load(Ordering::Relaxed) < FAILURES
    }

    /// Keeps how it answered; true if it is well where it was not, or the other way round.
    pub(super) fn answered(&self, well: bool) -> bool {
        let was = self.is_well();
        if well {
            self.failures.store(0, Ordering::Relaxed);
        } else {
            self.failures.fetch_add(1, Ordering::Relaxed);
        }
        was != self.is_well()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CENTRES: &str = r#"
        default = "vie"
        [[centres]]
        name = "nyc"
        url = "https://nyc.example"
        latitude = 40.7
        longitude = -74
        [[centres]]
        name = "vie"
        url = "https://vie.example"
        latitude = 48.2
        longitude = 16.4
        countries = ["CH"]
        [[centres]]
        name = "sin"
        url = "https://sin.example"
        latitude = 1.35
        longitude = 103.8
    "#;

    fn centres() -> Centres {
        Centres::new(&toml::from_str(CENTRES).expect("good"))
    }

    fn from(country: &str, latitude: f64, longitude: f64) -> Whereabouts {
        Whereabouts { country: country.as_bytes().try_into().ok(), point: Point::new(latitude, longitude) }
    }

    fn fails(centres: &Centres, name: &str) {
        let centre = centres.all().iter().find(|centre| centre.config.name == name).expect("there");
        assert!(!centre.answered(false), "once may be chance");
        assert!(centre.answered(false));
    }

    fn chosen(centres: &Centres, from: Whereabouts) -> (&str, By, bool) {
        let choice = centres.choose(&from).expect("one");
        (&choice.centre.name, choice.by, choice.well)
    }

    #[test]
    fn the_nearest_is_chosen_unless_a_country_is_anothers_own() {
        let centres = centres();
        assert_eq!(chosen(&centres, from("DE", 51.0, 10.0)), ("vie", By::Distance, true));
        assert_eq!(chosen(&centres, from("NZ", -44.0, 171.0)), ("sin", By::Distance, true));
        assert_eq!(chosen(&centres, from("US", 39.0, -99.0)), ("nyc", By::Distance, true));
        assert_eq!(chosen(&centres, from("CH", 47.0, 8.0)), ("vie", By::Country, true));
        assert_eq!(chosen(&centres, Whereabouts::default()), ("vie", By::Default, true));
        assert_eq!(chosen(&centres, Whereabouts { country: Some(*b"XX"), point: None }), ("vie", By::Default, true));
    }

    #[test]
    fn a_dead_one_is_passed_over_until_it_answers() {
        let centres = centres();
        fails(&centres, "vie");
        assert_eq!(chosen(&centres, from("DE", 51.0, 10.0)), ("nyc", By::Distance, true));
        assert_eq!(chosen(&centres, from("CH", 47.0, 8.0)), ("nyc", By::Distance, true));
        assert_eq!(chosen(&centres, Whereabouts::default()), ("nyc", By::Default, true));
        assert!(centres.all()[1].answered(true));
        assert_eq!(chosen(&centres, from("DE", 51.0, 10.0)), ("vie", By::Distance, true));
    }

    #[test]
    fn if_none_answers_all_are_taken_to_be_there() {
        let centres = centres();
        ["nyc", "vie", "sin"].iter().for_each(|name| fails(&centres, name));
        assert_eq!(chosen(&centres, from("DE", 51.0, 10.0)), ("vie", By::Distance, false));
        assert!(Centres::new(&EdgeConfig::default()).choose(&Whereabouts::default()).is_none());
    }
}
