//! Variants of a placement: who sees which, and which does better.

use aws_lc_rs::hmac;
use serde::Serialize;

/// Draws variants. Make a new key per experiment.
pub struct VariantKey(hmac::Key);

impl VariantKey {
    /// From 32 bytes of chance.
    #[must_use]
    pub fn new(bytes: &[u8; 32]) -> VariantKey {
        VariantKey(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// The variant, by shares, of something that does not last, such as a visit's number of the day: the same while it
    /// lasts, independent from one key to another. Nothing is stored. 0 where all shares are 0.
    #[must_use]
    pub fn variant(&self, ephemeral: &[u8], shares: &[u16]) -> u8 {
        let all: u64 = shares.iter().map(|share| u64::from(*share)).sum();
        let tag = hmac::sign(&self.0, ephemeral);
        let first = tag.as_ref().first_chunk::<8>().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        let mut left = if all == 0 { 0 } else { first % all };
        for (variant, share) in (0_u8..=u8::MAX).zip(shares) {
            if left < u64::from(*share) {
                return variant;
            }
            left -= u64::from(*share);
        }
        0
    }
}

impl std::fmt::Debug for VariantKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("VariantKey")
    }
}

/// Counts of one variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Persons who saw it.
    pub saw: u64,
    /// Those of them who did what it is about.
    pub acted: u64,
}

/// How a variant compares to the control.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// Share of the control that acted.
    pub control_rate: f64,
    /// Share of the variant that acted.
    pub variant_rate: f64,
    /// By how much the variant's rate is greater, relative to the control's; None where nobody of the control acted.
    pub lift: Option<f64>,
    /// Bounds of the difference of the rates, 95 % (Newcombe 1998, method 10).
    pub difference_95: (f64, f64),
    /// The chance of a difference at least as large if there is none, two-sided.
    pub p_value: f64,
    /// Which test says so.
    pub test: Test,
}

/// A test of two shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    /// Fisher's exact test, where fewer than ten would be expected in some cell.
    FisherExact,
    /// The z test of two proportions with pooled variance.
    TwoProportionZ,
}

/// Counts that cannot be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CompareError {
    /// More acted than saw.
    #[error("more acted than saw")]
    Impossible,
    /// Nobody saw one of them.
    #[error("nobody saw one of the variants")]
    Nobody,
}

/// Compares a variant with the control. Decide by it once, at the end: whoever looks every day finds differences by chance.
///
/// # Errors
/// [`CompareError`].
pub fn compare(control: Counts, variant: Counts) -> Result<Comparison, CompareError> {
    for counts in [control, variant] {
        if counts.acted > counts.saw {
            return Err(CompareError::Impossible);
        }
        if counts.saw == 0 {
            return Err(CompareError::Nobody);
        }
    }
    let rate = |counts: Counts| counts.acted as f64 / counts.saw as f64;
    let (control_rate, variant_rate) = (rate(control), rate(variant));
    let acted = (control.acted + variant.acted) as f64;
    let saw = (control.saw + variant.saw) as f64;
    let least_expected = acted.min(saw - acted) * control.saw.min(variant.saw) as f64 / saw;
    let (test, p_value) = if least_expected < 10.0 {
        (Test::FisherExact, fisher(control, variant))
    } else {
        let pooled = acted / saw;
        let error = (pooled * (1.0 - pooled) * (1.0 / control.saw as f64 + 1.0 / variant.saw as f64)).sqrt();
        let z = (variant_rate - control_rate).abs() / error;
        (Test::TwoProportionZ, libm::erfc(z / std::f64::consts::SQRT_2))
    };
    Ok(Comparison {
        control_rate,
        variant_rate,
        lift: (control.acted > 0).then(|| variant_rate / control_rate - 1.0),
        difference_95: newcombe(control, variant),
        p_value,
        test,
    })
}

/// The chance of all tables with the same margins that are no likelier than this one.
fn fisher(a: Counts, b: Counts) -> f64 {
    let acted = a.acted + b.acted;
    let saw = a.saw + b.saw;
    let log_choose = |n: u64, k: u64| {
        let f = |x: u64| libm::lgamma(x as f64 + 1.0);
        f(n) - f(k) - f(n - k)
    };
    let chance = |x: u64| (log_choose(a.saw, x) + log_choose(b.saw, acted - x) - log_choose(saw, acted)).exp();
    let own = chance(a.acted);
    // At most as many tables as acted, or as did not: fewer than expected in a cell keeps that short but for one side.
    let (low, high) = (acted.saturating_sub(b.saw), acted.min(a.saw));
    let sum: f64 = (low..=high).map(chance).filter(|other| *other <= own * (1.0 + 1e-7)).sum();
    sum.min(1.0)
}

/// Newcombe's interval of a difference, from Wilson's of each share.
fn newcombe(control: Counts, variant: Counts) -> (f64, f64) {
    let wilson = |counts: Counts| {
        let (n, z) = (counts.saw as f64, 1.959_963_984_540_054);
        let p = counts.acted as f64 / n;
        let middle = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
        let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt() / (1.0 + z * z / n);
        (p, (middle - half).max(0.0), (middle + half).min(1.0))
    };
    let ((p1, l1, u1), (p2, l2, u2)) = (wilson(variant), wilson(control));
    let difference = p1 - p2;
    let below = ((p1 - l1).powi(2) + (u2 - p2).powi(2)).sqrt();
    let above = ((u1 - p1).powi(2) + (p2 - l2).powi(2)).sqrt();
    (difference - below, difference + above)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(acted: u64, saw: u64) -> Counts {
        Counts { saw, acted }
    }

    #[test]
    fn tests_agree_with_published_examples() {
        // Fisher's tea: 3 of 4 against 1 of 4, p = 0.4857.
        let tea = compare(counts(3, 4), counts(1, 4)).expect("counts");
        assert_eq!(tea.test, Test::FisherExact);
        assert!((tea.p_value - 0.485_714).abs() < 1e-5, "{}", tea.p_value);
        // 56 of 70 against 48 of 80: z = 2.654, difference 0.2, Newcombe's example (a): 0.0524 to 0.3339.
        let trial = compare(counts(48, 80), counts(56, 70)).expect("counts");
        assert_eq!(trial.test, Test::TwoProportionZ);
        assert!((trial.p_value - 0.007_96).abs() < 2e-4, "{}", trial.p_value);
        assert!((trial.difference_95.0 - 0.0524).abs() < 1e-4 && (trial.difference_95.1 - 0.3339).abs() < 1e-4);
        assert!((trial.lift.expect("some acted") - 1.0 / 3.0).abs() < 1e-9);
    }

    #[test]
    fn what_cannot_be_compared_is_told() {
        assert_eq!(compare(counts(2, 1), counts(0, 1)), Err(CompareError::Impossible));
        assert_eq!(compare(counts(0, 0), counts(0, 1)), Err(CompareError::Nobody));
        assert_eq!(compare(counts(0, 50), counts(3, 50)).expect("counts").lift, None);
        let same = compare(counts(0, 50), counts(0, 50)).expect("counts");
        assert!((same.p_value - 1.0).abs() < 1e-9);
    }

    #[test]
    fn variants_keep_their_shares() {
        let key = VariantKey::new(&[3; 32]);
        let mut seen = [0_u32; 3];
        for visit in 0..20_000_u32 {
            let variant = key.variant(&visit.to_le_bytes(), &[50, 30, 20]);
            assert_eq!(variant, key.variant(&visit.to_le_bytes(), &[50, 30, 20]));
            seen[usize::from(variant)] += 1;
        }
        for (seen, share) in seen.iter().zip([0.5, 0.3, 0.2]) {
            assert!((f64::from(*seen) / 20_000.0 - share).abs() < 0.015, "{seen}");
        }
        assert_eq!(key.variant(b"x", &[]), 0);
        assert_eq!(key.variant(b"x", &[0, 0]), 0);
    }
}
