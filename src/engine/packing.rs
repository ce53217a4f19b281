//! The settings that can be replaced, in eight words.

use crate::bits::Field;
use crate::config::{Config, LIVE_BUFFER, LeaseExpiry, ProbeLimits};
use crate::nanos::Nanos;
use crate::policy::{Policy, Rate};
use crate::word::lease::Lease;

const CONSECUTIVE_FAILURES: Field = Field::new(0, 16);
const MAX_PROBES: Field = Field::new(16, 8);
const SUCCESSES_TO_CLOSE: Field = Field::new(24, 8);
const FAILURES_TO_OPEN: Field = Field::new(32, 8);
const REPROBE: Field = Field::new(40, 1);
const COUNT_PANICS: Field = Field::new(41, 1);
const LAST_CALLS: Field = Field::new(42, 11);

const LOW: Field = Field::new(0, 32);
const HIGH: Field = Field::new(32, 32);

const FAILURE_RATE: Field = Field::new(0, Rate::BITS);
const SLOW_CALL_RATE: Field = Field::new(Rate::BITS, Rate::BITS);
const JITTER: Field = Field::new(2 * Rate::BITS, 20);

/// The words of one set of settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Packed(pub(crate) [u64; LIVE_BUFFER]);

impl Packed {
    pub(crate) const NONE: Self = Self([0; LIVE_BUFFER]);

    pub(crate) fn of(config: &Config) -> Self {
        let (base, cap, factor) = config.growth();
        Self([
            small(config),
            HIGH.set(
                config.policy.failures.into(),
                config.policy.minimum_calls.into(),
            ),
            shares(config),
            HIGH.set(config.lease.map_or(0, Lease::bits).into(), factor.into()),
            base,
            cap,
            config.seed_bits(),
            config.slow_limit.as_nanos(),
        ])
    }

    /// The settings packed here; what cannot be replaced is that of `own`.
    pub(crate) fn unpack(self, own: &Config) -> Config {
        let [small, counts, shares, times, base, cap, seed, slow_limit] = self.0;
        let config = Config {
            consecutive_failures: CONSECUTIVE_FAILURES.get(small) as u16,
            policy: Policy {
                failures: LOW.get(counts) as u32,
                failure_rate: Rate(FAILURE_RATE.get(shares) as u32),
                slow_call_rate: Rate(SLOW_CALL_RATE.get(shares) as u32),
                minimum_calls: HIGH.get(counts) as u32,
                trip_when: own.policy.trip_when,
            },
            window: own.window.resized(LAST_CALLS.get(small) as u16),
            slow_limit: Nanos::from_nanos(slow_limit),
            probes: ProbeLimits {
                max: MAX_PROBES.get(small) as u8,
                successes_to_close: SUCCESSES_TO_CLOSE.get(small) as u8,
                failures_to_open: FAILURES_TO_OPEN.get(small) as u8,
            },
            lease: Lease::from_bits(LOW.get(times) as u32),
            lease_expiry: match REPROBE.get(small) {
                0 => LeaseExpiry::Reopen,
                _ => LeaseExpiry::Reprobe,
            },
            ..*own
        };
        config
            .counting_panics(COUNT_PANICS.get(small) != 0)
            .growing(base, cap, HIGH.get(times) as u32)
            .jittered_by(JITTER.get(shares) as u32, seed)
    }
}

fn small(config: &Config) -> u64 {
    let word = CONSECUTIVE_FAILURES.set(0, config.consecutive_failures.into());
    let word = MAX_PROBES.set(word, config.probes.max.into());
    let word = SUCCESSES_TO_CLOSE.set(word, config.probes.successes_to_close.into());
    let word = FAILURES_TO_OPEN.set(word, config.probes.failures_to_open.into());
    let word = REPROBE.set(word, (config.lease_expiry == LeaseExpiry::Reprobe).into());
    let word = COUNT_PANICS.set(word, config.counts_panics().into());
    LAST_CALLS.set(word, config.window.calls().into())
}

fn shares(config: &Config) -> u64 {
    let word = FAILURE_RATE.set(0, config.policy.failure_rate.0.into());
    let word = SLOW_CALL_RATE.set(word, config.policy.slow_call_rate.0.into());
    JITTER.set(word, config.jitter_ppm().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Backoff, Builder, Probes};
    use core::time::Duration;

    #[test]
    fn every_live_setting_survives_the_packing() {
        let own = Builder::new()
            .last_calls(756)
            .slow_call_duration(Duration::from_millis(5))
            .slow_call_rate(1.0)
            .live()
            .config()
            .unwrap();
        let changed = Builder::new()
            .consecutive_failures(65_535)
            .last_calls(700)
            .failures(700)
            .failure_rate(2.0 / 3.0)
            .slow_call_rate(0.000_001)
            .slow_call_duration(Duration::from_nanos(u64::MAX - 1))
            .minimum_calls(699)
            .backoff(Backoff::exponential(Duration::from_secs(1), Duration::MAX).factor(65_535.0))
            .jitter(1.0)
            .seed(u64::MAX)
            .probes(Probes::sample(255, 0.5).max_probes(254))
            .probe_lease(Some(Duration::from_secs(86_400 * 365)))
            .lease_expiry(LeaseExpiry::Reprobe)
            .count_panics(false)
            .live()
            .config()
            .unwrap();
        for config in [&own, &changed] {
            let packed = Packed::of(config);
            assert_eq!(Packed::of(&packed.unpack(&own)), packed);
        }
        assert_ne!(Packed::of(&own), Packed::of(&changed));
        let unpacked = Packed::of(&changed).unpack(&own);
        assert_eq!(unpacked.policy.minimum_calls, 699);
        assert_eq!(unpacked.policy.failure_rate, changed.policy.failure_rate);
        assert_eq!(unpacked.probes, changed.probes);
        assert_eq!(unpacked.window.calls(), 700);
        assert_eq!(unpacked.lease, changed.lease);
    }
}
