//! Draws in which the first are the most frequent.

/// Draws positions: the weight of the n-th is 1 / n^a.
#[derive(Debug)]
pub(super) struct Zipf(Vec<f64>);

impl Zipf {
    pub(super) fn new(n: usize, a: f64) -> Zipf {
        let mut sum = 0.0;
        let mut sums: Vec<f64> = (1..=n)
            .map(|i| {
                sum += (i as f64).powf(-a);
                sum
            })
            .collect();
        sums.iter_mut().for_each(|s| *s /= sum);
        Zipf(sums)
    }

    pub(super) fn draw(&self, dice: &mut fastrand::Rng) -> usize {
        let u = dice.f64();
        self.0.partition_point(|s| *s <= u).min(self.0.len() - 1)
    }
}
