//! Discrete Laplace noise, sampled exactly: whole numbers and fractions only, no floating point.
//!
//! Algorithms 1 and 2 of Canonne, Kamath and Steinke, "The Discrete Gaussian for Differential Privacy" (2020),
//! <https://arxiv.org/abs/2004.00010>. How long they take depends on what they give; who asks does not see it, for noise
//! is added once, at a close.

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use outis_insight::history::{NoRandomness, Scale};
use zeroize::Zeroize;

/// Random bytes fetched at once.
const BUFFER: usize = 4096;

/// Uniform numbers.
pub(crate) trait Uniform {
    /// A number below `end`, which is not 0; each is as likely as any other.
    fn below(&mut self, end: u128) -> Result<u128, NoRandomness>;
}

/// Uniform numbers of the operating system's randomness.
pub(crate) struct Random {
    source: SystemRandom,
    bytes: Box<[u8; BUFFER]>,
    /// How many of the bytes were used.
    used: usize,
}

impl Random {
    pub(crate) fn new() -> Random {
        Random { source: SystemRandom::new(), bytes: Box::new([0; BUFFER]), used: BUFFER }
    }

    /// So many random bytes as a number.
    fn number(&mut self, bytes: usize) -> Result<u128, NoRandomness> {
        if self.used + bytes > BUFFER {
            self.source.fill(&mut self.bytes[..]).map_err(|_| NoRandomness)?;
            self.used = 0;
        }
        let taken = &mut self.bytes[self.used..self.used + bytes];
        let number = taken.iter().fold(0, |number, byte| number << 8 | u128::from(*byte));
        taken.zeroize();
        self.used += bytes;
        Ok(number)
    }
}

impl Drop for Random {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

impl Uniform for Random {
    fn below(&mut self, end: u128) -> Result<u128, NoRandomness> {
        let bits = u128::BITS - end.saturating_sub(1).leading_zeros();
        let mask = if bits == 0 { 0 } else { u128::MAX >> (u128::BITS - bits) };
        loop {
            // More than half of the numbers of so many bits are below: it ends soon.
            let number = self.number(bits.div_ceil(8) as usize)? & mask;
            if number < end {
                return Ok(number);
            }
        }
    }
}

/// Noise of a scale: `x` with a probability in proportion to e^(-|x| / scale). What would not fit is the largest number.
pub(crate) fn laplace(scale: Scale, uniform: &mut impl Uniform) -> Result<i64, NoRandomness> {
    let common = divisor(scale.numerator, scale.denominator).max(1);
    let (t, s) = (u128::from(scale.numerator / common), u128::from(scale.denominator / common));
    if t == 0 || s == 0 {
        return Err(NoRandomness);
    }
    loop {
        let u = uniform.below(t)?;
        if !exp(u, t, uniform)? {
            continue;
        }
        let mut v = 0u128;
        while exp(1, 1, uniform)? {
            v += 1;
        }
        let size = u.saturating_add(t.saturating_mul(v)) / s;
        let is_negative = uniform.below(2)? == 1;
        if is_negative && size == 0 {
            continue;
        }
        let size = i64::try_from(size).unwrap_or(i64::MAX);
        return Ok(if is_negative { -size } else { size });
    }
}

/// True with probability e^(-part / whole), where part is at most the whole, and the whole is below 2^64.
fn exp(part: u128, whole: u128, uniform: &mut impl Uniform) -> Result<bool, NoRandomness> {
    let mut k = 1;
    loop {
        // True with probability part / (whole * k). 2^64 rounds do not happen.
        if uniform.below(whole.saturating_mul(k))? >= part {
            return Ok(k % 2 == 1);
        }
        k += 1;
    }
}

/// The greatest common divisor.
fn divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::super::tests::Dice;
    use super::*;

    /// Pearson's statistic of samples against the exact distribution, and its degrees of freedom. Both tails are one
    /// class each.
    fn chi_square(scale: Scale, samples: &[i64]) -> (f64, f64) {
        let p = (-1.0 / scale.value()).exp();
        let exact = |x: i64| (1.0 - p) / (1.0 + p) * p.powi(i32::try_from(x.abs()).unwrap_or(i32::MAX));
        let all = samples.len() as f64;
        // As far out as at least 20 are expected.
        let end = (0..).take_while(|x| all * exact(*x) >= 20.0).count() as i64;
        let tail = p.powi(i32::try_from(end).unwrap_or(i32::MAX)) / (1.0 + p);
        let mut sum = 0.0;
        for x in -end..=end {
            let (seen, expected) = match x {
                x if x == -end => (samples.iter().filter(|s| **s <= -end).count(), tail),
                x if x == end => (samples.iter().filter(|s| **s >= end).count(), tail),
                x => (samples.iter().filter(|s| **s == x).count(), exact(x)),
            };
            sum += (seen as f64 - all * expected).powi(2) / (all * expected);
        }
        (sum, (2 * end) as f64)
    }

    const SCALES: [Scale; 5] = [
        Scale { numerator: 1, denominator: 3 },
        Scale { numerator: 1, denominator: 1 },
        Scale { numerator: 5, denominator: 2 },
        Scale { numerator: 7, denominator: 1 },
        Scale { numerator: 8_000_000_000, denominator: 333_333_333 },
    ];

    /// Five standard deviations of a chi-square distribution of so many degrees of freedom.
    fn most(degrees: f64) -> f64 {
        degrees + 5.0 * (2.0 * degrees).sqrt() + 10.0
    }

    #[test]
    fn samples_have_the_exact_distribution() {
        let mut dice = Dice(20_261_130);
        for scale in SCALES {
            let samples: Vec<i64> = (0..60_000).map(|_| laplace(scale, &mut dice).expect("a sample")).collect();
            let (statistic, degrees) = chi_square(scale, &samples);
            assert!(statistic < most(degrees), "{scale:?}: {statistic} of {degrees}");
            // The control: a neighbouring scale is told apart.
            let wider = Scale { numerator: scale.numerator * 11, denominator: scale.denominator * 10 };
            let (statistic, degrees) = chi_square(wider, &samples);
            assert!(statistic > most(degrees), "{scale:?}");
        }
    }

    #[test]
    fn variances_are_those_of_samples() {
        let mut dice = Dice(3);
        for scale in SCALES {
            let samples = (0..40_000).map(|_| laplace(scale, &mut dice).expect("a sample") as f64);
            let variance = samples.map(|x| x * x).sum::<f64>() / 40_000.0;
            assert!((variance / scale.variance() - 1.0).abs() < 0.1, "{scale:?}");
        }
    }

    #[test]
    fn the_operating_systems_numbers_are_uniform() {
        let mut random = Random::new();
        let mut seen = [0u32; 6];
        (0..6_000).for_each(|_| seen[random.below(6).expect("randomness") as usize] += 1);
        // Seven standard deviations: once in 10^11 runs.
        assert!(seen.iter().all(|count| count.abs_diff(1_000) < 202), "{seen:?}");
        assert_eq!(random.below(1), Ok(0));
        let wide = Scale { numerator: u64::MAX, denominator: 1 };
        assert!(laplace(wide, &mut random).is_ok());
    }
}
