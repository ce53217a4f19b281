//! Rates that open a circuit, judged in whole numbers.

use super::cause::MILLION;

const ROUNDED: u32 = 1 << 20;

/// A rate from a millionth to one: the nearest whole number of millionths in 20 bits, and in one
/// more bit whether it was rounded to that. Zero is no rate. In three bytes, so that settings are
/// small.
///
/// A rate that is a whole number of millionths, such as 0.07, is compared exactly. Any other, such
/// as 2 / 3, is reached by each share that rounds to the same millionth, so that `k` of `n` calls
/// reach `k / n`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rate([u8; 3]);

impl Rate {
    /// The bits of a rate.
    pub(crate) const BITS: u32 = 21;
    pub(crate) const NONE: Self = Self([0; 3]);

    /// The rate of a `share` that is in range. Whole is what floats can spell of a decimal.
    pub(crate) const fn of(share: f64) -> Self {
        let millionths = share * MILLION as f64;
        let nearest = (millionths + 0.5) as u32;
        let off = millionths - nearest as f64;
        Self::new(if off > -1e-9 && off < 1e-9 { nearest } else { nearest | ROUNDED })
    }

    /// The rate of any bits, at most one; none, if they have no millionths.
    pub(crate) const fn from_bits(bits: u32) -> Self {
        let ppm = bits & !ROUNDED;
        if ppm == 0 {
            return Self::NONE;
        }
        Self::new(if ppm > MILLION { MILLION } else { ppm } | bits & ROUNDED)
    }

    const fn new(bits: u32) -> Self {
        let [low, middle, high, _] = bits.to_le_bytes();
        Self([low, middle, high])
    }

    pub(crate) const fn bits(self) -> u32 {
        let [low, middle, high] = self.0;
        u32::from_le_bytes([low, middle, high, 0])
    }

    /// The rate in parts per million.
    pub(crate) const fn ppm(self) -> u32 {
        self.bits() & !ROUNDED
    }

    /// The least number of `calls` that reaches this rate. In halves of a millionth, by one of
    /// which a rate that was rounded may be missed.
    pub(crate) const fn share_of(self, calls: u32) -> u32 {
        let missed = if self.bits() & ROUNDED == 0 { 0 } else { 1 };
        let halves = 2 * self.ppm() as u64 - missed;
        (halves * calls as u64).div_ceil(2 * MILLION as u64) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Builder;
    use crate::counts::Counts;

    const MOST: u32 = 1_512;

    fn counts(part: u32, calls: u32) -> Counts {
        Counts { calls, failures: part, slow_calls: part }
    }

    /// Every `k` of `n`, as a division, as a percentage, and as a decimal of ten digits.
    fn each_share(most: u32, mut check: impl FnMut(u32, u32, f64)) {
        for n in 1..=most {
            for k in 1..=n {
                let share = f64::from(k) / f64::from(n);
                let percent = 100.0 * f64::from(k) / f64::from(n) / 100.0;
                let decimal = (share * 1e10).round() / 1e10;
                for spelled in [share, percent, decimal] {
                    check(k, n, spelled);
                }
            }
        }
    }

    #[test]
    fn any_bits_are_a_rate_or_none() {
        for bits in 0..1 << Rate::BITS {
            let rate = Rate::from_bits(bits);
            assert_eq!(rate == Rate::NONE, rate.ppm() == 0);
            assert!(rate.ppm() <= MILLION);
        }
        assert_eq!(Rate::from_bits(ROUNDED), Rate::NONE);
    }

    #[test]
    fn k_of_n_reach_k_divided_by_n_and_one_less_does_not() {
        each_share(MOST, |k, n, share| {
            let rate = Rate::of(share);
            assert_eq!(rate.share_of(n), k, "{k} of {n}, {share}");
        });
    }

    #[test]
    fn settings_judge_each_rate_of_failures_and_of_slow_calls() {
        let second = core::time::Duration::from_secs(1);
        each_share(120, |k, n, share| {
            let window = Builder::new().last_calls(n).minimum_calls(n);
            let slow = window.slow_call_duration(second).slow_call_rate(share);
            for builder in [window.failure_rate(share), slow] {
                let policy = builder.config().unwrap().policy;
                assert!(policy.verdict(counts(k, n)).is_some(), "{k} of {n}");
                assert!(policy.verdict(counts(k - 1, n)).is_none(), "{k} - 1 of {n}");
            }
        });
    }

    /// However many calls there are; fractions are not, beyond a million.
    #[test]
    fn a_decimal_is_exact_at_any_count() {
        for (share, ppm) in [(0.07, 70_000), (0.333_333, 333_333), (0.000_001, 1)] {
            let rate = Rate::of(share);
            assert_eq!(rate.share_of(MILLION * 1_000), ppm * 1_000);
            assert_eq!(rate.share_of(MILLION + 1), ppm + 1, "{share}");
        }
        assert_eq!(Rate::of(100.0 * 0.07 / 100.0), Rate::of(0.07));
    }

    #[test]
    fn a_fraction_is_exact_while_both_numbers_multiply_to_less_than_a_million() {
        for (k, n) in [(1, 3), (2, 3), (1, 7), (6, 7), (5, 661), (1, 997)] {
            let rate = Rate::of(f64::from(k) / f64::from(n));
            for calls in 1..MILLION / n {
                assert_eq!(rate.share_of(calls), (k * calls).div_ceil(n), "{k} / {n} of {calls}");
            }
        }
    }

    #[test]
    fn the_largest_counts_do_not_overflow() {
        for share in [1.0, 0.999_999_9, 0.000_001, 0.000_001_4] {
            let rate = Rate::of(share);
            assert!((1..=u32::MAX).contains(&rate.share_of(u32::MAX)));
            assert!(rate.bits() < 1 << Rate::BITS);
        }
    }
}
