//! Two rates compared: Wilson's interval (1927), Newcombe's interval of the difference (1998, method 10), and the
//! two-proportion z-test with pooled variance.

/// The two-sided 95 % point of the normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// So many of so many.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    pub(super) of: f64,
    pub(super) reached: f64,
}

/// How `b` differs from `a`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Comparison {
    pub(super) difference: f64,
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) p_value: f64,
}

impl Sample {
    pub(super) fn rate(&self) -> f64 {
        self.reached / self.of
    }

    /// Wilson's score interval.
    pub(super) fn interval(&self) -> (f64, f64) {
        let (n, p, z2) = (self.of, self.rate(), Z * Z);
        let middle = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
        let half = Z / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
        ((middle - half).max(0.0), (middle + half).min(1.0))
    }
}

/// Compares two rates; `None` if one of them is of nobody.
pub(super) fn compare(a: Sample, b: Sample) -> Option<Comparison> {
    if a.of <= 0.0 || b.of <= 0.0 {
        return None;
    }
    let difference = b.rate() - a.rate();
    let ((a_low, a_high), (b_low, b_high)) = (a.interval(), b.interval());
    let low = difference - (b.rate() - b_low).hypot(a_high - a.rate());
    let high = difference + (b_high - b.rate()).hypot(a.rate() - a_low);
    let pooled = (a.reached + b.reached) / (a.of + b.of);
    let deviation = (pooled * (1.0 - pooled) * (1.0 / a.of + 1.0 / b.of)).sqrt();
    // Where everybody or nobody reached it there is no difference to doubt.
    let p_value = if deviation > 0.0 { both_tails(difference / deviation) } else { 1.0 };
    Some(Comparison { difference, low, high, p_value })
}

/// How likely a normal variable is at least so far from 0.
fn both_tails(z: f64) -> f64 {
    erfc(z.abs() / std::f64::consts::SQRT_2)
}

/// The complementary error function for arguments from 0, by Chebyshev fitting (Press et al., Numerical Recipes, 2nd
/// edition, section 6.2); the relative error is below 1.2e-7.
fn erfc(x: f64) -> f64 {
    const C: [f64; 10] = [
        -1.265_512_23,
        1.000_023_68,
        0.374_091_96,
        0.096_784_18,
        -0.186_288_06,
        0.278_868_07,
        -1.135_203_98,
        1.488_515_87,
        -0.822_152_23,
        0.170_872_77,
    ];
    let t = 1.0 / (1.0 + 0.5 * x);
    let polynomial = C.iter().rev().fold(0.0, |sum, c| sum * t + c);
    t * (-x * x + polynomial).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 5e-5
    }

    #[test]
    fn the_normal_distribution_has_its_known_points() {
        for (z, p) in [(0.0, 1.0), (1.0, 0.317_310_5), (1.959_964, 0.05), (2.575_829, 0.01), (3.290_527, 0.001)] {
            assert!((both_tails(z) - p).abs() < 1e-6, "{z}");
        }
    }

    /// Newcombe's published examples of 1998: 56/70 against 48/80, and 9/10 against 3/10, by method 10.
    #[test]
    fn intervals_are_those_that_were_published() {
        let found = compare(Sample { of: 80.0, reached: 48.0 }, Sample { of: 70.0, reached: 56.0 }).expect("compared");
        assert!(close(found.difference, 0.2) && close(found.low, 0.0524) && close(found.high, 0.3339), "{found:?}");
        let found = compare(Sample { of: 10.0, reached: 3.0 }, Sample { of: 10.0, reached: 9.0 }).expect("compared");
        assert!(close(found.difference, 0.6) && close(found.low, 0.1705) && close(found.high, 0.8090), "{found:?}");
    }

    #[test]
    fn the_test_pools_the_variance() {
        // z = 0.2 / sqrt(104/150 * 46/150 * (1/70 + 1/80)) = 2.6502
        let found = compare(Sample { of: 80.0, reached: 48.0 }, Sample { of: 70.0, reached: 56.0 }).expect("compared");
        assert!((found.p_value - 0.008_045).abs() < 5e-5, "{found:?}");
    }

    #[test]
    fn of_nobody_nothing_is_said_and_of_all_alike_no_difference() {
        let sample = |of, reached| Sample { of, reached };
        assert!(compare(sample(0.0, 0.0), sample(5.0, 1.0)).is_none());
        assert_eq!(compare(sample(5.0, 0.0), sample(7.0, 0.0)).map(|found| found.p_value), Some(1.0));
        assert_eq!(sample(5.0, 5.0).interval().1, 1.0);
    }
}
