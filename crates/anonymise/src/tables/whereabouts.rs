//! Roughly where an address is, for choosing what is near.

use std::collections::HashMap;

/// Country, latitude and longitude, and names, one country a line: the middle of its largest piece of land.
const EMBEDDED: &str = include_str!(concat!(env!("OUT_DIR"), "/countries.tsv"));
/// Mean radius of the earth.
const RADIUS_KM: f64 = 6_371.0;

/// Roughly where somebody is. It is for one answer: nothing of it is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Whereabouts {
    /// ISO 3166-1 alpha-2.
    pub country: Option<[u8; 2]>,
    /// A point in the country.
    pub point: Option<Point>,
}

/// A point on the globe, to the degree: about 100 km.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    latitude: f64,
    longitude: f64,
}

impl Point {
    /// `None` outside of -90 to 90 and -180 to 180 degrees.
    pub fn new(latitude: f64, longitude: f64) -> Option<Point> {
        let is_there = (-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude);
        is_there.then(|| Point { latitude: latitude.round(), longitude: longitude.round() })
    }

    /// The way along the surface of a globe (haversine formula).
    pub fn km_to(self, other: Point) -> f64 {
        let half = |degrees: f64| (degrees.to_radians() / 2.0).sin().powi(2);
        let [here, there] = [self, other].map(|point| point.latitude.to_radians().cos());
        let chord = half(other.latitude - self.latitude) + here * there * half(other.longitude - self.longitude);
        2.0 * RADIUS_KM * chord.min(1.0).sqrt().asin()
    }
}

/// Where countries are.
pub(super) struct Centres(HashMap<[u8; 2], Point>);

impl Centres {
    pub(super) fn embedded() -> Centres {
        Centres(EMBEDDED.lines().filter_map(read).collect())
    }

    pub(super) fn of(&self, country: [u8; 2]) -> Option<Point> {
        self.0.get(&country).copied()
    }
}

/// ISO 3166-1 alpha-2 codes of countries, each with its names in English and German.
pub fn country_names() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    EMBEDDED.lines().filter_map(|line| {
        let mut columns = line.split('\t');
        let code = columns.next()?;
        Some((code, columns.skip(2).collect()))
    })
}

fn read(line: &str) -> Option<([u8; 2], Point)> {
    let mut columns = line.split('\t');
    let country = columns.next()?.as_bytes().try_into().ok()?;
    Some((country, Point::new(columns.next()?.parse().ok()?, columns.next()?.parse().ok()?)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn countries_are_where_they_are() {
        let centres = Centres::embedded();
        assert!(centres.0.len() > 200, "{}", centres.0.len());
        let near =
            [("AT", 48.2, 16.4), ("FR", 48.9, 2.3), ("FJ", -18.1, 178.4), ("NZ", -41.3, 174.8), ("SG", 1.3, 103.8)];
        for (country, latitude, longitude) in near {
            let centre = centres.of(country.as_bytes().try_into().expect("two letters")).expect(country);
            let km = centre.km_to(Point::new(latitude, longitude).expect("a point"));
            assert!(km < 700.0, "{country}: {km} km");
        }
        // The largest piece only, or the middle of France would be drawn to South America.
        assert_eq!(centres.of(*b"AQ"), None);
        assert_eq!(centres.of(*b"XX"), None);
    }

    #[test]
    fn countries_have_names_in_two_languages() {
        let names: HashMap<_, _> = country_names().collect();
        assert!(names["AT"].contains(&"Austria") && names["AT"].contains(&"Österreich"));
        assert!(names.values().all(|names| !names.is_empty()));
    }

    #[test]
    fn ways_are_as_long_as_on_a_globe() {
        let at = |latitude, longitude| Point::new(latitude, longitude).expect("a point");
        let is = |km: f64, expected: f64| assert!((km - expected).abs() < 1.0, "{km}");
        is(at(0.0, 0.0).km_to(at(0.0, 180.0)), RADIUS_KM * std::f64::consts::PI);
        is(at(90.0, 0.0).km_to(at(0.0, 77.0)), RADIUS_KM * std::f64::consts::FRAC_PI_2);
        is(at(10.0, 179.0).km_to(at(10.0, -179.0)), at(10.0, 0.0).km_to(at(10.0, 2.0)));
        assert_eq!(at(1.2, 3.4).km_to(at(0.8, 2.9)), 0.0);
        assert_eq!((Point::new(91.0, 0.0), Point::new(0.0, f64::NAN)), (None, None));
    }
}
